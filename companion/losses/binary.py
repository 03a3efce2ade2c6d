"""Binary cross-entropy, from probabilities and from logits. Chapter: losses/binary."""

import math
import warnings

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries, smallest_normal


@serializable
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    r"""Cross-entropy between labels of 0 or 1 and the predicted probabilities of 1.

    $$\ell(y, p) = -y \log p - (1 - y) \log(1 - p), \qquad
      \frac{\partial \ell}{\partial p} = \frac{p - y}{p (1 - p)}, \qquad
      \frac{\partial \ell}{\partial z} = \sigma(z) - y \text{ for } p = \sigma(z)$$

    The loss of a sample is the mean over `axis`. Without `from_logits`, y_pred holds
    probabilities; where they come straight from sigmoid the loss works from sigmoid's logits.
    Where p or 1 - p is below the smallest normal number (1.2e-38 in float32), it counts as that
    number and nothing pulls at it, so that the loss stays finite.

    Args:
        y_true: labels in [0, 1], usually 0 or 1, shape (..., n).
        y_pred: probabilities, or with `from_logits` logits, the same shape.
        from_logits: whether y_pred holds logits.
        label_smoothing: share in [0, 1] of every label that is replaced by 1/2.
        axis: the axis of the mean.

    Returns:
        Loss of each sample, in nats, with the shape of y_pred less `axis`.

    Raises:
        ValueError: if the shapes differ, label_smoothing is outside [0, 1], y_pred has no such
            axis, or (in eager mode) a label or a probability is outside [0, 1].

    Example:
        >>> float(binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]])[0])
        0.6931471824645996
    """
    from_logits = _arguments.flag("from_logits", from_logits)
    smoothing = _arguments.number("label_smoothing", label_smoothing, least=0, most=1)
    logits = getattr(y_pred, "_keras_logits", None)
    if from_logits and logits is not None:
        warnings.warn(
            "y_pred comes from sigmoid, so it does not hold logits, as from_logits=True says; "
            "the loss works from sigmoid's own logits",
            stacklevel=2,
        )
    y_true, y_pred = _arguments.predictions(y_true, y_pred if logits is None else logits)
    _check_labels("y_true", y_true)
    axis = _arguments.axis_of("y_pred", y_pred, axis)
    if from_logits or logits is not None:
        per_entry = _from_logits(y_true, y_pred, pos_weight=1.0, smoothing=smoothing)
    else:
        _arguments.holds(
            ~((y_pred < 0) | (y_pred > 1)),
            "y_pred should hold probabilities in [0, 1] (logits need from_logits=True)",
            y_pred,
        )
        per_entry = _from_probabilities(y_true, y_pred, smoothing=smoothing)
    rank = per_entry.shape.rank
    if rank is not None and axis % rank != rank - 1:
        order = [k for k in range(rank) if k != axis % rank]
        per_entry = tf.transpose(per_entry, [*order, axis % rank])
    return mean_of_entries(per_entry)


@serializable
def sigmoid_cross_entropy_with_logits(labels, logits):
    r"""Binary cross-entropy of each entry, under TensorFlow's name, from logits.

    $$\ell(y, z) = -y \log \sigma(z) - (1 - y) \log(1 - \sigma(z)), \qquad
      \frac{\partial \ell}{\partial z} = \sigma(z) - y$$

    Args:
        labels: in [0, 1], usually 0 or 1, any shape.
        logits: of the same shape.

    Returns:
        Loss of each entry, in nats, the same shape.

    Raises:
        ValueError: if the shapes differ, or (in eager mode) a label is outside [0, 1].

    Example:
        >>> sigmoid_cross_entropy_with_logits([1.0, 0.0], [-1000.0, 0.0]).numpy().tolist()
        [1000.0, 0.6931471824645996]
    """
    labels, logits = _arguments.labels_and_scores("labels", labels, "logits", logits)
    _check_labels("labels", labels)
    return _from_logits(labels, logits, pos_weight=1.0, smoothing=0.0)


@serializable
def weighted_cross_entropy_with_logits(labels, logits, pos_weight):
    r"""Binary cross-entropy of each entry in which a missed 1 costs `pos_weight` times as much.

    $$\ell(y, z) = -w y \log \sigma(z) - (1 - y) \log(1 - \sigma(z)), \qquad
      \frac{\partial \ell}{\partial z} = (1 - y) \sigma(z) - w y (1 - \sigma(z))$$

    With w above 1 more of the ones are found, with w below 1 fewer zeros are taken for ones.

    Args:
        labels: in [0, 1], usually 0 or 1, any shape.
        logits: of the same shape.
        pos_weight: the number w >= 0.

    Returns:
        Loss of each entry, in nats, the same shape.

    Raises:
        ValueError: if the shapes differ, pos_weight is not a finite number >= 0, or (in eager
            mode) a label is outside [0, 1].

    Example:
        >>> weighted_cross_entropy_with_logits([1.0, 0.0], [0.0, 0.0], 3.0).numpy().tolist()
        [2.079441547393799, 0.6931471824645996]
    """
    labels, logits = _arguments.labels_and_scores("labels", labels, "logits", logits)
    _check_labels("labels", labels)
    largest = float(logits.dtype.max)
    weight = _arguments.number("pos_weight", pos_weight, least=0, most=largest)
    return _from_logits(labels, logits, pos_weight=weight, smoothing=0.0)


def _check_labels(name, y):
    _arguments.holds((y >= 0) & (y <= 1), f"{name} should hold values in [0, 1]", y)


def _ones_and_zeros(y, pos_weight, smoothing):
    """What the loss of a 1 and that of a 0 are multiplied with.

    The second is not 1 less the first: with smoothing, digits would cancel.
    """
    ones, zeros = y, 1 - y
    if smoothing:
        ones, zeros = (part * (1 - smoothing) + smoothing / 2 for part in (ones, zeros))
    return ones if pos_weight == 1 else pos_weight * ones, zeros


@with_derivative(entrywise=True)
def _from_logits(y, z, pos_weight, smoothing):
    # -log σ(z) and -log(1 - σ(z)) are log(1 + e^-|z|), and |z| more on the wrong side of 0.
    ones, zeros = _ones_and_zeros(y, pos_weight, smoothing)
    log = tf.math.log1p(tf.exp(-tf.abs(z)))
    wrong = tf.math.multiply_no_nan(tf.abs(z), tf.where(z > 0, zeros, ones))
    both = log if pos_weight == 1 else (ones + zeros) * log
    slope = _excess(y, z, pos_weight=pos_weight, smoothing=smoothing)

    def in_labels(upstream):
        surprise = (pos_weight - 1) * (log - tf.minimum(z, 0)) - z
        return upstream * ((1 - smoothing) * surprise)

    return wrong + both, in_labels, slope


@with_derivative(entrywise=True)
def _excess(y, z, pos_weight, smoothing):
    """The gradient σ(z) - y, and its own: autodiff takes the slope of |z| at 0 for 0."""
    ones, zeros = _ones_and_zeros(y, pos_weight, smoothing)
    decay = tf.exp(-tf.abs(z))
    positive = z > 0
    size = tf.where(positive, zeros, ones) - tf.where(positive, ones, zeros) * decay
    slope = tf.where(positive, size, -size) / (1 + decay)

    def in_labels(upstream):
        sigmoid = tf.where(positive, tf.ones_like(z), decay) / (1 + decay)
        return upstream * ((1 - smoothing) * ((pos_weight - 1) * sigmoid - pos_weight))

    return slope, in_labels, (ones + zeros) * (decay / (1 + decay) ** 2)


@with_derivative(entrywise=True)
def _from_probabilities(y, p, smoothing):
    ones, zeros = _ones_and_zeros(y, 1, smoothing)
    smallest = smallest_normal(p.dtype)
    log_one = tf.math.log(tf.maximum(p, smallest))
    log_zero = tf.where(p < 1, tf.math.log1p(-p), math.log(smallest))
    inside = (p >= smallest) & (p < 1)
    # At an edge only the other one of the two terms moves.
    at_edge = tf.where(p < 1, zeros, -ones)
    slope = _slope(y, tf.where(inside, p, 0.5), smoothing=smoothing)
    in_labels = (1 - smoothing) * (log_zero - log_one)
    return -(ones * log_one + zeros * log_zero), in_labels, tf.where(inside, slope, at_edge)


@with_derivative(entrywise=True)
def _slope(y, p, smoothing):
    # By its own derivative, as the square of a small probability underflows.
    ones, zeros = _ones_and_zeros(y, 1, smoothing)
    rest = 1 - p
    excess = zeros * p - ones * rest if smoothing else p - y
    per_p, per_rest = 1 / p, 1 / rest
    curvature = (ones * per_p) * per_p + (zeros * per_rest) * per_rest
    return excess / (p * rest), (smoothing - 1) / (p * rest), curvature


@serializable
class BinaryCrossentropy(FunctionLoss):
    """`binary_crossentropy` as a Keras loss.

    Args:
        from_logits: whether y_pred holds logits.
        label_smoothing: share in [0, 1] of every label that is replaced by 1/2.
        axis: the axis of the mean.
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Raises:
        ValueError: if from_logits is not True or False, or label_smoothing is outside [0, 1].

    Example:
        >>> float(BinaryCrossentropy(from_logits=True)([[1.0]], [[0.0]]))
        0.6931471824645996
    """

    function = staticmethod(binary_crossentropy)

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
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
