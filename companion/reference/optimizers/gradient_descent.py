"""Gradient descent, with momentum and Nesterov's look-ahead. Chapter: optimizers/momentum."""

import numpy as np


def sgd(parameter, gradient, state=None, *, learning_rate=0.01, momentum=0.0, nesterov=False):
    """One step of v ← μ v - η g, θ ← θ + v; with Nesterov θ ← θ + μ v - η g after that v."""
    parameter, gradient = np.asarray(parameter, float), np.asarray(gradient, float)
    velocity = np.zeros_like(parameter) if state is None else state["velocity"]
    velocity = momentum * velocity - learning_rate * gradient
    move = momentum * velocity - learning_rate * gradient if nesterov else velocity
    return parameter + move, {"velocity": velocity}
