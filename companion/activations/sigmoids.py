"""Step, identity, sigmoid and tanh. Chapter: activations/sigmoids."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative


@serializable
def step(x):
    r"""Heaviside's step: 1 where x >= 0, else 0.

    $$H(x) = 1 \text{ if } x \ge 0, \; 0 \text{ otherwise}, \qquad H'(x) = 0$$

    The derivative is zero wherever there is one, so no gradient passes through.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> step([-1.0, 0.0, 2.0]).numpy().tolist()
        [0.0, 1.0, 1.0]

    Source: F. Rosenblatt, "The perceptron", Psychological Review 65, 1958.
    """
    return _step(_arguments.floating("x", x))


@with_derivative(entrywise=True)
def _step(x):
    value = tf.where(tf.math.is_nan(x), x, tf.cast(x >= 0, x.dtype))
    return value, tf.zeros_like(x)


@serializable
def linear(x):
    r"""The identity, under the name that Keras gives it.

    $$f(x) = x, \qquad f'(x) = 1$$

    Args:
        x: tensor of any shape.

    Returns:
        The same tensor.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> linear([-1.0, 2.0]).numpy().tolist()
        [-1.0, 2.0]
    """
    return _linear(_arguments.floating("x", x))


@with_derivative
def _linear(x):
    return tf.identity(x), lambda upstream: upstream


identity = linear


@serializable
def sigmoid(x):
    r"""The logistic function.

    $$\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \frac{e^{-|x|}}{(1 + e^{-|x|})^2}$$

    The derivative is σ(1 - σ), written so that it is right where 1 - σ rounds to 0: at x = 20
    in float32 it is 2.06e-9, where Keras has 0.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type, in [0, 1]. It remembers its logits, so that Keras'
        cross-entropies keep their gradient when it saturates.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> sigmoid([-1000.0, 0.0, 1000.0]).numpy().tolist()
        [0.0, 0.5, 1.0]
    """
    x = _arguments.floating("x", x)
    value = _sigmoid(x)
    # Keras' cross-entropies look for the logits and then work from them. Ours for classes must
    # not take them for softmax' logits.
    value._keras_logits = x
    value._is_sigmoid = True
    return value


@with_derivative(entrywise=True)
def _sigmoid(x):
    decay = tf.exp(-tf.abs(x))
    value = tf.where(x >= 0, tf.ones_like(x), decay) / (1 + decay)
    return value, decay / (1 + decay) ** 2


@serializable
def tanh(x):
    r"""The hyperbolic tangent.

    $$\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}, \qquad
      \tanh' x = 1 - \tanh^2 x = \frac{4 e^{-2|x|}}{(1 + e^{-2|x|})^2}$$

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type, in [-1, 1].

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> tanh([-1000.0, 0.0, 1000.0]).numpy().tolist()
        [-1.0, 0.0, 1.0]
    """
    return _tanh(_arguments.floating("x", x))


@with_derivative(entrywise=True)
def _tanh(x):
    decay = tf.exp(-2 * tf.abs(x))
    return tf.tanh(x), 4 * decay / (1 + decay) ** 2
