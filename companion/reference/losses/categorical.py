"""Categorical cross-entropy, one-hot and sparse. Chapter: losses/categorical."""

import numpy as np


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """-Σ y_k log p_k over the last axis, from probabilities or from logits.

    From logits, p = softmax(z) and the gradient is (Σ y) p - y. From scores p >= 0, which are
    divided by their sum first as Keras does, it is Σ y / Σ p - y / p.
    """
    y = np.asarray(y_true, float)
    classes = y.shape[-1]
    y = y * (1 - label_smoothing) + label_smoothing / classes
    if from_logits:
        return _from_logits(y, np.asarray(y_pred, float))
    return _from_probabilities(y, np.asarray(y_pred, float))


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """The same for labels 0 … K-1 in place of one-hot rows: -log p of the true class."""
    y_pred = np.asarray(y_pred, float)
    labels = np.asarray(y_true)
    if labels.shape != y_pred.shape[:-1] or not np.isin(labels, range(y_pred.shape[-1])).all():
        raise ValueError(
            f"y_true should hold one of 0 … {y_pred.shape[-1] - 1} for each row of y_pred"
        )
    one_hot = (labels[..., None] == np.arange(y_pred.shape[-1])).astype(float)
    return categorical_crossentropy(one_hot, y_pred, from_logits=from_logits)


def softmax_cross_entropy_with_logits(labels, logits):
    """Categorical cross-entropy from logits, under TensorFlow's name."""
    return _from_logits(np.asarray(labels, float), np.asarray(logits, float))


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    """The same for labels 0 … K-1 in place of one-hot rows."""
    return sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _from_logits(y, z):
    """With m the largest logit and s the sum of e^(z - m) over all the others,
    -log p_k = (m - z_k) + log(1 + s): nothing overflows, and no digit of a small loss is lost.
    """
    top = np.argmax(z, axis=-1)[..., None]
    is_top = np.arange(z.shape[-1]) == top
    below = z - np.take_along_axis(z, top, axis=-1)
    growth = np.where(is_top, 0.0, np.exp(below))
    s = growth.sum(axis=-1, keepdims=True)
    loss = (y * np.where(y == 0, 0.0, np.log1p(s) - below)).sum(axis=-1)
    # (Σ y) p - y, where for the top class p = 1 / (1 + s) and the 1 cancels against its y.
    total = y.sum(axis=-1, keepdims=True)
    other_labels = np.where(is_top, 0.0, y).sum(axis=-1, keepdims=True)
    gradient = np.where(is_top, (other_labels - y * s) / (1 + s), total * growth / (1 + s) - y)
    return loss, gradient


def _from_probabilities(y, p):
    """With q the largest probability and s the sum of all the others, -log(q / Σp) is
    log(1 + s/q): q / Σp would round to 1 and lose a small loss.
    """
    is_top = np.arange(p.shape[-1]) == np.argmax(p, axis=-1)[..., None]
    q = p.max(axis=-1, keepdims=True)
    s = np.where(is_top, 0.0, p).sum(axis=-1, keepdims=True)
    # A class without a label does not count, even at a probability of 0.
    p = np.where(y != 0, p, 1.0)
    surprise = np.where(is_top, np.log1p(s / q), -np.log(p / (q + s)))
    loss = (y * surprise).sum(axis=-1)
    # Σy / Σp - y / p, where for the top class the two are brought together before they cancel.
    total = y.sum(axis=-1, keepdims=True)
    other_labels = np.where(is_top, 0.0, y).sum(axis=-1, keepdims=True)
    gradient = np.where(is_top, (other_labels - y * s / q) / (q + s), total / (q + s) - y / p)
    return loss, gradient
