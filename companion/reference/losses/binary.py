"""Binary cross-entropy, from probabilities and from logits. Chapter: losses/binary."""

import numpy as np


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """Mean over the last axis of -y log p - (1 - y) log(1 - p), where 0 log 0 = 0.

    The gradient is (p - y) / (n p (1 - p)), and from logits, with p = σ(z), it is (p - y) / n.
    """
    y = np.asarray(y_true, float) * (1 - label_smoothing) + label_smoothing / 2
    y_pred = np.asarray(y_pred, float)
    n = y_pred.shape[-1]
    per_entry, slope = (_from_logits if from_logits else _from_probabilities)(y, y_pred)
    return per_entry.sum(axis=-1) / n, slope / n


def sigmoid_cross_entropy_with_logits(labels, logits):
    """-y log σ(z) - (1 - y) log(1 - σ(z)) of each entry; the gradient is σ(z) - y."""
    return _from_logits(np.asarray(labels, float), np.asarray(logits, float))


def weighted_cross_entropy_with_logits(labels, logits, pos_weight):
    """-w y log σ(z) - (1 - y) log(1 - σ(z)); the gradient is (1 - y) σ(z) - w y (1 - σ(z))."""
    return _from_logits(np.asarray(labels, float), np.asarray(logits, float), pos_weight)


def _from_logits(y, z, pos_weight=1.0):
    """-log(1 - σ(z)) = log(1 + e^z), and -log σ(z) = log(1 + e^-z)."""
    ones, zeros = pos_weight * y, 1 - y
    decay = np.exp(-np.abs(z))
    surprise = np.log1p(decay)
    far, near = np.where(z > 0, [zeros, ones], [ones, zeros])
    loss = far * np.abs(z) + (far + near) * surprise
    return loss, np.where(z > 0, 1, -1) * (far - near * decay) / (1 + decay)


def _from_probabilities(y, p):
    # A term without a label does not count, even at a probability of 0.
    surprise_of_one = -np.log(np.where(y != 0, p, 1.0))
    surprise_of_zero = -np.log1p(-np.where(y != 1, p, 0.0))
    loss = y * surprise_of_one + (1 - y) * surprise_of_zero
    # (p - y) / (p (1 - p)), which is 1 / (1 - p) for y = 0 and -1 / p for y = 1.
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    slope = np.where(inside, (p - y) / (safe * (1 - safe)), np.where(p > 0, -y, 1 - y))
    return loss, slope
