"""What the loss classes share."""

from companion._backend import keras, tf


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


def mean_of_entries(per_entry, slope):
    """The mean over the last axis of an entrywise loss of r = y_pred - y_true.

    Args:
        per_entry: loss of each entry, shape (..., n).
        slope: its derivative in r, shape (..., n).

    Returns:
        The mean, shape (...), and its derivatives in y_true and in y_pred: an entry's share of
        the upstream gradient is slope / n, with the opposite sign for y_true.
    """
    n = tf.cast(tf.shape(per_entry)[-1], per_entry.dtype)

    def in_y_pred(upstream):
        return (upstream / n)[..., tf.newaxis] * slope

    def in_y_true(upstream):
        return -in_y_pred(upstream)

    return tf.reduce_mean(per_entry, axis=-1), in_y_true, in_y_pred
