"""The Poisson loss for counts. Chapter: losses/counts."""

import numpy as np


def poisson(y_true, y_pred):
    """Mean over the last axis of y_pred - y_true log(y_pred), for rates y_pred > 0.

    That is -log of Poisson's probability of the count y_true at the rate y_pred, less the term
    log(y_true!) that no prediction changes. The gradient is (y_pred - y_true) / (n y_pred).
    """
    y_true, rate = np.asarray(y_true, float), np.asarray(y_pred, float)
    n = rate.shape[-1]
    loss = (rate - y_true * np.log(rate)).sum(axis=-1) / n
    return loss, (rate - y_true) / rate / n
