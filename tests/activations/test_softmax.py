"""What softmax is: positive, of sum 1, blind to a shift, and along the axes that it is told."""

import numpy as np
import pytest
import tensorflow as tf

from companion.activations import softmax

X = np.random.default_rng(0).normal(size=(3, 4, 5))


def by_hand(x, axis):
    growth = np.exp(x)
    return growth / growth.sum(axis=axis, keepdims=True)


@pytest.mark.parametrize("axis", [-1, 2, 0, 1, -2, (0, 1), (0, 2), (2, 0), [1, -1], (0, 1, 2)])
def test_it_runs_along_one_axis_or_along_several(axis):
    axes = tuple(axis) if isinstance(axis, list) else axis
    np.testing.assert_allclose(softmax(X, axis=axis), by_hand(X, axes), rtol=1e-13)


@pytest.mark.parametrize("axis", [0, (0, 2)])
def test_its_gradient_along_other_axes_is_that_of_the_formula(axis):
    x, weights = tf.constant(X), np.sin(np.arange(X.size)).reshape(X.shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(weights * softmax(x, axis=axis))
    p = by_hand(X, axis)
    expected = p * (weights - (p * weights).sum(axis=axis, keepdims=True))
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=1e-12, atol=1e-15)


def test_a_shift_changes_nothing():
    x = np.float32([[1.0, 2.0, 4.0]])
    np.testing.assert_array_equal(softmax(x + 1024), softmax(x))


def test_it_remembers_its_logits_where_they_run_along_the_last_axis():
    assert softmax(X)._keras_logits.shape == X.shape
    assert not hasattr(softmax(X, axis=0), "_keras_logits")


@pytest.mark.parametrize("axis", [3, -4, (0, 3), (), "last", 1.0, None, True])
def test_an_axis_that_x_does_not_have_is_refused(axis):
    with pytest.raises(ValueError, match="axis should be an axis of x"):
        softmax(X, axis=axis)


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_an_axis_without_entries_is_refused(shape):
    with pytest.raises(ValueError, match="x should have entries along axis"):
        softmax(np.zeros(shape))
