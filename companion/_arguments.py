"""Checks of arguments: each names the argument, what it was and what it should be."""

import math
import numbers

from companion._backend import keras, tf


def numbers_tensor(name, x):
    """`x` as a tensor of real numbers, of its own type."""
    try:
        if isinstance(x, keras.Variable):
            x = x.value
        # A list of Python floats means Keras' default type, an array means its own.
        x = keras.ops.convert_to_tensor(x if hasattr(x, "dtype") else tf.convert_to_tensor(x))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} should be a tensor or an array of numbers, got {type(x).__name__}: {error}"
        ) from error
    if isinstance(x, tf.SparseTensor | tf.RaggedTensor):
        raise ValueError(f"{name} should be a dense tensor, got {type(x).__name__}")
    if not (x.dtype.is_floating or x.dtype.is_integer or x.dtype.is_bool):
        raise ValueError(f"{name} should hold real numbers, got dtype {x.dtype.name}")
    return x


def floating(name, x):
    """`x` as a floating-point tensor; integers and Python numbers take Keras' default type."""
    x = numbers_tensor(name, x)
    return x if x.dtype.is_floating else tf.cast(x, keras.config.floatx())


def number(name, value, *, above=None, least=None, below=None, most=None):
    """`value` as a finite Python number inside the bounds given."""
    bounds = [
        f"{sign} {bound}"
        for sign, bound in ((">", above), (">=", least), ("<", below), ("<=", most))
        if bound is not None
    ]
    expected = " and ".join(["a finite number", *bounds])
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if (
        not is_number
        or not math.isfinite(value)
        or (above is not None and not value > above)
        or (least is not None and not value >= least)
        or (below is not None and not value < below)
        or (most is not None and not value <= most)
    ):
        raise ValueError(f"{name} should be {expected}, got {value!r}")
    return float(value)


def is_whole(value):
    """Whether `value` is a whole number, of Python or NumPy; True and False are none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def count(name, value, *, least):
    """`value` as a whole Python number, at least so large."""
    if number(name, value, least=least) != int(value):
        raise ValueError(f"{name} should be a whole number >= {least}, got {value!r}")
    return int(value)


def class_number(name, value):
    """`value` as a whole Python number that int32, the type of class numbers, holds, or None."""
    if value is None:
        return None
    if not is_whole(value) or not -(2**31) <= value < 2**31:
        raise ValueError(f"{name} should be None or a whole number of 32 bits, got {value!r}")
    return int(value)


def flag(name, value):
    """`value`, which is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} should be True or False, got {value!r}")
    return value


def predictions(y_true, y_pred):
    """`y_true` and `y_pred` as tensors of one shape and of `y_pred`'s type.

    Like Keras, a last axis of length 1 that only one of the two has is dropped or added. What
    would broadcast, (3, 1) against (1, 3) say, is refused: it is a mistake that trains.
    """
    y_pred = floating("y_pred", y_pred)
    y_true = tf.cast(floating("y_true", y_true), y_pred.dtype)
    if y_true.shape.rank is not None and y_pred.shape.rank is not None:
        if y_pred.shape.rank == y_true.shape.rank + 1 and y_pred.shape[-1] == 1:
            y_true = y_true[..., tf.newaxis]
        elif y_true.shape.rank == y_pred.shape.rank + 1 and y_true.shape[-1] == 1:
            y_true = tf.squeeze(y_true, axis=-1)
        if y_pred.shape.rank == 0:
            raise ValueError("y_pred should have at least one axis, got a single number")
    return same_shape("y_true", y_true, "y_pred", y_pred)


def labels_and_scores(labels, y_true, scores, y_pred):
    """The same without any axis dropped or added, for arguments of these names."""
    y_pred = floating(scores, y_pred)
    y_true = tf.cast(floating(labels, y_true), y_pred.dtype)
    return same_shape(labels, y_true, scores, y_pred)


def same_shape(labels, y_true, scores, y_pred):
    """Both, where the one that is called `labels` has the shape of the one called `scores`."""
    if not y_true.shape.is_compatible_with(y_pred.shape):
        raise ValueError(
            f"{labels} should have the shape of {scores}, {y_pred.shape}, got {y_true.shape}"
        )
    return y_true, y_pred


def axis_of(name, x, axis):
    """`axis` as a Python int, which is an axis of the tensor `x` that is called `name`."""
    rank = x.shape.rank
    if not is_whole(axis) or (rank is not None and not -rank <= axis < rank):
        raise ValueError(
            f"axis should be an axis of {name}, whose shape is {x.shape}, got {axis!r}"
        )
    return int(axis)


def holds(condition, message, values):
    """Raise a `ValueError` in eager mode unless every entry of `condition` is true.

    The message ends with the first of the `values` where it is not. Inside a compiled graph
    values are not known yet, and nothing is checked.
    """
    if tf.executing_eagerly() and not bool(tf.reduce_all(condition)):
        wrong = tf.reshape(~condition, [-1])
        first = tf.boolean_mask(tf.reshape(values, [-1]), wrong)[0].numpy()
        raise ValueError(f"{message}; got {first}")


def learning_rate(value):
    """A number >= 0, or what Keras takes in its place: a schedule or a function."""
    if callable(value) or isinstance(value, keras.optimizers.schedules.LearningRateSchedule | dict):
        return value
    return number("learning_rate", value, least=0)


def weight_decay(value):
    """A number >= 0, or None for no decay."""
    return None if value is None else number("weight_decay", value, least=0)
