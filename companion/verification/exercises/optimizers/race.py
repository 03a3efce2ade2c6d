"""The exercises of optimizers/race.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| race-spread                  | `median_and_spread(losses) -> (median, spread)` (n, k) -> (n,), |
|                              |   (n,): of each row of k seeds; the spread is largest less      |
|                              |   smallest                                                      |
| race-best-rate               | `best_rate(rates, losses) -> rate` (n,), (n, k) -> (): with the |
|                              |   smallest median over k seeds, of which a broken one is inf; of |
|                              |   equals the first                                             |
| race-flips                   | `flipped_pairs(first, second) -> count` (n,), (n,) -> (): the   |
|                              |   pairs that two lists of scores put in opposite orders         |
"""

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

LOSSES = [1.0, 2.0, 3.0, 0.5, 5.0, 10.0]
BROKEN = [3.0, 0.5, 5.0, 1.0, np.inf, 2.0, 20.0]
RATES = [0.1, 1.0, 0.01, 0.3, 0.03]


def _of_sorted(place):
    """Of each row the loss in this place, in the order of size: instead of the median."""
    return lambda losses, axis: np.sort(losses, axis)[:, place(losses.shape[1])]


_UPPER = _of_sorted(lambda k: k // 2)
_LOWER = _of_sorted(lambda k: (k - 1) // 2)


def _quartile_distance(losses, axis):
    return np.subtract(*np.quantile(losses, [0.75, 0.25], axis))


def _spread(losses):
    return np.median(losses, axis=1), np.max(losses, axis=1) - np.min(losses, axis=1)


def _spread_with(middle=np.median, width=np.ptp, axis=1):
    """Another middle, another width, or another axis: the slips of `race-spread`."""
    return lambda losses: (middle(losses, axis=axis), width(losses, axis=axis))


def _searches(st):
    """Any, and as often two seeds at two rates, where the middle is between the two losses."""
    any_size = inputs((RATES, "n"), (BROKEN, "nk"), n=(2, 3, 4), k=(1, 2, 3, 4, 5))
    rows = st.sampled_from([[3.0, 3.0], [0.5, 5.0], [5.0, 0.5], [1.0, 5.0], [1.0, 3.0]])
    two = st.lists(rows, min_size=2, max_size=2).map(np.array)
    return st.one_of(any_size(st), st.tuples(st.just(np.array([0.1, 1.0])), two))


def _best_rate(rates, losses):
    return rates[np.argmin(np.median(losses, axis=1))]


def _best_rate_by(summary, chosen=np.argmin):
    """The rate whose seeds have the best other summary: the slips of `race-best-rate`."""
    return lambda rates, losses: rates[chosen(summary(losses, axis=1))]


def _median_of_the_whole(losses, axis):
    """The median of the seeds that did not break; infinity where all did."""
    whole = [row[np.isfinite(row)] for row in losses]
    return np.array([np.median(row) if len(row) else np.inf for row in whole])


def _only_whole_rows(losses, axis):
    """The median, but infinity if only one seed broke."""
    return np.where(np.isfinite(losses).all(axis), np.median(losses, axis), np.inf)


def _places(scores):
    """The place of each rule in the ranking."""
    return np.argsort(np.argsort(scores))


def _signs(scores):
    """Of each ordered pair: who is ahead."""
    return np.sign(np.subtract.outer(scores, scores))


def _flips(first, second):
    return np.sum(_signs(first) * _signs(second) < 0) // 2


EXERCISES = {
    "race-spread": Exercise(
        "median_and_spread(losses) -> (median, spread)",
        truth=_spread,
        inputs=inputs((LOSSES, "nk"), k=(1, 2, 3, 4, 5)),
        slips={
            "that is the mean; the median is the middle one": _spread_with(middle=np.mean),
            "the spread asked for is largest less smallest, not the standard deviation": (
                _spread_with(width=np.std)
            ),
            "that is the standard deviation with k - 1; asked for is largest less smallest": (
                lambda losses: (
                    np.median(losses, axis=1),
                    np.std(losses, axis=1, ddof=1) if losses.shape[1] > 1 else None,
                )
            ),
            "the spread is the whole distance, not half of it": (
                _spread_with(width=lambda losses, axis: np.ptp(losses, axis=axis) / 2)
            ),
            "a row is one rule: take the median and the spread along it": _spread_with(axis=0),
            "the losses have to be sorted before the middle one is taken": _spread_with(
                middle=lambda losses, axis: losses[:, losses.shape[1] // 2]
            ),
            "an even number of seeds has two in the middle: the median is their mean": (
                _spread_with(middle=_UPPER)
            ),
            "an even number of seeds has two in the middle: take their mean, not the lower": (
                _spread_with(middle=_LOWER)
            ),
            "that is the distance of the quartiles; asked for is largest less smallest": (
                _spread_with(width=_quartile_distance)
            ),
            "that is the last less the first seed; asked for is largest less smallest": (
                _spread_with(width=lambda losses, axis: losses[:, -1] - losses[:, 0])
            ),
            "the median comes first, the spread second": lambda losses: _spread(losses)[::-1],
            "the spread cannot be negative: it is largest less smallest": _spread_with(
                width=lambda losses, axis: -np.ptp(losses, axis=axis)
            ),
        },
    ),
    "race-best-rate": Exercise(
        "best_rate(rates, losses) -> rate",
        truth=_best_rate,
        inputs=_searches,
        slips={
            "a broken seed is left out, so a rate that sometimes breaks looks better than it is": (
                _best_rate_by(_median_of_the_whole)
            ),
            "that is the rate of the luckiest seed; take the median over the seeds": (
                _best_rate_by(np.min)
            ),
            "that is the rate with the best worst seed; take the median over the seeds": (
                _best_rate_by(np.max)
            ),
            "that is the mean over the seeds, which one bad seed spoils; take the median": (
                _best_rate_by(np.mean)
            ),
            "an even number of seeds has two in the middle: take their mean": _best_rate_by(_UPPER),
            "an even number of seeds has two in the middle: take their mean, not the lower": (
                _best_rate_by(_LOWER)
            ),
            "a row is one rate: take the median along it": lambda rates, losses: (
                rates[place]
                if (place := np.argmin(np.median(losses, axis=0))) < len(rates)
                else None
            ),
            "one broken seed does not shut a rate out: infinity is a loss like others": (
                _best_rate_by(_only_whole_rows)
            ),
            "the rates are not in order; take the one that belongs to the row": (
                lambda rates, losses: _best_rate(np.sort(rates), losses)
            ),
            "the best loss is the smallest": _best_rate_by(np.median, np.argmax),
            "that is the loss at the best rate; asked for is the rate": lambda rates, losses: (
                np.min(np.median(losses, axis=1))
            ),
            "that is the place in the list; asked for is the rate there": lambda rates, losses: (
                np.argmin(np.median(losses, axis=1))
            ),
            "of equally good rates, the first in the list is asked for": _best_rate_by(
                np.median, lambda medians: len(medians) - 1 - np.argmin(medians[::-1])
            ),
        },
    ),
    "race-flips": Exercise(
        "flipped_pairs(first, second) -> count",
        truth=_flips,
        inputs=inputs((LOSSES, "n"), (LOSSES, "n"), n=(1, 2, 3, 4, 5)),
        slips={
            "each pair is counted twice, as (i, j) and as (j, i)": lambda a, b: np.sum(
                _signs(a) * _signs(b) < 0
            ),
            "those are the pairs in the same order": lambda a, b: (
                np.sum(_signs(a) * _signs(b) > 0) // 2
            ),
            "a tie is no flip: somebody has to be ahead in both lists": lambda a, b: (
                np.sum(_signs(a) != _signs(b)) // 2
            ),
            "a tie is no flip: it counts only if the product of the differences is below 0": (
                lambda a, b: (np.sum(_signs(a) * _signs(b) <= 0) - len(a)) // 2
            ),
            "a tie is no flip: `>` alone takes it for the other order": lambda a, b: np.sum(
                np.triu(np.greater.outer(a, a) != np.greater.outer(b, b), 1)
            ),
            "a tie is no flip: ranks put one of two equals first; compare the scores": (
                lambda a, b: _flips(_places(a), _places(b))
            ),
            "that counts the places in which the rankings differ, not the pairs": lambda a, b: (
                np.sum(np.argsort(a, kind="stable") != np.argsort(b, kind="stable"))
            ),
            "all pairs count, not only neighbours in the list": lambda a, b: np.sum(
                np.diff(a) * np.diff(b) < 0
            ),
            "that is the share of the pairs; asked for is their number": lambda a, b: (
                _flips(a, b) / (len(a) * (len(a) - 1) / 2) if len(a) > 1 else None
            ),
        },
    ),
}
