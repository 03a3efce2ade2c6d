"""The exercises of losses/categorical.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| categorical-gradient         | `pull(labels, z) -> gradient` (b,), (b, k): of the batch's mean |
|                              |   cross-entropy after softmax, in the logits                    |
| categorical-logits           | `loss_from_logits(labels, z) -> loss` (b,), (b, k) -> (b,),     |
|                              |   without a warning for logits of any size                      |
| categorical-smoothing        | `smoothing(gap, m) -> alpha`: numbers, the label smoothing      |
|                              |   whose best logits have this gap between m classes             |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _softmax(z, axis=1):
    return reference.activations.softmax(z, axis=axis)[0]


def _rows(labels, z):
    return np.eye(z.shape[1])[labels]


def _pull(labels, z):
    return reference.losses.sparse_softmax_cross_entropy_with_logits(labels, z)[1]


def _gradient(labels, z):
    return _pull(labels, z) / len(z)


def _squared(labels, z):
    p = _softmax(z)
    r = p - _rows(labels, z)
    return 2 * p * (r - np.sum(p * r, axis=1, keepdims=True)) / len(z)


def _in_p(labels, z):
    p = _softmax(z)
    return -_rows(labels, z) / p / len(z) if np.all(p > 0) else None


def _one_class_on(labels, z):
    """Class numbers counted from 1: every label is one too small."""
    return _softmax(z) - np.eye(z.shape[1])[np.maximum(labels - 1, 0)]


def _loss(labels, z):
    return reference.losses.sparse_softmax_cross_entropy_with_logits(labels, z)[0]


def _true(labels, z):
    return z[np.arange(len(z)), labels]


def _below(z):
    return z - np.max(z, axis=1, keepdims=True)


def _clipped(least):
    return lambda labels, z: -np.log(np.maximum(_true(labels, _softmax(z)), least))


def _smoothing(gap, m):
    return m / (m - 1 + np.exp(gap))


EXERCISES = {
    "categorical-gradient": Exercise(
        "pull(labels, z) -> gradient",
        truth=_gradient,
        inputs=inputs(("k", "b"), ([*REALS, 1000.0, -1000.0], "bk"), k=(2, 3)),
        quiet=True,
        slips={
            "the loss is a mean over the batch: 1/b is missing": _pull,
            "add up over the classes: the mean is over the batch alone, not over all entries": (
                lambda labels, z: _pull(labels, z) / z.size
            ),
            "the mean is over the batch: divide by its length, not by the number of classes": (
                lambda labels, z: _pull(labels, z) / z.shape[1]
            ),
            "the sign is turned: the pull is p - y": lambda labels, z: -_gradient(labels, z),
            "the label is missing: that is p": lambda labels, z: _softmax(z) / len(z),
            "softmax is missing: the logit is not the probability": lambda labels, z: (
                (z - _rows(labels, z)) / len(z)
            ),
            "softmax runs along the classes, axis 1, not along the batch": lambda labels, z: (
                (_softmax(z, axis=0) - _rows(labels, z)) / len(z)
            ),
            "labels count from 0: nothing is to be subtracted from them": lambda labels, z: (
                _one_class_on(labels, z) / len(z)
            ),
            "exp overflows: subtract each row's largest logit first": lambda labels, z: (
                (np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True) - _rows(labels, z)) / len(z)
            ),
            "each row has a largest logit of its own: that of the batch makes others 0 / 0": (
                lambda labels, z: (
                    (
                        np.exp(z - z.max()) / np.sum(np.exp(z - z.max()), axis=1, keepdims=True)
                        - _rows(labels, z)
                    )
                    / len(z)
                )
            ),
            "that is the gradient in p; the Jacobian of softmax is missing": _in_p,
            "that is the gradient of the squared error after softmax": _squared,
            "with cross-entropy the Jacobian of softmax cancels": lambda labels, z: (
                _squared(labels, z) / 2
            ),
            "that is the loss of each sample, not the gradient": _loss,
        },
    ),
    "categorical-logits": Exercise(
        "loss_from_logits(labels, z) -> loss",
        truth=_loss,
        inputs=inputs(
            ("k", "b"),
            ([0.0, 1.0, -1.0, 2.0, -2.0, 1000.0, -1000.0, 40.0, -40.0], "bk"),
            k=(2, 3),
        ),
        atol=1e-12,
        quiet=True,
        slips={
            "exp(z) overflows: subtract each row's largest logit first": lambda labels, z: (
                np.log(np.sum(np.exp(z), axis=1)) - _true(labels, z)
            ),
            "softmax overflows: subtract each row's largest logit first": lambda labels, z: (
                -np.log(_true(labels, np.exp(z)) / np.sum(np.exp(z), axis=1))
            ),
            "p rounds to 0 and its logarithm is lost: stay with the logits": lambda labels, z: (
                -np.log(_true(labels, _softmax(z)))
            ),
            "each row has a largest logit of its own: do not take that of the batch": (
                lambda labels, z: (
                    np.log(np.sum(np.exp(z - np.max(z)), axis=1)) + np.max(z) - _true(labels, z)
                )
            ),
            "what was subtracted before has to be added again after the logarithm": (
                lambda labels, z: np.log(np.sum(np.exp(_below(z)), axis=1)) - _true(labels, z)
            ),
            "a clipped probability caps the loss: stay with the logits": _clipped(1e-7),
            "a clipped probability caps the loss, at 1e-10 too: stay with the logits": _clipped(
                1e-10
            ),
            "the sign is turned: the logarithm of a probability is negative": lambda labels, z: (
                -_loss(labels, z)
            ),
            "that is log-sum-exp; the logit of the true class is missing": lambda labels, z: (
                _loss(labels, z) + _true(labels, z)
            ),
            "the largest logit is near log-sum-exp; the logarithm of the sum is missing": (
                lambda labels, z: -_true(labels, _below(z))
            ),
            "one loss for each sample: do not take the mean": lambda labels, z: np.mean(
                _loss(labels, z)
            ),
            "one loss for each sample: do not add them up": lambda labels, z: np.sum(
                _loss(labels, z)
            ),
            "that is the gradient p - y, not the loss": _pull,
        },
    ),
    "categorical-smoothing": Exercise(
        "smoothing(gap, m) -> alpha",
        truth=_smoothing,
        inputs=inputs(
            [1.0, 2.0, 0.5, 3.0, 0.1, 1.5, 2.5, 4.0, 4.5, 5.0, 7.0, 9.0],
            [2, 3, 10, 4, 5, 6, 8, 20, 50, 100, 1000, 10000],
        ),
        slips={
            "the true class has alpha/m as well: 1 - alpha + alpha/m": lambda gap, m: (
                m / (m + np.exp(gap))
            ),
            "alpha is shared by all m classes, the true one among them, not by the other m - 1": (
                lambda gap, m: (m - 1) / (m - 1 + np.exp(gap))
            ),
            "that is alpha/m, the label of one other class": lambda gap, m: _smoothing(gap, m) / m,
            "that is 1 - alpha": lambda gap, m: 1 - _smoothing(gap, m),
            "that is the label of the true class, 1 - alpha + alpha/m": lambda gap, m: (
                1 - (m - 1) / m * _smoothing(gap, m)
            ),
            "the sign of the gap is turned": lambda gap, m: _smoothing(-gap, m),
            "the gap is a logarithm: take its exponential": lambda gap, m: m / (m - 1 + gap),
            "that is the gap of an alpha; the question goes the other way": lambda gap, m: (
                np.log((1 - gap + gap / m) / (gap / m)) if gap < 1 else None
            ),
        },
    ),
}
