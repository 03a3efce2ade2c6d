"""What cosine similarity is: a matter of directions, at every length."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import CosineSimilarity, cosine_similarity
from companion.reference import losses as reference


def value_and_pulls(y_true, y_pred, dtype="float64", axis=-1):
    """The loss, and its derivatives in y_true and in y_pred."""
    y_true, y_pred = tf.constant(y_true, dtype), tf.constant(y_pred, dtype)
    with tf.GradientTape() as tape:
        tape.watch([y_true, y_pred])
        value = cosine_similarity(y_true, y_pred, axis=axis)
    return [tensor.numpy() for tensor in (value, *tape.gradient(value, [y_true, y_pred]))]


def random_vectors(seed=0):
    return np.random.default_rng(seed).normal(size=(2, 50, 3))


def test_same_opposite_and_right_directions():
    x = np.array([[3.0, 4.0]])
    others = [x, 7 * x, -x, x[:, ::-1] * [[1, -1]]]
    assert [float(cosine_similarity(x, other)[0]) for other in others] == pytest.approx(
        [-1, -1, 1, 0], abs=1e-15
    )


def test_in_the_plane_it_is_the_cosine_of_the_angle():
    angles = np.linspace(0, 2 * np.pi, 73)
    y_pred = 5 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    y_true = np.broadcast_to([2.0, 0.0], y_pred.shape)
    assert np.allclose(cosine_similarity(y_true, y_pred), -np.cos(angles), rtol=0, atol=1e-15)


def test_for_unit_vectors_it_is_half_the_squared_distance_less_one():
    y_true, y_pred = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in random_vectors())
    distance = ((y_true - y_pred) ** 2).sum(axis=-1)
    assert np.allclose(cosine_similarity(y_true, y_pred), distance / 2 - 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("power", [-100, -64, 0, 64, 100])
def test_lengths_do_not_matter(dtype, power):
    y_true, y_pred = random_vectors().astype(dtype)
    scale = np.array(2.0**power, dtype)
    value, in_true, in_pred = value_and_pulls(y_true, y_pred, dtype)
    scaled = value_and_pulls(y_true, scale * y_pred, dtype)
    for came, should in zip(scaled, (value, in_true, in_pred / scale), strict=True):
        assert np.allclose(came, should, rtol=1e-5, atol=1e-6 * np.abs(should).max())


def test_no_gradient_points_along_its_vector():
    y_true, y_pred = random_vectors()
    _, in_true, in_pred = value_and_pulls(y_true, y_pred)
    assert np.allclose((in_true * y_true).sum(axis=-1), 0, atol=1e-14)
    assert np.allclose((in_pred * y_pred).sum(axis=-1), 0, atol=1e-14)


def test_true_and_predicted_vectors_can_be_exchanged():
    y_true, y_pred = random_vectors()
    value, in_true, in_pred = value_and_pulls(y_true, y_pred)
    again, in_pred_again, in_true_again = value_and_pulls(y_pred, y_true)
    assert np.allclose(value, again, rtol=1e-14)
    assert np.allclose(in_true, in_true_again, rtol=1e-14)
    assert np.allclose(in_pred, in_pred_again, rtol=1e-14)


def test_turning_both_vectors_changes_nothing():
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    y_true, y_pred = random_vectors()
    here = cosine_similarity(y_true, y_pred)
    assert np.allclose(cosine_similarity(y_true @ rotation, y_pred @ rotation), here)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_the_zero_vector_has_no_direction_and_no_gradient(dtype):
    zero, x = [[0.0, 0.0]], [[3.0, 4.0]]
    for y_true, y_pred in ((zero, x), (x, zero), (zero, zero)):
        value, in_true, in_pred = value_and_pulls(y_true, y_pred, dtype)
        assert value[0] == 0
        assert not in_true.any()
        assert not in_pred.any()
    _, gradient = reference.cosine_similarity(x, zero)
    assert not gradient.any()


def test_the_largest_numbers_have_a_direction():
    largest = np.finfo("float32").max
    x = np.full((1, 3), largest)
    value, in_true, in_pred = value_and_pulls(x, -x, "float32")
    assert value[0] == pytest.approx(1)
    assert np.isfinite([in_true, in_pred]).all()


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_vectors_lie_along_the_axis(axis):
    y_true, y_pred = np.random.default_rng(2).normal(size=(2, 4, 5, 3))
    value, in_true, in_pred = value_and_pulls(y_true, y_pred, axis=axis)
    moved = (np.moveaxis(x, axis, -1) for x in (y_true, y_pred))
    last, *pulls = value_and_pulls(*moved)
    assert np.allclose(value, last, rtol=1e-14)
    for came, should in zip((in_true, in_pred), pulls, strict=True):
        assert np.allclose(came, np.moveaxis(should, -1, axis), rtol=1e-12)


@pytest.mark.parametrize("axis", [2, -3, 0.0, None, True, "last"])
def test_an_axis_that_is_not_there_is_refused(axis):
    with pytest.raises(ValueError) as error:
        cosine_similarity(np.ones((2, 3)), np.ones((2, 3)), axis=axis)
    assert str(error.value) == (
        f"axis should be an axis of y_pred, whose shape is (2, 3), got {axis!r}"
    )


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="y_true should have the shape of y_pred"):
        cosine_similarity(np.ones((3, 1)), np.ones((1, 3)))


def test_the_class_keeps_its_axis_which_keras_forgets():
    loss = CosineSimilarity(axis=1)
    assert CosineSimilarity.from_config(loss.get_config()).get_config()["axis"] == 1
    assert "axis" not in keras.losses.CosineSimilarity(axis=1).get_config()


def test_name_and_weights_are_those_of_the_twin():
    y_true, y_pred = np.float32(random_vectors())
    weights = np.float32(np.random.default_rng(3).uniform(size=50))
    assert CosineSimilarity().name == keras.losses.CosineSimilarity().name
    twin = keras.losses.CosineSimilarity()(y_true, y_pred, weights)
    assert np.isclose(CosineSimilarity()(y_true, y_pred, weights), twin)
