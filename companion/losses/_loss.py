"""What the loss classes share."""

from companion._backend import keras, tf
from companion._derivative import with_derivative


class FunctionLoss(keras.losses.Loss):
    """A Keras loss around one of our functions; reduction, weights and masks are Keras'."""

    function = None

    def __init__(self, reduction, name, dtype, **parameters):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._parameters = parameters

    def call(self, y_true, y_pred):
        return type(self).function(y_true, y_pred, **self._parameters)

    def get_config(self):
        return {**super().get_config(), **self._parameters}


@with_derivative
def mean_of_entries(per_entry):
    """The mean over the last axis: each entry gets its share, 1 / n, of the upstream gradient."""
    n = tf.cast(tf.shape(per_entry)[-1], per_entry.dtype)

    def backward(upstream):
        return tf.broadcast_to((upstream / n)[..., tf.newaxis], tf.shape(per_entry))

    return tf.reduce_mean(per_entry, axis=-1), backward


def smallest_normal(dtype):
    """The smallest number of a type that has all its digits: TensorFlow takes less for 0."""
    return 2.0 ** {"float16": -14, "float64": -1022}.get(dtype.name, -126)
