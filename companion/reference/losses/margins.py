"""Losses that are 0 beyond a margin. Chapter: losses/margins."""

import numpy as np


def hinge(y_true, y_pred):
    """Mean over the last axis of max(1 - y s, 0), for labels y of -1 and 1, or 0 and 1.

    The gradient is -y / n where y s <= 1, the kink included, and 0 elsewhere.
    """
    y, score = _signs(y_true), np.asarray(y_pred, float)
    n = score.shape[-1]
    shortfall = 1 - y * score
    return np.maximum(shortfall, 0).sum(axis=-1) / n, np.where(shortfall >= 0, -y, 0) / n


def squared_hinge(y_true, y_pred):
    """Mean over the last axis of max(1 - y s, 0)²; the gradient is -2 y max(1 - y s, 0) / n."""
    y, score = _signs(y_true), np.asarray(y_pred, float)
    n = score.shape[-1]
    shortfall = np.maximum(1 - y * score, 0)
    return (shortfall**2).sum(axis=-1) / n, -2 * y * shortfall / n


def categorical_hinge(y_true, y_pred):
    """max(1 + n - p, 0) over the last axis, with n = max (1 - y) s and p = Σ y s.

    Where 1 + n >= p the gradient is -1 at the true class and 1 at the best of the others, which
    equal ones share; elsewhere it is 0.
    """
    y, score = np.asarray(y_true, float), np.asarray(y_pred, float)
    others = (1 - y) * score
    best = others.max(axis=-1, keepdims=True)
    shortfall = best - (y * score).sum(axis=-1, keepdims=True) + 1
    is_best = others == best
    share = is_best / is_best.sum(axis=-1, keepdims=True)
    gradient = np.where(shortfall >= 0, (1 - y) * share - y, 0)
    return np.maximum(shortfall, 0)[..., 0], gradient


def _signs(labels):
    """0 and 1 as -1 and 1; -1 and 1 as they are."""
    labels = np.asarray(labels, float)
    return 2 * labels - 1 if np.isin(labels, [0, 1]).all() else labels
