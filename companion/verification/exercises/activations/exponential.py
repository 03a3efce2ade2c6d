"""The exercises of activations/exponential.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| exponential-inverse          | `inverse(y) -> x` (n,): of softplus, without a warning from     |
|                              |   1e-10 to 1000                                                 |
| exponential-backward         | `elu_backward(upstream, output, alpha) -> gradient` (n,)        |
| exponential-constants        | `constants(v) -> (alpha, scale)`: for mean 0 and variance v     |
"""

import math

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _inverse(y):
    return y + np.log(-np.expm1(-y))


def _backward(upstream, output, alpha):
    return upstream * np.where(output > 0, 1.0, output + alpha)


def _moments(q):
    """Of ELU's negative side, for α = 1 and sums √q z: minus its mean, and its mean square."""
    once, twice = (
        math.exp(a**2 / 2) * math.erfc(a / math.sqrt(2)) / 2 for a in (q**0.5, 2 * q**0.5)
    )
    return 0.5 - once, twice - 2 * once + 0.5


def _alpha(q):
    return math.sqrt(q / (2 * math.pi)) / _moments(q)[0]


def _constants(v):
    return _solved(v, v)


def _solved(q, target):
    """α and λ for sums of the mean square q and outputs of the mean square `target`."""
    alpha = _alpha(q)
    return alpha, math.sqrt(target / _square(alpha, q))


def _square(alpha, q):
    return q / 2 + alpha**2 * _moments(q)[1]


EXERCISES = {
    "exponential-inverse": Exercise(
        "inverse(y) -> x",
        truth=_inverse,
        inputs=inputs(([1.0, 2.0, 0.5, 0.1, 10.0, 100.0, 1e-10, 1000.0], "n")),
        rtol=1e-9,
        quiet=True,
        slips={
            "right on paper, but e^y overflows at 1000 and e^y - 1 loses its digits near 0: take "
            "the factor e^y out of the logarithm, and use numpy.expm1": (
                lambda y: np.log(np.exp(y) - 1)
            ),
            "no digits are lost near 0, but e^y overflows at 1000: take the factor e^y out of the "
            "logarithm": lambda y: np.log(np.expm1(y)),
            "nothing overflows, but near 0 what e^-y lacks to 1 is rounded away: -numpy.expm1(-y) "
            "has its digits": lambda y: y + np.log(1 - np.exp(-y)),
            "that is softplus itself; its inverse is asked for": lambda y: (
                np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y)))
            ),
            "the factor e^y that was taken out has to come back as + y": lambda y: np.log(
                -np.expm1(-y)
            ),
            "y comes with a plus: log(e^y (1 - e^-y)) = y + log(1 - e^-y)": lambda y: (
                np.log(-np.expm1(-y)) - y
            ),
        },
    ),
    "exponential-backward": Exercise(
        "elu_backward(upstream, output, alpha) -> gradient",
        truth=_backward,
        inputs=inputs(
            (REALS, "n"),
            ([1.0, 0.0, 2.0, -0.25, -0.5, 10.0], "n"),
            [2.0, 1.0, 0.5],
        ),
        slips={
            "the output is the value already: α e^x is output + α": lambda u, f, a: (
                u * np.where(f > 0, 1.0, a * np.exp(f))
            ),
            "at an output of exactly 0 the code takes the slope from the left, α": (
                lambda u, f, a: u * np.where(f >= 0, 1.0, f + a)
            ),
            "that is the slope; the gradient that arrives is to be multiplied by it": (
                lambda u, f, a: np.where(f > 0, 1.0, f + a)
            ),
            "that holds for α = 1 alone": lambda u, f, a: u * np.where(f > 0, 1.0, f + 1),
            "output + α is the slope below 0; above it is 1": lambda u, f, a: u * (f + a),
            "the two sides are swapped: output + α belongs below 0": lambda u, f, a: (
                u * np.where(f > 0, f + a, 1.0)
            ),
            "the output below 0 is α e^x - α, so α has to be added to it": lambda u, f, a: (
                u * np.where(f > 0, 1.0, f - a)
            ),
            "below 0 the slope is output + α; the output alone is negative": lambda u, f, a: (
                u * np.where(f > 0, 1.0, f)
            ),
            "the output decides on the side, not the gradient that arrives": lambda u, f, a: (
                u * np.where(u > 0, 1.0, f + a)
            ),
            "that is ReLU: below 0 a slope is left": lambda u, f, a: u * (f > 0),
            "every sum has a gradient of its own: nothing is divided by n": lambda u, f, a: (
                _backward(u, f, a) / len(f)
            ),
        },
    ),
    "exponential-constants": Exercise(
        "constants(v) -> (alpha, scale)",
        truth=_constants,
        inputs=inputs([1.0, 4.0, 0.25, 2.0, 0.5, *(k / 20 for k in range(21, 141))]),
        slips={
            "those are SELU's, for v = 1": lambda v: _constants(1.0),
            "that keeps the mean square 1; it should be v": lambda v: _solved(v, 1.0),
            "the sums have the variance v as well: M and S are needed at v, not at 1": (
                lambda v: _solved(1.0, v)
            ),
            "the mean of the positive side is √v times φ(0)": lambda v: (
                _alpha(v) / v**0.5,
                math.sqrt(v / _square(_alpha(v) / v**0.5, v)),
            ),
            "the two are swapped: first α, then λ": lambda v: _constants(v)[::-1],
            "the mean square has the factor λ², so λ is a root": lambda v: (
                _alpha(v),
                _constants(v)[1] ** 2,
            ),
            "v is a variance: √q is its root, the exponents are v/2 and 2v": lambda v: _solved(
                v**2, v
            ),
            "that is one over the scale": lambda v: (_alpha(v), 1 / _constants(v)[1]),
            "α is to be positive: the negative side has to be below 0": lambda v: (
                -_alpha(v),
                _constants(v)[1],
            ),
        },
    ),
}
