"""Losses: Keras' names and defaults, the derivation as the gradient."""

from companion.losses.categorical import (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from companion.losses.robust import Huber, LogCosh, huber, log_cosh

__all__ = [
    "CategoricalCrossentropy",
    "Huber",
    "LogCosh",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "huber",
    "log_cosh",
    "sparse_categorical_crossentropy",
]
