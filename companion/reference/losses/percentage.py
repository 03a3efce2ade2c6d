"""Errors in proportion: of percentages and of logarithms. Chapter: losses/percentage."""

import numpy as np

EPSILON = 1e-7


def mean_absolute_percentage_error(y_true, y_pred):
    """Mean over the last axis of 100 |r| / |y_true|; the gradient is 100 sign(r) / (n |y_true|).

    A true value nearer to 0 than 1e-7 counts as 1e-7 in the denominator.
    """
    y_true = np.asarray(y_true, float)
    residual = np.asarray(y_pred, float) - y_true
    n = residual.shape[-1]
    slope = 100 * np.sign(residual) / np.maximum(np.abs(y_true), EPSILON)
    return (slope * residual).sum(axis=-1) / n, slope / n


def mean_squared_logarithmic_error(y_true, y_pred):
    """Mean over the last axis of d², with d = log(1 + y_pred) - log(1 + y_true).

    The gradient is 2 d / (n (1 + y_pred)). A negative number counts as 0, and has gradient 0. With
    low and high the smaller and the larger of the two, |d| = log(1 + (high - low) / (1 + low)):
    the difference of the numbers keeps the digits that the difference of the logarithms loses.
    """
    y_true = np.maximum(np.asarray(y_true, float), 0)
    given = np.asarray(y_pred, float)
    y_pred = np.maximum(given, 0)
    n = y_pred.shape[-1]
    residual = y_pred - y_true
    ratio = np.log1p(np.abs(residual) / (1 + np.minimum(y_true, y_pred)))
    slope = np.where(given >= 0, 2 * np.sign(residual) * ratio / (1 + y_pred), 0)
    return (ratio * ratio).sum(axis=-1) / n, slope / n
