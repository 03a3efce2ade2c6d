"""Activations as derived: each function returns its value and its derivative."""

from companion.reference.activations.rectifiers import relu
from companion.reference.activations.sigmoids import identity, linear, sigmoid, step, tanh
from companion.reference.activations.softmax import softmax

__all__ = ["identity", "linear", "relu", "sigmoid", "softmax", "step", "tanh"]
