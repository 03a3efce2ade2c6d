"""The exercises of networks/tuning.

| id            | to be handed over                                                              |
| ------------- | ------------------------------------------------------------------------------ |
| tuning-epochs | `epochs_needed(rate, epochs, new_rate) -> epochs` (), (), () -> (): whole      |
|               |   epochs at the new rate for at least the same travelled time                  |
| tuning-paired | `standard_error(right_a, right_b) -> error` (n,), (n,) -> (): of the           |
|               |   difference of two accuracies on the same n images; 1 is a right answer, 0    |
|               |   a wrong one                                                                  |
| tuning-luck   | `expected_best(accuracies, draws) -> best` (k,), () -> (): the mean of the     |
|               |   largest of so many values, each drawn from all k accuracies, each of them    |
|               |   equally likely                                                               |
"""

import math

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

RATES = [0.1, 1.0, 0.01, 0.3, 0.03, 0.003]
# Whole but for the floats (30, 3, 5, 6), and hardly more than whole (20.02, 20.002).
NEAR_WHOLE = [(0.3, 10, 0.1), (0.1, 9, 0.3), (0.1, 15, 0.3), (0.1, 18, 0.3)]
NEAR_WHOLE += [(0.1, 20, 0.0999), (0.1, 20, 0.09999)]


def _epochs(st):
    asked = st.tuples(st.sampled_from(RATES), st.integers(1, 200), st.sampled_from(RATES))
    return st.one_of(asked, st.sampled_from(NEAR_WHOLE))


def _needed(rate, epochs, new_rate):
    # A ratio such as 0.3 / 0.1 is a hair below or above 3: what is that near is that.
    return math.ceil(round(rate * epochs / new_rate, 9))


def _paired(right_a, right_b):
    return np.std(right_a - right_b) / math.sqrt(len(right_a))


def _accuracies(st):
    values = st.lists(st.integers(0, 10), min_size=1, max_size=6)
    return st.tuples(values.map(lambda entries: np.array(entries) / 10), st.integers(1, 20))


def _best(accuracies, draws):
    ordered, k = np.sort(accuracies), len(accuracies)
    below = (np.arange(k + 1) / k) ** draws
    return np.sum(ordered * np.diff(below))


def _without_replacement(accuracies, draws):
    if draws > len(accuracies):
        return np.nan
    ordered, k = np.sort(accuracies), len(accuracies)
    chosen = [math.comb(j, draws) / math.comb(k, draws) for j in range(k + 1)]
    return np.sum(ordered * np.diff(chosen))


EXERCISES = {
    "tuning-epochs": Exercise(
        "epochs_needed(rate, epochs, new_rate) -> epochs",
        truth=_needed,
        inputs=_epochs,
        slips={
            "a larger rate needs fewer epochs, not more": lambda rate, epochs, new: math.ceil(
                round(epochs * new / rate, 9)
            ),
            "part of an epoch is missing; round up": lambda rate, epochs, new: math.floor(
                round(rate * epochs / new, 9)
            ),
            "whole epochs are asked for; round up": lambda rate, epochs, new: rate * epochs / new,
            "the new rate may be the larger one too; then fewer epochs do": (
                lambda rate, epochs, new: max(epochs, _needed(rate, epochs, new))
            ),
            "that rounds off a real part of an epoch": lambda rate, epochs, new: math.ceil(
                round(rate * epochs / new, 2)
            ),
            "that rounds off too much; a tenth of an epoch is no slip of floats": (
                lambda rate, epochs, new: math.ceil(round(rate * epochs / new, 1))
            ),
            "0.3 * 10 / 0.1 is a hair above 30 in floats, and rounding up makes 31 of it": (
                lambda rate, epochs, new: math.ceil(rate * epochs / new)
            ),
            "0.3 / 0.1 is not 3 in floats; round off the hair before you round up": (
                lambda rate, epochs, new: math.ceil(epochs * (rate / new))
            ),
        },
    ),
    "tuning-paired": Exercise(
        "standard_error(right_a, right_b) -> error",
        truth=_paired,
        inputs=inputs(([1, 0], "n"), ([1, 0], "n"), n=(1, 2, 3, 4, 7)),
        atol=1e-7,  # the root of a rounding error, where a variance is 0
        slips={
            "that treats the two as if each had images of its own": lambda a, b: math.sqrt(
                (np.var(a) + np.var(b)) / len(a)
            ),
            "that is the spread of one image; their mean over n images is steadier": (
                lambda a, b: np.std(a - b)
            ),
            "that is the variance; the standard error is its root": lambda a, b: (
                np.var(a - b) / len(a)
            ),
            "the spread shrinks with the root of n, not with n": lambda a, b: (
                np.std(a - b) / len(a)
            ),
            "take the square of the mean difference off": lambda a, b: math.sqrt(
                np.mean((a - b) ** 2) / len(a)
            ),
            "the formula of the page divides by n, not by n - 1": lambda a, b: (
                np.std(a - b) / math.sqrt(len(a) - 1) if len(a) > 1 else np.nan
            ),
            "that is the difference itself, not its error": lambda a, b: np.mean(a - b),
        },
    ),
    "tuning-luck": Exercise(
        "expected_best(accuracies, draws) -> best",
        truth=_best,
        inputs=_accuracies,
        slips={
            "the largest of all is drawn only sometimes": lambda values, draws: np.max(values),
            "that is the mean of one draw": lambda values, draws: np.mean(values),
            "that is the mean of the smallest": lambda values, draws: -_best(-values, draws),
            "put the accuracies in order first": lambda values, draws: np.sum(
                values * np.diff((np.arange(len(values) + 1) / len(values)) ** draws)
            ),
            "a value that was drawn can be drawn again": _without_replacement,
        },
    ),
}
