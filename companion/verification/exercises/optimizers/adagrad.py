"""The exercises of optimizers/adagrad.

| id               | to be handed over                                                    |
| ---------------- | -------------------------------------------------------------------- |
| adagrad-step     | `adagrad_step(parameter, gradient, s, learning_rate, epsilon)        |
|                  |   -> (parameter, s)`: ε under the root                               |
| adagrad-regret   | `regret_of_lines(slopes, positions) -> regret` of the losses         |
|                  |   slope · x at the positions (n,), against the best x in [-1, 1]     |
| adagrad-distance | `travelled(gradient, steps, learning_rate, s_0) -> distance`: the    |
|                  |   length of all steps under one and the same gradient, with ε = 0    |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _step(parameter, gradient, s, learning_rate, epsilon):
    parameter, state = reference.optimizers.adagrad(
        parameter, gradient, {"s": s}, learning_rate=learning_rate, epsilon=epsilon
    )
    return parameter, state["s"]


def _step_with(move, more=lambda s, g: s + g**2):
    """An AdaGrad step that adds `more` to the sum and goes along `move`: the slips."""

    def step(parameter, gradient, s, learning_rate, epsilon):
        new = more(s, gradient)
        return parameter - learning_rate * move(gradient, new, s, epsilon), new

    return step


def _right(gradient, new, old, epsilon):
    return gradient / np.sqrt(new + epsilon)


def _regret(slopes, positions):
    return np.sum(slopes * positions) + np.abs(np.sum(slopes))


def _sums(gradient, steps, s_0):
    return s_0 + gradient**2 * np.arange(1, steps + 1)


def _travelled(gradient, steps, learning_rate, s_0):
    return learning_rate * np.sum(np.abs(gradient) / np.sqrt(_sums(gradient, steps, s_0)))


EXERCISES = {
    "adagrad-step": Exercise(
        "adagrad_step(parameter, gradient, s, learning_rate, epsilon) -> (parameter, s)",
        truth=_step,
        inputs=inputs(
            (REALS, "n"),
            ([1.0, 0.0, -1.0, 2.0, -2.0, 0.5], "n"),
            ([0.0, 1.0, 4.0, 0.25], "n"),
            [1.0, 0.1, 0.5],
            [1.0, 1e-7, 0.5],
        ),
        slips={
            "epsilon stands under the root, as in Keras; beside it is PyTorch's form": _step_with(
                lambda g, new, old, e: g / (np.sqrt(new) + e)
            ),
            "the new gradient has to enter the sum before the root is taken": _step_with(
                lambda g, new, old, e: g / np.sqrt(old + e)
            ),
            "the root over the sum is missing": _step_with(lambda g, new, old, e: g / (new + e)),
            "epsilon is missing: nothing keeps the root from 0": _step_with(
                lambda g, new, old, e: np.where(g == 0, 0.0, g / np.sqrt(np.maximum(new, 1e-300)))
            ),
            "the sign is turned: a step goes against the gradient": _step_with(
                lambda *rest: -_right(*rest)
            ),
            "the numerator is the gradient itself, not its square": _step_with(
                lambda g, new, old, e: g**2 / np.sqrt(new + e)
            ),
            "only the sign of the gradient is left: the old squares are missing in the root": (
                _step_with(lambda g, new, old, e: g / np.sqrt(g**2 + e))
            ),
            "the sum takes the squares of the gradients": _step_with(
                _right, more=lambda s, g: s + np.abs(g)
            ),
            "the old sum is lost: s has to keep all squares": _step_with(
                _right, more=lambda s, g: g**2
            ),
            "s goes back as the plain sum; the root and epsilon serve this step alone": (
                lambda *arguments: (
                    (result := _step(*arguments))[0],
                    np.sqrt(result[1] + arguments[4]),
                )
            ),
            "epsilon does not belong into the sum, where it would add up": lambda *arguments: (
                (result := _step(*arguments))[0],
                result[1] + arguments[4],
            ),
        },
    ),
    "adagrad-regret": Exercise(
        "regret_of_lines(slopes, positions) -> regret",
        truth=_regret,
        inputs=inputs(
            ([1.0, -1.0, 2.0, -2.0, 3.0, 0.0, 0.5], "n"),
            ([0.0, 1.0, -1.0, 0.5, -0.5], "n"),
            n=(1, 2, 3, 4),
        ),
        slips={
            "that is the best point of every round by itself; the regret compares with one point "
            "for all rounds": lambda g, x: np.sum(g * x) + np.sum(np.abs(g)),
            "the loss of the best fixed point is missing": lambda g, x: np.sum(g * x),
            "the best point has the lowest loss; that is the highest": lambda g, x: (
                np.sum(g * x) - np.abs(np.sum(g))
            ),
            "compared with x = +1; the best point is x = -1 where the slopes add up to more than "
            "0": lambda g, x: np.sum(g * x) - np.sum(g),
            "compared with x = -1; the best point is x = +1 where the slopes add up to less than "
            "0": lambda g, x: np.sum(g * x) + np.sum(g),
            "a regret is a sum over the rounds, not a mean": lambda g, x: _regret(g, x) / len(g),
            "the regret is our loss less that of the best point, not the other way round": (
                lambda g, x: -_regret(g, x)
            ),
            "the player's own losses keep their signs: a loss below 0 lowers the regret": (
                lambda g, x: np.sum(np.abs(g * x)) + np.abs(np.sum(g))
            ),
            "the fixed point may be any of the interval, not only one that was played": (
                lambda g, x: np.sum(g * x) - np.min(x * np.sum(g))
            ),
        },
    ),
    "adagrad-distance": Exercise(
        "travelled(gradient, steps, learning_rate, s_0) -> distance",
        truth=_travelled,
        inputs=inputs(
            [1.0, 2.0, -1.0, 0.5, -3.0, 0.001],
            [1, 2, 3, 4, 10, 100],
            [1.0, 0.1, 0.5],
            [0.0, 1.0, 0.1, 4.0],
        ),
        slips={
            "that is the estimate 2 η √t; here the steps themselves are to be added up": (
                lambda g, n, rate, s_0: 2 * rate * np.sqrt(n)
            ),
            "that is the bound from the lemma; here the steps themselves are to be added up": (
                lambda g, n, rate, s_0: 2 * rate * (np.sqrt(s_0 / g**2 + n) - np.sqrt(s_0 / g**2))
            ),
            "the gradient itself is missing above the root": lambda g, n, rate, s_0: (
                rate * np.sum(1 / np.sqrt(_sums(g, n, s_0)))
            ),
            "the sum does not begin at 0 but at s_0": lambda g, n, rate, s_0: _travelled(
                g, n, rate, 0.0
            ),
            "that is the last step alone": lambda g, n, rate, s_0: (
                rate * np.abs(g) / np.sqrt(s_0 + n * g**2)
            ),
            "all steps have been taken as long as the last one: the sum grows on the way": (
                lambda g, n, rate, s_0: n * rate * np.abs(g) / np.sqrt(s_0 + n * g**2)
            ),
            "all steps have been taken as long as the first one: the sum grows on the way": (
                lambda g, n, rate, s_0: n * rate * np.abs(g) / np.sqrt(s_0 + g**2)
            ),
            "a distance has no sign: take the size of the gradient": lambda g, n, rate, s_0: (
                np.sign(g) * _travelled(g, n, rate, s_0)
            ),
            "a distance has no sign, and a step goes against the gradient": (
                lambda g, n, rate, s_0: -np.sign(g) * _travelled(g, n, rate, s_0)
            ),
            "the learning rate is missing": lambda g, n, rate, s_0: _travelled(g, n, 1.0, s_0),
            "the root is missing": lambda g, n, rate, s_0: (
                rate * np.sum(np.abs(g) / _sums(g, n, s_0))
            ),
            "the sum takes the squares of the gradients": lambda g, n, rate, s_0: (
                rate * np.sum(np.abs(g) / np.sqrt(s_0 + np.abs(g) * np.arange(1, n + 1)))
            ),
            "the first step already has its own square in the sum": lambda g, n, rate, s_0: (
                rate * np.sum(np.abs(g) / np.sqrt(_sums(g, n, s_0) - g**2)) if s_0 > 0 else None
            ),
        },
    ),
}
