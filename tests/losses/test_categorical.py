"""Cross-entropy between classes: where it goes around softmax, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf

from companion import activations, losses, reference

LABELS = [0, 2, 1]
SCORES = np.float32([[2.0, 1.0, -1.0], [0.5, 0.0, 3.0], [-1.0, 0.2, 0.1]])


def loss_of(y_pred, **options):
    return losses.sparse_categorical_crossentropy(LABELS, y_pred, **options).numpy()


def test_after_softmax_the_loss_works_from_the_logits():
    sure = activations.softmax(np.float32([[0.0, 200.0]]))
    assert losses.sparse_categorical_crossentropy([0], sure)[0] == 200


def test_softmax_along_another_axis_is_not_taken_for_softmax_along_the_classes():
    columns = activations.softmax(SCORES, axis=0)
    np.testing.assert_allclose(loss_of(columns), loss_of(tf.identity(columns)), rtol=1e-6)


def test_sigmoids_are_not_taken_for_softmax():
    shares = activations.sigmoid(SCORES)
    np.testing.assert_allclose(loss_of(shares), loss_of(tf.identity(shares)), rtol=1e-6)


def test_logits_that_are_probabilities_are_warned_of():
    with pytest.warns(UserWarning, match="from_logits=True"):
        found = loss_of(activations.softmax(SCORES), from_logits=True)
    np.testing.assert_allclose(found, loss_of(SCORES, from_logits=True), rtol=1e-6)


@pytest.mark.parametrize("weight", [1.0, 5.0, 1e6])
def test_a_probability_of_zero_gives_a_finite_loss_and_a_finite_gradient(weight):
    p = tf.constant([[0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(p)
        loss = weight * losses.sparse_categorical_crossentropy([0], p)
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, p)).all()


def test_in_float64_a_probability_of_1e_100_keeps_its_loss_and_its_slope():
    p = tf.constant([[1e-100, 1.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(p)
        loss = losses.sparse_categorical_crossentropy([0], p)
    value, gradient = reference.losses.sparse_categorical_crossentropy([0], p.numpy())
    np.testing.assert_allclose(loss, value, rtol=1e-14)
    np.testing.assert_allclose(tape.gradient(loss, p), gradient, rtol=1e-14)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3, 1], "y_true should hold whole numbers.*got 3"),
        ([0, -1, 1], "y_true should hold whole numbers.*got -1"),
        ([0, 1.5, 1], "y_true should hold whole numbers.*got 1.5"),
        (["a", "b", "c"], "y_true should hold real numbers"),
        (None, "y_true should be a tensor or an array"),
        ([1j, 0, 0], "y_true should hold real numbers"),
        ([0, 1], "y_true should have the shape of y_pred without"),
    ],
)
def test_labels_that_name_no_class_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        losses.sparse_categorical_crossentropy(labels, SCORES, from_logits=True)


@pytest.mark.parametrize("labels", [[0, 3, 1], [0, -1, 1], [[0], [1], [2]]])
def test_the_reference_refuses_them_too(labels):
    with pytest.raises(ValueError, match="y_true should hold one of 0 … 2"):
        reference.losses.sparse_categorical_crossentropy(labels, SCORES, from_logits=True)


def test_in_a_graph_a_label_out_of_range_gives_nan():
    compiled = tf.function(losses.sparse_categorical_crossentropy, jit_compile=True)
    found = compiled(tf.constant([0, 3, 1]), activations.softmax(SCORES))
    assert np.isnan(found).tolist() == [False, True, False]


def test_rounding_may_carry_a_probability_past_one():
    assert losses.categorical_crossentropy([[0.0, 1.0]], [[0.0, 1.0000001]])[0] < 1e-6


def test_scores_are_not_taken_for_probabilities():
    with pytest.raises(ValueError, match=r"probabilities in \[0, 1\].*got 3"):
        loss_of(SCORES + 1)
