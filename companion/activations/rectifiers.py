"""Rectifiers. Chapter: activations/rectifiers."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative


@serializable
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    r"""The rectified linear unit.

    $$f(x) = x \text{ if } x > \theta, \; s\,(x - \theta) \text{ otherwise}, \qquad
      f'(x) = 1 \text{ if } x > \theta, \; s \text{ otherwise}$$

    with slope s and threshold θ both 0 by default; from `max_value` on it is flat. At the
    threshold itself, where the slope jumps, the derivative is s (as in Keras for threshold 0).

    Args:
        x: tensor of any shape.
        negative_slope: slope below the threshold, >= 0.
        max_value: largest value, >= 0, or None for no limit.
        threshold: where the line begins, >= 0.

    Returns:
        Tensor of the same shape and type.

    Raises:
        ValueError: if x does not hold real numbers or a parameter is negative or not finite.

    Example:
        >>> relu([-1.0, 0.0, 2.0]).numpy().tolist()
        [0.0, 0.0, 2.0]

    Source: V. Nair, G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML 2010.
    """
    return _relu(
        _arguments.floating("x", x),
        negative_slope=_arguments.number("negative_slope", negative_slope, least=0),
        max_value=None if max_value is None else _arguments.number("max_value", max_value, least=0),
        threshold=_arguments.number("threshold", threshold, least=0),
    )


@with_derivative(entrywise=True)
def _relu(x, negative_slope, max_value, threshold):
    passes = x > threshold
    derivative = tf.where(passes, tf.ones_like(x), tf.cast(negative_slope, x.dtype))
    value = tf.where(passes | tf.math.is_nan(x), x, _times(negative_slope, x - threshold))
    if max_value is not None:
        capped = x >= max_value
        value = tf.where(capped, tf.cast(max_value, x.dtype), value)
        derivative = tf.where(capped, tf.zeros_like(x), derivative)
    return value, derivative


def _times(slope, x):
    # A slope of 0 times an input of -inf would be NaN.
    return slope * x if slope else tf.zeros_like(x)
