"""The exercises of losses/robust.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| robust-gradient              | `huber_gradient(y_true, y_pred, delta) -> gradient`             |
|                              |   y_true, y_pred, gradient (n,): of the mean over the n entries |
| robust-log-cosh              | `log_cosh(residual) -> value`, elementwise (n,)                 |
| robust-pseudo-huber          | `pseudo_huber(residual, delta) -> (value, derivative)` (n,)     |
| robust-location              | a number: the constant with the smallest mean Huber loss at     |
|                              |   delta = 2 for the targets 0, 0, 1, 2, 30                      |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _huber_gradient(y_true, y_pred, delta):
    return reference.losses.huber(y_true, y_pred, delta)[1]


def _log_cosh(residual):
    return reference.losses.log_cosh(np.zeros_like(residual)[:, None], residual[:, None])[0]


def _pseudo_huber(residual, delta):
    root = np.sqrt(1 + (residual / delta) ** 2)
    return residual**2 / (root + 1), residual / root


EXERCISES = {
    "robust-gradient": Exercise(
        "huber_gradient(y_true, y_pred, delta) -> gradient",
        truth=_huber_gradient,
        inputs=inputs((REALS, "n"), (REALS, "n"), [1.0, 0.5, 2.0]),
        slips={
            "the loss is a mean: the 1/n is missing": lambda y, p, d: np.clip(p - y, -d, d),
            "the sign is turned: the residual is y_pred - y_true": lambda y, p, d: (
                np.clip(y - p, -d, d) / p.size
            ),
            "outside, the derivative is delta times the sign, not delta squared": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, p - y, d**2 * np.sign(p - y)) / p.size
            ),
            "outside, the derivative is delta times the sign: the delta is missing": (
                lambda y, p, d: np.where(np.abs(p - y) <= d, p - y, np.sign(p - y)) / p.size
            ),
            "outside, the sign of the residual is lost": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, p - y, d) / p.size
            ),
            "inside, the derivative of r²/2 is r: a factor 2": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, 2 * (p - y), d * np.sign(p - y)) / p.size
            ),
            "inside, the derivative of r²/2 is r: a factor 1/2": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, (p - y) / 2, d * np.sign(p - y)) / p.size
            ),
            "the two branches are swapped": lambda y, p, d: (
                np.where(np.abs(p - y) > d, p - y, d * np.sign(p - y)) / p.size
            ),
            "the case is decided by |r|, not by r": lambda y, p, d: (
                np.where(p - y <= d, p - y, d) / p.size
            ),
            "that is the gradient of the squared error: large residuals are not clipped": (
                lambda y, p, d: (p - y) / p.size
            ),
            "that is the loss, not its gradient": lambda y, p, d: reference.losses.huber(y, p, d)[
                0
            ],
        },
    ),
    "robust-log-cosh": Exercise(
        "log_cosh(residual) -> value",
        truth=_log_cosh,
        inputs=inputs(
            ([1.0, 0.0, -1.0, 2.0, 1e-8, -1e-8, 0.5, 1e-3, 20.0, 800.0, 1e30, -1e30], "n")
        ),
        atol=0.0,
        slips={
            "cosh overflows long before its logarithm does": lambda r: np.log(np.cosh(r)),
            "for a small residual the logarithms cancel: no digit of r²/2 is left": (
                lambda r: np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))) - np.log(2)
            ),
            "for a small residual the logarithms cancel, for a negative one e^-2r overflows": (
                lambda r: r + np.log1p(np.exp(-2 * r)) - np.log(2)
            ),
            "the log 2 is missing": lambda r: np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))),
            "the sign of the residual must not matter": lambda r: np.sign(r) * _log_cosh(r),
            "that is the derivative": np.tanh,
        },
    ),
    "robust-pseudo-huber": Exercise(
        "pseudo_huber(residual, delta) -> (value, derivative)",
        truth=_pseudo_huber,
        inputs=inputs(([0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 3.0, 10.0], "n"), [1.0, 2.0, 0.5]),
        slips={
            "delta enters the value squared": lambda r, d: (
                d * (np.sqrt(1 + (r / d) ** 2) - 1),
                _pseudo_huber(r, d)[1],
            ),
            "the value should be 0 at r = 0: the - 1 is missing": lambda r, d: (
                d**2 * np.sqrt(1 + (r / d) ** 2),
                _pseudo_huber(r, d)[1],
            ),
            "the inner derivative 2r/delta² meets the 1/2 of the root: a factor 2": lambda r, d: (
                _pseudo_huber(r, d)[0],
                2 * _pseudo_huber(r, d)[1],
            ),
            "the inner derivative 2r/delta² is missing its 2": lambda r, d: (
                _pseudo_huber(r, d)[0],
                _pseudo_huber(r, d)[1] / 2,
            ),
            "the derivative lacks the inner derivative 2r/delta²": lambda r, d: (
                _pseudo_huber(r, d)[0],
                d**2 / (2 * np.sqrt(1 + (r / d) ** 2)),
            ),
            "the inner derivative divides by delta²: it cancels the delta² in front": (
                lambda r, d: (_pseudo_huber(r, d)[0], d**2 * _pseudo_huber(r, d)[1])
            ),
            "that is Huber itself, not its smooth cousin": lambda r, d: (
                np.where(np.abs(r) <= d, r**2 / 2, d * (np.abs(r) - d / 2)),
                np.clip(r, -d, d),
            ),
            "the residual inside the root is divided by delta": lambda r, d: (
                d**2 * (np.sqrt(1 + r**2) - 1),
                d**2 * r / np.sqrt(1 + r**2),
            ),
        },
    ),
    "robust-location": Exercise(
        "constant",
        truth=1.25,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean, where the squared error is smallest": 6.6,
            "that is the median, where the absolute error is smallest": 1.0,
            "that is the mean without the outlier: it still pulls, with the force delta": 0.75,
        },
    ),
}
