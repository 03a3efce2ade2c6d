"""Rectifiers: ReLU, leaky ReLU, ReLU6. Chapter: activations/rectifiers."""

import numpy as np


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """x above the threshold, a line of the given slope below it, flat from max_value on."""
    x = np.asarray(x, float)
    passes = x > threshold
    # A slope of 0 times an input of -inf would be NaN.
    below = negative_slope * (x - threshold) if negative_slope else np.zeros_like(x)
    value = np.where(passes, x, below)
    derivative = np.where(passes, 1.0, negative_slope)
    if max_value is not None:
        capped = passes & (x >= max_value)
        value = np.where(capped, max_value, value)
        derivative = np.where(capped, 0.0, derivative)
    return value, derivative


def leaky_relu(x, negative_slope=0.2):
    """x above 0, a line of the given slope below it."""
    return relu(x, negative_slope=negative_slope)


def relu6(x):
    """x between 0 and 6, flat on both sides."""
    return relu(x, max_value=6.0)
