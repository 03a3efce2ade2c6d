"""Robust regression: Huber and log-cosh. Chapter: losses/robust."""

import math

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.activations import tanh
from companion.losses._loss import FunctionLoss, mean_of_entries


@serializable
def huber(y_true, y_pred, delta=1.0):
    r"""Huber's loss: squared error up to delta, absolute error beyond.

    $$\ell_\delta(r) = r^2/2 \text{ if } |r| \le \delta, \; \delta(|r| - \delta/2)
      \text{ otherwise}, \qquad \ell_\delta'(r) = \min(\max(r, -\delta), \delta)$$

    with r = y_pred - y_true; the loss of a sample is the mean over its last axis.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.
        delta: where the parabola meets the lines, > 0, in the unit of the target.

    Returns:
        Loss of each sample, shape (...), in squared units of the target.

    Raises:
        ValueError: if the shapes differ or delta is not a positive finite number.

    Example:
        >>> huber([[0.0, 0.0]], [[0.5, 3.0]]).numpy().tolist()
        [1.3125]

    Source: P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35, 1964.
    """
    delta = _arguments.number("delta", delta, above=0)
    return mean_of_entries(_huber(*_arguments.predictions(y_true, y_pred), delta=delta))


@with_derivative(entrywise=True)
def _huber(y_true, y_pred, delta):
    residual = y_pred - y_true
    size = tf.abs(residual)
    inside = residual * residual / 2
    outside = delta * (size - delta / 2)
    per_entry = tf.where(size <= delta, inside, outside)
    slope = tf.clip_by_value(residual, -delta, delta)
    return per_entry, -slope, slope


@serializable
def log_cosh(y_true, y_pred):
    r"""The logarithm of the hyperbolic cosine of the residual.

    $$\ell(r) = \log\cosh r, \qquad \ell'(r) = \tanh r$$

    with r = y_pred - y_true; the loss of a sample is the mean over its last axis. It is r²/2
    for a small residual and |r| - log 2 for a large one, right in both: 5e-9 at r = 1e-4, where
    Keras has 0 in float32, and 2e38 at r = -2e38, where Keras has inf.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.

    Returns:
        Loss of each sample, shape (...).

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> float(log_cosh([[0.0]], [[1e-4]])[0])
        4.999999525523435e-09
    """
    return mean_of_entries(_log_cosh(*_arguments.predictions(y_true, y_pred)))


@with_derivative(entrywise=True)
def _log_cosh(y_true, y_pred):
    residual = y_pred - y_true
    size = tf.abs(residual)
    slope = tanh(residual)
    # cosh r is 1 + r²/2! + r⁴/4! + …, and e^|r| / (1 + tanh |r|): the one keeps the digits of a
    # small loss, the other overflows nowhere. Below 0.8 the terms left out do not count.
    last = 18 if residual.dtype == tf.float64 else 10
    square, series = residual * residual, 1 / math.factorial(last)
    for k in range(last - 2, 0, -2):
        series = square * series + 1 / math.factorial(k)
    small = size < 0.8
    log = tf.math.log1p(tf.where(small, square * series, tf.abs(slope)))
    per_entry = tf.where(small, log, size - log)
    return per_entry, -slope, slope


@serializable
class Huber(FunctionLoss):
    """`huber` as a Keras loss.

    Args:
        delta: where the parabola meets the lines, > 0, in the unit of the target.
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Raises:
        ValueError: if delta is not a positive finite number.

    Example:
        >>> float(Huber(delta=1.0)([[0.0, 0.0]], [[0.5, 3.0]]))
        1.3125
    """

    function = staticmethod(huber)

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(reduction, name, dtype, delta=_arguments.number("delta", delta, above=0))


@serializable
class LogCosh(FunctionLoss):
    """`log_cosh` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(LogCosh()([[0.0]], [[0.0]]))
        0.0
    """

    function = staticmethod(log_cosh)

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(reduction, name, dtype)
