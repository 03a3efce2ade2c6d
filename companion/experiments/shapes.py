"""One image for a perceptron, a convolutional and a recurrent network.

Chapters: networks/convolution, networks/recurrence. Each network also learns images whose pixels
were all put through one fixed permutation: what it loses by that is what it assumed.
"""

import functools

import numpy as np

from companion import optimizers
from companion._backend import keras
from companion.activations import relu, softmax
from companion.experiments import _training
from companion.experiments._training import data
from companion.networks import multilayer_perceptron

__all__ = ["SETTINGS", "cases", "data", "network", "run"]

SETTINGS = {
    "batch": 128,
    "rate": 0.001,
    "epochs": 5,
    "permuted by the seed": 28,
    "shapes": {
        "mlp": [784],
        "small mlp": [784],
        "cnn": [28, 28, 1],
        "lstm": [28, 28],
        "rnn": [28, 28],
    },
    "pixels": ["as they are", "permuted"],
}
SEEDS = [1, 2, 3]


def cases(runs):
    """All runs, seed after seed; they do not depend on each other."""
    return [
        {"network": name, "pixels": pixels, "seed": seed}
        for seed in SEEDS
        for pixels in SETTINGS["pixels"]
        for name in SETTINGS["shapes"]
    ]


def network(name):
    """A fresh network, which takes an image in the shape that SETTINGS says.

    Example:
        >>> network("cnn").count_params()
        9098
    """
    if name == "mlp":
        return multilayer_perceptron([784, 256, 256, 10])
    if name == "small mlp":
        return multilayer_perceptron([784, 32, 10])
    stacks = {
        "cnn": lambda: [
            keras.layers.Conv2D(8, 3, padding="same", activation=relu),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(16, 3, padding="same", activation=relu),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
        ],
        "lstm": lambda: [keras.layers.LSTM(64)],
        "rnn": lambda: [keras.layers.SimpleRNN(64)],
    }
    shape = keras.Input(SETTINGS["shapes"][name])
    return keras.Sequential([shape, *stacks[name](), keras.layers.Dense(10, activation=softmax)])


@functools.cache
def _parts(name, pixels):
    """Images and labels in a network's shape: to train on, to test with."""
    order = np.arange(784)
    if pixels == "permuted":
        order = np.random.default_rng(SETTINGS["permuted by the seed"]).permutation(784)
    return [
        _training.tensors(x.reshape(-1, 784)[:, order], y, SETTINGS["shapes"][name])
        for x, y in _training.mnist()
    ]


def run(case, epochs=None):
    """Train once; loss and accuracy on the test images after each epoch.

    The seed decides on the first weights and on the order of the images. `epochs` cuts a run short.
    """
    keras.utils.set_random_seed(case["seed"])
    model = network(case["network"])
    optimizer = optimizers.Adam(SETTINGS["rate"])
    optimizer.build(model.trainable_variables)
    one_pass, measure = _training.programs(model, optimizer, jit_compile=False)
    training, test = _parts(case["network"], case["pixels"])
    options = {"seed": case["seed"], "batch": SETTINGS["batch"], "rate": SETTINGS["rate"]}
    curve = [
        [float(number) for number in measure(*test)]
        for _ in _training.passes(one_pass, training, epochs or SETTINGS["epochs"], **options)
    ]
    loss, accuracy = map(list, zip(*curve, strict=True))
    return {"parameters": model.count_params(), "test_loss": loss, "test_accuracy": accuracy}
