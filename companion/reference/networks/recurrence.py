"""Recurrent cells: the states of a sequence, and the gradients that go back through time.

Axes are (batch, time, units), as in Keras. Axes before these are networks side by side: all
arrays have them then, the weights too. Chapter: networks/recurrence
"""

import numpy as np


def simple_rnn(x, weights, recurrent, biases, start=0.0):
    """The states h_t = tanh(x_t W + h_{t-1} U + b) of a batch of sequences.

    `x` has shape (batch, T, n), `weights` (n, m), `recurrent` (m, m), `biases` (m,), `start`
    (batch, m). Returns the states h_0 … h_T, shape (batch, T + 1, m).
    """
    *batch, steps, _ = np.shape(x)
    states = np.zeros((*batch, steps + 1, np.shape(biases)[-1]))
    states[..., 0, :] = start
    for t in range(steps):
        sums = x[..., t, :] @ weights + states[..., t, :] @ recurrent + biases[..., None, :]
        states[..., t + 1, :] = np.tanh(sums)
    return states


def simple_rnn_gradients(x, states, errors, weights, recurrent):
    """Backpropagation through time for `simple_rnn`.

    `errors` (batch, T, m) is what the loss hands to each state directly: the derivative in h_t
    with the other states held. Returns the gradients in `x`, `weights`, `recurrent`, the biases and
    the first state, in their shapes.
    """
    in_sums, carried = np.zeros(np.shape(errors)), 0.0
    for t in reversed(range(in_sums.shape[-2])):
        in_state = errors[..., t, :] + carried
        in_sums[..., t, :] = in_state * (1 - states[..., t + 1, :] ** 2)
        carried = in_sums[..., t, :] @ np.swapaxes(recurrent, -1, -2)
    return *_of_arguments(x, states, in_sums, weights), carried


def lstm(x, weights, recurrent, biases, start=(0.0, 0.0)):
    """The states and cells of the long short-term memory, for a batch of sequences.

    Four sums x_t W + h_{t-1} U + b, each with its own columns, in Keras' order i, f, g, o. Three
    go through a sigmoid, which is (1 + tanh(x / 2)) / 2, and g goes through tanh. Then
    c_t = f_t c_{t-1} + i_t g_t and h_t = o_t tanh(c_t).

    `x` has shape (batch, T, n), `weights` (n, 4m), `recurrent` (m, 4m), `biases` (4m,), `start`
    is the pair h_0, c_0, each (batch, m). Returns the states and the cells, each
    (batch, T + 1, m), and the gates i, f, g, o, shape (4, batch, T, m).
    """
    *batch, steps, _ = np.shape(x)
    units = np.shape(recurrent)[-2]
    states, cells = np.zeros((2, *batch, steps + 1, units))
    gates = np.zeros((4, *batch, steps, units))
    states[..., 0, :], cells[..., 0, :] = start
    for t in range(steps):
        sums = x[..., t, :] @ weights + states[..., t, :] @ recurrent + biases[..., None, :]
        gates[..., t, :] = np.stack(np.split(0.5 + 0.5 * np.tanh(0.5 * sums), 4, axis=-1))
        gates[2, ..., t, :] = np.tanh(sums[..., 2 * units : 3 * units])
        i, f, g, o = gates[..., t, :]
        cells[..., t + 1, :] = f * cells[..., t, :] + i * g
        states[..., t + 1, :] = o * np.tanh(cells[..., t + 1, :])
    return states, cells, gates


def lstm_gradients(x, states, cells, gates, errors, weights, recurrent):
    """Backpropagation through time for `lstm`, which returned `states`, `cells` and `gates`.

    `errors` (batch, T, m) is what the loss hands to each state directly. Returns the gradients in
    `x`, `weights`, `recurrent`, the biases, h_0 and c_0, in their shapes.
    """
    *batch, steps, units = np.shape(errors)
    in_sums, in_state, in_cell = np.zeros((*batch, steps, 4 * units)), 0.0, 0.0
    for t in reversed(range(steps)):
        (i, f, g, o), before = gates[..., t, :], cells[..., t, :]
        squashed = np.tanh(cells[..., t + 1, :])
        in_state = errors[..., t, :] + in_state
        in_cell = in_cell + in_state * o * (1 - squashed**2)
        in_sums[..., t, :] = np.concatenate(
            [
                in_cell * g * i * (1 - i),
                in_cell * before * f * (1 - f),
                in_cell * i * (1 - g**2),
                in_state * squashed * o * (1 - o),
            ],
            axis=-1,
        )
        in_state = in_sums[..., t, :] @ np.swapaxes(recurrent, -1, -2)
        in_cell = in_cell * f
    return *_of_arguments(x, states, in_sums, weights), in_state, in_cell


def _of_arguments(x, states, in_sums, weights):
    """The gradients in x, W, U and b, from those in the sums: what all steps share adds up."""
    in_x = in_sums @ np.swapaxes(weights, -1, -2)[..., None, :, :]
    in_weights = np.einsum("...bti,...btj->...ij", x, in_sums)
    in_recurrent = np.einsum("...btk,...btj->...kj", states[..., :-1, :], in_sums)
    return in_x, in_weights, in_recurrent, in_sums.sum(axis=(-3, -2))
