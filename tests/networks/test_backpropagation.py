"""What walks back through dense layers with any activation is the gradient of the loss."""

import itertools

import numpy as np
import pytest

from companion import reference
from companion.reference.networks import Layer, Network

ACTIVATIONS = ["elu", "gelu", "linear", "mish", "relu", "selu", "sigmoid", "silu", "softplus"]
ACTIVATIONS += ["tanh"]


def random_network(activation, widths, seed=0):
    random = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(widths))
    functions = [activation] * (len(pairs) - 1) + [reference.activations.linear]
    return Network(
        [
            Layer(random.normal(size=(d, m)) / np.sqrt(d), random.normal(size=m), function)
            for (d, m), function in zip(pairs, functions, strict=True)
        ]
    )


@pytest.fixture
def batch():
    random = np.random.default_rng(1)
    return random.normal(size=(6, 5)), random.integers(0, 3, 6)


@pytest.mark.parametrize("widths", [[5, 3], [5, 4, 3], [5, 7, 6, 3]])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_by_hand_are_the_slopes_of_the_loss(name, widths, batch):
    network = random_network(getattr(reference.activations, name), widths)
    network.backward(*batch)
    found = [(layer, *layer.gradients) for layer in network.layers]
    step = 1e-5
    for layer, *gradients in found:
        for values, gradient in zip((layer.weights, layer.biases), gradients, strict=True):
            for place in np.ndindex(values.shape):
                kept, slope = values[place], 0.0
                for weight, shift in ((1, -2), (-8, -1), (8, 1), (-1, 2)):
                    values[place] = kept + shift * step
                    slope += weight * network.backward(*batch)
                values[place] = kept
                assert gradient[place] == pytest.approx(slope / (12 * step), rel=1e-6, abs=1e-8)


def test_with_relu_it_is_the_perceptron(batch):
    network = random_network(reference.activations.relu, [5, 7, 6, 3])
    loss = network.backward(*batch)
    layers = [(layer.weights, layer.biases) for layer in network.layers]
    expected_loss, pairs = reference.networks.gradients(*batch, layers)
    assert loss == pytest.approx(expected_loss, rel=1e-13)
    for layer, pair in zip(network.layers, pairs, strict=True):
        for gradient, expected in zip(layer.gradients, pair, strict=True):
            np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)


def test_the_gradient_in_the_inputs_is_handed_on():
    random = np.random.default_rng(2)
    weights, biases, x = (random.normal(size=size) for size in ((4, 3), (3,), (2, 4)))
    layer, weighing = Layer(weights, biases, reference.activations.tanh), random.normal(size=(2, 3))
    layer.forward(x)
    gradient, move = layer.backward(weighing), 1e-6 * random.normal(size=(2, 4))
    above, below = (np.sum(weighing * layer.forward(x + s * move)) for s in (1, -1))
    assert np.sum(gradient * move) == pytest.approx((above - below) / 2, rel=1e-8)


def test_a_short_step_lowers_the_loss_by_the_square_of_the_gradient(batch):
    network, rate = random_network(reference.activations.sigmoid, [5, 4, 3]), 1e-6
    before = network.step(*batch, rate)
    square = sum(np.sum(part**2) for layer in network.layers for part in layer.gradients)
    assert (before - network.backward(*batch)) / rate == pytest.approx(square, rel=1e-4)


def test_logits_of_a_thousand_do_not_overflow():
    network = Network([Layer(1000 * np.eye(3), np.zeros(3), reference.activations.linear)])
    assert network.backward(np.eye(3), np.arange(3)) == 0
    assert network.backward(np.eye(3), np.array([1, 2, 0])) == pytest.approx(1000)
