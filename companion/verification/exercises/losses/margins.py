"""The exercises of losses/margins.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| margins-gradient             | `objective_gradient(x, y, w, decay) -> gradient` (n, d), (n,),  |
|                              |   (d,), () -> (d,): of the mean hinge and L2, labels -1 and 1   |
| margins-street               | a number: the squared size of the weights of the widest street  |
|                              |   between (0, 0), (0, 2), (-2, 1) and (3, 1), (5, 4)            |
| margins-all-rivals           | `all_rivals(label, scores) -> (loss, gradient)` (), (m,): the   |
|                              |   hinges of all wrong classes, added up                         |
"""

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _objective_gradient(x, y, w, decay):
    return decay * w - _pull(x, y, y * (x @ w) <= 1)


def _pull(x, y, inside):
    return (y * inside) @ x / len(x)


def _of_zero_and_one(x, y, w, decay):
    return _objective_gradient(x, (y + 1) / 2, w, decay)


def _all_rivals(label, scores):
    return _rivals(label, scores, 1 + scores - scores[label] >= 0)


def _rivals(label, scores, counts):
    short = 1 + scores - scores[label]
    counts[label] = False
    gradient = np.where(counts, 1.0, 0.0)
    gradient[label] = -counts.sum()
    return np.sum(np.maximum(short, 0)) - 1, gradient


def _with(value=None, gradient=None):
    """All rivals with a slip in the value, in the gradient, or in both."""

    def slip(label, scores):
        right = _all_rivals(label, scores)
        return (
            value(label, scores, right[0]) if value else right[0],
            gradient(label, scores, right[1]) if gradient else right[1],
        )

    return slip


def _set_true(change):
    def gradient(label, scores, right):
        wrong = right.copy()
        wrong[label] = change(right[label])
        return wrong

    return gradient


def _best_rival(label, scores):
    rivals = np.where(np.arange(len(scores)) == label, -np.inf, scores)
    short = 1 + rivals.max() - scores[label]
    gradient = np.zeros(len(scores))
    if short >= 0:
        gradient[[rivals.argmax(), label]] = 1, -1
    return max(short, 0.0), gradient


def _without_margin(label, scores):
    ahead = scores - scores[label] >= 0
    ahead[label] = False
    gradient = np.where(ahead, 1.0, 0.0)
    gradient[label] = -ahead.sum()
    return np.sum(np.maximum(scores - scores[label], 0)), gradient


EXERCISES = {
    "margins-gradient": Exercise(
        "objective_gradient(x, y, w, decay) -> gradient",
        truth=_objective_gradient,
        inputs=inputs(
            (REALS, "nd"), ([-1.0, 1.0], "n"), ([0.0, 1.0, -1.0, 0.5, 2.0], "d"), [0.0, 1.0, 0.5]
        ),
        slips={
            "the pull ends at the margin 1, not at 0: right is not enough": lambda x, y, w, decay: (
                decay * w - _pull(x, y, y * (x @ w) <= 0)
            ),
            "that is the perceptron's: the pull ends at the margin 1, not at 0": (
                lambda x, y, w, decay: decay * w - _pull(x, y, y * (x @ w) < 0)
            ),
            "at the kink take the side of the street: <= 1": lambda x, y, w, decay: (
                decay * w - _pull(x, y, y * (x @ w) < 1)
            ),
            "beyond the street there is no pull": lambda x, y, w, decay: (
                decay * w - _pull(x, y, True)
            ),
            "the loss is a mean over the samples: 1/n is missing": lambda x, y, w, decay: (
                decay * w - len(x) * _pull(x, y, y * (x @ w) <= 1)
            ),
            "the sign of the pull is turned: a sample pulls the weights along y x": (
                lambda x, y, w, decay: decay * w + _pull(x, y, y * (x @ w) <= 1)
            ),
            "the sign of decay times w is turned": lambda x, y, w, decay: (
                -decay * w - _pull(x, y, y * (x @ w) <= 1)
            ),
            "all signs are turned": lambda x, y, w, decay: -_objective_gradient(x, y, w, decay),
            "decay times w is missing": lambda x, y, w, decay: -_pull(x, y, y * (x @ w) <= 1),
            "the 1/2 in front of the squares cancels the 2": lambda x, y, w, decay: (
                2 * decay * w - _pull(x, y, y * (x @ w) <= 1)
            ),
            "the label is missing in the pull: the slope is -y": lambda x, y, w, decay: (
                decay * w - (y * (x @ w) <= 1) @ x / len(x)
            ),
            "the street is where y times the score is at most 1: the label is missing there": (
                lambda x, y, w, decay: decay * w - _pull(x, y, x @ w <= 1)
            ),
            "the street's two sides: y times the score, not its size": lambda x, y, w, decay: (
                decay * w - _pull(x, y, np.abs(x @ w) <= 1)
            ),
            "the labels are -1 and 1 already": _of_zero_and_one,
            "that is the gradient of the squared hinge": lambda x, y, w, decay: (
                decay * w - 2 * _pull(x, y, np.maximum(1 - y * (x @ w), 0))
            ),
        },
    ),
    "margins-street": Exercise(
        "squared_size",
        truth=4 / 9,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the width of the street; the weights have the size 2 / width": 3.0,
            "that is the size of the weights, not its square": 2 / 3,
            "from the line to the edge it is half of the width": 1 / 9,
            "that is half of it: the aim has a factor 1/2, the question has not": 2 / 9,
            "that street stands upright on the line to the nearest point; turn it": 0.4,
            "that is the square of the street's width; the weights have the size 2 / width": 9.0,
            "that is half of the street's width; the weights have 1 over that": 1.5,
        },
    ),
    "margins-all-rivals": Exercise(
        "all_rivals(label, scores) -> (loss, gradient)",
        truth=_all_rivals,
        inputs=inputs(("m", ""), ([0.0, 1.0, 2.0, -1.0, 0.5, 3.0, -2.5], "m"), m=(2, 3, 4)),
        slips={
            "the true class is no rival of its own: its term adds a 1": _with(
                value=lambda label, scores, right: right + 1
            ),
            "the true class is no rival of its own: it adds a 1 to the loss and to its slope": (
                _with(
                    value=lambda label, scores, right: right + 1,
                    gradient=_set_true(lambda right: right + 1),
                )
            ),
            "the true class is no rival of its own: its own term has the slope 0": _with(
                gradient=_set_true(lambda right: right + 1)
            ),
            "the true class is no rival of its own: its term is constant": _with(
                value=lambda label, scores, right: right + 1,
                gradient=_set_true(lambda right: right - 1),
            ),
            "the true class stands in the term of every rival at work, not in one": _with(
                gradient=_set_true(lambda right: np.sign(right))
            ),
            "the true class has a slope too": _with(gradient=_set_true(lambda right: 0.0)),
            "the true class is pulled up: its slope is negative": _with(
                gradient=_set_true(lambda right: -right)
            ),
            "the sign of the gradient is turned": _with(
                gradient=lambda label, scores, right: -right
            ),
            "add up the rivals; do not take their mean": _with(
                value=lambda label, scores, right: right / (len(scores) - 1),
                gradient=lambda label, scores, right: right / (len(scores) - 1),
            ),
            "add up over the rivals; do not divide by the classes": _with(
                value=lambda label, scores, right: right / len(scores),
                gradient=lambda label, scores, right: right / len(scores),
            ),
            "at a kink take the side that pulls: >= 0": lambda label, scores: _rivals(
                label, scores, 1 + scores - scores[label] > 0
            ),
            "every rival pays, not only the best": _best_rival,
            "the margin is missing: a rival should be behind by 1": _without_margin,
        },
    ),
}
