"""Learning rates that change with the step. Chapter: optimizers/schedules."""

import math

from companion import _arguments
from companion._backend import keras, serializable, tf

__all__ = ["CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay"]


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A Keras schedule whose `rate` is a function of the step in float64.

    Float32, in which Keras computes, holds no odd step beyond 2²⁴, and raises the rounding error
    of a decay rate to the power that it is put to.
    """

    def __call__(self, step):
        """The learning rate in step 0, 1, …: a scalar of Keras' default type."""
        step = tf.cast(tf.convert_to_tensor(step), tf.float64)
        return tf.cast(self.rate(step), keras.config.floatx())


@serializable
class PiecewiseConstantDecay(Schedule):
    r"""Learning rates in steps: the next one as soon as a boundary is passed.

    $$\eta_t = \eta_k \quad\text{for}\quad b_k < t \le b_{k+1}$$

    Args:
        boundaries: b₁ < b₂ < …, the last steps in which a value holds.
        values: η₀, η₁, …, one more than boundaries, each >= 0.
        name: of the schedule.

    Raises:
        ValueError: if a value is out of range, the boundaries do not increase, or there is not
            one value more than boundaries.

    Example:
        >>> rate = PiecewiseConstantDecay([100], [0.5, 0.25])
        >>> [float(rate(t)) for t in (0, 100, 101)]
        [0.5, 0.5, 0.25]

    Source: H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22, 1951.
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        self.boundaries = [_arguments.number("boundaries", b) for b in boundaries]
        self.values = [_arguments.number("values", value, least=0) for value in values]
        self.name = name
        if any(b >= after for b, after in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"boundaries should increase, got {boundaries!r}")
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                "values should hold one number more than boundaries, got "
                f"{len(self.values)} values and {len(self.boundaries)} boundaries"
            )

    def rate(self, step):
        passed = tf.reduce_sum(tf.cast(step > tf.constant(self.boundaries, step.dtype), tf.int32))
        return tf.gather(tf.constant(self.values, step.dtype), passed)

    def get_config(self):
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


@serializable
class ExponentialDecay(Schedule):
    r"""A learning rate that shrinks by the same factor in every stretch of steps.

    $$\eta_t = \eta_0\,\gamma^{\,t / T}$$

    and with `staircase` $\eta_0\,\gamma^{\lfloor t / T \rfloor}$.

    Args:
        initial_learning_rate: η₀ >= 0.
        decay_steps: T > 0, in steps.
        decay_rate: γ >= 0, the factor of T steps.
        staircase: whether the rate changes at the end of each stretch alone.
        name: of the schedule.

    Raises:
        ValueError: if a parameter is out of range.

    Example:
        >>> rate = ExponentialDecay(0.5, decay_steps=10, decay_rate=0.25)
        >>> [float(rate(t)) for t in (0, 5, 10)]
        [0.5, 0.25, 0.125]

    Source: Y. Bengio, "Practical recommendations for gradient-based training of deep
    architectures", 2012, section 3.1.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        self.initial_learning_rate = _initial(initial_learning_rate)
        self.decay_steps = _arguments.number("decay_steps", decay_steps, above=0)
        self.decay_rate = _arguments.number("decay_rate", decay_rate, least=0)
        self.staircase = _arguments.flag("staircase", staircase)
        self.name = name

    def rate(self, step):
        stretches = step / self.decay_steps
        if self.staircase:
            stretches = tf.floor(stretches)
        return self.initial_learning_rate * self.decay_rate**stretches

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


@serializable
class CosineDecay(Schedule):
    r"""A learning rate that falls along half a cosine, after a warm-up if one is asked for.

    $$\eta_t = \eta_{\max} \left(\alpha + (1 - \alpha) \sin^2
      \frac{\pi\,(T - t)}{2\,T}\right), \qquad t \le T$$

    The sine's square is $\tfrac12 (1 + \cos \pi t / T)$, which near the end is 0 to a computer.
    With a target, the rate first rises in a line from `initial_learning_rate` to it, and the
    steps t are counted from there.

    Args:
        initial_learning_rate: η_max >= 0, or where the warm-up starts.
        decay_steps: T > 0, in steps.
        alpha: α in [0, 1], the part of η_max that is left in the end.
        name: of the schedule.
        warmup_target: η_max >= 0, or None for no warm-up.
        warmup_steps: how many steps the warm-up takes, >= 0.

    Raises:
        ValueError: if a parameter is out of range.

    Example:
        >>> rate = CosineDecay(0.0, 10, warmup_target=0.5, warmup_steps=2)
        >>> [round(float(rate(t)), 6) for t in (0, 1, 2, 7, 12)]
        [0.0, 0.25, 0.5, 0.25, 0.0]

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    ICLR 2017; the warm-up: P. Goyal et al., "Accurate, large minibatch SGD", 2017.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = _initial(initial_learning_rate)
        self.decay_steps = _arguments.number("decay_steps", decay_steps, above=0)
        self.alpha = _arguments.number("alpha", alpha, least=0, most=1)
        self.name = name
        if warmup_target is not None:
            warmup_target = _arguments.number("warmup_target", warmup_target, least=0)
        self.warmup_target = warmup_target
        self.warmup_steps = _arguments.number("warmup_steps", warmup_steps, least=0)

    def rate(self, step):
        if self.warmup_target is None:
            return self.initial_learning_rate * self._left(step)
        start, target, steps = self.initial_learning_rate, self.warmup_target, self.warmup_steps
        rise = start + (target - start) * tf.math.divide_no_nan(step, steps)
        return tf.where(step < steps, rise, target * self._left(step - steps))

    def _left(self, step):
        """What part of the largest rate is left."""
        angle = math.pi / 2 * (tf.maximum(self.decay_steps - step, 0) / self.decay_steps)
        return self.alpha + (1 - self.alpha) * tf.sin(angle) ** 2

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


def _initial(learning_rate):
    return _arguments.number("initial_learning_rate", learning_rate, least=0)
