"""What penalties do: soft thresholds, shrinkage, and sums that overflow only if they must."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers, regularizers

KINDS = [regularizers.L1, regularizers.L2, regularizers.L1L2]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
WEIGHTS = np.array([[0.5, -2.0, 0.0], [3.0, -0.25, 1.0]])


def penalty_and_gradient(regularizer, w, dtype="float32"):
    w = tf.Variable(w, dtype=dtype)
    with tf.GradientTape() as tape:
        penalty = regularizer(w)
    return penalty, tape.gradient(penalty, w, unconnected_gradients="zero")


def minimised(regularizer, start, steps=400, rate=0.02):
    """Where gradient descent takes (w - start)² / 2 plus the penalty."""
    w = tf.Variable(start, dtype="float64")

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            cost = tf.reduce_sum((w - start) ** 2) / 2 + regularizer(w)
        w.assign_sub(rate * tape.gradient(cost, w))

    for _ in range(steps):
        step()
    return w.numpy()


def test_l2_shrinks_every_weight_by_the_same_factor():
    start = np.array([3.0, -1.0, 0.1])
    assert np.allclose(minimised(regularizers.L2(0.5), start), start / 2, rtol=1e-6)


def test_l1_takes_the_same_length_off_every_weight_and_leaves_the_small_ones_at_zero():
    start = np.array([3.0, -1.0, 0.1])
    found = minimised(regularizers.L1(0.5), start)
    assert np.allclose(found, [2.5, -0.5, 0.0], atol=0.02)


def test_the_elastic_net_is_the_sum_of_both():
    one, two = regularizers.L1(0.1), regularizers.L2(0.3)
    both = penalty_and_gradient(regularizers.L1L2(0.1, 0.3), WEIGHTS)
    parts = [penalty_and_gradient(r, WEIGHTS) for r in (one, two)]
    sums = [a + b for a, b in zip(*parts, strict=True)]
    for came, should in zip(both, sums, strict=True):
        assert np.allclose(came, should, rtol=1e-6)


@every_kind
def test_zero_weights_cost_nothing_and_are_not_drawn_anywhere(kind):
    penalty, gradient = penalty_and_gradient(kind(), np.zeros((3, 2)))
    assert penalty == 0
    assert not np.any(gradient)


@every_kind
def test_without_weights_there_is_no_penalty(kind):
    assert kind()(tf.zeros((0, 3))) == 0


def test_the_penalty_is_even_and_homogeneous():
    for kind, degree in ((regularizers.L1, 1), (regularizers.L2, 2)):
        once, mirrored, thrice = (float(kind(0.5)(tf.constant(f * WEIGHTS))) for f in (1, -1, 3))
        assert once == mirrored
        assert np.isclose(thrice, 3**degree * once, rtol=1e-12)


def test_a_step_of_descent_on_l2_is_weight_decay():
    w = tf.Variable([4.0, -2.0])
    _, gradient = penalty_and_gradient(regularizers.L2(0.25), w)
    optimizers.SGD(learning_rate=0.1).apply([gradient], [w])
    assert np.allclose(w, [4.0 * 0.95, -2.0 * 0.95])


def test_the_sum_of_a_million_squares_keeps_its_digits():
    w = np.random.default_rng(1).normal(size=1_000_000).astype("float32")
    should = 0.01 * math.fsum(np.float64(w) ** 2)
    assert np.isclose(float(regularizers.L2(0.01)(tf.constant(w))), should, rtol=5e-7)


def test_small_factors_keep_their_digits_in_float16_where_keras_lose_them():
    w = tf.fill((1000,), tf.cast(10.0, tf.float16))
    found = float(regularizers.L2(1e-7)(w))
    assert np.isclose(found, 0.01, rtol=1e-3)
    assert not np.isclose(float(keras.regularizers.L2(1e-7)(w)), 0.01, rtol=0.01)


@every_kind
@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_model_adds_the_penalty_to_its_loss(kind, jit_compile):
    layer = keras.layers.Dense(2, kernel_regularizer=kind(0.1), kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(optimizers.SGD(0.0), loss="mean_squared_error", jit_compile=jit_compile)
    x = np.ones((4, 3), "float32")
    loss = model.train_on_batch(x, np.full((4, 2), 3.0, "float32"))
    assert np.isclose(loss, 0.1 * 6)


@every_kind
def test_under_mixed_precision_the_penalty_stays_in_full(kind):
    layer = keras.layers.Dense(2, kernel_regularizer=kind(), dtype="mixed_float16")
    layer(np.ones((1, 3)))
    (penalty,) = layer.losses
    assert penalty.dtype == tf.float32


def test_configs_hold_the_very_number_where_keras_rounds_it():
    assert regularizers.L1(0.01).get_config() == {"l1": 0.01}
    assert keras.regularizers.L1(0.01).get_config() != {"l1": 0.01}


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "0.1", None, True])
@pytest.mark.parametrize(
    ("kind", "name"),
    [(KINDS[0], "l1"), (KINDS[1], "l2"), (KINDS[2], "l1"), (KINDS[2], "l2")],
)
def test_an_error_names_the_factor(kind, name, bad):
    with pytest.raises(ValueError, match=f"{name} should be a finite number and >= 0, got"):
        kind(**{name: bad})


@every_kind
@pytest.mark.parametrize("bad", ["weights", None, np.ones(2, "complex64")], ids=str)
def test_an_error_names_the_tensor(kind, bad):
    with pytest.raises(ValueError, match="x should"):
        kind()(bad)
