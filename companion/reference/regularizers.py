"""Penalties on the size of weights. Chapter: networks/regularization."""

import numpy as np


def l1(w, l1=0.01):
    """λ Σ |w|; the derivative is λ sign(w), and 0 at 0."""
    w = np.asarray(w, float)
    return l1 * np.abs(w).sum(), l1 * np.sign(w)


def l2(w, l2=0.01):
    """λ Σ w²; the derivative is 2 λ w."""
    w = np.asarray(w, float)
    return l2 * (w * w).sum(), 2 * l2 * w


def l1_l2(w, l1=0.0, l2=0.0):
    """The sum of both, and of their derivatives."""
    w = np.asarray(w, float)
    return l1 * np.abs(w).sum() + l2 * (w * w).sum(), l1 * np.sign(w) + 2 * l2 * w
