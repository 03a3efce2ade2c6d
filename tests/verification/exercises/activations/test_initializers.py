"""The exercises on initializers ask for what the page says."""

import math

import numpy as np
import pytest

from companion import initializers
from companion.verification import check
from companion.verification.exercises.activations.initializers import EXERCISES


def test_the_limit_is_where_our_uniform_initializer_ends():
    w = initializers.VarianceScaling(2.5, "fan_in", "uniform", seed=1)((100, 2000)).numpy()
    limit = EXERCISES["initializers-limit"].truth(2.5, 100)
    assert np.isclose(np.abs(w).max(), limit, rtol=1e-3)


def test_the_truncated_variance_is_that_of_our_initializer():
    w = initializers.TruncatedNormal(stddev=0.5, seed=1)((400_000,)).numpy()
    assert np.isclose(w.var(), EXERCISES["initializers-truncated"].truth(2.0, 0.5), rtol=0.01)


def test_what_was_drawn_again_has_the_truncated_variance():
    numbers = np.random.default_rng(0).normal(scale=2.0, size=1_000_000)
    for c in (0.5, 1.0, 3.0):
        left = numbers[np.abs(numbers) <= 2 * c]
        truth = EXERCISES["initializers-truncated"].truth(c, 2.0)
        assert np.isclose(left.var(), truth, rtol=0.01)


def test_other_ways_to_write_them_pass():
    def by_sums(c, stddev):
        x = (np.arange(20_000) + 0.5) / 20_000 * c
        weight = np.exp(-x * x / 2)
        return stddev**2 * (x * x * weight).sum() / weight.sum()

    def by_counting(shape):
        kernel = np.ones(shape)
        return kernel[..., 0].sum(), kernel[..., 0, :].sum()

    assert check("initializers-truncated", by_sums).passed
    assert check("initializers-fans", by_counting).passed
    assert check("initializers-limit", lambda g, n: math.sqrt(3) * g**0.5 * n**-0.5).passed


@pytest.mark.parametrize(
    ("exercise", "attempt", "hint"),
    [
        ("initializers-limit", lambda g, n: -np.sqrt(3 * g / n), "your numbers are -1 times"),
        ("initializers-limit", lambda g, n: np.sqrt(g / n), "that is the standard deviation"),
        ("initializers-fans", lambda s: (s[-2], s[-1]), "over all places of the window"),
        ("initializers-truncated", lambda c, s: s**2 * math.nan, "nan"),
        (
            "initializers-truncated",
            lambda c, s: s**2 * (1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(2**0.5)),
            "c = ",
        ),
    ],
    ids=["sign", "deviation", "window", "nan", "always at 2"],
)
def test_a_wrong_attempt_is_told_what_is_wrong(exercise, attempt, hint):
    verdict = check(exercise, attempt)
    assert not verdict.passed
    assert hint in repr(verdict)
