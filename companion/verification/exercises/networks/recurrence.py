"""The exercises of networks/recurrence.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| recurrence-through-time      | `gradient_in_sums(states, errors, recurrent) -> in_sums`        |
|                              |   (t + 1, m), (t, m), (m, m) -> (t, m): back through time       |
| recurrence-lstm-step         | `lstm_step(sums, cell) -> (state, cell)` (4m,), (m,) -> (m,),   |
|                              |   (m,): the sums of i, f, g and o, one after the other          |
| recurrence-clip              | `clip(in_weights, in_biases, longest) -> (in_weights,           |
|                              |   in_biases)` (n, m), (m,): at most that long together          |
"""

import numpy as np

from companion.reference.activations import sigmoid
from companion.verification.exercises.rows import Exercise, inputs

HALVES = [0.0, 0.5, -0.5, 0.8, -0.8, 0.1]
NUMBERS = [1.0, 2.0, -1.0, 0.5, -2.0, 0.0]
SUMS = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 1000.0, -1000.0]


def _sequences(st):
    """States in (-1, 1), one more than errors, and a square matrix; most have several units."""

    @st.composite
    def drawn(draw):
        steps, units = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([1, 2]))

        def array(values, *shape):
            count = int(np.prod(shape))
            entries = draw(st.lists(st.sampled_from(values), min_size=count, max_size=count))
            return np.array(entries).reshape(shape)

        return (
            array(HALVES, steps + 1, units),
            array(NUMBERS, steps, units),
            array(NUMBERS, units, units),
        )

    return drawn()


def _back(
    slope=lambda states, t: 1 - states[t + 1] ** 2,
    hand=lambda in_sums, in_state, recurrent: in_sums @ recurrent.T,
    give=lambda in_sums, in_states: in_sums,
):
    """The way back with another slope, another handing on, or another result."""

    def in_sums(states, errors, recurrent):
        found, in_states, carried = np.zeros(errors.shape), np.zeros(errors.shape), 0.0
        for t in reversed(range(len(errors))):
            in_states[t] = errors[t] + carried
            found[t] = in_states[t] * slope(states, t)
            carried = hand(found[t], in_states[t], recurrent)
        return give(found, in_states)

    return in_sums


def _last_error_only(states, errors, recurrent):
    last = np.zeros(errors.shape)
    last[-1] = errors[-1]
    return _back()(states, last, recurrent)


def _carried_past_the_slope(states, errors, recurrent):
    found, carried = np.zeros(errors.shape), 0.0
    for t in reversed(range(len(errors))):
        found[t] = errors[t] * (1 - states[t + 1] ** 2) + carried
        carried = found[t] @ recurrent.T
    return found


def _one_step_only(states, errors, recurrent):
    slopes = 1 - states[1:] ** 2
    handed_back = np.zeros(errors.shape)
    handed_back[:-1] = (errors * slopes)[1:] @ recurrent.T
    return (errors + handed_back) * slopes


def _from_the_start(states, errors, recurrent):
    found, carried = np.zeros(errors.shape), 0.0
    for t in range(len(errors)):
        found[t] = (errors[t] + carried) * (1 - states[t + 1] ** 2)
        carried = found[t] @ recurrent.T
    return found


def _parts(sums):
    i, f, g, o = np.split(sums, 4)
    return sigmoid(i)[0], sigmoid(f)[0], np.tanh(g), sigmoid(o)[0]


def _step(sums, cell):
    i, f, g, o = _parts(sums)
    cell = f * cell + i * g
    return o * np.tanh(cell), cell


def _step_changed(change):
    """The step with `change(i, f, g, o, old, new)` as its state and cell."""

    def step(sums, cell):
        i, f, g, o = _parts(sums)
        return change(i, f, g, o, cell, f * cell + i * g)

    return step


def _reordered(*order):
    return lambda sums, cell: _step(np.concatenate([np.split(sums, 4)[k] for k in order]), cell)


def _step_with(logistic):
    """The step with another function in the place of the sigmoid."""

    def step(sums, cell):
        i, f, g, o = np.split(sums, 4)
        i, f, o = (logistic(part) for part in (i, f, o))
        cell = f * cell + i * np.tanh(g)
        return o * np.tanh(cell), cell

    return step


def _both_sides(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def _linear_g(sums, cell):
    i, f, _, o = _parts(sums)
    cell = f * cell + i * np.split(sums, 4)[2]
    return o * np.tanh(cell), cell


def _sigmoid_of_g(sums, cell):
    i, f, _, o = _parts(sums)
    cell = f * cell + i * sigmoid(np.split(sums, 4)[2])[0]
    return o * np.tanh(cell), cell


def _length(*arrays):
    return np.sqrt(sum(np.sum(array**2) for array in arrays))


def _clip(in_weights, in_biases, longest):
    length = _length(in_weights, in_biases)
    factor = min(1.0, longest / length) if length else 1.0
    return in_weights * factor, in_biases * factor


def _each_alone(in_weights, in_biases, longest):
    return tuple(a * longest / max(_length(a), longest) for a in (in_weights, in_biases))


def _by_factor(factor):
    """Both times `factor(length, longest, in_weights, in_biases)`."""

    def clip(in_weights, in_biases, longest):
        times = factor(_length(in_weights, in_biases), longest, in_weights, in_biases)
        return in_weights * times, in_biases * times

    return clip


EXERCISES = {
    "recurrence-through-time": Exercise(
        "gradient_in_sums(states, errors, recurrent) -> in_sums",
        truth=_back(),
        inputs=_sequences,
        slips={
            "the slope at step t is that of its own state h_t, and the states begin with h_0: "
            "it is one further": _back(slope=lambda states, t: 1 - states[t] ** 2),
            "the slope of tanh is missing": _back(slope=lambda states, t: 1.0),
            "the slope of tanh is 1 - h²: the square is missing": _back(
                slope=lambda states, t: 1 - states[t + 1]
            ),
            "the slope of tanh is 1 - h²: a sign": _back(
                slope=lambda states, t: 1 + states[t + 1] ** 2
            ),
            "the states are outputs of tanh already: 1 - h², not 1 - tanh(h)²": _back(
                slope=lambda states, t: 1 - np.tanh(states[t + 1]) ** 2
            ),
            "back goes through the transpose of U": _back(hand=lambda d, e, U: d @ U),
            "what is handed on goes through the slope first, then through U": _back(
                hand=lambda d, e, U: e @ U.T
            ),
            "only what the next step hands back is missing: each state counts at all later "
            "steps": _back(hand=lambda d, e, U: 0.0),
            "what is handed back goes through U; it is missing": _back(hand=lambda d, e, U: d),
            "each unit receives over its own row of U, added up; that is the product entry by "
            "entry": _back(hand=lambda d, e, U: d * np.diag(U)),
            "that is the gradient in the states; those in the sums have the slope once more": (
                _back(give=lambda d, e: e)
            ),
            "the loss hands something to every state, not to the last alone": _last_error_only,
            "what is handed back goes through the slope of tanh too": _carried_past_the_slope,
            "all later steps hand something back, not the next one alone": _one_step_only,
            "back through time begins with the last step": _from_the_start,
            "the first step comes first: the result is turned around": _back(
                give=lambda d, e: d[::-1]
            ),
            "what is handed back is added": _back(hand=lambda d, e, U: -d @ U.T),
        },
    ),
    "recurrence-lstm-step": Exercise(
        "lstm_step(sums, cell) -> (state, cell)",
        truth=_step,
        inputs=lambda st: st.sampled_from([1, 2, 3]).flatmap(
            lambda units: st.tuples(
                st.lists(st.sampled_from(SUMS), min_size=4 * units, max_size=4 * units),
                st.lists(st.sampled_from(NUMBERS), min_size=units, max_size=units),
            ).map(lambda pair: tuple(map(np.array, pair)))
        ),
        slips={
            "the order is i, f, g, o, and f belongs to the old cell; yours begins with f, or has "
            "the two gates swapped": _reordered(1, 0, 2, 3),
            "the order is i, f, g, o; in yours o comes third": _reordered(0, 1, 3, 2),
            "what is shown is the tanh of the cell, times o": _step_changed(
                lambda i, f, g, o, old, new: (o * new, new)
            ),
            "the state shows the new cell, not the old one": _step_changed(
                lambda i, f, g, o, old, new: (o * np.tanh(old), new)
            ),
            "the output gate is missing": _step_changed(
                lambda i, f, g, o, old, new: (np.tanh(new), new)
            ),
            "the cell stays as it is; only what is shown goes through tanh": _step_changed(
                lambda i, f, g, o, old, new: (o * np.tanh(new), np.tanh(new))
            ),
            "the forget gate is what stays, not what goes": _step_changed(
                lambda i, f, g, o, old, new: (
                    o * np.tanh((1 - f) * old + i * g),
                    (1 - f) * old + i * g,
                )
            ),
            "the old cell is missing": _step_changed(
                lambda i, f, g, o, old, new: (o * np.tanh(i * g), i * g)
            ),
            "the input gate is missing": _step_changed(
                lambda i, f, g, o, old, new: (o * np.tanh(f * old + g), f * old + g)
            ),
            "the forget gate is missing": _step_changed(
                lambda i, f, g, o, old, new: (o * np.tanh(old + i * g), old + i * g)
            ),
            "g goes through tanh, not through the sigmoid": _sigmoid_of_g,
            "g goes through tanh": _linear_g,
            "what is shown goes through tanh, not through the sigmoid": _step_changed(
                lambda i, f, g, o, old, new: (o * sigmoid(new)[0], new)
            ),
            "the sigmoid is (1 + tanh(x / 2)) / 2: x is halved inside as well": _step_with(
                lambda z: 0.5 + 0.5 * np.tanh(z)
            ),
            "e^1000 overflows: (1 + tanh(x / 2)) / 2 is the sigmoid as well": _step_with(
                lambda z: 1 / (1 + np.exp(-z))
            ),
            "numpy.where computes both sides, and one overflows: (1 + tanh(x / 2)) / 2 is the "
            "sigmoid as well": _step_with(_both_sides),
        },
        quiet=True,
    ),
    "recurrence-clip": Exercise(
        "clip(in_weights, in_biases, longest) -> (in_weights, in_biases)",
        truth=_clip,
        inputs=inputs(
            ([0.0, 1.0, -1.0, 3.0, 4.0, -10.0, 1e-3], "nm"),
            ([0.0, 1.0, -1.0, 3.0, 4.0, -10.0, 1e-3], "m"),
            [1.0, 5.0, 0.1, 2.0],
        ),
        slips={
            "both together are one vector: one length, one factor": _each_alone,
            "that clips each entry, and turns the gradient": lambda w, b, longest: (
                np.clip(w, -longest, longest),
                np.clip(b, -longest, longest),
            ),
            "a gradient that is short enough stays as it is": _by_factor(
                lambda length, longest, w, b: longest / length
            ),
            "a gradient of zeros has no length to divide by; it stays what it is": _by_factor(
                lambda length, longest, w, b: np.minimum(length, longest) / length
            ),
            "the length is the root of the sum of the squares: the root is missing": _by_factor(
                lambda length, longest, w, b: longest / max(length**2, longest)
            ),
            "that is the length of the weights' gradient alone": _by_factor(
                lambda length, longest, w, b: longest / max(_length(w), longest)
            ),
            "the length is the root of the sum of squares, not of their mean": _by_factor(
                lambda length, longest, w, b: (
                    longest / max(length / np.sqrt(w.size + b.size), longest)
                )
            ),
            "the length is the root of the sum of squares, not the largest entry": _by_factor(
                lambda length, longest, w, b: (
                    longest / max(np.abs(w).max(), np.abs(b).max(), longest)
                )
            ),
            "the length is the root of the sum of squares, not the sum of the sizes": _by_factor(
                lambda length, longest, w, b: (
                    longest / max(np.abs(w).sum() + np.abs(b).sum(), longest)
                )
            ),
            "the biases are shortened as well": lambda w, b, longest: (
                _clip(w, b, longest)[0],
                b,
            ),
            "two lengths do not add; their squares do": _by_factor(
                lambda length, longest, w, b: longest / max(_length(w) + _length(b), longest)
            ),
            "divide by the length, then multiply by the longest that is allowed": _by_factor(
                lambda length, longest, w, b: 1 / max(length, 1.0) if length > longest else 1.0
            ),
        },
    ),
}
