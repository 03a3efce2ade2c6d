"""What gradient descent is: exact on a parabola, and what momentum adds."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers
from companion.reference.optimizers import sgd


def descend(gradient, start, steps, **options):
    """The parameter after each step, the start first."""
    path, state = [np.asarray(start, float)], None
    for _ in range(steps):
        parameter, state = sgd(path[-1], gradient(path[-1]), state, **options)
        path.append(parameter)
    return np.array(path)


def walk(optimizer, gradients, start=0.0, dtype="float32"):
    """The variable after each step of a Keras optimizer."""
    variable, path = tf.Variable(start, dtype=dtype), []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, dtype)], [variable])
        path.append(variable.numpy())
    return np.array(path)


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 0.9])
def test_on_a_parabola_each_step_multiplies_the_distance_by_one_number(rate):
    path = descend(lambda x: 2 * x, 3.0, 20, learning_rate=rate)
    assert np.allclose(path, 3.0 * (1 - 2 * rate) ** np.arange(21), rtol=1e-9, atol=1e-12)


def test_descent_converges_below_two_over_the_curvature_and_blows_up_above():
    for curvature in (0.1, 1.0, 50.0):
        slow = descend(lambda x, c=curvature: c * x, 1.0, 400, learning_rate=1.9 / curvature)
        fast = descend(lambda x, c=curvature: c * x, 1.0, 400, learning_rate=2.1 / curvature)
        assert abs(slow[-1]) < 1e-15 < 1e15 < abs(fast[-1])


def test_figures_of_a_published_drawing():
    # y = x² - x - 1: at -0.5 the slope is -2, and a step of 0.01 leads to -0.48.
    path = descend(lambda x: 2 * x - 1, -0.5, 2000, learning_rate=0.01)
    assert np.isclose(path[1], -0.48, rtol=1e-12)
    assert np.isclose(path[-1], 0.5, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_multiplies_the_speed_under_a_constant_gradient(nesterov):
    options = {"learning_rate": 0.1, "momentum": 0.9, "nesterov": nesterov}
    path = descend(lambda x: 1.0, 0.0, 400, **options)
    assert np.isclose(path[-2] - path[-1], 0.1 / (1 - 0.9), rtol=1e-12)


def test_the_velocity_is_a_weighted_sum_of_all_gradients():
    gradients, state = np.random.default_rng(0).normal(size=30), None
    for gradient in gradients:
        _, state = sgd(0.0, gradient, state, learning_rate=0.1, momentum=0.8)
    expected = -0.1 * 0.8 ** np.arange(30)[::-1] @ gradients
    assert np.isclose(state["velocity"], expected, rtol=1e-12)


def test_nesterov_looks_ahead_of_the_velocity_that_it_keeps():
    options = {"learning_rate": 0.1, "momentum": 0.9}
    heavy, state = sgd(0.0, 1.0, **options)
    ahead, same_state = sgd(0.0, 1.0, nesterov=True, **options)
    assert state == same_state
    assert np.isclose(heavy, -0.1, rtol=1e-12)
    assert np.isclose(ahead, -0.1 * (1 + 0.9), rtol=1e-12)


def test_without_momentum_nesterov_changes_nothing():
    gradients = np.random.default_rng(1).normal(size=20)
    plain, nesterov = optimizers.SGD(), optimizers.SGD(nesterov=True)
    assert np.array_equal(walk(plain, gradients), walk(nesterov, gradients))


def test_momentum_crosses_a_narrow_valley_sooner():
    steepness = np.array([1.0, 100.0])
    plain = descend(lambda x: steepness * x, (1.0, 1.0), 200, learning_rate=0.019)
    heavy = descend(lambda x: steepness * x, (1.0, 1.0), 200, learning_rate=0.03, momentum=0.67)
    assert np.abs(heavy[-1]).max() < 1e-6 < 1e-2 < np.abs(plain[-1]).max()


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"momentum": -0.1}, "momentum"),
        ({"momentum": 1.5}, "momentum"),
        ({"momentum": float("nan")}, "momentum"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(options, argument):
    with pytest.raises(ValueError) as error:
        optimizers.SGD(**options)
    assert argument in str(error.value)
    assert repr(options[argument]) in str(error.value)


@pytest.mark.parametrize("nesterov", [False, True])
def test_an_optimizer_comes_back_from_its_config(nesterov):
    gradients = np.random.default_rng(2).normal(size=20)
    first = optimizers.SGD(learning_rate=0.3, momentum=0.5, nesterov=nesterov)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(first))
    assert type(again) is optimizers.SGD
    assert np.array_equal(walk(first, gradients), walk(again, gradients))


@pytest.mark.parametrize(
    ("dtype", "rtol"), [("float16", 2e-3), ("float32", 1e-6), ("float64", 1e-12)]
)
def test_every_type_of_variable_follows_the_reference(dtype, rtol):
    gradients = np.float16(np.random.default_rng(3).normal(size=10))
    options = {"learning_rate": 0.125, "momentum": 0.5, "nesterov": True}
    expected, state, path = 1.0, None, []
    for gradient in gradients:
        expected, state = sgd(expected, gradient, state, **options)
        path.append(expected)
    found = walk(optimizers.SGD(**options), gradients, 1.0, dtype)
    assert found.dtype == dtype
    assert np.allclose(found, path, rtol=rtol, atol=rtol)
