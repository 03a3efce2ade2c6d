"""Optimizers: Keras' names and defaults, the update rules as the chapters derive them."""

from companion.optimizers.adam import Adam, AdamW
from companion.optimizers.gradient_descent import SGD

__all__ = ["SGD", "Adam", "AdamW"]
