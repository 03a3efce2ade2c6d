"""The rows of the losses between labels, or distributions, and scores."""

import numpy as np

from companion import losses, reference
from companion._backend import keras
from companion.verification.specs.activations import known, others, softmax
from companion.verification.specs.inputs import (
    class_numbers_and_scores,
    draw_class_numbers_and_scores,
    draw_labels_and_scores,
    labels_and_scores,
)
from companion.verification.specs.rows import (
    INFINITY,
    Concession,
    Difference,
    FunctionSpec,
    Limit,
)


def _categorical_crossentropy(m, y_true, y_pred, from_logits=False, label_smoothing=0.0):
    classes = y_true.shape[-1]
    y = y_true * (1 - label_smoothing) + label_smoothing / classes
    p = softmax(m, y_pred) if from_logits else y_pred / m.sum(y_pred)[..., None]
    # A class without a label does not count, whatever its probability.
    log_p = m.log(m.where(y == 0, 1 + 0 * p, p))
    return -m.sum(y * log_p)


def _sparse_categorical_crossentropy(m, y_true, y_pred, from_logits=False):
    labels = m.one_hot(y_true, y_pred.shape[-1])
    return _categorical_crossentropy(m, labels, y_pred, from_logits)


def _probabilities_or_logits(from_logits=False, **parameters):
    return (-INFINITY, INFINITY) if from_logits else (0.0, 1.0)


# What Keras clips and what it does not


def _keras_does_not_clip(y_true, y_pred, from_logits=False, **parameters):
    """Keras moves probabilities into [1e-7, 1 - 1e-7]; beyond, its gradient is 0."""
    if from_logits:
        return np.ones(len(y_pred), bool)
    p = y_pred / y_pred.sum(axis=-1, keepdims=True)
    return np.all((p > 2e-7) & (p < 1 - 2e-7), axis=-1)


def _crossentropy_scale(y_true, y_pred, from_logits=False, **parameters):
    y = _smoothed(y_true, y_pred, **parameters)
    return (y * others(known(y_pred))).sum(axis=-1) if from_logits else 0.0


def _crossentropy_derivative_scale(y_true, y_pred, from_logits=False, **parameters):
    """The larger part of Σy p - y = (Σy - y) p - y (1 - p), or of that over p Σp."""
    y = _smoothed(y_true, y_pred, **parameters)
    p = known(y_pred) if from_logits else y_pred
    parts = np.maximum((y.sum(axis=-1, keepdims=True) - y) * p, y * others(p))
    return parts if from_logits else parts / y_pred / y_pred.sum(axis=-1, keepdims=True)


def _smoothed(y_true, y_pred, label_smoothing=0.0):
    classes = y_pred.shape[-1]
    labels = y_true if y_true.ndim == y_pred.ndim else np.eye(classes)[y_true]
    return labels * (1 - label_smoothing) + label_smoothing / classes


_CROSSENTROPY = (
    Concession("value", _crossentropy_scale, "the rounding of z - max(z), as for softmax"),
    Concession(
        "derivative",
        _crossentropy_derivative_scale,
        "the same; and for soft labels p - y has a zero, beside which the digits cancel",
    ),
)

ROWS = [
    FunctionSpec(
        "losses.categorical_crossentropy",
        losses.categorical_crossentropy,
        reference.losses.categorical_crossentropy,
        definition=_categorical_crossentropy,
        inputs=labels_and_scores,
        draw=draw_labels_and_scores,
        parameters=(
            {},
            {"from_logits": True},
            {"from_logits": True, "label_smoothing": 0.1},
        ),
        vector=True,
        domain=_probabilities_or_logits,
        keras=keras.losses.categorical_crossentropy,
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference(
                ([1.0, 0.0], [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}
            ),
            Difference(([1.0, 0.0], [1e-9, 1.0]), 16.118095, 20.723266),
        ),
        limits=(
            Limit(
                ([1.0, 0.0], [0.0, -INFINITY]), 0.0, [0.0, 0.0], parameters={"from_logits": True}
            ),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.CategoricalCrossentropy,
        chapter="losses/categorical",
    ),
    FunctionSpec(
        "losses.sparse_categorical_crossentropy",
        losses.sparse_categorical_crossentropy,
        reference.losses.sparse_categorical_crossentropy,
        definition=_sparse_categorical_crossentropy,
        inputs=class_numbers_and_scores,
        draw=draw_class_numbers_and_scores,
        parameters=({}, {"from_logits": True}),
        vector=True,
        domain=_probabilities_or_logits,
        keras=keras.losses.sparse_categorical_crossentropy,
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference((0, [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}),
            Difference((0, [1e-9, 1.0]), 16.118095, 20.723266),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.SparseCategoricalCrossentropy,
        chapter="losses/categorical",
    ),
]
