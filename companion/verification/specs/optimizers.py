"""The rows of the optimizers."""

import math

from companion import optimizers, reference
from companion._backend import keras
from companion.verification.specs.rows import Difference, OptimizerSpec

_ADAM = {
    r"\theta": "parameter",
    "g": "gradient",
    r"\eta": "learning_rate",
    r"\beta_1": "beta_1",
    r"\beta_2": "beta_2",
    r"\varepsilon": "epsilon",
}

_SGD = {r"\theta": "parameter", "g": "gradient", r"\eta": "learning_rate"}
_MOMENTUM = _SGD | {r"\mu": "momentum"}
_ADAGRAD = _SGD | {r"\varepsilon": "epsilon", "s_0": "initial_accumulator_value"}
_RMSPROP = _SGD | {r"\varepsilon": "epsilon", r"\rho": "rho"}

_TWICE = ((0, 0), (1.0, 1.0))
"""A row that is looked up twice has twice the gradient; Keras squares each of the two by itself."""

_FROM_ZERO = {"learning_rate": 1.0, "initial_accumulator_value": 0.0, "epsilon": 1e-12}
_QUARTER = {"learning_rate": 1.0, "rho": 0.75, "epsilon": 1e-12}
_CENTERED = {"centered": True}

_NO_DECAY = {"learning_rate": 1.0, "weight_decay": 0.0}

# A square beyond float32 is infinite: Keras stands still, or takes infinity from infinity.
_ADAM_ERRS = (
    Difference((_TWICE,), -1.4142041, -1.0, parameters={"learning_rate": 1.0, "epsilon": 1e-12}),
    Difference((1.0,), -0.9999933, -1.0, parameters={"learning_rate": 1.0, "epsilon": 1e-12}),
    Difference((1e30,), 0.0, -1.0, parameters=_NO_DECAY),
    Difference((1e30, 1e30), math.nan, -2.0, parameters=_NO_DECAY),
)

ROWS = [
    OptimizerSpec(
        "optimizers.SGD",
        optimizers.SGD,
        reference.optimizers.sgd,
        keras.optimizers.SGD,
        options=(
            {},
            {"learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
            {"learning_rate": 0.1, "nesterov": True},
        ),
        chapter="optimizers/momentum",
        formulas={"eq-sgd": _MOMENTUM, "eq-sgd-nesterov": _MOMENTUM},
    ),
    OptimizerSpec(
        "optimizers.Adagrad",
        optimizers.Adagrad,
        reference.optimizers.adagrad,
        keras.optimizers.Adagrad,
        options=(
            {},
            {"learning_rate": 0.1, "epsilon": 1.0},
            {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 1e-12},
            {"learning_rate": 0.1, "initial_accumulator_value": 2.0},
        ),
        chapter="optimizers/adagrad",
        differences=(
            Difference((_TWICE,), -math.sqrt(2), -1.0, parameters=_FROM_ZERO),
            Difference((1e30,), 0.0, -1.0, parameters=_FROM_ZERO),
        ),
        formulas={"eq-adagrad": _ADAGRAD},
    ),
    OptimizerSpec(
        "optimizers.RMSprop",
        optimizers.RMSprop,
        reference.optimizers.rmsprop,
        keras.optimizers.RMSprop,
        options=(
            {},
            {"learning_rate": 0.1, "rho": 0.5, "epsilon": 1.0},
            {"learning_rate": 0.1, "rho": 0.0, "epsilon": 1e-12},
            {"learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "centered": True},
            {"learning_rate": 0.1, "rho": 0.95, "momentum": 0.5, "centered": True},
        ),
        chapter="optimizers/rmsprop",
        differences=(
            Difference((_TWICE,), -2.8284271, -2.0, parameters=_QUARTER),
            Difference((1e30,), 0.0, -2.0, parameters=_QUARTER),
            Difference((1e30,), math.nan, -2.309401076758503, parameters=_QUARTER | _CENTERED),
            Difference(
                (5.0,) * 24,
                math.nan,
                -13778.125155419013,
                parameters={"learning_rate": 1.0, "rho": 0.5, "centered": True},
            ),
        ),
        formulas={
            "eq-rmsprop": _RMSPROP,
            "eq-rmsprop-momentum": _RMSPROP | {r"\mu": "momentum"},
            "eq-rmsprop-centered": _RMSPROP,
        },
    ),
    OptimizerSpec(
        "optimizers.Adam",
        optimizers.Adam,
        reference.optimizers.adam,
        keras.optimizers.Adam,
        options=(
            {},
            {"learning_rate": 0.1, "epsilon": 1.0},
            {"learning_rate": 0.1, "epsilon": 1e-12},
            {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6},
            {"learning_rate": 0.1, "beta_1": 0.0, "beta_2": 0.9, "amsgrad": True},
        ),
        chapter="optimizers/adam",
        differences=_ADAM_ERRS,
        formulas={"eq-adam": _ADAM, "eq-amsgrad": _ADAM},
    ),
    OptimizerSpec(
        "optimizers.AdamW",
        optimizers.AdamW,
        reference.optimizers.adamw,
        keras.optimizers.AdamW,
        options=(
            {},
            {"learning_rate": 0.1, "weight_decay": 0.5, "epsilon": 1e-12},
            {"learning_rate": 0.1, "weight_decay": 0.0, "beta_1": 0.5, "beta_2": 0.6},
            {"learning_rate": 0.1, "weight_decay": 0.1, "epsilon": 1.0, "amsgrad": True},
        ),
        chapter="optimizers/adam",
        differences=_ADAM_ERRS,
        formulas={"eq-adamw": _ADAM | {r"\lambda": "weight_decay"}},
    ),
]
