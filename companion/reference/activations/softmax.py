"""Softmax. Chapter: activations/softmax."""

import numpy as np


def softmax(x, axis=-1):
    """Softmax along `axis`, and its Jacobian.

    Returns `(value, jacobian)`: with the axis moved last, `jacobian[..., i, j]` is the
    derivative of output i with respect to input j: p_i (1 - p_i) for i = j, else -p_i p_j.
    """
    x = np.moveaxis(np.asarray(x, float), axis, -1)
    growth = np.exp(x - x.max(axis=-1, keepdims=True))
    p = growth / growth.sum(axis=-1, keepdims=True)
    jacobian = -p[..., :, None] * p[..., None, :]
    # 1 - p_i as the sum of the others: subtracting from 1 would lose a p_i close to 1.
    for i in range(p.shape[-1]):
        others = np.delete(p, i, axis=-1).sum(axis=-1)
        jacobian[..., i, i] = p[..., i] * others
    return np.moveaxis(p, -1, axis), jacobian
