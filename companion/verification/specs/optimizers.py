"""The rows of the optimizers."""

from companion import optimizers, reference
from companion._backend import keras
from companion.verification.specs.rows import OptimizerSpec

_ADAM = {
    r"\theta": "parameter",
    "g": "gradient",
    r"\eta": "learning_rate",
    r"\beta_1": "beta_1",
    r"\beta_2": "beta_2",
    r"\varepsilon": "epsilon",
}

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
        formulas={"eq-adamw": _ADAM | {r"\lambda": "weight_decay"}},
    ),
]
