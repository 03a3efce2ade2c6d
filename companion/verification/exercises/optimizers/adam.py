"""The exercises of optimizers/adam.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| adam-step                    | `adam_step(parameter, gradient, m, v, t, learning_rate, beta_1, |
|                              |   beta_2, epsilon) -> (parameter, m, v)`: step t = 1, 2, …      |
| adam-bias-correction         | `corrected_average(gradients, beta) -> average`: m̂ after the   |
|                              |   gradients (n,), the oldest first                              |
| adam-amsgrad                 | `amsgrad_step(parameter, gradient, m, v, v_max, t,              |
|                              |   learning_rate, beta_1, beta_2, epsilon)                       |
|                              |   -> (parameter, m, v, v_max)`                                  |
| adam-decoupled               | `adamw_step(parameter, gradient, m, v, t, learning_rate,        |
|                              |   beta_1, beta_2, epsilon, weight_decay) -> (parameter, m, v)`  |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _moments(gradient, m, v, beta_1, beta_2):
    return beta_1 * m + (1 - beta_1) * gradient, beta_2 * v + (1 - beta_2) * gradient**2


def _move(m, v, t, beta_1, beta_2, epsilon):
    return m * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) / (np.sqrt(v) + epsilon)


def _adam_with(moments=_moments, move=_move):
    """An Adam step with other moments or another move: the slips of `adam-step`."""

    def step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon):
        m, v = moments(gradient, m, v, beta_1, beta_2)
        return parameter - learning_rate * move(m, v, t, beta_1, beta_2, epsilon), m, v

    return step


def _corrected(result, t, learning_rate, beta_1, beta_2):
    parameter, m, v = result
    return parameter, m / (1 - beta_1**t), v / (1 - beta_2**t)


def _adam(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon):
    parameter, state = reference.optimizers.adam(
        parameter,
        gradient,
        {"step": t - 1, "m": m, "v": v, "v_max": v},
        learning_rate=learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
    )
    return parameter, state["m"], state["v"]


def _amsgrad(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
    parameter, state = reference.optimizers.adam(
        parameter,
        gradient,
        {"step": t - 1, "m": m, "v": v, "v_max": v_max},
        learning_rate=learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
        amsgrad=True,
    )
    return parameter, state["m"], state["v"], state["v_max"]


def _amsgrad_with(largest):
    """An AMSGrad step whose `largest(v_max, v, new_v)` gives the scale and what is kept."""

    def step(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
        m, new_v = _moments(gradient, m, v, beta_1, beta_2)
        scale, keep = largest(v_max, v, new_v)
        move = _move(m, scale, t, beta_1, beta_2, epsilon)
        return parameter - learning_rate * move, m, new_v, keep

    return step


def _amsgrad_of_v_hat(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
    m, v = _moments(gradient, m, v, beta_1, beta_2)
    v_max = np.maximum(v_max, v / (1 - beta_2**t))
    move = m / (1 - beta_1**t) / (np.sqrt(v_max) + epsilon)
    return parameter - learning_rate * move, m, v, v_max


def _adamw(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon, weight_decay):
    shrunk = parameter * (1 - learning_rate * weight_decay)
    return _adam(shrunk, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon)


def _corrected_average(gradients, beta):
    t = len(gradients)
    return np.sum(_weights(t, beta) * gradients) / (1 - beta**t)


def _weights(t, beta):
    return (1 - beta) * beta ** np.arange(t - 1.0, -1.0, -1.0)


MOMENTS = (
    (REALS, "n"),  # parameter
    ([1.0, 0.0, -1.0, 2.0, -2.0, 0.5], "n"),  # gradient
    ([0.0, 1.0, -1.0, 0.5], "n"),  # m
    ([0.0, 1.0, 4.0, 0.25], "n"),  # v
)
HYPERPARAMETERS = (
    [1, 2, 3, 10],  # t
    [1.0, 0.1, 0.5],  # learning_rate
    [0.5, 0.0, 0.9, 0.75],  # beta_1
    [0.5, 0.0, 0.999, 0.75],  # beta_2
    [1.0, 1e-7, 0.5],  # epsilon
)


EXERCISES = {
    "adam-step": Exercise(
        "adam_step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon)"
        " -> (parameter, m, v)",
        truth=_adam,
        inputs=inputs(*MOMENTS, *HYPERPARAMETERS),
        slips={
            "the bias correction is missing": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (np.sqrt(v) + e)
            ),
            "m is corrected, v is not": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (1 - b1**t) / (np.sqrt(v) + e)
            ),
            "v is corrected, m is not": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * np.sqrt(1 - b2**t) / (np.sqrt(v) + e)
            ),
            "epsilon stands after the correction, as in the paper's Algorithm 1; the page, like "
            "Keras, has it beside the uncorrected √v": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + e)
            ),
            "epsilon stands beside the root, not under it": _adam_with(
                move=lambda m, v, t, b1, b2, e: (
                    m * np.sqrt(1 - b2**t) / (1 - b1**t) / np.sqrt(v + e)
                )
            ),
            "the root over v is missing": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * (1 - b2**t) / (1 - b1**t) / (v + e)
            ),
            "the correction divides by 1 - beta to the power t, not by 1 - beta": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * np.sqrt(1 - b2) / (1 - b1) / (np.sqrt(v) + e)
            ),
            "t is the number of this step, 1 at the first": _adam_with(
                move=lambda m, v, t, b1, b2, e: _move(m, v, t + 1, b1, b2, e)
            ),
            "the sign is turned: a step goes against the gradient": _adam_with(
                move=lambda *rest: -_move(*rest)
            ),
            "v averages the squares of the gradients": _adam_with(
                moments=lambda g, m, v, b1, b2: (
                    _moments(g, m, v, b1, b2)[0],
                    b2 * v + (1 - b2) * g,
                )
            ),
            "the new gradient enters m and v with the weight 1 - beta": _adam_with(
                moments=lambda g, m, v, b1, b2: (b1 * m + g, b2 * v + g**2)
            ),
            "beta weighs the old average and 1 - beta the new gradient": _adam_with(
                moments=lambda g, m, v, b1, b2: _moments(g, m, v, 1 - b1, 1 - b2)
            ),
            "beta_1 belongs to m and beta_2 to v": _adam_with(
                moments=lambda g, m, v, b1, b2: _moments(g, m, v, b2, b1),
                move=lambda m, v, t, b1, b2, e: _move(m, v, t, b2, b1, e),
            ),
            "m and v go back uncorrected: the correction serves this step alone": (
                lambda *arguments: _corrected(_adam(*arguments), *arguments[4:8])
            ),
        },
    ),
    "adam-bias-correction": Exercise(
        "corrected_average(gradients, beta) -> average",
        truth=_corrected_average,
        inputs=inputs(
            ([1.0, 0.0, -1.0, 2.0, 3.0, 10.0], "n"), [0.5, 0.9, 0.0, 0.75], n=(1, 2, 3, 4)
        ),
        slips={
            "that is m itself: the start at 0 still weighs in it": lambda g, beta: np.sum(
                _weights(len(g), beta) * g
            ),
            "divide by 1 - beta to the power t, not by 1 - beta": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta)
            ),
            "t is the number of gradients seen, 1 after the first": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta ** (len(g) + 1))
            ),
            "t is the number of gradients seen, not one less": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta ** (len(g) - 1))
                if len(g) > 1
                else None
            ),
            "the newest gradient has the largest weight, the oldest the smallest": (
                lambda g, beta: _corrected_average(g[::-1], beta)
            ),
            "m starts at 0; started at the first gradient it needs no correction, and weighs "
            "that gradient too much": lambda g, beta: np.sum(
                np.r_[beta ** (len(g) - 1.0), _weights(len(g), beta)[1:]] * g
            ),
            "that is the plain mean, which does not forget": lambda g, beta: np.mean(g),
        },
    ),
    "adam-amsgrad": Exercise(
        "amsgrad_step(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon)"
        " -> (parameter, m, v, v_max)",
        truth=_amsgrad,
        inputs=inputs(*MOMENTS, ([0.0, 1.0, 4.0, 0.25], "n"), *HYPERPARAMETERS),
        slips={
            "that is Adam: the largest v is kept and not used": _amsgrad_with(
                lambda v_max, v, new: (new, np.maximum(v_max, new))
            ),
            "that is Adam: v_max is neither updated nor used": _amsgrad_with(
                lambda v_max, v, new: (new, v_max)
            ),
            "the new v has to enter the maximum before it is used": _amsgrad_with(
                lambda v_max, v, new: (v_max, np.maximum(v_max, new))
            ),
            "the maximum has to be kept for the next step": _amsgrad_with(
                lambda v_max, v, new: (np.maximum(v_max, new), v_max)
            ),
            "the maximum is taken with the new v, not with the old": _amsgrad_with(
                lambda v_max, v, new: (np.maximum(v_max, v), np.maximum(v_max, v))
            ),
            "the minimum is taken where it should be the maximum": _amsgrad_with(
                lambda v_max, v, new: (np.minimum(v_max, new), np.minimum(v_max, new))
            ),
            "v itself keeps forgetting; only v_max remembers": lambda *arguments: (
                (result := _amsgrad(*arguments))[0],
                result[1],
                result[3],
                result[3],
            ),
            "the maximum is taken of v as it is; the correction comes after it": _amsgrad_of_v_hat,
        },
    ),
    "adam-decoupled": Exercise(
        "adamw_step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon,"
        " weight_decay) -> (parameter, m, v)",
        truth=_adamw,
        inputs=inputs(*MOMENTS, *HYPERPARAMETERS, [0.5, 0.1, 1.0, 0.0]),
        slips={
            "the decay is missing": lambda *arguments: _adam(*arguments[:-1]),
            "that is Adam with an L2 penalty: the decay passes through m and v, and √v takes it "
            "back": lambda p, g, *rest: _adam(p, g + rest[-1] * p, *rest[:-1]),
            "the decay is scaled by the learning rate": lambda p, *rest: _adam(
                p * (1 - rest[-1]), *rest[:-1]
            ),
            "the decay is taken from the parameter before the step, not after it": (
                lambda *arguments: (
                    (result := _adam(*arguments[:-1]))[0] * (1 - arguments[5] * arguments[-1]),
                    *result[1:],
                )
            ),
            "the decay has the wrong sign: the parameter grows": lambda p, *rest: _adam(
                p * (1 + rest[4] * rest[-1]), *rest[:-1]
            ),
        },
    ),
}
