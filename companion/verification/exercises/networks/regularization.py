"""The exercises of networks/regularization.

| id                             | to be handed over                                             |
| ------------------------------ | ------------------------------------------------------------- |
| regularization-soft-threshold  | `soft_threshold(w, threshold) -> minimum` (m,), () -> (m,)    |
| regularization-dropout-penalty | `penalty(x, w, rate) -> penalty` (n, m), (m,), () -> (): what |
|                                |   dropout adds to the mean squared error of x @ w             |
| regularization-patience        | `stop(losses, patience) -> (last, best)` (t,), () -> (), ():  |
|                                |   epochs, counted from 0                                      |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _soft_threshold(w, threshold):
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0.0)


def _penalty(x, w, rate):
    variances = reference.layers.dropout_moments(x * w, rate)[1]
    return np.mean(variances.sum(axis=1))


def _stop_with(better=lambda loss, best: loss < best, extra=0):
    """The rule with another idea of better, or with more patience."""

    def stop(losses, patience):
        best = 0
        for epoch, loss in enumerate(losses):
            if better(loss, losses[best]):
                best = epoch
            if epoch - best >= patience + extra:
                return epoch, best
        return len(losses) - 1, best

    return stop


_stop = _stop_with()


def _stop_at_rises(worse):
    """Counts the epochs in a row that were worse than the one before."""

    def stop(losses, patience):
        waited, best = 0, 0
        for epoch, loss in enumerate(losses):
            if loss < losses[best]:
                best = epoch
            waited = waited + 1 if epoch and worse(loss, losses[epoch - 1]) else 0
            if waited >= patience:
                return epoch, best
        return len(losses) - 1, best

    return stop


def _stop_without_reset(losses, patience):
    """Counts all epochs that were not better than the best, whether in a row or not."""
    waited, best = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch:
            waited += 1
        if waited >= patience:
            return epoch, best
    return len(losses) - 1, best


EXERCISES = {
    "regularization-soft-threshold": Exercise(
        "soft_threshold(w, threshold) -> minimum",
        truth=_soft_threshold,
        inputs=inputs((REALS, "m"), [1.0, 0.5, 2.0, 0.0]),
        slips={
            "that cuts off what is small; what is large has to move towards 0 as well, by the "
            "threshold": lambda w, t: np.where(np.abs(w) > t, w, 0.0),
            "a negative w moves towards 0 too: up, not down": lambda w, t: np.where(
                np.abs(w) > t, w - t, 0.0
            ),
            "a negative w keeps its sign, and only its size shrinks": lambda w, t: np.maximum(
                np.abs(w) - t, 0.0
            ),
            "a w below the threshold in size becomes 0, and does not change its sign": (
                lambda w, t: w - t * np.sign(w)
            ),
            "a negative w is treated like a positive one: its size shrinks": lambda w, t: (
                np.maximum(w - t, 0.0)
            ),
            "that clips the sizes at the threshold; the soft threshold is what goes beyond": (
                lambda w, t: np.clip(w, -t, t)
            ),
            "that grows: the threshold is to be subtracted from the size": lambda w, t: (
                np.sign(w) * (np.abs(w) + t)
            ),
            "that is L2's way to shrink": lambda w, t: w / (1 + t),
            "that is L2's way to shrink: w / (1 + 2λ)": lambda w, t: w / (1 + 2 * t),
            "0 / 0 at w = 0: sign(w) does not divide": lambda w, t: (
                w / np.abs(w) * np.maximum(np.abs(w) - t, 0.0)
            ),
            "0 / 0 at w = 0 with a threshold of 0: do not divide by the size": lambda w, t: (
                w * np.maximum(1 - t / np.abs(w), 0.0)
            ),
        },
    ),
    "regularization-dropout-penalty": Exercise(
        "penalty(x, w, rate) -> penalty",
        truth=_penalty,
        inputs=inputs(
            ([1.0, 0.0, -1.0, 2.0, 3.0, -0.5], "nm"),
            ([1.0, -1.0, 2.0, 0.5, 0.0], "m"),
            [0.5, 0.25, 0.2, 0.75, 0.0],
        ),
        slips={
            "the mean over the samples is missing: 1/n": lambda x, w, r: len(x) * _penalty(x, w, r),
            "the mean runs over the samples alone; the features add up": lambda x, w, r: (
                _penalty(x, w, r) / x.shape[1]
            ),
            "the factor is rate / (1 - rate), not its inverse": lambda x, w, r: (
                np.mean(x**2, axis=0) @ w**2 * (1 - r) / r
            ),
            "the factor is rate / (1 - rate); rate (1 - rate) is without inverted scaling": (
                lambda x, w, r: np.mean(x**2, axis=0) @ w**2 * r * (1 - r)
            ),
            "the variance is rate / (1 - rate) x², with the first power of 1 - rate": (
                lambda x, w, r: np.mean(x**2, axis=0) @ w**2 * r / (1 - r) ** 2
            ),
            "the factor is rate / (1 - rate): the division is missing": lambda x, w, r: (
                np.mean(x**2, axis=0) @ w**2 * r
            ),
            "the factor rate / (1 - rate) is missing": lambda x, w, r: np.mean(x**2, axis=0) @ w**2,
            "that is E y², of which the mean's square is still to be subtracted: the factor is "
            "rate / (1 - rate)": lambda x, w, r: np.mean(x**2, axis=0) @ w**2 / (1 - r),
            "the masks are independent: the variances of the terms add up, not the terms before "
            "they are squared": lambda x, w, r: np.mean((x @ w) ** 2) * r / (1 - r),
            "the mean of the squares is asked for, not the square of the mean": lambda x, w, r: (
                np.mean(x, axis=0) ** 2 @ w**2 * r / (1 - r)
            ),
            "the mean square of a feature, not its variance: 0 is where dropout puts it": (
                lambda x, w, r: np.var(x, axis=0) @ w**2 * r / (1 - r)
            ),
            "the weights have to be squared": lambda x, w, r: (
                np.mean(x**2, axis=0) @ w * r / (1 - r)
            ),
            "the penalty of each feature counts with its mean square: it is missing": (
                lambda x, w, r: np.sum(w**2) * r / (1 - r)
            ),
            "one number is asked for: the sum over the features": lambda x, w, r: (
                np.mean(x**2, axis=0) * w**2 * r / (1 - r)
            ),
            "the sign is turned: noise makes the mean squared error larger": lambda x, w, r: (
                -_penalty(x, w, r)
            ),
        },
    ),
    "regularization-patience": Exercise(
        "stop(losses, patience) -> (last, best)",
        truth=_stop,
        inputs=inputs(([1.0, 2.0, 3.0, 0.5, 4.0, 0.25], "t"), [1, 2, 3], t=(1, 2, 3, 4, 5, 6, 7)),
        slips={
            "an equal loss is not better": _stop_with(lambda loss, best: loss <= best),
            "that is one epoch too many: stop as soon as patience is used up": _stop_with(extra=1),
            "the best so far is what counts, not the epoch before": _stop_at_rises(
                lambda loss, before: loss >= before
            ),
            "the best so far is what counts, not the epoch before, and an equal loss is not "
            "better": _stop_at_rises(lambda loss, before: loss > before),
            "training stops when patience runs out, also if epochs are left": (
                lambda losses, patience: (len(losses) - 1, int(np.argmin(losses)))
            ),
            "patience is how many epochs in a row may pass without a better one": (
                lambda losses, patience: _stop(losses, 1)
            ),
            "the restored epoch is the best one; it need not lie `patience` before the last": (
                lambda losses, patience: (
                    _stop(losses, patience)[0],
                    max(_stop(losses, patience)[0] - patience, 0),
                )
            ),
            "after a better epoch the counting starts again": _stop_without_reset,
            "a smaller loss is better": _stop_with(lambda loss, best: loss > best),
            "what comes after the stop is not run, so it is not known": lambda losses, patience: (
                _stop(losses, patience)[0],
                int(np.argmin(losses)),
            ),
            "the weights of the best epoch are restored, not those of the last": (
                lambda losses, patience: (_stop(losses, patience)[0],) * 2
            ),
            "the epochs are counted from 0": lambda losses, patience: tuple(
                epoch + 1 for epoch in _stop(losses, patience)
            ),
            "the first is the last epoch that is run, not the number of epochs": (
                lambda losses, patience: (
                    _stop(losses, patience)[0] + 1,
                    _stop(losses, patience)[1],
                )
            ),
            "the epoch with the best loss is asked for, not the loss": lambda losses, patience: (
                _stop(losses, patience)[0],
                losses[_stop(losses, patience)[1]],
            ),
        },
    ),
}
