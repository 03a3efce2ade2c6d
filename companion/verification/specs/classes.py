"""Where Keras' classes err in another way than on an input: in a type, a config or a draw."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import companion.initializers
import companion.layers
import companion.losses
import companion.regularizers
from companion._backend import keras, tf

MANY = 1_000_000


@dataclass(frozen=True)
class ClassDifference:
    """A number that one module gives and the other should.

    Attributes:
        name: of the class, as in `SPECS`.
        given: what was asked for, in words.
        of: what the number is.
        measure: the companion's module, or Keras' → the number.
        right: the number that should come.
        room: how far it may be off: what a draw of `MANY` scatters, or the type rounds.
        issue: the public issue in which it is known.
    """

    name: str
    given: str
    of: str
    measure: Callable[[ModuleType], float]
    right: float
    room: float
    issue: str = ""

    def both(self) -> tuple[float, float]:
        """What Keras gives, and what the companion does."""
        family = self.name.partition(".")[0]
        modules = getattr(keras, family), getattr(companion, family)
        keras_gives, companion_gives = (float(self.measure(module)) for module in modules)
        return keras_gives, companion_gives


def _restored_huber(losses):
    again = losses.Huber.from_config(losses.Huber(delta=2.0).get_config())
    return again([[0.0]], [[10.0]])


def _left_out(layers):
    ones = tf.ones((MANY,), "float16")
    kept = layers.Dropout(0.0001, seed=1, dtype="float16")(ones, training=True)
    return tf.reduce_mean(tf.cast(kept == 0, tf.float64))


def _mean_of_draws(initializers):
    drawn = initializers.RandomUniform(0.0, 1.0, seed=1)((MANY,), "bfloat16")
    return tf.reduce_mean(tf.cast(drawn, tf.float64))


DIFFERENCES = (
    ClassDifference(
        "losses.Huber",
        "delta=2.0, by way of its config, at the residual 10",
        "value",
        _restored_huber,
        18.0,
        0.0,
        issue="keras-team/keras#23286",
    ),
    ClassDifference(
        "initializers.Constant",
        "0.1 in float64",
        "value - 0.1",
        lambda initializers: initializers.Constant(0.1)((1,), "float64")[0] - 0.1,
        0.0,
        0.0,
    ),
    ClassDifference(
        "initializers.Identity",
        "gain=2.0, by way of clone()",
        "value",
        lambda initializers: initializers.Identity(gain=2.0).clone()((1, 1))[0, 0],
        2.0,
        0.0,
    ),
    ClassDifference(
        "initializers.RandomUniform",
        "a million numbers between 0 and 1 in bfloat16",
        "mean",
        _mean_of_draws,
        0.5,
        0.0015,
    ),
    ClassDifference(
        "regularizers.L2",
        "l2=1e-7, a thousand weights of 10 in float16",
        "value",
        lambda regularizers: regularizers.L2(1e-7)(tf.fill((1000,), tf.cast(10.0, tf.float16))),
        0.01,
        1e-5,
    ),
    ClassDifference(
        "layers.Dropout",
        "rate=0.0001, a million ones in float16",
        "share",
        _left_out,
        0.0001,
        0.00005,
    ),
)
