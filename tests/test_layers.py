"""What dropout does: masks, what they share, when they are drawn, and what stays on average."""

import math
from statistics import NormalDist

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.layers import Dropout, _hashed, _mixed, random_bits
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


# Whether the masks are as random as coins. What varies by chance may lie so far from what is
# expected that all tests together fail once in some hundred thousand times; the seed is fixed.


def farthest(comparisons):
    """How many deviations the farthest of so many normal numbers may lie from 0."""
    return -NormalDist().inv_cdf(1e-6 / (2 * comparisons))


def bits_of(calls, shape, seed=1):
    """The random bits of successive passes, an array (calls, *shape)."""
    seeds = tf.stack([tf.fill([calls], seed), tf.range(calls)], axis=1)
    draw = tf.function(lambda s: random_bits(shape, s), jit_compile=True, autograph=False)
    return np.array([draw(seed) for seed in seeds])


@pytest.fixture(scope="module")
def kept():
    """Masks of 400 passes over 64 samples with 50 units, at the rate 0.45."""
    return bits_of(400, (64, 50)) >= np.uint32(0.45 * 2**32)


@pytest.mark.parametrize("rate", [1e-6, 0.001, 0.1, 0.45, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_the_share_that_is_left_out_is_the_rate(rate, dtype):
    y = Dropout(rate, seed=1, dtype=dtype)(tf.ones((3_000_000,), dtype), training=True)
    deviation = math.sqrt(3_000_000 * rate * (1 - rate))
    # A count near 3 is skew; elsewhere a normal number's bound would do.
    assert abs(np.sum(y == 0) - 3_000_000 * rate) < farthest(21) * deviation + 2


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1), (0, 2), (1, 2)], ids=str)
def test_counts_scatter_as_those_of_coins(kept, axis):
    counts = kept.sum(axis=axis)
    trials = kept.size / counts.size
    scatter = np.sum((counts - 0.55 * trials) ** 2) / (trials * 0.55 * 0.45)
    # Chi-squared: too even would be as wrong as too far apart.
    assert abs(scatter - counts.size) < farthest(6) * math.sqrt(2 * counts.size)


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["passes", "samples", "units"])
def test_no_two_go_together(kept, axis):
    each = np.moveaxis(kept, axis, 0).reshape(kept.shape[axis], -1).astype(float)
    found = np.corrcoef(each)[np.triu_indices(len(each), k=1)] * math.sqrt(each.shape[1])
    assert np.abs(found).max() < farthest(3 * len(found))
    assert abs(np.sum(found**2) - len(found)) < farthest(3) * math.sqrt(2 * len(found))


def test_layers_of_neighbouring_seeds_have_nothing_in_common(kept):
    other = bits_of(400, (64, 50), seed=2) >= np.uint32(0.45 * 2**32)
    assert abs(np.corrcoef(kept.ravel(), other.ravel())[0, 1]) < 5 / math.sqrt(kept.size)


def test_no_entry_tells_of_those_that_follow():
    kept = (bits_of(1, (2**20,))[0] >= 2**31) - 0.5
    spectrum = np.abs(np.fft.rfft(kept, 2**21)) ** 2
    together = 4 * np.fft.irfft(spectrum)[1:5000] / np.sqrt(2**20 - np.arange(1, 5000))
    assert np.abs(together).max() < farthest(5000)


def test_every_bit_is_a_coin_of_its_own():
    bits = np.unpackbits(bits_of(50, (4096,)).view(np.uint8)[..., None], axis=-1)
    bits = bits.reshape(-1, 32) - 0.5
    found = 4 * bits.T @ bits / math.sqrt(len(bits))
    np.fill_diagonal(found, 2 * bits.sum(axis=0) / math.sqrt(len(bits)))
    assert np.abs(found).max() < farthest(32 * 33 / 2)


def test_the_hash_is_one_to_one_and_each_bit_changes_half_of_the_others():
    numbers = np.arange(2**18, dtype=np.uint32)
    hashed = _mixed(tf.constant(numbers)).numpy()
    assert len(np.unique(hashed)) == len(numbers)
    for bit in range(32):
        changed = hashed ^ _mixed(tf.constant(numbers ^ np.uint32(1 << bit))).numpy()
        share = np.unpackbits(changed.view(np.uint8)).reshape(-1, 32).mean(axis=0)
        assert np.abs(share - 0.5).max() < 0.02


@pytest.mark.parametrize("keys", [(7, 4), (6, 5), (6, 2**31 + 4)], ids=str)
def test_another_key_gives_other_bits_not_the_same_in_another_order(keys):
    numbers = tf.range(2**15)
    numbers = tf.bitcast(numbers, tf.uint32)
    once, again = (
        _hashed(numbers, np.uint32(first), np.uint32(second)).numpy()
        for first, second in [(6, 4), keys]
    )
    assert np.mean(once == again) < 1e-3
    if keys[1] != 4:  # the first key alone permutes them, which needs all 32 bits of the second
        assert len(np.intersect1d(once, again)) < 10


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
