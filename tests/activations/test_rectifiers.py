"""What rectifiers are: two lines that meet at a kink."""

import numpy as np
import pytest
import tensorflow as tf

from companion.activations import leaky_relu, relu, relu6


def slope(function, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x).numpy()


def test_they_are_homogeneous_so_that_a_unit_may_be_chosen_freely():
    x = np.float32([-3.0, -0.5, 0.0, 0.25, 8.0])
    for function in (relu, leaky_relu):
        np.testing.assert_array_equal(function(4 * x), 4 * function(x))


def test_a_rectifier_and_its_mirror_image_add_up_to_the_line():
    x = np.float32([-3.0, -0.5, 0.0, 0.25, 8.0])
    np.testing.assert_array_equal(relu(x) - relu(-x), x)
    np.testing.assert_allclose(leaky_relu(x) - leaky_relu(-x), 1.2 * x, rtol=1e-6)


def test_relu6_is_relu_that_ends_at_6():
    x = np.float32([-1.0, 0.0, 3.0, 6.0, 7.0])
    np.testing.assert_array_equal(relu6(x), relu(x, max_value=6.0))
    np.testing.assert_array_equal(relu6(x), relu(x) - relu(x - 6))


def test_at_the_kink_the_slope_is_the_one_below_it():
    assert slope(relu, [0.0]) == 0
    assert slope(leaky_relu, [0.0]) == np.float32(0.2)
    assert slope(relu6, [0.0, 6.0]).tolist() == [0, 0]
    assert slope(lambda x: relu(x, negative_slope=0.5, threshold=1.0), [1.0]) == 0.5


def test_a_largest_value_does_nothing_below_the_threshold():
    x = np.float32([-10.0, -5.0, 0.0, 5.0, 10.0])
    found = relu(x, negative_slope=0.5, max_value=5.0, threshold=5.0)
    np.testing.assert_array_equal(found, [-7.5, -5.0, -2.5, 0.0, 5.0])


def test_a_slope_in_float64_keeps_its_digits():
    assert leaky_relu(tf.constant([-1.0], tf.float64), 0.01).numpy()[0] == -0.01
    assert relu(tf.constant([-1.0], tf.float64), 0.01).numpy()[0] == -0.01


@pytest.mark.parametrize("slope", [-0.1, np.nan, np.inf, "0.2", None])
def test_a_slope_that_is_no_number_from_0_on_is_refused(slope):
    for function in (relu, leaky_relu):
        with pytest.raises(ValueError, match="negative_slope should be a finite number"):
            function([1.0], negative_slope=slope)
