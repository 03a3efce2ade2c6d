"""The exercises of speed/compiled.

| id                  | to be handed over                                                        |
| ------------------- | ------------------------------------------------------------------------ |
| compiled-operations | `operations_of_an_epoch(samples, widths) -> operations` (), (l,) -> ():  |
|                     |   of the matrix products that are needed, forward and backward           |
| compiled-roofline   | `attainable(operations, bytes_moved, peak, bandwidth) -> rate`           |
|                     |   (), (), (), () -> (): operations a second                              |
| compiled-even       | `epochs_until_it_pays(compile_seconds, epoch_seconds, fit_seconds) ->    |
|                     |   epochs` (), (), () -> (): whole, at least 1; infinity if never         |
"""

import itertools
import math

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs


def _products(widths):
    return [int(a) * int(b) for a, b in itertools.pairwise(widths)]


def _operations(samples, widths):
    first, *others = _products(widths)
    return samples * (4 * first + 6 * sum(others))


def _attainable(operations, bytes_moved, peak, bandwidth):
    return min(peak, operations * bandwidth / bytes_moved)


def _even(compile_seconds, epoch_seconds, fit_seconds):
    if compile_seconds + epoch_seconds <= fit_seconds:
        return 1
    if epoch_seconds >= fit_seconds:
        return math.inf
    return math.ceil(compile_seconds / (fit_seconds - epoch_seconds))


# Numbers whose differences and quotients floats know exactly.
SECONDS = [1.0, 2.0, 0.5, 4.0, 0.25, 3.0, 8.0]

EXERCISES = {
    "compiled-operations": Exercise(
        "operations_of_an_epoch(samples, widths) -> operations",
        truth=_operations,
        inputs=inputs([1, 2, 10, 100], ([1, 2, 3, 5, 10], "l"), l=(2, 3, 4)),
        slips={
            "nobody needs the gradient at the first layer's input": lambda samples, widths: (
                6 * samples * sum(_products(widths))
            ),
            "that is the forward pass alone": lambda samples, widths: (
                2 * samples * sum(_products(widths))
            ),
            "a product and an addition are two operations": lambda samples, widths: (
                _operations(samples, widths) / 2
            ),
            "only the first layer does without the gradient at its input": (
                lambda samples, widths: 4 * samples * sum(_products(widths))
            ),
            "the first layer does without it, not the last": lambda samples, widths: (
                samples * (6 * sum(_products(widths)) - 2 * _products(widths)[-1])
            ),
            "each sample of the epoch takes part": lambda samples, widths: _operations(1, widths),
        },
    ),
    "compiled-roofline": Exercise(
        "attainable(operations, bytes_moved, peak, bandwidth) -> rate",
        truth=_attainable,
        inputs=inputs(*[[1.0, 2.0, 10.0, 0.5, 100.0]] * 4),
        slips={
            "the roof is the lower of the two": lambda f, b, p, w: max(p, f * w / b),
            "bytes that are slow to move can hold it below the peak": lambda f, b, p, w: p,
            "arithmetic can hold it below the slope": lambda f, b, p, w: f * w / b,
            "intensity is operations for each byte": lambda f, b, p, w: min(p, b * w / f),
            "intensity alone is no rate; the bandwidth makes it one": lambda f, b, p, w: min(
                p, f / b
            ),
            "both go on at once; the slower one decides": lambda f, b, p, w: f / (f / p + b / w),
            "that is the time that it takes, not the rate": lambda f, b, p, w: max(f / p, b / w),
        },
    ),
    "compiled-even": Exercise(
        "epochs_until_it_pays(compile_seconds, epoch_seconds, fit_seconds) -> epochs",
        truth=_even,
        inputs=inputs([0.0, *SECONDS], SECONDS, SECONDS),
        slips={
            "whole epochs are asked for; round up": lambda c, t, u: (
                max(1, c / (u - t)) if u > t else _even(c, t, u)
            ),
            "part of an epoch is missing; round up": lambda c, t, u: (
                max(1, math.floor(c / (u - t))) if u > t else _even(c, t, u)
            ),
            "at least one epoch": lambda c, t, u: (
                math.ceil(c / (u - t)) if u > t else _even(c, t, u)
            ),
            "what is saved is the difference; the compiled epochs take time, too": (
                lambda c, t, u: max(1, math.ceil(c / u))
            ),
            "an epoch that takes longer than fit's never pays": lambda c, t, u: (
                max(1, math.ceil(c / (u - t))) if u != t else np.inf
            ),
            "the compiled epoch is the shorter one, where it pays": lambda c, t, u: (
                max(1, math.ceil(c / (t - u))) if t > u else np.inf
            ),
            "equal is enough": lambda c, t, u: (
                max(1, math.floor(c / (u - t)) + 1) if u > t else _even(c, t, u)
            ),
        },
    ),
}
