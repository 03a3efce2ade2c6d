"""Penalties on the size of weights. Chapter: networks/regularization."""

from companion import _arguments
from companion._backend import keras, serializable, tf
from companion._derivative import with_derivative

__all__ = ["L1", "L1L2", "L2"]


@serializable
class L1(keras.regularizers.Regularizer):
    r"""The sum of the weights' sizes.

    $$P(w) = \lambda \sum_i |w_i|, \qquad
      \frac{\partial P}{\partial w_i} = \lambda \operatorname{sign} w_i$$

    and 0 at 0: every weight is drawn to 0 with the same force, however small it is.

    Args:
        l1: λ >= 0.

    Returns:
        The penalty, a number of the tensor's type.

    Raises:
        ValueError: if l1 is negative or not a finite number.

    Example:
        >>> float(L1(0.5)(tf.constant([3.0, -1.0])))
        2.0

    Source: R. Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal
    Statistical Society B 58, 1996.
    """

    def __init__(self, l1=0.01):
        self.l1 = _arguments.number("l1", l1, least=0)

    def __call__(self, x):
        return _penalty(_sizes, _arguments.floating("x", x), self.l1)

    def get_config(self):
        return {"l1": self.l1}


@serializable
class L2(keras.regularizers.Regularizer):
    r"""The sum of the weights' squares.

    $$P(w) = \lambda \sum_i w_i^2, \qquad \frac{\partial P}{\partial w_i} = 2 \lambda w_i$$

    A weight is drawn to 0 the harder the larger it is, and never arrives. There is no factor 1/2:
    gradient descent with rate η multiplies the weights by 1 - 2ηλ. The penalty of 1e20 with
    λ = 1e-30 is 1e10, where Keras squares first and has inf.

    Args:
        l2: λ >= 0.

    Returns:
        The penalty, a number of the tensor's type.

    Raises:
        ValueError: if l2 is negative or not a finite number.

    Example:
        >>> float(L2(0.5)(tf.constant([3.0, -1.0])))
        5.0

    Source: A. E. Hoerl, R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal
    problems", Technometrics 12, 1970.
    """

    def __init__(self, l2=0.01):
        self.l2 = _arguments.number("l2", l2, least=0)

    def __call__(self, x):
        return _penalty(_squares, _arguments.floating("x", x), self.l2)

    def get_config(self):
        return {"l2": self.l2}


@serializable
class L1L2(keras.regularizers.Regularizer):
    r"""Both penalties: the elastic net.

    $$P(w) = \lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2, \qquad
      \frac{\partial P}{\partial w_i} = \lambda_1 \operatorname{sign} w_i + 2 \lambda_2 w_i$$

    Args:
        l1: λ₁ >= 0.
        l2: λ₂ >= 0.

    Returns:
        The penalty, a number of the tensor's type.

    Raises:
        ValueError: if l1 or l2 is negative or not a finite number.

    Example:
        >>> float(L1L2(l1=0.5, l2=0.25)(tf.constant([3.0, -1.0])))
        4.5

    Source: H. Zou, T. Hastie, "Regularization and variable selection via the elastic net", Journal
    of the Royal Statistical Society B 67, 2005.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _arguments.number("l1", l1, least=0)
        self.l2 = _arguments.number("l2", l2, least=0)

    def __call__(self, x):
        x = _arguments.floating("x", x)
        penalty = tf.zeros((), x.dtype)
        if self.l1 > 0:
            penalty += _penalty(_sizes, x, self.l1)
        if self.l2 > 0:
            penalty += _penalty(_squares, x, self.l2)
        return penalty

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


def _penalty(sum_of, x, factor):
    # λ is often small, and float16 has no digits left at 1e-6: its weights are added up in float32.
    wide = tf.cast(x, tf.float32) if x.dtype.size < 4 else x
    return tf.cast(sum_of(wide, factor=factor), x.dtype)


# λ goes into each term, so that the sum overflows only if the penalty does.


@with_derivative
def _sizes(w, factor):
    return tf.reduce_sum(tf.abs(factor * w)), lambda upstream: upstream * factor * tf.sign(w)


@with_derivative
def _squares(w, factor):
    pull = factor * w
    return tf.reduce_sum(pull * w), lambda upstream: upstream * 2 * pull
