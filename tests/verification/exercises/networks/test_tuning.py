"""The exercises on tuning ask for what the page says."""

import itertools
import math

import numpy as np

from companion.verification import check
from companion.verification.exercises.networks.tuning import EXERCISES


def test_as_far_in_time():
    needed = EXERCISES["tuning-epochs"].truth
    assert needed(0.1, 20, 0.01) == 200
    assert needed(0.01, 200, 0.1) == 20
    assert needed(0.3, 10, 0.1) == 30  # 0.3 * 10 / 0.1 is more than 30 in floats
    assert needed(0.1, 7, 0.3) == 3


def test_the_error_of_a_difference_is_that_of_its_mean_over_images():
    rng = np.random.default_rng(0)
    right = rng.integers(0, 2, size=(2, 50))
    drawn = rng.integers(0, 50, size=(20_000, 50))  # other test images, as often as we like
    differences = (right[0] - right[1])[drawn].mean(axis=1)
    assert np.isclose(EXERCISES["tuning-paired"].truth(*right), differences.std(), rtol=0.02)
    assert EXERCISES["tuning-paired"].truth(right[0], right[0]) == 0


def test_the_best_is_the_mean_over_all_ways_to_draw():
    values = np.array([0.9, 0.5, 0.5, 0.7])
    for draws in (1, 2, 5):
        largest = [max(chosen) for chosen in itertools.product(values, repeat=draws)]
        assert np.isclose(EXERCISES["tuning-luck"].truth(values, draws), np.mean(largest))


def test_another_way_to_write_it_is_right_and_slips_are_named():
    def needed(rate, epochs, new_rate):
        return next(k for k in range(1, 10**6) if k * new_rate > rate * epochs - 1e-9)

    def error(a, b):
        p, q, n = np.mean(a), np.mean(b), len(a)
        common = np.mean(np.asarray(a) * b) - p * q
        return math.sqrt(max(p * (1 - p) + q * (1 - q) - 2 * common, 0) / n)

    def best(values, draws):
        return sum(
            v * (np.mean(values <= v) ** draws - np.mean(values < v) ** draws)
            for v in np.unique(values)
        )

    assert check("tuning-epochs", needed).passed
    assert check("tuning-paired", error).passed
    assert check("tuning-luck", best).passed
    floor = check("tuning-epochs", lambda a, n, b: int(a * n / b + 1e-9))
    assert "round up" in repr(floor)
    hair = check("tuning-epochs", lambda a, n, b: math.ceil(a * n / b))
    assert "a hair above 30" in repr(hair)
    for digits in (0, 1, 2):
        coarse = check("tuning-epochs", lambda a, n, b, d=digits: math.ceil(round(a * n / b, d)))
        assert not coarse.passed
    assert "a real part of an epoch" in repr(coarse)
    turned = check("tuning-epochs", lambda a, n, b: needed(b, n, a))
    assert "fewer epochs, not more" in repr(turned)
    alone = check("tuning-paired", lambda a, b: np.sqrt((np.var(a) + np.var(b)) / len(a)))
    assert "images of its own" in repr(alone)
    wide = check("tuning-paired", lambda a, b: np.std(a - b))
    assert "steadier" in repr(wide)
    sample = check("tuning-paired", lambda a, b: np.std(a - b, ddof=1) / math.sqrt(len(a)))
    assert not sample.passed
    shaped = check("tuning-paired", lambda a, b: (a - b) / len(a))
    assert "the shape is" in repr(shaped)
    assert "only sometimes" in repr(check("tuning-luck", lambda values, draws: max(values)))
    unsorted = check(
        "tuning-luck",
        lambda v, m: v @ np.diff((np.arange(len(v) + 1) / len(v)) ** m),
    )
    assert "in order first" in repr(unsorted)
    lowest = check("tuning-luck", lambda v, m: -best(-v, m))
    assert "mean of the smallest" in repr(lowest)
