"""The Kullback-Leibler divergence. Chapter: losses/distributions."""

import numpy as np


def kl_divergence(y_true, y_pred):
    """Σ p log(p / q) over the last axis, with p = y_true, q = y_pred and 0 log 0 = 0.

    The gradient is -p / q. With low and high the smaller and the larger of p and q, |log(p / q)| is
    log(1 + (high - low) / low), which holds the digits where they are close.
    """
    p, q = np.asarray(y_true, float), np.asarray(y_pred, float)
    some_p = np.where(p > 0, p, q)
    log = np.sign(some_p - q) * np.log1p(np.abs(some_p - q) / np.minimum(some_p, q))
    return np.where(p > 0, p * log, 0.0).sum(axis=-1), -p / q
