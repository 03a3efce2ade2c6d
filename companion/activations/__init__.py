"""Activations: Keras' names and defaults, the derivation as the gradient."""

from companion.activations.rectifiers import relu
from companion.activations.sigmoids import identity, linear, sigmoid, step, tanh
from companion.activations.softmax import softmax

__all__ = ["identity", "linear", "relu", "sigmoid", "softmax", "step", "tanh"]
