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
        axis: the axis whose entries sum to 1, or a tuple of axes that do so together.

    Returns:
        Tensor of the same shape and type. Along the last axis it remembers its logits, so that
        cross-entropies keep their gradient when it saturates; they then go around softmax.

    Raises:
        ValueError: if x does not hold real numbers, or has no such axis, or no entries along it.

    Example:
        >>> softmax([[1000.0, 1000.0]]).numpy().tolist()
        [[0.5, 0.5]]

    Source: J. Bridle, "Probabilistic interpretation of feedforward classification network
    outputs", Neurocomputing, NATO ASI Series 68, 1990.
    """
    x = _arguments.floating("x", x)
    axes = _axes(x, axis)
    rank = x.shape.rank
    if axes == [rank - 1]:
        value = _softmax(x)
        # Cross-entropies look for this attribute and then work from the logits. They do not ask
        # along which axis softmax ran, so it must be the one that they take for granted.
        value._keras_logits = x
        return value
    order = [i for i in range(rank) if i not in axes] + axes
    back = [order.index(i) for i in range(rank)]
    last = tf.transpose(x, order)
    rows = tf.reshape(last, tf.concat([tf.shape(last)[: rank - len(axes)], [-1]], axis=0))
    return tf.transpose(tf.reshape(_softmax(rows), tf.shape(last)), back)


def _axes(x, axis):
    """The axes that softmax runs along, counted from the front."""
    several = list(axis) if isinstance(axis, tuple | list) else [axis]
    rank = x.shape.rank
    if rank is None:
        raise ValueError("x should have a known number of axes")
    if not several:
        raise ValueError("axis should be an axis of x or a tuple of them, got none")
    axes = sorted({_arguments.axis_of("x", x, a) % rank for a in several})
    if any(x.shape[a] == 0 for a in axes):
        raise ValueError(f"x should have entries along axis {axis}, got shape {tuple(x.shape)}")
    return axes


@with_derivative
def _softmax(x):
    p = tf.nn.softmax(x)

    def backward(upstream):
        # A constant added to the upstream gradient changes nothing, as every row of the
        # Jacobian sums to 0. Taking away the entry at the largest p keeps 1 - p exact there.
        top = tf.argmax(p, axis=-1, output_type=tf.int32)[..., tf.newaxis]
        shifted = upstream - tf.gather(upstream, top, axis=-1, batch_dims=x.shape.rank - 1)
        return p * (shifted - tf.reduce_sum(p * shifted, axis=-1, keepdims=True))

    return p, backward
