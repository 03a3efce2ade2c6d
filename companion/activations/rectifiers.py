"""Rectifiers: ReLU, leaky ReLU, ReLU6. Chapter: activations/rectifiers."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative


@serializable
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    r"""The rectified linear unit.

    $$f(x) = x \text{ if } x > \theta, \; s\,(x - \theta) \text{ otherwise}, \qquad
      f'(x) = 1 \text{ if } x > \theta, \; s \text{ otherwise}$$

    with slope s and threshold θ both 0 by default; above the threshold it is flat from `max_value`
    on. At the threshold itself, where the slope jumps, the derivative is s (as in Keras for
    threshold 0).

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
    x = _arguments.floating("x", x)
    slope = _arguments.number("negative_slope", negative_slope, least=0)
    threshold = _arguments.number("threshold", threshold, least=0)
    if max_value is not None:
        max_value = _arguments.number("max_value", max_value, least=0)
    elif slope == threshold == 0:
        return _rectified(x)
    return _relu(x, negative_slope=slope, max_value=max_value, threshold=threshold)


@with_derivative
def _rectified(x):
    return tf.nn.relu(x), tf.cast(x > 0, x.dtype)


@with_derivative(entrywise=True)
def _relu(x, negative_slope, max_value, threshold):
    below = x <= threshold
    derivative = tf.where(below, tf.constant(negative_slope, x.dtype), tf.ones([], x.dtype))
    value = tf.where(below, _times(negative_slope, x - threshold), x)
    if max_value is not None:
        capped = ~below & (x >= max_value)
        value = tf.where(capped, tf.constant(max_value, x.dtype), value)
        derivative = tf.where(capped, tf.zeros_like(x), derivative)
    return value, derivative


def _times(slope, x):
    # A slope of 0 times an input of -inf would be NaN.
    return slope * x if slope else tf.zeros_like(x)


@serializable
def leaky_relu(x, negative_slope=0.2):
    r"""The rectified linear unit with a slope left below 0.

    $$f(x) = x \text{ if } x > 0, \; s\,x \text{ otherwise}, \qquad
      f'(x) = 1 \text{ if } x > 0, \; s \text{ otherwise}$$

    A unit whose inputs are all negative still learns. At 0 the derivative is s.

    Args:
        x: tensor of any shape.
        negative_slope: s >= 0.

    Returns:
        Tensor of the same shape and type.

    Raises:
        ValueError: if x does not hold real numbers or the slope is negative or not finite.

    Example:
        >>> leaky_relu([-1.0, 0.0, 2.0], negative_slope=0.5).numpy().tolist()
        [-0.5, 0.0, 2.0]

    Source: A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier nonlinearities improve neural network
    acoustic models", ICML 2013.
    """
    x = _arguments.floating("x", x)
    slope = _arguments.number("negative_slope", negative_slope, least=0)
    return _leaky_relu(x, negative_slope=slope) if slope else _rectified(x)


@with_derivative(entrywise=True)
def _leaky_relu(x, negative_slope):
    slope = tf.where(x > 0, tf.ones([], x.dtype), tf.constant(negative_slope, x.dtype))
    return x * slope, slope


@serializable
def relu6(x):
    r"""The rectified linear unit that ends at 6.

    $$f(x) = \min(\max(x, 0), 6), \qquad f'(x) = 1 \text{ if } 0 < x < 6, \; 0 \text{ otherwise}$$

    A value between 0 and 6 keeps its digits in a number of few bits. At both kinks the derivative
    is 0.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type, in [0, 6].

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> relu6([-1.0, 2.0, 9.0]).numpy().tolist()
        [0.0, 2.0, 6.0]

    Source: A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.
    """
    return _relu6(_arguments.floating("x", x))


@with_derivative(entrywise=True)
def _relu6(x):
    return tf.nn.relu6(x), tf.cast((x > 0) & (x < 6), x.dtype)
