"""Schedules as derived: the learning rate in a step. Chapter: optimizers/schedules."""

import numpy as np


def piecewise_constant_decay(step, boundaries, values):
    """The first value up to the first boundary, the next up to the next, and so on."""
    return np.asarray(values, float)[np.searchsorted(boundaries, step, side="left")]


def exponential_decay(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """η₀ γ^(t/T), or with the exponent rounded down."""
    stretches = np.floor_divide(step, decay_steps) if staircase else np.divide(step, decay_steps)
    return initial_learning_rate * np.power(float(decay_rate), stretches)


def cosine_decay(
    step, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0
):
    """A line up to the target, then half a cosine down to α times that."""
    step, largest = np.asarray(step, float), initial_learning_rate
    if warmup_target is not None:
        largest = warmup_target
    else:
        warmup_steps = 0
    since = np.clip(step - warmup_steps, 0, decay_steps)
    left = np.sin(np.pi / 2 * (decay_steps - since) / decay_steps) ** 2
    decayed = largest * (alpha + (1 - alpha) * left)
    part = step / max(warmup_steps, 1)
    risen = initial_learning_rate + (largest - initial_learning_rate) * part
    return np.where(step < warmup_steps, risen, decayed)
