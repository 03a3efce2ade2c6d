"""The exercises of losses/squared.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| squared-gradient             | `squared_gradient(y_true, y_pred) -> gradient` (b, n): of the   |
|                              |   squared error's mean over the batch, as Keras minimises it    |
| squared-median               | a number: the constant with the smallest mean absolute error    |
|                              |   for the targets 30, 4, 9, 2, 2                                |
| squared-weighted             | `best_constant(values, weights) -> constant` (n,), (n,) -> ():  |
|                              |   with the smallest weighted squared error                      |
| squared-line                 | `best_line(x, y) -> (slope, offset)` (n,), (n,): least squares  |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _squared_gradient(y_true, y_pred):
    return reference.losses.mean_squared_error(y_true, y_pred)[1] / len(y_true)


def _weighted_mean(values, weights):
    return np.sum(weights * values) / np.sum(weights)


def _weighted_median(values, weights):
    order = np.argsort(values)
    return values[order][np.searchsorted(np.cumsum(weights[order]), np.sum(weights) / 2)]


def _points(st):
    # At least two different x, or no line is better than all others.
    point = st.tuples(st.sampled_from(REALS), st.sampled_from(REALS))
    points = st.lists(point, min_size=2, max_size=4, unique_by=lambda point: point[0])
    return points.map(lambda points: tuple(np.array(side) for side in zip(*points, strict=True)))


def _best_line(x, y):
    slope = np.sum((x - np.mean(x)) * (y - np.mean(y))) / np.sum((x - np.mean(x)) ** 2)
    return slope, np.mean(y) - slope * np.mean(x)


def _through_the_means(slope):
    """A line with this slope and the offset that belongs to it: the slips of `squared-line`."""
    return lambda x, y: (slope(x, y), np.mean(y) - slope(x, y) * np.mean(x))


EXERCISES = {
    "squared-gradient": Exercise(
        "squared_gradient(y_true, y_pred) -> gradient",
        truth=_squared_gradient,
        inputs=inputs((REALS, "bn"), (REALS, "bn")),
        slips={
            "that is the sum's: 2r is divided neither by the entries nor by the batch": (
                lambda y, p: 2 * (p - y)
            ),
            "the loss is a mean over the batch as well: 1/b is missing": lambda y, p: (
                2 * (p - y) / y.shape[1]
            ),
            "each sample's loss is a mean over its entries: 1/n is missing": lambda y, p: (
                2 * (p - y) / y.shape[0]
            ),
            "the derivative of r² is 2r: the 2 is missing": lambda y, p: (p - y) / y.size,
            "the sign is turned: the residual is y_pred - y_true": lambda y, p: (
                2 * (y - p) / y.size
            ),
            "the sign is turned and the 2 is missing: the residual is y_pred - y_true": (
                lambda y, p: (y - p) / y.size
            ),
            "that is the gradient of the absolute error": lambda y, p: np.sign(p - y) / y.size,
            "that is the loss of each sample, not the gradient": lambda y, p: np.mean(
                (p - y) ** 2, axis=1
            ),
            "that is the loss, not its gradient": lambda y, p: np.mean((p - y) ** 2),
            "every entry has a gradient of its own: nothing is added up": lambda y, p: (
                2 * np.mean(p - y)
            ),
        },
    ),
    "squared-median": Exercise(
        "constant",
        truth=4.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean, where the squared error is smallest": 9.4,
            "that one stands in the middle of the list; sort it first": 9.0,
            "that is the most frequent value; the median has as many below as above": 2.0,
            "that is half way between the smallest and the largest": 16.0,
        },
    ),
    "squared-weighted": Exercise(
        "best_constant(values, weights) -> constant",
        truth=_weighted_mean,
        inputs=inputs((REALS, "n"), ([1.0, 2.0, 3.0, 0.5, 10.0], "n")),
        slips={
            "that is the plain mean: the weights do not enter": lambda y, w: np.mean(y),
            "the pulls are w (m - y): divide by the sum of the weights, not by n": lambda y, w: (
                np.mean(w * y)
            ),
            "divide by the sum of the weights": lambda y, w: np.sum(w * y),
            "each pull has its weight once, not squared": lambda y, w: _weighted_mean(y, w**2),
            "a large weight has to pull m nearer, not to let it go": lambda y, w: _weighted_mean(
                y, 1 / w
            ),
            "the sum of the weights is what m is multiplied by, not that of the values": (
                lambda y, w: np.sum(w * y) / np.sum(y) if np.sum(y) else None
            ),
            "that is the weighted median, where the absolute error is smallest": _weighted_median,
            "the weight belongs to the squared residual, not to the value in it": lambda y, w: (
                np.sum(w * y) / np.sum(w**2)
            ),
        },
    ),
    "squared-line": Exercise(
        "best_line(x, y) -> (slope, offset)",
        truth=_best_line,
        inputs=_points,
        rtol=1e-6,
        atol=1e-9,
        slips={
            "that slope is right for a line through the origin; there is an offset": (
                lambda x, y: (np.sum(x * y) / np.sum(x**2), 0.0)
            ),
            "in the slope both x and y count from their means": _through_the_means(
                lambda x, y: np.sum(x * y) / np.sum(x**2)
            ),
            "the slope divides by what x varies, not by what y varies": lambda x, y: (
                _through_the_means(lambda x, y: _best_line(y, x)[0])(x, y) if np.ptp(y) else None
            ),
            "both sums need the same divisor: numpy.cov has n - 1 and numpy.var has n": (
                _through_the_means(lambda x, y: np.cov(x, y)[0, 1] / np.var(x))
            ),
            "that is the correlation: it divides by both spreads": lambda x, y: (
                _through_the_means(lambda x, y: np.corrcoef(x, y)[0, 1])(x, y)
                if np.ptp(y)
                else None
            ),
            "the line goes through the means: the offset lacks slope times mean(x)": (
                lambda x, y: (_best_line(x, y)[0], np.mean(y))
            ),
            "the offset has the wrong sign in front of slope times mean(x)": lambda x, y: (
                _best_line(x, y)[0],
                np.mean(y) + _best_line(x, y)[0] * np.mean(x),
            ),
            "that is the line through the first and the last point": lambda x, y: (
                (y[-1] - y[0]) / (x[-1] - x[0]),
                y[0] - (y[-1] - y[0]) / (x[-1] - x[0]) * x[0],
            ),
        },
    ),
}
