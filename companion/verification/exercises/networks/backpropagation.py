"""The exercises of networks/backpropagation.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| backpropagation-twice        | `gradients(w, x, y) -> (gradient_w, gradient_x)` of             |
|                              |   (h₂ - y)² / 2 with h₁ = tanh(w x), h₂ = tanh(w h₁)            |
| backpropagation-gate         | `backward(x, W, U, gradient) -> (gradient_x, gradient_W,        |
|                              |   gradient_U)` of xW ⊙ xU: (n, d), (d, m), (d, m), (n, m)       |
| backpropagation-bound        | `largest_factor(W_2, W_3) -> factor`: of the length of a        |
|                              |   gradient, from z₃ = σ(z₂) W₃ to z₁, with z₂ = σ(z₁) W₂        |
"""

import math

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs


def _twice_with(change):
    """The gradients as `change` makes them of w, x and what the way back has computed."""

    def gradients(w, x, y):
        h_1 = math.tanh(w * x)
        h_2 = math.tanh(w * h_1)
        delta_2 = (h_2 - y) * (1 - h_2**2)
        delta_1 = delta_2 * w * (1 - h_1**2)
        return change(w, x, h_1, delta_1, delta_2)

    return gradients


def _twice_with_slopes(slope_1, slope_2, error=lambda h, y: h - y):
    """The gradients with other slopes of tanh, from the sum and the value."""

    def gradients(w, x, y):
        u_1 = w * x
        h_1 = math.tanh(u_1)
        u_2 = w * h_1
        h_2 = math.tanh(u_2)
        delta_2 = error(h_2, y) * slope_2(u_2, h_2)
        delta_1 = delta_2 * w * slope_1(u_1, h_1)
        return delta_2 * h_1 + delta_1 * x, delta_1 * w

    return gradients


def _swapped(w, x, y):
    h_1 = math.tanh(w * x)
    h_2 = math.tanh(w * h_1)
    delta_2 = (h_2 - y) * (1 - h_1**2)
    delta_1 = delta_2 * w * (1 - h_2**2)
    return delta_2 * h_1 + delta_1 * x, delta_1 * w


def _slope(_u, h):
    return 1 - h * h


def _one(_u, _h):
    return 1.0


def _gate_with(change):
    """The gradients as `change` makes them of x, W, U, and the gradients in xW and in xU."""
    return lambda x, W, U, g: change(x, W, U, g * (x @ U), g * (x @ W))


def _stretch(matrix):
    return np.linalg.norm(matrix, 2)


NUMBERS = [1.0, -1.0, 0.5, -0.5, 2.0, -2.0]
ENTRIES = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5]
_twice = _twice_with_slopes(_slope, _slope)
_gate = _gate_with(lambda x, W, U, a, b: (a @ W.T + b @ U.T, x.T @ a, x.T @ b))

EXERCISES = {
    "backpropagation-twice": Exercise(
        "gradients(w, x, y) -> (gradient_w, gradient_x)",
        truth=_twice,
        inputs=inputs([*NUMBERS, 0.0], [*NUMBERS, 0.0], [0.0, *NUMBERS]),
        slips={
            "w is used twice, and both uses add up; the second one, w h₁, is missing": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_1 * x, d_1 * w)
            ),
            "w is used twice, and both uses add up; the first one, w x, is missing": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * h_1, d_1 * w)
            ),
            "the two uses of w add up: there is no minus": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * h_1 - d_1 * x, d_1 * w)
            ),
            "the two uses add up; a mean is half of that": _twice_with(
                lambda w, x, h_1, d_1, d_2: ((d_2 * h_1 + d_1 * x) / 2, d_1 * w)
            ),
            "in w h₁ the slope in w is h₁, not x": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * x + d_1 * x, d_1 * w)
            ),
            "on the way to x there is a factor w at each of the two steps": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * h_1 + d_1 * x, d_1)
            ),
            "x reaches the loss through both steps": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * h_1 + d_1 * x, d_2 * w)
            ),
            "from h₂ back to h₁ there is a factor w": _twice_with(
                lambda w, x, h_1, d_1, d_2: (d_2 * h_1 + d_2 * (1 - h_1**2) * x, d_1)
            ),
            "the slopes are swapped: 1 - h₂² belongs to step two, 1 - h₁² to step one": _swapped,
            "the slope of tanh is missing at both steps": _twice_with_slopes(_one, _one),
            "the slope of tanh is missing at the first step": _twice_with_slopes(_one, _slope),
            "the slope of tanh is missing at the second step": _twice_with_slopes(_slope, _one),
            "the slope of tanh is 1 - h², with the value h, not the sum": _twice_with_slopes(
                lambda u, h: 1 - u * u, lambda u, h: 1 - u * u
            ),
            "the slope of tanh is 1 - h²: the square is missing": _twice_with_slopes(
                lambda u, h: 1 - h, lambda u, h: 1 - h
            ),
            "the slope of the loss is h₂ - y: the one half cancels the 2": _twice_with_slopes(
                _slope, _slope, lambda h, y: 2 * (h - y)
            ),
            "the sign is turned: h₂ - y": _twice_with_slopes(_slope, _slope, lambda h, y: y - h),
            "h₂ - y starts the way back, not 1": _twice_with_slopes(
                _slope, _slope, lambda h, y: 1.0
            ),
        },
    ),
    "backpropagation-gate": Exercise(
        "backward(x, W, U, gradient) -> (gradient_x, gradient_W, gradient_U)",
        truth=_gate,
        inputs=inputs((ENTRIES, "nd"), (ENTRIES, "dm"), (ENTRIES, "dm"), (ENTRIES, "nm")),
        slips={
            "x is used twice, and both uses add up; the one in xU is missing": _gate_with(
                lambda x, W, U, a, b: (a @ W.T, x.T @ a, x.T @ b)
            ),
            "x is used twice, and both uses add up; the one in xW is missing": _gate_with(
                lambda x, W, U, a, b: (b @ U.T, x.T @ a, x.T @ b)
            ),
            "the two uses of x add up: there is no minus": _gate_with(
                lambda x, W, U, a, b: (a @ W.T - b @ U.T, x.T @ a, x.T @ b)
            ),
            "the gradient in xW is that in h times xU, and the other way round": _gate_with(
                lambda x, W, U, a, b: (b @ W.T + a @ U.T, x.T @ b, x.T @ a)
            ),
            "each product has the other one as its local slope; it is missing": (
                lambda x, W, U, g: (g @ W.T + g @ U.T, x.T @ g, x.T @ g)
            ),
            "the gradients in W and U are swapped": _gate_with(
                lambda x, W, U, a, b: (a @ W.T + b @ U.T, x.T @ b, x.T @ a)
            ),
            "what goes back to x through W comes from xW: the matrices are swapped": _gate_with(
                lambda x, W, U, a, b: (a @ U.T + b @ W.T, x.T @ a, x.T @ b)
            ),
            "the rows of a batch add up; a mean belongs to the loss, not to the layer": _gate_with(
                lambda x, W, U, a, b: (a @ W.T + b @ U.T, x.T @ a / len(x), x.T @ b / len(x))
            ),
            "no mean in this layer: the loss has divided by n already": (
                lambda x, *given: tuple(part / len(x) for part in _gate(x, *given))
            ),
            "the two uses of x add up; a mean is half of that": _gate_with(
                lambda x, W, U, a, b: ((a @ W.T + b @ U.T) / 2, x.T @ a, x.T @ b)
            ),
            "the results should come in the order gradient_x, gradient_W, gradient_U": _gate_with(
                lambda x, W, U, a, b: (x.T @ a, x.T @ b, a @ W.T + b @ U.T)
            ),
            "the sign is turned": lambda *given: tuple(-part for part in _gate(*given)),
        },
    ),
    "backpropagation-bound": Exercise(
        "largest_factor(W_2, W_3) -> factor",
        truth=lambda W_2, W_3: _stretch(W_2) * _stretch(W_3) / 16,
        inputs=inputs((ENTRIES, "jk"), (ENTRIES, "kq")),
        slips={
            "slopes stand between the two matrices, so they cannot be multiplied first": (
                lambda W_2, W_3: _stretch(W_2 @ W_3) / 16
            ),
            "np.linalg.norm alone is the root of all squares; the largest stretch is its norm 2": (
                lambda W_2, W_3: np.linalg.norm(W_2) * np.linalg.norm(W_3) / 16
            ),
            "there are two steps, and two slopes of at most 1/4": (
                lambda W_2, W_3: _stretch(W_2) * _stretch(W_3) / 4
            ),
            "the slopes are missing: each is at most 1/4": (
                lambda W_2, W_3: _stretch(W_2) * _stretch(W_3)
            ),
            "two sigmoids stand between the three sums, not three": (
                lambda W_2, W_3: _stretch(W_2) * _stretch(W_3) / 64
            ),
            "the factors of the two steps are multiplied, not added": (
                lambda W_2, W_3: (_stretch(W_2) + _stretch(W_3)) / 4
            ),
            "both steps count: W_2 is missing": lambda W_2, W_3: _stretch(W_3) / 4,
            "both steps count: W_3 is missing": lambda W_2, W_3: _stretch(W_2) / 4,
            "that compares squared lengths; the root of it is asked for": (
                lambda W_2, W_3: (_stretch(W_2) * _stretch(W_3) / 16) ** 2
            ),
            "a slope may be 1/4, so the weights count as well": lambda W_2, W_3: 1 / 16,
            "the largest entry is not the largest stretch": (
                lambda W_2, W_3: np.abs(W_2).max() * np.abs(W_3).max() / 16
            ),
        },
    ),
}
