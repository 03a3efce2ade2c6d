"""Dropout. Chapter: networks/regularization."""

import numbers

import numpy as np

from companion import _arguments
from companion._backend import keras, serializable, tf
from companion._derivative import with_derivative

__all__ = ["Dropout"]


@serializable
class Dropout(keras.layers.Dropout):
    r"""Leaves out each entry with probability `rate` while training, and makes up for it.

    $$y_i = \frac{m_i}{1 - \text{rate}}\,x_i, \qquad
      \frac{\partial y_i}{\partial x_i} = \frac{m_i}{1 - \text{rate}}, \qquad
      P(m_i = 1) = 1 - \text{rate}$$

    so that E yᵢ = xᵢ, and Var yᵢ = xᵢ² rate / (1 - rate). Outside training y is x.

    Each entry is left out by 32 random bits of its own, so the rate is kept to 2⁻³² in every type;
    Keras draws in the inputs' type, and in bfloat16, which has 128 numbers to compare with, a rate
    of 0.001 leaves out 0.8 %. The generator hands out two keys for a pass, and the bits are a hash
    of them and of the entry's number: see ``random_bits``. So masks repeat for the same seed, but
    they are not those of Keras.

    Args:
        rate: probability of leaving out an entry, in [0, 1).
        noise_shape: shape of the mask, with as many axes as the input: 1 where entries along an
            axis share their fate, the axis' length or None where each has its own.
        seed: a whole number for masks that repeat from run to run.
        kwargs: as for every Keras layer (name, dtype, …).

    Raises:
        ValueError: if rate is not in [0, 1) or noise_shape is none for these inputs; in training,
            if the inputs are not floating-point numbers.

    Example:
        >>> y = Dropout(0.5, seed=1)(tf.ones((2, 50)), training=True)
        >>> sorted(set(y.numpy().ravel().tolist()))
        [0.0, 2.0]

    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: a
    simple way to prevent neural networks from overfitting", JMLR 15, 2014.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        rate = _arguments.number("rate", rate, least=0, below=1)
        if isinstance(seed, bool) or not isinstance(seed, int | None):
            raise ValueError(f"seed should be a whole number or None, got {seed!r}")
        super().__init__(rate, _checked_noise_shape(noise_shape), seed, **kwargs)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        if not inputs.dtype.is_floating:
            raise ValueError(
                f"inputs should hold floating-point numbers, got dtype {inputs.dtype.name}"
            )
        bits = random_bits(self._mask_shape(inputs), self.seed_generator.next())
        kept = bits >= np.uint32(min(round(self.rate * 2**32), 2**32 - 1))
        # No larger than the type can hold, or an entry of 0 would become NaN.
        scale = min(1 / (1 - self.rate), float(inputs.dtype.max))
        return _masked(inputs, kept=kept, scale=scale)

    def _mask_shape(self, inputs):
        lengths = tf.shape(inputs)
        if self.noise_shape is None:
            return lengths
        if len(self.noise_shape) != inputs.shape.rank or not all(
            n in (1, None) or length in (n, None)
            for n, length in zip(self.noise_shape, inputs.shape, strict=True)
        ):
            raise ValueError(
                f"noise_shape should have the length of each axis of the inputs, "
                f"{tuple(inputs.shape)}, or 1 or None in its place; got {self.noise_shape}"
            )
        return [lengths[i] if n is None else n for i, n in enumerate(self.noise_shape)]


def random_bits(shape, seed):
    r"""32 random bits for each entry of a tensor.

    $$\text{bits}_i = h\bigl(h(i \oplus k_1) \oplus k_2\bigr)$$

    where h maps the whole numbers of 32 bits one to one onto themselves, such that each bit that
    goes in changes about half of those that come out, and TensorFlow's Philox generator draws the
    keys k₁ and k₂ for each call. That it draws every entry would cost several times as much: see
    the chapter speed/compiled.

    Args:
        shape: of the result, with at most 2³¹ - 1 entries.
        seed: two whole numbers, a tensor of integers of shape (2,).

    Returns:
        Whole numbers 0 … 2³² - 1, a uint32 tensor.

    Example:
        >>> random_bits([2, 3], tf.constant([1, 2])).shape
        TensorShape([2, 3])

    Source: C. Wellons, "Prospecting for hash functions", 2018, whose constants these are.
    """
    first, second = tf.unstack(
        tf.random.stateless_uniform([2], seed, None, None, tf.uint32, alg="philox")
    )
    numbers = tf.bitcast(tf.range(tf.reduce_prod(shape)), tf.uint32)
    return tf.reshape(_hashed(numbers, first, second), shape)


def _hashed(numbers, first, second):
    # With one key, two passes would have the same bits, in another order, with probability n / 2³².
    return _mixed(_mixed(numbers ^ first) ^ second)


def _mixed(bits):
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits = (bits ^ tf.bitwise.right_shift(bits, np.uint32(shift))) * np.uint32(factor)
    return bits ^ tf.bitwise.right_shift(bits, np.uint32(16))


@with_derivative
def _masked(x, kept, scale):
    # Chosen, not multiplied by 0: what is left out may be infinite.
    zero = tf.zeros((), x.dtype)
    return tf.where(kept, scale * x, zero), lambda g: tf.where(kept, scale * g, zero)


def _checked_noise_shape(noise_shape):
    if noise_shape is None:
        return None
    whole = isinstance(noise_shape, tuple | list) and all(
        n is None or (isinstance(n, numbers.Integral) and not isinstance(n, bool) and n > 0)
        for n in noise_shape
    )
    if not whole:
        raise ValueError(
            f"noise_shape should be a tuple of whole numbers > 0 or None, got {noise_shape!r}"
        )
    return tuple(noise_shape)
