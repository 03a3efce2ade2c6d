"""The exercises of activations/gated.

| id             | to be handed over                                                             |
| -------------- | ----------------------------------------------------------------------------- |
| gated-swish    | `swish_gradients(x, beta) -> (by_x, by_beta)`: x, by_x, by_beta (n,)          |
| gated-gelu     | `gelu(x) -> value` (n,), exact to the relative precision of six digits        |
| gated-variance | the number n v: n times the variance of the weights that GELU needs           |
"""

import math

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs

_sigmoid = reference.activations.sigmoid


def _swish_gradients(x, beta):
    gate, slope = _sigmoid(beta * x)
    return gate + beta * x * slope, x**2 * slope


def _with_signs(signs):
    """The derivatives with x σ' taken times each of two signs."""

    def slip(x, beta):
        gate, slope = _sigmoid(beta * x)
        return gate + signs[0] * beta * x * slope, signs[1] * x**2 * slope

    return slip


def _without_chain(x, beta):
    gate, slope = _sigmoid(beta * x)
    return gate + x * slope, x**2 * slope


def _without_x(x, beta):
    by_x, _ = _swish_gradients(x, beta)
    return by_x, x * _sigmoid(beta * x)[1]


def _inner_beta_twice(x, beta):
    by_x, _ = _swish_gradients(x, beta)
    return by_x, beta * x * _sigmoid(beta * x)[1]


def _overflowing(x, beta):
    gate = 1 / (1 + np.exp(-beta * x))
    return gate + beta * x * gate * (1 - gate), x**2 * gate * (1 - gate)


def _gate_alone(x, beta):
    return _sigmoid(beta * x)[0], _swish_gradients(x, beta)[1]


def _gate_fixed(x, beta):
    gate, slope = _sigmoid(x)
    return gate + x * slope, _swish_gradients(x, beta)[1]


def _phi(x):
    return np.exp(-np.minimum(x * x, 1e4) / 2) / math.sqrt(2 * math.pi)


def _erf(x):
    return np.vectorize(math.erf, otypes=[float])(x)


MEAN_SQUARE = 1 / 3 + 1 / (2 * math.pi * math.sqrt(3))
"""Of GELU(z) for a standard normal z."""

EXERCISES = {
    "gated-swish": Exercise(
        "swish_gradients(x, beta) -> (by_x, by_beta)",
        truth=_swish_gradients,
        inputs=inputs(([*REALS, 1000.0, -1000.0], "n"), [2.0, 1.0, 0.5, 1.702]),
        slips={
            "in x the inner derivative of σ(βx) is β": _without_chain,
            "in β the inner derivative of σ(βx) is x, and it stands in front as well": _without_x,
            "in β the inner derivative of σ(βx) is x, not β": _inner_beta_twice,
            "far to the left the exponential overflows; `reference.activations.sigmoid` does not": (
                _overflowing
            ),
            "that is the gate; x times its slope is missing in the derivative in x": _gate_alone,
            "the gate is σ(βx), not σ(x)": _gate_fixed,
            "the slope of the sigmoid is σ(1 - σ), with a plus in front of its product with x": (
                _with_signs((-1, 1))
            ),
            "the derivative in β is never negative": _with_signs((1, -1)),
            "the slope of the sigmoid is σ(1 - σ), with a plus in front in both derivatives": (
                _with_signs((-1, -1))
            ),
            "that is the value of swish; its two derivatives are asked for": lambda x, beta: (
                x * _sigmoid(beta * x)[0],
                x * _sigmoid(beta * x)[0],
            ),
            "β is one number for all entries, but each entry has a derivative of its own: no sum": (
                lambda x, beta: (
                    _swish_gradients(x, beta)[0],
                    np.sum(_swish_gradients(x, beta)[1]),
                )
            ),
        },
        quiet=True,
    ),
    "gated-gelu": Exercise(
        "gelu(x) -> value",
        truth=lambda x: reference.activations.gelu(x)[0],
        inputs=inputs(([1.0, 0.0, -1.0, 2.0, -2.0, -6.0, -10.0, 10.0, -20.0, 1000.0], "n")),
        slips={
            "1 + erf, like 1 - erfc, is rounded to 0 on the left, or to what the rounding leaves; "
            "erfc(-t) is the same number without the subtraction": lambda x: (
                x / 2 * (1 + _erf(x / math.sqrt(2)))
            ),
            "that is the form with tanh; the exact one is asked for": lambda x: (
                reference.activations.gelu(x, approximate=True)[0]
            ),
            "that is the form with tanh, and its sum is rounded to 0 on the left as well": (
                lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
            ),
            "that is the form with the sigmoid; the exact one is asked for": lambda x: (
                x * _sigmoid(1.702 * x)[0]
            ),
            "that is SiLU: the gate is the normal distribution": lambda x: (
                reference.activations.silu(x)[0]
            ),
            "the error function is taken at x over the root of 2": lambda x: (
                x / 2 * np.vectorize(math.erfc, otypes=[float])(-x)
            ),
            "erfc falls; the gate should rise: change the sign of its argument": lambda x: (
                x / 2 * np.vectorize(math.erfc, otypes=[float])(x / math.sqrt(2))
            ),
            "that is ReLU: the gate is the normal distribution, not the step": lambda x: np.maximum(
                x, 0
            ),
            "that is the gate; it is to be multiplied by x": lambda x: (
                np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2)) / 2
            ),
            "that is the derivative; the value is asked for": lambda x: reference.activations.gelu(
                x
            )[1],
            "that is x times the density; the gate is the distribution function": lambda x: (
                x * _phi(x)
            ),
        },
        atol=0.0,
    ),
    "gated-variance": Exercise(
        "factor",
        answer="the number n v, one over the mean square of GELU(z) for a standard normal z",
        truth=1 / MEAN_SQUARE,
        rtol=1e-4,
        slips={
            "that is the mean square; the weights have to undo it": MEAN_SQUARE,
            "that is ReLU's": 2.0,
            "rounded: hand over the closed form": 2.352,
            "that is the square root: a variance is asked for": MEAN_SQUARE**-0.5,
            "one third is the mean of Φ²; the term with φ³ is missing": 3.0,
            "that is one over the variance of the outputs; their mean square counts, with its "
            "mean": 1 / (MEAN_SQUARE - 1 / (4 * math.pi)),
            "that is one over the mean, 1/(2√π); the mean square is asked for": 2
            * math.sqrt(math.pi),
            "the term with φ³ has a plus": 1 / (1 / 3 - 1 / (2 * math.pi * math.sqrt(3))),
            "by parts z Φ² gives Φ² + 2 z Φ φ: the 2 is missing": 1
            / (1 / 3 + 1 / (4 * math.pi * math.sqrt(3))),
            "the integral of φ³ is 1/(2π√3): the root of 3 is missing": 1
            / (1 / 3 + 1 / (2 * math.pi)),
        },
    ),
}
