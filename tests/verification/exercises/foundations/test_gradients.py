"""The exercises on gradients ask for what the page says."""

import math

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.foundations.gradients import EXERCISES

NUMBERS = np.float32([1, 2, 3, -0.1, 0.99999994, 1e-8, 1e6, 3e38, 1.2e-38, 1e-40, 0])


def test_an_ulp_is_the_distance_to_the_next_float():
    following = np.nextafter(np.abs(NUMBERS), np.float32(np.inf))
    gaps = following.astype(float) - np.abs(NUMBERS).astype(float)
    assert np.array_equal(EXERCISES["gradients-ulp"].truth(NUMBERS.astype(float)), gaps)


def test_the_backward_pass_is_the_slope():
    def y(given):
        a, b, c = given
        return a * math.tanh(a * b + c)

    at = np.array([0.5, -2.0, 0.3])
    slopes = [(y(at + move) - y(at - move)) / 2e-6 for move in 1e-6 * np.eye(3)]
    assert np.allclose(EXERCISES["gradients-backward"].truth(*at), slopes, rtol=1e-8)


def cube_root_of_epsilon(f, x):
    h = 6e-6 * x
    return (f(x + h) - f(x - h)) / (2 * h)


def a_tenthousandth(f, x):
    h = abs(x) / 30_000
    return (f(x + h) - f(x - h)) / (2 * h)


def five_points(f, x):
    h = 1e-3 * abs(x)
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def complex_step(f, x):
    h = 1e-20 * abs(x)
    return f(x + 1j * h).imag / h


@pytest.mark.parametrize(
    "derivative", [cube_root_of_epsilon, a_tenthousandth, five_points, complex_step]
)
def test_every_step_that_fits_passes(derivative):
    assert check("gradients-step", derivative).passed


def with_step(step, forward=False):
    def derivative(f, x):
        h = step(x)
        if forward:
            return (f(x + h) - f(x)) / h
        return (f(x + h) - f(x - h)) / (2 * h)

    return derivative


def in_steps_as_taken(h):
    return lambda f, x: (f(x + h) - f(x - h)) / ((x + h) - (x - h))


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (with_step(lambda x: np.finfo(float).eps ** (1 / 3)), "a step of ε^(1/3) is too long"),
        (with_step(lambda x: 1e-5), "a step of 1e-5 is too long for a small x"),
        (with_step(lambda x: 1e-6 * max(abs(x), 1.0)), "1e-6 · max(|x|, 1) is too long"),
        (with_step(lambda x: 1e-8 * abs(x), forward=True), "1e-8 · |x| has the right unit, but"),
        (in_steps_as_taken(1e-5), "a step of 1e-5 is too long for a small x"),
        (lambda f, x: (f(x + 1e-5 * x) - f(x - 1e-5 * x)) / (1e-5 * x), "from x - h to x + h"),
    ],
)
def test_a_step_that_does_not_fit_is_explained(attempt, hint):
    verdict = check("gradients-step", attempt)
    assert not verdict.passed
    assert f"hint: {hint}" in repr(verdict)


def test_one_right_slope_is_not_enough():
    assert not check("gradients-step", 3.0).passed
    assert not check("gradients-step", lambda f, x: f(x + 1) - f(x)).passed


def by_bits(x):
    size = np.abs(x).astype("float32")
    following = (size.view("uint32") + np.uint32(1)).view("float32")
    return following.astype(float) - size


def by_logarithm(x):
    size = np.maximum(np.abs(x), 2.0**-126)
    return 2.0 ** (np.floor(np.log2(size)) - 23)


def one_by_one(x):
    return [2.0 ** max(math.frexp(number)[1] - 24, -149) if number else 2.0**-149 for number in x]


@pytest.mark.parametrize("ulp", [by_bits, by_logarithm, one_by_one])
def test_every_way_to_an_ulp_passes(ulp):
    assert check("gradients-ulp", ulp).passed


@pytest.mark.parametrize(
    ("ulp", "hint"),
    [
        (lambda x: np.finfo("float32").eps * np.abs(x), "that is machine epsilon times"),
        (lambda x: np.finfo("float32").eps + 0 * x, "that is the ulp of 1"),
        (lambda x: 2.0 ** (np.frexp(x)[1] - 24.0), "0 is one of those"),
        (lambda x: 2.0 ** (np.floor(np.log2(np.abs(x))) - 23), "below 2^-126, and at 0"),
        (lambda x: 2.0 ** (np.floor(np.log2(x)) - 23), "the logarithm wants |x|"),
        (lambda x: 2.0 ** (np.maximum(np.frexp(x)[1], -125) - 24.0), "frexp says exponent 0"),
        (lambda x: np.sign(x) * by_logarithm(x), "a gap has no sign, and the one at 0"),
    ],
)
def test_what_is_not_an_ulp_is_explained(ulp, hint):
    verdict = check("gradients-ulp", ulp)
    assert not verdict.passed
    assert hint in repr(verdict)


@pytest.mark.parametrize(
    ("results", "hint"),
    [
        (lambda a, b, t, g: (t + g, a * g, g), "a b hands b to a: this factor is missing"),
        (lambda a, b, t, g: (t + b * g, g, g), "a b hands a to b: this factor is missing"),
        (lambda a, b, t, g: (t - b * g, a * g, g), "the two paths to a add up"),
        (lambda a, b, t, g: (t + b * g, a * g, 0.0), "u hands 1 to c, not 0"),
        (lambda a, b, t, g: (a * g, t + b * g, g), "the derivative with respect to a comes first"),
    ],
)
def test_a_wrong_backward_pass_is_explained(results, hint):
    def backward(a, b, c):
        t = math.tanh(a * b + c)
        return results(a, b, t, a * (1 - t * t))

    verdict = check("gradients-backward", backward)
    assert not verdict.passed
    assert f"hint: {hint}" in repr(verdict)


def test_a_swapped_backward_pass_is_explained():
    def swapped(*given):
        return EXERCISES["gradients-backward"].truth(*given)[::-1]

    hint = "hint: the results should come in the order gradient_a, gradient_b, gradient_c."
    assert repr(check("gradients-backward", swapped)).endswith(hint)
