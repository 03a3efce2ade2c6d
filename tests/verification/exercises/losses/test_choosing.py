"""The exercises on choosing a loss ask for what the page says."""

import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.losses.choosing import EXERCISES


def test_the_duration_loss_is_the_negative_logarithm_of_the_density():
    y, z = np.array([0.5, 2.0, 7.0]), tf.Variable([0.3, -1.0, 2.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        mean = tf.exp(z)
        loss = -tf.reduce_mean(tf.math.log(tf.exp(-y / mean) / mean))
    value, gradient = EXERCISES["choosing-loss-durations"].truth(y, z.numpy())
    assert np.isclose(value, loss)
    assert np.allclose(gradient, tape.gradient(loss, z))


def test_a_duration_loss_through_the_mean_passes():
    def through_the_mean(durations, logits):
        mean = np.exp(logits)
        slope = (mean - durations) / mean**2 / len(mean)
        return float(np.average(durations / mean + np.log(mean))), slope * mean

    assert check("choosing-loss-durations", through_the_mean).passed
    swapped = check("choosing-loss-durations", lambda y, z: through_the_mean(y, z)[::-1])
    assert not swapped.passed


def test_a_duration_gradient_that_is_not_a_number_is_shown():
    verdict = check("choosing-loss-durations", lambda y, z: (np.nan, np.full(y.shape, np.nan)))
    assert "came:         loss = nan, gradient = [nan]" in repr(verdict)


def test_the_constant_has_the_smallest_squared_percentage_error():
    targets, candidates = np.array([1.0, 2.0, 6.0]), np.linspace(0.5, 4, 35001)
    losses = np.mean((candidates[:, None] / targets - 1) ** 2, axis=1)
    assert candidates[losses.argmin()] == pytest.approx(
        EXERCISES["choosing-loss-constant"].truth, abs=1e-4
    )
    assert check("choosing-loss-constant", 1.304).passed


def test_the_weights_belong_to_the_most_likely_noise():
    residuals = np.random.default_rng(0).normal(size=(50, 2)) * [0.3, 4.0] + [1.0, 0.0]
    weights = EXERCISES["choosing-loss-weights"].truth(residuals)
    sigma = np.sqrt(1 / (2 * weights))

    def negative_log_likelihood(sigma):
        return np.mean(np.sum(residuals**2 / (2 * sigma**2) + np.log(sigma), axis=1))

    best = negative_log_likelihood(sigma)
    for factor in ([1.01, 1.0], [0.99, 1.0], [1.0, 1.01], [1.0, 0.99]):
        assert negative_log_likelihood(sigma * factor) > best


def test_weights_with_other_means_pass_and_a_column_is_told_its_shape():
    def by_product(residuals):
        return 0.5 * len(residuals) / np.einsum("nk,nk->k", residuals, residuals)

    assert check("choosing-loss-weights", by_product).passed
    kept = check("choosing-loss-weights", lambda r: 1 / (2 * np.mean(r**2, axis=0, keepdims=True)))
    assert "the shape is (1, 1) and should be (1,)." in repr(kept)
    assert repr(check("choosing-loss-weights", lambda r: 1 / (2 * np.var(r, axis=0)))).startswith(
        "✗"
    )
