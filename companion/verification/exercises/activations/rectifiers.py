"""The exercises of activations/rectifiers.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| rectifiers-backward          | `leaky_backward(upstream, x, negative_slope) -> gradient`       |
|                              |   upstream, x, gradient (n,)                                    |
| rectifiers-relu6             | `relu6(x) -> (value, derivative)` (n,)                          |
| rectifiers-variance          | `weight_variance(n, a, b) -> variance`: of a weight, for an     |
|                              |   activation with the slope a above 0 and b below               |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _backward(upstream, x, negative_slope):
    return upstream * reference.activations.leaky_relu(x, negative_slope)[1]


def _variance(n, a, b):
    return 2 / (n * (a**2 + b**2))


EXERCISES = {
    "rectifiers-backward": Exercise(
        "leaky_backward(upstream, x, negative_slope) -> gradient",
        truth=_backward,
        inputs=inputs((REALS, "n"), (REALS, "n"), [0.5, 0.2, 2.0]),
        slips={
            "the sign of the sum decides, not that of the gradient": lambda u, x, s: (
                u * np.where(u > 0, 1.0, s)
            ),
            "that is ReLU: below 0 the slope is left, it is not 0": lambda u, x, s: u * (x > 0),
            "that is the slope; the gradient that arrives is to be multiplied by it": (
                lambda u, x, s: np.where(x > 0, 1.0, s)
            ),
            "the slope belongs below 0, the 1 above": lambda u, x, s: u * np.where(x > 0, s, 1.0),
            "at a sum of exactly 0 the code takes the slope from below": lambda u, x, s: (
                u * np.where(x >= 0, 1.0, s)
            ),
            "that multiplies by the output; it should be the slope": lambda u, x, s: (
                u * np.where(x > 0, x, s * x)
            ),
            "that is the output of the layer; the gradient is asked for": lambda u, x, s: np.where(
                x > 0, x, s * x
            ),
            "every sum has a gradient of its own: nothing is divided by n": lambda u, x, s: (
                _backward(u, x, s) / len(x)
            ),
        },
    ),
    "rectifiers-relu6": Exercise(
        "relu6(x) -> (value, derivative)",
        truth=reference.activations.relu6,
        inputs=inputs(([1.0, 0.0, -1.0, 6.0, 7.0, 5.0, 10.0, -3.0], "n")),
        slips={
            "at 6 itself the derivative is 0": lambda x: (
                np.clip(x, 0, 6),
                1.0 * ((x > 0) & (x <= 6)),
            ),
            "at 0 itself the derivative is 0": lambda x: (
                np.clip(x, 0, 6),
                1.0 * ((x >= 0) & (x < 6)),
            ),
            "at both ends the derivative is 0": lambda x: (
                np.clip(x, 0, 6),
                1.0 * ((x >= 0) & (x <= 6)),
            ),
            "that is ReLU: above 6 it does not end": reference.activations.relu,
            "above 6 the derivative is 0 as well": lambda x: (np.clip(x, 0, 6), 1.0 * (x > 0)),
            "above 6 the value stays at 6, it does not fall": lambda x: (
                np.where(x > 6, 12 - x, np.maximum(x, 0)),
                reference.activations.relu6(x)[1],
            ),
            "the second ramp is to be taken away, not added": lambda x: (
                np.maximum(x, 0) + np.maximum(x - 6, 0),
                1.0 * (x > 0) + (x > 6),
            ),
        },
    ),
    "rectifiers-variance": Exercise(
        "weight_variance(n, a, b) -> variance",
        truth=_variance,
        inputs=inputs([1, 2, 100, 10, 50], [1.0, 2.0, 0.0, 0.5, 1.5], [0.5, 0.2, 1.0, 3.0, 0.1]),
        slips={
            "each slope keeps its square of the mean square": lambda n, a, b: 2 / (n * (a + b)),
            "above 0 the slope is a, not 1": lambda n, a, b: 2 / (n * (1 + b**2)),
            "that is He's, for a = 1 and b = 0": lambda n, a, b: 2 / n,
            "half of the sums are above 0, half below: the 2 is missing": lambda n, a, b: (
                1 / (n * (a**2 + b**2))
            ),
            "only the sums above 0 are kept here": lambda n, a, b: 2 / (n * a**2) if a else None,
            "a sum has n terms: the 1/n is missing": lambda n, a, b: 2 / (a**2 + b**2),
            "that is the standard deviation": lambda n, a, b: np.sqrt(_variance(n, a, b)),
            "that is the factor by which the layer changes the mean square; the variance has to "
            "undo it": lambda n, a, b: n * (a**2 + b**2) / 2,
        },
    ),
}
