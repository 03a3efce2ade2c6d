"""Softmax. Chapter: activations/softmax."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative


@serializable
def softmax(x, axis=-1):
    r"""Softmax along one axis.

    $$p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \qquad
      \frac{\partial p_i}{\partial x_j} = p_i (\delta_{ij} - p_j)$$

    Args:
        x: tensor with at least one axis.
        axis: the axis whose entries sum to 1.

    Returns:
        Tensor of the same shape and type. Along the last axis it remembers its logits, so that
        cross-entropies keep their gradient when it saturates; they then go around softmax.

    Raises:
        ValueError: if x does not hold real numbers or has no such axis.

    Example:
        >>> softmax([[1000.0, 1000.0]]).numpy().tolist()
        [[0.5, 0.5]]

    Source: J. Bridle, "Probabilistic interpretation of feedforward classification network
    outputs", Neurocomputing, NATO ASI Series 68, 1990.
    """
    x = _arguments.floating("x", x)
    if x.shape.rank is not None and not -x.shape.rank <= axis < x.shape.rank:
        raise ValueError(
            f"axis should be an axis of x, whose shape is {tuple(x.shape)}, got {axis}"
        )
    value = _softmax(x, axis=axis)
    # Cross-entropies look for this attribute and then work from the logits. They do not ask
    # along which axis softmax ran, so it must be the one that they take for granted.
    if axis in (-1, (x.shape.rank or 0) - 1):
        value._keras_logits = x
    return value


@with_derivative
def _softmax(x, axis):
    top = tf.argmax(x, axis=axis, output_type=tf.int32)
    growth = tf.exp(x - tf.reduce_max(x, axis=axis, keepdims=True))
    p = growth / tf.reduce_sum(growth, axis=axis, keepdims=True)

    def backward(upstream):
        # A constant added to the upstream gradient changes nothing, as every row of the
        # Jacobian sums to 0. Taking away the entry at the largest p keeps 1 - p exact there.
        is_top = tf.one_hot(top, tf.shape(x)[axis], axis=axis, dtype=x.dtype)
        level = tf.reduce_sum(upstream * is_top, axis=axis, keepdims=True)
        shifted = upstream - level
        return p * (shifted - tf.reduce_sum(p * shifted, axis=axis, keepdims=True))

    return p, backward
