"""Small faults, each of which a test has to notice: see mutants.py.

For each module: what stands there once, what takes its place, and what that breaks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """In a module of the companion, `becomes` in the place of `was`."""

    module: str
    was: str
    becomes: str
    what: str

    def path(self, root):
        """The file that the fault goes into."""
        return root.joinpath("companion", *self.module.split(".")).with_suffix(".py")

    def __str__(self):
        return f"{self.module}: {self.what}"


TABLE = {
    "losses.squared": [
        ("slope = 2 * residual", "slope = residual", "a factor of 2 lost"),
        (
            "return tf.abs(residual), -slope, slope",
            "return tf.abs(residual), slope, slope",
            "sign in y_true",
        ),
        (
            "slope = tf.sign(residual)",
            "slope = tf.where(residual < 0, -tf.ones_like(residual), tf.ones_like(residual))",
            "slope 1 at 0",
        ),
    ],
    "losses.percentage": [
        ("-slope * ratio, slope", "-slope, slope", "MAPE: the size of y_true not differentiated"),
        (
            "unit = tf.maximum(size, epsilon)",
            "unit = size + epsilon",
            "MAPE: ε added instead of a floor",
        ),
        ("epsilon=keras.config.epsilon()", "epsilon=1e-7", "MAPE: Keras' ε ignored"),
        ("1 + tf.minimum(truth, estimate)", "1 + truth", "MSLE: the other base"),
        ("given < 0", "given <= 0", "MSLE: 0 taken for a negative number"),
        ("tf.math.multiply_no_nan(twice, share)", "twice * share", "MSLE: 0 times infinity"),
        (
            "-slope(y_true, truth)",
            "-slope(y_true, estimate)",
            "MSLE: slope in y_true at the estimate",
        ),
        ("tf.abs(residual) / (1", "residual / (1", "MSLE: a residual without its size"),
    ],
    "losses.counts": [
        (
            "return y_pred - y_true * log_rate, -log_rate, slope",
            "return rate - y_true * log_rate, -log_rate, slope",
            "rate not clipped",
        ),
        ("y_pred < smallest, tf", "y_pred < 0, tf", "a rate of 0 not seen"),
        (", y_pred.dtype.max)", ", float('inf'))", "an infinite rate"),
        ("-share, (y_true * share) * share", "-share, (y_true * share)", "share lost in y_true"),
        ("~(y_true < 0)", "~(y_true < -1)", "negative counts let through"),
        ("(rate - y_true) / rate, -share", "1 - y_true * share, -share", "a cancelling derivative"),
    ],
    "losses.asymmetric": [
        ("zero - under, zero + over", "zero - over, zero + under", "prices swapped"),
        ("tf.where(residual == 0, zero, price)", "price", "a slope at 0"),
        ("tf.math.multiply_no_nan(residual, price)", "residual * price", "0 times infinity"),
        ('over=_arguments.number("over", over, least=0)', "over=1.0", "a price ignored"),
    ],
    "losses.directions": [
        ("x.dtype.max / 8", "x.dtype.max", "shrunk too much"),
        (", 0.5))", ", 1e-7))", "ε in the length"),
        ("shrink = tf.stop_gradient(shrink)", "pass", "shrinking differentiated"),
        ("reciprocal_no_nan", "reciprocal", "division by 0"),
        ("return -tf.squeeze", "return tf.squeeze", "sign"),
        ("dtype, axis=axis)", "dtype, axis=-1)", "axis ignored in the class"),
        ("(pred_shrink / pred_length)", "(true_shrink / pred_length)", "lengths swapped"),
    ],
    "losses.robust": [
        ("size <= delta, inside", "size < 2 * delta, inside", "kink moved"),
        ("residual * residual / 2", "residual * residual", "factor 1/2 lost"),
        (
            "slope = tf.clip_by_value(residual, -delta, delta)\n    return per_entry, -slope",
            "slope = tf.clip_by_value(residual, -delta, delta)\n    return per_entry, slope",
            "sign in y_true",
        ),
        ("tf.clip_by_value(residual, -delta, delta)", "residual", "clip dropped"),
        (
            "per_entry = tf.where(small, log, size - log)",
            "per_entry = tf.where(small, log, size + log)",
            "log-cosh: sign far away",
        ),
        (
            '_arguments.number("delta", delta, above=0)\n    return',
            '_arguments.number("delta", delta)\n    return',
            "delta <= 0 let through",
        ),
        (
            'delta=_arguments.number("delta", delta, above=0)',
            "delta=1.0",
            "delta ignored in the class",
        ),
        ("small = size < 0.8", "small = size < 0.3", "log-cosh: series ends early"),
        ("small = size < 0.8", "small = size < 2", "log-cosh: series used too far"),
        ("else 10", "else 8", "log-cosh: a term less"),
        ("18 if", "12 if", "log-cosh: terms missing in float64"),
    ],
    "activations.sigmoids": [
        ("4 * decay", "2 * decay", "tanh' halved"),
        ("x >= 0, x.dtype", "x > 0, x.dtype", "step at 0"),
    ],
    "losses._loss": [
        ("upstream / n", "upstream", "1/n lost in the mean"),
        ("**self._parameters}", "}", "parameters missing in get_config"),
        ("y_pred, **self._parameters)", "y_pred)", "parameters not passed on"),
    ],
}

FAULTS = [Fault(module, *row) for module, rows in TABLE.items() for row in rows]
