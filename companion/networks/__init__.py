"""Networks that the chapters train, and what random ones do to a signal."""

from companion.networks.perceptron import multilayer_perceptron
from companion.networks.signals import Signals, through_layers

__all__ = ["Signals", "multilayer_perceptron", "through_layers"]
