"""The exercises on models ask for what Keras does."""

import math

import keras
import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.networks.models import EXERCISES


@pytest.mark.parametrize(("a", "b", "c", "k"), [(1, 1, 1, 1), (3, 3, 32, 64), (5, 2, 3, 10)])
def test_keras_has_as_many_parameters_in_a_convolution_and_its_normalization(a, b, c, k):
    convolution = keras.layers.Conv2D(k, (a, b), use_bias=False)
    norm = keras.layers.BatchNormalization()
    model = keras.Sequential([keras.Input((8, 8, c)), convolution, norm])
    trainable = sum(math.prod(w.shape) for w in model.trainable_weights)
    other = sum(math.prod(w.shape) for w in model.non_trainable_weights)
    assert EXERCISES["models-convolution"].truth(a, b, c, k) == (trainable, other)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (28, 128), (100, 2)])
@pytest.mark.parametrize("reset_after", [0, 1])
def test_keras_has_as_many_parameters_in_a_gru(n, m, reset_after):
    gru = keras.layers.GRU(m, reset_after=bool(reset_after))
    gru.build((None, 5, n))
    assert EXERCISES["models-gru"].truth(n, m, reset_after) == gru.count_params()


@pytest.mark.parametrize(
    ("batch_size", "initial_epoch", "epochs"), [(4, 0, 2), (7, 1, 3), (5, 3, 2)]
)
def test_fit_makes_as_many_steps(batch_size, initial_epoch, epochs):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    x = np.zeros((10, 1))
    model.fit(
        x,
        x,
        batch_size=batch_size,
        initial_epoch=initial_epoch,
        epochs=epochs,
        validation_split=0.3,
        verbose=0,
    )
    expected = EXERCISES["models-steps"].truth(10, 3, batch_size, initial_epoch, epochs)
    assert int(model.optimizer.iterations) == expected


@pytest.mark.parametrize(
    ("name", "attempt"),
    [
        ("models-convolution", lambda a, b, c, k: [k * (a * b * c + 2), k + k]),
        ("models-convolution", lambda *s: np.array([math.prod(s) + 2 * s[3], 2 * s[3]])),
        ("models-gru", lambda n, m, after: 3 * (n * m + m * m + m) + (3 * m if after else 0)),
        ("models-steps", lambda s, h, b, i, e: math.ceil((s - h) / b) * len(range(i, e))),
        ("models-steps", lambda s, h, b, i, e: sum(1 for _ in range(i, e) for _ in range(h, s, b))),
    ],
)
def test_every_right_way_passes(name, attempt):
    assert check(name, attempt).passed


@pytest.mark.parametrize(
    ("name", "attempt", "hint"),
    [
        ("models-convolution", lambda a, b, c, k: (2 * k, a * b * c * k + 2 * k), "in the order"),
        ("models-convolution", lambda a, b, c, k: (3 * k + a * b * c * k, 2 * k), "no biases here"),
        ("models-convolution", lambda a, b, c, k: (k * (a * b * c + 5), 0), "no biases here, and"),
        ("models-gru", lambda n, m, after: 3 * (n + m + 1) * m, "a second bias"),
        ("models-gru", lambda n, m, after: 2 * (n + m + 1 + after) * m, "make three parts"),
        ("models-steps", lambda s, h, b, i, e: (s - h) // b * max(0, e - i), "the last batch"),
        ("models-steps", lambda s, h, b, i, e: (s - h) // b * (e - i), "is negative"),
        ("models-steps", lambda s, h, b, i, e: round((s - h) / b) * max(0, e - i), "round up"),
        ("models-steps", lambda s, h, b, i, e: math.ceil((s - h) * max(0, e - i) / b), "per epoch"),
        ("models-steps", lambda s, h, b, i, e: float("nan"), "came:         count = nan"),
    ],
)
def test_what_is_wrong_is_explained(name, attempt, hint):
    verdict = check(name, attempt)
    assert not verdict.passed
    assert hint in repr(verdict)
