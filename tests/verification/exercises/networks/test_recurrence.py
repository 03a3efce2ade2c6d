"""The exercises on recurrence ask for what the page says."""

import numpy as np
import pytest

from companion.reference.networks import lstm, simple_rnn_gradients
from companion.verification import check
from companion.verification.exercises.networks.recurrence import EXERCISES

RANDOM = np.random.default_rng(0)


def test_the_way_back_is_that_of_the_reference():
    states, errors = RANDOM.uniform(-1, 1, (7, 3)), RANDOM.normal(size=(6, 3))
    recurrent = RANDOM.normal(size=(3, 3))
    # With weights of one, the gradient in the inputs is the one in the sums.
    x = np.zeros((1, 6, 3))
    expected, *_ = simple_rnn_gradients(x, states[None], errors[None], np.eye(3), recurrent)
    found = EXERCISES["recurrence-through-time"].truth(states, errors, recurrent)
    np.testing.assert_allclose(found, expected[0], rtol=1e-12)


def test_the_step_is_that_of_the_reference():
    sums, cell = RANDOM.normal(size=12), RANDOM.normal(size=3)
    start = np.zeros((1, 3)), cell[None]
    states, cells, _ = lstm(sums[None, None], np.eye(12), np.zeros((3, 12)), np.zeros(12), start)
    state, new = EXERCISES["recurrence-lstm-step"].truth(sums, cell)
    np.testing.assert_allclose(state, states[0, 1], rtol=1e-12)
    np.testing.assert_allclose(new, cells[0, 1], rtol=1e-12)


def by_products(states, errors, recurrent):
    """Each error goes back through all the steps before it, one matrix after the other."""
    slopes = 1 - states[1:] ** 2
    found = np.zeros(errors.shape)
    for last in range(len(errors)):
        share = errors[last] * slopes[last]
        found[last] += share
        for t in range(last - 1, -1, -1):
            share = slopes[t] * (recurrent @ share)
            found[t] += share
    return found


def with_lists(sums, cell):
    m = len(cell)
    new, state = [], []
    for k in range(m):
        i, f, g, o = (sums[k + gate * m] for gate in range(4))
        i, f, o = (np.exp(-np.logaddexp(0.0, -part)) for part in (i, f, o))
        new.append(f * cell[k] + i * np.tanh(g))
        state.append(o * np.tanh(new[-1]))
    return state, new


def as_one_vector(in_weights, in_biases, longest):
    together = np.concatenate([in_weights.ravel(), in_biases])
    length = np.linalg.norm(together)
    if length > longest:
        together = together / length * longest
    return together[: in_weights.size].reshape(in_weights.shape), together[in_weights.size :]


@pytest.mark.parametrize(
    ("exercise", "attempt"),
    [
        ("recurrence-through-time", by_products),
        ("recurrence-lstm-step", with_lists),
        ("recurrence-clip", as_one_vector),
    ],
)
def test_another_right_way_passes(exercise, attempt):
    assert check(exercise, attempt).passed


def back(slope=lambda h, t: 1 - h[t + 1] ** 2, matrix=lambda U: U.T, last=False):
    def in_sums(states, errors, recurrent):
        found, carried = np.zeros(errors.shape), 0.0
        for t in reversed(range(len(errors))):
            error = errors[t] if not last or t == len(errors) - 1 else 0.0
            found[t] = (error + carried) * slope(states, t)
            carried = found[t] @ matrix(recurrent)
        return found

    return in_sums


def next_step_only(states, errors, recurrent):
    found = np.zeros(errors.shape)
    for t in range(len(errors)):
        later = np.zeros_like(errors[t])
        if t + 1 < len(errors):
            later = recurrent @ (errors[t + 1] * (1 - states[t + 2] ** 2))
        found[t] = (errors[t] + later) * (1 - states[t + 1] ** 2)
    return found


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (next_step_only, "not the next one alone"),
        (back(slope=lambda h, t: 1 - h[t] ** 2), "it is one further"),
        (back(slope=lambda h, t: 1 - h[t + 1]), "the square is missing"),
        (back(slope=lambda h, t: 1.0), "the slope of tanh is missing"),
        (back(matrix=lambda U: U), "back goes through the transpose of U"),
        (back(matrix=lambda U: 0 * U), "only what the next step hands back is missing"),
        (back(last=True), "not to the last alone"),
        (lambda h, e, U: back()(h, e, U)[:-1], "the shape is"),
        (lambda h, e, U: -back()(h, e, U), "-1 times the right ones"),
    ],
)
def test_a_wrong_way_back_is_explained(attempt, hint):
    verdict = check("recurrence-through-time", attempt)
    assert not verdict.passed
    assert hint in repr(verdict)


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(x / 2)


def where(x):
    return np.where(x < 0, np.exp(x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x)))


def step(
    order="ifgo",
    squash=np.tanh,
    show=lambda o, old, new: o * np.tanh(new),
    logistic=sigmoid,
):
    def lstm_step(sums, cell):
        part = dict(zip(order, np.split(sums, 4), strict=True))
        i, f, o = (logistic(part[name]) for name in "ifo")
        new = f * cell + i * squash(part["g"])
        return show(o, cell, new), new

    return lstm_step


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (step("figo"), "yours begins with f"),
        (step("ifog"), "in yours o comes third"),
        (step(squash=sigmoid), "g goes through tanh"),
        (step(show=lambda o, old, new: o * new), "the tanh of the cell, times o"),
        (step(show=lambda o, old, new: o * np.tanh(old)), "the new cell, not the old one"),
        (step(show=lambda o, old, new: np.tanh(new)), "the output gate is missing"),
        (step(squash=lambda g: g), "g goes through tanh."),
        (step(show=lambda o, old, new: o * sigmoid(new)), "not through the sigmoid"),
        (step(logistic=lambda x: (1 + np.tanh(x)) / 2), "x is halved inside as well"),
        (step(logistic=lambda x: 1 / (1 + np.exp(-x))), "e^1000 overflows"),
        (step(logistic=where), "numpy.where computes both sides"),
        (lambda sums, cell: step()(sums, cell)[::-1], "in the order state, cell"),
    ],
)
def test_a_wrong_step_is_explained(attempt, hint):
    verdict = check("recurrence-lstm-step", attempt)
    assert not verdict.passed
    assert hint in repr(verdict)


def by_length(length):
    def clip(w, b, longest):
        factor = min(1.0, longest / max(length(w, b), 1e-300))
        return w * factor, b * factor

    return clip


def always(w, b, longest):
    length = np.sqrt(np.sum(w**2) + np.sum(b**2))
    return w * longest / length, b * longest / length


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (
            lambda w, b, c: tuple(a * min(1, c / max(np.linalg.norm(a), 1e-300)) for a in (w, b)),
            "both together are one vector",
        ),
        (lambda w, b, c: (np.clip(w, -c, c), np.clip(b, -c, c)), "clips each entry"),
        (always, "short enough stays as it is"),
        (by_length(lambda w, b: np.sum(w**2) + np.sum(b**2)), "the root is missing"),
        (by_length(lambda w, b: np.linalg.norm(w) + np.linalg.norm(b)), "their squares do"),
        (
            lambda w, b, c: (w * min(1, c / max(np.hypot(*map(np.linalg.norm, (w, b))), c)), b),
            "the biases are shortened",
        ),
        (by_length(lambda w, b: np.linalg.norm(w)), "the weights' gradient alone"),
        (by_length(lambda w, b: np.abs(w).sum() + np.abs(b).sum()), "not the sum of the sizes"),
        (by_length(lambda w, b: max(np.abs(w).max(), np.abs(b).max())), "not the largest entry"),
    ],
)
def test_a_wrong_clip_is_explained(attempt, hint):
    verdict = check("recurrence-clip", attempt)
    assert not verdict.passed
    assert hint in repr(verdict)
