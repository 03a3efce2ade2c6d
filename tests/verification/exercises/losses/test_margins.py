"""The exercises on margins ask for what the page says."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize

from companion.losses import hinge
from companion.verification import check
from companion.verification.exercises.losses.margins import EXERCISES

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(6, 3)), RNG.normal(size=3)
Y = np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])


def test_the_gradient_of_the_aim_is_that_of_the_tape():
    w = tf.Variable(W)
    with tf.GradientTape() as tape:
        scores = tf.linalg.matvec(tf.constant(X), w)
        aim = 0.5 * 0.3 * tf.reduce_sum(w**2) + hinge(tf.constant(Y), scores)
    truth = EXERCISES["margins-gradient"].truth(X, Y, W, 0.3)
    assert np.allclose(tape.gradient(aim, w), truth)


def test_the_gradient_of_the_aim_may_be_written_in_another_way():
    def one_by_one(rows, labels, weights, strength):
        total = strength * weights
        for row, label in zip(rows, labels, strict=True):
            if 1 - label * np.dot(row, weights) >= 0:
                total = total - label * row / len(labels)
        return total

    assert check("margins-gradient", one_by_one).passed


@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        (lambda x, y, w, d: d * w - (y * (y * (x @ w) <= 1)) @ x, "1/n is missing"),
        (lambda x, y, w, d: d * w + (y * (y * (x @ w) <= 1)) @ x / len(x), "pull is turned"),
        (lambda x, y, w, d: d * w - (y * (y * (x @ w) < 1)) @ x / len(x), "at the kink"),
        (lambda x, y, w, d: d * w - (y * (y * (x @ w) < 0)) @ x / len(x), "the perceptron's"),
    ],
)
def test_a_slip_in_the_gradient_of_the_aim_is_told(slip, hint):
    assert hint in repr(check("margins-gradient", slip)).rpartition("hint:")[2]


def test_a_gradient_for_each_sample_is_told_its_shape():
    verdict = check("margins-gradient", lambda x, y, w, d: d * w - y[:, None] * x)
    assert "the shape is" in repr(verdict)
    assert not check("margins-gradient", lambda x, y, w, d: w * np.nan).passed


def test_no_street_is_wider_than_that_of_the_exercise():
    points = np.array([[0, 0], [0, 2], [-2, 1], [3, 1], [5, 4]])
    labels = np.array([-1, -1, -1, 1, 1])
    beyond = {
        "type": "ineq",
        "fun": lambda w: labels * (points @ w[:2] + w[2]) - 1,
    }
    found = minimize(lambda w: w[0] ** 2 + w[1] ** 2, np.ones(3), constraints=beyond)
    assert found.fun == pytest.approx(EXERCISES["margins-street"].truth, rel=1e-5)
    assert "not its square" in repr(check("margins-street", 2 / 3))
    assert not check("margins-street", np.nan).passed


def test_all_rivals_have_the_gradient_of_autodiff():
    label, scores = 1, tf.Variable([0.3, 0.7, -2.0, 1.1])
    with tf.GradientTape() as tape:
        terms = tf.nn.relu(1 + scores - scores[label]) * (1 - tf.one_hot(label, 4))
        loss = tf.reduce_sum(terms)
    value, gradient = EXERCISES["margins-all-rivals"].truth(label, scores.numpy())
    assert float(loss) == pytest.approx(value)
    assert np.array_equal(tape.gradient(loss, scores), gradient)


def test_all_rivals_may_be_written_in_another_way():
    def one_by_one(true, z):
        loss, gradient = 0.0, [0.0] * len(z)
        for k in range(len(z)):
            if k != true and z[true] - z[k] <= 1:
                loss += 1 - (z[true] - z[k])
                gradient[k] += 1
                gradient[true] -= 1
        return loss, gradient

    assert check("margins-all-rivals", one_by_one).passed


def test_who_charges_the_true_class_or_the_best_rival_alone_is_told():
    def with_itself(label, scores):
        short = 1 + scores - scores[label]
        gradient = np.where(short >= 0, 1.0, 0.0)
        gradient[label] -= np.sum(short >= 0)
        return np.sum(np.maximum(short, 0)), gradient

    assert "no rival of its own" in repr(check("margins-all-rivals", with_itself))

    def best(label, scores):
        rivals = np.delete(np.arange(len(scores)), label)
        rival = rivals[np.argmax(scores[rivals])]
        short = 1 + scores[rival] - scores[label]
        gradient = np.zeros(len(scores))
        if short >= 0:
            gradient[rival], gradient[label] = 1, -1
        return max(short, 0), gradient

    assert "every rival pays" in repr(check("margins-all-rivals", best))
