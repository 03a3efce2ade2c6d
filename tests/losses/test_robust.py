"""What Huber's loss and log-cosh are: minimisers, bounds, limits, and the noise they assume."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import Huber, LogCosh, huber, log_cosh
from companion.reference import losses as reference

RESIDUALS = np.linspace(-6, 6, 241)

both = pytest.mark.parametrize("loss", [huber, log_cosh])
both_references = pytest.mark.parametrize("loss", [reference.huber, reference.log_cosh])
both_classes = pytest.mark.parametrize(
    ("loss_class", "loss", "twin"),
    [(Huber, huber, keras.losses.Huber), (LogCosh, log_cosh, keras.losses.LogCosh)],
    ids=["Huber", "LogCosh"],
)


def value_and_pull(loss, residual, *parameters):
    """The loss of a single entry with each residual, and its derivative in the residual."""
    y_pred = tf.constant(np.reshape(residual, (-1, 1)), "float64")
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(tf.zeros_like(y_pred), y_pred, *parameters)
    return value.numpy(), tape.gradient(value, y_pred).numpy()[:, 0]


def best_constant(targets, loss, *parameters):
    """The constant prediction at which the pulls of all targets balance, by bisection."""
    low, high = min(targets), max(targets)
    for _ in range(80):
        middle = (low + high) / 2
        _, gradient = loss(targets, np.full(len(targets), middle), *parameters)
        low, high = (low, middle) if gradient.sum() > 0 else (middle, high)
    return middle


# --- minimisers -----------------------------------------------------------------------------------

PRICES = [210.0, 220.0, 240.0, 270.0, 25000.0]


def test_with_a_small_delta_the_best_constant_is_the_median():
    assert np.isclose(best_constant(PRICES, reference.huber, 1.0), np.median(PRICES))


def test_with_a_delta_beyond_all_residuals_the_best_constant_is_the_mean():
    assert np.isclose(best_constant(PRICES, reference.huber, 1e5), np.mean(PRICES))


def test_for_these_prices_a_larger_delta_moves_it_from_the_median_to_the_mean():
    path = [best_constant(PRICES, reference.huber, delta) for delta in np.geomspace(1, 1e5, 21)]
    assert np.all(np.diff(path) >= -1e-9)
    assert np.median(PRICES) - 1e-9 <= path[0] < path[-1] <= np.mean(PRICES) + 1e-9


def test_mean_and_median_do_not_enclose_it_in_general():
    targets = [2.0, 8.0, 8.0, 11.0, 11.0]
    assert np.mean(targets) == np.median(targets) == 8
    assert np.isclose(best_constant(targets, reference.huber, 2.0), 9)


@both_references
def test_one_value_can_go_to_infinity_and_the_best_constant_stays(loss):
    near, far = (best_constant([*range(9), wrong], loss) for wrong in (1e3, 1e9))
    assert np.isclose(near, far, rtol=1e-6)
    assert 4 < far < 6


# --- shape ----------------------------------------------------------------------------------------


@both
def test_the_loss_is_zero_for_a_right_prediction_and_positive_otherwise(loss):
    values, pulls = value_and_pull(loss, RESIDUALS)
    right = RESIDUALS == 0
    assert right.any()
    assert np.all(values[right] == 0)
    assert np.all(pulls[right] == 0)
    assert np.all(values[~right] > 0)
    assert np.array_equal(np.sign(pulls), np.sign(RESIDUALS))


@both
def test_over_and_under_prediction_cost_the_same(loss):
    values, pulls = value_and_pull(loss, RESIDUALS)
    mirrored, opposite = value_and_pull(loss, -RESIDUALS)
    assert np.array_equal(values, mirrored)
    assert np.array_equal(pulls, -opposite)


@both
def test_the_pull_grows_with_the_residual_up_to_its_bound(loss):
    _, pulls = value_and_pull(loss, RESIDUALS)
    assert np.all(np.diff(pulls) >= 0)  # the loss is convex
    assert np.all(np.abs(value_and_pull(loss, [-1e300, 1e300])[1]) == 1)


@pytest.mark.parametrize("delta", [0.3, 1.345, 7.0])
def test_neither_value_nor_slope_jumps_at_delta(delta):
    value, pull = value_and_pull(huber, [delta, np.nextafter(delta, np.inf)], delta)
    assert np.allclose(value, delta**2 / 2, rtol=1e-14)
    assert np.allclose(pull, delta, rtol=1e-14)


@pytest.mark.parametrize("delta", [0.3, 1.345, 7.0])
@pytest.mark.parametrize("factor", [0.001, 1000.0])
def test_delta_has_the_unit_of_the_target(delta, factor):
    values, pulls = value_and_pull(huber, RESIDUALS, delta)
    in_other_unit = value_and_pull(huber, factor * RESIDUALS, factor * delta)
    assert np.allclose(in_other_unit[0], factor**2 * values, rtol=1e-12)
    assert np.allclose(in_other_unit[1], factor * pulls, rtol=1e-12)


def test_huber_lies_between_half_the_squared_error_and_delta_times_the_absolute_error():
    assert np.array_equal(value_and_pull(huber, RESIDUALS, 10.0)[0], RESIDUALS**2 / 2)
    per_delta = value_and_pull(huber, RESIDUALS, 1e-9)[0] / 1e-9
    assert np.allclose(per_delta, np.abs(RESIDUALS), atol=1e-9)


def test_log_cosh_falls_short_of_huber_by_at_most_log_2_minus_a_half():
    gap = value_and_pull(huber, RESIDUALS)[0] - value_and_pull(log_cosh, RESIDUALS)[0]
    outwards = gap[RESIDUALS >= 0]
    assert np.all(np.diff(outwards) > 0)
    assert outwards[0] == 0
    assert np.isclose(outwards[-1], math.log(2) - 0.5, atol=1e-5)


@both
def test_the_loss_of_a_sample_is_the_mean_of_its_entries(loss):
    y_true, y_pred = np.random.default_rng(0).normal(0, 3, (2, 4, 5))
    entries = loss(y_true[..., None], y_pred[..., None])
    assert entries.shape == (4, 5)
    assert np.allclose(loss(y_true, y_pred), np.mean(entries, axis=-1), rtol=1e-14)


# --- noise ----------------------------------------------------------------------------------------

NOISE = np.linspace(-40, 40, 800_001)
STEP = NOISE[1] - NOISE[0]


@pytest.mark.parametrize("delta", [0.8, 1.345, 3.0])
def test_hubers_density_has_a_gaussian_centre_and_exponential_tails(delta):
    loss, _ = reference.huber(0 * NOISE[:, None], NOISE[:, None], delta)
    centre = math.sqrt(2 * math.pi) * math.erf(delta / math.sqrt(2))
    tails = 2 / delta * math.exp(-(delta**2) / 2)
    assert np.isclose(np.sum(np.exp(-loss)) * STEP, centre + tails, rtol=1e-8)


def test_log_cosh_is_the_hyperbolic_secant_density():
    loss, _ = reference.log_cosh(0 * NOISE[:, None], NOISE[:, None])
    assert np.isclose(np.sum(np.exp(-loss)) * STEP, math.pi, rtol=1e-12)


def efficiency(loss, delta, scale):
    """(mean slope of the pull)² / mean (pull²) under Gaussian noise of the given scale."""
    density = np.exp(-(NOISE**2) / 2) / math.sqrt(2 * math.pi) * STEP
    _, pull = loss(0 * NOISE[:, None], NOISE[:, None] / scale, *delta)
    slope = np.gradient(pull[:, 0], STEP)
    return np.sum(density * slope) ** 2 / np.sum(density * pull[:, 0] ** 2)


@pytest.mark.parametrize(
    ("loss", "delta", "scale"),
    [(reference.huber, (1.345,), 1.0), (reference.log_cosh, (), 1.205)],
    ids=["huber", "log_cosh"],
)
def test_the_usual_constants_keep_95_percent_of_a_gaussian_sample(loss, delta, scale):
    assert round(efficiency(loss, delta, scale), 3) == 0.95


# --- numbers at their limits ----------------------------------------------------------------------


def test_delta_is_not_squared_in_half_precision():
    zero, residual = np.zeros((1, 1), "float16"), np.full((1, 1), 300, "float16")
    assert np.isclose(huber(zero, residual, 256.0)[0], 256 * (300 - 128), rtol=1e-3)


def test_log_cosh_keeps_the_digits_of_small_residuals_and_survives_large_ones():
    small, large = np.float32([[1e-4], [-2e-8]]), np.float32([[-2e38], [100.0]])
    assert np.allclose(log_cosh(0 * small, small), small[:, 0] ** 2 / 2, rtol=1e-6, atol=0)
    beyond = np.abs(large[:, 0]) - np.float32(math.log(2))
    assert np.allclose(log_cosh(0 * large, large), beyond, rtol=1e-6)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [0, -1.0, math.nan, math.inf, "1", None, True, [1.0, 2.0]])
@pytest.mark.parametrize("make", [lambda d: huber([[0.0]], [[1.0]], d), Huber])
def test_delta_has_to_be_a_positive_number(make, delta):
    with pytest.raises(ValueError) as error:
        make(delta)
    assert str(error.value) == f"delta should be a finite number and > 0, got {delta!r}"


@both
@pytest.mark.parametrize("shapes", [((3, 1), (1, 3)), ((2, 3), (3,)), ((2, 3), (2, 4))])
def test_shapes_that_would_broadcast_or_do_not_fit_are_refused(loss, shapes):
    y_true, y_pred = map(np.ones, shapes)
    with pytest.raises(ValueError) as error:
        loss(y_true, y_pred)
    assert "y_true should have the shape of y_pred" in str(error.value)
    assert all(str(shape) in str(error.value) for shape in shapes)


@both
def test_a_last_axis_of_one_may_be_missing_as_in_keras(loss):
    y_true, y_pred = np.arange(3.0), np.full((3, 1), 1.5)
    assert np.array_equal(loss(y_true, y_pred), loss(y_true[:, None], y_pred))


@both
def test_text_is_not_a_prediction(loss):
    with pytest.raises(ValueError, match="y_pred should"):
        loss([[0.0]], [["a"]])


# --- the classes ----------------------------------------------------------------------------------


@both_classes
def test_a_class_is_the_mean_of_its_function_over_the_samples(loss_class, loss, twin):
    y_true, y_pred = np.random.default_rng(1).normal(0, 3, (2, 4, 5)).astype("float32")
    mean = np.mean(loss(y_true, y_pred))
    assert np.isclose(loss_class()(y_true, y_pred), mean, rtol=1e-6)
    assert np.isclose(twin()(y_true, y_pred), mean, rtol=1e-6)


@both_classes
def test_name_and_sample_weights_are_those_of_the_twin(loss_class, loss, twin):
    sample = {"y_true": [[0.0], [0.0]], "y_pred": [[0.5], [3.0]], "sample_weight": [1.0, 0.0]}
    assert np.isclose(loss_class()(**sample), twin()(**sample), rtol=1e-6)
    assert loss_class().name == twin().name


def test_the_first_argument_of_the_class_is_delta():
    assert Huber(2.5).get_config()["delta"] == 2.5
    assert np.isclose(Huber(2.5)([[0.0]], [[10.0]]), 2.5 * (10 - 1.25))
