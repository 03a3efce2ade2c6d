"""What RMSprop is: a step that forgets, and centered a step by the variance."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers
from companion.reference.optimizers import rmsprop


def steps(gradients, **options):
    """How far each gradient moves a parameter, downhill counted as positive, and the state."""
    lengths, state = [], None
    for gradient in gradients:
        parameter, state = rmsprop(0.0, gradient, state, learning_rate=1.0, **options)
        lengths.append(-float(parameter))
    return np.array(lengths), state


def test_the_first_step_is_longer_than_the_rate_by_the_root_of_one_minus_rho():
    for rho in (0.0, 0.5, 0.9):
        (length, *_), _ = steps([-3.0], rho=rho, epsilon=1e-30)
        assert length == pytest.approx(-1 / np.sqrt(1 - rho), rel=1e-12)


def test_under_a_constant_gradient_the_step_becomes_the_rate():
    lengths, _ = steps(np.full(400, 5.0), epsilon=1e-30)
    assert lengths[-1] == pytest.approx(1, rel=1e-12)
    assert (np.diff(lengths) <= 0).all()


def test_unlike_adagrad_it_forgets():
    lengths, _ = steps([1e6, *np.ones(700)], epsilon=1e-30)
    assert lengths[-1] == pytest.approx(1, rel=1e-9)


def test_momentum_sums_the_steps():
    gradients = np.random.default_rng(0).normal(size=30)
    plain, _ = steps(gradients)
    heavy, _ = steps(gradients, momentum=0.8)
    powers = [0.8 ** np.arange(t, -1.0, -1) for t in range(30)]
    assert np.allclose(heavy, [w @ plain[: len(w)] for w in powers], rtol=1e-12)


def test_the_running_variance_is_the_mean_of_squares_less_the_square_of_the_mean():
    """In exact arithmetic, whatever the gradients: the identity that the docstring derives."""
    rho, variance, mean, square = Fraction(7, 10), *[Fraction(0)] * 3
    for gradient in np.random.default_rng(1).integers(-1000, 1000, size=30):
        gradient = Fraction(int(gradient), 7)
        variance = rho * variance + rho * (1 - rho) * (gradient - mean) ** 2
        mean = rho * mean + (1 - rho) * gradient
        square = rho * square + (1 - rho) * gradient**2
        assert variance == square - mean**2


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9, 0.99])
def test_the_variance_is_never_negative_and_the_step_never_nan(rho):
    sizes = np.float32(10.0 ** np.random.default_rng(2).uniform(-30, 30, size=2000))
    sizes[:6] = [5.0, 10.0, 19.0, 1e30, -1e30, 3.4e38]
    variable = tf.Variable(np.zeros_like(sizes))
    optimizer = optimizers.RMSprop(1e-3, rho=rho, centered=True)
    for sign in (1.0, 1.0, -1.0, *[1.0] * 30):
        optimizer.apply([tf.constant(sign * sizes)], [variable])
        slots = {slot.path.split("_")[-1]: slot.numpy() for slot in optimizer.variables[2:]}
        assert (slots["velocity"] >= 0).all()
        assert np.isfinite(slots["velocity"]).all()
        assert np.isfinite(variable.numpy()).all()


@pytest.mark.parametrize("shift", [0.0, 3.0, -1e3])
def test_centered_the_denominator_does_not_know_the_mean_of_the_gradients(shift):
    gradients = np.random.default_rng(3).normal(size=400)
    _, state = steps(gradients, centered=True)
    _, shifted = steps(gradients + shift, centered=True)
    assert shifted["v"] == pytest.approx(state["v"], rel=1e-6)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"rho": 1.0}, "rho"),
        ({"rho": -0.1}, "rho"),
        ({"momentum": 1.5}, "momentum"),
        ({"momentum": -0.5}, "momentum"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"centered": 1}, "centered"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(options, argument):
    with pytest.raises(ValueError) as error:
        optimizers.RMSprop(**options)
    assert argument in str(error.value)
    assert repr(options[argument]) in str(error.value)
