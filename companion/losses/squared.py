"""Squared and absolute error. Chapter: losses/squared."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries


@serializable
def mean_squared_error(y_true, y_pred):
    r"""The mean of the squared residuals.

    $$\ell(r) = r^2, \qquad \ell'(r) = 2r$$

    with r = y_pred - y_true; the loss of a sample is the mean over its last axis. The constant
    prediction with the least loss is the mean.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.

    Returns:
        Loss of each sample, shape (...), in squared units of the target.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> mean_squared_error([[0.0, 0.0]], [[0.5, 3.0]]).numpy().tolist()
        [4.625]

    Source: C. F. Gauss, "Theoria combinationis observationum erroribus minimis obnoxiae", 1823.
    """
    return mean_of_entries(_squared_error(*_arguments.predictions(y_true, y_pred)))


@with_derivative  # entry by entry, but too little work for XLA to gain by it
def _squared_error(y_true, y_pred):
    residual = y_pred - y_true
    slope = 2 * residual
    return residual * residual, -slope, slope


@serializable
def mean_absolute_error(y_true, y_pred):
    r"""The mean of the residuals' sizes.

    $$\ell(r) = |r|, \qquad \ell'(r) = \mathrm{sign}(r)$$

    with r = y_pred - y_true; the loss of a sample is the mean over its last axis. At r = 0, where
    every slope from -1 to 1 would do, it is 0. The constant prediction with the least loss is the
    median.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.

    Returns:
        Loss of each sample, shape (...), in the unit of the target.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> mean_absolute_error([[0.0, 0.0]], [[0.5, 3.0]]).numpy().tolist()
        [1.75]

    Source: P.-S. Laplace, "Mémoire sur la probabilité des causes par les évènements", 1774.
    """
    return mean_of_entries(_absolute_error(*_arguments.predictions(y_true, y_pred)))


@with_derivative  # the same
def _absolute_error(y_true, y_pred):
    residual = y_pred - y_true
    slope = tf.sign(residual)
    return tf.abs(residual), -slope, slope


@serializable
class MeanSquaredError(FunctionLoss):
    """`mean_squared_error` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(MeanSquaredError()([[0.0, 0.0]], [[0.5, 3.0]]))
        4.625
    """

    function = staticmethod(mean_squared_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(reduction, name, dtype)


@serializable
class MeanAbsoluteError(FunctionLoss):
    """`mean_absolute_error` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(MeanAbsoluteError()([[0.0, 0.0]], [[0.5, 3.0]]))
        1.75
    """

    function = staticmethod(mean_absolute_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(reduction, name, dtype)
