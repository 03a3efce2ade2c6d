"""Gated units: SiLU, GELU, mish. Chapter: activations/gated.

Each is x times a gate between 0 and 1 that opens as x grows, so its derivative is the gate plus x
times the gate's slope. At -∞ the gate is 0 and x infinite, and `multiply_no_nan` makes that the
limit, 0. Beyond ±1000 every gate is 0 or 1 and no longer moves, in every type.
"""

import math

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative


@serializable
def silu(x):
    r"""The sigmoid linear unit, or swish.

    $$f(x) = x\,\sigma(x), \qquad f'(x) = \sigma(x) \left(1 + x\,\sigma(-x)\right)$$

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type; 0 at -∞, where Keras has NaN.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> silu([-1000.0, 0.0, 1000.0]).numpy().tolist()
        [0.0, 0.0, 1000.0]

    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016; P. Ramachandran,
    B. Zoph, Q. V. Le, "Searching for activation functions", 2017.
    """
    return _silu(_arguments.floating("x", x))


swish = silu


@with_derivative(entrywise=True)
def _silu(x):
    gate, rest = tf.sigmoid(x), tf.sigmoid(-x)
    return tf.math.multiply_no_nan(x, gate), gate * (1 + _near(x) * rest)


@serializable
def gelu(x, approximate=False):
    r"""The Gaussian error linear unit.

    $$f(x) = x\,\Phi(x) = \frac{x}{2} \operatorname{erfc}\left(-\frac{x}{\sqrt 2}\right), \qquad
      f'(x) = \Phi(x) + x\,\varphi(x)$$

    with the distribution Φ and the density φ of a standard normal number. With `approximate`

    $$f(x) = x\,\sigma(2u), \quad u = \sqrt{2 / \pi}\,(x + 0.044715\,x^3), \qquad
      f'(x) = \sigma(2u) \left(1 + 2 x\,u'\,\sigma(-2u)\right)$$

    which is the usual form with tanh, without its cancellation for negative inputs.

    Args:
        x: tensor of any shape.
        approximate: whether Φ is approximated.

    Returns:
        Tensor of the same shape and type; 0 at -∞, where Keras has NaN.

    Raises:
        ValueError: if x does not hold real numbers or `approximate` is neither True nor False.

    Example:
        >>> gelu([-1000.0, 0.0, 1000.0]).numpy().tolist()
        [0.0, 0.0, 1000.0]

    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016.
    """
    x = _arguments.floating("x", x)
    return _gelu_approximate(x) if _arguments.flag("approximate", approximate) else _gelu(x)


@with_derivative(entrywise=True)
def _gelu(x):
    near = _near(x)
    gate = tf.math.erfc(x * -math.sqrt(0.5)) / 2
    density = tf.exp(-near * near / 2) / math.sqrt(2 * math.pi)
    return tf.math.multiply_no_nan(x, gate), gate + near * density


@with_derivative(entrywise=True)
def _gelu_approximate(x):
    # This gate is 0 or 1 beyond ±20 already, and a cube overflows soon.
    near = tf.clip_by_value(x, -20, 20)
    square = near * near
    twice_u = math.sqrt(8 / math.pi) * near * (1 + 0.044715 * square)
    gate, rest = tf.sigmoid(twice_u), tf.sigmoid(-twice_u)
    steepness = math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * square)
    return tf.math.multiply_no_nan(x, gate), gate * (1 + near * steepness * rest)


@serializable
def mish(x):
    r"""Mish.

    $$f(x) = x \tanh(\mathrm{softplus}(x)) = x\,\frac{e (e + 2)}{(e + 1)^2 + 1}, \qquad
      f'(x) = \frac{e (e + 2)}{(e + 1)^2 + 1} + x\,\frac{4 e (e + 1)}{((e + 1)^2 + 1)^2}$$

    with e = exp(x); above 0 both fractions are reduced by powers of e, so that nothing overflows.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the same shape and type; 0 at -∞, where Keras has NaN.

    Raises:
        ValueError: if x does not hold real numbers.

    Example:
        >>> mish([-1000.0, 0.0, 1000.0]).numpy().tolist()
        [0.0, 0.0, 1000.0]

    Source: D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
    """
    return _mish(_arguments.floating("x", x))


@with_derivative(entrywise=True)
def _mish(x):
    p, q = tf.exp(tf.minimum(x, 0)), tf.exp(-tf.nn.relu(x))  # e = p / q
    both = p + q
    denominator = both * both + q * q
    gate = p * (both + q) / denominator
    steepness = 4 * p * both * (q / denominator) ** 2
    return tf.math.multiply_no_nan(x, gate), gate + _near(x) * steepness


def _near(x):
    return tf.clip_by_value(x, -1000, 1000)
