"""The exercises on the race ask for what the page says."""

import re
import statistics
from itertools import combinations

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.optimizers.race import EXERCISES


def test_median_and_spread_by_pythons_own_means_pass():
    def with_lists(losses):
        rows = [sorted(map(float, row)) for row in losses]
        return [statistics.median(row) for row in rows], [row[-1] - row[0] for row in rows]

    assert check("race-spread", with_lists).passed


def test_the_best_rate_by_a_loop_passes():
    def with_a_loop(rates, losses):
        best, smallest = rates[0], np.inf
        for rate, row in zip(rates, losses, strict=True):
            middle = statistics.median(sorted(map(float, row)))
            if middle < smallest:
                best, smallest = rate, middle
        return best

    assert check("race-best-rate", with_a_loop).passed


def test_the_flips_by_a_loop_over_pairs_pass():
    def with_a_loop(first, second):
        pairs = combinations(range(len(first)), 2)
        return sum(bool((first[i] - first[j]) * (second[i] - second[j]) < 0) for i, j in pairs)

    assert check("race-flips", with_a_loop).passed


def test_a_rate_that_breaks_with_one_seed_of_three_can_still_be_the_best():
    losses = np.array([[0.4, 0.4, 0.4], [0.1, 0.2, np.inf], [np.inf, np.inf, 0.0]])
    assert EXERCISES["race-best-rate"].truth(np.array([0.01, 0.1, 1.0]), losses) == 0.1


def test_a_ranking_turned_round_flips_every_pair():
    scores = np.array([0.5, 1.0, 2.0, 3.0])
    assert EXERCISES["race-flips"].truth(scores, scores) == 0
    assert EXERCISES["race-flips"].truth(scores, -scores) == 6


def upper(losses):
    return np.sort(losses, axis=1)[:, losses.shape[1] // 2]


def lower(losses):
    return np.sort(losses, axis=1)[:, (losses.shape[1] - 1) // 2]


def quartiles(losses):
    return np.quantile(losses, 0.75, axis=1) - np.quantile(losses, 0.25, axis=1)


def without_broken_rates(rates, losses):
    medians = [np.median(row) if np.all(row < np.inf) else np.inf for row in losses]
    return rates[int(np.argmin(medians))]


def by_greater(first, second):
    pairs = combinations(range(len(first)), 2)
    return sum(bool((first[i] > first[j]) != (second[i] > second[j])) for i, j in pairs)


def by_ranks(first, second):
    a, b = (np.argsort(np.argsort(scores)) for scores in (first, second))
    pairs = combinations(range(len(a)), 2)
    return sum(bool((a[i] - a[j]) * (b[i] - b[j]) < 0) for i, j in pairs)


@pytest.mark.parametrize(
    ("exercise", "attempt", "hint"),
    [
        ("race-spread", lambda x: (np.mean(x, axis=1), np.ptp(x, axis=1)), "that is the mean"),
        ("race-best-rate", lambda r, x: r[np.argmin(np.min(x, axis=1))], "luckiest seed"),
        ("race-best-rate", lambda r, x: r[np.argmin(upper(x))], "two in the middle"),
        ("race-best-rate", lambda r, x: r[np.argmin(lower(x))], "not the lower"),
        ("race-best-rate", lambda r, x: r[np.argmin(np.median(x, axis=0))], "a row is one rate"),
        ("race-best-rate", lambda r, x: np.sort(r)[np.argmin(np.median(x, 1))], "not in order"),
        ("race-best-rate", without_broken_rates, "does not shut a rate out"),
        ("race-spread", lambda x: (lower(x), np.ptp(x, axis=1)), "not the lower"),
        ("race-spread", lambda x: (np.median(x, 1), x[:, -1] - x[:, 0]), "last less the first"),
        ("race-spread", lambda x: (np.median(x, 1), quartiles(x)), "distance of the quartiles"),
        ("race-flips", by_greater, "`>` alone"),
        ("race-flips", by_ranks, "compare the scores"),
        ("race-flips", lambda a, b: np.sum(a != b), "came:"),
        ("race-flips", lambda a, b: np.nan, "came: +count = nan"),
        ("race-spread", lambda x: np.median(x, axis=1), "not \\(median, spread\\)"),
    ],
)
def test_a_wrong_attempt_is_answered(exercise, attempt, hint):
    verdict = check(exercise, attempt)
    assert not verdict.passed
    assert re.search(hint, repr(verdict)), repr(verdict)
