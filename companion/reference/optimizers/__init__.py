"""Optimizers as derived: each function takes one step and returns the parameter and the state."""

from companion.reference.optimizers.adam import adam, adamw
from companion.reference.optimizers.gradient_descent import sgd

__all__ = ["adam", "adamw", "sgd"]
