"""The exercises of losses/distributions.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| distributions-divergence     | `divergence_of_rows(p, q) -> divergence` (b, k), (b, k) -> (b,):|
|                              |   in nats, without a warning where p is 0                       |
| distributions-distillation   | `distillation_pull(student, teacher, temperature) -> gradient`  |
|                              |   (b, k), (b, k), (): of T² D, a mean over the batch            |
| distributions-moments        | a number: the variance of the Gaussian with the smallest        |
|                              |   forward divergence from two humps                             |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import Exercise


def _divergence(p, q):
    return reference.losses.kl_divergence(p, q)[0]


def _cross_entropy(p, q):
    return -np.sum(p * np.log(q), axis=1)


def _two_distributions(st):
    """Rows of p, with zeros, and of q, without; eighths and tenths can be read."""
    p_rows = {
        2: [[0.5, 0.5], [1.0, 0.0], [0.0, 1.0], [0.25, 0.75], [0.9, 0.1]],
        3: [[0.5, 0.25, 0.25], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.2, 0.3, 0.5]],
    }
    q_rows = {
        2: [[0.5, 0.5], [0.25, 0.75], [0.75, 0.25], [0.1, 0.9], [1e-9, 1 - 1e-9]],
        3: [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.1, 0.2, 0.7], [1e-9, 0.5, 0.5 - 1e-9]],
    }

    @st.composite
    def drawn(draw):
        b, k = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([2, 3]))
        return tuple(
            np.array([draw(st.sampled_from(rows[k])) for _ in range(b)])
            for rows in (p_rows, q_rows)
        )

    return drawn()


def _softmax(z, axis=1):
    return reference.activations.softmax(z, axis=axis)[0]


def _naive_softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


def _clipped_softmax(z):
    return _naive_softmax(np.clip(z, -300, 300))


def _difference(student, teacher, temperature):
    return (_softmax(student / temperature) - _softmax(teacher / temperature)) / len(student)


def _pull(student, teacher, temperature):
    return temperature * _difference(student, teacher, temperature)


def _logits_and_temperature(st):
    values = st.sampled_from(
        [*(0.0, 1.0, -1.0, 2.0, -2.0, 4.0, 10.0, 1000.0, -1000.0, 1001.0, 998.0)]
    )

    @st.composite
    def drawn(draw):
        b, k = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([2, 3]))
        student, teacher = (
            np.array([draw(values) for _ in range(b * k)]).reshape(b, k) for _ in range(2)
        )
        return student, teacher, draw(st.sampled_from([2.0, 4.0, 1.0, 0.5, 10.0, 3.0]))

    return drawn()


EXERCISES = {
    "distributions-divergence": Exercise(
        "divergence_of_rows(p, q) -> divergence",
        truth=_divergence,
        inputs=_two_distributions,
        quiet=True,
        slips={
            "0 log 0 is 0, and a computer says NaN: keep the zeros of p out of the logarithm": (
                lambda p, q: np.sum(p * np.log(p / q), axis=1)
            ),
            "the arguments are swapped: the average is taken over p": lambda p, q: (
                _divergence(q, p) if np.all(p > 0) else None
            ),
            "the sign is turned: p stands above q in the logarithm": lambda p, q: (
                -_divergence(p, q)
            ),
            "that is the cross-entropy; the entropy of p has to be subtracted": _cross_entropy,
            "that is the entropy of p; where is q?": lambda p, q: (
                -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)
            ),
            "in nats: take the natural logarithm, not that to the base 2": lambda p, q: (
                _divergence(p, q) / np.log(2)
            ),
            "in nats: take the natural logarithm, not that to the base 10": lambda p, q: (
                _divergence(p, q) / np.log(10)
            ),
            "add up over the outcomes: a mean over them divides by k": lambda p, q: (
                _divergence(p, q) / p.shape[1]
            ),
            "one divergence for each row: do not take the mean": lambda p, q: np.mean(
                _divergence(p, q)
            ),
            "one divergence for each row: do not add them up": lambda p, q: np.sum(
                _divergence(p, q)
            ),
            "a clip at 1e-7, as in Keras, caps what a small q costs": lambda p, q: np.sum(
                np.clip(p, 1e-7, 1) * np.log(np.clip(p, 1e-7, 1) / np.clip(q, 1e-7, 1)), axis=1
            ),
            "a clip at 1e-7 caps what a small q costs": lambda p, q: _divergence(
                p, np.maximum(q, 1e-7)
            ),
            "an epsilon in both is a clip by another name; q has no zeros": lambda p, q: np.sum(
                p * np.log((p + 1e-7) / (q + 1e-7)), axis=1
            ),
            "a small q needs its digits: an epsilon of 1e-10 shows": lambda p, q: np.sum(
                p * np.log((p + 1e-10) / (q + 1e-10)), axis=1
            ),
            "each term is weighted with p": lambda p, q: np.sum(
                np.log(np.where(p > 0, p, q) / q), axis=1
            ),
            "terms of both signs cancel: no absolute values": lambda p, q: np.sum(
                np.abs(p * np.log(np.where(p > 0, p, q) / q)), axis=1
            ),
            "that is half of chi-square, and near p = q alone the same": lambda p, q: (
                np.sum((p - q) ** 2 / p, axis=1) / 2 if np.all(p > 0) else None
            ),
            "that is the gradient -p / q, not the divergence": lambda p, q: -p / q,
        },
    ),
    "distributions-distillation": Exercise(
        "distillation_pull(student, teacher, temperature) -> gradient",
        truth=_pull,
        inputs=_logits_and_temperature,
        quiet=True,
        slips={
            "a clip makes large logits equal: subtract the largest of each row instead": (
                lambda z, v, t: t * (_clipped_softmax(z / t) - _clipped_softmax(v / t)) / len(z)
            ),
            "the factor T² of the loss is missing: T² times the inner 1/T is T": lambda z, v, t: (
                _difference(z, v, t) / t
            ),
            "T² from the loss times 1/T from the inner derivative is T": _difference,
            "the inner derivative of z/T, 1/T, is missing": lambda z, v, t: (
                t**2 * _difference(z, v, t)
            ),
            "the loss is a mean over the batch: 1/b is missing": lambda z, v, t: (
                len(z) * _pull(z, v, t)
            ),
            "the mean is over the batch alone, not over all entries": lambda z, v, t: (
                _pull(z, v, t) / z.shape[1]
            ),
            "the mean is over the batch: divide by its length, not by the classes": (
                lambda z, v, t: len(z) * _pull(z, v, t) / z.shape[1]
            ),
            "the sign is turned: the pull is student minus teacher": lambda z, v, t: (
                -_pull(z, v, t)
            ),
            "both logits are divided by the temperature before softmax": lambda z, v, t: (
                t * _difference(z, v, 1.0)
            ),
            "the temperature is missing": lambda z, v, t: _difference(z, v, 1.0),
            "the student's logits are divided by the temperature as well": lambda z, v, t: (
                t * (_softmax(z) - _softmax(v / t)) / len(z)
            ),
            "the teacher's logits are divided by the temperature as well": lambda z, v, t: (
                t * (_softmax(z / t) - _softmax(v)) / len(z)
            ),
            "divide by the temperature, do not multiply": lambda z, v, t: (
                t * _difference(z, v, 1 / t)
            ),
            "softmax is missing: the logits are no probabilities": lambda z, v, t: (
                t * (z / t - v / t) / len(z)
            ),
            "exp overflows: subtract each row's largest logit first": lambda z, v, t: (
                t * (_naive_softmax(z / t) - _naive_softmax(v / t)) / len(z)
            ),
            "softmax runs along the classes, axis 1, not along the batch": lambda z, v, t: (
                t * (_softmax(z / t, axis=0) - _softmax(v / t, axis=0)) / len(z)
            ),
        },
    ),
    "distributions-moments": Exercise(
        "variance",
        truth=4.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is what reverse makes of it, one hump; forward covers both": 1.0,
            "that is the mean square; subtract the square of the mean": 5.0,
            "that is the standard deviation; its square is asked for": 2.0,
            "that is the variance between the humps; each has one of its own": 3.0,
            "the mean of the humps is not 0: their shares differ": 4.25,
            "that is the mean": -1.0,
        },
    ),
}
