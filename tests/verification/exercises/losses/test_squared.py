"""The exercises on squared error ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.losses.squared import EXERCISES


def test_the_squared_gradient_is_that_of_keras():
    y_true, y_pred = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    prediction = tf.Variable(y_pred)
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y_true, prediction)
    truth = EXERCISES["squared-gradient"].truth(y_true, y_pred)
    assert np.allclose(tape.gradient(loss, prediction), truth, rtol=1e-5)


def test_a_squared_gradient_without_the_batch_is_told_so_also_as_a_column():
    verdict = check("squared-gradient", lambda y, p: 2 * (p - y) / p.shape[1])
    assert repr(verdict).endswith(
        "hint: the loss is a mean over the batch as well: 1/b is missing."
    )
    assert "y_true = [[0], [0]]" in repr(verdict)
    ravelled = check("squared-gradient", lambda y, p: (2 * (p - y) / p.size).ravel())
    assert "the shape is (1,) and should be (1, 1)." in repr(ravelled)


def test_the_median_of_the_exercise_has_the_smallest_absolute_error():
    targets, candidates = np.array([30.0, 4.0, 9.0, 2.0, 2.0]), np.linspace(0, 30, 301)
    losses = np.abs(candidates[:, None] - targets).mean(axis=1)
    assert candidates[losses.argmin()] == pytest.approx(EXERCISES["squared-median"].truth)


def test_the_weighted_mean_has_the_smallest_weighted_squared_error():
    values, weights = np.array([1.0, 2.0, 10.0]), np.array([1.0, 4.0, 0.5])
    best = EXERCISES["squared-weighted"].truth(values, weights)
    losses = [np.sum(weights * (best + step - values) ** 2) for step in (0, -0.1, 0.1)]
    assert losses[0] == min(losses)
    assert check("squared-weighted", lambda y, w: np.average(y, weights=w)).passed


def test_the_best_line_is_numpys():
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    assert np.allclose(EXERCISES["squared-line"].truth(x, y), np.polyfit(x, y, 1))
    assert check("squared-line", lambda x, y: np.polyfit(x, y, 1)).passed  # one array
    assert check("squared-line", lambda x, y: tuple(np.polyfit(x, y, 1))).passed
    assert repr(check("squared-line", lambda x, y: tuple(np.polyfit(x, y, 1)[::-1]))).endswith(
        "hint: the results should come in the order slope, offset."
    )


def test_a_line_that_is_not_a_number_is_shown():
    verdict = check("squared-line", lambda x, y: (np.nan, np.inf))
    assert "came:         slope = nan, offset = inf" in repr(verdict)
