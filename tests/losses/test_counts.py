"""What the Poisson loss is: a probability's logarithm, least where the rate is the mean count."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import Poisson, poisson
from companion.reference import losses as reference


def value_and_pulls(y_true, y_pred, dtype="float64"):
    """The loss of a single entry, and its derivatives in y_true and in y_pred."""
    y_true, y_pred = tf.constant([[y_true]], dtype), tf.constant([[y_pred]], dtype)
    with tf.GradientTape() as tape:
        tape.watch([y_true, y_pred])
        value = poisson(y_true, y_pred)
    results = value, *tape.gradient(value, [y_true, y_pred])
    return [result.numpy().item() for result in results]


@pytest.mark.parametrize("rate", [0.01, 1.0, 7.5])
def test_with_log_y_factorial_it_is_minus_the_logarithm_of_a_probability(rate):
    counts = np.arange(60.0)
    loss, _ = reference.poisson(counts[:, None], np.full((60, 1), rate))
    log_factorials = np.array([math.lgamma(count + 1) for count in counts])
    assert np.isclose(np.exp(-loss - log_factorials).sum(), 1, rtol=1e-12)


def test_the_best_constant_is_the_mean_count():
    counts = np.array([0.0, 0.0, 1.0, 3.0, 11.0])
    _, gradient = reference.poisson(counts, np.full(5, counts.mean()))
    assert np.isclose(gradient.sum(), 0, atol=1e-15)


@pytest.mark.parametrize("count", [1e-30, 1e-7, 1.0, 3.0, 1e7, 1e30])
def test_nothing_pulls_where_the_rate_is_the_count(count):
    assert value_and_pulls(count, count)[2] == 0
    assert value_and_pulls(count, count * (1 + 1e-9))[2] > 0
    assert value_and_pulls(count, count * (1 - 1e-9))[2] < 0


def test_where_nothing_was_counted_the_loss_is_the_rate():
    for rate in (1e-30, 0.5, 1e30):
        assert value_and_pulls(0.0, rate) == [rate, pytest.approx(-math.log(rate)), 1.0]


def test_a_missed_count_costs_more_the_less_it_was_expected_but_never_infinity():
    value, _, pull = value_and_pulls(2.0, 0.0, "float32")
    assert value == pytest.approx(2 * 126 * math.log(2))
    assert pull == 0
    assert value_and_pulls(0.0, 0.0, "float32")[0] == 0


def test_a_large_rate_with_a_large_count_does_not_overflow():
    value, _, pull = value_and_pulls(1e36, 2e36, "float32")
    assert value == pytest.approx(2e36 - 1e36 * math.log(2e36), rel=1e-6)
    assert pull == 0.5


@pytest.mark.parametrize("jit", [False, True])
def test_in_a_graph_a_negative_rate_counts_as_the_smallest(jit):
    @tf.function(jit_compile=jit)
    def run(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = poisson(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    value, pull = run(tf.constant([[2.0]]), tf.constant([[-3.0]]))
    assert float(value[0]) == pytest.approx(-3 + 2 * 126 * math.log(2))
    assert float(pull[0, 0]) == 0


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([[1.0, -2.0]], [[1.0, 1.0]], "y_true should hold counts, at least 0; got -2.0"),
        ([[1.0, -0.5]], [[1.0, 1.0]], "y_true should hold counts, at least 0; got -0.5"),
        ([[1.0, 2.0]], [[1.0, -0.5]], "y_pred should hold rates, at least 0; got -0.5"),
    ],
)
def test_counts_and_rates_are_not_negative(y_true, y_pred, message):
    with pytest.raises(ValueError) as error:
        poisson(y_true, y_pred)
    assert str(error.value) == message


def test_name_and_weights_are_those_of_the_twin():
    y_true, y_pred = np.float32(np.random.default_rng(3).gamma(2, size=(2, 4, 5)))
    weights = np.float32([0.0, 1.0, 2.0, 0.5])
    assert Poisson().name == keras.losses.Poisson().name
    twin = keras.losses.Poisson()(y_true, y_pred, weights)
    assert np.isclose(Poisson()(y_true, y_pred, weights), twin)
