"""The exercises of activations/initializers.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| initializers-limit           | `uniform_limit(gain, n) -> limit`: where a uniform distribution |
|                              |   of the variance gain / n ends                                 |
| initializers-fans            | `fans(shape) -> (fan_in, fan_out)` of a kernel: the window, the |
|                              |   channels that come in, those that go out                      |
| initializers-truncated       | `truncated_variance(c, stddev) -> variance` of a normal number  |
|                              |   that is drawn again beyond c stddev                           |
"""

import math

import numpy as np

from companion import reference
from companion.verification.exercises.rows import Exercise, inputs


def _limit(gain, n):
    return np.sqrt(3 * gain / n)


def _fans(shape):
    return reference.initializers.fans(shape)


def _mass(c):
    return math.erf(c / math.sqrt(2))


def _density(c):
    return math.exp(-(c**2) / 2) / math.sqrt(2 * math.pi)


def _kept(c):
    return 1 - 2 * c * _density(c) / _mass(c)


def _truncated(c, stddev):
    return stddev**2 * _kept(c)


def _ends(shape):
    return shape[-2], shape[-1]


COUNTS = [1, 2, 100, 3, 4, 10, 30, 64, 200, 300, 784, 1000]
WINDOWS = [(), (3,), (2, 3), (3, 3), (5, 5), (2, 2, 2)]
CHANNELS = [(2, 3), (3, 2), (1, 5), (5, 1), (4, 4), (7, 3), (32, 64), (64, 32), (3, 16)]
CHANNELS += [(1, 1), (10, 20), (20, 10), (100, 10), (784, 256), (8, 8), (6, 1), (1, 6), (2, 2)]
SHAPES = [(*window, *channels) for window in WINDOWS for channels in CHANNELS]

EXERCISES = {
    "initializers-limit": Exercise(
        "uniform_limit(gain, n) -> limit",
        truth=_limit,
        inputs=inputs([1.0, 2.0, 0.5, 3.0, 2.5, 0.3, 4.0, 1.5, 0.1], COUNTS),
        slips={
            "that is the standard deviation; a uniform distribution reaches further": (
                lambda gain, n: np.sqrt(gain / n)
            ),
            "that is the variance": lambda gain, n: gain / n,
            "the limit is the root of that": lambda gain, n: 3 * gain / n,
            "that is the whole width, from one end to the other; half of it is asked for": (
                lambda gain, n: np.sqrt(12 * gain / n)
            ),
            "He's 6 holds the 2 of ReLU already; here the gain is given": (
                lambda gain, n: np.sqrt(6 * gain / n)
            ),
            "that has the gain of ReLU, whatever the activation": lambda gain, n: np.sqrt(6 / n),
            "that is for a linear layer: the gain is missing": lambda gain, n: np.sqrt(3 / n),
            "the gain is one of the variance, so it stands under the root": (
                lambda gain, n: gain * np.sqrt(3 / n)
            ),
            "a sum has n terms: the 1/n is missing": lambda gain, n: np.sqrt(3 * gain),
            "the 1/n stands under the root as well": lambda gain, n: np.sqrt(3 * gain) / n,
            "the variance is l²/3, so l² is three times the variance": (
                lambda gain, n: np.sqrt(gain / (3 * n))
            ),
            "the weights have to undo the number of terms, not to repeat it": (
                lambda gain, n: np.sqrt(3 * gain * n)
            ),
        },
    ),
    "initializers-fans": Exercise(
        "fans(shape) -> (fan_in, fan_out)",
        truth=_fans,
        inputs=inputs(SHAPES),
        slips={
            "a sum runs over all places of the window": _ends,
            "an input stands in a sum for each place of the window as well": lambda shape: (
                math.prod(shape[:-1]),
                shape[-1],
            ),
            "that is PyTorch's order, outputs first; here the channels that go out come last": (
                lambda shape: (math.prod(shape[1:]), shape[0] * math.prod(shape[2:]))
            ),
            "the channels come first in, then out; yours are the other way round": lambda shape: (
                _fans(shape)[::-1]
            ),
            "the places of the window are to be multiplied, not added": lambda shape: (
                (sum(shape[:-2]) or 1) * shape[-2],
                (sum(shape[:-2]) or 1) * shape[-1],
            ),
            "a window can have any number of axes, none as well": lambda shape: (
                shape[0] * shape[-2],
                shape[0] * shape[-1],
            ),
            "that is the kernel of a dense layer: the last two axes are the channels": (
                lambda shape: (shape[0], shape[1])
            ),
            "without a window there is one place, not none": lambda shape: (
                sum(shape[:-2]) and math.prod(shape[:-2]) * shape[-2],
                sum(shape[:-2]) and math.prod(shape[:-2]) * shape[-1],
            ),
        },
    ),
    "initializers-truncated": Exercise(
        "truncated_variance(c, stddev) -> variance",
        truth=_truncated,
        inputs=inputs(
            [2.0, 1.0, 3.0, 0.5, 1.5, 2.5, 0.8, 1.2, 1.8, 2.2, 2.8, 3.5],
            [1.0, 2.0, 0.5, 3.0, 0.1, 10.0, 1.5, 0.25, 5.0],
        ),
        slips={
            "that is the variance before anything was cut off": lambda c, stddev: stddev**2,
            "that is right for stddev = 1; a variance grows with its square": (
                lambda c, stddev: _kept(c)
            ),
            "a variance grows with the square of stddev": lambda c, stddev: stddev * _kept(c),
            "that is the standard deviation": lambda c, stddev: stddev * math.sqrt(_kept(c)),
            "what is left is drawn with a larger density: divide by the probability within ±c": (
                lambda c, stddev: stddev**2 * (_mass(c) - 2 * c * _density(c))
            ),
            "what stands at both ends is to be taken away: a factor 2": lambda c, stddev: (
                stddev**2 * (1 - c * _density(c) / _mass(c))
            ),
            "the factor c is missing: the ends are at ±c": lambda c, stddev: (
                stddev**2 * (1 - 2 * _density(c) / _mass(c))
            ),
            "the probability within ±c is 2 Φ(c) - 1 = erf(c/√2), not Φ(c)": lambda c, stddev: (
                stddev**2 * (1 - 2 * c * _density(c) / ((1 + _mass(c)) / 2))
            ),
            "erf is not the distribution function: its argument is c/√2": lambda c, stddev: (
                stddev**2 * (1 - 2 * c * _density(c) / math.erf(c))
            ),
            "the density of a normal number has the factor 1/√(2π)": lambda c, stddev: (
                stddev**2 * (1 - 2 * c * math.exp(-(c**2) / 2) / _mass(c))
            ),
            "cutting off takes from the variance: the sign": lambda c, stddev: (
                stddev**2 * (2 - _kept(c))
            ),
            "they are drawn again, not moved to the end": lambda c, stddev: (
                stddev**2 * (_mass(c) - 2 * c * _density(c) + c**2 * (1 - _mass(c)))
            ),
            "c counts standard deviations already: it is not to be multiplied by stddev": (
                lambda c, stddev: stddev**2 * _kept(c * stddev)
            ),
            "c counts standard deviations already: it is not to be divided by stddev": (
                lambda c, stddev: stddev**2 * _kept(c / stddev)
            ),
        },
    ),
}
