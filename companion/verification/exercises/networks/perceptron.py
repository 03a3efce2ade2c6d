"""The exercises of networks/perceptron.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| perceptron-parameters        | `count_parameters(widths) -> count`: [784, 256, 256, 10]        |
| perceptron-forward           | `forward(x, w1, b1, w2, b2) -> logits` (b, i), (i, h), (h,),    |
|                              |   (h, o), (o,) -> (b, o): ReLU between the two layers           |
| perceptron-accuracy          | `accuracy(probabilities, labels) -> share` (b, k), (b,) -> ()   |
| perceptron-softmax-gradient  | `gradient_in_logits(logits, labels) -> gradient` (b, k), (b,):  |
|                              |   of the cross-entropy's mean over the batch                    |
| perceptron-xor               | the weights `(w1, b1, w2, b2)` of a network that computes       |
|                              |   exclusive or: (2, h), (h,), (h, 1), (1,)                      |
"""

import itertools

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _relu(x):
    return np.maximum(x, 0.0)


def _forward(x, w1, b1, w2, b2):
    return _relu(x @ w1 + b1) @ w2 + b2


def _count_parameters(widths):
    return sum((before + 1) * after for before, after in itertools.pairwise(widths))


def _softmax_gradient(logits, labels):
    crossentropy = reference.losses.sparse_categorical_crossentropy
    return crossentropy(labels, logits, from_logits=True)[1] / len(labels)


def _naive_gradient(logits, labels):
    growth = np.exp(logits)
    p = growth / growth.sum(axis=1, keepdims=True)
    return (p - _one_hot(labels, logits)) / len(labels)


def _softmax(logits, axis=-1):
    return reference.activations.softmax(logits, axis)[0]


def _one_hot(labels, logits):
    return np.eye(logits.shape[-1])[labels]


def _predictions(st):
    # No two equal probabilities at the top: which class is then predicted is not the point.
    rows = st.sampled_from(
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5], [0.1, 0.2, 0.7]]
    )
    batch = st.lists(st.tuples(rows, st.sampled_from([0, 1, 2])), min_size=1, max_size=4)
    return batch.map(lambda batch: tuple(np.array(column) for column in zip(*batch, strict=True)))


def _network(weights):
    w1, b1, w2, b2 = (np.asarray(part, float) for part in weights)
    return lambda x: np.squeeze(_forward(x, w1, b1, w2, b2))


EXERCISES = {
    "perceptron-parameters": Exercise(
        "count_parameters(widths) -> count",
        truth=_count_parameters,
        inputs=lambda st: st.tuples(
            st.lists(st.sampled_from([1, 2, 3, 10, 256, 784]), min_size=2, max_size=4)
        ),
        slips={
            "every unit has a bias as well": lambda widths: sum(
                a * b for a, b in itertools.pairwise(widths)
            ),
            "the inputs are not units: they have no bias": lambda widths: (
                _count_parameters(widths) + widths[0]
            ),
            "the bias belongs to each unit of the layer, not to each of its inputs": (
                lambda widths: sum(a * (b + 1) for a, b in itertools.pairwise(widths))
            ),
            "the last layer has biases as well": lambda widths: (
                _count_parameters(widths) - widths[-1]
            ),
            "a layer has one bias for each unit, not a single one": lambda widths: sum(
                a * b + 1 for a, b in itertools.pairwise(widths)
            ),
            "the last layer counts as well": lambda widths: _count_parameters(widths[:-1]),
            "every layer counts, not the last alone": lambda widths: _count_parameters(widths[-2:]),
        },
    ),
    "perceptron-forward": Exercise(
        "forward(x, w1, b1, w2, b2) -> logits",
        truth=_forward,
        inputs=inputs(
            *((REALS[:7], axes) for axes in ("bi", "ih", "h", "ho", "o")), h=(1, 2), o=(1, 2)
        ),
        slips={
            "the ReLU is missing: two linear layers are one": lambda x, w1, b1, w2, b2: (
                (x @ w1 + b1) @ w2 + b2
            ),
            "the logits go out as they are, without a ReLU": lambda *arguments: _relu(
                _forward(*arguments)
            ),
            "the ReLU belongs between the layers, not at the end": lambda x, w1, b1, w2, b2: _relu(
                (x @ w1 + b1) @ w2 + b2
            ),
            "the bias of the first layer is missing": lambda x, w1, b1, w2, b2: (
                _relu(x @ w1) @ w2 + b2
            ),
            "the bias of the second layer is missing": lambda x, w1, b1, w2, b2: (
                _relu(x @ w1 + b1) @ w2
            ),
            "the bias is added before the ReLU, not after it": lambda x, w1, b1, w2, b2: (
                (_relu(x @ w1) + b1) @ w2 + b2
            ),
            "those are probabilities; logits are asked for": lambda *arguments: _softmax(
                _forward(*arguments)
            ),
        },
    ),
    "perceptron-accuracy": Exercise(
        "accuracy(probabilities, labels) -> share",
        truth=lambda p, labels: np.mean(np.argmax(p, axis=-1) == labels),
        inputs=_predictions,
        slips={
            "the prediction is the largest entry of each row: axis -1, not 0": lambda p, labels: (
                np.mean(np.argmax(p, axis=0) == labels) if len(labels) == p.shape[1] else None
            ),
            "a share is asked for, not a count": lambda p, labels: np.sum(
                np.argmax(p, axis=-1) == labels
            ),
            "a share is asked for, not a percentage": lambda p, labels: (
                100 * np.mean(np.argmax(p, axis=-1) == labels)
            ),
            "that is the share of errors": lambda p, labels: np.mean(
                np.argmax(p, axis=-1) != labels
            ),
            "the divisor is the size of the batch, not the number of classes": lambda p, labels: (
                np.sum(np.argmax(p, axis=-1) == labels) / p.shape[1]
            ),
            "that is the mean probability of the true class": lambda p, labels: np.mean(
                p[np.arange(len(labels)), labels]
            ),
        },
    ),
    "perceptron-softmax-gradient": Exercise(
        "gradient_in_logits(logits, labels) -> gradient",
        truth=_softmax_gradient,
        inputs=inputs(([0.0, 1.0, -1.0, 2.0, 10.0, 1000.0], "bk"), ("k", "b"), k=(2, 3)),
        quiet=True,
        slips={
            "e^z overflows at z = 1000: take the row's largest logit away first": _naive_gradient,
            "the sign is turned, and the loss is a mean over the batch": lambda z, labels: (
                -_softmax_gradient(z, labels) * len(labels)
            ),
            "the loss is a mean over the batch: the 1/batch is missing": lambda z, labels: (
                _softmax_gradient(z, labels) * len(labels)
            ),
            "the sign is turned: p - y": lambda z, labels: -_softmax_gradient(z, labels),
            "the mean is over the batch alone, not over batch and classes": lambda z, labels: (
                _softmax_gradient(z, labels) / z.shape[1]
            ),
            "the divisor is the size of the batch, not the number of classes": lambda z, labels: (
                _softmax_gradient(z, labels) * len(labels) / z.shape[1]
            ),
            "the 1 is to be subtracted at the true class": lambda z, labels: (
                _softmax(z) / len(labels)
            ),
            "the softmax runs over the classes: axis -1, not 0": lambda z, labels: (
                (_softmax(z, axis=0) - _one_hot(labels, z)) / len(labels)
            ),
            "the softmax runs over the classes of one row, not over the whole batch": (
                lambda z, labels: (
                    (_softmax(z.ravel()).reshape(z.shape) - _one_hot(labels, z)) / len(labels)
                )
            ),
            "the logits have to pass through softmax first": lambda z, labels: (
                (z - _one_hot(labels, z)) / len(labels)
            ),
            "e^z is not yet a probability: it is to be divided by the sum of its row": (
                lambda z, labels: (np.exp(z) - _one_hot(labels, z)) / len(labels)
            ),
        },
    ),
    "perceptron-xor": Exercise(
        "network(x) -> output",
        truth=lambda x: np.abs(x[0] - x[1]),
        inputs=lambda st: st.tuples(
            st.sampled_from([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).map(np.array)
        ),
        answer="the weights (w1, b1, w2, b2)",
        use=_network,
        slips={
            "that is inclusive or: both inputs at once should give 0": lambda x: max(x),
            "that is and: one input alone should give 1": lambda x: min(x),
            "that is the sum: a hidden unit has to notice that both inputs are 1": sum,
            "that is the opposite: 1 where the inputs are equal": lambda x: 1 - abs(x[0] - x[1]),
            "the output is 0 everywhere: is a hidden unit ever above 0?": lambda x: 0.0,
        },
    ),
}
