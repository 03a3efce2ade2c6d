"""The exercises of losses/asymmetric.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| asymmetric-gradient          | `asymmetric_gradient(y_true, y_pred, under, over) -> gradient`  |
|                              |   all (n,) but the prices: of the mean over the n entries       |
| asymmetric-order             | a number: how many cakes to bake                                |
| asymmetric-constant          | `best_constant(values, under, over) -> constant` (n,) -> ():    |
|                              |   the smallest one with the smallest mean cost                  |
"""

import math

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _asymmetric_gradient(y_true, y_pred, under, over):
    return reference.losses.asymmetric_cost(y_true, y_pred, under, over)[1]


def _asymmetric_constant(values, under, over):
    costs = [
        reference.losses.asymmetric_cost(values, np.full_like(values, value), under, over)[0]
        for value in np.sort(values)
    ]
    # Equal costs may differ in the last digit; the first of them is the smallest constant.
    return np.sort(values)[np.argmax(np.isclose(costs, np.min(costs)))]


EXERCISES = {
    "asymmetric-gradient": Exercise(
        "asymmetric_gradient(y_true, y_pred, under, over) -> gradient",
        truth=_asymmetric_gradient,
        inputs=inputs((REALS, "n"), (REALS, "n"), [1.0, 4.0, 0.5], [2.0, 1.0, 3.0]),
        slips={
            "under and over are swapped: too low is r < 0, and there the price is under": (
                lambda y, p, under, over: _asymmetric_gradient(y, p, over, under)
            ),
            "the loss is a mean: the 1/n is missing": lambda y, p, under, over: (
                y.size * _asymmetric_gradient(y, p, under, over)
            ),
            "the sign is turned: to raise a prediction that is too low makes it cheaper": (
                lambda y, p, under, over: -_asymmetric_gradient(y, p, under, over)
            ),
            "too low costs less when raised: the pull there is -under": lambda y, p, under, over: (
                np.abs(_asymmetric_gradient(y, p, under, over))
            ),
            "where the prediction is exactly right the pull is 0, not over": (
                lambda y, p, under, over: np.where(p < y, -under, over) / y.size
            ),
            "where the prediction is exactly right the pull is 0, not -under": (
                lambda y, p, under, over: np.where(p > y, over, -under) / y.size
            ),
            "the pull does not depend on how far off the prediction is, only on the side": (
                lambda y, p, under, over: np.where(p < y, under, over) * (p - y) / y.size
            ),
            "that is the loss, not its gradient": lambda y, p, under, over: (
                reference.losses.asymmetric_cost(y, p, under, over)[0]
            ),
            "every entry has a gradient of its own: nothing is added up": (
                lambda y, p, under, over: np.sum(_asymmetric_gradient(y, p, under, over))
            ),
        },
    ),
    "asymmetric-order": Exercise(
        "cakes",
        truth=30.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "one too many loses what it cost less what the farmer pays: 0.50, not 1": 25.0,
            "one too few loses 3.50 less the 1 that it would have cost": 41.0,
            "the prices are swapped: one too few loses more than one too many": 15.0,
            "that is the mean, where the squared error is smallest": 163 / 7,
            "that is the median, right if both prices were the same": 22.0,
            "that is the order of the quantile, q = 5/6; which number of cakes is it": 5 / 6,
        },
    ),
    "asymmetric-constant": Exercise(
        "best_constant(values, under, over) -> constant",
        truth=_asymmetric_constant,
        inputs=inputs((REALS, "n"), [1.0, 3.0], [1.0, 3.0], n=(1, 2, 3, 4, 5)),
        slips={
            "the quantile has the order under / (under + over); yours has over on top": (
                lambda y, under, over: _asymmetric_constant(y, over, under)
            ),
            "that is the median: the prices do not enter": lambda y, under, over: np.median(y),
            "that is the mean, where the squared error is smallest": lambda y, under, over: np.mean(
                y
            ),
            "that lies between two values; numpy.quantile needs method='inverted_cdf' here": (
                lambda y, under, over: np.quantile(y, under / (under + over))
            ),
            "sort the values first": lambda y, under, over: y[
                math.ceil(len(y) * under / (under + over)) - 1
            ],
            "one value too high: the coverage counts the value itself": lambda y, under, over: (
                np.sort(y)[min(int(len(y) * under / (under + over)), len(y) - 1)]
            ),
            "one value too low: its coverage does not reach q yet": lambda y, under, over: np.sort(
                y
            )[max(math.ceil(len(y) * under / (under + over)) - 2, 0)],
        },
    ),
}
