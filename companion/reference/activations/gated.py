"""Gated units: SiLU, GELU, mish. Chapter: activations/gated."""

import math

import numpy as np

from companion.reference.activations.sigmoids import sigmoid


def silu(x):
    """x σ(x), and by the product rule σ + x σ', where σ' = σ(x) σ(-x)."""
    x = np.asarray(x, float)
    gate, rest = sigmoid(x)[0], sigmoid(-x)[0]
    return _times(x, gate), _times(1 + _times(x, rest), gate)


swish = silu


def gelu(x, approximate=False):
    """x Φ(x), and by the product rule Φ + x φ; or x σ(2u), whose 2u' is the steepness."""
    x = np.asarray(x, float)
    if not approximate:
        gate = np.vectorize(math.erfc, otypes=[float])(-x / np.sqrt(2)) / 2
        density = np.exp(-np.minimum(x * x, 1e4) / 2) / np.sqrt(2 * np.pi)
        return _times(x, gate), gate + _times(x, density)
    near = np.clip(x, -20, 20)  # beyond, the gate is 0 or 1, and its slope 0
    twice_u = np.sqrt(8 / np.pi) * (near + 0.044715 * near**3)
    steepness = np.sqrt(8 / np.pi) * (1 + 3 * 0.044715 * near**2)
    gate, rest = sigmoid(twice_u)[0], sigmoid(-twice_u)[0]
    return _times(x, gate), gate * (1 + near * steepness * rest)


def mish(x):
    """x tanh(log(1 + e^x)): with e^x = p / q the gate is p (p + 2q) / ((p + q)² + q²)."""
    x = np.asarray(x, float)
    decay = np.exp(-np.abs(x))
    p, q = np.where(x >= 0, 1.0, decay), np.where(x >= 0, decay, 1.0)
    denominator = (p + q) ** 2 + q**2
    gate = p * (p + 2 * q) / denominator
    steepness = 4 * p * (p + q) * (q / denominator) ** 2
    return _times(x, gate), gate + _times(x, steepness)


def _times(x, gate):
    """x times the gate, 0 where the gate is shut, at -∞ too."""
    return np.where(gate == 0, 0.0, x) * gate
