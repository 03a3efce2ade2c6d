"""Optimizers: Keras' names and defaults, the update rules as the chapters derive them."""

from companion.optimizers.adagrad import Adagrad
from companion.optimizers.adam import Adam, AdamW
from companion.optimizers.gradient_descent import SGD
from companion.optimizers.rmsprop import RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop"]
