"""Adam, AMSGrad and AdamW. Chapter: optimizers/adam."""

import numpy as np


def adam(
    parameter,
    gradient,
    state=None,
    *,
    learning_rate=0.001,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-7,
    amsgrad=False,
):
    """One step of Adam. ε stands where Keras has it: beside √v, before the correction.

    `state` is what the step before returned (None at the first): the step count and the
    running means m and v, and with AMSGrad the largest v so far.
    """
    parameter, gradient = np.asarray(parameter, float), np.asarray(gradient, float)
    if state is None:
        zero = np.zeros_like(parameter)
        state = {"step": 0, "m": zero, "v": zero, "v_max": zero}
    t = state["step"] + 1
    m = beta_1 * state["m"] + (1 - beta_1) * gradient
    v = beta_2 * state["v"] + (1 - beta_2) * gradient**2
    v_max = np.maximum(state["v_max"], v)
    scale = v_max if amsgrad else v
    rate = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    parameter = parameter - rate * m / (np.sqrt(scale) + epsilon)
    return parameter, {"step": t, "m": m, "v": v, "v_max": v_max}


def adamw(parameter, gradient, state=None, *, learning_rate=0.001, weight_decay=0.004, **options):
    """One step of Adam after the parameter was shrunk by η λ: decay that no √v rescales."""
    shrunk = np.asarray(parameter, float) * (1 - learning_rate * weight_decay)
    return adam(shrunk, gradient, state, learning_rate=learning_rate, **options)
