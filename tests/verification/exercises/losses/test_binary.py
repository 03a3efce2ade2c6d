"""The exercises on binary cross-entropy ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import weighted_cross_entropy_with_logits
from companion.verification import check
from companion.verification.exercises.losses.binary import EXERCISES


def test_the_logistic_gradient_is_that_of_keras():
    x, y, w, b = np.random.default_rng(0).normal(size=(5, 3)), np.eye(5)[0], np.ones(3), 0.5
    weights, offset = tf.Variable(w[:, None]), tf.Variable(np.float64(b))
    with tf.GradientTape() as tape:
        loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")(
            y[:, None], x @ weights + offset
        )
    slopes, pull = EXERCISES["binary-gradient"].truth(x, y, w, b)
    found = tape.gradient(loss, [weights, offset])
    assert np.allclose(found[0][:, 0], slopes)
    assert np.allclose(found[1], pull)


def test_the_logistic_gradient_may_be_written_in_another_way():
    def one_by_one(features, labels, weights, bias):
        slopes, offset = np.zeros(len(weights)), 0.0
        for row, label in zip(features, labels, strict=True):
            z = np.dot(row, weights) + bias
            p = 0.5 + 0.5 * np.tanh(z / 2)
            slopes += (p - label) * row / len(labels)
            offset += (p - label) / len(labels)
        return slopes, offset

    assert check("binary-gradient", one_by_one).passed


def test_a_column_of_probabilities_is_told_its_shape():
    verdict = check(
        "binary-gradient",
        lambda x, y, w, b: (
            (x.T @ (1 / (1 + np.exp(-(x @ w + b))) - y) / len(y))[:, None],
            np.mean(1 / (1 + np.exp(-(x @ w + b))) - y),
        ),
    )
    assert "the shape is (1, 1) and should be (1,)." in repr(verdict)


@pytest.mark.parametrize(
    "right",
    [
        lambda y, z: np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))),
        lambda y, z: y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z),
    ],
)
def test_a_loss_from_logits_that_neither_overflows_nor_loses_digits_passes(right):
    assert check("binary-logits", right).passed


def test_a_loss_that_overflows_is_told_what_to_take_out():
    verdict = check("binary-logits", lambda y, z: np.log(1 + np.exp(z)) - y * z)
    assert "z = [1000]" in repr(verdict)
    assert "the larger one of 1 and exp(z)" in repr(verdict)
    through_p = check(
        "binary-logits",
        lambda y, z: -y * np.log(1 / (1 + np.exp(-z))) - (1 - y) * np.log(1 - 1 / (1 + np.exp(-z))),
    )
    assert repr(through_p).endswith("stay with the logits.")


def test_a_loss_that_is_not_a_number_is_shown():
    verdict = check("binary-logits", lambda y, z: z * np.nan)
    assert "loss = [nan]" in repr(verdict)


def test_what_is_undone_was_learned():
    """Descent with smoothed labels and a weight, then the exercise's way back."""
    share, weight, alpha = 0.3, 5.0, 0.2
    labels = tf.constant([(1 - alpha) * share + alpha / 2], tf.float64)
    z = tf.Variable([0.0], dtype=tf.float64)
    for _ in range(200):
        with tf.GradientTape() as tape:
            loss = weighted_cross_entropy_with_logits(labels, z, weight)
        z.assign_sub(tape.gradient(loss, z))
    p = float(tf.sigmoid(z)[0])
    assert EXERCISES["binary-undo"].truth(p, weight, alpha) == pytest.approx(share)


def test_the_weight_may_be_undone_in_the_logit():
    def by_logit(p, weight, alpha):
        z = np.log(p) - np.log(1 - p) - np.log(weight)
        return (1 / (1 + np.exp(-z)) - alpha / 2) / (1 - alpha)

    assert check("binary-undo", by_logit).passed
