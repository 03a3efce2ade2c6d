"""The exercises on gated units ask for what the page says."""

import math

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.activations.gated import EXERCISES


def test_the_factor_undoes_the_mean_square_of_gelu():
    z = np.linspace(-10, 10, 4001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    mean_square = np.sum(density * reference.activations.gelu(z)[0] ** 2) * (z[1] - z[0])
    assert EXERCISES["gated-variance"].truth == pytest.approx(1 / mean_square, rel=1e-9)


def test_a_factor_from_a_sum_over_a_coarse_grid_passes():
    z = np.linspace(-5, 5, 101)
    density = np.exp(-(z**2) / 2)
    mean_square = np.average(reference.activations.gelu(z)[0] ** 2, weights=density)
    assert check("gated-variance", 1 / mean_square).passed


@pytest.mark.parametrize(("number", "of"), [(0, "x"), (1, "beta")])
def test_the_derivatives_of_swish_are_those_of_its_value(number, of):
    x, beta, h = np.linspace(-4, 4, 33), 1.3, 1e-6
    step = {"x": h * (of == "x"), "beta": h * (of == "beta")}
    above, below = (
        (x + s * step["x"])
        * reference.activations.sigmoid((beta + s * step["beta"]) * (x + s * step["x"]))[0]
        for s in (1, -1)
    )
    truth = EXERCISES["gated-swish"].truth(x, beta)[number]
    assert np.allclose(truth, (above - below) / (2 * h), atol=1e-8)


def test_swish_written_with_tanh_passes():
    def by_tanh(x, beta):
        gate = (1 + np.tanh(beta * x / 2)) / 2
        rest = (1 - np.tanh(beta * x / 2)) / 2
        return gate * (1 + beta * x * rest), x * x * gate * rest

    assert check("gated-swish", by_tanh).passed


def test_an_exponential_that_overflows_is_shown():
    def typed(x, beta):
        gate = 1 / (1 + np.exp(-beta * x))
        return gate + beta * x * gate * (1 - gate), x**2 * gate * (1 - gate)

    verdict = check("gated-swish", typed)
    assert not verdict.passed
    assert "overflow" in repr(verdict)


def test_gelu_without_vectorize_passes_and_with_erf_does_not():
    def one_by_one(x):
        return np.array([t * math.erfc(-t / 2**0.5) / 2 for t in x.tolist()])

    def with_erf(x):
        return np.array([t * (1 + math.erf(t / 2**0.5)) / 2 for t in x.tolist()])

    assert check("gated-gelu", one_by_one).passed
    assert "without the subtraction" in repr(check("gated-gelu", with_erf))


def test_a_function_of_math_on_an_array_is_explained():
    verdict = check("gated-gelu", lambda x: x / 2 * math.erfc(-x / 2**0.5))
    assert "numpy's functions take one, those of math a single number" in repr(verdict)
