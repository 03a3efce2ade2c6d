"""What two prices do: they move the best prediction to a quantile."""

import math

import numpy as np
import pytest
import tensorflow as tf

from companion.losses import AsymmetricCost, asymmetric_cost, mean_absolute_error
from companion.reference import losses as reference

PRICES = [(1.0, 1.0), (4.0, 1.0), (1.0, 9.0), (0.0, 2.0), (30.0, 0.0)]


def value_and_pulls(y_true, y_pred, dtype="float32", **prices):
    """The cost of a single entry, and its derivatives in y_true and in y_pred."""
    y_true, y_pred = tf.constant([[y_true]], dtype), tf.constant([[y_pred]], dtype)
    with tf.GradientTape() as tape:
        tape.watch([y_true, y_pred])
        value = asymmetric_cost(y_true, y_pred, **prices)
    results = value, *tape.gradient(value, [y_true, y_pred])
    return [result.numpy().item() for result in results]


def test_each_unit_too_few_costs_under_and_each_too_many_over():
    assert value_and_pulls(5.0, 3.0, under=4.0, over=1.5) == [8.0, 4.0, -4.0]
    assert value_and_pulls(3.0, 5.0, under=4.0, over=1.5) == [3.0, -1.5, 1.5]
    assert value_and_pulls(3.0, 3.0, under=4.0, over=1.5) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("under", "over"), PRICES[:3])
def test_the_best_constant_is_the_quantile_of_order_under_over_their_sum(under, over):
    targets = np.random.default_rng(0).gamma(2, size=101)
    constants = np.sort(targets)
    costs, _ = reference.asymmetric_cost(
        *np.broadcast_arrays(targets, constants[:, None]), under, over
    )
    best = constants[costs.argmin()]
    assert best == np.quantile(targets, under / (under + over), method="inverted_cdf")


def test_with_both_prices_1_it_is_the_absolute_error():
    y_true, y_pred = np.random.default_rng(1).normal(0, 3, (2, 4, 5))
    assert np.array_equal(asymmetric_cost(y_true, y_pred), mean_absolute_error(y_true, y_pred))


@pytest.mark.parametrize(("under", "over"), PRICES)
def test_exchanging_the_prices_and_the_values_changes_nothing(under, over):
    y_true, y_pred = np.random.default_rng(2).normal(0, 3, (2, 4, 5))
    here = asymmetric_cost(y_true, y_pred, under, over)
    assert np.array_equal(here, asymmetric_cost(y_pred, y_true, over, under))


def test_costs_add_up():
    y_true, y_pred = np.random.default_rng(3).normal(0, 3, (2, 4, 5))
    only_under, only_over = (asymmetric_cost(y_true, y_pred, *p) for p in ((4.0, 0.0), (0.0, 9.0)))
    assert np.allclose(only_under + only_over, asymmetric_cost(y_true, y_pred, 4.0, 9.0))


def test_what_costs_nothing_costs_nothing_even_where_the_residual_overflows():
    assert value_and_pulls(3e38, -3e38, under=0.0) == [0.0, 0.0, 0.0]
    assert value_and_pulls(3e38, -3e38, under=2.0)[0] == math.inf


@pytest.mark.parametrize("name", ["under", "over"])
@pytest.mark.parametrize("price", [-1.0, math.nan, math.inf, "1", None, True])
@pytest.mark.parametrize(
    "make", [lambda **prices: asymmetric_cost([[0.0]], [[1.0]], **prices), AsymmetricCost]
)
def test_a_price_has_to_be_a_finite_number_that_is_not_negative(make, name, price):
    with pytest.raises(ValueError, match=f"^{name} should be a finite number and >= 0.*got"):
        make(**{name: price})


def test_a_price_has_to_fit_into_the_type_of_the_predictions():
    with pytest.raises(ValueError, match=r"under should be .* <= 65504\.0, got 100000\.0"):
        value_and_pulls(1.0, 1.0, "float16", under=1e5)


@pytest.mark.parametrize("shapes", [((3, 1), (1, 3)), ((2, 3), (3,)), ((2, 3), (2, 4))])
def test_shapes_that_would_broadcast_or_do_not_fit_are_refused(shapes):
    with pytest.raises(ValueError, match="y_true should have the shape of y_pred"):
        asymmetric_cost(*map(np.ones, shapes))


def test_the_class_keeps_its_prices_and_weighs_its_samples():
    loss = AsymmetricCost(4.0, 9.0)
    config = loss.get_config()
    assert (config["under"], config["over"], config["name"]) == (4.0, 9.0, "asymmetric_cost")
    y_true, y_pred = np.float32([[0.0], [0.0]]), np.float32([[-1.0], [1.0]])
    assert float(loss(y_true, y_pred)) == 6.5
    assert float(loss(y_true, y_pred, np.float32([1.0, 0.0]))) == 2.0


@pytest.mark.parametrize("over", [0.0, 2.0])
def test_a_missing_truth_is_not_hidden(over):
    assert all(map(math.isnan, value_and_pulls(math.nan, 7.0, under=1.0, over=over)))
    value, pull = reference.asymmetric_cost([math.nan], [7.0], 1.0, over)
    assert np.isnan([value, *pull]).all()


def test_the_cost_has_no_curvature_not_even_at_a_hit():
    y_pred = tf.constant([[1.0, 3.0, 7.0]])
    with tf.GradientTape() as outer:
        outer.watch(y_pred)
        with tf.GradientTape() as inner:
            inner.watch(y_pred)
            cost = asymmetric_cost(tf.fill([1, 3], 3.0), y_pred, 2.0, 5.0)
        pull = inner.gradient(cost, y_pred)
    curvature = outer.gradient(pull, y_pred, unconnected_gradients="zero")
    assert curvature.numpy().tolist() == [[0.0, 0.0, 0.0]]
