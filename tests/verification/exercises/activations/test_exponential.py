"""The exercises on exponential units ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.activations.exponential import EXERCISES

TRUTH = {name: row.truth for name, row in EXERCISES.items()}


def test_softplus_takes_its_inverse_back():
    y = np.array([1e-10, 0.1, 1.0, 30.0, 1000.0])
    assert np.allclose(reference.activations.softplus(TRUTH["exponential-inverse"](y))[0], y, 1e-9)


def test_the_gradient_in_the_sums_is_that_of_the_outputs():
    upstream, x = np.random.default_rng(0).normal(size=(2, 9))
    output, slope = reference.activations.elu(x, alpha=0.7)
    found = TRUTH["exponential-backward"](upstream, output, 0.7)
    assert np.allclose(found, upstream * slope, rtol=1e-12)


def test_variance_one_gives_the_constants_of_selu():
    alpha, scale = TRUTH["exponential-constants"](1.0)
    assert np.allclose(alpha, reference.activations.exponential.SELU_ALPHA, rtol=1e-14)
    assert np.allclose(scale, reference.activations.exponential.SELU_SCALE, rtol=1e-14)


@pytest.mark.parametrize("v", [0.25, 4.0])
def test_the_constants_keep_mean_0_and_the_variance(v):
    z = np.linspace(-12, 12, 200_001)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    alpha, scale = TRUTH["exponential-constants"](v)
    output = scale * reference.activations.elu(np.sqrt(v) * z, alpha)[0]
    assert np.allclose([weight @ output, weight @ output**2], [0, v], atol=1e-6)


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (lambda y: np.log(np.exp(y) - 1), "right on paper"),
        (lambda y: np.log(np.expm1(y)), "no digits are lost near 0"),
        (lambda y: y + np.log(1 - np.exp(-y)), "nothing overflows"),
    ],
)
def test_an_inverse_that_overflows_or_loses_digits_is_told_which(attempt, hint):
    verdict = check("exponential-inverse", attempt)
    assert not verdict.passed
    assert f"hint: {hint}" in repr(verdict)


def test_the_inverse_may_be_written_with_two_branches():
    def branches(y):
        small = np.minimum(y, 20)
        return np.where(y > 20, y - np.exp(-y), np.log(np.expm1(small)))

    assert check("exponential-inverse", branches).passed


def test_the_slope_may_be_written_with_a_minimum():
    def by_minimum(upstream, output, alpha):
        return upstream * ((output > 0) + (output <= 0) * (np.minimum(output, 0) + alpha))

    assert check("exponential-backward", by_minimum).passed


def test_the_constants_may_be_found_by_bisection():
    z = np.linspace(-12, 12, 20_001)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()

    def by_sums(v):
        x = np.sqrt(v) * z
        alpha = -(weight @ np.maximum(x, 0)) / (weight @ np.expm1(np.minimum(x, 0)))
        square = weight @ reference.activations.elu(x, alpha)[0] ** 2
        return alpha, np.sqrt(v / square)

    verdict = check("exponential-constants", by_sums)
    assert verdict.passed, verdict
