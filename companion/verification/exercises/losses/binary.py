"""The exercises of losses/binary.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| binary-gradient              | `logistic_gradient(x, y, w, b) -> (slopes, offset)` (n, d),     |
|                              |   (n,), (d,), () -> (d,), (): of the mean binary cross-entropy  |
| binary-logits                | `loss_from_logits(y, z) -> loss` (n,), (n,) -> (n,), without a  |
|                              |   warning for logits of any size                                |
| binary-undo                  | `share_of_ones(p, weight, alpha) -> share`: numbers, the model  |
|                              |   trained with smoothed labels and a positive-class weight      |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _sigmoid(z):
    return reference.activations.sigmoid(z)[0]


def _along(pull, x):
    """The gradient in the weights and in the offset that belongs to a pull on the logits."""
    return x.T @ pull / len(x), np.mean(pull)


def _pull(x, y, w, b):
    return _sigmoid(x @ w + b) - y


def _pull_on_p(x, y, w, b):
    p = _sigmoid(x @ w + b)
    return (p - y) / (p * (1 - p)) if np.all((p > 0) & (p < 1)) else None


def _squared_pull(x, y, w, b):
    p = _sigmoid(x @ w + b)
    return 2 * (p - y) * p * (1 - p)


def _without_x(x, y, w, b):
    mean = np.mean(_pull(x, y, w, b))
    return np.full(len(w), mean), mean


def _x_inside(x, y, w, b):
    p = _sigmoid(x @ w + b)
    return np.mean(p[:, None] * x - y[:, None], axis=0), np.mean(p - y)


def _from_logits(y, z):
    return reference.losses.sigmoid_cross_entropy_with_logits(y, z)[0]


def _from_clipped(y, z):
    p = np.clip(_sigmoid(z), 1e-7, 1 - 1e-7)
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def _from_probabilities(sigmoid):
    return lambda y, z: -y * np.log(sigmoid(z)) - (1 - y) * np.log(1 - sigmoid(z))


def _without_weight(p, weight):
    return p / (p + weight * (1 - p))


def _without_smoothing(p, alpha):
    return (p - alpha / 2) / (1 - alpha)


def _share(p, weight, alpha):
    return _without_smoothing(_without_weight(p, weight), alpha)


def _of_shares(st):
    """What a model trained on such a share, weight and alpha would answer, and the two."""

    def arguments(share, weight, alpha):
        smoothed = (1 - alpha) * share + alpha / 2
        return weight * smoothed / (weight * smoothed + 1 - smoothed), weight, alpha

    shares, weights = [0.5, 0.25, 0.75, 0.1, 0.9, 0.05, 0.99], [1.0, 2.0, 0.5, 10.0, 49.0]
    lists = shares, weights, [0.0, 0.1, 0.2, 0.5]
    return st.builds(arguments, *map(st.sampled_from, lists))


EXERCISES = {
    "binary-gradient": Exercise(
        "logistic_gradient(x, y, w, b) -> (slopes, offset)",
        truth=lambda x, y, w, b: _along(_pull(x, y, w, b), x),
        inputs=inputs((REALS, "nd"), ([0.0, 1.0], "n"), (REALS, "d"), REALS),
        slips={
            "the loss is a mean: the 1/n is missing": lambda x, y, w, b: (
                x.T @ _pull(x, y, w, b),
                np.sum(_pull(x, y, w, b)),
            ),
            "the 1/n is missing in front of the first sum": lambda x, y, w, b: (
                x.T @ _pull(x, y, w, b),
                np.mean(_pull(x, y, w, b)),
            ),
            "the 1/n is missing in front of the second sum": lambda x, y, w, b: (
                x.T @ _pull(x, y, w, b) / len(y),
                np.sum(_pull(x, y, w, b)),
            ),
            "the sign is turned: the pull is p - y": lambda x, y, w, b: _along(
                -_pull(x, y, w, b), x
            ),
            "the factor x is missing: a weight's pull is multiplied by its input": _without_x,
            "the factor x stands outside the bracket: (p - y) x, not p x - y": _x_inside,
            "every input has a gradient of its own: do not add them up": lambda x, y, w, b: (
                np.sum(x.T @ _pull(x, y, w, b) / len(y)),
                np.mean(_pull(x, y, w, b)),
            ),
            "add up over the samples: one number for each weight": lambda x, y, w, b: (
                x * _pull(x, y, w, b)[:, None] / len(y),
                np.mean(_pull(x, y, w, b)),
            ),
            "the sigmoid is missing: the logit is not the probability": lambda x, y, w, b: _along(
                x @ w + b - y, x
            ),
            "the offset b is missing in the logit": lambda x, y, w, b: _along(
                _pull(x, y, w, 0.0), x
            ),
            "that is the gradient of the squared error after the sigmoid": lambda x, y, w, b: (
                _along(_squared_pull(x, y, w, b), x)
            ),
            "the slope p (1 - p) of the sigmoid cancels against the loss": lambda x, y, w, b: (
                _along(_squared_pull(x, y, w, b) / 2, x)
            ),
            "that pull is on p; on the logit the factor p (1 - p) cancels": lambda x, y, w, b: (
                _along(_pull_on_p(x, y, w, b), x)
            ),
        },
    ),
    "binary-logits": Exercise(
        "loss_from_logits(y, z) -> loss",
        truth=_from_logits,
        inputs=inputs(
            ([0.0, 1.0, 0.5], "n"),
            ([0.0, 1.0, -1.0, 2.0, -2.0, 1000.0, -1000.0, 40.0, -40.0], "n"),
        ),
        rtol=1e-9,
        atol=0.0,
        quiet=True,
        slips={
            "exp(z) overflows: take the larger one of 1 and exp(z) out of the logarithm": (
                lambda y, z: np.log(1 + np.exp(z)) - y * z
            ),
            "exp(z) overflows, also in log1p: take out the larger one of 1 and exp(z)": (
                lambda y, z: np.log1p(np.exp(z)) - y * z
            ),
            "for y = 1 two large numbers are subtracted and the small rest is lost": lambda y, z: (
                np.logaddexp(0, z) - y * z
            ),
            "1 + small rounds to 1: log1p keeps the digits": lambda y, z: (
                np.maximum(z, 0) - y * z + np.log(1 + np.exp(-np.abs(z)))
            ),
            "p rounds to 0 or to 1, and its logarithm is lost: stay with the logits": (
                _from_probabilities(lambda z: 1 / (1 + np.exp(-z)))
            ),
            "no sigmoid is good enough: p rounds to 1 before 1 - p is taken": (
                _from_probabilities(_sigmoid)
            ),
            "a clipped probability caps the loss: stay with the logits": _from_clipped,
            "the exponent is -|z|: exp(-z) overflows": lambda y, z: (
                np.maximum(z, 0) - y * z + np.log1p(np.exp(-z))
            ),
            "the sign in front of y z is turned": lambda y, z: (
                np.maximum(z, 0) + y * z + np.log1p(np.exp(-np.abs(z)))
            ),
            "that is the loss of the label 1 - y": lambda y, z: _from_logits(1 - y, z),
            "the first term is max(z, 0), not |z|": lambda y, z: (
                np.abs(z) - y * z + np.log1p(np.exp(-np.abs(z)))
            ),
            "one loss for each entry: do not take the mean": lambda y, z: np.mean(
                _from_logits(y, z)
            ),
            "one loss for each entry: do not add them up": lambda y, z: np.sum(_from_logits(y, z)),
            "that is the gradient p - y, not the loss": lambda y, z: _sigmoid(z) - y,
        },
    ),
    "binary-undo": Exercise(
        "share_of_ones(p, weight, alpha) -> share",
        truth=_share,
        inputs=_of_shares,
        slips={
            "the weight acted on the smoothed labels: undo it first": lambda p, w, a: (
                _without_weight(_without_smoothing(p, a), w)
            ),
            "that puts the weight on a second time": lambda p, w, a: _without_smoothing(
                w * p / (w * p + 1 - p), a
            ),
            "the weight multiplies the odds, not the probability": lambda p, w, a: (
                _without_smoothing(p / w, a)
            ),
            "the shift by log w is one of the logit, not of the probability": lambda p, w, a: (
                _without_smoothing(p - np.log(w), a)
            ),
            "those are the odds: the share is odds / (1 + odds)": lambda p, w, a: (
                _without_smoothing(p / (w * (1 - p)), a)
            ),
            "the smoothing is still in it": lambda p, w, a: _without_weight(p, w),
            "the weight is still in it": lambda p, w, a: _without_smoothing(p, a),
            "half of alpha was added to every label: subtract alpha/2": lambda p, w, a: (
                _without_weight(p, w) / (1 - a)
            ),
            "a label was moved by alpha/2, not by alpha": lambda p, w, a: (
                (_without_weight(p, w) - a) / (1 - a)
            ),
            "the labels were squeezed by 1 - alpha as well: divide by it": lambda p, w, a: (
                _without_weight(p, w) - a / 2
            ),
            "that puts the smoothing on a second time": lambda p, w, a: (
                (1 - a) * _without_weight(p, w) + a / 2
            ),
            "that is the logit of the share": lambda p, w, a: (
                np.log(_share(p, w, a) / (1 - _share(p, w, a))) if 0 < _share(p, w, a) < 1 else None
            ),
        },
    ),
}
