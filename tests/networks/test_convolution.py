"""Convolution and max pooling by hand: what Keras computes, and the gradients of it."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.reference.networks import convolution as by_hand

SETTINGS = list(
    itertools.product([(1, 1), (2, 2), (3, 3), (3, 2), (1, 4)], [1, 2, 3], ["valid", "same"])
)


def example(kernel_size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, 7, 6, 2)), rng.normal(size=(*kernel_size, 2, 3)), rng.normal(size=3)


def keras_layer(kernel, bias, stride, padding):
    *size, _, filters = kernel.shape
    layer = keras.layers.Conv2D(filters, size, stride, padding, dtype="float64")
    layer.build((None, None, None, kernel.shape[2]))
    layer.set_weights([kernel, bias])
    return layer


@pytest.mark.parametrize(("size", "stride", "padding"), SETTINGS)
def test_values_and_gradients_are_those_of_keras_to_rounding(size, stride, padding):
    x, kernel, bias = example(size)
    layer, given = keras_layer(kernel, bias, stride, padding), tf.constant(x)
    with tf.device("CPU"), tf.GradientTape() as tape:
        tape.watch(given)
        z = layer(given)
        loss = tf.reduce_sum(tf.sin(z))
    weights = [variable.value for variable in layer.trainable_variables]
    expected = tape.gradient(loss, [given, *weights])
    found = by_hand.conv2d(x, kernel, bias, stride, padding)
    np.testing.assert_allclose(found, z, rtol=1e-13, atol=1e-13)
    gradients = by_hand.conv2d_gradients(np.cos(found), x, kernel, stride, padding)
    for gradient, right in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, right, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_are_the_slopes_of_the_sum_they_came_from(stride, padding):
    x, kernel, bias = example((3, 2))
    delta = np.random.default_rng(3).normal(
        size=by_hand.conv2d(x, kernel, bias, stride, padding).shape
    )
    gradients = by_hand.conv2d_gradients(delta, x, kernel, stride, padding)
    for gradient, values in zip(gradients, (x, kernel, bias), strict=True):
        for place in np.ndindex(values.shape):
            kept, ends = values[place], []
            for step in (1.0, -1.0):  # z is linear in each: any step is exact
                values[place] = kept + step
                ends.append(np.sum(delta * by_hand.conv2d(x, kernel, bias, stride, padding)))
            values[place] = kept
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2, abs=1e-11)


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), list(itertools.product([5, 28], [1, 2, 3, 5], [1, 2, 3]))
)
def test_same_padding_gives_one_output_per_stride_begun_and_the_odd_zero_comes_last(
    size, kernel, stride
):
    before, after = by_hand.same_padding(size, kernel, stride)
    assert 0 <= after - before <= 1
    assert (size + before + after - kernel) // stride + 1 == -(-size // stride)


def test_a_padding_without_a_meaning_is_named():
    with pytest.raises(ValueError, match='padding should be "valid" or "same", got \'full\''):
        by_hand.conv2d(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)), padding="full")


@pytest.mark.parametrize(("size", "stride"), [(2, None), (2, 1), (3, 2), (2, 3)])
@pytest.mark.parametrize("levels", [None, 2])
def test_pooling_and_its_gradient_are_tensorflows_ties_included(size, stride, levels):
    rng = np.random.default_rng(4)
    x = (
        rng.normal(size=(2, 7, 6, 3))
        if levels is None
        else 1.0 * rng.integers(levels, size=(2, 7, 6, 3))
    )
    given = tf.constant(x)
    with tf.device("CPU"), tf.GradientTape() as tape:
        tape.watch(given)
        pooled = keras.layers.MaxPooling2D(size, stride, dtype="float64")(given)
        loss = tf.reduce_sum(
            pooled * tf.constant(np.arange(pooled.shape.num_elements()).reshape(pooled.shape) + 1.0)
        )
    found = by_hand.max_pool2d(x, size, stride)
    np.testing.assert_array_equal(found, pooled)
    delta = np.arange(found.size).reshape(found.shape) + 1.0
    np.testing.assert_array_equal(
        by_hand.max_pool2d_gradient(delta, x, size, stride), tape.gradient(loss, given)
    )
