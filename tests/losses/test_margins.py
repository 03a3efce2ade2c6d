"""Hinges: where the margin is, what counts as a label, which slope the kink has."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)

SIGNS = np.float32([[-1, 1, 1], [1, -1, -1]])
SCORES = np.float32([[-2.0, 0.25, 3.0], [-0.5, 1.0, -0.9]])
BITS = (SIGNS + 1) / 2

of_signs = pytest.mark.parametrize("loss", [hinge, squared_hinge])
modes = pytest.mark.parametrize(
    "mode",
    [lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)],
    ids=["eager", "graph", "XLA"],
)


def pull(loss, labels, scores):
    scores = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = loss(tf.constant(labels), scores)
    return tape.gradient(value, scores).numpy()


@of_signs
def test_nothing_beyond_the_margin_costs_or_pulls(loss):
    scores = SIGNS * np.float32([1.0001, 5, 1e30])
    assert np.all(loss(SIGNS, scores) == 0)
    assert np.all(pull(loss, SIGNS, scores) == 0)


def test_the_squared_hinge_of_an_entry_is_the_square_of_its_hinge():
    entries = [loss(SIGNS[..., None], SCORES[..., None]) for loss in (hinge, squared_hinge)]
    np.testing.assert_allclose(entries[1], entries[0] ** 2, rtol=1e-6)


@of_signs
@modes
def test_labels_0_and_1_count_as_minus_1_and_1(loss, mode):
    compiled = mode(loss)
    assert np.array_equal(compiled(BITS, SCORES), compiled(SIGNS, SCORES))
    assert np.array_equal(pull(compiled, BITS, SCORES), pull(compiled, SIGNS, SCORES))


@of_signs
def test_labels_that_are_all_0_or_all_1_count_as_signs_too(loss):
    for label, sign in ((0, -1), (1, 1)):
        same = loss(np.full_like(SCORES, label), SCORES), loss(np.full_like(SCORES, sign), SCORES)
        assert np.array_equal(*same)


@of_signs
@pytest.mark.parametrize(
    "labels",
    [
        [[-1.0, 0.0, 1.0]],
        [[2.0, 1.0, 0.0]],
        [[0.5, 1.0, 1.0]],
        [[-2.0, 1.0, 1.0]],
        [[np.nan, 1.0, 1.0]],
    ],
)
def test_other_labels_are_refused(loss, labels):
    with pytest.raises(ValueError, match="y_true should hold -1 and 1 throughout, or 0 and 1"):
        loss(labels, SCORES[:1])


def test_at_the_margin_itself_the_slope_is_that_of_the_inside_as_in_keras():
    ours, theirs = (pull(loss, SIGNS, SIGNS) for loss in (hinge, keras.losses.hinge))
    assert np.array_equal(ours, theirs)
    assert np.array_equal(ours, -SIGNS / 3)


# --- classes --------------------------------------------------------------------------------------


def test_the_true_class_rises_and_the_best_of_the_others_falls():
    labels, scores = np.float32([[0, 1, 0]]), np.float32([[2.0, 1.5, -1.0]])
    assert categorical_hinge(labels, scores)[0] == 1.5
    assert pull(categorical_hinge, labels, scores).tolist() == [[1, -1, 0]]


def test_equal_ones_share_the_push_as_in_keras():
    labels, scores = np.float32([[0, 1, 0]]), np.float32([[2.0, 1.5, 2.0]])
    assert pull(categorical_hinge, labels, scores).tolist() == [[0.5, -1, 0.5]]
    assert pull(keras.losses.categorical_hinge, labels, scores).tolist() == [[0.5, -1, 0.5]]


def test_the_true_class_stands_in_the_maximum_with_a_0_as_in_keras():
    labels, scores = np.float32([[0, 1]]), np.float32([[-5.0, 0.25]])
    for loss in (categorical_hinge, keras.losses.categorical_hinge):
        assert loss(labels, scores)[0] == 0.75
        assert pull(loss, labels, scores).tolist() == [[0, -1]]


def test_the_gradient_of_the_classes_in_the_labels_is_that_of_autodiff_through_keras():
    labels, scores = np.eye(3, dtype="float32"), np.float32([[1.0, 3, 2], [2, 1, 0.5], [0, 0.1, 2]])
    ours, theirs = (
        pull(lambda y, s, loss=loss: loss(s, y), scores, labels)
        for loss in (categorical_hinge, keras.losses.categorical_hinge)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("labels", [SIGNS, BITS / 2, 2 * BITS])
def test_a_label_of_a_class_is_0_or_1(labels):
    with pytest.raises(ValueError, match="y_true should hold one-hot labels, 0 and 1; got"):
        categorical_hinge(labels, SCORES)


@pytest.mark.parametrize(
    ("ours", "twin"),
    [
        (Hinge, keras.losses.Hinge),
        (SquaredHinge, keras.losses.SquaredHinge),
        (CategoricalHinge, keras.losses.CategoricalHinge),
    ],
)
def test_a_class_is_its_twin_with_weights(ours, twin):
    arguments = BITS, SCORES, [1.0, 0.25]
    np.testing.assert_allclose(ours()(*arguments), twin()(*arguments), rtol=1e-6)
    assert ours().name == twin().name
