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
        (np.array([0, 2**32, 1]), "y_true should hold whole numbers.*got 4294967296"),
        (["a", "b", "c"], "y_true should hold real numbers"),
        (None, "y_true should be a tensor or an array"),
        ([1j, 0, 0], "y_true should hold real numbers"),
        ([0, 1], "y_true should have the shape of y_pred without"),
    ],
)
def test_labels_that_name_no_class_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        losses.sparse_categorical_crossentropy(labels, SCORES, from_logits=True)


@pytest.mark.parametrize("ignore_class", [0.0, 1.5, True, 2**31, object(), "a"])
def test_a_class_to_ignore_that_is_no_class_number_is_refused(ignore_class):
    message = "ignore_class should be None or a whole number"
    with pytest.raises(ValueError, match=message):
        losses.sparse_categorical_crossentropy([0], [[0.5, 0.5]], ignore_class=ignore_class)
    with pytest.raises(ValueError, match=message):
        losses.SparseCategoricalCrossentropy(ignore_class=ignore_class)


@pytest.mark.parametrize("ignore_class", [1, -1, 255, np.int64(1)])
def test_a_class_may_be_ignored_wherever_its_number_lies(ignore_class):
    labels = np.array([0, ignore_class, 2])
    found = losses.sparse_categorical_crossentropy(labels, SCORES, True, ignore_class).numpy()
    assert (found == 0).tolist() == [False, True, False]


def test_a_half_is_not_the_class_that_is_ignored():
    with pytest.raises(ValueError, match=r"got 1\.5"):
        losses.sparse_categorical_crossentropy([0, 1.5, 2], SCORES, True, ignore_class=1)


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


# --- rows with any labels, along any axis ---------------------------------------------------------


def gradient_of(loss, z):
    z = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = loss(z)
    return tape.gradient(value, z).numpy()


@pytest.mark.parametrize(
    "labels", [[[0, 0, 0]], [[1, 1, 0]], [[0.2, 0.1, 0.3]], [[0, 1, 0]]], ids=str
)
def test_the_gradient_holds_for_labels_of_any_sum(labels):
    found = gradient_of(lambda z: losses.softmax_cross_entropy_with_logits(labels, z), SCORES[:1])
    _, should = reference.losses.softmax_cross_entropy_with_logits(labels, SCORES[:1])
    np.testing.assert_allclose(found, should, rtol=1e-5, atol=1e-8)


def test_equal_largest_logits_share_the_certainty():
    z, labels = np.zeros((1, 4), "float32"), [[1.0, 0, 0, 0]]
    np.testing.assert_allclose(
        losses.softmax_cross_entropy_with_logits(labels, z), [np.log(4)], rtol=1e-6
    )
    found = gradient_of(lambda z: losses.softmax_cross_entropy_with_logits(labels, z), z)
    assert found.tolist() == [[-0.75, 0.25, 0.25, 0.25]]


@pytest.mark.parametrize("from_logits", [True, False])
def test_the_axis_of_the_classes_may_be_any(from_logits):
    z = np.random.default_rng(0).uniform(0.1, 1, size=(2, 3, 4)).astype("float32")
    labels = np.eye(3, dtype="float32")[[[0, 1, 2, 0], [2, 1, 0, 1]]]
    last = losses.categorical_crossentropy(labels, np.moveaxis(z, 1, -1), from_logits)
    for axis in (1, -2):
        found = losses.categorical_crossentropy(
            np.moveaxis(labels, -1, 1), z, from_logits, axis=axis
        )
        np.testing.assert_allclose(found, last, rtol=1e-6)


def test_large_tensors_go_through_xla_to_the_same_numbers():
    generator = np.random.default_rng(1)
    for shape in ((7000, 10), (70, 1000)):
        z = generator.normal(0, 5, size=shape).astype("float32")
        labels = generator.dirichlet(np.ones(shape[1]), size=shape[0]).astype("float32")

        def loss(z, labels=labels):
            return losses.softmax_cross_entropy_with_logits(labels, z)

        compiled = tf.function(loss)
        np.testing.assert_allclose(compiled(z), loss(z), rtol=2e-6)
        found = gradient_of(compiled, z)
        np.testing.assert_allclose(found, gradient_of(loss, z), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axis": "x"}, "axis should be an axis of y_pred.*got 'x'"),
        ({"axis": 1.5}, "axis should be an axis of y_pred.*got 1.5"),
        ({"from_logits": 1}, "from_logits should be True or False, got 1"),
    ],
)
def test_options_of_the_wrong_kind_are_refused(arguments, message):
    for loss, labels in (
        (losses.sparse_categorical_crossentropy, LABELS),
        (losses.categorical_crossentropy, np.eye(3)),
    ):
        with pytest.raises(ValueError, match=message):
            loss(labels, activations.softmax(SCORES), **arguments)
