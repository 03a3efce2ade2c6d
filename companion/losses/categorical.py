"""Categorical cross-entropy, one-hot and sparse. Chapter: losses/categorical."""

import warnings

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss


@serializable
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    r"""Cross-entropy between label distributions and predicted ones.

    $$L = -\sum_k y_k \log p_k, \qquad
      \frac{\partial L}{\partial z_k} = p_k \sum_j y_j - y_k \text{ for } p = \mathrm{softmax}(z)$$

    Without `from_logits`, y_pred holds probabilities; like Keras it is divided by its sum, and
    where it comes straight from softmax the loss works from softmax' logits. A probability of 0
    counts as the smallest normal number (1.2e-38 in float32), so that the loss stays finite.

    Args:
        y_true: label distributions, shape (..., K), entries in [0, 1]; usually one-hot.
        y_pred: probabilities, or with `from_logits` logits, of the same shape.
        from_logits: whether y_pred holds logits.
        label_smoothing: share in [0, 1] of every label that is spread over all K classes.
        axis: the axis of the classes.

    Returns:
        Loss of each sample, in nats, with the shape of y_true less `axis`.

    Raises:
        ValueError: if the shapes differ, label_smoothing is outside [0, 1], or (in eager mode)
            a label or a probability is outside [0, 1].

    Example:
        >>> float(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0])
        0.6931471824645996
    """
    smoothing = _arguments.number("label_smoothing", label_smoothing, least=0, most=1)
    y_pred = _arguments.floating("y_pred", y_pred)
    y_true = tf.cast(_arguments.floating("y_true", y_true), y_pred.dtype)
    if not y_true.shape.is_compatible_with(y_pred.shape):
        raise ValueError(
            f"y_true should have the shape of y_pred, {tuple(y_pred.shape)}, "
            f"got {tuple(y_true.shape)}"
        )
    _check_axis(axis, y_pred)
    _arguments.holds((y_true >= 0) & (y_true <= 1), "y_true should hold values in [0, 1]", y_true)
    if smoothing:
        classes = tf.cast(tf.shape(y_true)[axis], y_true.dtype)
        y_true = y_true * (1 - smoothing) + smoothing / classes
    return _cross_entropy(y_true, y_pred, from_logits, axis)


@serializable
def sparse_categorical_crossentropy(
    y_true, y_pred, from_logits=False, ignore_class=None, axis=-1
):
    r"""Cross-entropy for labels that are class numbers.

    $$L = -\log p_y, \qquad
      \frac{\partial L}{\partial z_k} = p_k - [k = y] \text{ for } p = \mathrm{softmax}(z)$$

    Args:
        y_true: class numbers 0 … K-1, with the shape of y_pred less `axis`, or 1 there.
        y_pred: probabilities, or with `from_logits` logits, shape (..., K).
        from_logits: whether y_pred holds logits.
        ignore_class: a class number whose samples have loss 0 and do not count in the mean.
        axis: the axis of the classes.

    Returns:
        Loss of each sample, in nats. Inside a compiled graph, where labels cannot be checked
        beforehand, a label outside 0 … K-1 has the loss NaN and the gradient 0.

    Raises:
        ValueError: if the shapes do not match, or (in eager mode) a label is not a whole
            number in 0 … K-1 or a probability is outside [0, 1].

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0])
        0.6931471824645996
    """
    y_pred = _arguments.floating("y_pred", y_pred)
    _check_axis(axis, y_pred)
    labels = _arguments.numbers_tensor("y_true", y_true)
    if labels.shape.rank is None or y_pred.shape.rank is None:
        raise ValueError("y_true and y_pred should have a known number of axes")
    if labels.shape.rank == y_pred.shape.rank and labels.shape[axis] == 1:
        labels = tf.squeeze(labels, axis=axis)
    expected = y_pred.shape.as_list()
    classes = expected.pop(axis)
    if not labels.shape.is_compatible_with(expected):
        raise ValueError(
            f"y_true should have the shape of y_pred without its axis {axis}, {tuple(expected)}, "
            f"got {tuple(labels.shape)}"
        )
    classes = tf.shape(y_pred)[axis] if classes is None else classes
    whole = tf.cast(labels, tf.int32)
    ignored = tf.zeros_like(whole, bool) if ignore_class is None else whole == ignore_class
    valid = (whole >= 0) & (whole < classes) & (tf.cast(whole, labels.dtype) == labels)
    _arguments.holds(
        valid | ignored,
        f"y_true should hold whole numbers, at least 0 and below the number of classes, {classes}",
        labels,
    )
    one_hot = tf.one_hot(whole, classes, axis=axis, dtype=y_pred.dtype)
    loss = _cross_entropy(one_hot, y_pred, from_logits, axis)
    loss = tf.where(valid, loss, tf.cast(float("nan"), loss.dtype))
    if ignore_class is not None:
        loss = tf.where(ignored, tf.zeros_like(loss), loss)
        loss._keras_mask = ~ignored
    return loss


def _check_axis(axis, y_pred):
    rank = y_pred.shape.rank
    if rank is not None and not -rank <= axis < rank:
        raise ValueError(
            f"axis should be an axis of y_pred, whose shape is {tuple(y_pred.shape)}, got {axis}"
        )


def _cross_entropy(y_true, y_pred, from_logits, axis):
    logits = _logits_behind(y_pred, axis)
    if from_logits and logits is not None:
        warnings.warn(
            "y_pred comes from softmax, so it does not hold logits, as from_logits=True says; "
            "the loss works from softmax' own logits",
            stacklevel=3,
        )
    if from_logits or logits is not None:
        return _from_logits(y_true, y_pred if logits is None else logits, axis=axis)
    _arguments.holds(
        (y_pred >= 0) & (y_pred <= 1.01),  # 1, and what rounding adds to it in bfloat16
        "y_pred should hold probabilities in [0, 1] (logits need from_logits=True)",
        y_pred,
    )
    return _from_probabilities(y_true, y_pred, axis=axis)


def _logits_behind(y_pred, axis):
    """What softmax was given, if y_pred is its direct result along `axis`; else None."""
    logits = getattr(y_pred, "_keras_logits", None)
    last = axis in (-1, (y_pred.shape.rank or 0) - 1)
    return logits if last and not hasattr(y_pred, "_is_sigmoid") else None


@with_derivative
def _from_logits(y, z, axis):
    # With m the largest logit and s the sum of e^(z - m) over all the others,
    # -log p_k = (m - z_k) + log(1 + s): nothing overflows, no digit of a small loss is lost.
    is_top, highest = _top(z, axis)
    below = z - highest
    growth = tf.where(is_top, tf.zeros_like(z), tf.exp(below))
    s = tf.reduce_sum(growth, axis=axis, keepdims=True)
    surprise = tf.math.log1p(s) - below
    # (Σ y) p - y, where for the top class p = 1 / (1 + s) and the 1 cancels against its y.
    total = tf.reduce_sum(y, axis=axis, keepdims=True)
    others = tf.reduce_sum(tf.where(is_top, tf.zeros_like(y), y), axis=axis, keepdims=True)
    slope = tf.where(is_top, (others - y * s) / (1 + s), total * growth / (1 + s) - y)

    def in_labels(upstream):
        return tf.expand_dims(upstream, axis) * surprise

    def in_logits(upstream):
        return tf.expand_dims(upstream, axis) * slope

    # A class without a label does not count, even at a logit of -inf.
    terms = tf.where(y == 0, tf.zeros_like(y), y * surprise)
    return tf.reduce_sum(terms, axis=axis), in_labels, in_logits


def _top(x, axis):
    """Where the largest entry is (the first, of equal ones), and that entry."""
    top = tf.argmax(x, axis=axis, output_type=tf.int32)
    is_top = tf.one_hot(
        top, tf.shape(x)[axis], axis=axis, on_value=True, off_value=False, dtype=tf.bool
    )
    # Not reduce_max: its derivative is shared among equal entries, and `is_top` has one of them.
    highest = tf.reduce_sum(tf.where(is_top, x, tf.zeros_like(x)), axis=axis, keepdims=True)
    return is_top, highest


@with_derivative
def _from_probabilities(y, p, axis):
    exponent = {"float16": -14, "float64": -1022}.get(p.dtype.name, -126)
    tiny = p.dtype.as_numpy_dtype(2.0**exponent)
    moves = p >= tiny  # below, the loss does not depend on p
    p = tf.maximum(p, tiny)
    # With q the largest probability and s the sum of all the others, -log(q / Σp) is
    # log(1 + s/q): q / Σp would round to 1, and lose all digits of a small loss.
    is_top, highest = _top(p, axis)
    s = tf.reduce_sum(tf.where(is_top, tf.zeros_like(p), p), axis=axis, keepdims=True)
    total = highest + s
    share = tf.maximum(p / total, tiny)
    surprise = tf.where(is_top, tf.math.log1p(s / highest), -tf.math.log(share))
    # Σy / Σp - y / p, where for the top class the two are brought together before they cancel.
    labels = tf.reduce_sum(y, axis=axis, keepdims=True)
    others = tf.reduce_sum(tf.where(is_top, tf.zeros_like(y), y), axis=axis, keepdims=True)
    counts = (y != 0) & moves
    per_share = tf.where(counts, y, tf.zeros_like(y)) / tf.where(counts, p, tf.ones_like(p))
    slope = tf.where(is_top, (others - y * (s / highest)) / total, labels / total - per_share)

    def in_labels(upstream):
        return tf.expand_dims(upstream, axis) * surprise

    def in_probabilities(upstream):
        return tf.expand_dims(upstream, axis) * slope

    return tf.reduce_sum(y * surprise, axis=axis), in_labels, in_probabilities


@serializable
class CategoricalCrossentropy(FunctionLoss):
    """`categorical_crossentropy` as a Keras loss.

    Args:
        from_logits: whether y_pred holds logits.
        label_smoothing: share in [0, 1] of every label that is spread over all classes.
        axis: the axis of the classes.
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Raises:
        ValueError: if label_smoothing is outside [0, 1].

    Example:
        >>> float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(categorical_crossentropy)

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=_arguments.number(
                "label_smoothing", label_smoothing, least=0, most=1
            ),
            axis=axis,
        )


@serializable
class SparseCategoricalCrossentropy(FunctionLoss):
    """`sparse_categorical_crossentropy` as a Keras loss.

    Args:
        from_logits: whether y_pred holds logits.
        ignore_class: a class number whose samples do not count.
        reduction: how Keras reduces the samples' losses, by default their mean.
        axis: the axis of the classes.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(sparse_categorical_crossentropy)

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            reduction, name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis
        )
