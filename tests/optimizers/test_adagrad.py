"""What Adagrad is: a rate of its own for every parameter, which only ever falls."""

import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers
from companion.reference.optimizers import adagrad

FROM_ZERO = {"learning_rate": 1.0, "initial_accumulator_value": 0.0, "epsilon": 1e-30}


def steps(gradients, **options):
    """How far each gradient moves a parameter, downhill counted as positive."""
    lengths, state = [], None
    for gradient in gradients:
        parameter, state = adagrad(0.0, gradient, state, **options)
        lengths.append(-float(parameter))
    return np.array(lengths)


def test_under_a_constant_gradient_the_steps_fall_with_the_root_of_their_number():
    lengths = steps(np.full(100, -7.0), **FROM_ZERO)
    assert np.allclose(lengths, -1 / np.sqrt(np.arange(1, 101)), rtol=1e-12)


@pytest.mark.parametrize("factor", [-3.0, 1e-6, 1e6])
def test_the_unit_of_the_loss_does_not_matter(factor):
    gradients = np.random.default_rng(0).normal(size=50)
    expected = np.sign(factor) * steps(gradients, **FROM_ZERO)
    assert np.allclose(steps(factor * gradients, **FROM_ZERO), expected, rtol=1e-9)


def test_a_rare_gradient_makes_a_longer_step_than_a_frequent_one():
    rare, frequent = np.zeros(100), np.ones(100)
    rare[99] = 1.0
    assert steps(rare, **FROM_ZERO)[99] == pytest.approx(1)
    assert steps(frequent, **FROM_ZERO)[99] == pytest.approx(0.1)


def test_the_rate_never_rises():
    gradients, state, last = np.random.default_rng(1).normal(size=60), None, 0.0
    for gradient in gradients:
        _, state = adagrad(0.0, gradient, state)
        assert state["s"] >= last
        last = state["s"]
    assert last == pytest.approx(0.1 + gradients @ gradients)


def test_a_sum_that_leaves_float32_stays_at_its_end():
    variable = tf.Variable(0.0)
    optimizer = optimizers.Adagrad(1.0)
    path = []
    for _ in range(10):
        optimizer.apply([tf.constant(1e30)], [variable])
        path.append(float(variable.numpy()))
    moved = -np.diff(path, prepend=0.0)
    assert np.allclose(moved[:3], 1 / np.sqrt([1, 2, 3]), rtol=1e-6)
    assert np.allclose(moved[4:], 0.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": float("inf")}, "epsilon"),
        ({"initial_accumulator_value": -0.1}, "initial_accumulator_value"),
        ({"initial_accumulator_value": float("nan")}, "initial_accumulator_value"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(options, argument):
    with pytest.raises(ValueError) as error:
        optimizers.Adagrad(**options)
    assert argument in str(error.value)
    assert repr(options[argument]) in str(error.value)
