"""The rows of the losses between labels, or distributions, and scores."""

import numpy as np

from companion import losses, reference
from companion._backend import keras, tf
from companion.verification.specs.activations import known, others, softmax
from companion.verification.specs.inputs import (
    class_numbers_and_scores,
    draw_class_numbers_and_scores,
    draw_labels_and_scores,
    draw_labels_and_scores_of_entries,
    draw_two_distributions,
    labels_and_logits_of_entries,
    labels_and_scores,
    labels_and_scores_of_entries,
    signs_and_scores,
    two_distributions,
)
from companion.verification.specs.rows import (
    INFINITY,
    Concession,
    Difference,
    FunctionSpec,
    Limit,
)

# Between 0 and 1


def _binary_crossentropy(m, y_true, y_pred, from_logits=False, label_smoothing=0.0):
    y = y_true * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        return m.mean(_weighted_cross_entropy(m, y, y_pred))
    return -m.mean(y * m.log(y_pred) + (1 - y) * m.log(1 - y_pred))


def _weighted_cross_entropy(m, labels, logits, pos_weight=1.0):
    surprise_of_zero, surprise_of_one = m.log(1 + m.exp(logits)), m.log(1 + m.exp(-logits))
    return pos_weight * labels * surprise_of_one + (1 - labels) * surprise_of_zero


def _keras_does_not_clip_entries(y_true, y_pred, from_logits=False, **parameters):
    inside = (y_pred > 2e-7) & (y_pred < 1 - 2e-7) | from_logits
    return inside.all(axis=-1)


def _binary_scale(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """The larger one of the gradient's two terms."""
    y = y_true * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        return _weighted_scale(y, y_pred) / y.shape[-1]
    terms = np.maximum(y / y_pred, (1 - y) / (1 - y_pred)) if label_smoothing else 0.0
    return terms / y.shape[-1]


def _weighted_scale(labels, logits, pos_weight=1.0):
    decay = np.exp(-np.abs(logits))
    p, rest = np.where(logits > 0, [np.ones_like(decay), decay], [decay, np.ones_like(decay)])
    return np.maximum((1 - labels) * p, pos_weight * labels * rest) / (1 + decay)


_ZERO = "for a soft label the gradient has a zero, beside which its two terms cancel"
_Y_AND_Z = {"y": "labels", "z": "logits"}


def _sigmoid_cross_entropy_of_tensorflow(labels, logits):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


def _weighted_cross_entropy_of_tensorflow(labels, logits, pos_weight):
    return tf.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight)


def _not_at_zero(labels, logits, pos_weight):
    """TensorFlow's gradient is off where the two branches of its softplus meet."""
    return logits[:, 0] != 0


# Between classes


def _softmax_cross_entropy_of_tensorflow(labels, logits, axis=-1):
    return tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis)


def _sparse_softmax_cross_entropy_of_tensorflow(labels, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def _labels_and_logits(parameters):
    return labels_and_scores({"from_logits": True})


def _class_numbers_and_logits(parameters):
    return class_numbers_and_scores({"from_logits": True})


def _draw_labels_and_logits(generator, shape, parameters):
    return draw_labels_and_scores(generator, shape, {"from_logits": True})


def _draw_class_numbers_and_logits(generator, shape, parameters):
    return draw_class_numbers_and_scores(generator, shape, {"from_logits": True})


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


def _logits_scale(labels, logits):
    return _crossentropy_scale(labels, logits, from_logits=True)


def _logits_derivative_scale(labels, logits):
    return _crossentropy_derivative_scale(labels, logits, from_logits=True)


# Margins


def _margin_kinks(**parameters):
    return (-1.0, 1.0)


def _at_the_margin(y_true, y_pred):
    """Any error counts as none where the score stands at the margin itself."""
    return np.where(y_true * y_pred == 1, np.finfo(np.float32).max, 0.0)


def _one_hot_and_scores(parameters):
    """One-hot labels with scores of all sizes, none close to a kink."""
    generator = np.random.default_rng(31)
    sizes = 10.0 ** np.repeat([-1, 0, 0.5, 1, 3, 30], 40)
    scores = generator.normal(size=(len(sizes), 4)) * sizes[:, None]
    classes = generator.integers(4, size=len(sizes))
    small = np.arange(0, len(sizes), 2)
    scores[small, classes[small]] = 10.0 ** generator.uniform(-30, -4, size=len(small))
    labels = np.eye(4)[classes]
    *_, second, best = np.sort((1 - labels) * scores, axis=-1).T
    apart = np.minimum(best - second, abs(1 + best - (labels * scores).sum(axis=-1))) > 0.01
    return np.float32(labels[apart]), np.float32(scores[apart])


def _categorical_hinge(m, y_true, y_pred):
    best = m.max((1 - y_true) * y_pred)
    return m.maximum(best - m.sum(y_true * y_pred) + 1, 0)


def _largest_of_the_terms(y_true, y_pred):
    return np.maximum(1.0, np.abs(y_pred).max(axis=-1))


# Distributions


def _kl_divergence(m, y_true, y_pred):
    return m.sum(y_true * m.log(m.where(y_true == 0, 1 + 0 * y_pred, y_true) / y_pred))


def _keras_does_not_clip_them(y_true, y_pred):
    return np.all(np.minimum(y_true, y_pred) > 2e-7, axis=-1)


def _terms_of_divergence(y_true, y_pred):
    ratio = np.where(y_true > 0, y_true, y_pred) / y_pred
    return np.abs(y_true * np.log(ratio)).sum(axis=-1)


def _zero_to_one(**parameters):
    return (0.0, 1.0)


def _draw_signs_and_scores(generator, shape, parameters):
    labels = 2 * generator.integers(2, size=shape) - 1
    return labels.astype("float32"), generator.normal(size=shape).astype("float32")


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
        price="digits of a loss near 0, and a pull where Keras clips at 1e-7",
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference(
                ([1.0, 0.0], [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}
            ),
            Difference(
                ([1.0, 0.0], [1e-9, 1.0]), 16.118095, 20.723266, issue="keras-team/keras#17634"
            ),
        ),
        limits=(
            Limit(
                ([1.0, 0.0], [0.0, -INFINITY]), 0.0, [0.0, 0.0], parameters={"from_logits": True}
            ),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.CategoricalCrossentropy,
        chapter="losses/categorical",
        formulas={
            "eq-categorical-crossentropy": {"y": "y_true", "p": "y_pred"},
            "eq-categorical-crossentropy-gradient": {"y": "y_true", "p": "y_pred"},
        },
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
        price="digits of a loss near 0, and a pull where Keras clips at 1e-7",
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference((0, [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}),
            Difference((0, [1e-9, 1.0]), 16.118095, 20.723266, issue="keras-team/keras#17634"),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.SparseCategoricalCrossentropy,
        chapter="losses/categorical",
        formulas={
            "eq-sparse-categorical-crossentropy": {"y": "y_true", "p": "y_pred"},
            "eq-sparse-categorical-crossentropy-gradient": {"y": "y_true", "p": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.softmax_cross_entropy_with_logits",
        losses.softmax_cross_entropy_with_logits,
        reference.losses.softmax_cross_entropy_with_logits,
        definition=lambda m, labels, logits: _categorical_crossentropy(m, labels, logits, True),
        inputs=_labels_and_logits,
        draw=_draw_labels_and_logits,
        vector=True,
        keras=_softmax_cross_entropy_of_tensorflow,
        price="digits of a loss near 0",
        differences=(
            Difference(([1.0, 0.0], [20.0, 0.0]), 0.0, 2.06115362e-9),
            Difference(([1.0, 1.0], [0.0, 0.0]), -0.5, 0.0, of="derivative"),
        ),
        limits=(Limit(([1.0, 0.0], [0.0, -INFINITY]), 0.0, [0.0, 0.0]),),
        concessions=(
            Concession("value", _logits_scale, _CROSSENTROPY[0].reason),
            Concession("derivative", _logits_derivative_scale, _CROSSENTROPY[1].reason),
        ),
        chapter="losses/categorical",
        formulas={
            "eq-softmax-cross-entropy-with-logits": _Y_AND_Z,
            "eq-softmax-cross-entropy-with-logits-gradient": _Y_AND_Z,
        },
    ),
    FunctionSpec(
        "losses.sparse_softmax_cross_entropy_with_logits",
        losses.sparse_softmax_cross_entropy_with_logits,
        reference.losses.sparse_softmax_cross_entropy_with_logits,
        definition=lambda m, labels, logits: _sparse_categorical_crossentropy(
            m, labels, logits, True
        ),
        inputs=_class_numbers_and_logits,
        draw=_draw_class_numbers_and_logits,
        vector=True,
        keras=_sparse_softmax_cross_entropy_of_tensorflow,
        price="digits of a loss near 0",
        differences=(Difference((0, [20.0, 0.0]), 0.0, 2.06115362e-9),),
        concessions=(
            Concession("value", _logits_scale, _CROSSENTROPY[0].reason),
            Concession("derivative", _logits_derivative_scale, _CROSSENTROPY[1].reason),
        ),
        chapter="losses/categorical",
        formulas={
            "eq-sparse-softmax-cross-entropy-with-logits": _Y_AND_Z,
            "eq-sparse-softmax-cross-entropy-with-logits-gradient": _Y_AND_Z,
        },
    ),
    FunctionSpec(
        "losses.binary_crossentropy",
        losses.binary_crossentropy,
        reference.losses.binary_crossentropy,
        definition=_binary_crossentropy,
        inputs=labels_and_scores_of_entries,
        draw=draw_labels_and_scores_of_entries,
        parameters=(
            {},
            {"label_smoothing": 0.1},
            {"from_logits": True},
            {"from_logits": True, "label_smoothing": 0.1},
        ),
        domain=_probabilities_or_logits,
        keras=keras.losses.binary_crossentropy,
        keras_agrees=_keras_does_not_clip_entries,
        differences=(
            Difference(([1.0], [1e-9]), 16.118095, 20.723266),
            Difference(([1.0], [1e-9]), 0.0, -1e9, of="derivative"),
            Difference(([1.0], [0.99999994]), 1.1920929e-7, 5.9604646e-8),
        ),
        limits=(
            Limit(([1.0], [INFINITY]), 0.0, [0.0], parameters={"from_logits": True}),
            Limit(([0.0], [INFINITY]), INFINITY, [1.0], parameters={"from_logits": True}),
            Limit(([0.0], [-INFINITY]), 0.0, [0.0], parameters={"from_logits": True}),
            Limit(([1.0], [-INFINITY]), INFINITY, [-1.0], parameters={"from_logits": True}),
        ),
        concessions=(Concession("derivative", _binary_scale, _ZERO),),
        loss_class=losses.BinaryCrossentropy,
        chapter="losses/binary",
        formulas={
            "eq-binary-crossentropy": {"y": "y_true", "p": "y_pred"},
            "eq-binary-crossentropy-gradient": {"y": "y_true", "p": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.sigmoid_cross_entropy_with_logits",
        losses.sigmoid_cross_entropy_with_logits,
        reference.losses.sigmoid_cross_entropy_with_logits,
        definition=_weighted_cross_entropy,
        inputs=labels_and_logits_of_entries,
        draw=lambda *drawn: draw_labels_and_scores_of_entries(*drawn[:2], {"from_logits": True}),
        reduces=False,
        keras=_sigmoid_cross_entropy_of_tensorflow,
        limits=(
            Limit(([1.0], [INFINITY]), 0.0, [0.0]),
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
        ),
        concessions=(Concession("derivative", _weighted_scale, _ZERO),),
        chapter="losses/binary",
        formulas={
            "eq-sigmoid-cross-entropy-with-logits": _Y_AND_Z,
            "eq-sigmoid-cross-entropy-with-logits-gradient": _Y_AND_Z,
        },
    ),
    FunctionSpec(
        "losses.weighted_cross_entropy_with_logits",
        losses.weighted_cross_entropy_with_logits,
        reference.losses.weighted_cross_entropy_with_logits,
        definition=_weighted_cross_entropy,
        inputs=labels_and_logits_of_entries,
        draw=lambda *drawn: draw_labels_and_scores_of_entries(*drawn[:2], {"from_logits": True}),
        parameters=({"pos_weight": 1.0}, {"pos_weight": 5.0}, {"pos_weight": 0.0}),
        reduces=False,
        keras=_weighted_cross_entropy_of_tensorflow,
        price="the slope at a logit of 0",
        keras_agrees=_not_at_zero,
        differences=(
            Difference(([1.0], [0.0]), 0.0, -2.5, of="derivative", parameters={"pos_weight": 5.0}),
        ),
        limits=(
            Limit(([1.0], [INFINITY]), 0.0, [0.0], parameters={"pos_weight": 2.0}),
            Limit(([1.0], [-INFINITY]), INFINITY, [-2.0], parameters={"pos_weight": 2.0}),
        ),
        concessions=(Concession("derivative", _weighted_scale, _ZERO),),
        chapter="losses/binary",
        formulas={
            "eq-weighted-cross-entropy-with-logits": _Y_AND_Z | {"w": "pos_weight"},
            "eq-weighted-cross-entropy-with-logits-gradient": _Y_AND_Z | {"w": "pos_weight"},
        },
    ),
    FunctionSpec(
        "losses.hinge",
        losses.hinge,
        reference.losses.hinge,
        definition=lambda m, y_true, y_pred: m.mean(m.maximum(1 - y_true * y_pred, 0)),
        inputs=signs_and_scores,
        draw=_draw_signs_and_scores,
        vector=True,
        kinks=_margin_kinks,
        keras=keras.losses.hinge,
        limits=(
            Limit(([1.0], [INFINITY]), 0.0, [0.0]),
            Limit(([1.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        concessions=(
            Concession("derivative", _at_the_margin, "at the kink there is no derivative"),
        ),
        loss_class=losses.Hinge,
        chapter="losses/margins",
        formulas={
            "eq-hinge": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-hinge-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.squared_hinge",
        losses.squared_hinge,
        reference.losses.squared_hinge,
        definition=lambda m, y_true, y_pred: m.mean(m.maximum(1 - y_true * y_pred, 0) ** 2),
        inputs=signs_and_scores,
        draw=_draw_signs_and_scores,
        vector=True,
        kinks=_margin_kinks,
        keras=keras.losses.squared_hinge,
        limits=(
            Limit(([1.0], [INFINITY]), 0.0, [0.0]),
            Limit(([1.0], [-INFINITY]), INFINITY, [-INFINITY]),
        ),
        concessions=(
            Concession("derivative", _at_the_margin, "differences reach across the margin"),
        ),
        loss_class=losses.SquaredHinge,
        chapter="losses/margins",
        formulas={
            "eq-squared-hinge": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-squared-hinge-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.categorical_hinge",
        losses.categorical_hinge,
        reference.losses.categorical_hinge,
        definition=_categorical_hinge,
        inputs=_one_hot_and_scores,
        draw=draw_labels_and_scores,
        vector=True,
        keras=keras.losses.categorical_hinge,
        concessions=(
            Concession("value", _largest_of_the_terms, "the difference of two scores is rounded"),
        ),
        loss_class=losses.CategoricalHinge,
        chapter="losses/margins",
        formulas={
            "eq-categorical-hinge": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-categorical-hinge-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.kl_divergence",
        losses.kl_divergence,
        reference.losses.kl_divergence,
        definition=_kl_divergence,
        inputs=two_distributions,
        draw=draw_two_distributions,
        vector=True,
        domain=_zero_to_one,
        keras=keras.losses.kl_divergence,
        keras_agrees=_keras_does_not_clip_them,
        differences=(
            Difference(([1.0, 0.0], [1e-9, 1.0]), 16.118094, 20.723266),
            Difference(([1.0], [1e-9]), 0.0, -1e9, of="derivative"),
        ),
        concessions=(
            Concession("value", _terms_of_divergence, "terms of both signs cancel in the sum"),
        ),
        loss_class=losses.KLDivergence,
        chapter="losses/distributions",
        formulas={
            "eq-kl-divergence": {"p": "y_true", "q": "y_pred"},
            "eq-kl-divergence-gradient": {"p": "y_true", "q": "y_pred"},
        },
    ),
]
