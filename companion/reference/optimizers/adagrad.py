"""Adagrad. Chapter: optimizers/adagrad."""

import numpy as np


def adagrad(
    parameter,
    gradient,
    state=None,
    *,
    learning_rate=0.001,
    initial_accumulator_value=0.1,
    epsilon=1e-7,
):
    """One step of s ← s + g², θ ← θ - η g / √(s + ε). ε stands where Keras has it."""
    parameter, gradient = np.asarray(parameter, float), np.asarray(gradient, float)
    s = initial_accumulator_value if state is None else state["s"]
    s = s + gradient**2
    return parameter - learning_rate * gradient / np.sqrt(s + epsilon), {"s": s}
