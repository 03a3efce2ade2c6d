"""Exponential units: ELU, SELU, softplus. Chapter: activations/exponential."""

import numpy as np

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def elu(x, alpha=1.0):
    """x above 0, α (e^x - 1) below it; expm1 keeps the digits of e^x - 1 close to 0."""
    x = np.asarray(x, float)
    below = np.minimum(x, 0.0)
    value = np.where(x > 0, x, alpha * np.expm1(below))
    derivative = np.where(x > 0, 1.0, alpha * np.exp(below))
    return value, derivative


def selu(x):
    """ELU, with α and a scale that keep mean 0 and variance 1."""
    value, derivative = elu(x, alpha=SELU_ALPHA)
    return SELU_SCALE * value, SELU_SCALE * derivative


def softplus(x):
    """log(1 + e^x) with e^-|x|, so that nothing overflows; the derivative is the sigmoid."""
    x = np.asarray(x, float)
    decay = np.exp(-np.abs(x))
    value = np.maximum(x, 0.0) + np.log1p(decay)
    derivative = np.where(x >= 0, 1.0, decay) / (1 + decay)
    return value, derivative
