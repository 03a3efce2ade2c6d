"""The exercises on softmax regression ask for what the page says."""

import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.networks.softmax import EXERCISES

TRUTH = {name.partition("-")[2]: row.truth for name, row in EXERCISES.items()}


@pytest.fixture
def model():
    generator = np.random.default_rng(0)
    x, W, b = (generator.normal(size=shape) for shape in ((5, 4), (4, 3), (3,)))
    return x, np.array([0, 2, 1, 1, 0]), W, b


def mean_loss(x, labels, W, b):
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, x @ W + b)
    return tf.reduce_mean(loss)


def test_the_gradient_is_that_of_a_tape(model):
    x, labels, W, b = model
    parameters = tf.Variable(W), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = mean_loss(x, labels, *parameters)
    pairs = zip(TRUTH["gradient"](*model), tape.gradient(loss, parameters), strict=True)
    for ours, theirs in pairs:
        assert np.allclose(ours, theirs, rtol=1e-12)


def test_the_curvature_is_a_second_difference(model):
    x, labels, W, _ = model
    D = np.random.default_rng(1).normal(size=W.shape)
    before, here, after = (float(mean_loss(x, labels, W + h * D, 0)) for h in (-1e-4, 0, 1e-4))
    assert np.isclose(TRUTH["curvature"](x, W, D), (after - 2 * here + before) / 1e-8, rtol=1e-5)


def test_without_the_last_column_the_probabilities_are_the_same(model):
    x, _, W, b = model
    W_new, b_new = TRUTH["columns"](W, b)
    assert not W_new[:, -1].any()
    assert b_new[-1] == 0
    assert np.allclose(tf.nn.softmax(x @ W_new + b_new), tf.nn.softmax(x @ W + b), rtol=1e-12)


def test_a_tape_passes_as_a_gradient():
    def by_tape(x, labels, W, b):
        W, b = tf.Variable(W), tf.Variable(b)
        with tf.GradientTape() as tape:
            loss = mean_loss(x, labels, W, b)
        return tape.gradient(loss, (W, b))

    assert check("softmax_regression-gradient", by_tape).passed


def test_the_jacobian_itself_passes_as_a_curvature():
    def by_matrix(x, W, D):
        total = 0.0
        for row in x:
            z, u = row @ W, row @ D
            p = np.exp(z - z.max())
            p /= p.sum()
            total += u @ (np.diag(p) - np.outer(p, p)) @ u
        return total / len(x)

    assert check("softmax_regression-curvature", by_matrix).passed


def test_the_last_column_can_be_taken_away_by_a_product():
    def by_product(W, b):
        matrix = np.eye(len(b))
        matrix[-1] -= 1
        return W @ matrix, b @ matrix

    assert check("softmax_regression-columns", by_product).passed


def test_an_overflow_is_explained():
    def as_typed(x, labels, W, b):
        p = np.exp(x @ W + b)
        p = p / p.sum(axis=1, keepdims=True) - np.eye(len(b))[labels]
        return x.T @ p / len(x), p.mean(axis=0)

    verdict = repr(check("softmax_regression-gradient", as_typed))
    assert "overflows: take the row's largest logit away first" in verdict


def test_a_mean_square_is_not_a_variance():
    def mean_square(x, W, D):
        p = np.array(tf.nn.softmax(x @ W))
        return np.mean(np.sum(p * (x @ D) ** 2, axis=1))

    verdict = repr(check("softmax_regression-curvature", mean_square))
    assert "its mean is to be taken away first" in verdict


def test_a_column_set_to_zero_is_explained():
    def zeroed(W, b):
        return W * [*[1.0] * (len(b) - 1), 0.0], b * [*[1.0] * (len(b) - 1), 0.0]

    verdict = repr(check("softmax_regression-columns", zeroed))
    assert "changes the probabilities" in verdict


@pytest.mark.parametrize(
    ("largest", "hint"),
    [
        (lambda z: z.max(), "not the batch's"),
        (lambda z: z.max(axis=0), "not each column's"),
    ],
)
def test_the_largest_logit_of_another_row_is_explained(largest, hint):
    def shifted(x, labels, W, b):
        z = x @ W + b
        p = np.exp(z - largest(z))
        p = p / p.sum(axis=1, keepdims=True) - np.eye(len(b))[labels]
        return x.T @ p / len(x), p.mean(axis=0)

    assert hint in repr(check("softmax_regression-gradient", shifted))


def test_a_mean_over_the_classes_is_explained():
    def mean_of_all(x, W, D):
        p, u = np.array(tf.nn.softmax(x @ W)), x @ D
        mean = np.sum(p * u, axis=1, keepdims=True)
        return np.mean(p * (u - mean) ** 2)

    verdict = repr(check("softmax_regression-curvature", mean_of_all))
    assert "the mean over the batch alone" in verdict


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (lambda W, b: (W - W[:, -1], b - b[-1]), "W[:, -1:] stays a column"),
        (lambda W, b: (W - W[:, -1:], np.append(b[:-1], 0)), "away from every bias"),
    ],
)
def test_a_row_in_place_of_a_column_and_a_bias_set_to_zero_are_explained(attempt, hint):
    assert hint in repr(check("softmax_regression-columns", attempt))
