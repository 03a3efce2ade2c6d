"""What squared and absolute error are: the mean and the median, two norms, two kinds of noise."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import (
    MeanAbsoluteError,
    MeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
)
from companion.reference import losses as reference

both = pytest.mark.parametrize("loss", [mean_squared_error, mean_absolute_error])
PRICES = np.array([210.0, 220.0, 240.0, 270.0, 25000.0])


def pull(loss, y_true, y_pred):
    """The derivative of the summed loss in y_true and in y_pred."""
    y_true, y_pred = tf.constant(y_true, "float64"), tf.constant(y_pred, "float64")
    with tf.GradientTape() as tape:
        tape.watch([y_true, y_pred])
        value = loss(y_true, y_pred)
    return [gradient.numpy() for gradient in tape.gradient(value, [y_true, y_pred])]


# --- minimisers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "best"),
    [(reference.mean_squared_error, np.mean), (reference.mean_absolute_error, np.median)],
    ids=["squared: the mean", "absolute: the median"],
)
def test_the_best_constant_is(loss, best):
    constants = np.append(np.linspace(200, 25100, 5001), best(PRICES))
    losses, gradients = loss(*np.broadcast_arrays(PRICES, constants[:, None]))
    assert losses.argmin() == len(constants) - 1
    assert np.isclose(gradients[-1].sum(), 0, atol=1e-12 * np.abs(gradients[-1]).max())


def test_mean_squared_error_is_the_variance_and_the_squared_bias():
    constant = 1000.0
    loss, _ = reference.mean_squared_error(PRICES, np.full_like(PRICES, constant))
    assert np.isclose(loss, PRICES.var() + (PRICES.mean() - constant) ** 2, rtol=1e-14)


def test_moving_one_value_far_away_changes_the_pull_of_the_squared_error_alone():
    near, far = np.array([[0.0, 10.0]]), np.array([[0.0, 1e9]])
    at = np.ones((1, 2))
    assert np.array_equal(pull(mean_absolute_error, near, at), pull(mean_absolute_error, far, at))
    assert pull(mean_squared_error, far, at)[1][0, 1] == pytest.approx(-1e9)


# --- shape ----------------------------------------------------------------------------------------


@both
def test_over_and_under_prediction_cost_the_same_and_pull_in_opposite_directions(loss):
    y_true, y_pred = np.random.default_rng(0).normal(0, 3, (2, 4, 5))
    assert np.array_equal(loss(y_true, y_pred), loss(y_pred, y_true))
    in_true, in_pred = pull(loss, y_true, y_pred)
    assert np.array_equal(in_true, -in_pred)
    assert np.array_equal(np.sign(in_pred), np.sign(y_pred - y_true))


@pytest.mark.parametrize(("loss", "power"), [(mean_squared_error, 2), (mean_absolute_error, 1)])
def test_in_other_units_the_loss_grows_by_a_power(loss, power):
    y_true, y_pred = np.random.default_rng(1).normal(0, 3, (2, 4, 5))
    assert np.allclose(loss(1000 * y_true, 1000 * y_pred), 1000**power * loss(y_true, y_pred))


def test_squared_error_is_at_least_the_square_of_absolute_error():
    y_true, y_pred = np.random.default_rng(2).normal(0, 3, (2, 40, 5))
    assert np.all(mean_squared_error(y_true, y_pred) >= mean_absolute_error(y_true, y_pred) ** 2)
    equal_residuals = np.zeros((1, 4)), np.full((1, 4), 3.0)
    assert mean_squared_error(*equal_residuals)[0] == mean_absolute_error(*equal_residuals)[0] ** 2


def test_at_its_kink_the_absolute_error_does_not_pull():
    assert np.array_equal(pull(mean_absolute_error, [[2.0]], [[2.0]]), [[[0.0]], [[0.0]]])


# --- bad input ------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("shapes", [((3, 1), (1, 3)), ((2, 3), (3,)), ((2, 3), (2, 4))])
def test_shapes_that_would_broadcast_or_do_not_fit_are_refused(loss, shapes):
    with pytest.raises(ValueError, match="y_true should have the shape of y_pred"):
        loss(*map(np.ones, shapes))


@both
def test_a_single_number_is_not_a_sample(loss):
    with pytest.raises(ValueError, match="y_pred should have at least one axis"):
        loss(1.0, 2.0)


# --- the classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError"])
def test_name_weights_and_reductions_are_those_of_the_twin(name):
    ours = {"MeanSquaredError": MeanSquaredError, "MeanAbsoluteError": MeanAbsoluteError}[name]
    theirs = getattr(keras.losses, name)
    y_true, y_pred = np.random.default_rng(3).normal(0, 3, (2, 4, 5)).astype("float32")
    weights = np.float32([0.0, 1.0, 2.0, 0.5])
    assert ours().name == theirs().name
    for reduction in ("sum", "sum_over_batch_size", "mean_with_sample_weight", None):
        values = [kind(reduction)(y_true, y_pred, weights) for kind in (ours, theirs)]
        assert np.allclose(*values, rtol=1e-6)
