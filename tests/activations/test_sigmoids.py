"""What the step, the identity, the sigmoid and tanh are, beyond the table of specs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import activations, reference
from companion.optimizers import SGD

EVERY_FUNCTION = [activations.step, activations.linear, activations.sigmoid, activations.tanh]
X = np.linspace(-30, 30, 6001)


def value(name, x=X):
    return getattr(reference.activations, name)(x)[0]


def slope(name, x=X):
    return getattr(reference.activations, name)(x)[1]


def gradient(function, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def test_sigmoid_inverts_the_logarithm_of_the_odds():
    p = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(value("sigmoid", np.log(p / (1 - p))), p, rtol=1e-14)


def test_sigmoid_is_the_posterior_of_two_normal_classes_of_equal_width():
    u, centre_0, centre_1, width, share_of_1 = np.linspace(-4, 4, 81), -1.0, 0.5, 1.3, 0.2

    def density(centre):
        return np.exp(-((u - centre) ** 2) / (2 * width**2))

    yes, no = share_of_1 * density(centre_1), (1 - share_of_1) * density(centre_0)
    weight = (centre_1 - centre_0) / width**2
    bias = (centre_0**2 - centre_1**2) / (2 * width**2) + np.log(share_of_1 / (1 - share_of_1))
    np.testing.assert_allclose(value("sigmoid", weight * u + bias), yes / (yes + no), rtol=1e-13)


def test_sigmoid_is_how_often_a_step_fires_under_logistic_noise():
    # Quantiles in the place of random numbers: the noise at the shares 0.5/n, 1.5/n, …
    share = (np.arange(10_000) + 0.5) / 10_000
    noise = np.log(share / (1 - share))
    for x in (-3.0, -0.5, 0.0, 2.0):
        fires = value("step", x + noise).mean()
        assert fires == pytest.approx(value("sigmoid", x), abs=1e-4)


def test_slope_of_sigmoid_is_a_density():
    area = np.trapezoid(slope("sigmoid"), X)
    assert area == pytest.approx(1, abs=1e-6)


def test_sigmoid_of_minus_x_is_one_minus_sigmoid_and_the_slopes_are_even():
    np.testing.assert_allclose(value("sigmoid", -X), 1 - value("sigmoid"), atol=4e-16)
    np.testing.assert_array_equal(slope("sigmoid", -X), slope("sigmoid"))
    np.testing.assert_array_equal(slope("tanh", -X), slope("tanh"))


def test_tanh_is_a_sigmoid_stretched_and_centred():
    np.testing.assert_allclose(value("tanh"), 2 * value("sigmoid", 2 * X) - 1, atol=1e-15)
    np.testing.assert_allclose(slope("tanh"), 4 * slope("sigmoid", 2 * X), rtol=1e-14)
    np.testing.assert_array_equal(value("tanh", -X), -value("tanh"))


@pytest.mark.parametrize(("name", "steepest"), [("sigmoid", 0.25), ("tanh", 1.0)])
def test_slope_is_largest_at_zero_and_bounds_every_chord(name, steepest):
    assert slope(name, 0.0) == slope(name).max() == steepest
    chords = np.abs(np.diff(value(name)) / np.diff(X))
    assert chords.max() <= steepest * (1 + 1e-12)


@pytest.mark.parametrize(("name", "rate", "factor"), [("sigmoid", 1, 1), ("tanh", 2, 4)])
def test_saturation_is_exponential(name, rate, factor):
    bound = factor * np.exp(-rate * np.abs(X))
    assert np.all(slope(name) <= bound)
    far = np.abs(X) > 10
    np.testing.assert_allclose(slope(name)[far], bound[far], rtol=1e-4)


@pytest.mark.parametrize("name", ["step", "sigmoid", "tanh"])
def test_values_never_fall(name):
    assert np.all(np.diff(value(name)) >= 0)


@pytest.mark.parametrize(
    ("function", "second"),
    [
        (activations.sigmoid, lambda x: slope("sigmoid", x) * (1 - 2 * value("sigmoid", x))),
        (activations.tanh, lambda x: -2 * value("tanh", x) * slope("tanh", x)),
        (activations.linear, np.zeros_like),
        (activations.step, np.zeros_like),
    ],
)
def test_second_derivative(function, second):
    x = np.array([-3.0, -0.7, 0.2, 1.0, 4.0])
    found = gradient(lambda x: gradient(function, x), x)
    found = np.zeros_like(x) if found is None else found  # a constant slope has no gradient
    np.testing.assert_allclose(found, second(x), rtol=1e-12)


def test_step_is_one_at_both_zeros_and_identity_is_a_second_name():
    assert activations.step([0.0, -0.0]).numpy().tolist() == [1.0, 1.0]
    assert activations.identity is activations.linear


def test_slope_of_a_saturated_sigmoid_is_kept_where_one_minus_sigmoid_is_lost():
    assert float(gradient(activations.sigmoid, 20.0)) == pytest.approx(2.0611536e-9, rel=1e-6)
    assert float(gradient(activations.tanh, 20.0)) == pytest.approx(1.6993417e-17, rel=1e-6)


@pytest.mark.parametrize("activation", EVERY_FUNCTION)
def test_weights_below_an_activation_move_unless_it_is_the_step(activation):
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(64, 5)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    hidden = keras.layers.Dense(4, activation)
    model = keras.Sequential([keras.Input([5]), hidden, keras.layers.Dense(1)])
    model.compile(SGD(0.1), loss="mean_squared_error")
    before = hidden.kernel.numpy()
    model.fit(x, y, epochs=3, verbose=0)
    moved = not np.array_equal(hidden.kernel.numpy(), before)
    assert moved == (activation is not activations.step)


def test_confident_mistake_keeps_its_gradient_in_keras_crossentropy():
    logit = np.float32([20.0])
    loss = gradient(
        lambda x: keras.losses.binary_crossentropy([0.0], activations.sigmoid(x)), logit
    )
    np.testing.assert_allclose(loss, [1.0], rtol=1e-6)


@pytest.mark.parametrize("function", EVERY_FUNCTION)
def test_whole_numbers_become_floats(function):
    assert function([1, 2]).dtype == keras.config.floatx()


@pytest.mark.parametrize("function", EVERY_FUNCTION)
@pytest.mark.parametrize("bad", [np.array([1j]), ["one"], None])
def test_what_holds_no_real_numbers_is_refused_by_name(function, bad):
    with pytest.raises(ValueError) as error:
        function(bad)
    assert str(error.value).startswith("x should")
