"""Networks as derived: the forward pass, and the gradients that backpropagation gives."""

from companion.reference.networks.backpropagation import Layer, Network
from companion.reference.networks.convolution import (
    conv2d,
    conv2d_gradients,
    max_pool2d,
    max_pool2d_gradient,
)
from companion.reference.networks.perceptron import forward, gradients
from companion.reference.networks.recurrence import (
    lstm,
    lstm_gradients,
    simple_rnn,
    simple_rnn_gradients,
)

__all__ = [
    "Layer",
    "Network",
    "conv2d",
    "conv2d_gradients",
    "forward",
    "gradients",
    "lstm",
    "lstm_gradients",
    "max_pool2d",
    "max_pool2d_gradient",
    "simple_rnn",
    "simple_rnn_gradients",
]
