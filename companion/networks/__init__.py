"""Networks that the chapters train, built from Keras' layers and our activations."""

from companion.networks.perceptron import multilayer_perceptron

__all__ = ["multilayer_perceptron"]
