"""What a multilayer perceptron is, and that backpropagation by hand is its gradient."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import losses, reference
from companion.networks import multilayer_perceptron


def random_network(widths, seed=0):
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(n, m)) / np.sqrt(n), rng.normal(size=m))
        for n, m in itertools.pairwise(widths)
    ]


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.normal(size=(6, 5)), rng.integers(0, 3, 6)


@pytest.mark.parametrize("widths", [[5, 3], [5, 4, 3], [5, 7, 6, 3]])
def test_gradients_by_hand_are_the_slopes_of_the_loss(widths, batch):
    x, labels = batch
    layers = random_network(widths)
    _, by_hand = reference.networks.gradients(x, labels, layers)
    step = 1e-5  # so short that no ReLU turns on or off on the way
    for layer, pair in enumerate(by_hand):
        for part, gradient in enumerate(pair):
            values = layers[layer][part]
            for place in np.ndindex(values.shape):
                kept, slope = values[place], 0.0
                for weight, shift in ((1, -2), (-8, -1), (8, 1), (-1, 2)):
                    values[place] = kept + shift * step
                    slope += weight * reference.networks.gradients(x, labels, layers)[0]
                values[place] = kept
                assert gradient[place] == pytest.approx(slope / (12 * step), rel=1e-6, abs=1e-8)


def test_keras_model_with_the_same_weights_has_the_same_gradients(batch):
    x, labels = batch
    layers = random_network([5, 7, 6, 3])
    model = multilayer_perceptron([5, 7, 6, 3])
    model.set_weights([array for pair in layers for array in pair])
    with tf.device("CPU"), tf.GradientTape() as tape:  # a GPU may round to ten bits
        loss = tf.reduce_mean(losses.sparse_categorical_crossentropy(labels, model(x)))
    found = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    expected_loss, pairs = reference.networks.gradients(x, labels, layers)
    assert float(loss) == pytest.approx(expected_loss, rel=1e-5)
    for gradient, expected in zip(found, itertools.chain(*pairs), strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_logits_of_a_single_layer_are_linear_in_the_input(batch):
    x, _ = batch
    layers = random_network([5, 3])
    zero, _ = reference.networks.forward(0 * x, layers)
    once, _ = reference.networks.forward(x, layers)
    twice, _ = reference.networks.forward(2 * x, layers)
    np.testing.assert_allclose(twice - zero, 2 * (once - zero))


@pytest.mark.parametrize("widths", [[784, 256, 256, 10], [784, 200, 100, 60, 30, 10], [3, 2]])
def test_every_unit_has_a_weight_for_each_input_and_a_bias(widths):
    model = multilayer_perceptron(widths)
    assert model.count_params() == sum((n + 1) * m for n, m in itertools.pairwise(widths))


def test_dropout_follows_every_hidden_layer_and_no_other():
    model = multilayer_perceptron([4, 3, 3, 2], dropout=0.5)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
    assert all(layer.rate == 0.5 for layer in model.layers if layer.name.startswith("dropout"))


def test_a_saved_model_comes_back_with_our_activations(tmp_path, batch):
    x, _ = batch
    model = multilayer_perceptron([5, 4, 3])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(x), again(x))
    assert [layer.activation for layer in again.layers] == [
        layer.activation for layer in model.layers
    ]


@pytest.mark.parametrize("widths", [[], [3], [3, 0], [3, 2.5], [3, -1], [3, True], 5, None])
def test_widths_that_make_no_network_are_named(widths):
    with pytest.raises(ValueError, match="widths should be at least two whole numbers"):
        multilayer_perceptron(widths)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan"), "half"])
def test_a_dropout_rate_outside_its_range_is_named(rate):
    with pytest.raises(ValueError, match="dropout should be a finite number and >= 0 and < 1"):
        multilayer_perceptron([3, 2, 2], dropout=rate)


def test_widths_may_be_numpy_integers():
    assert multilayer_perceptron([np.int64(4), np.int32(3)]).count_params() == 15


def test_probabilities_stay_in_full_precision_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = multilayer_perceptron([4, 3, 2])
    finally:
        keras.config.set_dtype_policy("float32")
    assert [layer.compute_dtype for layer in model.layers] == ["float16", "float32"]
