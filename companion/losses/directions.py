"""Cosine similarity as a loss. Chapter: losses/directions."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss


@serializable
def cosine_similarity(y_true, y_pred, axis=-1):
    r"""Minus the cosine of the angle between two vectors: -1 where they point the same way.

    $$L = -\langle u, v \rangle, \qquad
      \frac{\partial L}{\partial \hat y} = \frac{\langle u, v \rangle v - u}{|\hat y|}, \qquad
      u = \frac{y}{|y|}, \; v = \frac{\hat y}{|\hat y|}$$

    The gradient turns v towards u and has no part along v: lengths do not matter. The zero vector
    has no direction; its loss is 0, and so is the gradient at it. Vectors are divided by their
    largest entry first, so that no square overflows or underflows: the loss is -1 for two vectors
    (1e20, 1e20), where Keras has 0 in float32.

    Args:
        y_true: true vectors along `axis`, in any unit.
        y_pred: predicted vectors, the same shape.
        axis: the axis of the vectors' entries.

    Returns:
        Loss of each sample, in [-1, 1] up to rounding, with the shape of y_pred less `axis`.

    Raises:
        ValueError: if the shapes differ or y_pred has no such axis.

    Example:
        >>> cosine_similarity([[2.0, 0.0]], [[3.0, 4.0]]).numpy().round(6).tolist()
        [-0.6000000238418579]
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    return _cosine_similarity(y_true, y_pred, axis=_arguments.axis_of("y_pred", y_pred, axis))


@with_derivative
def _cosine_similarity(y_true, y_pred, axis):
    # y = u |y|, where u times `length` is y times `shrink`.
    true, true_length, true_shrink = _shrunk(y_true, axis)
    pred, pred_length, pred_shrink = _shrunk(y_pred, axis)
    product = tf.reduce_sum(true * pred, axis=axis, keepdims=True)
    cosine = product / (true_length * pred_length)

    def in_true(upstream):
        pull = tf.expand_dims(upstream, axis) * (true_shrink / true_length)
        return true * (cosine * pull / true_length) - pred * (pull / pred_length)

    def in_pred(upstream):
        pull = tf.expand_dims(upstream, axis) * (pred_shrink / pred_length)
        return pred * (cosine * pull / pred_length) - true * (pull / true_length)

    return -tf.squeeze(cosine, axis), in_true, in_pred


def _shrunk(x, axis):
    """x times a number that makes its largest entry about 1, its length then, and the number."""
    largest = tf.reduce_max(tf.abs(x), axis=axis, keepdims=True)
    # 1 / largest would be subnormal at the largest numbers; for the zero vector it is 0 here.
    shrink = tf.math.reciprocal_no_nan(tf.minimum(largest, x.dtype.max / 8))
    shrink = tf.where(tf.math.is_inf(largest), tf.zeros_like(shrink), shrink)
    # Any number would do, so there is no derivative in it.
    shrink = tf.stop_gradient(shrink)
    # Beside an infinite entry the finite ones vanish.
    small = tf.where(tf.math.is_inf(x), tf.sign(x), x * shrink)
    # Up to rounding the sum is at least 1, but for the zero vector.
    length = tf.sqrt(tf.maximum(tf.reduce_sum(small * small, axis=axis, keepdims=True), 0.5))
    return small, length, shrink


@serializable
class CosineSimilarity(FunctionLoss):
    """`cosine_similarity` as a Keras loss.

    Args:
        axis: the axis of the vectors' entries.
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(CosineSimilarity()([[0.0, 2.0]], [[0.0, 5.0]]))
        -1.0
    """

    function = staticmethod(cosine_similarity)

    def __init__(
        self,
        axis=-1,
        reduction="sum_over_batch_size",
        name="cosine_similarity",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype, axis=axis)
