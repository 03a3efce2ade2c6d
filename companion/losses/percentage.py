"""Errors in proportion: of percentages and of logarithms. Chapter: losses/percentage."""

from companion import _arguments
from companion._backend import keras, serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries


@serializable
def mean_absolute_percentage_error(y_true, y_pred):
    r"""The mean of the residuals' sizes in percent of the true values.

    $$\ell(y, \hat y) = 100 \, \frac{|\hat y - y|}{\max(|y|, \varepsilon)}, \qquad
      \frac{\partial \ell}{\partial \hat y}
        = \frac{100 \, \mathrm{sign}(\hat y - y)}{\max(|y|, \varepsilon)}$$

    with Keras' ε, `keras.config.epsilon()` = 1e-7: a true value nearer to 0 than that has no
    percentage worth the name, and its residual counts in units of ε. The loss of a sample is the
    mean over its last axis. An estimate too low costs at most 100 %, one too high any amount.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.

    Returns:
        Loss of each sample, shape (...), in percent.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> mean_absolute_percentage_error([[200.0, 4.0]], [[150.0, 5.0]]).numpy().tolist()
        [25.0]
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    per_entry = _percentage_error(y_true, y_pred, epsilon=keras.config.epsilon())
    return mean_of_entries(per_entry)


@with_derivative(entrywise=True)
def _percentage_error(y_true, y_pred, epsilon):
    residual = y_pred - y_true
    size = tf.abs(y_true)
    unit = tf.maximum(size, epsilon)
    slope = 100 * tf.sign(residual) / unit
    # |ŷ - y| / |y| = |ŷ/y - 1|, which changes with y as it does with ŷ, times -ŷ/y.
    far = size > epsilon
    ratio = tf.where(far, y_pred, 1) / tf.where(far, y_true, 1)
    return 100 * (tf.abs(residual) / unit), -slope * ratio, slope


@serializable
def mean_squared_logarithmic_error(y_true, y_pred):
    r"""The mean of the squared differences of logarithms.

    $$\ell(y, \hat y) = d^2, \quad d = \log(1 + \hat y) - \log(1 + y), \qquad
      \frac{\partial \ell}{\partial \hat y} = \frac{2d}{1 + \hat y}$$

    for numbers that are 0 or more. As in Keras a negative one counts as 0; nothing pulls at it.
    The loss of a sample is the mean over its last axis. It is right where the two logarithms
    nearly cancel: 1e-16 for 0 and 1e-8, where Keras has 0 in float32.

    Args:
        y_true: true values, at least 0, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.

    Returns:
        Loss of each sample, shape (...).

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> float(mean_squared_logarithmic_error([[0.0]], [[1.0]])[0])
        0.4804530143737793
    """
    return mean_of_entries(_squared_logarithmic_error(*_arguments.predictions(y_true, y_pred)))


@with_derivative(entrywise=True)
def _squared_logarithmic_error(y_true, y_pred):
    truth = tf.maximum(y_true, 0)
    estimate = tf.maximum(y_pred, 0)
    residual = estimate - truth
    # |d| = log(1 + (high - low) / (1 + low)): a logarithm of a quotient, not a difference of two,
    # and of a quotient that is far from -1.
    d = tf.math.log1p(tf.abs(residual) / (1 + tf.minimum(truth, estimate)))
    twice = 2 * d * tf.sign(residual)

    def slope(given, amount):
        share = tf.where(given < 0, tf.zeros_like(given), 1 / (1 + amount))
        # At infinity d / (1 + ŷ) is 0.
        return tf.math.multiply_no_nan(twice, share)

    return d * d, -slope(y_true, truth), slope(y_pred, estimate)


@serializable
class MeanAbsolutePercentageError(FunctionLoss):
    """`mean_absolute_percentage_error` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(MeanAbsolutePercentageError()([[200.0, 4.0]], [[150.0, 5.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None
    ):
        super().__init__(reduction, name, dtype)


@serializable
class MeanSquaredLogarithmicError(FunctionLoss):
    """`mean_squared_logarithmic_error` as a Keras loss.

    Args:
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[0.0]], [[1.0]]))
        0.4804530143737793
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None
    ):
        super().__init__(reduction, name, dtype)
