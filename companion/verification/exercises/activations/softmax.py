"""The exercises of activations/softmax.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| softmax-backward             | `backward(g, z) -> gradient` (b, k): g is the gradient in the   |
|                              |   probabilities, z the logits                                   |
| softmax-masked               | `masked_softmax(z, allowed) -> p` (b, k), allowed 0 or 1; a row |
|                              |   in which nothing is allowed gets zeros; without warnings      |
| softmax-temperature          | `temperature_for(gap, m, p) -> temperature` at which one logit, |
|                              |   ahead of m - 1 equal ones by gap, has the probability p       |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _softmax(z, axis=-1):
    return reference.activations.softmax(z, axis)[0]


def _backward(g, z):
    p = _softmax(z)
    return p * (g - np.sum(g * p, axis=1, keepdims=True))


def _backward_as_typed(g, z):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return p * (g - np.sum(g * p, axis=1, keepdims=True))


def _along_the_batch(g, z):
    p = _softmax(z, axis=0)
    return p * (g - np.sum(g * p, axis=0, keepdims=True))


def _masked(z, allowed):
    p = np.zeros(z.shape)
    for row, z_row, allowed_row in zip(p, z, allowed, strict=True):
        chosen = allowed_row == 1
        if chosen.any():
            row[chosen] = _softmax(z_row[chosen])
    return p


def _divided(growth):
    return growth / growth.sum(axis=1, keepdims=True)


def _with_infinity(z, allowed):
    masked = np.where(allowed == 1, z, -np.inf)
    return _divided(np.exp(masked - masked.max(axis=1, keepdims=True)))


def _with_a_large_number(size):
    return lambda z, allowed: _softmax(np.where(allowed == 1, z, -size))


def _shifted_by_all(z, allowed):
    growth = np.exp(z - z.max(axis=1, keepdims=True)) * allowed
    total = growth.sum(axis=1, keepdims=True)
    return growth / np.where(total > 0, total, 1.0)


def _as_typed(z, allowed):
    growth = np.exp(z) * allowed
    total = growth.sum(axis=1, keepdims=True)
    return growth / np.where(total > 0, total, 1.0)


def _temperature(gap, m, p):
    return gap / np.log((m - 1) * p / (1 - p))


LOGITS = [0.0, 1.0, -1.0, 2.0, 1000.0, -1000.0]

EXERCISES = {
    "softmax-backward": Exercise(
        "backward(g, z) -> gradient",
        truth=_backward,
        inputs=inputs((REALS, "bk"), (LOGITS, "bk"), k=(2, 3, 1)),
        slips={
            "a logit of 1000 overflows: take the largest away first": _backward_as_typed,
            "that is the derivative of each probability in its own logit alone; the others "
            "depend on it as well": lambda g, z: g * _softmax(z) * (1 - _softmax(z)),
            "the mean of g is to be taken with the weights p": lambda g, z: (
                _softmax(z) * (g - np.mean(g, axis=1, keepdims=True))
            ),
            "that adds up g itself; each g belongs times its p": lambda g, z: (
                _softmax(z) * (g - np.sum(g, axis=1, keepdims=True))
            ),
            "the mean is to be taken away, not added": lambda g, z: (
                _softmax(z) * (g + np.sum(g * _softmax(z), axis=1, keepdims=True))
            ),
            "the mean belongs into the bracket: p multiplies it as well": lambda g, z: (
                _softmax(z) * g - np.sum(g * _softmax(z), axis=1, keepdims=True)
            ),
            "the factor p in front is missing": lambda g, z: (
                g - np.sum(g * _softmax(z), axis=1, keepdims=True)
            ),
            "the mean of g under p is to be taken away": lambda g, z: _softmax(z) * g,
            "that runs along the batch: the probabilities of a row add up to 1": _along_the_batch,
            "each row has a mean of its own: sum along axis 1": lambda g, z: (
                _softmax(z) * (g - np.sum(g * _softmax(z)))
            ),
            "that is for cross-entropy, with g as the label; here g is any gradient": (
                lambda g, z: _softmax(z) - g
            ),
            "nothing is divided by the size of the batch": lambda g, z: _backward(g, z) / len(z),
            "g and z are swapped: z are the logits": lambda g, z: _backward(z, g),
        },
    ),
    "softmax-masked": Exercise(
        "masked_softmax(z, allowed) -> p",
        truth=_masked,
        inputs=inputs((LOGITS, "bk"), ([1, 0], "bk")),
        quiet=True,
        slips={
            "a row in which nothing is allowed gets zeros": _with_infinity,
            "that is right if something is allowed; if nothing is, the forbidden answers share "
            "the probability": _with_a_large_number(1e9),
            "if nothing is allowed, all logits lose the same large number, and that changes "
            "nothing: such a row gets zeros": lambda z, allowed: _softmax(z + (allowed - 1) * 1e9),
            "0 is a logit like any other: e^0 = 1. A forbidden one needs -infinity": (
                lambda z, allowed: _softmax(z * allowed)
            ),
            "the forbidden ones have to go before the sum is taken: the rest has to add up to 1": (
                lambda z, allowed: _softmax(z) * allowed
            ),
            "take the largest of the allowed logits away: beside a forbidden 1000 the others "
            "underflow": _shifted_by_all,
            "a logit of 1000 overflows: take the largest away first": _as_typed,
            "a logit of 1000 overflows, and a row in which nothing is allowed is 0 / 0": (
                lambda z, allowed: _divided(np.exp(z) * allowed)
            ),
            "1 stands for allowed, 0 for forbidden": lambda z, allowed: _masked(z, 1 - allowed),
            "the probabilities of a row add up to 1, not those of a column": lambda z, allowed: (
                _masked(z.T, allowed.T).T
            ),
            "that pays no attention to the mask": lambda z, allowed: _softmax(z),
        },
    ),
    "softmax-temperature": Exercise(
        "temperature_for(gap, m, p) -> temperature",
        truth=_temperature,
        inputs=inputs(
            [1.0, 2.0, 0.5, 3.0, 5.0, 10.0], [2, 3, 4, 5, 10], [0.75, 0.9, 0.6, 0.8, 0.95, 0.99]
        ),
        slips={
            "that is for two answers; the others are m - 1": lambda gap, m, p: (
                gap / np.log(p / (1 - p))
            ),
            "that is 1 / T": lambda gap, m, p: 1 / _temperature(gap, m, p),
            "there are m - 1 others, not m": lambda gap, m, p: gap / np.log(m * p / (1 - p)),
            "the gap is divided by T, so T is the gap divided by the logarithm": lambda gap, m, p: (
                gap * np.log((m - 1) * p / (1 - p))
            ),
            "the sign: e^(gap / T) is larger than 1": lambda gap, m, p: -_temperature(gap, m, p),
            "m - 1 is a factor of the odds: with more others, T has to be smaller": (
                lambda gap, m, p: (
                    gap / np.log(p / ((m - 1) * (1 - p))) if p != (m - 1) * (1 - p) else np.inf
                )
            ),
            "the leader is in the sum as well: the odds are p / (1 - p)": lambda gap, m, p: (
                gap / np.log((m - 1) * p)
            ),
        },
    ),
}
