"""The exercises on TensorFlow ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.foundations.tensorflow import EXERCISES


def test_the_eleven_calls_are_traced_as_often_as_the_exercise_says():
    traces = []

    @tf.function
    def square(x):
        traces.append(x)
        return x * x

    tensors = [tf.zeros(3), tf.ones(3), tf.zeros(4), tf.zeros(3), tf.zeros((3, 1)), tf.zeros(5)]
    for argument in [*tensors, tf.constant([1, 2, 3]), 2.0, 3.0, 2.0, 4.0]:
        square(argument)
    assert len(traces) == EXERCISES["tensorflow-traces"].truth


def test_a_wrong_number_gets_the_hint_that_belongs_to_it():
    assert check("tensorflow-traces", 8).passed
    assert "hint: every earlier trace is kept" in repr(check("tensorflow-traces", 10))
    assert "the shape belongs to the signature" in repr(check("tensorflow-traces", 5))
    assert "hint" not in repr(check("tensorflow-traces", 4))


def test_the_graph_of_the_exercise_gives_the_same_number():
    v1 = tf.compat.v1
    labels = np.array([[1.0, 0.0], [0.25, 0.75]])
    probabilities = np.array([[0.5, 0.5], [0.0, 1.0]])
    with tf.Graph().as_default(), v1.Session() as session:
        y, p = (v1.placeholder("float32", (None, 2)) for _ in range(2))
        loss = -tf.reduce_mean(y * v1.log(tf.clip_by_value(p, 1e-10, 1.0)))
        came = session.run(loss, {y: labels, p: probabilities})
    truth = EXERCISES["tensorflow-session"].truth(labels, probabilities)
    assert np.isclose(came, truth, rtol=1e-6)


def in_float32(labels, probabilities):
    labels, probabilities = np.float32(labels), np.float32(probabilities)
    return -(labels * np.log(np.maximum(probabilities, np.float32(1e-10)))).mean()


def clipped_in_the_logarithm(labels, probabilities):
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(probabilities), np.log(1e-10))
    return -np.sum(labels * logs) / labels.size


@pytest.mark.parametrize("loss", [in_float32, clipped_in_the_logarithm])
def test_the_cross_entropy_may_be_written_another_way(loss):
    assert check("tensorflow-session", loss).passed


def with_tensors(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_pred - y_true[:, None]))


def with_a_product(y_true, y_pred):
    residual = np.squeeze(y_pred, axis=1) - y_true
    return residual @ residual / len(residual)


@pytest.mark.parametrize("loss", [with_tensors, with_a_product])
def test_the_squared_error_may_be_written_another_way(loss):
    assert check("tensorflow-broadcast", loss).passed


@pytest.mark.parametrize(
    ("name", "attempt", "hint"),
    [
        (
            "tensorflow-broadcast",
            lambda y, p: tf.reduce_mean((p - y) ** 2),
            "every prediction meets every label",
        ),
        (
            "tensorflow-broadcast",
            lambda y, p: np.squeeze(p - y) ** 2,
            "should come",
        ),
        (
            "tensorflow-broadcast",
            lambda y, p: (p - y[:, None]) ** 2,
            "should be ()",
        ),
        (
            "tensorflow-session",
            lambda y, p: -tf.reduce_mean(y * tf.math.log(p)),
            "clip before it",
        ),
        (
            "tensorflow-session",
            lambda y, p: (
                -tf.reduce_mean(
                    tf.reduce_sum(y * tf.math.log(tf.clip_by_value(p, 1e-10, 1.0)), axis=1)
                )
            ),
            "mean of row sums",
        ),
        (
            "tensorflow-session",
            lambda y, p: -tf.reduce_mean(tf.math.xlogy(y, p)),
            "also for labels other than 0",
        ),
        (
            "tensorflow-session",
            lambda y, p: -tf.reduce_mean(y * tf.math.log(tf.where(p > 0, p, 1.0))),
            "is not left out",
        ),
        (
            "tensorflow-broadcast",
            lambda y, p: tf.sqrt(tf.reduce_mean((p[:, 0] - y) ** 2)),
            "its root",
        ),
    ],
)
def test_a_wrong_attempt_gets_a_word_that_helps(name, attempt, hint):
    verdict = check(name, attempt)
    assert not verdict.passed
    assert hint in repr(verdict)


def test_keras_brings_shapes_together_for_a_plain_loss_only():
    inputs, labels = np.float32([[0.0], [1.0]]), np.float32([0.0, 1.0])

    def square_error(labels, predictions):
        return tf.reduce_mean((predictions - labels) ** 2)

    class SquareError(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return square_error(y_true, y_pred)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    for loss, came in ((square_error, 0.0), (SquareError(), 0.5)):
        model.compile(loss=loss, metrics=[square_error], jit_compile=False)
        assert model.evaluate(inputs, labels, verbose=0) == [came, 0.5]
