"""The exercises on why a non-linearity is needed accept every right answer."""

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.activations.nonlinearity import EXERCISES

ONES = np.ones((3, 3))
THREE_BENDS = (ONES, np.array([0.0, -1.0, -2.0]), np.array([[1.0], [-2.0], [2.0]]), np.zeros(1))


def test_the_merged_layer_computes_what_the_two_compute():
    random = np.random.default_rng(0)
    x, w1, b1, w2, b2 = (random.normal(size=s) for s in [(7, 4), (4, 3), 3, (3, 2), 2])
    w, b = EXERCISES["nonlinearity-collapse"].truth(w1, b1, w2, b2)
    assert np.allclose(x @ w + b, (x @ w1 + b1) @ w2 + b2)


def test_merging_can_be_written_without_matrix_products():
    def by_probing(w1, b1, w2, b2):
        def both(x):
            return np.einsum("h,ho->o", np.einsum("i,ih->h", x, w1) + b1, w2) + b2

        bias = both(np.zeros(len(w1)))
        return np.array([both(unit) - bias for unit in np.eye(len(w1))]), bias

    assert check("nonlinearity-collapse", by_probing).passed


def test_biases_that_skip_the_second_layer_are_noticed():
    verdict = check("nonlinearity-collapse", lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2))
    assert not verdict.passed
    verdict = check("nonlinearity-collapse", lambda w1, b1, w2, b2: (w1 @ w2, b2))
    assert repr(verdict).endswith("hint: the first biases are lost.")


def one_unit_for_each_point():
    """Four units, each on at one of the four points with an odd number of ones."""
    odd = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    w1 = (2 * odd - 1).T
    return w1, 1 - odd.sum(axis=1), np.ones((4, 1)), [0]


def turned_around():
    """From three ones down, with units that do nothing."""
    w1 = -np.ones((3, 5))
    return w1, [3, 2, 1, -1, -9], [[-1.0], [2.0], [-2.0], [7.0], [7.0]], [1.0]


@pytest.mark.parametrize("weights", [THREE_BENDS, one_unit_for_each_point(), turned_around()])
def test_any_network_that_computes_parity_passes(weights):
    verdict = check("nonlinearity-parity", weights)
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((ONES[:, :2], [0, -1], [[1], [-2]], [0]), "at three ones the line is to rise again"),
        ((ONES, [0, -1, -2], [[1], [-2], [1]], [0]), "right up to two ones"),
        ((ONES[:, :1], [0], [[1]], [0]), "at two ones the line is to fall"),
        ((ONES, [0, -1, -2], [[-1], [2], [-2]], [1]), "that is the opposite"),
        ((0 * ONES, [0, 0, 0], [[1], [-2], [2]], [0]), "is a hidden unit ever above 0"),
        ((ONES.T[:2], [0, -1, -2], [[1], [-2], [2]], [0]), "w1 has the shape (2, 3)"),
        ((ONES, [0, -1, -2], [1, -2, 2], [0]), "w2 has the shape (3,) and should have (3, 1)"),
        ((ONES, [0, -1, -2], [[1], [-2], [2]], 0), "b2 has the shape ()"),
        (THREE_BENDS[:3], "should be the weights (w1, b1, w2, b2)"),
        ((np.nan * ONES, *THREE_BENDS[1:]), "came:         output = nan"),
        (3.0, "should be the weights (w1, b1, w2, b2)"),
        (None, "nothing came back yet"),
    ],
)
def test_a_network_that_does_not_is_told_why(weights, words):
    verdict = check("nonlinearity-parity", weights)
    assert not verdict.passed
    assert words in repr(verdict)


@pytest.mark.parametrize(
    "numbers",
    [
        [1, -1, 0, 1, 0],
        [-1, 1, 0, 1, 0],
        (2, 2, -2, -0.25, 1),  # the middle between none and two
        np.array([0.1, -0.1, 0, 100, 0]),
    ],
)
def test_any_unit_that_squares_and_computes_exclusive_or_passes(numbers):
    verdict = check("nonlinearity-square", numbers)
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([1, 1, 0, 1, 0], "both inputs at once should give 0"),
        ([1, 1, -1, 1, 0], "that is the opposite"),
        ([1, -1, 0, -1, 0], "turn that of v"),
        ([1, -1, 0, 2, 0], "should come"),
        ([1, -1, 0, 1, -1], "right but for a constant"),
        ([0, 0, 0, 0, 0.5], "the best without a bend"),
        ([1, -1, 0, 1], "should be the five numbers [w_1, w_2, b, v, c]"),
        ([np.nan, -1, 0, 1, 0], "came:         output = nan"),
        ("xor", "should be the five numbers"),
        (None, "nothing came back yet"),
    ],
)
def test_a_unit_that_does_not_is_told_why(numbers, words):
    verdict = check("nonlinearity-square", numbers)
    assert not verdict.passed
    assert words in repr(verdict)


@pytest.mark.parametrize("name", ["nonlinearity-parity", "nonlinearity-square"])
def test_every_slip_of_a_network_is_wrong_somewhere_and_like_no_other(name):
    row = EXERCISES[name]
    bits = 3 if name.endswith("parity") else 2
    points = [np.array(p, float) for p in np.ndindex(*[2] * bits)]
    seen = [tuple(float(f(p)) for p in points) for f in [row.truth, *row.slips.values()]]
    assert len(set(seen)) == len(seen)
