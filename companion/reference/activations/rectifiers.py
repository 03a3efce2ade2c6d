"""Rectifiers. Chapter: activations/rectifiers."""

import numpy as np


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """x from the threshold up, a line of the given slope below it, flat from max_value on."""
    x = np.asarray(x, float)
    value = np.where(x > threshold, x, negative_slope * (x - threshold))
    derivative = np.where(x > threshold, 1.0, negative_slope)
    if max_value is not None:
        capped = x >= max_value
        value = np.where(capped, max_value, value)
        derivative = np.where(capped, 0.0, derivative)
    return value, derivative
