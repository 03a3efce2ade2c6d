"""The rows of the losses between numbers."""

import math

import numpy as np

from companion import losses, reference
from companion._backend import keras
from companion.verification.specs.inputs import amounts, draw_amounts, residuals, vectors
from companion.verification.specs.rows import (
    INFINITY,
    Concession,
    Difference,
    FunctionSpec,
    Limit,
)

Y_AND_Y_HAT = {"y": "y_true", r"\hat{y}": "y_pred"}


def _kink_at_zero(**parameters):
    return (0.0,)


def _huber_kinks(delta=1.0):
    return (-delta, delta)


def _huber(m, y_true, y_pred, delta=1.0):
    size = abs(y_pred - y_true)
    return m.mean(m.where(size <= delta, size * size / 2, delta * (size - delta / 2)))


# In proportion


def _percentage_error(m, y_true, y_pred):
    return 100 * m.mean(abs(y_pred - y_true) / m.maximum(abs(y_true), 1e-7))


def _with_and_without_true_values(parameters):
    """True values of 0, large ones and small ones, and predictions beside them."""
    y_true, y_pred = amounts()
    # Autodiff loses 100 ŷ / y² in the difference of two terms of size 100 / y.
    keep = ((y_pred >= 1e-3 * y_true) | (y_true >= 0.01))[:, 0]
    pairs = zip(residuals(kinks=(0.0,)), (y_true[keep], y_pred[keep]), strict=True)
    return tuple(map(np.concatenate, pairs))


def _squared_logarithmic_error(m, y_true, y_pred):
    return m.mean((m.log(1 + m.maximum(y_pred, 0)) - m.log(1 + m.maximum(y_true, 0))) ** 2)


def _amounts_and_less(parameters):
    """Amounts, true values of 0, and negative numbers in both places."""
    y_true, y_pred = amounts()
    return (
        np.r_[y_true, 0 * y_true, -y_true[::3], y_true[::3]],
        np.r_[y_pred, y_pred, y_pred[::3], -y_pred[::3]],
    )


def _positive(**parameters):
    return (0.0, INFINITY)


def _keras_does_not_raise_them(y_true, y_pred):
    """Keras moves what is smaller than 1e-7 there, and its gradient is 0."""
    return np.minimum(y_true, y_pred).min(axis=-1) > 1e-7


# Counts


def _keras_shifts_the_rate_little(y_true, y_pred):
    """Keras adds 1e-7 to the rate in the logarithm, so its slope is off by 1e-7 y / ŷ²."""
    return np.all(y_true <= 0.1 * np.minimum(y_pred, y_pred**2), axis=-1)


def _poisson_scale(y_true, y_pred):
    """The larger one of the loss' two terms."""
    return np.maximum(y_pred, np.abs(y_true * np.log(y_pred)))[:, 0]


# Prices


def _asymmetric_cost(m, y_true, y_pred, under=1.0, over=1.0):
    residual = y_pred - y_true
    return m.mean(m.where(residual < 0, -under * residual, over * residual))


# Directions


def _cosine_similarity(m, y_true, y_pred):
    lengths = m.sqrt(m.sum(y_true * y_true)) * m.sqrt(m.sum(y_pred * y_pred))
    return -m.sum(y_true * y_pred) / lengths


def _keras_squares_them(y_true, y_pred):
    """Keras takes a length below 1e-7 for 1e-7."""
    shorter = np.minimum(*(np.linalg.norm(y, axis=-1) for y in (y_true, y_pred)))
    return shorter > 1e-7


def _unit(x):
    scaled = x / np.abs(x).max(axis=-1, keepdims=True)
    return scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)


def _cosine_scale(y_true, y_pred):
    return np.abs(_unit(y_true) * _unit(y_pred)).sum(axis=-1)


def _cosine_derivative_scale(y_true, y_pred):
    """The larger one of the gradient's two terms, over the length."""
    u, v = _unit(y_true), _unit(y_pred)
    length = np.linalg.norm(y_pred, axis=-1, keepdims=True)
    terms = np.abs(u), _cosine_scale(y_true, y_pred)[:, None] * np.abs(v)
    return np.maximum(*terms) / length


_COSINE = (
    Concession(
        "value", _cosine_scale, "near a right angle the products cancel, each rounded by itself"
    ),
    Concession(
        "derivative", _cosine_derivative_scale, "near parallel, u - ⟨u, v⟩ v is a small difference"
    ),
)


ROWS = [
    FunctionSpec(
        "losses.mean_squared_error",
        losses.mean_squared_error,
        reference.losses.mean_squared_error,
        definition=lambda m, y_true, y_pred: m.mean((y_pred - y_true) ** 2),
        inputs=lambda parameters: residuals(),
        keras=keras.losses.mean_squared_error,
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [INFINITY]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-INFINITY]),
        ),
        loss_class=losses.MeanSquaredError,
        chapter="losses/squared",
        formulas={
            "eq-mean-squared-error": Y_AND_Y_HAT,
            "eq-mean-squared-error-gradient": Y_AND_Y_HAT,
        },
    ),
    FunctionSpec(
        "losses.mean_absolute_error",
        losses.mean_absolute_error,
        reference.losses.mean_absolute_error,
        definition=lambda m, y_true, y_pred: m.mean(abs(y_pred - y_true)),
        inputs=lambda parameters: residuals(kinks=(0.0,)),
        kinks=_kink_at_zero,
        keras=keras.losses.mean_absolute_error,
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        loss_class=losses.MeanAbsoluteError,
        chapter="losses/squared",
        formulas={
            "eq-mean-absolute-error": Y_AND_Y_HAT,
            "eq-mean-absolute-error-gradient": Y_AND_Y_HAT,
        },
    ),
    FunctionSpec(
        "losses.mean_absolute_percentage_error",
        losses.mean_absolute_percentage_error,
        reference.losses.mean_absolute_percentage_error,
        definition=_percentage_error,
        inputs=_with_and_without_true_values,
        kinks=_kink_at_zero,
        keras=keras.losses.mean_absolute_percentage_error,
        limits=(
            Limit(([4.0], [INFINITY]), INFINITY, [25.0]),
            Limit(([4.0], [-INFINITY]), INFINITY, [-25.0]),
        ),
        loss_class=losses.MeanAbsolutePercentageError,
        draw=draw_amounts,
        chapter="losses/percentage",
        formulas={
            "eq-mean-absolute-percentage-error": Y_AND_Y_HAT,
            "eq-mean-absolute-percentage-error-gradient": Y_AND_Y_HAT,
        },
    ),
    FunctionSpec(
        "losses.mean_squared_logarithmic_error",
        losses.mean_squared_logarithmic_error,
        reference.losses.mean_squared_logarithmic_error,
        definition=_squared_logarithmic_error,
        inputs=_amounts_and_less,
        draw=draw_amounts,
        domain=_positive,
        keras=keras.losses.mean_squared_logarithmic_error,
        keras_agrees=_keras_does_not_raise_them,
        differences=(
            Difference(([0.0], [1e-8]), 0.0, 1e-16),
            Difference(([0.0], [1e-8]), 0.0, 2e-8, of="derivative"),
            Difference(([1.0], [0.0]), 0.0, -2 * math.log(2), of="derivative"),
            Difference(([1000.0], [1000.0078125]), 5.820766e-11, 6.0912793393e-11),
        ),
        limits=(
            Limit(([1.0], [INFINITY]), INFINITY, [0.0]),
            Limit(([1.0], [-INFINITY]), math.log(2) ** 2, [0.0]),
        ),
        loss_class=losses.MeanSquaredLogarithmicError,
        chapter="losses/percentage",
        formulas={
            "eq-mean-squared-logarithmic-error": Y_AND_Y_HAT,
            "eq-mean-squared-logarithmic-error-gradient": Y_AND_Y_HAT,
        },
    ),
    FunctionSpec(
        "losses.poisson",
        losses.poisson,
        reference.losses.poisson,
        definition=lambda m, y_true, y_pred: m.mean(y_pred - y_true * m.log(y_pred)),
        inputs=lambda parameters: amounts(),
        draw=draw_amounts,
        domain=_positive,
        keras=keras.losses.poisson,
        keras_agrees=_keras_shifts_the_rate_little,
        differences=(
            Difference(([1.0], [1e-7]), 15.424949, 16.118095739),
            Difference(([1e-6], [1e-6]), 0.09090906, 0.0, of="derivative"),
            Difference(([1.0], [1e-9]), -9.900989e6, -1e9, of="derivative"),
            Difference(([3.0], [INFINITY]), math.nan, INFINITY),
        ),
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([3.0], [INFINITY]), INFINITY, [1.0]),
        ),
        concessions=(
            Concession("value", _poisson_scale, "ŷ - y log ŷ has zeros, and its terms are rounded"),
        ),
        loss_class=losses.Poisson,
        chapter="losses/counts",
        formulas={"eq-poisson": Y_AND_Y_HAT, "eq-poisson-gradient": Y_AND_Y_HAT},
    ),
    FunctionSpec(
        "losses.asymmetric_cost",
        losses.asymmetric_cost,
        reference.losses.asymmetric_cost,
        definition=_asymmetric_cost,
        inputs=lambda parameters: residuals(kinks=(0.0,)),
        parameters=({}, {"under": 4.0}, {"under": 0.1, "over": 30.0}, {"under": 0.0, "over": 2.0}),
        kinks=_kink_at_zero,
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [2.0], parameters={"over": 2.0}),
            Limit(([0.0], [-INFINITY]), INFINITY, [-2.0], parameters={"under": 2.0}),
            Limit(([0.0], [-INFINITY]), 0.0, [0.0], parameters={"under": 0.0}),
        ),
        loss_class=losses.AsymmetricCost,
        chapter="losses/asymmetric",
        formulas={
            label: {"y": "y_true", r"\hat{y}": "y_pred", "a": "under", "b": "over"}
            for label in ("eq-asymmetric-cost", "eq-asymmetric-cost-gradient")
        },
    ),
    FunctionSpec(
        "losses.cosine_similarity",
        losses.cosine_similarity,
        reference.losses.cosine_similarity,
        definition=_cosine_similarity,
        inputs=lambda parameters: vectors(),
        vector=True,
        kinks=_kink_at_zero,
        keras=keras.losses.cosine_similarity,
        keras_agrees=_keras_squares_them,
        differences=(
            Difference(([1e20, 1e20], [1e20, 1e20]), 0.0, -1.0),
            Difference(([3.0, 4.0], [4e-20, 3e-20]), -4.8e-13, -0.96),
            Difference(
                ([1.0, 0.0], [0.0, 0.0]),
                -1e7,
                0.0,
                of="derivative",
                issue="tensorflow/tensorflow#56796",
            ),
        ),
        limits=(
            Limit(([3.0, 4.0], [INFINITY, 2.0]), -0.6, [0.0, 0.0]),
            Limit(([3.0, 4.0], [2.0, -INFINITY]), 0.8, [0.0, 0.0]),
            Limit(([0.0, INFINITY], [3.0, 4.0]), -0.8, [0.096, -0.072]),
        ),
        concessions=_COSINE,
        price="right at every length: at 1e20 and 1e-20, and at the zero vector",
        loss_class=losses.CosineSimilarity,
        chapter="losses/directions",
        formulas={
            "eq-cosine-similarity": Y_AND_Y_HAT,
            "eq-cosine-similarity-gradient": Y_AND_Y_HAT,
        },
    ),
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
        price="digits near 0, and a finite loss where Keras overflows",
        chapter="losses/robust",
        formulas={
            "eq-log-cosh": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-log-cosh-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
]
