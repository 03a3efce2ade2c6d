"""RMSprop, plain and centered. Chapter: optimizers/rmsprop."""

import numpy as np


def rmsprop(
    parameter,
    gradient,
    state=None,
    *,
    learning_rate=0.001,
    rho=0.9,
    momentum=0.0,
    epsilon=1e-7,
    centered=False,
):
    """One step of RMSprop. ε stands where Keras has it: beside v, under the root.

    `state` is what the step before returned (None at the first): the running mean of the
    gradients, v, which is the running mean of their squares or, centered, their variance around
    that mean, and the velocity.
    """
    parameter, gradient = np.asarray(parameter, float), np.asarray(gradient, float)
    if state is None:
        state = dict.fromkeys(("mean", "v", "velocity"), np.zeros_like(parameter))
    spread = rho * (gradient - state["mean"]) ** 2 if centered else gradient**2
    v = rho * state["v"] + (1 - rho) * spread
    mean = rho * state["mean"] + (1 - rho) * gradient
    step = learning_rate * gradient / np.sqrt(v + epsilon)
    velocity = momentum * state["velocity"] + step
    return parameter - velocity, {"mean": mean, "v": v, "velocity": velocity}
