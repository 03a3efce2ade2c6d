"""Optimizers as derived: each function takes one step and returns the parameter and the state."""

from companion.reference.optimizers.adagrad import adagrad
from companion.reference.optimizers.adam import adam, adamw
from companion.reference.optimizers.gradient_descent import sgd
from companion.reference.optimizers.rmsprop import rmsprop

__all__ = ["adagrad", "adam", "adamw", "rmsprop", "sgd"]
