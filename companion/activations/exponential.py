"""Exponential units: ELU, SELU, softplus. Chapter: activations/exponential."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@serializable
def elu(x, alpha=1.0):
    r"""The exponential linear unit.

    $$f(x) = x \text{ if } x > 0, \; \alpha (e^x - 1) \text{ otherwise}, \qquad
      f'(x) = 1 \text{ if } x > 0, \; \alpha e^x \text{ otherwise}$$

    It is right close to 0 (-1e-8 at -1e-8, where Keras has 0 in float32), and so is its derivative
    far from it (2.06e-9 at -20, where Keras has 0). At 0 the derivative is α.

    Args:
        x: tensor of any shape.
        alpha: α >= 0; the value tends to -α for large negative inputs.

    Returns:
        Tensor of the same shape and type.

    Raises:
        ValueError: if x does not hold real numbers or α is negative or not finite.

    Example:
        >>> elu([-1000.0, 0.0, 2.0]).numpy().tolist()
        [-1.0, 0.0, 2.0]

    Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning
    by exponential linear units", ICLR 2016.
    """
    x = _arguments.floating("x", x)
    return _elu(x, alpha=_arguments.number("alpha", alpha, least=0), scale=1.0)


@serializable
def selu(x):
    r"""The scaled exponential linear unit.

    $$f(x) = \lambda \, \mathrm{elu}_\alpha(x), \qquad
      f'(x) = \lambda \text{ if } x > 0, \; \lambda \alpha e^x \text{ otherwise}$$

    with α = 1.6733 and λ = 1.0507, for which a standard normal input gives an output of mean 0 and
    variance 1. As right as `elu`, where Keras is not.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> selu([0.0, 1.0]).numpy().round(6).tolist()
        [0.0, 1.0507010221481323]

    Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-normalizing neural
    networks", NeurIPS 2017.
    """
    return _elu(_arguments.floating("x", x), alpha=SELU_ALPHA, scale=SELU_SCALE)


@with_derivative(entrywise=True)
def _elu(x, alpha, scale):
    # The branch that is not taken must not overflow: its infinite slope times 0 would be NaN.
    below = tf.minimum(x, 0)
    value = tf.where(x > 0, scale * x, scale * alpha * tf.math.expm1(below))
    slope = tf.where(x > 0, tf.constant(scale, x.dtype), scale * alpha * tf.exp(below))
    return value, slope


@serializable
def softplus(x):
    r"""Softplus, a ReLU without the kink.

    $$f(x) = \log(1 + e^x) = \max(x, 0) + \log(1 + e^{-|x|}), \qquad f'(x) = \sigma(x)$$

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type, at least 0.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> softplus([-1000.0, 0.0, 1000.0]).numpy().round(6).tolist()
        [0.0, 0.6931470036506653, 1000.0]

    Source: C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau, R. Garcia, "Incorporating second-order
    functional knowledge for better option pricing", NeurIPS 2000.
    """
    return _softplus(_arguments.floating("x", x))


@with_derivative(entrywise=True)
def _softplus(x):
    return tf.nn.relu(x) + tf.math.log1p(tf.exp(-tf.abs(x))), tf.sigmoid(x)
