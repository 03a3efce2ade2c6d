"""What dropout does: masks, what they share, when they are drawn, and what stays on average."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.layers import Dropout
from companion.reference.layers import dropout_moments


def test_outside_training_nothing_happens():
    x = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    layer = Dropout(0.9)
    assert np.array_equal(layer(x), x)
    assert np.array_equal(layer(x, training=False), x)


def test_a_rate_of_zero_leaves_everything():
    assert np.array_equal(Dropout(0)(np.ones((4, 3)), training=True), np.ones((4, 3)))


def test_the_moments_are_those_of_every_mask_weighted_by_its_probability():
    x, rate = 3.0, 0.2
    values, chances = np.array([0.0, x / (1 - rate)]), np.array([rate, 1 - rate])
    mean = chances @ values
    assert np.allclose(dropout_moments(x, rate), (mean, chances @ (values - mean) ** 2))


def test_every_pass_draws_another_mask_and_a_seed_repeats_them():
    x = tf.ones((10, 10))
    once, again = (Dropout(0.5, seed=3) for _ in range(2))
    passes = [once(x, training=True).numpy() for _ in range(3)]
    assert len({mask.tobytes() for mask in passes}) == 3
    for mask in passes:
        assert np.array_equal(mask, again(x, training=True))


def test_entries_are_left_out_independently():
    kept = Dropout(0.3, seed=1)(tf.ones((2000, 8)), training=True).numpy() > 0
    correlation = np.corrcoef(kept.T) - np.eye(8)
    assert np.abs(correlation).max() < 5 / math.sqrt(2000)


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (20, 1, 10), [20, 1, None]], ids=str)
def test_along_an_axis_of_length_one_in_the_mask_entries_share_their_fate(noise_shape):
    y = Dropout(0.5, noise_shape=noise_shape, seed=1)(np.ones((20, 5, 10)), training=True).numpy()
    assert (y == y[:, :1]).all()
    assert 0 < y[:, 0].mean() < 2


@pytest.mark.parametrize("mode", ["eager", "graph", "XLA"])
@pytest.mark.parametrize("noise_shape", [None, (None, 1)], ids=str)
def test_the_gradient_goes_where_the_value_came_from(noise_shape, mode):
    layer = Dropout(0.25, noise_shape=noise_shape, seed=2)
    x = tf.constant(np.random.default_rng(2).normal(size=(30, 4)), tf.float32)

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return y, tape.gradient(y, x)

    if mode != "eager":
        run = tf.function(run, jit_compile=mode == "XLA", autograph=False)
    y, gradient = run(x)
    assert np.array_equal(gradient, np.where(y == 0, 0, np.float32(1 / 0.75)))
    assert 0 < np.count_nonzero(gradient) < 120


def test_batches_of_any_size_pass_through_one_graph():
    layer = Dropout(0.5, noise_shape=(None, 1), seed=1)
    run = tf.function(lambda x: layer(x, training=True), autograph=False)
    run = run.get_concrete_function(tf.TensorSpec((None, 3)))
    for size in (1, 5):
        assert run(tf.ones((size, 3))).shape == (size, 3)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_small_rate_is_kept_in_16_bits_where_keras_rounds_it(dtype):
    def left_out(kind):
        y = kind(0.0001, seed=1, dtype=dtype)(tf.ones((1_000_000,), dtype), training=True)
        return float((y.numpy() == 0).mean())

    assert left_out(Dropout) == pytest.approx(1e-4, abs=5e-5)
    assert left_out(keras.layers.Dropout) > 5e-4


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_under_mixed_precision_the_layer_computes_in_half(policy):
    y = Dropout(0.5, dtype=policy)(np.ones((2, 3)), training=True)
    assert y.dtype == policy.removeprefix("mixed_")


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_model_learns_through_it(jit_compile):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((20,)), Dropout(0.2), keras.layers.Dense(1)])
    model.compile("adam", "mean_squared_error", jit_compile=jit_compile)
    x = np.random.default_rng(3).normal(size=(256, 20)).astype("float32")
    y = x[:, :1]
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_masks_of_time_steps_pass_through():
    layer = Dropout(0.5)
    assert layer.supports_masking
    embedded = keras.layers.Embedding(5, 3, mask_zero=True)(np.array([[1, 2, 0]]))
    assert layer(embedded, training=True)._keras_mask.numpy().tolist() == [[True, True, False]]


@pytest.mark.parametrize("rate", [-0.1, 1, 1.0, 1.5, math.nan, "0.5", None, True])
def test_an_error_names_the_rate(rate):
    with pytest.raises(ValueError, match="rate should be a finite number and >= 0 and < 1, got"):
        Dropout(rate)


@pytest.mark.parametrize("noise_shape", ["ab", 3, (20, 1.5), (0, 1), (2, -1), (True, 1)], ids=str)
def test_an_error_names_the_shape_of_the_mask(noise_shape):
    with pytest.raises(ValueError, match="noise_shape should"):
        Dropout(0.5, noise_shape=noise_shape)


@pytest.mark.parametrize("noise_shape", [(3,), (4, 3), (2, 2), (2, 1, 3)], ids=str)
def test_a_mask_that_does_not_fit_the_inputs_is_refused(noise_shape):
    with pytest.raises(ValueError, match="noise_shape should"):
        Dropout(0.5, noise_shape=noise_shape)(tf.ones((2, 3)), training=True)


@pytest.mark.parametrize("seed", [1.5, "1", True])
def test_an_error_names_the_seed(seed):
    with pytest.raises(ValueError, match="seed should"):
        Dropout(0.5, seed=seed)


def test_whole_numbers_are_refused_in_training():
    with pytest.raises(ValueError, match="inputs should hold floating-point numbers"):
        Dropout(0.5)(tf.ones((2, 3), tf.int32), training=True)


def test_a_factor_beyond_the_type_makes_no_nan_of_zeros():
    rate, zeros = 0.99999, tf.zeros((1_000_000,), tf.float16)
    assert 1 / (1 - rate) > np.finfo("float16").max
    y = Dropout(rate, seed=1, dtype="float16")(zeros, training=True)
    assert not np.any(y)
