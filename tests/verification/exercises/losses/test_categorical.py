"""The exercises on categorical cross-entropy ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import CategoricalCrossentropy
from companion.verification import check
from companion.verification.exercises.losses.categorical import EXERCISES

LABELS = np.array([2, 0, 1, 1])
LOGITS = np.random.default_rng(0).normal(size=(4, 3))


def test_the_gradient_is_that_of_keras():
    z = tf.Variable(LOGITS)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    with tf.GradientTape() as tape:
        value = loss(LABELS, z)
    truth = EXERCISES["categorical-gradient"].truth(LABELS, LOGITS)
    assert np.allclose(tape.gradient(value, z), truth)


def test_the_loss_is_that_of_tensorflow():
    truth = EXERCISES["categorical-logits"].truth(LABELS, LOGITS)
    assert np.allclose(tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, LOGITS), truth)


def test_the_gradient_may_be_written_in_another_way():
    def one_by_one(classes, scores):
        gradient = np.empty(scores.shape)
        for i, (row, label) in enumerate(zip(scores, classes, strict=True)):
            growth = np.exp(row - max(row))
            gradient[i] = growth / sum(growth)
            gradient[i, label] -= 1
        return gradient / len(scores)

    assert check("categorical-gradient", one_by_one).passed


def test_a_softmax_that_overflows_is_told_what_to_subtract():
    def as_written(labels, z):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return (p - np.eye(z.shape[1])[labels]) / len(z)

    verdict = repr(check("categorical-gradient", as_written))
    assert "1000" in verdict
    assert verdict.endswith("hint: exp overflows: subtract each row's largest logit first.")


def test_a_gradient_for_one_class_alone_is_told_its_shape():
    def of_the_true_class(labels, z):
        return EXERCISES["categorical-gradient"].truth(labels, z)[np.arange(len(z)), labels]

    verdict = check("categorical-gradient", of_the_true_class)
    assert "the shape is (1,) and should be (1, 2)." in repr(verdict)


@pytest.mark.parametrize(
    "right",
    [
        lambda labels, z: np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), labels],
        lambda labels, z: (
            np.log(np.sum(np.exp(z - z[np.arange(len(z)), labels][:, None]), 1))
            if np.ptp(z) < 500
            else EXERCISES["categorical-logits"].truth(labels, z)
        ),
    ],
)
def test_a_loss_that_does_not_overflow_passes(right):
    assert check("categorical-logits", right).passed


def test_a_loss_that_is_not_a_number_is_shown():
    verdict = check("categorical-logits", lambda labels, z: z[:, 0] * np.nan)
    assert "loss = [nan]" in repr(verdict)


@pytest.mark.parametrize(("gap", "m"), [(2.0, 3), (4.5, 10)])
def test_descent_with_this_smoothing_ends_at_this_gap(gap, m):
    alpha = EXERCISES["categorical-smoothing"].truth(gap, m)
    loss = CategoricalCrossentropy(from_logits=True, label_smoothing=alpha, dtype="float64")
    z = tf.Variable(np.zeros((1, m)))
    for _ in range(1500):
        with tf.GradientTape() as tape:
            value = loss(np.eye(m)[:1], z)
        z.assign_sub(tape.gradient(value, z))
    assert np.allclose(z[0, 0] - z[0, 1:], gap, atol=1e-4)


def test_the_smoothing_may_be_written_in_another_way():
    def by_labels(gap, m):
        other = 1 / (np.exp(gap) + m - 1)  # the labels add up to one
        return m * other

    assert check("categorical-smoothing", by_labels).passed
    assert not check("categorical-smoothing", lambda gap, m: np.nan).passed
