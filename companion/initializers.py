"""What a network starts from: random, orthogonal and constant weights.

Chapter: activations/initializers

Random bits and QR are TensorFlow's. Ours is what the chapter derives: how wide to draw, so that a
layer hands on the variance that it gets. The same seed gives the same numbers as Keras' initializer
of that name. For float16 and bfloat16 they are drawn in float32 and rounded once: drawn in
bfloat16, a uniform number has 128 values, and their mean is half a step too low.

Like Keras' own, an initializer gives the same numbers in every call: those of its seed or, without
one, of a seed chosen when it was made. Only a `keras.random.SeedGenerator` makes calls differ.
"""

import math
import numbers

import numpy as np

from companion import _arguments
from companion._backend import keras, serializable, tf

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "UniformUnitScaling",
    "VarianceScaling",
    "Zeros",
    "fans",
]

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")

# The density of the standard normal at 2, and its mass within ±2, give the variance of what is left
# when everything beyond is drawn again: integrate x² φ(x) by parts, φ'(x) = -x φ(x).
_DENSITY_AT_2 = math.exp(-2) / math.sqrt(2 * math.pi)
_MASS_WITHIN_2 = math.erf(math.sqrt(2))
TRUNCATED_DEVIATION = math.sqrt(1 - 4 * _DENSITY_AT_2 / _MASS_WITHIN_2)
"""Standard deviation of a standard normal number cut off at ±2: 0.8796…"""

FARTHEST = 6
"""No normal number is so many deviations out: TensorFlow's reach √(-2 log 1e-7) = 5.7."""


def fans(shape, input_axes=None, output_axes=None):
    r"""How many inputs a unit sums up, and over how many outputs an input is spread.

    A dense kernel (inputs, outputs) has its own shape for fans; of a convolution's (*window,
    channels in, channels out) both are multiplied by the size of the window. The shape alone does
    not tell a depthwise kernel (*window, channels, multiplier), whose units see one channel each:
    for a window of two axes say `input_axes=(0, 1), output_axes=(0, 1, 3)`.

    Args:
        shape: lengths of the kernel's axes.
        input_axes: the axes whose lengths multiply to fan_in; None to go by the shape.
        output_axes: the same for fan_out; both or neither.

    Returns:
        fan_in and fan_out, two whole numbers.

    Raises:
        ValueError: if shape does not hold whole numbers >= 0, or an axis is not one of its own.

    Example:
        >>> fans((784, 256)), fans((3, 3, 16, 32))
        ((784, 256), (144, 288))
    """
    shape = _checked_shape(shape)
    _check_axes(input_axes, output_axes)
    if input_axes is not None:
        return _size(shape, "input_axes", input_axes), _size(shape, "output_axes", output_axes)
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    *window, channels_in, channels_out = shape
    return math.prod(window) * channels_in, math.prod(window) * channels_out


# --- the same number everywhere -------------------------------------------------------------------


@serializable
class Constant(keras.initializers.Constant):
    """One value, or one array, everywhere.

    Args:
        value: a number, or an array that broadcasts to the shape asked for.

    Raises:
        ValueError: if value does not hold numbers, or holds NaN; when it is called, if value does
            not broadcast to the shape, or the type cannot hold it.

    Example:
        >>> Constant(0.5)((2,)).numpy().tolist()
        [0.5, 0.5]
    """

    def __init__(self, value=0.0):
        with tf.init_scope():  # Keras makes initializers inside of a graph as well
            held = np.asarray(_arguments.numbers_tensor("value", value))
        if np.isnan(np.float64(held)).any():
            raise ValueError(f"value should hold numbers, got {value!r}")
        super().__init__(value)

    def __call__(self, shape, dtype=None):
        shape, dtype = _checked_shape(shape), _checked_type(dtype)
        value = np.asarray(self.value)
        if value.ndim > len(shape) or any(
            length not in (1, axis)
            for length, axis in zip(value.shape[::-1], shape[::-1], strict=False)
        ):
            raise ValueError(
                f"value should broadcast to the shape {shape}, got one of shape {value.shape}"
            )
        exact = np.float64(value)
        with np.errstate(over="ignore"):
            came = np.float64(exact.astype(dtype.as_numpy_dtype))
        lost = np.isinf(came) & np.isfinite(exact) if dtype.is_floating else came != exact
        if lost.any():
            raise ValueError(
                f"value should be a number that {dtype.name} can hold, got {exact[lost].flat[0]}"
            )
        return tf.broadcast_to(tf.cast(tf.constant(exact), dtype), shape)


@serializable
class Zeros(keras.initializers.Zeros):
    """Zero everywhere, as biases begin. Kernels must not: all units would stay alike.

    Example:
        >>> Zeros()((2,)).numpy().tolist()
        [0.0, 0.0]
    """

    def __call__(self, shape, dtype=None):
        return tf.zeros(_checked_shape(shape), _checked_type(dtype))


@serializable
class Ones(keras.initializers.Ones):
    """One everywhere.

    Example:
        >>> Ones()((2,)).numpy().tolist()
        [1.0, 1.0]
    """

    def __call__(self, shape, dtype=None):
        return tf.ones(_checked_shape(shape), _checked_type(dtype))


# --- matrices -------------------------------------------------------------------------------------


@serializable
class Identity(keras.initializers.Identity):
    """The identity times `gain`: 1 where row and column have the same number, 0 elsewhere.

    A matrix that is not square begins with the identity and goes on with rows or columns of 0.
    `get_config` keeps the gain; Keras' loses it.

    Args:
        gain: what stands on the diagonal.

    Raises:
        ValueError: if gain is not a finite number; when it is called, if shape has not two axes.

    Example:
        >>> Identity(gain=2.0)((2, 3)).numpy().tolist()
        [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """

    def __init__(self, gain=1.0):
        super().__init__(_arguments.number("gain", gain))

    def __call__(self, shape, dtype=None):
        shape, dtype = _checked_shape(shape), _floating_type(dtype)
        if len(shape) != 2:
            raise ValueError(f"shape should have two axes, got {shape}")
        _check_fits("gain", abs(self.gain), dtype)
        return tf.constant(self.gain, dtype) * tf.eye(*shape, dtype=dtype)

    def get_config(self):
        return {"gain": self.gain}


@serializable
class Orthogonal(keras.initializers.Orthogonal):
    r"""A random matrix that turns and mirrors but neither stretches nor flattens.

    $$Q^T Q = I, \qquad A = Q R, \qquad r_{ii} > 0$$

    A is a matrix of standard normal numbers and R upper triangular. A has as likely as not been
    turned by any rotation before, so that with a unique Q, hence the sign of R's diagonal, every
    orthogonal matrix is as likely as any other. All axes but the last are taken for rows; where
    there are fewer rows than columns, it is the rows that are orthonormal.

    Args:
        gain: factor of the matrix, and then the length of its columns.
        seed: a whole number, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: if gain is not a finite number or seed is none of these; when it is called, if
            shape has fewer than two axes.

    Example:
        >>> q = Orthogonal(seed=1)((3, 2))
        >>> bool(tf.reduce_all(tf.abs(tf.transpose(q) @ q - tf.eye(2)) < 1e-6))
        True

    Source: A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014; the sign: F. Mezzadri, "How to generate
    random matrices from the classical compact groups", Notices of the AMS 54, 2007.
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(_arguments.number("gain", gain), _checked_seed(seed))

    def __call__(self, shape, dtype=None):
        shape, dtype = _checked_shape(shape), _floating_type(dtype)
        if len(shape) < 2:
            raise ValueError(f"shape should have at least two axes, got {shape}")
        _check_fits("gain", abs(self.gain), dtype)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        long, short = max(rows, columns), min(rows, columns)
        q, r = tf.linalg.qr(_drawn_in(keras.random.normal, (long, short), dtype, seed=self.seed))
        q = tf.where(tf.linalg.diag_part(r) < 0, -q, q)
        if rows < columns:
            q = tf.transpose(q)
        return tf.cast(self.gain * tf.reshape(q, shape), dtype)


# --- random numbers of a given width --------------------------------------------------------------


@serializable
class RandomUniform(keras.initializers.RandomUniform):
    """Numbers between `minval` and `maxval`, all equally likely.

    Their mean is (minval + maxval) / 2, their variance (maxval - minval)² / 12. Between the two
    ends rounded to the type: a draw just below maxval may round to it.

    Args:
        minval: the lower end.
        maxval: the upper end, at least minval.
        seed: a whole number, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: if an end is not a finite number, maxval is below minval, or seed is none of
            these; when it is called, if maxval - minval overflows in the type.

    Example:
        >>> w = RandomUniform(-1.0, 3.0, seed=1)((1000,))
        >>> bool(tf.reduce_all((w >= -1.0) & (w <= 3.0)))
        True
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        minval = _arguments.number("minval", minval)
        maxval = _arguments.number("maxval", maxval)
        if maxval < minval:
            raise ValueError(f"maxval should be >= minval, {minval}, got {maxval}")
        super().__init__(minval, maxval, _checked_seed(seed))

    def __call__(self, shape, dtype=None):
        return _uniform(shape, self.minval, self.maxval, dtype, self.seed)


@serializable
class RandomNormal(keras.initializers.RandomNormal):
    """Normal numbers.

    Args:
        mean: their mean.
        stddev: their standard deviation, >= 0.
        seed: a whole number, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: if mean or stddev is not a finite number, stddev is negative, or seed is none of
            these; when it is called, if the type cannot hold what may be drawn.

    Example:
        >>> w = RandomNormal(mean=1.0, stddev=0.5, seed=1)((10000,))
        >>> abs(float(tf.reduce_mean(w)) - 1.0) < 0.02
        True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        mean = _arguments.number("mean", mean)
        stddev = _arguments.number("stddev", stddev, least=0)
        super().__init__(mean, stddev, _checked_seed(seed))

    def __call__(self, shape, dtype=None):
        return _normal(shape, self.mean, self.stddev, dtype, self.seed)


@serializable
class TruncatedNormal(keras.initializers.TruncatedNormal):
    r"""Normal numbers; what lies further than 2 stddev from the mean is drawn again.

    $$\operatorname{Var} = \Bigl(1 - \frac{4 \varphi(2)}{2 \Phi(2) - 1}\Bigr)\,\text{stddev}^2$$

    so that the standard deviation of what remains is 0.88 stddev, not stddev.

    Args:
        mean: their mean.
        stddev: the standard deviation before truncation, >= 0.
        seed: a whole number, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: as for `RandomNormal`.

    Example:
        >>> w = TruncatedNormal(stddev=0.5, seed=1)((1000,))
        >>> bool(tf.reduce_all(tf.abs(w) <= 1.0))
        True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        mean = _arguments.number("mean", mean)
        stddev = _arguments.number("stddev", stddev, least=0)
        super().__init__(mean, stddev, _checked_seed(seed))

    def __call__(self, shape, dtype=None):
        return _truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


# --- as wide as the layer asks --------------------------------------------------------------------


@serializable
class VarianceScaling(keras.initializers.VarianceScaling):
    r"""Numbers of mean 0 and variance `scale` / n, n being the inputs or the outputs of a unit.

    $$\operatorname{Var} w = \frac{\text{scale}}{n}: \qquad
      w \sim U(-\sqrt{3\,\text{scale}/n}, \sqrt{3\,\text{scale}/n})$$

    or normal with that variance, or normal with that variance after truncation. A unit that sums n
    inputs of variance v has the variance n v Var w = scale · v.

    Args:
        scale: the gain of variance asked for, > 0.
        mode: what n is: "fan_in", "fan_out" or their mean, "fan_avg"; at least 1. See `fans`.
        distribution: "uniform", "truncated_normal" (or "normal") or "untruncated_normal".
        seed: a whole number, a `keras.random.SeedGenerator` or None.
        input_axes, output_axes: the axes that multiply to the fans, both or neither.

    Raises:
        ValueError: if scale is not a positive finite number, mode or distribution is none of these,
            or one of the axes is given without the other.

    Example:
        >>> w = VarianceScaling(2.0, "fan_in", "uniform", seed=1)((6, 100))
        >>> bool(tf.reduce_all(tf.abs(w) <= 1.0))
        True

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        scale = _arguments.number("scale", scale, above=0)
        _check_choice("mode", mode, MODES)
        if isinstance(distribution, str):
            distribution = distribution.lower()
        if distribution != "normal":
            _check_choice("distribution", distribution, DISTRIBUTIONS)
        _check_axes(input_axes, output_axes)
        super().__init__(scale, mode, distribution, _checked_seed(seed), input_axes, output_axes)

    def variance(self, shape):
        """The variance of a kernel's entries."""
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return self.scale / max(n, 1)

    def __call__(self, shape, dtype=None):
        variance = self.variance(shape)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return _uniform(shape, -limit, limit, dtype, self.seed)
        deviation = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return _normal(shape, 0.0, deviation, dtype, self.seed)
        return _truncated_normal(shape, 0.0, deviation / TRUNCATED_DEVIATION, dtype, self.seed)


@serializable
class UniformUnitScaling(VarianceScaling):
    r"""Uniform numbers that keep the length of what goes through: TensorFlow 1's own.

    $$w \sim U(-l, l), \qquad l = \text{factor} \sqrt{3 / n}$$

    n is the product of all axes but the last, and at least 1. `VarianceScaling` with scale =
    factor², but for the kernels of one axis, where n is 1.

    Args:
        factor: gain of the standard deviation, > 0: 1 for a linear layer, about 1.43 for ReLU.
        seed: a whole number, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: if factor is not a positive finite number.

    Example:
        >>> w = UniformUnitScaling(seed=1)((300, 100))
        >>> bool(tf.reduce_all(tf.abs(w) <= 0.1))
        True

    Source: D. Sussillo, L. F. Abbott, "Random walk initialization for training very deep
    feedforward networks", 2014, arXiv:1412.6558.
    """

    def __init__(self, factor=1.0, seed=None):
        self.factor = _arguments.number("factor", factor, above=0)
        super().__init__(1.0, "fan_in", "uniform", seed)

    def variance(self, shape):
        return self.factor * self.factor / max(math.prod(_checked_shape(shape)[:-1]), 1)

    def get_config(self):
        return {"factor": self.factor, "seed": super().get_config()["seed"]}


class _NamedScaling(VarianceScaling):
    asks_for = ()
    """Scale, mode and distribution."""

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.asks_for, seed, input_axes, output_axes)

    def get_config(self):
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


@serializable
class GlorotUniform(_NamedScaling):
    r"""Keeps the variance forwards and backwards as well as one width can, drawn uniformly.

    $$w \sim U(-l, l), \qquad l = \sqrt{6 / (\text{fan}_\text{in} + \text{fan}_\text{out})}$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> w = GlorotUniform(seed=1)((400, 200))
        >>> bool(tf.reduce_all(tf.abs(w) <= 0.1))
        True

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """

    asks_for = 1.0, "fan_avg", "uniform"


@serializable
class GlorotNormal(_NamedScaling):
    r"""As `GlorotUniform`, drawn from the truncated normal distribution.

    $$\operatorname{Var} w = 2 / (\text{fan}_\text{in} + \text{fan}_\text{out})$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> GlorotNormal(seed=1)((400, 200)).shape
        TensorShape([400, 200])
    """

    asks_for = 1.0, "fan_avg", "truncated_normal"


@serializable
class HeUniform(_NamedScaling):
    r"""Makes up for ReLU, which lets half of the mean square through, drawn uniformly.

    $$w \sim U(-l, l), \qquad l = \sqrt{6 / \text{fan}_\text{in}}$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> w = HeUniform(seed=1)((600, 200))
        >>> bool(tf.reduce_all(tf.abs(w) <= 0.1))
        True

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """

    asks_for = 2.0, "fan_in", "uniform"


@serializable
class HeNormal(_NamedScaling):
    r"""As `HeUniform`, drawn from the truncated normal distribution.

    $$\operatorname{Var} w = 2 / \text{fan}_\text{in}$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> HeNormal(seed=1)((600, 200)).shape
        TensorShape([600, 200])
    """

    asks_for = 2.0, "fan_in", "truncated_normal"


@serializable
class LecunUniform(_NamedScaling):
    r"""Keeps the variance forwards where the activation is close to linear, drawn uniformly.

    $$w \sim U(-l, l), \qquad l = \sqrt{3 / \text{fan}_\text{in}}$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> w = LecunUniform(seed=1)((300, 200))
        >>> bool(tf.reduce_all(tf.abs(w) <= 0.1))
        True

    Source: Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, "Efficient BackProp", in: Neural Networks:
    Tricks of the Trade, 1998.
    """

    asks_for = 1.0, "fan_in", "uniform"


@serializable
class LecunNormal(_NamedScaling):
    r"""As `LecunUniform`, drawn from the truncated normal distribution; what SELU is made for.

    $$\operatorname{Var} w = 1 / \text{fan}_\text{in}$$

    Args:
        seed, input_axes, output_axes: as for `VarianceScaling`.

    Example:
        >>> LecunNormal(seed=1)((300, 200)).shape
        TensorShape([300, 200])
    """

    asks_for = 1.0, "fan_in", "truncated_normal"


# --- drawing --------------------------------------------------------------------------------------


def _uniform(shape, minval, maxval, dtype, seed):
    dtype = _floating_type(dtype)
    _check_fits("minval and maxval", max(abs(minval), abs(maxval)), dtype)
    _check_fits("maxval - minval", maxval - minval, _wide(dtype))
    ends = {"minval": minval, "maxval": maxval}
    return tf.cast(_drawn_in(keras.random.uniform, shape, dtype, seed=seed, **ends), dtype)


def _normal(shape, mean, stddev, dtype, seed):
    dtype = _floating_type(dtype)
    _check_fits(f"mean + {FARTHEST} stddev", abs(mean) + FARTHEST * stddev, dtype)
    moments = {"mean": mean, "stddev": stddev}
    return tf.cast(_drawn_in(keras.random.normal, shape, dtype, seed=seed, **moments), dtype)


def _truncated_normal(shape, mean, stddev, dtype, seed):
    dtype = _floating_type(dtype)
    _check_fits("mean + 2 stddev", abs(mean) + 2 * stddev, dtype)
    moments = {"mean": mean, "stddev": stddev}
    draw = keras.random.truncated_normal
    return tf.cast(_drawn_in(draw, shape, dtype, seed=seed, **moments), dtype)


def _drawn_in(draw, shape, dtype, **options):
    return draw(_checked_shape(shape), dtype=_wide(dtype).name, **options)


def _wide(dtype):
    """The type to draw in: 16 bits are too few for the unit interval."""
    return tf.float32 if dtype.size < 4 else dtype


# --- checks ---------------------------------------------------------------------------------------


def _checked_shape(shape):
    try:
        lengths = tuple(shape)
    except (TypeError, ValueError):
        lengths = (None,)
    whole = all(isinstance(n, numbers.Integral) and not isinstance(n, bool) for n in lengths)
    if not whole or any(n < 0 for n in lengths):
        raise ValueError(f"shape should hold whole numbers >= 0, got {shape!r}")
    return tuple(map(int, lengths))


def _checked_type(dtype):
    try:
        return tf.as_dtype(keras.utils.standardize_dtype(dtype))
    except (TypeError, ValueError) as error:
        raise ValueError(f"dtype should name a type of numbers, got {dtype!r}") from error


def _floating_type(dtype):
    dtype = _checked_type(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype should be a floating-point type, got {dtype.name}")
    return dtype


def _checked_seed(seed):
    """What Keras takes for a seed, but for True and False, and for what its 64 bits cannot hold."""
    if isinstance(seed, bool) or (isinstance(seed, int) and not -(2**63) <= seed < 2**63):
        raise ValueError(
            "seed should be None, a keras.random.SeedGenerator or a whole number of 64 bits, "
            f"got {seed!r}"
        )
    return seed


def _check_fits(name, size, dtype):
    if size > float(dtype.max):
        raise ValueError(
            f"{name} should be at most {float(dtype.max):.3g} in {dtype.name}, got {size}"
        )


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(f"{name} should be one of {', '.join(choices)}, got {value!r}")


def _check_axes(input_axes, output_axes):
    if (input_axes is None) != (output_axes is None):
        raise ValueError(
            "input_axes and output_axes should both be given or neither, "
            f"got {input_axes!r} and {output_axes!r}"
        )


def _size(shape, name, axes):
    try:
        return math.prod(shape[axis] for axis in axes)
    except (IndexError, TypeError) as error:
        raise ValueError(f"{name} should hold axes of the shape {shape}, got {axes!r}") from error
