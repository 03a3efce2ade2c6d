"""The exercises on cosine similarity ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.losses.directions import EXERCISES


def test_the_cosine_gradient_is_that_of_keras():
    y_true, y_pred = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    prediction = tf.Variable(y_pred)
    with tf.GradientTape() as tape:
        loss = keras.losses.CosineSimilarity()(y_true, prediction)
    truth = EXERCISES["directions-gradient"].truth(y_true, y_pred)
    assert np.allclose(tape.gradient(loss, prediction), truth, rtol=1e-4, atol=1e-7)


def test_a_cosine_gradient_by_the_quotient_rule_passes():
    def gradient(y, p):
        product = (y * p).sum(1)[:, None]
        square, true = (p * p).sum(1)[:, None], np.sqrt((y * y).sum(1))[:, None]
        return (product * p / square - y) / (true * np.sqrt(square)) / y.shape[0]

    assert check("directions-gradient", gradient).passed


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (lambda u, v, c, length: u - c * v, "the sign is turned"),
        (lambda u, v, c, length: (c * v - u) / length, "1/b of the mean is missing"),
        (lambda u, v, c, length: (c * v - u) / len(u), "a factor 1 / |ŷ|"),
        (lambda u, v, c, length: -u / length / len(u), "its part c v is missing"),
        (lambda u, v, c, length: c * v - u, "a factor 1 / |ŷ|, and the mean"),
    ],
)
def test_slips_in_the_cosine_gradient_are_told(attempt, hint):
    def gradient(y, p):
        length = np.linalg.norm(p, axis=1, keepdims=True)
        u, v = y / np.linalg.norm(y, axis=1, keepdims=True), p / length
        came = attempt(u, v, np.sum(u * v, axis=1, keepdims=True), length)
        return came / length / len(y) if hint == "the sign is turned" else came

    assert hint in repr(check("directions-gradient", gradient)).rpartition("hint:")[2]


def test_the_mean_direction_has_the_smallest_cosine_loss():
    targets = np.array([[4.0, 3.0], [3.0, -4.0], [0.0, 10.0]])
    slopes = np.linspace(0, 2, 2001)
    predictions = np.stack([np.ones_like(slopes), slopes], axis=1)
    pairs = np.broadcast_arrays(targets[:, None], predictions)
    losses = np.mean(keras.losses.cosine_similarity(*pairs), axis=0)
    assert slopes[np.argmin(losses)] == pytest.approx(4 / 7, abs=0.01)
    assert check("directions-mean", 4 / 7).passed
    assert "which the squared error learns" in repr(check("directions-mean", 9 / 7))


def test_a_safe_cosine_with_another_scale_passes():
    def loss(y, p):
        for_both = []
        for x in (y, p):
            power = np.frexp(np.abs(x).max())[1]
            small = np.ldexp(x, -power)
            for_both.append(small / np.sqrt(small @ small) if small.any() else small)
        return -(for_both[0] @ for_both[1])

    assert check("directions-safe", loss).passed


def test_an_unsafe_cosine_is_told_why():
    def as_written(y, p):
        return -(y @ p) / (np.linalg.norm(y) * np.linalg.norm(p))

    def guarded(y, p):
        lengths = np.linalg.norm(y) * np.linalg.norm(p)
        return -(y @ p) / lengths if lengths > 0 else 0.0

    def from_keras(y, p):
        return keras.losses.cosine_similarity(y, p).numpy()

    assert "0 / 0" in repr(check("directions-safe", as_written))
    assert "divide each vector by its largest entry" in repr(check("directions-safe", guarded))
    assert not check("directions-safe", from_keras).passed
    assert not check("directions-safe", lambda y, p: np.full(1, -1.0)).passed
