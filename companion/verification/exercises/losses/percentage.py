"""The exercises of losses/percentage.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| percentage-gradient          | `logarithmic_gradient(y_true, y_pred) -> gradient` (n,): of     |
|                              |   the squared logarithmic error; 0 for negative predictions     |
| percentage-constant          | a number: the constant with the smallest percentage error for   |
|                              |   the targets 10, 12, 15, 20, 60                                |
| percentage-smearing          | `mean_price(z, z_train, log_y_train) -> prices` (n,), (k,),     |
|                              |   (k,): from logarithms to the mean in dollars, by smearing     |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _logarithmic_gradient(y_true, y_pred):
    return reference.losses.mean_squared_logarithmic_error(y_true, y_pred)[1]


def _d(y_true, y_pred):
    return np.log1p(np.maximum(y_pred, 0)) - np.log1p(y_true)


def _where_positive(slope):
    """A gradient with this slope where the prediction is at least 0, and 0 below."""
    return lambda y, p: np.where(p >= 0, slope(y, np.maximum(p, 0)), 0) / p.size


@np.errstate(all="ignore")
def _not_clipped(y_true, y_pred):
    return 2 * (np.log1p(y_pred) - np.log1p(y_true)) / (1 + y_pred) / y_pred.size


@np.errstate(all="ignore")
def _without_the_one(y_true, y_pred):
    return 2 * (np.log(y_pred) - np.log(y_true)) / y_pred / y_pred.size


@np.errstate(all="ignore")
def _not_clipped_below(y_true, y_pred):
    return 2 * _d(y_true, y_pred) / (1 + y_pred) / y_pred.size


def _mean_price(z, z_train, log_y_train):
    return np.exp(z) * np.mean(np.exp(log_y_train - z_train))


_AMOUNTS = [1.0, 0.0, 2.0, 3.0, 0.5, 10.0, 1000.0]
_LOGARITHMS = [0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0]

EXERCISES = {
    "percentage-gradient": Exercise(
        "logarithmic_gradient(y_true, y_pred) -> gradient",
        truth=_logarithmic_gradient,
        inputs=inputs((_AMOUNTS, "n"), ([*REALS, 1e6, -1e6], "n")),
        slips={
            "the loss is a mean: the 1/n is missing": lambda y, p: (
                _logarithmic_gradient(y, p) * p.size
            ),
            "the sign is turned: d is log(1 + y_pred) - log(1 + y_true)": lambda y, p: (
                -_logarithmic_gradient(y, p)
            ),
            "the derivative of d² is 2d: the 2 is missing": lambda y, p: (
                _logarithmic_gradient(y, p) / 2
            ),
            "the inner derivative 1 / (1 + y_pred) is missing": _where_positive(
                lambda y, p: 2 * _d(y, p)
            ),
            "the inner derivative is 1 / (1 + y_pred), not 1 / y_pred": lambda y, p: np.divide(
                2 * _d(y, p) / p.size, p, out=np.zeros(p.shape), where=p > 0
            ),
            "the inner derivative is that of log(1 + y_pred): divide by it, not by 1 + y_true": (
                _where_positive(lambda y, p: 2 * _d(y, p) / (1 + y))
            ),
            "divided once too often: the gradient has one factor 1 / (1 + y_pred)": (
                _where_positive(lambda y, p: 2 * _d(y, p) / (1 + p) ** 2)
            ),
            "a negative prediction counts as 0, and nothing pulls at it": lambda y, p: (
                2 * _d(y, p) / (1 + np.maximum(p, 0)) / p.size
            ),
            "a negative prediction counts as 0 below the fraction line too; its gradient is 0": (
                _not_clipped_below
            ),
            "a negative prediction has to count as 0 before its logarithm is taken": _not_clipped,
            "that is the derivative by y_true: the two are swapped": lambda y, p: (
                _logarithmic_gradient(p, y)
            ),
            "the logarithms are those of 1 + y; log(y) has no value at 0": _without_the_one,
            "at exactly 0 the pull is that of the positive side": lambda y, p: np.where(
                p > 0, _logarithmic_gradient(y, p), 0
            ),
            "that is the gradient of the squared error": lambda y, p: 2 * (p - y) / p.size,
            "that is the loss, not its gradient": lambda y, p: (
                reference.losses.mean_squared_logarithmic_error(y, p)[0]
            ),
        },
    ),
    "percentage-constant": Exercise(
        "constant",
        truth=12.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the median: half of the number is below it, not half of the weight": 15.0,
            "that is the mean, where the squared error is smallest": 23.4,
            "that is the geometric mean, near which MSLE is smallest": 18.52,
            "that is the harmonic mean: the weighted mean, and a weighted median is asked for": (
                300 / 19
            ),
            "the weight reached there is 6 of 19: not yet half": 10.0,
            "that is with the sixth target": 2.0,
            "with the weights y the largest target would decide; they are 1 / y": 60.0,
            "that is half of the weight, not the target at which it is reached": 9.5,
        },
    ),
    "percentage-smearing": Exercise(
        "mean_price(z, z_train, log_y_train) -> prices",
        truth=_mean_price,
        inputs=inputs((_LOGARITHMS, "n"), (_LOGARITHMS, "k"), (_LOGARITHMS, "k")),
        slips={
            "that is the median: the mean is larger by the smearing factor": lambda z, u, t: np.exp(
                z
            ),
            "the factor is truth over prediction: the sign in its exponent is turned": (
                lambda z, u, t: np.exp(z) * np.mean(np.exp(u - t))
            ),
            "that is the mean of the exponents; the mean of the exponentials is asked for": (
                lambda z, u, t: np.exp(z + np.mean(t - u))
            ),
            "that is the factor for Gaussian noise; smearing takes no density for granted": (
                lambda z, u, t: np.exp(z + np.var(t - u) / 2)
            ),
            "the factor is a mean of quotients, not the quotient of two sums": lambda z, u, t: (
                np.exp(z) * np.sum(np.exp(t)) / np.sum(np.exp(u))
            ),
            "the factor is a mean: divide by the number of training rows": lambda z, u, t: (
                np.exp(z) * np.sum(np.exp(t - u))
            ),
            "the factor multiplies, it is not added": lambda z, u, t: (
                np.exp(z) + np.mean(np.exp(t - u))
            ),
            "that is the logarithm of the price": lambda z, u, t: (
                z + np.log(np.mean(np.exp(t - u)))
            ),
            "the logarithms are those of y, not of 1 + y": lambda z, u, t: (
                np.expm1(z) * np.mean(np.exp(t - u))
            ),
            "that is the factor alone: it belongs to e^z": lambda z, u, t: np.full(
                z.shape, np.mean(np.exp(t - u))
            ),
        },
    ),
}
