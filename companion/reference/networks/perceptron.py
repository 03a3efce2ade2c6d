"""The multilayer perceptron: ReLU inside, softmax and cross-entropy at the end.

Chapter: networks/perceptron
"""

import numpy as np

from companion.reference.activations.rectifiers import relu
from companion.reference.losses.categorical import sparse_categorical_crossentropy


def forward(x, layers):
    """The logits of a batch, and what entered each layer on the way.

    `x` has shape (batch, n); `layers` is a list of pairs (weights (n, m), biases (m,)).
    Returns `(logits, inputs)`, where `inputs[l]` is what layer l was given.
    """
    inputs = []
    signal = np.asarray(x, float)
    for number, (weights, biases) in enumerate(layers):
        inputs.append(signal)
        signal = signal @ weights + biases
        if number < len(layers) - 1:
            signal, _ = relu(signal)
    return signal, inputs


def gradients(x, labels, layers):
    """The mean cross-entropy of a batch, and its gradient in every weight and bias.

    Returns `(loss, pairs)`, the pairs as in `layers`. The error starts as (p - t) / batch at the
    logits and walks back: each layer turns it into its own gradients, then hands it on.
    """
    logits, inputs = forward(x, layers)
    losses, error = sparse_categorical_crossentropy(labels, logits, from_logits=True)
    error = error / len(losses)
    pairs = []
    for signal, (weights, _) in zip(reversed(inputs), reversed(layers), strict=True):
        pairs.append((signal.T @ error, error.sum(axis=0)))
        error = (error @ weights.T) * (signal > 0)
    return losses.mean(), pairs[::-1]
