"""Losses as derived: each function returns the loss and its gradient with respect to y_pred."""

from companion.reference.losses.asymmetric import asymmetric_cost
from companion.reference.losses.binary import (
    binary_crossentropy,
    sigmoid_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from companion.reference.losses.categorical import (
    categorical_crossentropy,
    softmax_cross_entropy_with_logits,
    sparse_categorical_crossentropy,
    sparse_softmax_cross_entropy_with_logits,
)
from companion.reference.losses.counts import poisson
from companion.reference.losses.directions import cosine_similarity
from companion.reference.losses.distributions import kl_divergence
from companion.reference.losses.margins import categorical_hinge, hinge, squared_hinge
from companion.reference.losses.percentage import (
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
)
from companion.reference.losses.robust import huber, log_cosh
from companion.reference.losses.squared import mean_absolute_error, mean_squared_error

__all__ = [
    "asymmetric_cost",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "sparse_categorical_crossentropy",
    "sparse_softmax_cross_entropy_with_logits",
    "squared_hinge",
    "weighted_cross_entropy_with_logits",
]
