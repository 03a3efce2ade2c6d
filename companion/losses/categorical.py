"""Categorical cross-entropy, one-hot and sparse. Chapter: losses/categorical."""

import functools
import warnings

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative, worth_compiling
from companion.losses._loss import FunctionLoss, smallest_normal


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
    from_logits = _arguments.flag("from_logits", from_logits)
    smoothing = _arguments.number("label_smoothing", label_smoothing, least=0, most=1)
    labels, scores = _arguments.labels_and_scores("y_true", y_true, "y_pred", y_pred)
    axis = _axis_of_classes("y_pred", scores, axis)
    _check_labels("y_true", labels)
    if smoothing:
        classes = tf.cast(tf.shape(labels)[axis], labels.dtype)
        labels = labels * (1 - smoothing) + smoothing / classes
    return _cross_entropy(labels, scores, from_logits, axis, one_hot=False)


@serializable
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    r"""Cross-entropy for labels that are class numbers.

    $$L = -\log p_y, \qquad
      \frac{\partial L}{\partial z_k} = p_k - [k = y] \text{ for } p = \mathrm{softmax}(z)$$

    Args:
        y_true: class numbers 0 … K-1, with the shape of y_pred less `axis`, or 1 there.
        y_pred: probabilities, or with `from_logits` logits, shape (..., K).
        from_logits: whether y_pred holds logits.
        ignore_class: a class number whose samples have loss 0 and do not count in the mean, of
            at most 32 bits; it may lie outside 0 … K-1.
        axis: the axis of the classes.

    Returns:
        Loss of each sample, in nats. Inside a compiled graph, where labels cannot be checked
        beforehand, a label outside 0 … K-1 has the loss NaN and the gradient 0.

    Raises:
        ValueError: if the shapes do not match, ignore_class is no whole number, or (in eager
            mode) a label is not a whole number in 0 … K-1 or a probability is outside [0, 1].

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0])
        0.6931471824645996
    """
    from_logits = _arguments.flag("from_logits", from_logits)
    ignore_class = _arguments.class_number("ignore_class", ignore_class)
    y_pred = _arguments.floating("y_pred", y_pred)
    axis = _axis_of_classes("y_pred", y_pred, axis)
    labels = _arguments.numbers_tensor("y_true", y_true)
    if labels.shape.rank is None or y_pred.shape.rank is None:
        raise ValueError("y_true and y_pred should have a known number of axes")
    if labels.shape.rank == y_pred.shape.rank and labels.shape[axis] == 1:
        labels = tf.squeeze(labels, axis=axis)
    one_hot, valid, ignored = _one_hot("y_true", labels, "y_pred", y_pred, axis, ignore_class)
    loss = _cross_entropy(one_hot, y_pred, from_logits, axis, one_hot=True)
    loss = tf.where(valid, loss, tf.cast(float("nan"), loss.dtype))
    if ignore_class is not None:
        loss = tf.where(ignored, tf.zeros_like(loss), loss)
        loss._keras_mask = ~ignored
    return loss


@serializable
def softmax_cross_entropy_with_logits(labels, logits, axis=-1):
    r"""Categorical cross-entropy under TensorFlow's name, from logits.

    $$L = -\sum_k y_k \log p_k, \qquad
      \frac{\partial L}{\partial z_k} = p_k \sum_j y_j - y_k, \qquad p = \mathrm{softmax}(z)$$

    TensorFlow's own gradient is p - y, which takes Σ y for 1.

    Args:
        labels: label distributions, shape (..., K), entries in [0, 1]; usually one-hot.
        logits: of the same shape.
        axis: the axis of the classes.

    Returns:
        Loss of each sample, in nats, with the shape of logits less `axis`.

    Raises:
        ValueError: if the shapes differ, logits has no such axis, or (in eager mode) a label is
            outside [0, 1].

    Example:
        >>> softmax_cross_entropy_with_logits([[0.0, 1.0]], [[1000.0, 0.0]]).numpy().tolist()
        [1000.0]
    """
    labels, logits = _arguments.labels_and_scores("labels", labels, "logits", logits)
    axis = _axis_of_classes("logits", logits, axis)
    _check_labels("labels", labels)
    labels, logits = _classes_last(labels, axis), _classes_last(logits, axis)
    return _from_logits(labels, logits, one_hot=False)


@serializable
def sparse_softmax_cross_entropy_with_logits(labels, logits):
    r"""The same for labels that are class numbers.

    $$L = -\log p_y, \qquad
      \frac{\partial L}{\partial z_k} = p_k - [k = y], \qquad p = \mathrm{softmax}(z)$$

    Args:
        labels: class numbers 0 … K-1, with the shape of logits less the last axis.
        logits: shape (..., K).

    Returns:
        Loss of each sample, in nats. Inside a compiled graph, where labels cannot be checked
        beforehand, a label outside 0 … K-1 has the loss NaN and the gradient 0.

    Raises:
        ValueError: if the shapes do not match, or (in eager mode) a label is not a whole
            number in 0 … K-1.

    Example:
        >>> sparse_softmax_cross_entropy_with_logits([1], [[1000.0, 0.0]]).numpy().tolist()
        [1000.0]
    """
    logits = _arguments.floating("logits", logits)
    axis = _axis_of_classes("logits", logits, -1)
    labels = _arguments.numbers_tensor("labels", labels)
    one_hot, valid, _ = _one_hot("labels", labels, "logits", logits, axis)
    loss = _from_logits(one_hot, logits, one_hot=True)
    return tf.where(valid, loss, tf.cast(float("nan"), loss.dtype))


def _axis_of_classes(name, x, axis):
    axis = _arguments.axis_of(name, x, axis)
    if x.shape.rank is not None and x.shape[axis] == 0:
        raise ValueError(f"{name} should have at least one class, got the shape {x.shape}")
    return axis


def _check_labels(name, y):
    _arguments.holds((y >= 0) & (y <= 1), f"{name} should hold values in [0, 1]", y)


def _one_hot(name, labels, scores_name, scores, axis, ignore_class=None):
    """One-hot rows of the class numbers, where these are valid, and where they are ignored."""
    expected = scores.shape.as_list()
    classes = expected.pop(axis)
    if not labels.shape.is_compatible_with(expected):
        raise ValueError(
            f"{name} should have the shape of {scores_name} without its axis {axis}, "
            f"{tuple(expected)}, got {labels.shape}"
        )
    classes = tf.shape(scores)[axis] if classes is None else classes
    whole = tf.cast(labels, tf.int32)
    kept = tf.cast(whole, labels.dtype) == labels  # not so for 1.5, nor for 2**32, which becomes 0
    valid = kept & (whole >= 0) & (whole < classes)
    ignored = tf.zeros_like(valid) if ignore_class is None else kept & (whole == ignore_class)
    _arguments.holds(
        valid | ignored,
        f"{name} should hold whole numbers, at least 0 and below the number of classes, {classes}",
        labels,
    )
    return tf.one_hot(whole, classes, axis=axis, dtype=scores.dtype), valid, ignored


def _cross_entropy(y_true, y_pred, from_logits, axis, one_hot):
    logits = _logits_behind(y_pred, axis)
    if from_logits and logits is not None:
        warnings.warn(
            "y_pred comes from softmax, so it does not hold logits, as from_logits=True says; "
            "the loss works from softmax' own logits",
            stacklevel=3,
        )
    if from_logits or logits is not None:
        scores = y_pred if logits is None else logits
        scores = _classes_last(scores, axis)
        return _from_logits(_classes_last(y_true, axis), scores, one_hot=one_hot)
    _arguments.holds(
        (y_pred >= 0) & (y_pred <= 1.01),  # 1, and what rounding adds to it in bfloat16
        "y_pred should hold probabilities in [0, 1] (logits need from_logits=True)",
        y_pred,
    )
    return _from_probabilities(_classes_last(y_true, axis), _classes_last(y_pred, axis))


def _logits_behind(y_pred, axis):
    """What softmax was given, if y_pred is its direct result along `axis`; else None."""
    logits = getattr(y_pred, "_keras_logits", None)
    last = axis in (-1, (y_pred.shape.rank or 0) - 1)
    return logits if last and not hasattr(y_pred, "_is_sigmoid") else None


def _classes_last(x, axis):
    rank = x.shape.rank
    if axis == -1 or axis == rank - 1:
        return x
    axis %= rank
    return tf.transpose(x, [*range(axis), *range(axis + 1, rank), axis])


def _in_one_pass(function):
    """The entries' part of a formula, of large tensors in one pass over memory.

    What is summed is left to TensorFlow: it sums on every core.
    """

    @functools.wraps(function)
    def run(*tensors):
        if not worth_compiling(tensors):
            return function(*tensors)
        return tf.function(function, jit_compile=True, autograph=False)(*tensors)

    return run


SHORT = 64
"""Entries of a row up to which XLA sums it while it has it, faster than TensorFlow afterwards."""


def _with_sums(function):
    """The same for a part of a formula in which rows are summed, where these are short."""
    in_one_pass = _in_one_pass(function)

    @functools.wraps(function)
    def run(*tensors):
        short = (tensors[0].shape[-1] or SHORT + 1) <= SHORT
        return (in_one_pass if short else function)(*tensors)

    return run


def _top(x):
    """The number of the largest entry (the first, of equal ones), and that entry."""
    top = tf.argmax(x, axis=-1, output_type=tf.int32)
    # Not reduce_max: its derivative is shared among equal entries.
    return top, _at(top, x)


def _at(top, x):
    return tf.gather(x, top[..., tf.newaxis], batch_dims=-1)


def _is(top, x):
    return tf.one_hot(top, tf.shape(x)[-1], True, False, dtype=tf.bool)


@_in_one_pass
def _without(top, x):
    """x with a 0 in the place of each row's top."""
    return tf.where(_is(top, x), tf.zeros_like(x), x)


def _sum(x):
    return tf.reduce_sum(x, axis=-1, keepdims=True)


@with_derivative
def _from_logits(y, z, one_hot):
    # With m the largest logit and s the sum of e^(z - m) over all the others,
    # -log p_k = (m - z_k) + log(1 + s): nothing overflows, no digit of a small loss is lost.
    top, highest, growth, s = _powers(z)
    log = tf.math.log1p(s)

    def in_labels(upstream):
        return upstream[..., tf.newaxis] * (log - (z - highest))

    def in_logits(upstream):
        return upstream[..., tf.newaxis] * _excess(y, z, top, growth, s, one_hot=one_hot)

    return _weighed(y, z, highest, log), in_labels, in_logits


@_with_sums
def _powers(z):
    top, highest = _top(z)
    growth = _growth(top, z, highest)
    return top, highest, growth, _sum(growth)


@_with_sums
def _weighed(y, z, highest, log):
    return tf.reduce_sum(_counted(y, z, highest, log), axis=-1)


@_in_one_pass
def _growth(top, z, highest):
    return tf.where(_is(top, z), tf.zeros_like(z), tf.exp(z - highest))


@_in_one_pass
def _counted(y, z, highest, log):
    # A class without a label does not count, even at a logit of -inf.
    return tf.math.multiply_no_nan(log - (z - highest), y)


@with_derivative
def _excess(y, z, top, growth, s, one_hot):
    """(Σ y) p - y: for the top class p = 1 / (1 + s), and the 1 cancels against its y."""
    total, value = (_one_hot_excess if one_hot else _total_and_excess)(y, top, growth, s)

    def softmax():
        return tf.where(_is(top, z), tf.ones_like(z), growth) / (1 + s)

    def centred(p, upstream):
        return upstream - _sum(p * upstream)

    def in_labels(upstream):
        return -centred(softmax(), upstream)

    def in_logits(upstream):
        p = softmax()
        return total * p * centred(p, upstream)

    return value, in_labels, in_logits, None, None, None


@_with_sums
def _total_and_excess(y, top, growth, s):
    others = _sum(_without(top, y))
    total = others + _at(top, y)
    return total, _difference(y, top, growth, s, total, others)


@_with_sums
def _one_hot_excess(y, top, growth, s):
    total = tf.ones_like(s)
    return total, _difference(y, top, growth, s, total, total - _at(top, y))


@_in_one_pass
def _difference(y, top, growth, s, total, others):
    return (tf.where(_is(top, y), others, total * growth - y) - y * s) / (1 + s)


@with_derivative
def _from_probabilities(y, p):
    smallest = smallest_normal(p.dtype)
    moves = p >= smallest  # below, the loss does not depend on p
    p = tf.maximum(p, smallest)
    # With q the largest probability and s the sum of all the others, -log(q / Σp) is
    # log(1 + s/q): q / Σp would round to 1, and lose all digits of a small loss.
    top, highest = _top(p)
    s = _sum(_without(top, p))
    ratio, total = s / highest, highest + s
    log = tf.math.log1p(ratio)

    @_in_one_pass
    def surprise(top, p, log, total):
        share = tf.maximum(p / total, smallest)
        return tf.where(_is(top, p), log, -tf.math.log(share))

    @_in_one_pass
    def counted(y, top, p, log, total):
        return y * surprise(top, p, log, total)

    def in_labels(upstream):
        return upstream[..., tf.newaxis] * surprise(top, p, log, total)

    def in_probabilities(upstream):
        # Σy / Σp - y / p, where for the top class the two are brought together before they cancel.
        others = _sum(_without(top, y))
        return upstream[..., tf.newaxis] * slope(
            y, top, p, moves, ratio, 1 / total, _sum(y), others
        )

    @_in_one_pass
    def slope(y, top, p, moves, ratio, per_total, labels, others):
        counts = moves & (y != 0)
        per_share = tf.where(counts, y, tf.zeros_like(y)) / tf.where(counts, p, tf.ones_like(p))
        at_top = (others - y * ratio) * per_total
        return tf.where(_is(top, p), at_top, labels * per_total - per_share)

    loss = tf.reduce_sum(counted(y, top, p, log, total), axis=-1)
    return loss, in_labels, in_probabilities


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
            from_logits=_arguments.flag("from_logits", from_logits),
            label_smoothing=_arguments.number("label_smoothing", label_smoothing, least=0, most=1),
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
            reduction,
            name,
            dtype,
            from_logits=_arguments.flag("from_logits", from_logits),
            ignore_class=_arguments.class_number("ignore_class", ignore_class),
            axis=axis,
        )
