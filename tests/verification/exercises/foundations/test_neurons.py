"""The exercises on neurons ask for what the page says."""

import itertools

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.foundations.neurons import EXERCISES


def hint_to(name, attempt):
    """What the checker tells of an attempt that is wrong."""
    verdict = check(name, attempt)
    assert not verdict.passed
    return repr(verdict).partition("hint: ")[2]


def by_loops(x, W, b):
    y = np.zeros((len(x), len(b)))
    for r, j in np.ndindex(y.shape):
        total = b[j]
        for i in range(len(W)):
            total += x[r, i] * W[i, j]
        y[r, j] = total if total > 0 else 0.0
    return y


def by_einsum(x, W, b):
    z = np.einsum("ni,io->no", x, W) + b
    return z * (z > 0)


def with_ones(x, W, b):
    return np.maximum(np.hstack([x, np.ones((len(x), 1))]) @ np.vstack([W, b]), 0)


@pytest.mark.parametrize("layer", [by_loops, by_einsum, with_ones])
def test_every_way_to_a_layer_passes(layer):
    assert check("neurons-layer", layer).passed


@pytest.mark.parametrize(
    ("layer", "hint"),
    [
        (lambda x, W, b: x @ W + b, "ReLU is missing"),
        (lambda x, W, b: np.maximum(x @ W.T + b, 0), "a column for each neuron, not a row"),
        (lambda x, W, b: np.maximum(x @ W + b[:, None], 0), "the bias belongs to the units"),
        (lambda x, W, b: np.maximum(x @ W, 0) + b, "the bias comes before the activation"),
        (lambda x, W, b: np.maximum((x[:, :, None] * W + b).sum(1), 0), "the bias is added once"),
        (lambda x, W, b: np.maximum(x @ W + b, 0).T, "the samples stay the rows"),
    ],
)
def test_a_wrong_layer_is_explained(layer, hint):
    assert hint in hint_to("neurons-layer", layer)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x, W, b: (x @ W + b)[0],
        lambda x, W, b: np.full((len(x), len(b)), np.nan),
        lambda x, W, b: np.exp(1000 * np.abs(x @ W + b)),
        lambda x, W, b: None,
    ],
)
def test_what_is_no_layer_does_not_pass(layer):
    assert not check("neurons-layer", layer).passed


def test_the_network_of_the_page_costs_what_the_page_says():
    cost = EXERCISES["neurons-cost"].truth
    assert cost([784, 256, 256, 10], 1) == (269_322, 537_600, 522)
    assert cost([784, 256, 256, 10], 128)[2] * 4 == 267_264


def unit_by_unit(widths, batch):
    parameters = operations = kept = 0
    for before, after in itertools.pairwise(widths):
        for _ in range(after):
            parameters += before + 1
            operations += before + (before - 1) + 1
            kept += 1
    return [parameters, operations * batch, kept * batch]


def test_counting_one_by_one_passes():
    assert check("neurons-cost", unit_by_unit).passed


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda w, n, N, F, k: (N - sum(w[1:]), F, k), "every unit has a bias as well"),
        (lambda w, n, N, F, k: (N, F / 2, k), "a product and an addition"),
        (lambda w, n, N, F, k: (N, 2 * N * n, k), "takes k - 1 additions"),
        (lambda w, n, N, F, k: (N, F - sum(w[1:]) * n, k), "the addition of the bias"),
        (lambda w, n, N, F, k: (N, F + sum(w[1:-1]) * n, k), "the activations are left out"),
        (lambda w, n, N, F, k: (F // (2 * n) + len(w) - 1, F, k), "not every layer"),
        (lambda w, n, N, F, k: (N, F, sum(w) * n), "the input is no layer"),
        (lambda w, n, N, F, k: (N, F, sum(w[1:-1]) * n), "the last layer has outputs as well"),
        (lambda w, n, N, F, k: (k, F, N), ""),
    ],
)
def test_a_wrong_count_is_explained(change, hint):
    truth = EXERCISES["neurons-cost"].truth
    assert hint in hint_to("neurons-cost", lambda w, n: change(w, n, *truth(w, n)))


def by_two_equations(p, q):
    """The normal by its angle, and the bias from the other point."""
    angle = np.arctan2(q[1] - p[1], q[0] - p[0]) + np.pi / 2
    w = [np.cos(angle), np.sin(angle)]
    return w, -(w[0] * q[0] + w[1] * q[1])


def by_the_determinant(p, q):
    (a, b), (c, d) = p, q
    length = np.hypot(c - a, d - b)
    return np.array([b - d, c - a]) / length, (a * d - b * c) / length


@pytest.mark.parametrize("half_plane", [by_two_equations, by_the_determinant])
def test_every_way_to_a_half_plane_passes(half_plane):
    assert check("neurons-half-plane", half_plane).passed


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda p, q, w, b: (-w, -b), "that is positive on the right"),
        (lambda p, q, w, b: (w, p @ w), "the sign of b"),
        (lambda p, q, w, b: (w * np.hypot(*(q - p)), b * np.hypot(*(q - p))), "not the distance"),
        (lambda p, q, w, b: (w, 0.0), "b is missing"),
        (lambda p, q, w, b: (w / np.hypot(*(q - p)), b / np.hypot(*(q - p))), "not by its square"),
        (lambda p, q, w, b: ([-w[0], w[1]], w[0] * p[0] - w[1] * p[1]), "a sign in w"),
    ],
)
def test_a_wrong_half_plane_is_explained(change, hint):
    truth = EXERCISES["neurons-half-plane"].truth
    assert hint in hint_to("neurons-half-plane", lambda p, q: change(p, q, *truth(p, q)))


def by_the_slope(p, q):
    """Right unless the line is upright."""
    run, rise = q - p
    slope = rise / run if run else 0.0
    w = np.sign(run) * np.array([-slope, 1.0]) / np.hypot(slope, 1.0)
    return w, -(w @ p)


def test_upright_lines_are_tried():
    assert not check("neurons-half-plane", by_the_slope).passed


def test_the_sum_is_the_distance_to_the_left():
    w, b = EXERCISES["neurons-half-plane"].truth(np.array([0.0, 1.0]), np.array([4.0, 1.0]))
    assert np.isclose(np.array([7.0, 3.5]) @ w + b, 2.5)
