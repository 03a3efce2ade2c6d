"""Activations as derived: each function returns its value and its derivative."""

from companion.reference.activations.exponential import elu, selu, softplus
from companion.reference.activations.gated import gelu, mish, silu, swish
from companion.reference.activations.rectifiers import leaky_relu, relu, relu6
from companion.reference.activations.sigmoids import identity, linear, sigmoid, step, tanh
from companion.reference.activations.softmax import softmax

__all__ = [
    "elu",
    "gelu",
    "identity",
    "leaky_relu",
    "linear",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "step",
    "swish",
    "tanh",
]
