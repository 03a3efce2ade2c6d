"""The exercises on gradient descent ask for what the page says."""

import math

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.optimizers.gradient_descent import EXERCISES

TRUTH = {name.partition("-")[2]: row.truth for name, row in EXERCISES.items()}
RANDOM = np.random.default_rng(0)


def test_the_largest_rate_is_where_descent_stops_to_converge():
    x = RANDOM.normal(size=(20, 3))
    limit = TRUTH["largest-rate"](x)
    for rate, converges in ((0.999 * limit, True), (1.001 * limit, False)):
        error = np.ones(3)
        for _ in range(20_000):
            error = error - rate * 2 / len(x) * x.T @ (x @ error)
        assert bool(np.linalg.norm(error) < 1) is converges


@pytest.mark.parametrize(("kappa", "tolerance"), [(10.0, 1e-3), (100.0, 0.01), (278.0, 1e-6)])
def test_so_many_steps_are_needed(kappa, tolerance):
    steps = math.ceil(TRUTH["steps"](kappa, tolerance))
    rate = 2 / (1 + kappa)
    after = np.abs(1 - rate * np.array([1.0, kappa])) ** np.array([[steps - 1], [steps]])
    assert np.all(after[0] > tolerance)
    assert np.all(after[1] <= tolerance * (1 + 1e-9))


def test_the_directions_are_counted_whatever_the_turn_and_the_unit():
    turn, _ = np.linalg.qr(RANDOM.normal(size=(4, 4)))
    for unit in (1e-20, 1.0, 1e20):
        hessian = unit * turn @ np.diag([-3.0, 0.0, 0.01, 2.0]) @ turn.T
        assert TRUTH["classify"]((hessian + hessian.T) / 2) == (1, 1, 2)
    assert TRUTH["classify"](np.zeros((2, 2))) == (0, 2, 0)
    assert TRUTH["classify"](np.array([[1.0, 2.0], [2.0, 1.0]])) == (1, 0, 1)


def test_other_ways_pass():
    def by_rank(hessian):
        rank = np.linalg.matrix_rank(hessian, hermitian=True)
        n = len(hessian)
        largest = np.sort(np.linalg.eigvalsh(hessian))
        largest = largest[np.argsort(-np.abs(largest))][:rank]
        return int(np.sum(largest < 0)), n - rank, int(np.sum(largest > 0))

    def by_norm(x):
        return len(x) / np.linalg.norm(x, 2) ** 2

    def by_artanh(kappa, tolerance):
        return math.log(1 / tolerance) / (2 * math.atanh(1 / kappa))

    assert check("gradient_descent-classify", by_rank).passed
    assert check("gradient_descent-largest-rate", by_norm).passed
    assert check("gradient_descent-steps", by_artanh).passed


def counted(hessian, zero):
    bends = np.linalg.eigvalsh(hessian)
    down, up = np.sum(bends < -zero), np.sum(bends > zero)
    return down, len(bends) - down - up, up


@pytest.mark.parametrize(
    ("exercise", "attempt", "told"),
    [
        ("largest-rate", lambda x: 2 / np.linalg.eigvalsh(x.T @ x / len(x))[-1], "brings a 2"),
        ("largest-rate", lambda x: 1 / np.linalg.eigvals(x @ x.T).real.max(), "has a 1/n"),
        ("largest-rate", lambda x: len(x) / np.linalg.eigvalsh(x.T @ x), "the shape is"),
        ("largest-rate", lambda x: 2 / np.linalg.eigvals(2 * x.T @ x / len(x))[-1], "not sort"),
        ("steps", lambda k, e: np.log(e) / np.log((k - 1) / (k + 1)), "log1p"),
        ("steps", lambda k, e: np.log(e) / (np.log(k - 1) - np.log(k + 1)), "log1p"),
        ("steps", lambda k, e: np.log(e) / np.log(1 - 1 / k), "rounds to 1"),
        ("steps", lambda k, e: int(-np.log(e) / np.log1p(2 / (k - 1))), "not cut"),
        ("steps", lambda k, e: math.log(e) / math.log((k - 1) / (k + 1)), "log1p"),
        ("steps", lambda k, e: np.log(1 / e) * k / 2, "upper bound"),
        ("classify", lambda h: tuple(np.sum(np.sign(np.diag(h)) == s) for s in (-1, 0, 1)), "axes"),
        ("classify", lambda h: EXERCISES["gradient_descent-classify"].truth(h)[::-1], "order"),
        ("classify", lambda h: counted(h, 1e-9 * np.linalg.eigvalsh(h)[-1]), "largest in size"),
        ("classify", lambda h: np.linalg.det(h), "not (down, flat, up)"),
    ],
)
def test_a_wrong_attempt_is_told_why(exercise, attempt, told):
    verdict = check(f"gradient_descent-{exercise}", attempt)
    assert not verdict.passed
    assert told in repr(verdict)
