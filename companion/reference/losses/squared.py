"""Squared and absolute error. Chapter: losses/squared."""

import numpy as np


def mean_squared_error(y_true, y_pred):
    """Mean over the last axis of r², with r = y_pred - y_true; the gradient is 2 r / n."""
    residual = np.asarray(y_pred, float) - np.asarray(y_true, float)
    n = residual.shape[-1]
    return (residual * residual).sum(axis=-1) / n, 2 * residual / n


def mean_absolute_error(y_true, y_pred):
    """Mean over the last axis of |r|; the gradient is sign(r) / n, and 0 at the kink."""
    residual = np.asarray(y_pred, float) - np.asarray(y_true, float)
    n = residual.shape[-1]
    return np.abs(residual).sum(axis=-1) / n, np.sign(residual) / n
