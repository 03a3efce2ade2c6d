"""The exercises of networks/housing.

| id              | to be handed over                                                        |
| --------------- | ------------------------------------------------------------------------ |
| housing-dollars | `rmse_from_loss(loss, low, high) -> rmse`: of min-max scaled prices,     |
|                 |   Huber's mean loss with delta 1                                         |
| housing-scale   | `scale(train, new) -> scaled` (n, d), (m, d) -> (m, d): min-max          |
| housing-errors  | `errors(y_true, y_pred) -> (rmse, mae)` (n,), (n, 1)                     |
"""

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs

LOSSES = [0.02, 0.005, 0.08, 0.003, 0.1, 0.045, 0.125, 0.01]


def _rmse_from_loss(loss, low, high):
    return (high - low) * np.sqrt(2 * loss)


def _scale_with(statistics):
    """Scaling with `statistics(train, new) -> (shift, width)`; a width of 0 counts as 1."""

    def scale(train, new):
        shift, width = statistics(train, new)
        return (new - shift) / np.where(width == 0, 1.0, width)

    return scale


def _of(table, axis=0):
    return table.min(axis=axis), np.ptp(table, axis=axis)


_scale = _scale_with(lambda train, new: _of(train))


def _stretched_alone(train, new):
    width = np.ptp(train, axis=0)
    return new / np.where(width == 0, 1.0, width)


def _constant_divides_by_zero(train, new):
    low, width = _of(train)
    with np.errstate(all="ignore"):
        return (new - low) / width


def _constant_stretched(train, new):
    low, width = _of(train)
    return (new - low) / (width + 1e-8)


def _constant_not_moved(train, new):
    return np.where(np.ptp(train, axis=0) == 0, new, _scale(train, new))


def _constant_is_zero(train, new):
    return np.where(np.ptp(train, axis=0) == 0, 0.0, _scale(train, new))


def _errors_of(y_true, y_pred):
    off = y_pred.ravel() - y_true
    return np.sqrt(np.mean(off**2)), np.mean(np.abs(off))


def _errors_changed(change):
    """The errors with `change(off, rmse, mae)` in their place."""
    return lambda y_true, y_pred: change(y_pred.ravel() - y_true, *_errors_of(y_true, y_pred))


def _each_with_each(y_true, y_pred):
    off = y_pred - y_true
    return np.sqrt(np.mean(off**2)), np.mean(np.abs(off))


EXERCISES = {
    "housing-dollars": Exercise(
        "rmse_from_loss(loss, low, high) -> rmse",
        truth=_rmse_from_loss,
        inputs=inputs(LOSSES, [0.0, 1.0, 5.0, 20.0], [50.0, 30.0, 100.0, 40.0]),
        slips={
            "Huber's loss is half the square: the factor 2 is missing": lambda loss, low, high: (
                (high - low) * np.sqrt(loss)
            ),
            "the loss is half the square, so it is doubled, not halved": lambda loss, low, high: (
                (high - low) * np.sqrt(loss / 2)
            ),
            "the loss is half the square: double it and take the root": lambda loss, low, high: (
                (high - low) * loss
            ),
            "the range comes in once: the root has taken its square away": lambda loss, low, high: (
                (high - low) ** 2 * np.sqrt(2 * loss)
            ),
            "the 2 belongs under the root": lambda loss, low, high: (
                2 * (high - low) * np.sqrt(loss)
            ),
            "that is a mean square: take the root": lambda loss, low, high: (
                2 * loss * (high - low) ** 2
            ),
            "the root is missing: the loss has the unit of a square": lambda loss, low, high: (
                2 * loss * (high - low)
            ),
            "the loss is a number of ranges, not of the unit: the range is missing": (
                lambda loss, low, high: np.sqrt(2 * loss)
            ),
            "the range is outside of the root; inside, it has to be squared": (
                lambda loss, low, high: np.sqrt(2 * loss * (high - low))
            ),
            "the scale is the range, high - low, not the largest price": lambda loss, low, high: (
                high * np.sqrt(2 * loss)
            ),
            "an error is not moved: the smallest price is not added": lambda loss, low, high: (
                low + _rmse_from_loss(loss, low, high)
            ),
            "the range is multiplied by, to come back from the scaled prices": (
                lambda loss, low, high: np.sqrt(2 * loss) / (high - low)
            ),
            "the sign: high - low": lambda loss, low, high: -_rmse_from_loss(loss, low, high),
        },
    ),
    "housing-scale": Exercise(
        "scale(train, new) -> scaled",
        truth=_scale,
        inputs=inputs((REALS, "nd"), (REALS, "md")),
        slips={
            "that is the leak: the new table is scaled by itself": _scale_with(
                lambda train, new: _of(new)
            ),
            "the new table must not be asked, not even together with the training part": (
                _scale_with(lambda train, new: _of(np.concatenate([train, new])))
            ),
            "each column has its own smallest value and range: axis 0": _scale_with(
                lambda train, new: _of(train, None)
            ),
            "the smallest value of each column is taken away first": _stretched_alone,
            "the divisor is the range, the largest less the smallest value": _scale_with(
                lambda train, new: (train.min(axis=0), train.max(axis=0))
            ),
            "that is standardised; smallest value and range are asked for": _scale_with(
                lambda train, new: (train.mean(axis=0), train.std(axis=0))
            ),
            "a constant column has the range 0: divide by 1 there": _constant_divides_by_zero,
            "a constant column is moved by its value, not set to 0": _constant_is_zero,
            "a constant column is moved as well": _constant_not_moved,
            "a range of 0 is replaced by 1; a tiny number in its place stretches": (
                _constant_stretched
            ),
            "that is the leak, half of it: the range, too, is that of the training part": (
                _scale_with(lambda train, new: (train.min(axis=0), np.ptp(new, axis=0)))
            ),
            "that is the leak, half of it: the smallest value, too, is that of the training part": (
                _scale_with(lambda train, new: (new.min(axis=0), np.ptp(train, axis=0)))
            ),
            "nothing is cut off: a new value may fall outside of 0 … 1": lambda train, new: np.clip(
                _scale(train, new), 0.0, 1.0
            ),
            "the scaled new table is asked for, not the training table": lambda train, new: _scale(
                train, train
            ),
        },
    ),
    "housing-errors": Exercise(
        "errors(y_true, y_pred) -> (rmse, mae)",
        truth=_errors_of,
        inputs=inputs((REALS, "n"), (REALS, "no"), o=(1,), n=(1, 2, 3)),
        slips={
            "(n, 1) - (n,) is each with each, n · n differences: ravel the predictions": (
                _each_with_each
            ),
            "that is a mean square; its root has the unit of the prices: rmse": _errors_changed(
                lambda off, rmse, mae: (rmse**2, mae)
            ),
            "errors must not cancel: the mean of their sizes: mae": _errors_changed(
                lambda off, rmse, mae: (rmse, np.mean(off))
            ),
            "the size of the mean is not the mean of the sizes: mae": _errors_changed(
                lambda off, rmse, mae: (rmse, abs(np.mean(off)))
            ),
            "the mean is missing: a sum grows with the number of houses": _errors_changed(
                lambda off, rmse, mae: (rmse * np.sqrt(len(off)), mae * len(off))
            ),
            "the mean comes before the root": _errors_changed(
                lambda off, rmse, mae: (np.sqrt(np.sum(off**2)) / len(off), mae)
            ),
            "the median is not the mean: mae": _errors_changed(
                lambda off, rmse, mae: (rmse, np.median(np.abs(off)))
            ),
            "first the RMSE, then the MAE": _errors_changed(lambda off, rmse, mae: (mae, rmse)),
            "that is the standard deviation of the errors: a bias is an error, too: rmse": (
                _errors_changed(lambda off, rmse, mae: (np.std(off), mae))
            ),
        },
    ),
}
