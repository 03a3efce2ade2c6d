"""The exercises of networks/softmax.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| softmax_regression-gradient  | `gradient(x, labels, W, b) -> (in_W, in_b)` (n, i), (n,),       |
|                              |   (i, k), (k,): of the mean cross-entropy                       |
| softmax_regression-curvature | `curvature(x, W, D) -> curvature` (n, i), (i, k), (i, k): the   |
|                              |   mean loss's second derivative along D                         |
| softmax_regression-columns   | `without_last(W, b) -> (W, b)` (i, k), (k,): the same           |
|                              |   probabilities with 0 in the last column                       |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _softmax(z, axis=-1):
    return reference.activations.softmax(z, axis)[0]


def _one_hot(labels, b):
    return np.eye(len(b))[labels]


def _pull(x, labels, W, b, axis=-1):
    return _softmax(x @ W + b, axis) - _one_hot(labels, b)


def _gradient(x, labels, W, b):
    pull = _pull(x, labels, W, b)
    return x.T @ pull / len(x), pull.mean(axis=0)


def _with(pull, share=lambda x, W: len(x)):
    """The gradients from another pull, or with another divisor."""

    def gradient(x, labels, W, b):
        error = pull(x, labels, W, b) / share(x, W)
        return x.T @ error, error.sum(axis=0)

    return gradient


def _as_typed(x, labels, W, b, shift=lambda z: 0.0):
    z = x @ W + b
    growth = np.exp(z - shift(z))
    return growth / growth.sum(axis=1, keepdims=True) - _one_hot(labels, b)


def _curvature(x, W, D):
    p, u = _softmax(x @ W), x @ D
    mean = np.sum(p * u, axis=1, keepdims=True)
    return np.mean(np.sum(p * (u - mean) ** 2, axis=1))


def _typed_curvature(x, W, D):
    growth, u = np.exp(x @ W), x @ D
    p = growth / growth.sum(axis=1, keepdims=True)
    mean = np.sum(p * u, axis=1, keepdims=True)
    return np.mean(np.sum(p * (u - mean) ** 2, axis=1))


def _without_last(W, b):
    return W - W[:, -1:], b - b[-1]


def _zeroed(W, b):
    W, b = W.copy(), b.copy()
    W[:, -1], b[-1] = 0, 0
    return W, b


def _row_for_column(W, b):
    return W - W[:, -1], b - b[-1]


WEIGHTS = [0.0, 1.0, -1.0, 2.0, 0.5]


EXERCISES = {
    "softmax_regression-gradient": Exercise(
        "gradient(x, labels, W, b) -> (in_W, in_b)",
        truth=_gradient,
        inputs=inputs(
            ([1.0, 0.0, 2.0, 0.5], "ni"),
            ("k", "n"),
            ([*WEIGHTS, 1000.0], "ik"),
            (WEIGHTS, "k"),
            k=(2, 3),
        ),
        slips={
            "a weight of 1000 overflows: take the row's largest logit away first": _with(_as_typed),
            "take away each row's own largest logit, not the batch's": _with(
                lambda *given: _as_typed(*given, np.max)
            ),
            "take away each row's own largest logit, not each column's: axis 1": _with(
                lambda *given: _as_typed(*given, lambda z: z.max(axis=0))
            ),
            "the loss is a mean over the batch: divide by its size": _with(_pull, lambda x, W: 1.0),
            "the sign is turned: p less the label": _with(lambda *given: -_pull(*given)),
            "the divisor is the size of the batch, not the number of classes": _with(
                _pull, lambda x, W: W.shape[1]
            ),
            "the mean is over the batch alone, not over batch and classes": _with(
                _pull, lambda x, W: len(x) * W.shape[1]
            ),
            "the label is missing: p less a row that is 1 at the label": _with(
                lambda x, labels, W, b: _softmax(x @ W + b)
            ),
            "the softmax runs over the classes: axis 1": _with(
                lambda *given: _pull(*given, axis=0)
            ),
            "the logits have to pass through softmax first": _with(
                lambda x, labels, W, b: x @ W + b - _one_hot(labels, b)
            ),
            "the logits are x W + b: the bias is missing": _with(
                lambda x, labels, W, b: _pull(x, labels, W, 0 * b)
            ),
            "the gradient in b is a mean over the batch as well": lambda x, labels, W, b: (
                _gradient(x, labels, W, b)[0],
                _pull(x, labels, W, b).sum(axis=0),
            ),
            "the gradient in W is a mean over the batch as well": lambda x, labels, W, b: (
                x.T @ _pull(x, labels, W, b),
                _gradient(x, labels, W, b)[1],
            ),
            "W has the shape (pixels, classes), and so has its gradient": lambda *given: (
                _gradient(*given)[0].T,
                _gradient(*given)[1],
            ),
        },
    ),
    "softmax_regression-curvature": Exercise(
        "curvature(x, W, D) -> curvature",
        truth=_curvature,
        inputs=inputs(
            ([1.0, 0.0, 2.0, 0.5], "ni"), ([*WEIGHTS, 1000.0], "ik"), (REALS[:7], "ik"), k=(2, 3)
        ),
        atol=1e-9,
        slips={
            "a weight of 1000 overflows: take the row's largest logit away first": _typed_curvature,
            "that is the mean square of u under p; its mean is to be taken away first": (
                lambda x, W, D: np.mean(np.sum(_softmax(x @ W) * (x @ D) ** 2, axis=1))
            ),
            "each class counts with its probability p": lambda x, W, D: np.mean(
                np.var(x @ D, axis=1)
            ),
            "the mean of u is to be taken with the weights p": lambda x, W, D: np.mean(
                np.sum(_softmax(x @ W) * (x @ D - (x @ D).mean(axis=1, keepdims=True)) ** 2, axis=1)
            ),
            "the loss is a mean over the batch: divide by its size": lambda x, W, D: (
                _curvature(x, W, D) * len(x)
            ),
            "the sum is over the classes, the mean over the batch alone": lambda x, W, D: (
                _curvature(x, W, D) / W.shape[1]
            ),
            "the derivative has no 1/2; Taylor's series has one": lambda x, W, D: (
                _curvature(x, W, D) / 2
            ),
            "that is the standard deviation; the curvature is the variance": lambda x, W, D: (
                np.sqrt(_curvature(x, W, D))
            ),
            "W and D are swapped: D is the direction": lambda x, W, D: _curvature(x, D, W),
            "that is the first derivative, without its label": lambda x, W, D: np.mean(
                np.sum(_softmax(x @ W) * (x @ D), axis=1)
            ),
            "that leaves out the products of different classes: p (1 - p) u² is the diagonal": (
                lambda x, W, D: np.mean(
                    np.sum(_softmax(x @ W) * (1 - _softmax(x @ W)) * (x @ D) ** 2, axis=1)
                )
            ),
            "the sign is turned: a variance is not negative": lambda x, W, D: -_curvature(x, W, D),
        },
    ),
    "softmax_regression-columns": Exercise(
        "without_last(W, b) -> (W, b)",
        truth=_without_last,
        inputs=inputs((REALS[:7], "ik"), (REALS[:7], "k"), k=(2, 3)),
        slips={
            "setting the last column to 0 changes the probabilities; take it away from every "
            "column": _zeroed,
            "the bias has a free direction as well": lambda W, b: (W - W[:, -1:], b),
            "the bias is settled, the weights are not": lambda W, b: (W, b - b[-1]),
            "that makes the rows add up to 0, another choice; here the last column should be 0": (
                lambda W, b: (W - W.mean(axis=1, keepdims=True), b - b.mean())
            ),
            "that is the first column; the last should be 0": lambda W, b: (
                W - W[:, :1],
                b - b[0],
            ),
            "that takes away the last row, a pixel; a column is a class": lambda W, b: (
                W - W[-1:],
                b - b[-1],
            ),
            "W[:, -1] is a row when NumPy broadcasts it; W[:, -1:] stays a column": _row_for_column,
            "the last bias is to be taken away from every bias, not set to 0": lambda W, b: (
                W - W[:, -1:],
                np.append(b[:-1], 0.0),
            ),
            "the last column is to be taken away, not added": lambda W, b: (
                W + W[:, -1:],
                b + b[-1],
            ),
            "the shapes stay: the last column is 0, not left out": lambda W, b: (
                (W - W[:, -1:])[:, :-1],
                (b - b[-1])[:-1],
            ),
        },
    ),
}
