"""The exercises of losses/choosing.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| choosing-loss-durations      | `duration_loss(y, z) -> (loss, gradient)` (n,), (n,) -> (),     |
|                              |   (n,): of exponential waiting times with the mean exp(z)       |
| choosing-loss-constant       | a number: the constant with the smallest squared percentage     |
|                              |   error for the targets 1, 2, 6                                 |
| choosing-loss-weights        | `loss_weights(residuals) -> weights` (n, k) -> (k,): 1 / (2 σ²) |
|                              |   for the most likely σ of each column                          |
"""

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

DURATIONS = [1.0, 2.0, 0.5, 3.0, 0.1, 20.0]
LOGITS = [0.0, 1.0, -1.0, 0.5, 3.0, -3.0]
RESIDUALS = [1.0, -1.0, 2.0, -2.0, 0.5, 3.0, -3.0, 10.0]


def _durations(y, z):
    return np.mean(y * np.exp(-z) + z), (1 - y * np.exp(-z)) / y.size


def _value(y, z):
    return _durations(y, z)[0]


def _weights(residuals):
    return 1 / (2 * np.mean(residuals**2, axis=0))


def _if_they_vary(spread):
    """A slip that divides by the spread of a column; None where that is zero."""
    return lambda r: 1 / (2 * spread(r)) if np.all(np.ptp(r, axis=0) > 0) else None


EXERCISES = {
    "choosing-loss-durations": Exercise(
        "duration_loss(y, z) -> (loss, gradient)",
        truth=_durations,
        inputs=inputs((DURATIONS, "n"), (LOGITS, "n")),
        slips={
            "the loss is a mean over the entries: in its gradient 1/n is missing": lambda y, z: (
                _value(y, z),
                1 - y * np.exp(-z),
            ),
            "both are means over the entries: that is the sum, without 1/n": lambda y, z: (
                np.sum(y * np.exp(-z) + z),
                1 - y * np.exp(-z),
            ),
            "the loss should be one number, the mean over the entries": lambda y, z: (
                y * np.exp(-z) + z,
                _durations(y, z)[1],
            ),
            "the sign of the gradient is turned; check it with a difference of the loss": (
                lambda y, z: (_value(y, z), -_durations(y, z)[1])
            ),
            "the slope of exp(-z) is -exp(-z): the minus is missing": lambda y, z: (
                _value(y, z),
                (1 + y * np.exp(-z)) / y.size,
            ),
            "that is the gradient in the mean μ: times the slope of exp(z), which is μ": (
                lambda y, z: (_value(y, z), (1 - y * np.exp(-z)) * np.exp(-z) / y.size)
            ),
            "prediction minus truth is the pull of the Poisson loss; this density has another": (
                lambda y, z: (_value(y, z), (np.exp(z) - y) / y.size)
            ),
            "log μ = z is missing: the density has the factor 1 / μ": lambda y, z: (
                np.mean(y * np.exp(-z)),
                -y * np.exp(-z) / y.size,
            ),
            "the mean is exp(z), not z": lambda y, z: (
                (np.mean(y / z + np.log(z)), (1 / z - y / z**2) / y.size) if np.all(z > 0) else None
            ),
            "the rate is 1 / μ = exp(-z), not exp(z)": lambda y, z: (
                np.mean(y * np.exp(z) - z),
                (y * np.exp(z) - 1) / y.size,
            ),
            "that is the likelihood's logarithm; the loss is its negative": lambda y, z: (
                -_value(y, z),
                -_durations(y, z)[1],
            ),
        },
    ),
    "choosing-loss-constant": Exercise(
        "constant",
        truth=30 / 23,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean, where the plain squared error is smallest": 3.0,
            "that is the median": 2.0,
            "that is the harmonic mean: the weights are 1 / y², not 1 / y": 1.8,
            "that is the geometric mean": 12 ** (1 / 3),
            "one target alone does not balance the pulls": 1.0,
            "the weights are 1 / y²: small targets count more, not less": (1 + 8 + 216) / 41,
        },
    ),
    "choosing-loss-weights": Exercise(
        "loss_weights(residuals) -> weights",
        truth=_weights,
        inputs=inputs((RESIDUALS, "nk")),
        slips={
            "the 2 is missing: it comes from the exponent of the Gaussian": lambda r: (
                1 / np.mean(r**2, axis=0)
            ),
            "the weight divides by the noise; here noisy outputs count more": lambda r: (
                2 * np.mean(r**2, axis=0)
            ),
            "that is the most likely σ², not the weight": lambda r: np.mean(r**2, axis=0),
            "the weight has σ², not σ": lambda r: 1 / (2 * np.sqrt(np.mean(r**2, axis=0))),
            "σ² is the mean square: the variance forgives an output that is always too high": (
                _if_they_vary(lambda r: np.var(r, axis=0))
            ),
            "σ² is the mean square, not the variance, and not with n - 1": _if_they_vary(
                lambda r: np.var(r, axis=0, ddof=1)
            ),
            "that divides by the standard deviation; it should be the mean square": _if_they_vary(
                lambda r: np.std(r, axis=0)
            ),
            "that is one weight for all; every column has its own": lambda r: (
                1 / (2 * np.mean(r**2))
            ),
            "that is a weight for each row: the mean is over the rows, axis 0": lambda r: (
                1 / (2 * np.mean(r**2, axis=1))
            ),
            "the mean is over the rows: the sum is n times as large": lambda r: (
                1 / (2 * np.sum(r**2, axis=0))
            ),
            "that is the size of the residuals; Gaussian noise goes with their squares": lambda r: (
                1 / (2 * np.mean(np.abs(r), axis=0))
            ),
        },
    ),
}
