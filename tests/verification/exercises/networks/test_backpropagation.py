"""The exercises on backpropagation ask for what the page says."""

import math

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.networks.backpropagation import EXERCISES


def slopes(function, at, step=1e-6):
    moves = step * np.eye(len(at))
    return [(function(*(at + move)) - function(*(at - move))) / (2 * step) for move in moves]


def test_the_weight_that_is_used_twice_has_the_slope_of_the_loss():
    def loss(w, x):
        return (math.tanh(w * math.tanh(w * x)) - 0.7) ** 2 / 2

    found = EXERCISES["backpropagation-twice"].truth(1.3, -0.4, 0.7)
    assert np.allclose(found, slopes(loss, np.array([1.3, -0.4])), rtol=1e-8)


def test_the_gate_has_the_slopes_of_its_outputs():
    random = np.random.default_rng(0)
    shapes = (3, 2), (2, 4), (2, 4)
    parts = [random.normal(size=shape) for shape in shapes]
    gradient = random.normal(size=(3, 4))

    def weighted(*entries):
        x, W, U = (
            np.reshape(part, shape)
            for part, shape in zip(np.split(np.array(entries), [6, 14]), shapes, strict=True)
        )
        return np.sum(gradient * (x @ W) * (x @ U))

    found = EXERCISES["backpropagation-gate"].truth(*parts, gradient)
    expected = slopes(weighted, np.concatenate([part.ravel() for part in parts]))
    assert np.allclose(np.concatenate([part.ravel() for part in found]), expected, atol=1e-7)


def test_the_bound_holds_and_can_be_reached():
    random, truth = np.random.default_rng(1), EXERCISES["backpropagation-bound"].truth
    for _ in range(100):
        W_2, W_3 = random.normal(size=(3, 4)), random.normal(size=(4, 2))
        after, between = random.uniform(0, 0.25, 3), random.uniform(0, 0.25, 4)
        delta = random.normal(size=2)
        left = after * (W_2 @ (between * (W_3 @ delta)))
        assert np.linalg.norm(left) <= truth(W_2, W_3) * np.linalg.norm(delta)
    assert truth(np.diag([8.0, 1.0]), np.diag([4.0, 2.0])) == pytest.approx(2)


def by_forward_mode(w, x, y):
    h_1 = math.tanh(w * x)
    h_2 = math.tanh(w * h_1)
    in_w = (1 - h_2**2) * (h_1 + w * (1 - h_1**2) * x)
    in_x = (1 - h_2**2) * w * (1 - h_1**2) * w
    return (h_2 - y) * in_w, (h_2 - y) * in_x


def by_einsum(x, W, U, gradient):
    first, second = gradient * np.dot(x, U), gradient * np.dot(x, W)
    in_x = np.einsum("nm,dm->nd", first, W) + np.einsum("nm,dm->nd", second, U)
    return [in_x, np.einsum("nd,nm->dm", x, first), np.einsum("nd,nm->dm", x, second)]


def by_singular_values(W_2, W_3):
    return np.prod([np.linalg.svd(W, compute_uv=False)[0] / 4 for W in (W_2, W_3)])


@pytest.mark.parametrize(
    ("name", "attempt"),
    [
        ("backpropagation-twice", by_forward_mode),
        ("backpropagation-gate", by_einsum),
        ("backpropagation-bound", by_singular_values),
    ],
)
def test_a_right_solution_written_another_way_passes(name, attempt):
    assert check(name, attempt).passed


def one_use(w, x, y):
    h_1 = np.tanh(w * x)
    h_2 = np.tanh(w * h_1)
    delta_1 = (h_2 - y) * (1 - h_2**2) * w * (1 - h_1**2)
    return delta_1 * x, delta_1 * w


def divided_by_w(w, x, y):
    in_w, in_x = by_forward_mode(w, x, y)
    return in_w, in_x / w * w


def swapped_slopes(w, x, y):
    h_1 = math.tanh(w * x)
    h_2 = math.tanh(w * h_1)
    in_h_1 = (h_2 - y) * (1 - h_1**2)
    in_u_1 = in_h_1 * w * (1 - h_2**2)
    return in_h_1 * h_1 + in_u_1 * x, in_u_1 * w


def no_transpose(x, W, U, gradient):
    first, second = gradient * (x @ U), gradient * (x @ W)
    return first @ W + second @ U, x @ first, x @ second


@pytest.mark.parametrize(
    ("name", "attempt", "words"),
    [
        ("backpropagation-twice", one_use, "hint: w is used twice, and both uses add up"),
        (
            "backpropagation-twice",
            lambda *given: by_forward_mode(*given)[::-1],
            "hint: the results should come in the order gradient_w, gradient_x",
        ),
        (
            "backpropagation-gate",
            lambda x, W, U, g: (g * (x @ U) @ W.T, x.T @ (g * (x @ U)), x.T @ (g * (x @ W))),
            "hint: x is used twice, and both uses add up; the one in xU is missing",
        ),
        ("backpropagation-gate", no_transpose, "ValueError"),
        (
            "backpropagation-gate",
            lambda x, *given: [part / len(x) for part in by_einsum(x, *given)],
            "hint: no mean in this layer: the loss has divided by n already",
        ),
        (
            "backpropagation-gate",
            lambda *given: [by_einsum(*given)[at] for at in (1, 2, 0)],
            "hint: the results should come in the order gradient_x, gradient_W, gradient_U",
        ),
        (
            "backpropagation-gate",
            lambda *given: [
                part / half for part, half in zip(by_einsum(*given), (2, 1, 1), strict=True)
            ],
            "hint: the two uses of x add up; a mean is half of that",
        ),
        ("backpropagation-twice", divided_by_w, "w = 0"),
        ("backpropagation-twice", swapped_slopes, "hint: the slopes are swapped"),
        (
            "backpropagation-bound",
            lambda W_2, W_3: np.linalg.norm(W_2 @ W_3, 2) / 16,
            "hint: slopes stand between the two matrices",
        ),
        (
            "backpropagation-bound",
            lambda W_2, W_3: np.linalg.norm(W_2) / 4 * np.linalg.norm(W_3) / 4,
            "hint: np.linalg.norm alone is the root of all squares",
        ),
        ("backpropagation-bound", lambda W_2, W_3: np.nan, "nan"),
    ],
)
def test_a_wrong_attempt_is_explained(name, attempt, words):
    verdict = check(name, attempt)
    assert not verdict.passed
    assert words in repr(verdict)
