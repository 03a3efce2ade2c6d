"""The exercises on momentum ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.optimizers.momentum import EXERCISES


def path(steps, rate, curvature, momentum):
    """The heavy ball on a quadratic, from 1."""
    theta, state, thetas = 1.0, None, []
    for _ in range(steps):
        theta, state = reference.optimizers.sgd(
            theta, curvature * theta, state, learning_rate=rate, momentum=momentum
        )
        thetas.append(theta)
    return np.array(thetas)


@pytest.mark.parametrize(
    ("rate", "curvature", "momentum"), [(0.1, 1.0, 0.5), (1.0, 3.0, 0.9), (1.0, 3.0, 0.25)]
)
def test_the_factor_is_that_of_a_run(rate, curvature, momentum):
    factor = EXERCISES["momentum-radius"].truth(rate, curvature, momentum)
    thetas = path(300, rate, curvature, momentum)
    size = np.log(np.hypot(thetas[1:], thetas[:-1]))[50:]
    assert np.isclose(np.polyfit(np.arange(len(size)), size, 1)[0], np.log(factor), atol=5e-3)


def test_no_other_pair_is_faster_than_the_best():
    radius = EXERCISES["momentum-radius"].truth
    rate, momentum = EXERCISES["momentum-best"].truth(1.0, 9.0)
    best = max(radius(rate, h, momentum) for h in (1.0, 9.0))
    assert np.isclose(best, 0.5, atol=1e-6)
    for other_rate in np.linspace(0.02, 0.5, 25):
        for other in np.linspace(0, 0.95, 20):
            assert max(radius(other_rate, h, other) for h in (1.0, 9.0)) >= best - 1e-6


def test_pytorch_and_keras_agree_under_a_constant_rate():
    gradients = np.random.default_rng(0).normal(size=20)
    theta, buffer, other, state = 0.5, 0.0, 0.5, None
    for t, gradient in enumerate(gradients, start=1):
        step = EXERCISES["momentum-pytorch"].truth
        theta, buffer = step(theta, gradient, buffer, t, 0.1, 0.9, 0.0)
        before = state
        other, state = reference.optimizers.sgd(
            other, gradient, state, learning_rate=0.1, momentum=0.9
        )
        assert np.isclose(theta, other)
        assert np.isclose(state["velocity"], -0.1 * buffer)
        # PyTorch's nesterov, from the same buffer
        ahead = reference.optimizers.sgd(
            0.0, gradient, before, learning_rate=0.1, momentum=0.9, nesterov=True
        )[0]
        assert np.isclose(ahead, -0.1 * (gradient + 0.9 * buffer))


def from_the_position(parameter, gradient, velocity, learning_rate, momentum):
    position = parameter - momentum * velocity
    velocity = momentum * velocity - learning_rate * gradient
    return position + velocity + momentum * velocity, velocity


def pytorch_by_share(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    share = 1 - dampening * (t > 1)
    buffer = np.where(t > 1, momentum * buffer, 0) + share * gradient
    return parameter - learning_rate * buffer, buffer


def by_kappa(h_min, h_max):
    kappa = h_max / h_min
    return 4 / (h_min * (1 + kappa**0.5) ** 2), ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2


def by_matrix(learning_rate, curvature, momentum):
    step = [[1 + momentum - learning_rate * curvature, -momentum], [1, 0]]
    return np.max(np.abs(np.linalg.eigvals(step)))


@pytest.mark.parametrize(
    ("exercise", "attempt"),
    [
        ("momentum-nesterov", from_the_position),
        ("momentum-pytorch", pytorch_by_share),
        ("momentum-best", by_kappa),
        ("momentum-radius", by_matrix),
        (
            "momentum-radius",
            lambda rate, h, mu: np.max(np.abs(np.roots([1.0, -(1 + mu - rate * h), mu]))),
        ),
    ],
)
def test_another_way_passes(exercise, attempt):
    assert check(exercise, attempt).passed


def heavy_ball(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + velocity, velocity


def old_velocity(parameter, gradient, velocity, learning_rate, momentum):
    new = momentum * velocity - learning_rate * gradient
    return parameter + momentum * velocity - learning_rate * gradient, new


def old_velocity_alone(parameter, gradient, velocity, learning_rate, momentum):
    return parameter + momentum * velocity, momentum * velocity - learning_rate * gradient


def turned_velocity(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + learning_rate * gradient
    return parameter - momentum * velocity - learning_rate * gradient, velocity


def uphill(parameter, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + learning_rate * gradient
    return parameter + momentum * velocity + learning_rate * gradient, velocity


def always_dampened(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    buffer = momentum * buffer * (t > 1) + (1 - dampening) * gradient
    return parameter - learning_rate * buffer, buffer


def buffer_counts(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    buffer = momentum * buffer + (gradient if t == 1 else (1 - dampening) * gradient)
    return parameter - learning_rate * buffer, buffer


def all_dampened(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    buffer = gradient if t == 1 else (1 - dampening) * (momentum * buffer + gradient)
    return parameter - learning_rate * buffer, buffer


def keras_form(parameter, gradient, buffer, t, learning_rate, momentum, dampening):
    share = 1 - dampening * (t > 1)
    buffer = momentum * buffer * (t > 1) + share * learning_rate * gradient
    return parameter - buffer, buffer


def swapped(h_min, h_max):
    rate, momentum = by_kappa(h_min, h_max)
    return momentum, rate


def no_square(h_min, h_max):
    rate, momentum = by_kappa(h_min, h_max)
    return rate, momentum**0.5


def absolute_formula(learning_rate, curvature, momentum):
    p = 1 + momentum - learning_rate * curvature
    return (abs(p) + np.sqrt(abs(p**2 - 4 * momentum))) / 2


def real_formula(learning_rate, curvature, momentum):
    p = 1 + momentum - learning_rate * curvature
    return (abs(p) + np.sqrt(p**2 - 4 * momentum)) / 2


@pytest.mark.parametrize(
    ("exercise", "attempt", "hint"),
    [
        ("momentum-nesterov", heavy_ball, "that is the heavy ball"),
        ("momentum-nesterov", old_velocity, "that is the heavy ball"),
        ("momentum-nesterov", old_velocity_alone, "the step takes the new velocity"),
        ("momentum-nesterov", turned_velocity, "the velocity points along the step"),
        ("momentum-nesterov", uphill, "the sign is turned"),
        ("momentum-pytorch", always_dampened, "the first gradient is not dampened"),
        ("momentum-pytorch", buffer_counts, "before the first step the buffer counts for nothing"),
        ("momentum-pytorch", all_dampened, "the dampening scales the new gradient alone"),
        ("momentum-pytorch", keras_form, "that is Keras' form"),
        ("momentum-best", swapped, "the learning rate comes first"),
        ("momentum-best", no_square, "the momentum is a square"),
        ("momentum-best", lambda a, b: (2 / (a + b), 0.0), "descent has no momentum to choose"),
        ("momentum-radius", real_formula, "there is no real square root"),
        ("momentum-radius", absolute_formula, "the root of the absolute value is no root"),
        ("momentum-radius", lambda rate, h, mu: mu**0.5, "√μ holds where the roots are complex"),
        (
            "momentum-radius",
            lambda *given: by_matrix(*given) ** 2,
            "that is the factor of the loss",
        ),
    ],
)
def test_a_slip_is_named(exercise, attempt, hint):
    verdict = check(exercise, attempt)
    assert not verdict.passed
    assert hint in verdict.text


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("answer", [np.nan, np.zeros(7), None])
def test_what_is_no_answer_gets_one(exercise, answer):
    assert not check(exercise, lambda *arguments: answer).passed
