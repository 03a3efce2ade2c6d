"""Dropout. Chapter: networks/regularization."""

import numpy as np


def dropout(x, kept, rate):
    """x / (1 - rate) where kept, 0 elsewhere; the derivative is 1 / (1 - rate) where kept.

    E y = (1 - rate) x / (1 - rate) = x, whatever the rate.
    """
    derivative = np.where(kept, 1 / (1 - rate), 0.0)
    return np.where(kept, np.asarray(x, float) / (1 - rate), 0.0), derivative


def dropout_moments(x, rate):
    """Mean and variance over the masks: E y² = x² / (1 - rate), so Var y = x² rate / (1 - rate)."""
    x = np.asarray(x, float)
    return x, x * x * rate / (1 - rate)
