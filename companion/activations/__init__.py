"""Activations: Keras' names and defaults, the derivation as the gradient."""

from companion.activations.exponential import elu, selu, softplus
from companion.activations.gated import gelu, mish, silu, swish
from companion.activations.rectifiers import leaky_relu, relu, relu6
from companion.activations.sigmoids import identity, linear, sigmoid, step, tanh
from companion.activations.softmax import softmax

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
