"""Binary cross-entropy: what it is to classes, to sigmoid, to labels that are not certain."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import activations, losses
from companion.losses import (
    BinaryCrossentropy,
    binary_crossentropy,
    sigmoid_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from companion.reference import losses as reference

LABELS = np.float32([[0, 1, 1], [1, 0, 0]])
LOGITS = np.float32([[2.0, 1.0, -1.0], [0.5, -30.0, 200.0]])


def with_gradients(loss, *inputs, **parameters):
    inputs = [tf.constant(x, tf.float64) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(*inputs, **parameters)
    return value.numpy(), *(g.numpy() for g in tape.gradient(value, inputs))


# --- what it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_best_probability_is_the_share_of_ones(share):
    p = np.linspace(0.01, 0.99, 99)
    loss, gradient = reference.binary_crossentropy(np.full((99, 1), share), p[:, None])
    assert p[np.argmin(loss)] == pytest.approx(share)
    assert gradient[np.argmin(loss), 0] == pytest.approx(0, abs=1e-12)


def test_it_is_the_cross_entropy_of_two_classes_with_the_logits_0_and_z():
    z, y = LOGITS.ravel(), LABELS.ravel()
    two = losses.categorical_crossentropy(
        np.stack([1 - y, y], -1), np.stack([0 * z, z], -1), from_logits=True
    )
    np.testing.assert_allclose(sigmoid_cross_entropy_with_logits(y, z), two, rtol=1e-6)


def test_swapping_the_classes_swaps_the_sign_of_the_logit():
    loss, _, gradient = with_gradients(sigmoid_cross_entropy_with_logits, LABELS, LOGITS)
    mirrored, _, opposite = with_gradients(sigmoid_cross_entropy_with_logits, 1 - LABELS, -LOGITS)
    assert np.array_equal(loss, mirrored)
    assert np.array_equal(gradient, -opposite)


def test_a_weight_of_3_is_what_every_one_three_times_is():
    weighted = weighted_cross_entropy_with_logits(LABELS, LOGITS, 3.0)
    plain = sigmoid_cross_entropy_with_logits(LABELS, LOGITS)
    np.testing.assert_allclose(weighted, np.where(LABELS == 1, 3, 1) * plain, rtol=1e-6)


def test_the_loss_of_a_sample_is_the_mean_of_its_entries_along_any_axis():
    entries = sigmoid_cross_entropy_with_logits(LABELS, LOGITS).numpy()
    for axis in (0, 1, -1, -2):
        found = binary_crossentropy(LABELS, LOGITS, from_logits=True, axis=axis)
        np.testing.assert_allclose(found, entries.mean(axis=axis), rtol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_the_gradient_in_the_labels_is_the_difference_of_the_two_surprises(weight):
    labels, logits = LABELS / 2 + 0.25, LOGITS / 10
    _, gradient, _ = with_gradients(
        lambda y, z: weighted_cross_entropy_with_logits(y, z, weight), labels, logits
    )
    z = np.float64(logits)
    np.testing.assert_allclose(
        gradient, weight * np.log1p(np.exp(-z)) - np.log1p(np.exp(z)), rtol=1e-6
    )


# --- sigmoid and probabilities --------------------------------------------------------------------


@pytest.mark.parametrize("sigmoid", [activations.sigmoid, keras.activations.sigmoid])
def test_after_sigmoid_the_loss_works_from_the_logits(sigmoid):
    z = tf.constant([[200.0]])
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = binary_crossentropy([[0.0]], sigmoid(z))
    assert loss[0] == 200
    assert tape.gradient(loss, z)[0, 0] == 1


def test_logits_that_are_probabilities_are_warned_of():
    with pytest.warns(UserWarning, match="from_logits=True"):
        found = binary_crossentropy(LABELS, activations.sigmoid(LOGITS), from_logits=True)
    np.testing.assert_allclose(
        found, binary_crossentropy(LABELS, LOGITS, from_logits=True), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_probabilities_of_0_and_1_are_free_when_right_and_finite_when_wrong(dtype):
    p = tf.constant([[0.0], [1.0], [0.0], [1.0]], dtype)
    with tf.GradientTape() as tape:
        tape.watch(p)
        loss = binary_crossentropy([[0.0], [1.0], [1.0], [0.0]], p)
    most = math.log(2) * {"float16": 14, "float64": 1022}.get(dtype, 126)
    np.testing.assert_allclose(tf.cast(loss, tf.float64), [0, 0, most, most], rtol=1e-2)
    assert tf.cast(tape.gradient(loss, p)[:, 0], tf.float64).numpy().tolist() == [1, -1, 0, 0]


def test_a_smoothed_label_keeps_the_digits_of_its_smaller_part():
    p, smoothing = np.float32([[1 - 2.0**-24]]), 1e-6
    loss = binary_crossentropy([[1.0]], p, label_smoothing=smoothing)
    value, _ = reference.binary_crossentropy([[1.0]], p, label_smoothing=smoothing)
    np.testing.assert_allclose(loss, value, rtol=1e-6)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axis": "x"}, r"axis should be an axis of y_pred, .*\(2, 3\), got 'x'"),
        ({"axis": 1.5}, "axis should be an axis of y_pred.*got 1.5"),
        ({"axis": 2}, "axis should be an axis of y_pred.*got 2"),
        ({"from_logits": "yes"}, "from_logits should be True or False, got 'yes'"),
        ({"label_smoothing": 1.5}, "label_smoothing should be .* and >= 0 and <= 1, got 1.5"),
        ({"y_true": LABELS + 1}, r"y_true should hold values in \[0, 1\]; got 2"),
        ({"y_true": LABELS[:1]}, r"y_true should have the shape of y_pred, \(2, 3\)"),
        ({}, r"y_pred should hold probabilities in \[0, 1\].*got 2"),
    ],
)
def test_what_the_loss_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        binary_crossentropy(**({"y_true": LABELS, "y_pred": LOGITS} | arguments))


@pytest.mark.parametrize("weight", [-1, math.nan, "2", None, [1.0, 2.0, 3.0]])
def test_the_weight_has_to_be_a_number_of_at_least_0(weight):
    with pytest.raises(ValueError, match="pos_weight should be a finite number and >= 0"):
        weighted_cross_entropy_with_logits(LABELS, LOGITS, weight)


@pytest.mark.parametrize(
    "loss", [sigmoid_cross_entropy_with_logits, losses.softmax_cross_entropy_with_logits]
)
def test_labels_and_logits_have_one_shape_and_labels_are_shares(loss):
    with pytest.raises(ValueError, match=r"labels should have the shape of logits, \(2, 3\)"):
        loss(LABELS[0], LOGITS)
    with pytest.raises(ValueError, match=r"labels should hold values in \[0, 1\]; got -1"):
        loss(-LABELS, LOGITS)


# --- the class ------------------------------------------------------------------------------------


def test_the_class_has_the_name_and_the_first_arguments_of_its_twin():
    ours, twin = BinaryCrossentropy(True, 0.1), keras.losses.BinaryCrossentropy(True, 0.1)
    assert ours.name == twin.name
    weights = [1.0, 0.5]
    np.testing.assert_allclose(
        ours(LABELS, LOGITS, weights), twin(LABELS, LOGITS, weights), rtol=1e-6
    )
