"""The exercises on choosing an activation ask for what the page says."""

import numpy as np
import pytest
import tensorflow as tf

from companion import reference
from companion.verification import check
from companion.verification.exercises.activations.choosing import EXERCISES


def squared_ramp(x):
    ramp, _ = reference.activations.relu(x)
    return ramp**2, 2 * ramp


def test_the_stretched_sigmoid_stays_between_its_ends_and_has_the_slope_of_autodiff():
    z = tf.Variable([-3.0, 0.0, 0.7, 40.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        grade = 1 + 5 * tf.sigmoid(z)
    value, slope = EXERCISES["choosing-activation-between"].truth(z.numpy(), 1.0, 6.0)
    assert np.allclose(value, grade)
    assert value.min() >= 1
    assert value.max() <= 6
    assert np.allclose(slope, tape.gradient(grade, z), atol=1e-15)


def test_a_stretched_sigmoid_through_tanh_passes():
    def through_tanh(sums, low, high):
        t, half = np.tanh(sums / 2), (high - low) / 2
        # 1 - t² loses its digits where tanh is close to 1; the smaller share does not.
        share = np.exp(-np.abs(sums)) / (1 + np.exp(-np.abs(sums))) ** 2
        return (low + high) / 2 + half * t, 2 * half * share

    assert check("choosing-activation-between", through_tanh).passed
    assert not check(
        "choosing-activation-between", lambda z, low, high: through_tanh(z, low, high)[::-1]
    ).passed


def test_an_overflow_and_a_forgotten_factor_are_told_apart():
    def overflowing(z, low, high):
        with np.errstate(over="ignore", invalid="ignore"):
            share = np.exp(z) / (1 + np.exp(z))
            return low + (high - low) * share, (high - low) * share * (1 - share)

    def unstretched(z, low, high):
        value, slope = reference.activations.sigmoid(z)
        return low + (high - low) * value, slope

    verdict = check("choosing-activation-between", overflowing)
    assert "z = [1000]" in repr(verdict)
    assert "infinity over infinity" in repr(verdict)
    assert "the factor high - low is missing" in repr(
        check("choosing-activation-between", unstretched)
    )


def test_the_growth_is_what_a_wide_layer_shows():
    random = np.random.default_rng(0)
    n = 1000
    outputs, slopes = squared_ramp(random.standard_normal((400, n)))
    weights = random.standard_normal((n, n)) * np.sqrt(2 / (3 * n))
    assert np.mean((outputs @ weights) ** 2) == pytest.approx(1, rel=0.1)
    gradient = random.standard_normal((400, n)) @ weights.T * slopes
    growth = EXERCISES["choosing-activation-growth"].truth
    assert np.sqrt(np.mean(gradient**2)) == pytest.approx(growth, rel=0.05)
    assert check("choosing-activation-growth", 1.1547).passed
    assert "swapped" in repr(check("choosing-activation-growth", 0.866))


def test_the_variance_keeps_the_sums_of_any_activation():
    random = np.random.default_rng(0)
    for name in ("sigmoid", "softplus", "gelu"):
        outputs = getattr(reference.activations, name)(random.standard_normal((400, 500)))[0]
        variance = EXERCISES["choosing-activation-variance"].truth(outputs.ravel(), 500)
        sums = outputs @ (random.standard_normal((500, 500)) * np.sqrt(variance))
        assert np.mean(sums**2) == pytest.approx(1, rel=0.15)


def test_a_variance_by_products_passes_and_the_spread_is_named():
    attempt = check("choosing-activation-variance", lambda f, n: len(f) / (n * np.dot(f, f)))
    assert attempt.passed
    spread = check(
        "choosing-activation-variance",
        lambda f, n: 1 / (n * np.var(f)) if np.ptp(f) else np.inf,
    )
    assert not spread.passed
    column = check("choosing-activation-variance", lambda f, n: np.array([1 / n / np.mean(f * f)]))
    assert "shape" in repr(column)
    assert not check("choosing-activation-variance", lambda f, n: np.nan).passed
