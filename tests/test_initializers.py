"""What initializers are: widths derived from fans, matrices that turn, seeds that repeat."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import initializers
from companion.initializers import TRUNCATED_DEVIATION, fans
from companion.reference import initializers as derived
from companion.verification.specs import SPECS, InitializerSpec

RANDOM = [
    spec.initializer for spec in SPECS.values() if isinstance(spec, InitializerSpec) and spec.seeded
]
ALL = [spec.initializer for spec in SPECS.values() if isinstance(spec, InitializerSpec)]
random_ones = pytest.mark.parametrize("kind", RANDOM, ids=lambda kind: kind.__name__)
every_one = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def array(tensor):
    return tf.cast(tensor, tf.float64).numpy()


# --- fans -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"),
    [
        ((), 1, 1),
        ((7,), 7, 7),
        ((784, 256), 784, 256),
        ((5, 16, 32), 80, 160),
        ((3, 3, 16, 32), 144, 288),
        ((2, 3, 4, 5, 6), 120, 144),
        ((0, 5), 0, 5),
    ],
)
def test_fans_of_a_kernel(shape, fan_in, fan_out):
    assert fans(shape) == derived.fans(shape) == (fan_in, fan_out)


@pytest.mark.parametrize(
    ("kernel", "inputs"),
    [
        (keras.layers.Dense(4), (1, 6)),
        (keras.layers.Conv1D(4, 3), (1, 3, 6)),
        (keras.layers.Conv2D(4, (3, 2)), (1, 3, 2, 6)),
    ],
    ids=["dense", "conv1d", "conv2d"],
)
def test_fan_in_is_the_number_of_inputs_that_an_output_depends_on(kernel, inputs):
    kernel.build(inputs)
    x = tf.Variable(tf.ones(inputs))
    with tf.GradientTape() as tape:
        y = kernel(x)[..., 0]
    fan_in, _ = fans(kernel.kernel.shape)
    assert np.count_nonzero(tape.gradient(y, x)) == fan_in


def test_fans_of_a_depthwise_kernel_take_its_axes():
    kernel = (3, 3, 64, 2)
    assert fans(kernel) == (576, 18)
    assert fans(kernel, input_axes=(0, 1), output_axes=(0, 1, 3)) == (9, 18)


def test_attention_kernels_take_their_axes_like_keras():
    assert fans((512, 8, 64), [0], [1, 2]) == (512, 512)
    assert fans((512, 8, 64), [0, 1], [2]) == (4096, 64)


# --- how wide -------------------------------------------------------------------------------------


def test_the_deviation_of_the_truncated_normal_is_that_of_an_integral():
    x, h = np.linspace(-2, 2, 2_000_001, retstep=True)
    density = np.exp(-x * x / 2)
    variance = np.trapezoid(x * x * density, dx=h) / np.trapezoid(density, dx=h)
    assert np.isclose(TRUNCATED_DEVIATION, math.sqrt(variance), rtol=1e-11)


@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
def test_a_linear_layer_hands_on_the_variance_times_scale(distribution):
    w = initializers.VarianceScaling(2.0, "fan_in", distribution, seed=1)((1000, 400))
    x = np.random.default_rng(1).normal(size=(200, 1000))
    assert np.isclose(np.var(x @ array(w)), 2.0 * np.var(x), rtol=0.02)


def test_he_keeps_the_mean_square_through_20_relu_layers_and_lecun_halves_it_in_each():
    def mean_square(kind):
        x = np.random.default_rng(2).normal(size=(100, 512))
        for seed in range(20):
            x = np.maximum(x @ array(kind(seed=seed)((512, 512))), 0)
        return (x * x).mean()

    assert 0.3 < mean_square(initializers.HeNormal) < 3
    assert 0.3 < mean_square(initializers.LecunNormal) * 2**20 < 3


def test_glorot_is_the_compromise_of_both_directions():
    shape = (300, 100)
    variance = initializers.GlorotNormal().variance(shape)
    both = [
        initializers.VarianceScaling(mode=mode).variance(shape) for mode in ("fan_in", "fan_out")
    ]
    assert np.isclose(1 / variance, np.mean(np.reciprocal(both)))


def test_fans_of_zero_count_as_one():
    for kind in (initializers.HeUniform, initializers.GlorotNormal):
        assert kind()((0, 3)).shape == (0, 3)
        assert np.isfinite(kind().variance((0, 0)))


def test_uniform_unit_scaling_is_that_of_tensorflow_1():
    old = tf.compat.v1.initializers.uniform_unit_scaling(factor=1.43, seed=3, dtype=tf.float64)
    for shape in [(50, 40), (3, 3, 8, 10), (4000,)]:
        w, theirs = (
            array(initializers.UniformUnitScaling(1.43, seed=3)(shape, "float64")),
            old(shape),
        )
        limit = 1.43 * math.sqrt(3 / math.prod(shape[:-1]))
        for numbers in (w, theirs):
            assert 0.99 * limit < np.abs(numbers).max() <= limit


def test_normal_is_another_name_for_the_truncated_one():
    kinds = [
        initializers.VarianceScaling(distribution=d, seed=1) for d in ("Normal", "truncated_normal")
    ]
    assert np.array_equal(*(kind((4, 4)) for kind in kinds))
    assert kinds[0].get_config() == kinds[1].get_config()


# --- matrices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(200, 200), (200, 50), (50, 200), (3, 3, 16, 32), (3, 3, 2, 64)])
def test_an_orthogonal_matrix_keeps_lengths_and_angles(shape, dtype):
    q = array(initializers.Orthogonal(gain=2.0, seed=5)(shape, dtype)).reshape(-1, shape[-1]) / 2
    q = q if q.shape[0] >= q.shape[1] else q.T
    step = 2.0**-8 if dtype == "bfloat16" else np.finfo(dtype).eps
    assert np.abs(q.T @ q - np.eye(q.shape[1])).max() < 8 * step


def test_the_matrix_of_gram_and_schmidt_is_orthogonal_and_leaves_r_triangular():
    a = np.random.default_rng(3).normal(size=(6, 4))
    q = derived.orthogonal((6, 4), normal_numbers=a)
    assert np.allclose(q.T @ q, np.eye(4), atol=1e-14)
    r = q.T @ a
    assert np.allclose(np.tril(r, -1), 0, atol=1e-14)
    assert (np.diag(r) > 0).all()


def test_every_orthogonal_matrix_is_as_likely_as_its_negative_and_its_mirror_image():
    matrices = np.array([initializers.Orthogonal(seed=seed)((2, 2)) for seed in range(1500)])
    # Without the sign of R's diagonal, the first entry would never be positive.
    assert abs((matrices[:, 0, 0] > 0).mean() - 0.5) < 0.065
    assert abs((np.linalg.det(matrices) > 0).mean() - 0.5) < 0.065
    assert np.abs(matrices.mean(axis=0)).max() < 5 * math.sqrt(0.5 / 1500)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2), (0, 2)])
def test_the_identity_hands_on_what_fits(shape):
    w = array(initializers.Identity(gain=-2.5)(shape))
    x = np.arange(1.0, shape[0] + 1)
    should = np.zeros(shape[1])
    should[: min(shape)] = -2.5 * x[: min(shape)]
    assert np.array_equal(x @ w, should)


def test_the_gain_of_the_identity_survives_where_keras_loses_it():
    for module, gain in ((keras.initializers, 1.0), (initializers, 2.0)):
        again = module.Identity(gain=2.0).clone()
        assert np.array_equal(again((2, 2)), gain * np.eye(2))


def test_a_constant_may_be_an_array():
    row = np.array([1.0, 2.0])
    assert np.array_equal(initializers.Constant(row)((3, 2)), np.tile(row, (3, 1)))
    again = initializers.Constant.from_config(initializers.Constant(row).get_config())
    assert np.array_equal(again((2,)), row)


def test_a_constant_keeps_its_digits_in_float64_where_keras_rounds_them():
    assert initializers.Constant(0.1)((1,), "float64").numpy() == [0.1]
    assert keras.initializers.Constant(0.1)((1,), "float64").numpy() != [0.1]


def test_constants_of_whole_numbers_and_truth_values():
    assert initializers.Zeros()((2,), "int32").dtype == tf.int32
    assert initializers.Ones()((2,), "bool").numpy().all()
    assert initializers.Constant(3)((2,), "int64").numpy().tolist() == [3, 3]
    assert initializers.Constant(-math.inf)((1,)).numpy() == [-math.inf]


# --- random numbers of 16 bits --------------------------------------------------------------------


def test_uniform_numbers_of_bfloat16_have_the_right_mean_where_keras_are_half_a_step_low():
    def off_by(kind):
        """The distance of the mean from 1/2, in standard errors."""
        w = array(kind(0.0, 1.0, seed=1)((1_000_000,), "bfloat16"))
        return abs(w.mean() - 0.5) * math.sqrt(12e6)

    assert off_by(initializers.RandomUniform) < 5
    assert off_by(keras.initializers.RandomUniform) > 10


def test_matrices_of_half_precision_are_orthogonal_where_keras_err_or_fail():
    q = array(initializers.Orthogonal(seed=1)((4, 3), "bfloat16"))
    assert np.allclose(q.T @ q, np.eye(3), atol=2**-7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="bfloat16"):
        keras.initializers.Orthogonal(seed=1)((4, 3), "bfloat16")


# --- seeds and models -----------------------------------------------------------------------------


@random_ones
def test_a_layer_draws_the_same_weights_from_a_seed_every_time(kind):
    layers = [keras.layers.Dense(5, kernel_initializer=kind(seed=4)) for _ in range(2)]
    for layer in layers:
        layer.build((None, 7))
    assert np.array_equal(*(layer.kernel for layer in layers))


@random_ones
def test_a_graph_draws_what_eager_mode_does(kind):
    initializer = kind(seed=6)
    draw = tf.function(lambda: initializer((6, 5)), autograph=False)
    np.testing.assert_allclose(draw(), initializer((6, 5)), rtol=1e-6, atol=1e-7)


@every_one
def test_keras_finds_an_initializer_by_its_registered_name_and_by_its_config(kind):
    serialized = keras.initializers.serialize(kind())
    assert serialized["registered_name"] == f"companion>{kind.__name__}"
    assert type(keras.initializers.get(serialized)) is kind


def test_a_seed_generator_survives_the_config():
    initializer = initializers.HeNormal(seed=keras.random.SeedGenerator(3))
    again = initializers.HeNormal.from_config(initializer.get_config())
    assert np.array_equal(initializer((3, 3)), again((3, 3)))


# --- bad input ------------------------------------------------------------------------------------


BAD = [
    ("scale", initializers.VarianceScaling, {"scale": 0}),
    ("scale", initializers.VarianceScaling, {"scale": -1.0}),
    ("scale", initializers.VarianceScaling, {"scale": math.nan}),
    ("scale", initializers.VarianceScaling, {"scale": math.inf}),
    ("mode", initializers.VarianceScaling, {"mode": "fan"}),
    ("mode", initializers.VarianceScaling, {"mode": None}),
    ("distribution", initializers.VarianceScaling, {"distribution": "cauchy"}),
    ("distribution", initializers.VarianceScaling, {"distribution": 3}),
    ("output_axes", initializers.VarianceScaling, {"input_axes": [0]}),
    ("input_axes", initializers.HeNormal, {"output_axes": [0]}),
    ("factor", initializers.UniformUnitScaling, {"factor": 0.0}),
    ("factor", initializers.UniformUnitScaling, {"factor": math.inf}),
    ("maxval", initializers.RandomUniform, {"minval": 1.0, "maxval": 0.5}),
    ("minval", initializers.RandomUniform, {"minval": -math.inf}),
    ("maxval", initializers.RandomUniform, {"maxval": math.nan}),
    ("mean", initializers.RandomNormal, {"mean": math.nan}),
    ("stddev", initializers.RandomNormal, {"stddev": -0.1}),
    ("stddev", initializers.TruncatedNormal, {"stddev": -0.1}),
    ("stddev", initializers.TruncatedNormal, {"stddev": math.inf}),
    ("mean", initializers.TruncatedNormal, {"mean": "0"}),
    ("gain", initializers.Identity, {"gain": math.nan}),
    ("gain", initializers.Orthogonal, {"gain": math.inf}),
    ("value", initializers.Constant, {"value": "one"}),
    ("value", initializers.Constant, {"value": math.nan}),
    *(("seed", kind, {"seed": seed}) for kind in RANDOM for seed in (True, 1.5, "1", 2**64)),
]


@pytest.mark.parametrize(("name", "kind", "options"), BAD)
def test_an_error_names_the_option(name, kind, options):
    with pytest.raises(ValueError, match=name):
        kind(**options)


@every_one
@pytest.mark.parametrize("shape", [(-1, 2), (None, 2), (2.5, 2), 3, "ab", None], ids=str)
def test_an_error_names_the_shape(kind, shape):
    with pytest.raises(ValueError, match="shape"):
        kind()(shape)


@random_ones
@pytest.mark.parametrize("dtype", ["int32", "bool", "complex64", "number"])
def test_an_error_names_the_type(kind, dtype):
    with pytest.raises(ValueError, match="dtype"):
        kind()((2, 2), dtype=dtype)


@pytest.mark.parametrize(
    ("name", "initializer", "shape", "dtype"),
    [
        ("shape", initializers.Identity(), (2, 2, 2), None),
        ("shape", initializers.Identity(), (2,), None),
        ("shape", initializers.Orthogonal(), (2,), None),
        ("shape", initializers.Orthogonal(), (), None),
        ("gain", initializers.Identity(1e6), (2, 2), "float16"),
        ("gain", initializers.Orthogonal(1e6), (2, 2), "float16"),
        ("value", initializers.Constant(70000.0), (2,), "float16"),
        ("value", initializers.Constant(1.5), (2,), "int32"),
        ("value", initializers.Constant([1.0, 2.0]), (2, 3), None),
        ("value", initializers.Constant([1.0, 2.0]), (1,), None),
        ("maxval", initializers.RandomUniform(-1e5, 1e5), (2,), "float16"),
        ("maxval", initializers.RandomUniform(-3e38, 3e38), (2,), "float32"),
        ("stddev", initializers.RandomNormal(stddev=1e5), (2,), "float16"),
        ("stddev", initializers.TruncatedNormal(stddev=3e38), (2,), "float32"),
        ("input_axes", initializers.HeNormal(input_axes=[5], output_axes=[0]), (2, 2), None),
        ("output_axes", initializers.HeNormal(input_axes=[0], output_axes=1), (2, 2), None),
    ],
)
def test_an_error_names_what_does_not_fit(name, initializer, shape, dtype):
    with pytest.raises(ValueError, match=name):
        initializer(shape, dtype=dtype)
