"""Networks as derived: the forward pass, and the gradients that backpropagation gives."""

from companion.reference.networks.perceptron import forward, gradients

__all__ = ["forward", "gradients"]
