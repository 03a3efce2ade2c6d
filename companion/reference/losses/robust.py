"""Robust regression: Huber and log-cosh. Chapter: losses/robust."""

import numpy as np


def huber(y_true, y_pred, delta=1.0):
    """Mean over the last axis of r²/2 for |r| <= delta and delta (|r| - delta/2) beyond.

    The gradient is r / n inside and delta sign(r) / n outside: the residual, clipped.
    """
    residual = np.asarray(y_pred, float) - np.asarray(y_true, float)
    size = np.abs(residual)
    n = residual.shape[-1]
    inside = residual * residual / 2
    outside = delta * (size - delta / 2)
    loss = np.where(size <= delta, inside, outside).sum(axis=-1) / n
    gradient = np.clip(residual, -delta, delta) / n
    return loss, gradient


def log_cosh(y_true, y_pred):
    """Mean over the last axis of log(cosh(r)); the gradient is tanh(r) / n.

    With a = |r| and q = 1 - e^-a, cosh(a) - 1 = q² / (2 (1 - q)) holds the digits of a small
    residual; a - log 2 + log(1 + e^-2a) keeps a large one from overflowing.
    """
    residual = np.asarray(y_pred, float) - np.asarray(y_true, float)
    size = np.abs(residual)
    n = residual.shape[-1]
    q = -np.expm1(-np.minimum(size, 1.0))
    near = np.log1p(q * q / (2 * (1 - q)))
    far = size - np.log(2.0) + np.log1p(np.exp(-2 * size))
    loss = np.where(size < 1, near, far).sum(axis=-1) / n
    gradient = np.tanh(residual) / n
    return loss, gradient
