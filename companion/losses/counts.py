"""The Poisson loss for counts. Chapter: losses/counts."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries, smallest_normal


@serializable
def poisson(y_true, y_pred):
    r"""How surprising counts are where Poisson's law has the predicted rates.

    $$\ell(y, \hat y) = \hat y - y \log \hat y, \qquad
      \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{\hat y}$$

    which is -log of Poisson's probability, less the term log y! that no prediction changes. The
    loss of a sample is the mean over its last axis. Keras adds 1e-7 to the rate in the logarithm,
    which moves the best rate for a count y to y - 1e-7; here it is y.

    Args:
        y_true: counts, or mean counts, at least 0, shape (..., n).
        y_pred: predicted rates, the same shape. A rate below the smallest normal number (1.2e-38
            in float32) counts as that number, and nothing pulls at it.

    Returns:
        Loss of each sample, in nats, shape (...).

    Raises:
        ValueError: if the shapes differ, or (in eager mode) a count or a rate is negative.

    Example:
        >>> float(poisson([[3.0]], [[1.0]])[0])
        1.0
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    _arguments.holds(~(y_true < 0), "y_true should hold counts, at least 0", y_true)
    _arguments.holds(~(y_pred < 0), "y_pred should hold rates, at least 0", y_pred)
    return mean_of_entries(_poisson(y_true, y_pred))


@with_derivative(entrywise=True)
def _poisson(y_true, y_pred):
    smallest = smallest_normal(y_pred.dtype)
    # A finite rate, as ∞ - y log ∞ and (∞ - y) / ∞ have limits, but not to a computer.
    rate = tf.clip_by_value(y_pred, smallest, y_pred.dtype.max)
    log_rate = tf.math.log(rate)
    slope = tf.where(y_pred < smallest, tf.zeros_like(rate), _excess(y_true, rate))
    return y_pred - y_true * log_rate, -log_rate, slope


@with_derivative(entrywise=True)
def _excess(y_true, rate):
    # By its own derivative, as the square of a small rate underflows.
    share = 1 / rate
    return (rate - y_true) / rate, -share, (y_true * share) * share


@serializable
class Poisson(FunctionLoss):
    """`poisson` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(Poisson()([[3.0]], [[1.0]]))
        1.0
    """

    function = staticmethod(poisson)

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(reduction, name, dtype)
