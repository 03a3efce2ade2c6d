"""A cost for every unit too few and another for every unit too many. Chapter: losses/asymmetric."""

from companion import _arguments
from companion._backend import serializable, tf
from companion._derivative import with_derivative
from companion.losses._loss import FunctionLoss, mean_of_entries


@serializable
def asymmetric_cost(y_true, y_pred, under=1.0, over=1.0):
    r"""What it costs to predict too little, or too much, when the two have different prices.

    $$\ell(r) = -a r \text{ if } r < 0, \; b r \text{ otherwise}, \qquad
      \ell'(r) = -a \text{ if } r < 0, \; b \text{ if } r > 0, \; 0 \text{ if } r = 0$$

    with r = y_pred - y_true, a = under and b = over; the loss of a sample is the mean over its
    last axis. The constant prediction with the least cost is the quantile of order a / (a + b);
    for a = b = 1 it is the absolute error, and the median.

    Args:
        y_true: true values, shape (..., n), in the unit of the target.
        y_pred: predictions, the same shape.
        under: price of a unit predicted too little, at least 0.
        over: price of a unit predicted too much, at least 0.

    Returns:
        Cost of each sample, shape (...), in prices.

    Raises:
        ValueError: if the shapes differ, or a price is negative, not finite, or too large for
            y_pred's type.

    Example:
        >>> asymmetric_cost([[5.0, 5.0]], [[3.0, 6.0]], under=4.0, over=1.0).numpy().tolist()
        [4.5]

    Source: R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    """
    y_true, y_pred = _arguments.predictions(y_true, y_pred)
    prices = {
        name: _arguments.number(name, price, least=0, most=float(y_pred.dtype.max))
        for name, price in (("under", under), ("over", over))
    }
    return mean_of_entries(_asymmetric_cost(y_true, y_pred, **prices))


@with_derivative(entrywise=True)
def _asymmetric_cost(y_true, y_pred, under, over):
    residual = y_pred - y_true
    zero = tf.zeros_like(residual)
    # What is neither too low nor too high is a hit, with slope 0, or not a number, and stays it.
    neither = tf.stop_gradient(residual)
    slope = tf.where(residual < 0, zero - under, tf.where(residual > 0, zero + over, neither))
    # What costs nothing costs nothing even where the residual overflows.
    return tf.math.multiply_no_nan(residual, slope), -slope, slope


@serializable
class AsymmetricCost(FunctionLoss):
    """`asymmetric_cost` as a Keras loss.

    Args:
        under: price of a unit predicted too little, at least 0.
        over: price of a unit predicted too much, at least 0.
        reduction: how Keras reduces the samples' losses, by default their mean.
        name: the loss' name in logs.
        dtype: type of the computation, by default Keras' own.

    Raises:
        ValueError: if a price is negative or not finite.

    Example:
        >>> float(AsymmetricCost(under=4.0)([[5.0, 5.0]], [[3.0, 6.0]]))
        4.5
    """

    function = staticmethod(asymmetric_cost)

    def __init__(
        self,
        under=1.0,
        over=1.0,
        reduction="sum_over_batch_size",
        name="asymmetric_cost",
        dtype=None,
    ):
        super().__init__(
            reduction,
            name,
            dtype,
            under=_arguments.number("under", under, least=0),
            over=_arguments.number("over", over, least=0),
        )
