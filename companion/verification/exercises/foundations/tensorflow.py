"""The exercises of foundations/tensorflow.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| tensorflow-traces            | a number: how often the eleven calls of the page are traced     |
| tensorflow-session           | `clipped_cross_entropy(labels, probabilities) -> loss`, both    |
|                              |   (n, k): minus the mean over all entries of the label times    |
|                              |   the logarithm of the probability, clipped to [1e-10, 1]       |
| tensorflow-broadcast         | `mean_squared_error(y_true, y_pred) -> loss`: y_true (n,),      |
|                              |   y_pred (n, 1)                                                 |
"""

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _clipped(probabilities):
    return np.clip(probabilities, 1e-10, 1.0)


def _cross_entropy(labels, probabilities):
    # the 0 turns -0 into 0, which is what a reader of a counterexample expects
    return 0.0 - np.mean(labels * np.log(_clipped(probabilities)))


def _upto(lowest, highest):
    return lambda y, p: -np.mean(y * np.log(np.clip(p, lowest, highest)))


@np.errstate(divide="ignore", invalid="ignore")
def _zero_times_infinity_is_zero(labels, probabilities):
    return -np.mean(np.where(labels == 0, 0.0, labels * np.log(probabilities)))


def _without_the_zeros(labels, probabilities):
    return -np.mean(labels * np.log(np.where(probabilities == 0, 1.0, probabilities)))


@np.errstate(divide="ignore", invalid="ignore")
def _without_clipping(labels, probabilities):
    return -np.mean(labels * np.log(probabilities))


@np.errstate(divide="ignore")
def _clipped_afterwards(labels, probabilities):
    return -np.mean(labels * np.clip(np.log(probabilities), 1e-10, 1.0))


def _squared_error(y_true, y_pred):
    return np.mean((y_pred[:, 0] - y_true) ** 2)


EXERCISES = {
    "tensorflow-traces": Exercise(
        "number_of_traces",
        truth=8.0,
        rtol=1e-9,
        answer="a number",
        slips={
            "that is one trace per call; a signature that was seen before has its trace": 11.0,
            "every earlier trace is kept, not only that of the call before": 10.0,
            "the values in a tensor do not count, only its shape and its type": 9.0,
            "int32 and float32 of one shape are two signatures": 7.0,
            "a Python number is not a tensor: every new value is a new signature": 6.0,
            "the shape belongs to the signature, and so does the value of a Python number": 5.0,
            "that is the number of different types; the shape of a tensor belongs to its "
            "signature, and so does the value of a Python number": 3.0,
            "one trace serves only what has the same signature": 1.0,
        },
    ),
    "tensorflow-session": Exercise(
        "clipped_cross_entropy(labels, probabilities) -> loss",
        truth=_cross_entropy,
        inputs=inputs(([0.0, 1.0, 0.5, 0.25], "nk"), ([0.0, 1.0, 0.5, 0.25, 1e-12, 0.9], "nk")),
        rtol=1e-5,
        atol=1e-7,
        slips={
            "the logarithm of 0 is not finite: clip before it": _without_clipping,
            "the logarithm of 0 is not finite; clip before it, also for labels other than 0": (
                _zero_times_infinity_is_zero
            ),
            "a probability of 0 counts as 1e-10; it is not left out": _without_the_zeros,
            "the clipping comes before the logarithm, not after it": _clipped_afterwards,
            "the sign is missing: logarithms of probabilities are negative": lambda y, p: (
                -_cross_entropy(y, p)
            ),
            "that is the sum; a mean is asked for": lambda y, p: y.size * _cross_entropy(y, p),
            "that is the mean of row sums; the graph takes the mean over all entries": (
                lambda y, p: y.shape[1] * _cross_entropy(y, p)
            ),
            "that is one loss per sample; the graph returns one number": lambda y, p: (
                -np.mean(y * np.log(_clipped(p)), axis=1)
            ),
            "that is the sum of each row; the graph takes the mean over all entries": (
                lambda y, p: -np.sum(y * np.log(_clipped(p)), axis=1)
            ),
            "that is the loss for two classes; the graph has no term with 1 - label": (
                lambda y, p: _cross_entropy(y, p) + _cross_entropy(1 - y, 1 - p)
            ),
            "the labels weight the logarithms": lambda y, p: -np.mean(np.log(_clipped(p))),
            "labels and probabilities are swapped": lambda y, p: _cross_entropy(p, y),
            "1e-10 is the lower end of the clipping, not something to add": lambda y, p: (
                -np.mean(y * np.log(p + 1e-10))
            ),
            "the lower end is 1e-10; 1e-7 is Keras'": _upto(1e-7, 1.0),
            "the ends are 1e-10 and 1; those at a distance of 1e-7 are Keras'": (
                _upto(1e-7, 1 - 1e-7)
            ),
        },
    ),
    "tensorflow-broadcast": Exercise(
        "mean_squared_error(y_true, y_pred) -> loss",
        truth=_squared_error,
        inputs=inputs((REALS, "n"), (REALS, "no"), o=(1,)),
        slips={
            "every prediction meets every label: look at the shape of the difference": (
                lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2)
            ),
            "every prediction meets every label, and the mean over one axis leaves n numbers": (
                lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2, axis=-1)
            ),
            "every prediction meets every label, and the sum runs over all pairs": (
                lambda y_true, y_pred: np.sum((y_pred - y_true) ** 2) / len(y_true)
            ),
            "that is one square per sample; the mean is missing": lambda y_true, y_pred: (
                (y_pred[:, 0] - y_true) ** 2
            ),
            "that is the sum; a mean is asked for": lambda y_true, y_pred: (
                len(y_true) * _squared_error(y_true, y_pred)
            ),
            "the half is for derivatives; the mean squared error has none": (
                lambda y_true, y_pred: _squared_error(y_true, y_pred) / 2
            ),
            "that is the square of the mean": lambda y_true, y_pred: (
                np.mean(y_pred[:, 0] - y_true) ** 2
            ),
            "that is its root": lambda y_true, y_pred: np.sqrt(_squared_error(y_true, y_pred)),
            "that is the absolute error": lambda y_true, y_pred: np.mean(
                np.abs(y_pred[:, 0] - y_true)
            ),
        },
    ),
}
