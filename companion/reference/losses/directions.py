"""Cosine similarity as a loss. Chapter: losses/directions."""

import numpy as np


def cosine_similarity(y_true, y_pred):
    """-⟨u, v⟩ of the unit vectors u = y_true / |y_true| and v = y_pred / |y_pred|, last axis.

    The gradient is (⟨u, v⟩ v - u) / |y_pred|: what turns v away from u, and nothing along v. The
    zero vector has no direction: its unit vector counts as 0, and so does the gradient at it.
    """
    u, _ = _unit(np.asarray(y_true, float))
    v, length = _unit(np.asarray(y_pred, float))
    cosine = (u * v).sum(axis=-1, keepdims=True)
    turn = np.where(length > 0, cosine * v - u, 0)
    return -cosine[..., 0], turn / np.where(length > 0, length, 1)


def _unit(x):
    """x over its length, and the length; divided by the largest entry first, no square overflows
    and none that counts underflows. Beside an infinite entry the finite ones vanish."""
    largest = np.abs(x).max(axis=-1, keepdims=True, initial=0.0)
    counts = np.where(largest == np.inf, np.isinf(x) * np.sign(x), x)
    scaled = counts / np.where((largest > 0) & (largest < np.inf), largest, 1)
    # The largest entry is now 1, so the length is at least 1, or x is zero.
    length = np.sqrt(np.maximum((scaled * scaled).sum(axis=-1, keepdims=True), 1))
    return scaled / length, largest * length
