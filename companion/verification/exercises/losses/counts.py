"""The exercises of losses/counts.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| counts-gradient              | `logit_gradient(counted, logit, exposure) -> gradient` (n,) x 3 |
|                              |   -> (n,): of the Poisson loss at the rates exposure · exp(logit) |
| counts-rate                  | a number: the best rate per hour for 3, 0, 9, 5 particles       |
|                              |   in 2, 1, 5, 0.5 hours                                         |
| counts-deviance              | `mean_deviance(counted, predicted) -> deviance` (n,), (n,): ()  |
"""

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

COUNTS = [0.0, 1.0, 2.0, 3.0, 5.0, 20.0]
RATES = [1.0, 2.0, 0.5, 3.0, 0.1, 20.0, 1e-9]
LOGITS = [0.0, 1.0, -1.0, 0.5, 3.0, -800.0]
EXPOSURES = [1.0, 2.0, 0.5, 3.0, 10.0]


def _logit_gradient(y, z, t):
    return (t * np.exp(z) - y) / y.size


def _deviances(y, rate):
    return 2 * (y * np.log(np.where(y > 0, y, 1) / rate) - y + rate)


EXERCISES = {
    "counts-gradient": Exercise(
        "logit_gradient(counted, logit, exposure) -> gradient",
        truth=_logit_gradient,
        inputs=inputs((COUNTS, "n"), (LOGITS, "n"), (EXPOSURES, "n")),
        quiet=True,
        slips={
            "that is the gradient of the rate: times the slope of the exponential, the rate": (
                lambda y, z, t: (1 - y / (t * np.exp(z))) / y.size
            ),
            "that is right on paper; the rate underflows to 0: cancel it by hand": (
                lambda y, z, t: (1 - y / (t * np.exp(z))) * t * np.exp(z) / y.size
            ),
            "the loss is a mean over the entries: 1/n is missing": lambda y, z, t: (
                t * np.exp(z) - y
            ),
            "the sign is turned: the residual is prediction minus count": lambda y, z, t: (
                (y - t * np.exp(z)) / y.size
            ),
            "the exposure is missing: the rate is exposure times exp(logit)": lambda y, z, t: (
                (np.exp(z) - y) / y.size
            ),
            "the exposure is in twice: the slope of log t by z is 0": lambda y, z, t: (
                t * (t * np.exp(z) - y) / y.size
            ),
            "counts stay counts where the exposure is in the rate: do not divide them": (
                lambda y, z, t: (t * np.exp(z) - y / t) / y.size
            ),
            "divide the count by the exposure or multiply the rate by it; that is the gradient "
            "of rates without their weights": lambda y, z, t: (np.exp(z) - y / t) / y.size,
            "that is the gradient of the squared error": lambda y, z, t: (
                2 * (t * np.exp(z) - y) * t * np.exp(z) / y.size
            ),
            "that is the loss, not its gradient": lambda y, z, t: np.mean(
                t * np.exp(z) - y * (z + np.log(t))
            ),
            "every logit has a gradient of its own: nothing is added up": lambda y, z, t: np.mean(
                t * np.exp(z) - y
            ),
        },
    ),
    "counts-rate": Exercise(
        "rate",
        truth=2.0,
        answer="a number",
        slips={
            "that is the mean of the rates, in which half an hour counts like five": 3.325,
            "that is the mean count; the hours do not enter": 4.25,
            "that is hours per particle": 0.5,
            "that is the sum of the counts; divide by all hours": 17.0,
            "that is the median of the rates": 1.65,
            "the hour without a particle belongs to it: it was watched": 17 / 7.5,
            "that is the mean count, weighted with the hours": 53.5 / 8.5,
            "the hours enter once: as they are below, and not above": 53.5 / 30.25,
        },
    ),
    "counts-deviance": Exercise(
        "mean_deviance(counted, predicted) -> deviance",
        truth=lambda y, rate: np.mean(_deviances(y, rate)),
        inputs=inputs((COUNTS, "n"), (RATES, "n")),
        atol=1e-9,
        quiet=True,
        slips={
            "0 log 0 is 0 in the limit and NaN to a computer: keep the zeros out of the log": (
                lambda y, rate: np.mean(2 * (y * np.log(y / rate) - y + rate))
            ),
            "a count of 0 has a deviance too, twice its rate": lambda y, rate: (
                np.sum(_deviances(y, rate)[y > 0]) / y.size
            ),
            "the mean is over all counts, the zeros among them": lambda y, rate: (
                np.mean(_deviances(y, rate)[y > 0]) if (y > 0).any() else None
            ),
            "twice: the factor 2 is missing": lambda y, rate: np.mean(_deviances(y, rate)) / 2,
            "that is the sum; the mean was asked for": lambda y, rate: np.sum(_deviances(y, rate)),
            "that is the half of the sum: the factor 2 and the 1/n are missing": lambda y, rate: (
                np.sum(_deviances(y, rate)) / 2
            ),
            "one number was asked for, the mean": _deviances,
            "-y + ŷ is missing; without it a deviance can be negative": lambda y, rate: np.mean(
                2 * y * np.log(np.where(y > 0, y, 1) / rate)
            ),
            "the sign of -y + ŷ is turned": lambda y, rate: np.mean(
                _deviances(y, rate) + 4 * (y - rate)
            ),
            "count over rate, not rate over count": lambda y, rate: np.mean(
                2 * (y * np.log(rate / np.where(y > 0, y, 1)) - y + rate)
            ),
            "count and rate have changed places": lambda y, rate: (
                np.mean(2 * (rate * np.log(rate / y) - rate + y)) if (y > 0).all() else None
            ),
            "that is the loss; the loss of a perfect prediction is to be subtracted": (
                lambda y, rate: np.mean(rate - y * np.log(rate))
            ),
            "that is the squared residual over the variance: close to the deviance, not the same": (
                lambda y, rate: np.mean((y - rate) ** 2 / rate)
            ),
        },
    ),
}
