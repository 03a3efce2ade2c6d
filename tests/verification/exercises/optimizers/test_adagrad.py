"""The exercises on AdaGrad ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.optimizers.adagrad import EXERCISES


def test_a_step_is_that_of_the_reference():
    parameter, state = reference.optimizers.adagrad(
        2.0, 3.0, {"s": 7.0}, learning_rate=0.5, epsilon=0.25
    )
    assert EXERCISES["adagrad-step"].truth(2.0, 3.0, 7.0, 0.5, 0.25) == (parameter, state["s"])


def test_no_fixed_point_has_a_lower_loss_than_the_regret_says():
    slopes, positions = np.array([3.0, -1.0, -1.0, 0.5]), np.array([0.0, -1.0, 1.0, 0.2])
    points = np.linspace(-1, 1, 2001)
    regrets = np.sum(slopes * positions) - points * np.sum(slopes)
    assert np.isclose(EXERCISES["adagrad-regret"].truth(slopes, positions), regrets.max())


def test_the_distance_is_the_way_of_the_reference():
    theta, state = 0.0, None
    for _ in range(50):
        options = {"learning_rate": 0.3, "initial_accumulator_value": 0.2, "epsilon": 0.0}
        theta, state = reference.optimizers.adagrad(theta, -2.0, state, **options)
    assert np.isclose(EXERCISES["adagrad-distance"].truth(-2.0, 50, 0.3, 0.2), theta)


def test_another_way_to_write_the_step_passes():
    def another(p, g, s, rate, epsilon):
        s = np.add(s, np.square(g))
        return p - rate * g * (s + epsilon) ** -0.5, s

    assert check("adagrad-step", another).passed


def test_another_way_to_find_the_best_point_passes():
    def by_the_ends(slopes, positions):
        return max(slopes @ (positions - 1), slopes @ (positions + 1))

    assert check("adagrad-regret", by_the_ends).passed


def test_a_loop_over_the_steps_passes():
    def by_loop(gradient, steps, learning_rate, s_0):
        distance = 0.0
        for _ in range(steps):
            s_0 += gradient * gradient
            distance += abs(learning_rate * gradient) / s_0**0.5
        return distance

    assert check("adagrad-distance", by_loop).passed


@pytest.mark.parametrize(
    ("name", "attempt", "words"),
    [
        (
            "adagrad-step",
            lambda p, g, s, rate, e: (p - rate * g / ((s + g**2) ** 0.5 + e), s + g**2),
            "PyTorch's form",
        ),
        ("adagrad-step", lambda p, g, s, rate, e: (p * np.nan, s + g**2), "nan"),
        ("adagrad-step", lambda p, g, s, rate, e: p, "not (parameter, s)"),
        ("adagrad-regret", lambda g, x: g * x + np.abs(np.sum(g)), "the shape is"),
        ("adagrad-regret", lambda g, x: g @ x - min(g), "not right yet"),
        ("adagrad-regret", lambda g, x: g @ x - min(x * sum(g)), "not only one that was played"),
        ("adagrad-regret", lambda g, x: abs(g * x).sum() + abs(g.sum()), "keep their signs"),
        ("adagrad-distance", lambda g, n, rate, s: 2 * rate * n**0.5, "the estimate 2 η √t"),
        (
            "adagrad-distance",
            lambda g, n, rate, s: 2 * rate * ((s / g**2 + n) ** 0.5 - (s / g**2) ** 0.5),
            "the bound from the lemma",
        ),
        (
            "adagrad-distance",
            lambda g, n, rate, s: rate * sum((s + g**2 * t) ** -0.5 for t in range(1, n + 1)),
            "the gradient itself is missing",
        ),
        ("adagrad-distance", lambda g, n, rate, s: rate * g / s, "not right yet"),
    ],
)
def test_a_wrong_attempt_is_explained(name, attempt, words):
    verdict = check(name, attempt)
    assert not verdict.passed
    assert words in repr(verdict)
