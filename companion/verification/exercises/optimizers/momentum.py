"""The exercises of optimizers/momentum.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| momentum-nesterov            | `nesterov_step(parameter, gradient, velocity, learning_rate,    |
|                              |   momentum) -> (parameter, velocity)`: one step in Keras' form  |
| momentum-pytorch             | `pytorch_step(parameter, gradient, buffer, t, learning_rate,    |
|                              |   momentum, dampening) -> (parameter, buffer)`: t = 1, 2, …     |
| momentum-best                | `best_constants(h_min, h_max) -> (learning_rate, momentum)`     |
| momentum-radius              | `spectral_radius(learning_rate, curvature, momentum) -> factor` |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _keras(nesterov):
    def step(parameter, gradient, velocity, learning_rate, momentum):
        parameter, state = reference.optimizers.sgd(
            parameter,
            gradient,
            {"velocity": velocity},
            learning_rate=learning_rate,
            momentum=momentum,
            nesterov=nesterov,
        )
        return parameter, state["velocity"]

    return step


_nesterov = _keras(nesterov=True)


def _slow(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + momentum * velocity, velocity


def _twice(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + velocity - learning_rate * gradient, velocity


def _old_velocity(parameter, gradient, velocity, learning_rate, momentum):
    _, new = _nesterov(parameter, gradient, velocity, learning_rate, momentum)
    return parameter + momentum * velocity, new


def _turned_velocity(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + learning_rate * gradient
    return parameter - momentum * velocity - learning_rate * gradient, velocity


def _rate_outside(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + gradient
    return parameter - learning_rate * (gradient + momentum * velocity), velocity


def _averaged(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity - (1 - momentum) * learning_rate * gradient
    return parameter + momentum * velocity - learning_rate * gradient, velocity


def _step_kept(parameter, *rest):
    moved, _ = _nesterov(parameter, *rest)
    return moved, moved - parameter


def _uphill(parameter, gradient, *rest):
    return _nesterov(parameter, -gradient, *rest)


def _pytorch_with(buffered, move=lambda buffer, gradient, momentum: buffer):
    """A PyTorch step whose buffer is `buffered(b, g, t, μ, τ)`: the slips of its exercise."""

    def step(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
        buffer = buffered(buffer, gradient, t, momentum, dampening)
        return parameter - learning_rate * move(buffer, gradient, momentum), buffer

    return step


def _buffer(b, g, t, mu, tau):
    return g + 0 * b if t == 1 else mu * b + (1 - tau) * g


def _rate_inside(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    buffer = _buffer(buffer, learning_rate * gradient, t, momentum, dampening)
    return parameter - buffer, buffer


def _best(h_min, h_max):
    low, high = np.sqrt(h_min), np.sqrt(h_max)
    return (2 / (high + low)) ** 2, ((high - low) / (high + low)) ** 2


def _best_without_roots(h_min, h_max):
    return (2 / (h_max + h_min)) ** 2, ((h_max - h_min) / (h_max + h_min)) ** 2


def _roots(learning_rate, curvature, momentum):
    p = 1 + momentum - learning_rate * curvature
    square = np.sqrt(p**2 - 4 * momentum + 0j)
    return (p + square) / 2, (p - square) / 2


def _radius(learning_rate, curvature, momentum):
    return np.max(np.abs(_roots(learning_rate, curvature, momentum)))


def _nesterov_radius(learning_rate, curvature, momentum):
    shrunk = 1 - learning_rate * curvature
    p, q = (1 + momentum) * shrunk, momentum * shrunk
    square = np.sqrt(p**2 - 4 * q + 0j)
    return np.max(np.abs([p + square, p - square])) / 2


def _real_only(learning_rate, curvature, momentum):
    p = 1 + momentum - learning_rate * curvature
    return (abs(p) + np.sqrt(p**2 - 4 * momentum)) / 2


def _absolute_root(learning_rate, curvature, momentum):
    p = 1 + momentum - learning_rate * curvature
    return (abs(p) + np.sqrt(abs(p**2 - 4 * momentum))) / 2


def _real_parts(*arguments):
    return np.max(np.abs(np.real(_roots(*arguments))))


STEP = (
    (REALS, "n"),  # parameter
    ([1.0, 0.0, -1.0, 2.0, -2.0, 0.5], "n"),  # gradient
    ([0.0, 1.0, -1.0, 0.5, -2.0], "n"),  # velocity or buffer
)
RATE = [1.0, 0.1, 0.5]
MOMENTUM = [0.5, 0.0, 0.9, 0.75]
LOW = [1.0, 0.25, 0.01, 2.0, 0.5, 0.1, 0.04, 0.09, 0.001, 1.5, 0.2, 0.3]  # curvatures
HIGH = [4.0, 9.0, 100.0, 2.0, 50.0, 16.0, 3.0, 10.0, 25.0, 1000.0, 6.0, 7.0]


EXERCISES = {
    "momentum-nesterov": Exercise(
        "nesterov_step(parameter, gradient, velocity, learning_rate, momentum)"
        " -> (parameter, velocity)",
        truth=_nesterov,
        inputs=inputs(*STEP, RATE, MOMENTUM),
        slips={
            "that is the heavy ball: the step takes μ times the new velocity, and the gradient "
            "once more": _keras(nesterov=False),
            "the gradient enters the step by itself as well, not through the velocity alone": _slow,
            "the step takes the new velocity, not the old one; and the gradient once more": (
                _old_velocity
            ),
            "in the step the new velocity counts μ, not 1": _twice,
            "the velocity points along the step: it takes the gradient with a minus": (
                _turned_velocity
            ),
            "that is PyTorch's form: Keras' velocity holds the learning rate": _rate_outside,
            "the new gradient counts η, not η (1 - μ): the velocity is a sum, not a mean": (
                _averaged
            ),
            "the velocity that goes back is u, not the whole step": _step_kept,
            "the sign is turned: a step goes against the gradient": _uphill,
        },
    ),
    "momentum-pytorch": Exercise(
        "pytorch_step(parameter, gradient, buffer, t, learning_rate, momentum, dampening)"
        " -> (parameter, buffer)",
        truth=_pytorch_with(_buffer),
        inputs=inputs(*STEP, [1, 2, 3, 10], RATE, MOMENTUM, [0.5, 0.0, 0.9, 0.25]),
        slips={
            "at the first step the buffer is the gradient: neither dampened nor added to what was "
            "there": _pytorch_with(lambda b, g, t, mu, tau: mu * b + (1 - tau) * g),
            "before the first step the buffer counts for nothing": _pytorch_with(
                lambda b, g, t, mu, tau: mu * b + (1 if t == 1 else 1 - tau) * g
            ),
            "the dampening scales the new gradient alone": _pytorch_with(
                lambda b, g, t, mu, tau: g + 0 * b if t == 1 else (1 - tau) * (mu * b + g)
            ),
            "the first gradient is not dampened": _pytorch_with(
                lambda b, g, t, mu, tau: mu * b * (t > 1) + (1 - tau) * g
            ),
            "the dampening is missing": _pytorch_with(
                lambda b, g, t, mu, tau: _buffer(b, g, t, mu, 0.0)
            ),
            "the new gradient counts 1 - τ, not τ": _pytorch_with(
                lambda b, g, t, mu, tau: _buffer(b, g, t, mu, 1 - tau)
            ),
            "the new gradient counts 1 - τ, not 1 - μ": _pytorch_with(
                lambda b, g, t, mu, tau: _buffer(b, g, t, mu, mu)
            ),
            "that is Keras' form: PyTorch's buffer knows no learning rate": _rate_inside,
            "that is Nesterov's step: without it the step is η times the buffer": _pytorch_with(
                _buffer, lambda b, g, mu: g + mu * b
            ),
            "the sign is turned: a step goes against the gradient": _pytorch_with(
                _buffer, lambda b, g, mu: -b
            ),
        },
    ),
    "momentum-best": Exercise(
        "best_constants(h_min, h_max) -> (learning_rate, momentum)",
        truth=_best,
        inputs=inputs(LOW, HIGH),
        slips={
            "the momentum is a square: its root is the factor per step": lambda a, b: (
                _best(a, b)[0],
                np.sqrt(_best(a, b)[1]),
            ),
            "the learning rate is a square": lambda a, b: (
                np.sqrt(_best(a, b)[0]),
                _best(a, b)[1],
            ),
            "both are squares": lambda a, b: tuple(map(np.sqrt, _best(a, b))),
            "that is plain descent; descent has no momentum to choose, the ball has": lambda a, b: (
                2 / (a + b),
                0.0,
            ),
            "the roots of the curvatures are missing": _best_without_roots,
            "that rate is descent's best; the ball's has the roots of the curvatures": (
                lambda a, b: (2 / (a + b), _best(a, b)[1])
            ),
            "that is descent's rate, and κ has no root": lambda a, b: (
                2 / (a + b),
                ((b - a) / (b + a)) ** 2,
            ),
            "the root of a sum is not the sum of the roots": lambda a, b: (
                4 / (a + b),
                _best(a, b)[1],
            ),
            "that is Nesterov's choice; the ball's is another": lambda a, b: (
                1 / b,
                np.sqrt(_best(a, b)[1]),
            ),
            "that is 1 / h_max, Nesterov's rate": lambda a, b: (1 / b, _best(a, b)[1]),
            "the learning rate has 2 squared, which is 4, above": lambda a, b: (
                _best(a, b)[0] / 2,
                _best(a, b)[1],
            ),
            "the learning rate comes first, then the momentum": lambda a, b: _best(a, b)[::-1],
        },
    ),
    "momentum-radius": Exercise(
        "spectral_radius(learning_rate, curvature, momentum) -> factor",
        truth=_radius,
        inputs=inputs(
            [1.0, 0.1, 0.5, 0.01, 0.2],
            [1.0, 0.0, 3.0, 10.0, 0.25, 2.0, 5.0],
            [0.0, 0.5, 0.9, 0.25, 0.75, 0.99],
        ),
        slips={
            "where the roots are complex there is no real square root: both have the size √μ": (
                _real_only
            ),
            "where the roots are complex, the root of the absolute value is no root: both have the "
            "size √μ": _absolute_root,
            "a complex root has its size from both parts, not from the real part": _real_parts,
            "√μ holds where the roots are complex; elsewhere the larger root counts": (
                lambda rate, h, mu: np.sqrt(mu)
            ),
            "where the roots are complex the factor is √μ, not μ": lambda *arguments: (
                _radius(*arguments) ** (1 + (np.imag(_roots(*arguments)[0]) != 0))
            ),
            "the larger root, not the smaller": lambda *arguments: np.min(
                np.abs(_roots(*arguments))
            ),
            "for p < 0 the other root is the larger one: take sizes first": lambda *arguments: (
                np.abs(_roots(*arguments)[0])
            ),
            "the roots are halved: (p ± √(p² - 4 μ)) / 2": lambda *arguments: (
                2 * _radius(*arguments)
            ),
            "p is 1 + μ - η h: the momentum adds to it": lambda rate, h, mu: np.max(
                np.abs(np.roots([1.0, -(1 - rate * h), mu]))
            ),
            "that is descent without momentum": lambda rate, h, mu: np.abs(1 - rate * h),
            "that is Nesterov's": _nesterov_radius,
            "that is the factor of the loss, the square": lambda *arguments: (
                _radius(*arguments) ** 2
            ),
        },
    ),
}
