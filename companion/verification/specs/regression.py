"""The rows of the losses between numbers."""

import math

from companion import losses, reference
from companion._backend import keras
from companion.verification.specs.inputs import residuals
from companion.verification.specs.rows import INFINITY, Difference, FunctionSpec, Limit


def _huber_kinks(delta=1.0):
    return (-delta, delta)


def _huber(m, y_true, y_pred, delta=1.0):
    size = abs(y_pred - y_true)
    return m.mean(m.where(size <= delta, size * size / 2, delta * (size - delta / 2)))


ROWS = [
    FunctionSpec(
        "losses.huber",
        losses.huber,
        reference.losses.huber,
        definition=_huber,
        inputs=lambda parameters: residuals(kinks=_huber_kinks(**parameters)),
        parameters=({}, {"delta": 0.1}, {"delta": 1000.0}),
        kinks=_huber_kinks,
        keras=keras.losses.huber,
        differences=(Difference(([0.0], [-2e38]), math.nan, -1.0, of="derivative"),),
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        loss_class=losses.Huber,
        chapter="losses/robust",
        formulas={
            "eq-huber": {"y": "y_true", r"\hat{y}": "y_pred", r"\delta": "delta"},
            "eq-huber-gradient": {"y": "y_true", r"\hat{y}": "y_pred", r"\delta": "delta"},
        },
    ),
    FunctionSpec(
        "losses.log_cosh",
        losses.log_cosh,
        reference.losses.log_cosh,
        definition=lambda m, y_true, y_pred: m.mean(m.log(m.cosh(y_pred - y_true))),
        inputs=lambda parameters: residuals(),
        keras=keras.losses.log_cosh,
        differences=(
            Difference(([0.0], [2e-7]), -5.9604645e-8, 2e-14),
            Difference(([0.0], [1e-4]), 0.0, 5e-9),
            Difference(([0.0], [-2e38]), INFINITY, 2e38),
        ),
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        loss_class=losses.LogCosh,
        chapter="losses/robust",
        formulas={
            "eq-log-cosh": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-log-cosh-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
]
