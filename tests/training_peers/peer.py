"""What all peers of the benchmark share: their data, and how they take turns.

A peer is a script that trains 784-256-256-10 with dropout on the images in the file that it is
given. Once everything is compiled it says that it is ready, with the versions of what it runs on,
and then trains one epoch for each line that it reads and answers with the seconds that it took.
"""

import importlib.metadata
import json
import sys
import time

import numpy as np

READY = "ready "
WIDTHS, DROPOUT, RATE, BATCH = (784, 256, 256, 10), 0.45, 0.001, 128


def images_and_labels():
    """The images, float32 in 0 … 1 of shape (n, 784), and their labels, int32."""
    with np.load(sys.argv[1]) as arrays:
        return arrays["x"], arrays["y"]


def take_turns(epoch):
    """Call `epoch()`, which trains one, whenever the other side asks."""
    turns = Turns()
    while True:
        turns.begin()
        epoch()
        turns.end()


class Turns:
    """Waits before an epoch, and tells how long it took; the first two compile and are not told."""

    def __init__(self):
        self.left, self.start = 2, None

    def begin(self):
        """Wait until an epoch may begin."""
        if not self.left:
            if not sys.stdin.readline():
                sys.exit()
            self.start = time.perf_counter()

    def end(self):
        """Tell that it has ended."""
        if self.left:
            self.left -= 1
            if not self.left:
                print(READY + json.dumps(_versions()), flush=True)
        else:
            print(time.perf_counter() - self.start, flush=True)


def _versions():
    """Of the libraries of this peer that are loaded."""
    libraries = ("jax", "optax", "torch")
    return {name: importlib.metadata.version(name) for name in libraries if name in sys.modules}


def callback(keras):
    """The same for a Keras `fit` of many epochs, as a callback."""
    turns = Turns()
    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: turns.begin(),
        on_epoch_end=lambda epoch, logs: turns.end(),
    )
