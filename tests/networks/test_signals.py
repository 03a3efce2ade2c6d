"""What is measured on the way through a stack is what the theory of the layers says."""

import numpy as np
import pytest

from companion import reference
from companion.networks import through_layers

activations = reference.activations


def test_the_identity_keeps_variance_and_gradient_and_has_no_dead_units():
    signals = through_layers(activations.identity, 1.0, width=400)
    assert np.allclose(signals.mean, 0, atol=0.02)
    assert np.allclose(signals.variance, 1, rtol=0.3)
    assert np.allclose(signals.gradient, 1, rtol=0.3)
    assert (signals.dead == 0).all()


def test_relu_keeps_half_of_the_mean_square_in_each_layer():
    signals = through_layers(activations.relu, 1.0, layers=6, width=500)
    squares = signals.variance + signals.mean**2
    assert np.allclose(squares, 0.5 ** np.arange(1, 7), rtol=0.15)
    assert np.allclose(signals.gradient, np.sqrt(0.5) ** np.arange(5, -1, -1), rtol=0.15)


def test_the_gradient_is_that_of_the_outputs_in_the_sums():
    random = np.random.default_rng(3)
    inputs = random.standard_normal((1, 1))
    first, second = (random.standard_normal((1, 1)) for _ in range(2))
    value, slope = activations.tanh(inputs @ first)
    _, last = activations.tanh(value @ second)
    signals = through_layers(activations.tanh, 1.0, layers=2, width=1, samples=1, seed=3)
    assert signals.gradient == pytest.approx([abs((second * slope).item()), 1.0])
    assert signals.mean[0] == pytest.approx(value.item())
    assert last != 0


def test_a_dead_unit_has_no_slope_on_any_sample():
    def dead_half(x):
        slope = np.ones_like(x)
        slope[:, ::2] = 0
        slope[0, 1] = 0  # one sample does not make a unit dead
        return x, slope

    assert through_layers(dead_half, layers=2, width=10).dead.tolist() == [0.5, 0.5]


def test_a_seed_gives_the_same_numbers_again_and_another_others():
    one, again, other = (through_layers(activations.relu, seed=seed) for seed in (1, 1, 2))
    assert (one.variance == again.variance).all()
    assert (one.variance != other.variance).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": 0}, "layers should be at least 1, got 0"),
        ({"width": -1}, "width should be at least 1, got -1"),
        ({"samples": 0}, "samples should be at least 1, got 0"),
        ({"variance": -1.0}, "variance should be a number, at least 0, got -1.0"),
        ({"variance": np.nan}, "variance should be a number, at least 0, got nan"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        through_layers(activations.relu, **arguments)
