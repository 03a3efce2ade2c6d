"""Step, identity, sigmoid and tanh. Chapter: activations/sigmoids."""

import numpy as np


def step(x):
    """Heaviside's step: 1 where x >= 0, else 0. Its derivative is 0, undefined only at 0."""
    x = np.asarray(x, float)
    value = np.where(x >= 0, 1.0, 0.0)
    derivative = np.zeros_like(x)
    return value, derivative


def linear(x):
    """The identity: the value is x, the derivative 1."""
    x = np.asarray(x, float)
    return x.copy(), np.ones_like(x)


identity = linear


def sigmoid(x):
    """The logistic function 1 / (1 + e^-x), with e^-|x| so that nothing overflows."""
    x = np.asarray(x, float)
    decay = np.exp(-np.abs(x))
    value = np.where(x >= 0, 1.0, decay) / (1 + decay)
    derivative = decay / (1 + decay) ** 2
    return value, derivative


def tanh(x):
    """The hyperbolic tangent; its derivative 1 - tanh² x is formed without the subtraction."""
    x = np.asarray(x, float)
    decay = np.exp(-2 * np.abs(x))
    value = np.tanh(x)
    derivative = 4 * decay / (1 + decay) ** 2
    return value, derivative
