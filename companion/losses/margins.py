"""Losses that are 0 beyond a margin: hinge, its square, and that of classes.

Chapter: losses/margins.
"""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries


@serializable
def hinge(y_true, y_pred):
    r"""How far a score falls short of the margin 1 on its own side of 0.

    $$\ell(y, s) = \max(1 - y s, 0), \qquad
      \frac{\partial \ell}{\partial s} = -y \text{ if } y s \le 1, \; 0 \text{ otherwise}$$

    The loss of a sample is the mean over its last axis. At the kink, y s = 1, everything between
    -y and 0 is a subgradient; like Keras, this takes -y.

    Args:
        y_true: labels -1 and 1, or 0 and 1 throughout, which count as -1 and 1, shape (..., n).
        y_pred: scores, the same shape.

    Returns:
        Loss of each sample, shape (...).

    Raises:
        ValueError: if the shapes differ, or (in eager mode) a label is none of these.

    Example:
        >>> hinge([[1.0, -1.0]], [[3.0, 0.5]]).numpy().tolist()
        [0.75]

    Source: C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.
    """
    return mean_of_entries(_hinge(*_labels_and_scores(y_true, y_pred)))


@with_derivative(entrywise=True)
def _hinge(y, score, least):
    y = _signs(y, least)
    shortfall = 1 - y * score
    zero = tf.zeros_like(score)
    inside = shortfall >= 0
    slope = tf.where(inside, -y, zero)
    return tf.maximum(shortfall, 0), tf.where(inside, -score, zero), slope, None


@serializable
def squared_hinge(y_true, y_pred):
    r"""The square of `hinge`, whose slope does not jump at the margin.

    $$\ell(y, s) = \max(1 - y s, 0)^2, \qquad
      \frac{\partial \ell}{\partial s} = -2 y \max(1 - y s, 0)$$

    The loss of a sample is the mean over its last axis.

    Args:
        y_true: labels -1 and 1, or 0 and 1 throughout, which count as -1 and 1, shape (..., n).
        y_pred: scores, the same shape.

    Returns:
        Loss of each sample, shape (...).

    Raises:
        ValueError: if the shapes differ, or (in eager mode) a label is none of these.

    Example:
        >>> squared_hinge([[1.0, -1.0]], [[3.0, 0.5]]).numpy().tolist()
        [1.125]
    """
    return mean_of_entries(_squared_hinge(*_labels_and_scores(y_true, y_pred)))


@with_derivative(entrywise=True)
def _squared_hinge(y, score, least):
    y = _signs(y, least)
    shortfall = tf.maximum(1 - y * score, 0)
    pull = -2 * shortfall
    return shortfall * shortfall, pull * score, pull * y, None


@serializable
def categorical_hinge(y_true, y_pred):
    r"""How far the score of the true class falls short of the others' best by the margin 1.

    $$L = \max(1 + n - p, 0), \qquad n = \max_k (1 - y_k) s_k, \qquad p = \sum_k y_k s_k$$

    so that, where 1 + n ≥ p, the gradient is -1 at the true class and 1 at the best of the others;
    equal ones share it. As in Keras the true class stands in the maximum with a 0: n is at least
    0, and where it is 0 no other class is pushed down. At the kink, 1 + n = p, the gradient is that
    of the inside.

    Args:
        y_true: one-hot labels, 0 and 1, shape (..., K).
        y_pred: scores, the same shape.

    Returns:
        Loss of each sample, shape (...).

    Raises:
        ValueError: if the shapes differ, or (in eager mode) a label is neither 0 nor 1.

    Example:
        >>> categorical_hinge([[0.0, 1.0, 0.0]], [[0.5, 1.0, 0.25]]).numpy().tolist()
        [0.5]
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    _arguments.holds(
        (y_true == 0) | (y_true == 1), "y_true should hold one-hot labels, 0 and 1", y_true
    )
    if y_pred.shape[-1:] == [0]:
        raise ValueError(f"y_pred should have at least one class, got the shape {y_pred.shape}")
    return _categorical_hinge(y_true, y_pred)


@with_derivative
def _categorical_hinge(y, score):
    others = (1 - y) * score
    best = tf.reduce_max(others, axis=-1, keepdims=True)
    true = tf.reduce_sum(y * score, axis=-1, keepdims=True)
    shortfall = best - true + 1

    def at_work(upstream):
        """The upstream gradient where there is a loss, and the share of each of the best."""
        upstream = tf.where(shortfall >= 0, upstream[..., tf.newaxis], tf.zeros_like(shortfall))
        is_best = tf.cast(others == best, score.dtype)
        return upstream, is_best / tf.reduce_sum(is_best, axis=-1, keepdims=True)

    def in_labels(upstream):
        upstream, share = at_work(upstream)
        return -upstream * (1 + share) * score

    def in_scores(upstream):
        upstream, share = at_work(upstream)
        return upstream * ((1 - y) * share - y)

    return tf.squeeze(tf.maximum(shortfall, 0), -1), in_labels, in_scores


def _labels_and_scores(y_true, y_pred):
    """Labels and scores, and the smallest label: if it is not -1, a label of 0 means -1."""
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    least = tf.reduce_min(y_true)
    _arguments.holds(
        (y_true == 1) | (y_true == tf.minimum(least, 0)) & ((least == -1) | (least >= 0)),
        "y_true should hold -1 and 1 throughout, or 0 and 1 throughout",
        y_true,
    )
    return y_true, y_pred, least


def _signs(y, least):
    return tf.where((y == 0) & (least >= 0), -tf.ones_like(y), y)


@serializable
class Hinge(FunctionLoss):
    """`hinge` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(Hinge()([[1.0]], [[0.25]]))
        0.75
    """

    function = staticmethod(hinge)

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(reduction, name, dtype)


@serializable
class SquaredHinge(FunctionLoss):
    """`squared_hinge` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(SquaredHinge()([[1.0]], [[0.5]]))
        0.25
    """

    function = staticmethod(squared_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(reduction, name, dtype)


@serializable
class CategoricalHinge(FunctionLoss):
    """`categorical_hinge` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5
    """

    function = staticmethod(categorical_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(reduction, name, dtype)
