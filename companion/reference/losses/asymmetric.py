"""A cost for every unit too few and another for every unit too many. Chapter: losses/asymmetric."""

import numpy as np


def asymmetric_cost(y_true, y_pred, under=1.0, over=1.0):
    """Mean over the last axis of under (-r) where r = y_pred - y_true < 0, and over r elsewhere.

    The gradient is -under / n for r < 0, over / n for r > 0, and 0 at the kink.
    """
    residual = np.asarray(y_pred, float) - np.asarray(y_true, float)
    n = residual.shape[-1]
    slope = np.select([residual < 0, residual > 0], [-under, over], residual)
    return (slope * residual).sum(axis=-1) / n, slope / n
