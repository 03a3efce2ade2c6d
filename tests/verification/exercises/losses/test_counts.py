"""The exercises on counts ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.losses.counts import EXERCISES


def test_the_logit_gradient_is_that_of_keras_through_the_exponential():
    generator = np.random.default_rng(0)
    counted = generator.poisson(3, 5).astype("float32")
    logit, exposure = generator.uniform(0.5, 2, (2, 5)).astype("float32")
    variable = tf.Variable(logit)
    with tf.GradientTape() as tape:
        loss = keras.losses.poisson(counted, exposure * tf.exp(variable))
    truth = EXERCISES["counts-gradient"].truth(counted, logit, exposure)
    assert np.allclose(tape.gradient(loss, variable), truth, rtol=1e-5, atol=1e-6)


def test_a_logit_gradient_may_be_written_with_the_offset_in_the_exponent():
    def attempt(counted, logit, exposure):
        return np.divide(np.exp(logit + np.log(exposure)) - counted, len(counted))

    assert check("counts-gradient", attempt).passed


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (lambda y, z, t: t * np.exp(z) - y, "1/n is missing"),
        (lambda y, z, t: (y - t * np.exp(z)) / len(y), "the sign is turned"),
        (lambda y, z, t: (np.exp(z) - y) / len(y), "the exposure is missing"),
        (lambda y, z, t: (1 - y / (t * np.exp(z))) / len(y), "times the slope of the exponential"),
        (lambda y, z, t: t * (np.exp(z) - y / t) * t / len(y), "the exposure is in twice"),
        (
            lambda y, z, t: (t * np.exp(z)) * (1 - y / (t * np.exp(z))) / len(y),
            "the rate underflows to 0",
        ),
    ],
)
def test_a_slip_in_the_logit_gradient_is_named(attempt, hint):
    verdict = check("counts-gradient", attempt)
    assert not verdict.passed
    assert hint in repr(verdict)


def test_a_logit_gradient_of_another_shape_or_not_a_number_is_shown():
    column = check("counts-gradient", lambda y, z, t: ((t * np.exp(z) - y) / len(y))[:, None])
    assert "the shape is (1, 1) and should be (1,)." in repr(column)
    assert "came:         gradient = [nan]" in repr(
        check("counts-gradient", lambda y, z, t: y / 0 * 0)
    )


def test_nothing_pulls_at_the_rate_of_the_exercise():
    counted, hours = np.array([3.0, 0.0, 9.0, 5.0]), np.array([2.0, 1.0, 5.0, 0.5])
    rate = EXERCISES["counts-rate"].truth
    assert EXERCISES["counts-gradient"].truth(counted, np.full(4, np.log(rate)), hours).sum() == (
        pytest.approx(0, abs=1e-12)
    )
    assert "half an hour counts like five" in repr(check("counts-rate", np.mean(counted / hours)))


def test_the_deviance_is_twice_the_loss_above_that_of_a_perfect_prediction():
    generator = np.random.default_rng(1)
    counted, predicted = 1.0 + generator.poisson(3, 20), generator.uniform(0.5, 5, 20)
    loss = np.mean(predicted - counted * np.log(predicted))
    at_best = np.mean(counted - counted * np.log(counted))
    truth = EXERCISES["counts-deviance"].truth(counted, predicted)
    assert truth == pytest.approx(2 * (loss - at_best), rel=1e-12)


def test_a_deviance_may_be_written_with_xlogy():
    special = pytest.importorskip("scipy.special")

    def attempt(y, rate):
        return 2 * np.mean(special.xlogy(y, y / rate) - y + rate)

    assert check("counts-deviance", attempt).passed
    assert check("counts-deviance", lambda y, rate: 2 * np.mean(special.kl_div(y, rate))).passed


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (lambda y, rate: 2 * np.mean(y * np.log(y / rate) - y + rate), "0 log 0 is 0 in the limit"),
        (
            lambda y, rate: np.mean(y * np.log(np.maximum(y, 1) / rate) - y + rate),
            "the factor 2 is missing",
        ),
        (
            lambda y, rate: np.sum(2 * (y * np.log(np.maximum(y, 1) / rate) - y + rate)),
            "that is the sum",
        ),
        (
            lambda y, rate: 2 * (y * np.log(np.maximum(y, 1) / rate) - y + rate),
            "one number was asked for",
        ),
        (lambda y, rate: np.mean(rate - y * np.log(rate)), "that is the loss"),
    ],
)
def test_a_slip_in_the_deviance_is_named(attempt, hint):
    verdict = check("counts-deviance", attempt)
    assert not verdict.passed
    assert hint in repr(verdict)
