"""The exercises on stochastic gradients ask for what the page says."""

import itertools

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.optimizers.stochastic import EXERCISES


def test_the_whole_gradient_is_that_of_all_examples():
    examples = np.random.default_rng(0).normal(size=(11, 3))
    batches = [examples[:4], examples[4:8], examples[8:]]
    means, sizes = np.array([b.mean(axis=0) for b in batches]), np.array([4, 4, 3])
    assert np.allclose(EXERCISES["stochastic-whole"].truth(means, sizes), examples.mean(axis=0))


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_the_variance_is_that_over_all_batches(m):
    gradients = np.random.default_rng(1).normal(size=5)
    means = [np.mean(batch) for batch in itertools.combinations(gradients, m)]
    truth = EXERCISES["stochastic-variance"].truth(gradients, m)
    assert np.isclose(truth, np.var(means), atol=1e-15)


def test_the_rate_leaves_the_variance_as_it_is():
    for variance, curvature, sigma, m in [(1.0, 2.0, 3.0, 4), (0.1, 10.0, 0.5, 1)]:
        rate = EXERCISES["stochastic-floor"].truth(variance, curvature, sigma, m)
        after = (1 - rate * curvature) ** 2 * variance + rate**2 * sigma**2 / m
        assert 0 < rate * curvature < 2
        assert np.isclose(after, variance)


def test_another_way_to_the_whole_gradient_passes():
    def by_loop(batch_gradients, sizes):
        total = 0.0
        for row, size in zip(batch_gradients, sizes, strict=True):
            total = total + size * row
        return total / sum(sizes)

    assert check("stochastic-whole", by_loop).passed


def test_all_batches_one_by_one_pass():
    def by_listing(gradients, m):
        return np.var([sum(batch) / m for batch in itertools.combinations(gradients, m)])

    assert check("stochastic-variance", by_listing).passed


def test_another_way_to_the_rate_passes():
    def inverted(variance, curvature, sigma, m):
        return 1 / (curvature / 2 + sigma**2 / (2 * m * variance * curvature))

    assert check("stochastic-floor", inverted).passed


@pytest.mark.parametrize(
    ("name", "attempt", "words"),
    [
        (
            "stochastic-whole",
            lambda means, sizes: sizes[:, None] * means,
            "the shape is",
        ),
        (
            "stochastic-whole",
            lambda means, sizes: -(sizes @ means) / sizes.sum(),
            "hint: your numbers are -1 times the right ones.",
        ),
        (
            "stochastic-whole",
            lambda means, sizes: means[-1],
            "hint: it is right for a single entry; the fault shows with more than one.",
        ),
        (
            "stochastic-variance",
            lambda gradients, m: np.var(gradients) / m * (len(gradients) - m),
            "should come:",
        ),
        (
            "stochastic-variance",
            lambda gradients, m: np.full(2, np.nan),
            "the shape is (2,) and should be ()",
        ),
        (
            "stochastic-variance",
            lambda gradients, m: np.nan,
            "came:         variance = nan",
        ),
        (
            "stochastic-floor",
            lambda variance, curvature, sigma, m: 2 * variance * curvature * m / sigma**2,
            "hint: that is the rate where eta h is small; solve with the 2 - eta h.",
        ),
        (
            "stochastic-whole",
            lambda means, sizes: sizes @ means / (sizes.max() * len(sizes)),
            "hint: the last batch is short: divide by the sum of the sizes.",
        ),
        (
            "stochastic-variance",
            lambda g, m: np.mean(g**2) / m * (len(g) - m) / (len(g) - 1),
            "hint: the deviations count from the mean: take it away before you square.",
        ),
        (
            "stochastic-variance",
            lambda g, m: np.var(g) / m**2 * (len(g) - m) / (len(g) - 1),
            "hint: the variance falls as 1 / m, not as 1 / m².",
        ),
        (
            "stochastic-floor",
            lambda v, h, s, m: 4 * v * m / (s**2 + 2 * v * m * h),
            "hint: that is for the loss: the variance of the parameter is asked for.",
        ),
        (
            "stochastic-floor",
            lambda v, h, s, m: 4 * v * m / s**2,
            "hint: that is for the loss, and eta h small",
        ),
    ],
)
def test_a_wrong_attempt_is_told_something(name, attempt, words):
    verdict = check(name, attempt)
    assert not verdict.passed
    assert words in repr(verdict)
