"""What the experiments share: MNIST, a compiled pass of training over it, and how it is judged."""

import functools
import hashlib

import numpy as np

from companion import datasets
from companion._backend import tf
from companion.losses import sparse_categorical_crossentropy


@functools.cache
def mnist():
    """The images and labels; the tests put smaller ones here."""
    return datasets.load_mnist()


def data():
    """Which data these are."""
    dataset = mnist()
    fingerprint = hashlib.sha256(dataset.x_train.tobytes() + dataset.y_train.tobytes())
    return {"text": str(dataset), "real": dataset.real, "sha256": fingerprint.hexdigest()}


def tensors(images, labels, shape=(-1,)):
    """Images in 0 … 1, each of them in this shape, and their labels."""
    images = images.reshape(len(images), *shape) / np.float32(255)
    return tf.constant(images), tf.constant(labels.astype(np.int32))


def shuffled_batches(order, samples, batch):
    """The rows of all batches of a pass, (batches, batch); what does not fill one is left out."""
    rows = order.permutation(samples)[: samples // batch * batch]
    return tf.constant(rows.reshape(-1, batch), tf.int32)


def passes(one_pass, part, count, *, seed, batch, rate):
    """Train that many passes over a part of the data, in the order that the seed decides.

    Yields, after each pass, what `one_pass` returned.
    """
    order = np.random.default_rng(seed)
    for _ in range(count):
        batches = shuffled_batches(order, len(part[0]), batch)
        yield one_pass(*part, batches, tf.constant(rate))


def programs(model, optimizer, *, falling=False, jit_compile=True):
    """Two compiled functions: a pass of training, and what the model is worth on some data.

    `one_pass(images, labels, batches, rate)` returns the share of right answers that training
    itself saw, with dropout at work; if `falling`, the rate is divided by the root of the step's
    number. `measure(images, labels)` returns the mean cross-entropy and the share of right answers.
    """

    @tf.function(jit_compile=jit_compile)
    def one_pass(images, labels, batches, rate):
        right = tf.constant(0)
        for rows in batches:
            truth = tf.gather(labels, rows)
            step = tf.cast(optimizer.iterations + 1, rate.dtype)
            optimizer.learning_rate.assign(rate / tf.sqrt(step) if falling else rate)
            with tf.GradientTape() as tape:
                probabilities = model(tf.gather(images, rows), training=True)
                loss = tf.reduce_mean(sparse_categorical_crossentropy(truth, probabilities))
                loss = tf.add_n([loss, *model.losses])  # with the penalties, if there are any
            optimizer.apply(tape.gradient(loss, model.trainable_variables))
            right += tf.reduce_sum(tf.cast(_answers(probabilities) == truth, tf.int32))
        return right / tf.size(batches)

    @tf.function(jit_compile=jit_compile)
    def measure(images, labels):
        probabilities = model(images)
        loss = tf.reduce_mean(sparse_categorical_crossentropy(labels, probabilities))
        right = tf.cast(_answers(probabilities) == labels, tf.float32)
        return loss, tf.reduce_mean(right)

    return one_pass, measure


def _answers(probabilities):
    return tf.argmax(probabilities, 1, tf.int32)
