"""What errors in proportion are: free of units, unequal for too much and too little."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import (
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
)
from companion.reference import losses as reference

both = pytest.mark.parametrize(
    "loss", [mean_absolute_percentage_error, mean_squared_logarithmic_error]
)


def value_and_pulls(loss, y_true, y_pred, dtype="float64"):
    """The loss of a single entry, and its derivatives in y_true and in y_pred."""
    y_true, y_pred = tf.constant([[y_true]], dtype), tf.constant([[y_pred]], dtype)
    with tf.GradientTape() as tape:
        tape.watch([y_true, y_pred])
        value = loss(y_true, y_pred)
    results = value, *tape.gradient(value, [y_true, y_pred])
    return [result.numpy().item() for result in results]


# --- percentages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-3, 1e3, -1.0])
def test_percentages_do_not_depend_on_the_unit(factor):
    y_true, y_pred = 1 + np.random.default_rng(0).gamma(2, size=(2, 4, 5))
    here = mean_absolute_percentage_error(y_true, y_pred)
    assert np.allclose(mean_absolute_percentage_error(factor * y_true, factor * y_pred), here)


def test_too_little_costs_at_most_100_percent_and_too_much_any_amount():
    assert value_and_pulls(mean_absolute_percentage_error, 3.0, 0.0)[0] == 100
    assert value_and_pulls(mean_absolute_percentage_error, 3.0, 300.0)[0] == pytest.approx(9900)


def test_the_best_constant_is_a_median_with_weights_one_over_the_true_value():
    targets = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    constants = np.linspace(0.5, 17, 1651)
    losses, _ = reference.mean_absolute_percentage_error(
        *np.broadcast_arrays(targets, constants[:, None])
    )
    share = np.cumsum(1 / targets) / np.sum(1 / targets)
    median = targets[np.argmax(share >= 0.5)]
    assert constants[losses.argmin()] == pytest.approx(median) == 1.0
    assert median < np.median(targets)  # so it rewards predictions that are too low


def test_a_larger_true_value_makes_the_same_excess_a_smaller_percentage():
    value, in_true, in_pred = value_and_pulls(mean_absolute_percentage_error, 4.0, 5.0)
    assert (value, in_pred) == (25.0, 25.0)
    assert in_true == pytest.approx(-100 * 5 / 16)


def test_below_epsilon_the_residual_counts_in_units_of_epsilon():
    for y_true in (0.0, 1e-9, -5e-8):
        value, in_true, in_pred = value_and_pulls(mean_absolute_percentage_error, y_true, 1e-6)
        assert value == pytest.approx(100 * (1e-6 - y_true) / 1e-7)
        assert (in_true, in_pred) == pytest.approx((-1e9, 1e9))


def test_epsilon_is_that_of_keras():
    keras.config.set_epsilon(0.5)
    try:
        assert value_and_pulls(mean_absolute_percentage_error, 0.1, 0.6)[0] == pytest.approx(100)
    finally:
        keras.config.set_epsilon(1e-7)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_nothing_wrong_about_nothing_costs_nothing(dtype):
    assert value_and_pulls(mean_absolute_percentage_error, 0.0, 0.0, dtype) == [0, 0, 0]


# --- logarithms -----------------------------------------------------------------------------------


def test_the_best_constant_is_the_geometric_mean_of_what_is_one_larger():
    targets = np.array([0.0, 1.0, 3.0, 100.0])
    best = np.exp(np.mean(np.log(1 + targets))) - 1
    _, gradient = reference.mean_squared_logarithmic_error(targets, np.full(4, best))
    assert np.isclose(gradient.sum(), 0, atol=1e-15)


def test_half_and_twice_of_what_is_one_larger_cost_the_same():
    half, twice = (value_and_pulls(mean_squared_logarithmic_error, 99.0, y)[0] for y in (49, 199))
    assert half == pytest.approx(math.log(2) ** 2, rel=1e-15)
    assert twice == pytest.approx(half, rel=1e-15)


def test_true_values_and_predictions_can_be_exchanged():
    there = value_and_pulls(mean_squared_logarithmic_error, 2.0, 7.0)
    back = value_and_pulls(mean_squared_logarithmic_error, 7.0, 2.0)
    assert there[0] == back[0]
    assert there[1:] == back[:0:-1]


@pytest.mark.parametrize("negative", [-1e-9, -0.5, -1.0, -2.0, -1e30])
def test_a_negative_number_counts_as_zero_and_nothing_pulls_at_it(negative):
    zero = value_and_pulls(mean_squared_logarithmic_error, 3.0, 0.0)
    value, in_true, in_pred = value_and_pulls(mean_squared_logarithmic_error, 3.0, negative)
    assert (value, in_true, in_pred) == (zero[0], zero[1], 0.0)
    value, in_true, in_pred = value_and_pulls(mean_squared_logarithmic_error, negative, 3.0)
    assert (value, in_true, in_pred) == (zero[0], 0.0, zero[1])


def test_at_zero_the_pull_is_that_of_the_positive_side():
    assert value_and_pulls(mean_squared_logarithmic_error, 1.0, 0.0)[2] == -2 * math.log(2)


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e4, 1e20])
def test_two_neighbouring_numbers_differ(size):
    low = np.float32(size)
    high = np.nextafter(low, np.float32(np.inf))
    difference = math.log1p((float(high) - float(low)) / (1 + float(low)))
    value, _, pull = value_and_pulls(mean_squared_logarithmic_error, low, high, "float32")
    assert value == pytest.approx(difference**2, rel=1e-6, abs=0)
    assert pull == pytest.approx(2 * difference / (1 + float(high)), rel=1e-6, abs=1e-38)


# --- both -----------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("shapes", [((3, 1), (1, 3)), ((2, 3), (3,)), ((2, 3), (2, 4))])
def test_shapes_that_would_broadcast_or_do_not_fit_are_refused(loss, shapes):
    with pytest.raises(ValueError, match="y_true should have the shape of y_pred"):
        loss(*map(np.ones, shapes))


@pytest.mark.parametrize("loss_class", [MeanAbsolutePercentageError, MeanSquaredLogarithmicError])
def test_name_and_weights_are_those_of_the_twin(loss_class):
    twin = getattr(keras.losses, loss_class.__name__)
    y_true, y_pred = np.float32(1 + np.random.default_rng(3).gamma(2, size=(2, 4, 5)))
    weights = np.float32([0.0, 1.0, 2.0, 0.5])
    assert loss_class().name == twin().name
    assert np.isclose(loss_class()(y_true, y_pred, weights), twin()(y_true, y_pred, weights))
