"""The exercises on RMSProp ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.optimizers.rmsprop import EXERCISES


def test_the_step_is_that_of_the_reference():
    theta, v, expected, state = 0.7, 0.0, 0.7, None
    for gradient in (1.0, -2.0, 0.0, 0.5):
        theta, v = EXERCISES["rmsprop-step"].truth(theta, gradient, v, 0.1, 0.9, 1e-7)
        expected, state = reference.optimizers.rmsprop(expected, gradient, state, learning_rate=0.1)
        assert np.allclose((theta, v), (expected, state["v"]))


def test_the_centered_update_is_mean_of_squares_less_square_of_mean():
    m = v = square = 0.0
    for gradient in (1.0, 3.0, -2.0, 0.5):
        m, v = EXERCISES["rmsprop-centered"].truth(gradient, m, v, 0.75)
        square = 0.75 * square + 0.25 * gradient**2
        assert np.isclose(v, square - m**2)


def test_the_length_is_that_of_a_late_step_under_a_constant_gradient():
    inside, _ = EXERCISES["rmsprop-epsilon"].truth(np.array([-0.25]), 1e-2)
    theta, state = 0.0, None
    for _ in range(300):
        before = theta
        theta, state = reference.optimizers.rmsprop(
            theta, -0.25, state, learning_rate=1.0, epsilon=1e-2
        )
    assert np.isclose(theta - before, inside[0])


def test_other_ways_to_write_them_pass():
    def step(p, g, v, rate, rho, epsilon):
        v = v + (1 - rho) * (g * g - v)
        return p - rate * g * (v + epsilon) ** -0.5, v

    def centered(g, m, v, rho):
        away = g - m
        return m + (1 - rho) * away, rho * (v + (1 - rho) * away * away)

    def lengths(g, epsilon):
        return np.abs(g / np.hypot(g, np.sqrt(epsilon))), np.abs(g) / (np.abs(g) + epsilon)

    assert check("rmsprop-step", step).passed
    assert check("rmsprop-centered", centered).passed
    assert check("rmsprop-epsilon", lengths).passed


def late(g, m, v, rho):
    m = rho * m + (1 - rho) * g
    return m, rho * v + (1 - rho) * (g - m) ** 2


def by_difference(g, m, v, rho):
    square = rho * (v + m * m) + (1 - rho) * g * g
    m = rho * m + (1 - rho) * g
    return m, square - m * m


@pytest.mark.parametrize(
    ("exercise", "attempt", "words"),
    [
        ("rmsprop-centered", late, "the factor rho has to go"),
        ("rmsprop-centered", by_difference, "two large squares lose their digits"),
        (
            "rmsprop-centered",
            lambda *arguments: EXERCISES["rmsprop-centered"].truth(*arguments)[::-1],
            "the results should come in the order m, v",
        ),
        (
            "rmsprop-step",
            lambda p, g, v, rate, rho, e: (p - rate * g / np.sqrt(v + e), v),
            "v has to be renewed",
        ),
        (
            "rmsprop-step",
            lambda p, g, v, rate, rho, e: p - rate * g / np.sqrt(rho * v + (1 - rho) * g**2 + e),
            "not (parameter, v)",
        ),
        (
            "rmsprop-epsilon",
            lambda g, e: (g / np.sqrt(g**2 + e), g / (np.abs(g) + e)),
            "a length is not negative",
        ),
        (
            "rmsprop-epsilon",
            lambda g, e: (g / np.hypot(g, e**0.5), g / (g + e)),
            "take the absolute value of the gradient first",
        ),
        (
            "rmsprop-centered",
            lambda g, m, v, rho: (
                m + (1 - rho) * (g - m),
                rho * v + (1 - rho) ** 2 * (g - m) ** 2,
            ),
            "the factor is rho (1 - rho), not (1 - rho)²",
        ),
        (
            "rmsprop-centered",
            lambda g, m, v, rho: (
                m + (1 - rho) * (g - m),
                rho * (v + (1 - rho) * (g * g - 2 * g * m + m * m)),
            ),
            "do not expand it",
        ),
        (
            "rmsprop-step",
            lambda p, g, v, rate, rho, e: (
                p - rate * g / np.sqrt(rho * v + (1 - rho) * g**2 + e),
                rho * v + (1 - rho) * g**2 + e,
            ),
            "the v that goes back is without it",
        ),
        (
            "rmsprop-step",
            lambda p, g, v, rate, rho, e: (
                p - rate * abs(g) / np.sqrt(rho * v + (1 - rho) * g**2 + e),
                rho * v + (1 - rho) * g**2,
            ),
            "its absolute value has lost the sign",
        ),
    ],
)
def test_a_wrong_attempt_is_explained(exercise, attempt, words):
    verdict = check(exercise, attempt)
    assert not verdict.passed
    assert words in repr(verdict)
