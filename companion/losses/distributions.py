"""The Kullback-Leibler divergence. Chapter: losses/distributions."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, smallest_normal


@serializable
def kl_divergence(y_true, y_pred):
    r"""How much longer messages get when a code made for one distribution is used for another.

    $$D(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k}, \qquad
      \frac{\partial D}{\partial q_k} = -\frac{p_k}{q_k}$$

    with p = y_true, q = y_pred, over the last axis, and 0 log 0 = 0. Neither is divided by its
    sum. A q below the smallest normal number (1.2e-38 in float32) counts as that number, and
    nothing pulls at it, so that the loss stays finite, in float16 too.

    Args:
        y_true: distributions, shape (..., K), entries in [0, 1].
        y_pred: predicted distributions, the same shape, entries in [0, 1].

    Returns:
        Divergence of each sample, in nats, shape (...).

    Raises:
        ValueError: if the shapes differ, or (in eager mode) an entry is outside [0, 1].

    Example:
        >>> float(kl_divergence([[0.0, 1.0]], [[0.5, 0.5]])[0])
        0.6931471824645996

    Source: S. Kullback and R. A. Leibler, "On information and sufficiency", Annals of Mathematical
    Statistics 22, 1951.
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    for name, x in (("y_true", y_true), ("y_pred", y_pred)):
        # 1, and what rounding adds to it in bfloat16
        _arguments.holds(~((x < 0) | (x > 1.01)), f"{name} should hold values in [0, 1]", x)
    return _sum_of_entries(_terms(y_true, y_pred))


@with_derivative(entrywise=True)
def _terms(p, q):
    smallest = smallest_normal(q.dtype)
    moves = q >= smallest
    some_p, some_q = tf.maximum(p, smallest), tf.maximum(q, smallest)
    # With low and high the smaller and the larger of the two, |log(p / q)| is
    # log(1 + (high - low) / low): p / q would round to 1 where they are close.
    difference = some_p - some_q
    size = tf.math.log1p(tf.abs(difference) / tf.minimum(some_p, some_q))
    log = tf.where(difference < 0, -size, size)
    slope = tf.where(moves, _slope(p, some_q), tf.zeros_like(q))
    return p * log, log + 1, slope


@with_derivative(entrywise=True)
def _slope(p, q):
    # By its own derivative, as the square of a small q underflows.
    share = 1 / q
    return -p / q, -share, (p * share) * share


@with_derivative
def _sum_of_entries(per_entry):
    def backward(upstream):
        return tf.broadcast_to(upstream[..., tf.newaxis], tf.shape(per_entry))

    return tf.reduce_sum(per_entry, axis=-1), backward


@serializable
class KLDivergence(FunctionLoss):
    """`kl_divergence` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(KLDivergence()([[0.0, 1.0]], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(kl_divergence)

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(reduction, name, dtype)
