"""The exercises of optimizers/rmsprop.

| id               | to be handed over                                                          |
| ---------------- | -------------------------------------------------------------------------- |
| rmsprop-step     | `rmsprop_step(parameter, gradient, v, learning_rate, rho, epsilon)         |
|                  |   -> (parameter, v)`, arrays (n,); ε under the root                        |
| rmsprop-centered | `centered_update(gradient, m, v, rho) -> (m, v)`: mean and variance (n,)   |
| rmsprop-epsilon  | `steady_lengths(gradient, epsilon) -> (inside, outside)`: step lengths     |
|                  |   (n,) in learning rates                                                   |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _step(parameter, gradient, v, learning_rate, rho, epsilon):
    parameter, state = reference.optimizers.rmsprop(
        parameter,
        gradient,
        {"mean": 0.0, "v": v, "velocity": 0.0},
        learning_rate=learning_rate,
        rho=rho,
        epsilon=epsilon,
    )
    return parameter, state["v"]


def _mean_square(gradient, v, rho):
    return rho * v + (1 - rho) * gradient**2


def _scaled(gradient, v, epsilon):
    return gradient / np.sqrt(v + epsilon)


def _step_with(square=_mean_square, scaled=_scaled):
    """A step with another mean of squares or another division: the slips of `rmsprop-step`."""

    def step(parameter, gradient, v, learning_rate, rho, epsilon):
        v = square(gradient, v, rho)
        return parameter - learning_rate * scaled(gradient, v, epsilon), v

    return step


def _step_with_old_v(parameter, gradient, v, learning_rate, rho, epsilon):
    moved = parameter - learning_rate * _scaled(gradient, v, epsilon)
    return moved, _mean_square(gradient, v, rho)


def _centered(gradient, m, v, rho):
    state = {"mean": m, "v": v, "velocity": 0.0}
    _, state = reference.optimizers.rmsprop(0.0, gradient, state, rho=rho, centered=True)
    return state["mean"], state["v"]


def _mean(gradient, m, rho):
    return rho * m + (1 - rho) * gradient


def _difference_of_squares(gradient, m, v, rho):
    mean = _mean(gradient, m, rho)
    return mean, rho * (v + m**2) + (1 - rho) * gradient**2 - mean**2


def _centered_with(variance):
    """Another variance, from (gradient, old mean, new mean, v, rho): a slip."""

    def update(gradient, m, v, rho):
        mean = _mean(gradient, m, rho)
        return mean, variance(gradient, m, mean, v, rho)

    return update


def _lengths(gradient, epsilon):
    size = np.abs(gradient)
    return size / np.sqrt(size**2 + epsilon), size / (size + epsilon)


EXERCISES = {
    "rmsprop-step": Exercise(
        "rmsprop_step(parameter, gradient, v, learning_rate, rho, epsilon) -> (parameter, v)",
        truth=_step,
        inputs=inputs(
            (REALS, "n"),  # parameter
            ([1.0, 0.0, -1.0, 2.0, -2.0, 0.5], "n"),  # gradient
            ([0.0, 1.0, 4.0, 0.25], "n"),  # v
            [1.0, 0.1, 0.5],  # learning_rate
            [0.5, 0.9, 0.75, 0.0],  # rho
            [1.0, 1e-7, 0.25],  # epsilon
        ),
        slips={
            "epsilon stands under the root, beside v: Keras' place, not PyTorch's": _step_with(
                scaled=lambda g, v, e: g / (np.sqrt(v) + e)
            ),
            "the root over v is missing": _step_with(scaled=lambda g, v, e: g / (v + e)),
            "epsilon is missing: a gradient of 0 gives 0 / 0": _step_with(
                scaled=lambda g, v, e: g / np.sqrt(v)
            ),
            "the sign is turned: a step goes against the gradient": _step_with(
                scaled=lambda g, v, e: -_scaled(g, v, e)
            ),
            "v averages the squares of the gradients": _step_with(
                square=lambda g, v, rho: rho * v + (1 - rho) * g
            ),
            "v averages the squares, not the absolute values, of the gradients": _step_with(
                square=lambda g, v, rho: rho * v + (1 - rho) * np.abs(g)
            ),
            "the step takes the gradient itself: its absolute value has lost the sign": _step_with(
                scaled=lambda g, v, e: np.abs(g) / np.sqrt(v + e)
            ),
            "epsilon only divides: the v that goes back is without it": (
                lambda p, g, v, rate, rho, e: (
                    _step(p, g, v, rate, rho, e)[0],
                    _mean_square(g, v, rho) + e,
                )
            ),
            "the new square enters v with the weight 1 - rho": _step_with(
                square=lambda g, v, rho: rho * v + g**2
            ),
            "rho weighs the old mean and 1 - rho the new square": _step_with(
                square=lambda g, v, rho: _mean_square(g, v, 1 - rho)
            ),
            "that is AdaGrad: a sum, which never forgets": _step_with(
                square=lambda g, v, rho: v + g**2
            ),
            "the new square has to enter v before v divides": _step_with_old_v,
            "v has to be renewed with the new square before it divides": lambda p, g, v, *rest: (
                _step_with_old_v(p, g, v, *rest)[0],
                v,
            ),
            "v has to go back renewed, or the next step knows nothing of this gradient": (
                lambda p, g, v, *rest: (_step(p, g, v, *rest)[0], v)
            ),
        },
    ),
    "rmsprop-centered": Exercise(
        "centered_update(gradient, m, v, rho) -> (m, v)",
        truth=_centered,
        inputs=inputs(
            ([1.0, 0.0, -1.0, 2.0, 0.5, 1e8, 1e8 + 1], "n"),  # gradient
            ([0.0, 1.0, -1.0, 0.5, 1e8], "n"),  # m
            ([0.0, 1.0, 4.0, 0.25], "n"),  # v
            [0.5, 0.9, 0.75, 0.0],  # rho
        ),
        slips={
            "mean of squares less square of the mean: right on paper, but two large squares lose "
            "their digits and can leave less than 0; square the one difference of gradient and old "
            "mean": _difference_of_squares,
            "the factor rho before (1 - rho) is missing: the new gradient has moved the mean as "
            "well": _centered_with(lambda g, m, new, v, rho: rho * v + (1 - rho) * (g - m) ** 2),
            "the factor is rho (1 - rho), not (1 - rho)²": _centered_with(
                lambda g, m, new, v, rho: rho * v + (1 - rho) ** 2 * (g - m) ** 2
            ),
            "square the difference, do not expand it: large squares lose their digits": (
                _centered_with(
                    lambda g, m, new, v, rho: rho * v + rho * (1 - rho) * (m**2 - 2 * m * g + g**2)
                )
            ),
            "the difference is taken from the mean before this gradient, not after it": (
                _centered_with(lambda g, m, new, v, rho: rho * v + rho * (1 - rho) * (g - new) ** 2)
            ),
            "with the mean after this gradient, the factor rho has to go": _centered_with(
                lambda g, m, new, v, rho: rho * v + (1 - rho) * (g - new) ** 2
            ),
            "that is the mean of squares; the variance is around the mean": _centered_with(
                lambda g, m, new, v, rho: rho * v + (1 - rho) * g**2
            ),
            "that is the mean of squares less the square of the mean, as if v were the mean of "
            "squares; v is the variance": _centered_with(
                lambda g, m, new, v, rho: rho * v + (1 - rho) * g**2 - new**2
            ),
            "rho weighs the old mean and 1 - rho the new gradient": lambda g, m, v, rho: _centered(
                g, m, v, 1 - rho
            ),
            "the old variance is kept with the weight rho": _centered_with(
                lambda g, m, new, v, rho: v + rho * (1 - rho) * (g - m) ** 2
            ),
            "the difference has to be squared": _centered_with(
                lambda g, m, new, v, rho: rho * v + rho * (1 - rho) * np.abs(g - m)
            ),
        },
    ),
    "rmsprop-epsilon": Exercise(
        "steady_lengths(gradient, epsilon) -> (inside, outside)",
        truth=_lengths,
        inputs=inputs(([1.0, 0.0, -1.0, 2.0, -0.5, 1e-4, 1e-8], "n"), [1.0, 0.25, 1e-7, 1e-8]),
        slips={
            "a length is not negative: take the absolute value of the gradient": lambda g, e: (
                g / np.sqrt(g**2 + e),
                g / (np.abs(g) + e),
            ),
            "a length is not negative, and g + epsilon can be 0: take the absolute value of the "
            "gradient first": lambda g, e: (g / np.sqrt(g**2 + e), g / (g + e)),
            "the root of the square of g is its absolute value": lambda g, e: (
                np.abs(g) / np.sqrt(g**2 + e),
                np.abs(g) / (g + e),
            ),
            "inside, epsilon is added to the square, and then the root is taken": lambda g, e: (
                np.abs(g) / (np.abs(g) + np.sqrt(e)),
                np.abs(g) / (np.abs(g) + e),
            ),
            "the root is missing: v is the square of the gradient": lambda g, e: (
                np.abs(g) / (g**2 + e),
                np.abs(g) / (g**2 + e),
            ),
            "each takes the same epsilon as it is, without making them comparable": lambda g, e: (
                np.abs(g) / np.sqrt(g**2 + e),
                np.abs(g) / (np.abs(g) + np.sqrt(e)),
            ),
            "epsilon is not squared: it stands in the unit of the square already": lambda g, e: (
                np.abs(g) / np.sqrt(g**2 + e**2),
                np.abs(g) / (np.abs(g) + e),
            ),
        },
    ),
}
