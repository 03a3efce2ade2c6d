"""The exercises on asymmetric costs ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.losses.asymmetric import EXERCISES


def test_the_asymmetric_gradient_is_that_of_the_cost():
    y_true, y_pred = np.random.default_rng(0).normal(size=(2, 5))
    truth, h = EXERCISES["asymmetric-gradient"].truth(y_true, y_pred, 4.0, 1.0), 1e-6
    for i, step in enumerate(h * np.eye(5)):
        below, above = (
            reference.losses.asymmetric_cost(y_true, y_pred + s, 4.0, 1.0)[0] for s in (-step, step)
        )
        assert truth[i] == pytest.approx((above - below) / (2 * h))


def test_an_asymmetric_gradient_that_goes_wrong_only_at_the_kink_is_told_so():
    verdict = check("asymmetric-gradient", lambda y, p, a, b: np.where(p >= y, b, -a) / y.size)
    assert "y_true = [0]" in repr(verdict)
    assert repr(verdict).endswith(
        "hint: where the prediction is exactly right the pull is 0, not over."
    )


def test_the_cakes_of_the_exercise_earn_most():
    asked = np.array([30, 12, 18, 41, 25, 22, 15])
    earned = [
        np.mean(3.5 * np.minimum(m, asked) + 0.5 * np.maximum(m - asked, 0) - m) for m in range(60)
    ]
    assert np.argmax(earned) == EXERCISES["asymmetric-order"].truth


def test_the_best_constant_is_the_smallest_with_the_smallest_cost():
    truth = EXERCISES["asymmetric-constant"].truth
    assert truth(np.array([3.0, 1.0, 2.0, 4.0]), 1.0, 1.0) == 2.0
    assert truth(np.array([3.0, 1.0, 2.0, 4.0]), 3.0, 1.0) == 3.0
    by_quantile = check(
        "asymmetric-constant",
        lambda y, under, over: np.quantile(y, under / (under + over), method="inverted_cdf"),
    )
    assert by_quantile.passed


def test_a_best_constant_that_is_not_a_number_or_too_many_is_told_so():
    broken = check("asymmetric-constant", lambda y, under, over: np.float64(np.nan))
    assert "came:         constant = nan" in repr(broken)
    several = check("asymmetric-constant", lambda y, under, over: y)
    assert "the shape is (1,) and should be ()." in repr(several)
