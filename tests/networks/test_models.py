"""The parameter counts that the chapter on models displays are those of Keras."""

import dataclasses

import keras
import pytest
from keras import layers

from companion.verification.formulas import parse_page
from pages import BOOK

PAGE = "networks/models"
DISPLAYS = {
    display.label: display
    for display in parse_page((BOOK / f"{PAGE}.md").read_text(encoding="utf-8"), PAGE).displays
    if display.label
}
SIZES = [(1, 1), (3, 2), (28, 16)]
LAYERS = {
    "dense": lambda n, m: (layers.Dense(m), (None, n), {"n": n, "m": m}),
    "convolution": lambda n, m: (
        layers.Conv2D(m, (3, 5)),
        (None, 9, 9, n),
        {"a": 3, "b": 5, "c": n, "k": m},
    ),
    "embedding": lambda n, m: (layers.Embedding(n, m), (None, 7), {"v": n, "d": m}),
    "simple": lambda n, m: (layers.SimpleRNN(m), (None, 7, n), {"n": n, "m": m}),
    "lstm": lambda n, m: (layers.LSTM(m), (None, 7, n), {"n": n, "m": m}),
    "gru": lambda n, m: (layers.GRU(m, reset_after=False), (None, 7, n), {"n": n, "m": m}),
    "gru-after": lambda n, m: (layers.GRU(m), (None, 7, n), {"n": n, "m": m}),
}


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_displayed_count_is_what_keras_counts(kind, n, m):
    layer, shape, symbols = LAYERS[kind](n, m)
    layer.build(shape)
    assert DISPLAYS[f"eq-models-{kind}"].evaluate(symbols) == layer.count_params()


@pytest.mark.parametrize("channels", [1, 64])
def test_half_of_a_batch_normalization_is_trained(channels):
    norm = layers.BatchNormalization()
    norm.build((None, 9, 9, channels))
    counts = [
        sum(weight.shape[0] for weight in weights)
        for weights in (norm.trainable_weights, norm.non_trainable_weights, norm.weights)
    ]
    display = DISPLAYS["eq-models-norm"]
    displayed = [
        dataclasses.replace(display, equations=[equation]).evaluate({"c": channels})
        for equation in display.equations
    ]
    assert displayed == counts


@pytest.mark.parametrize("pixels", [7, 28])
@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 5])
def test_as_many_windows_fit_into_a_row(pixels, window, stride):
    pooling = layers.MaxPooling2D(window, strides=stride)
    found = pooling.compute_output_shape((1, pixels, pixels, 1))[1]
    left_over = (pixels - window) % stride
    symbols = {"w": found, "t": stride, "a": window, "r": left_over}
    assert DISPLAYS["eq-models-windows"].evaluate(symbols) == pixels


@pytest.mark.parametrize("width", [27, 14])
def test_the_dense_layer_behind_a_flatten(width):
    dense = layers.Dense(128)
    dense.build((None, 128 * width**2))
    assert DISPLAYS["eq-models-flat"].evaluate({"w": width}) == dense.count_params()


@pytest.mark.parametrize("layer", [layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5)])
def test_what_learns_nothing_has_no_parameters(layer):
    keras.Sequential([keras.Input((4, 4, 3)), layer])
    assert layer.count_params() == 0
