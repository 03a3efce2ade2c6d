"""Recurrent cells by hand are Keras' layers, and their gradients are the slopes of the loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.reference.networks import (
    lstm,
    lstm_gradients,
    simple_rnn,
    simple_rnn_gradients,
)

BATCH, STEPS, INPUTS, UNITS = 3, 6, 4, 5
CELLS = {
    "simple": (keras.layers.SimpleRNN, 1, 1),
    "lstm": (keras.layers.LSTM, 4, 2),
}


def states_and_gradients(cell, x, errors, kernels, starts):
    """The states h_1 … h_T, and the gradients in x, W, U, b and the starts."""
    if cell == "simple":
        states = simple_rnn(x, *kernels, *starts)
        return states[..., 1:, :], simple_rnn_gradients(x, states, errors, *kernels[:2])
    run = lstm(x, *kernels, starts)
    return run[0][..., 1:, :], lstm_gradients(x, *run, errors, *kernels[:2])


def random_problem(cell, *before, seed=0):
    """Sequences, errors, weights and starts, with further axes in front of each."""
    rng = np.random.default_rng(seed)
    _, gates, memories = CELLS[cell]
    x, errors = (rng.normal(size=(*before, BATCH, STEPS, k)) for k in (INPUTS, UNITS))
    shapes = (INPUTS, gates * UNITS), (UNITS, gates * UNITS), (gates * UNITS,)
    kernels = [rng.normal(size=(*before, *shape)) for shape in shapes]
    return x, errors, kernels, list(rng.normal(size=(memories, *before, BATCH, UNITS)))


@pytest.mark.parametrize("cell", CELLS)
def test_states_and_gradients_are_those_of_keras(cell):
    x, errors, kernels, starts = random_problem(cell)
    layer = CELLS[cell][0](UNITS, return_sequences=True, dtype="float64")
    layer.build(x.shape)
    layer.set_weights(kernels)
    given = [tf.constant(array) for array in (x, *starts)]
    with tf.device("CPU"), tf.GradientTape() as tape:
        tape.watch(given)
        states = layer(given[0], initial_state=given[1:])
    sources = [given[0], *(weight.value for weight in layer.weights), *given[1:]]
    theirs = tape.gradient(states, sources, output_gradients=tf.constant(errors))
    ours, by_hand = states_and_gradients(cell, x, errors, kernels, starts)
    np.testing.assert_allclose(ours, states, rtol=1e-12, atol=1e-13)
    for gradient, expected in zip(by_hand, theirs, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_the_slopes_of_the_loss(cell):
    x, errors, kernels, starts = random_problem(cell)
    _, by_hand = states_and_gradients(cell, x, errors, kernels, starts)
    for array, gradient in zip([x, *kernels, *starts], by_hand, strict=True):
        assert gradient.shape == array.shape
        for place in list(np.ndindex(array.shape))[::7]:
            kept, losses = array[place], []
            for shift in (1e-5, -1e-5):
                array[place] = kept + shift
                losses.append(
                    np.sum(errors * states_and_gradients(cell, x, errors, kernels, starts)[0])
                )
            array[place] = kept
            slope = (losses[0] - losses[1]) / 2e-5
            assert gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("cell", CELLS)
def test_networks_side_by_side_are_networks_alone(cell):
    x, errors, kernels, starts = random_problem(cell, 2)
    states, gradients = states_and_gradients(cell, x, errors, kernels, starts)
    for k in range(2):
        one = [array[k] for array in kernels], [array[k] for array in starts]
        alone, found = states_and_gradients(cell, x[k], errors[k], *one)
        np.testing.assert_allclose(states[k], alone, rtol=1e-12)
        for side_by_side, single in zip(gradients, found, strict=True):
            np.testing.assert_allclose(side_by_side[k], single, rtol=1e-11, atol=1e-13)


def test_without_a_start_the_memory_is_zero():
    x, _, kernels, starts = random_problem("simple")
    np.testing.assert_array_equal(simple_rnn(x, *kernels), simple_rnn(x, *kernels, 0 * starts[0]))
    x, _, kernels, (h, c) = random_problem("lstm")
    for ours, given in zip(lstm(x, *kernels), lstm(x, *kernels, (0 * h, 0 * c)), strict=True):
        np.testing.assert_array_equal(ours, given)


def test_the_gradient_along_the_cell_is_the_product_of_the_forget_gates():
    x, errors, (weights, recurrent, biases), _ = random_problem("lstm")
    errors[:, :-1] = 0.0
    run = lstm(x, weights, 0 * recurrent, biases)
    _, cells, gates = run
    *_, in_cell = lstm_gradients(x, *run, errors, weights, 0 * recurrent)
    at_the_end = errors[:, -1] * gates[3, :, -1] * (1 - np.tanh(cells[:, -1]) ** 2)
    np.testing.assert_allclose(in_cell, at_the_end * np.prod(gates[1], axis=1), rtol=1e-12)


def test_sums_of_a_thousand_do_not_overflow():
    with np.errstate(all="raise"):
        _, _, gates = lstm(np.ones((1, 2, 1)), np.full((1, 4), -1e3), np.zeros((1, 4)), np.zeros(4))
    assert gates[0].max() == 0.0
    assert gates[2].min() == -1.0
