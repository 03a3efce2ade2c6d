"""The exercises of activations/choosing.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| choosing-activation-between  | `between(z, low, high) -> (value, derivative)` z, value,        |
|                              |   derivative (n,): a sigmoid stretched from low to high         |
| choosing-activation-growth   | a number: by what a gradient grows per layer behind             |
|                              |   max(0, z)², with weights that keep the sums                   |
| choosing-activation-variance | `weight_variance(outputs, n) -> variance`: of a weight, so that |
|                              |   sums of n such outputs have the mean square 1; outputs (k,)   |
"""

import math

import numpy as np

from companion import reference
from companion.verification.exercises.rows import Exercise, inputs

SUMS = [0.0, 1.0, -1.0, 2.0, -2.0, 5.0, -5.0, 1000.0, -1000.0]
OUTPUTS = [1.0, 2.0, 0.5, -1.0, 3.0, -0.5, 10.0]


def _between(z, low, high):
    value, slope = reference.activations.sigmoid(z)
    return low + (high - low) * value, (high - low) * slope


def _variance(outputs, n):
    return 1 / (n * np.mean(outputs**2))


def _of_spread(outputs, n):
    """The slip that takes the variance of the outputs; None where that is zero."""
    return 1 / (n * np.var(outputs)) if np.ptp(outputs) > 0 else None


def _of_mean(outputs, n):
    return 1 / (n * np.mean(outputs) ** 2) if np.mean(outputs) else None


def _overflowing(z, low, high):
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.exp(z) / (1 + np.exp(z))
    return low + (high - low) * share, (high - low) * share * (1 - share)


EXERCISES = {
    "choosing-activation-between": Exercise(
        "between(z, low, high) -> (value, derivative)",
        truth=_between,
        inputs=inputs((SUMS, "n"), [0.0, 1.0, -1.0, -3.0], [2.0, 6.0, 3.0, 10.0]),
        slips={
            "exp(1000) is too large for a float: infinity over infinity is not a number": (
                _overflowing
            ),
            "the derivative is stretched as well: the factor high - low is missing": (
                lambda z, low, high: (
                    _between(z, low, high)[0],
                    reference.activations.sigmoid(z)[1],
                )
            ),
            "the range is high - low wide and starts at low": lambda z, low, high: (
                low + high * reference.activations.sigmoid(z)[0],
                high * reference.activations.sigmoid(z)[1],
            ),
            "the range starts at low, which is missing in the value": lambda z, low, high: (
                _between(z, low, high)[0] - low,
                _between(z, low, high)[1],
            ),
            "a constant has no slope: low does not belong into the derivative": (
                lambda z, low, high: (
                    _between(z, low, high)[0],
                    low + _between(z, low, high)[1],
                )
            ),
            "low and high are swapped: a large z should come close to high": (
                lambda z, low, high: _between(z, high, low)
            ),
            "the sign of the derivative is turned": lambda z, low, high: (
                _between(z, low, high)[0],
                -_between(z, low, high)[1],
            ),
            "σ (1 - σ) is for a sigmoid from 0 to 1, not for the stretched value": (
                lambda z, low, high: (
                    _between(z, low, high)[0],
                    _between(z, low, high)[0] * (1 - _between(z, low, high)[0]),
                )
            ),
            "that is a clip: outside of the range it has no slope left to learn from": (
                lambda z, low, high: (np.clip(z, low, high), 1.0 * ((z > low) & (z < high)))
            ),
            "tanh runs from -1 to 1, not from 0 to 1": lambda z, low, high: (
                low + (high - low) * np.tanh(z),
                (high - low) * reference.activations.tanh(z)[1],
            ),
        },
    ),
    "choosing-activation-growth": Exercise(
        "growth",
        truth=math.sqrt(4 / 3),
        rtol=1e-3,
        answer="a number",
        slips={
            "that is p / q; a size is the root of a mean square": 4 / 3,
            "p and q are swapped: the slopes stand on top": math.sqrt(3 / 4),
            "p and q are swapped, and the root is missing": 3 / 4,
            "that is n v = 1 / q, the variance; asked is the growth of a gradient": 2 / 3,
            "that is q: the mean square of the outputs": 3 / 2,
            "that is p: the mean square of the slopes": 2.0,
            "that is ReLU's; here the ramp is squared": 1.0,
            "the slope of z² is 2 z: its square is 4 z²": math.sqrt(1 / 3),
            "the slope of z² is 2 z, and its mean square has 4, not 2": math.sqrt(2 / 3),
            "that is the growth over nineteen layers; one is asked for": math.sqrt(4 / 3) ** 19,
        },
    ),
    "choosing-activation-variance": Exercise(
        "weight_variance(outputs, n) -> variance",
        truth=_variance,
        inputs=inputs((OUTPUTS, "k"), [1, 2, 100, 10, 50]),
        slips={
            "the mean square counts, not the variance: the weights multiply the mean as well": (
                _of_spread
            ),
            "a sum has n terms: the 1/n is missing": lambda f, n: 1 / np.mean(f**2),
            "that is the standard deviation of a weight": lambda f, n: np.sqrt(_variance(f, n)),
            "that is the mean square of the sum for v = 1; the variance has to undo it": (
                lambda f, n: n * np.mean(f**2)
            ),
            "the mean of the squares, not the square of the mean": _of_mean,
            "that adds the squares up; n counts the inputs of a unit, not the outputs measured": (
                lambda f, n: 1 / np.sum(f**2)
            ),
            "the mean over the outputs: the sum of the squares is k times as large": lambda f, n: (
                1 / (n * np.sum(f**2))
            ),
            "that is He's variance, for ReLU": lambda f, n: 2 / n,
            "that is LeCun's variance, for outputs with the mean square 1": lambda f, n: 1 / n,
            "the 2 belongs to ReLU; here the measured outputs say it": lambda f, n: (
                2 / (n * np.mean(f**2))
            ),
        },
    ),
}
