"""What the exponential units are: smooth below 0, and a line above it."""

import numpy as np
import pytest
import tensorflow as tf

from companion.activations import elu, selu, sigmoid, softplus
from companion.reference import activations as reference


def test_selu_gives_a_standard_normal_input_mean_0_and_variance_1():
    x = np.linspace(-12, 12, 480_001)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    value, _ = reference.selu(x)
    assert abs(np.sum(density * value)) < 1e-9
    assert abs(np.sum(density * value**2) - 1) < 1e-9
    np.testing.assert_allclose(selu(x), value, rtol=1e-12, atol=1e-15)


def test_elu_tends_to_minus_alpha_and_meets_the_line_at_0():
    for alpha in (0.3, 1.0, 2.0):
        assert elu([-1e4], alpha=alpha).numpy()[0] == np.float32(-alpha)
        assert elu([-1e-30], alpha=alpha).numpy()[0] == pytest.approx(-alpha * 1e-30)
        assert elu([0.0], alpha=alpha).numpy()[0] == 0


def test_softplus_and_its_mirror_image_differ_by_the_line():
    x = np.linspace(-30, 30, 101)
    np.testing.assert_allclose(softplus(x) - softplus(-x), x, rtol=1e-13, atol=1e-13)


def test_the_slope_of_softplus_is_the_sigmoid():
    x = tf.constant(np.linspace(-30, 30, 101))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = softplus(x)
    np.testing.assert_allclose(tape.gradient(value, x), sigmoid(x), rtol=1e-13)


@pytest.mark.parametrize("alpha", [-1.0, np.nan, np.inf, "1", None])
def test_an_alpha_that_is_no_number_from_0_on_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha should be a finite number and >= 0"):
        elu([1.0], alpha=alpha)
