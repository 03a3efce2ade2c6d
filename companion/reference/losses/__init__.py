"""Losses as derived: each function returns the loss and its gradient in the predictions."""

from companion.reference.losses.categorical import (
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from companion.reference.losses.robust import huber, log_cosh

__all__ = [
    "categorical_crossentropy",
    "huber",
    "log_cosh",
    "sparse_categorical_crossentropy",
]
