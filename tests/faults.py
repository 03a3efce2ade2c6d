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
        ("zero - under", "zero - over", "too low at the price of too high"),
        ("residual > 0", "residual >= 0", "a slope at 0"),
        ("tf.stop_gradient(residual)", "residual", "a second derivative at 0"),
        ("tf.stop_gradient(residual)", "zero", "a missing truth hidden"),
        ("tf.math.multiply_no_nan(residual, slope)", "residual * slope", "0 times infinity"),
        ('over=_arguments.number("over", over, least=0)', "over=1.0", "a price ignored"),
    ],
    "losses.directions": [
        ("x.dtype.max / 8", "x.dtype.max", "shrunk too much"),
        ("tf.where(tf.math.is_inf(x), tf.sign(x), x * shrink)", "x * shrink", "0 times infinity"),
        (", 0.5))", ", 2.0))", "lengths below √2 taken for that"),
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
        ("18 if", "12 if", "log-cosh: terms missing in float64"),
        ("else 10", "else 6", "log-cosh: terms missing"),
    ],
    "activations.sigmoids": [
        ("4 * decay", "2 * decay", "tanh' halved"),
        ("x >= 0, x.dtype", "x > 0, x.dtype", "step at 0"),
        (
            "decay / (1 + decay) ** 2\n\n\n@serializable\ndef tanh",
            "decay / (1 + decay)\n\n\n@serializable\ndef tanh",
            "sigmoid' without its square",
        ),
        ("value._keras_logits = x", "pass", "logits of sigmoid forgotten"),
        ("lambda upstream: upstream", "lambda upstream: -upstream", "slope of the identity"),
    ],
    "losses._loss": [
        ("upstream / n", "upstream", "1/n lost in the mean"),
        ("**self._parameters}", "}", "parameters missing in get_config"),
        ("y_pred, **self._parameters)", "y_pred)", "parameters not passed on"),
    ],
    "activations.rectifiers": [
        ("below = x <= threshold", "below = x < threshold", "slope at the threshold"),
        (
            "_times(negative_slope, x - threshold)",
            "_times(negative_slope, x)",
            "threshold not subtracted",
        ),
        ("tf.cast(x > 0, x.dtype)\n", "tf.cast(x >= 0, x.dtype)\n", "ReLU' at 0"),
        ("~below & (x >= max_value)", "x >= max_value", "largest value below the threshold"),
        (
            "x > 0, tf.ones([], x.dtype), tf.constant(negative_slope",
            "x < 0, tf.ones([], x.dtype), tf.constant(negative_slope",
            "leaky ReLU turned round",
        ),
        ("(x < 6)", "(x <= 6)", "ReLU6' at 6"),
    ],
    "activations.exponential": [
        ("tf.math.expm1(below)", "(tf.exp(below) - 1)", "digits near 0 lost"),
        ("below = tf.minimum(x, 0)", "below = x", "the other branch overflows"),
        ("scale * alpha * tf.exp(below)", "scale * tf.exp(below)", "α lost in the slope"),
        ("tf.where(x > 0, scale * x", "tf.where(x > 0, x", "scale lost"),
        (
            "tf.exp(-tf.abs(x))), tf.sigmoid(x)",
            "tf.exp(-tf.abs(x))), tf.sigmoid(-x)",
            "softplus' turned round",
        ),
        ("1.6732632423543772848170429916717", "1.67326", "SELU's α rounded"),
    ],
    "activations.gated": [
        ("gate * (1 + _near(x) * rest)", "gate * (1 - _near(x) * rest)", "SiLU': sign"),
        ("gate + near * density", "gate", "GELU': density lost"),
        ("-near * near / 2", "-near * near", "GELU: density too narrow"),
        ("3 * 0.044715", "0.044715", "GELU: slope of the cube"),
        (
            "tf.math.erfc(x * -math.sqrt(0.5)) / 2",
            "(1 + tf.math.erf(x * math.sqrt(0.5))) / 2",
            "GELU: cancellation in the tail",
        ),
        ("4 * p * both", "2 * p * both", "mish': factor"),
        (
            "return tf.math.multiply_no_nan(x, gate), gate + _near(x) * steepness",
            "return x * gate, gate + _near(x) * steepness",
            "mish: infinity times 0",
        ),
        ("x, -1000, 1000", "x, -10, 10", "gates shut too early"),
    ],
    "activations.softmax": [
        (
            "shifted = upstream - tf.gather(upstream, top, axis=-1, batch_dims=x.shape.rank - 1)",
            "shifted = upstream",
            "1 - p not exact at the top",
        ),
        ("p * (shifted - tf", "(shifted - tf", "p lost in the gradient"),
        ("axes == [rank - 1]", "True", "axis ignored"),
        ("value._keras_logits = x", "pass", "logits of softmax forgotten"),
        (
            "for i in range(rank) if i not in axes] + axes",
            "for i in range(rank)]",
            "axes not moved",
        ),
    ],
    "losses.binary": [
        (
            "size = tf.where(positive, zeros, ones) - tf",
            "size = tf.where(positive, zeros, ones) + tf",
            "sign in the gradient",
        ),
        ("tf.where(z > 0, zeros, ones))", "tf.where(z > 0, ones, zeros))", "classes swapped"),
        ("both = log if pos_weight == 1 else (ones + zeros) * log", "both = log", "weight lost"),
        ("p < 1, tf.math.log1p(-p)", "p < 1, tf.math.log(1 - p)", "digits near 1 lost"),
        ("curvature = (ones * per_p) * per_p + ", "curvature = ", "second derivative"),
        (
            "excess = zeros * p - ones * rest if smoothing else p - y",
            "excess = p - y",
            "smoothing lost in the gradient",
        ),
    ],
    "losses.margins": [
        ("inside = shortfall >= 0", "inside = shortfall > 0", "slope at the margin"),
        ("tf.where(inside, -y, zero)", "tf.where(inside, y, zero)", "sign"),
        ("pull = -2 * shortfall", "pull = -shortfall", "factor 2 lost"),
        ("shortfall = best - true + 1", "shortfall = best - true", "margin lost"),
        (
            "upstream * ((1 - y) * share - y)",
            "upstream * (share - y)",
            "the true class pushed down",
        ),
        ("is_best / tf.reduce_sum(is_best, axis=-1, keepdims=True)", "is_best", "ties not shared"),
    ],
    "losses.distributions": [
        ("return -p / q, -share", "return p / q, -share", "sign"),
        ("p * log, log + 1", "p * log, log", "1 lost in y_true"),
        ("tf.where(difference < 0, -size, size)", "size", "sign of the logarithm"),
        ("moves = q >= smallest", "moves = q > 1e-7", "clipped as in Keras"),
        (
            "tf.math.log1p(tf.abs(difference) / tf.minimum(some_p, some_q))",
            "tf.abs(tf.math.log(some_p / some_q))",
            "digits near p = q lost",
        ),
    ],
    "losses.categorical": [
        ("log = tf.math.log1p(s)", "log = tf.math.log(1 + s)", "digits of a small loss lost"),
        ("tf.exp(z - highest)", "tf.exp(z)", "the largest logit not taken away"),
        (
            "return value, in_labels, in_logits, None, None, None",
            "return value + 1e-6, in_labels, in_logits, None, None, None",
            "ε in the gradient",
        ),
        ("moves & (y != 0)", "moves", "classes without a label counted"),
        (
            "tf.where(_is(top, y), others, total * growth - y) - y * s",
            "tf.where(_is(top, y), others, growth - y) - y * s",
            "sum of the labels taken for 1",
        ),
    ],
    "optimizers.gradient_descent": [
        (
            "self.momentum * velocity - descent if self.nesterov else velocity",
            "velocity",
            "Nesterov dropped",
        ),
        (
            "velocity = self.momentum * velocity - descent",
            "velocity = self.momentum * (velocity - descent)",
            "momentum on the gradient too",
        ),
        ("return [parameter - descent]", "return [parameter + descent]", "uphill"),
        (
            "if self.momentum:\n            self.add",
            "if self.momentum > 0.5:\n            self.add",
            "no slot for a small momentum",
        ),
    ],
    "optimizers.adam": [
        ("tf.sqrt(second) / first", "1 / first", "second bias correction dropped"),
        ("self.iterations + 1", "self.iterations", "counting from 0"),
        ("tf.maximum(*v_max, v)", "v", "AMSGrad dropped"),
        ("(tf.sqrt(largest) + self.epsilon)", "tf.sqrt(largest + self.epsilon)", "ε into the root"),
        ("gradient = squarable(gradient)", "pass", "huge gradients not drawn in"),
        ("(1 - self.beta_2) * gradient**2", "(1 - self.beta_1) * gradient**2", "β swapped"),
        (
            "tf.cast(self.iterations + 1, tf.float64)",
            "tf.cast(self.iterations + 1, tf.float32)",
            "corrections in float32",
        ),
    ],
    "optimizers.adagrad": [
        ("tf.sqrt(s + self.epsilon)", "(tf.sqrt(s) + self.epsilon)", "ε out of the root"),
        ("s + gradient**2", "s + tf.abs(gradient)", "squares lost"),
        ("gradient = squarable(gradient)", "pass", "huge gradients not drawn in"),
    ],
    "optimizers.rmsprop": [
        ("self.rho * (1 - self.rho) * away", "(1 - self.rho) * away", "centered: a factor lost"),
        ("tf.sqrt(v + self.epsilon)", "(tf.sqrt(v) + self.epsilon)", "ε out of the root"),
        ("self.momentum * velocity[0] + move", "velocity[0] + move", "momentum ignored"),
        ("away = gradient - mean", "away = gradient", "not centered"),
        ("(1 - self.rho) * gradient**2", "gradient**2", "a factor lost"),
    ],
    "optimizers._optimizer": [
        (
            "tf.convert_to_tensor(gradient), variable.dtype)",
            "tf.convert_to_tensor(gradient), variable.dtype) * 1.00001",
            "gradient scaled",
        ),
        ("2.0 ** (bits // 2 - 1)", "2.0 ** (bits // 2)", "squares overflow after all"),
        (
            "for one, value in zip(held, self._renewed",
            "for one, value in zip(held[:1], self._renewed",
            "slots not kept",
        ),
    ],
    "schedules": [
        ("stretches = tf.floor(stretches)", "pass", "staircase ignored"),
        ("self.decay_rate**stretches", "self.decay_rate * stretches", "power lost"),
        ("step > tf", "step >= tf", "a step too early"),
        (
            "target * self._left(step - steps)",
            "target * self._left(step)",
            "warm-up counted as decay",
        ),
        (
            "tf.cast(tf.convert_to_tensor(step), tf.float64)",
            "tf.cast(tf.cast(step, tf.float32), tf.float64)",
            "steps in float32",
        ),
    ],
    "callbacks": [
        ("return not math.isnan(monitor_value)", "return True", "NaN taken for the best"),
    ],
    "initializers": [
        ("self.scale / max(n, 1)", "self.scale / n", "fan of 0"),
        ("tf.where(tf.linalg.diag_part(r) < 0, -q, q)", "q", "orthogonal: sign of the diagonal"),
        ("1 - 4 * _DENSITY_AT_2", "1 - 2 * _DENSITY_AT_2", "truncated: wrong deviation"),
        (
            "return tf.float32 if dtype.size < 4 else dtype",
            "return dtype",
            "drawn in half precision",
        ),
        ("math.prod(window) * channels_out", "channels_out", "window not counted in fan_out"),
    ],
    "layers": [
        (
            "min(1 / (1 - self.rate), float(inputs.dtype.max))",
            "1 / (1 - self.rate)",
            "scale too large for the type",
        ),
        (
            "tf.where(kept, scale * g, zero)",
            "g * tf.cast(kept, g.dtype) * scale",
            "infinity times 0 in the gradient",
        ),
        (
            "bits >= np.uint32(min(round(self.rate * 2**32), 2**32 - 1))",
            "tf.cast(bits, inputs.dtype) >= tf.cast(self.rate * 2**32, inputs.dtype)",
            "masks drawn in half precision",
        ),
        (
            "self.seed_generator.next()",
            "[self.seed_generator.state[0], 0]",
            "one mask for all passes",
        ),
        ("_mixed(_mixed(numbers ^ first) ^ second)", "_mixed(numbers ^ first)", "bits hashed once"),
        ("_mixed(_mixed(numbers ^ first) ^ second)", "_mixed(numbers) ^ second", "one key"),
        ("0x846CA68B", "0x846CA680", "a hash that is not one to one"),
    ],
    "regularizers": [
        ("tf.abs(factor * w)", "tf.abs(w)", "L1: factor"),
        ("tf.reduce_sum(pull * w)", "tf.reduce_sum(w * w) * factor", "L2: square overflows"),
        ("tf.cast(x, tf.float32) if x.dtype.size < 4 else x", "x", "sums in half precision"),
    ],
    "training": [
        (
            "order(samples, seed=chosen, epoch=epoch) if shuffle else",
            "",
            "no shuffling",
        ),
        ("epoch=epoch) if shuffle", "epoch=0) if shuffle", "one order for all epochs"),
        ("rows[split:]))", "rows[split : split + 1]))", "the last batch cut"),
        ("state.assign([draw >> 1, 0])", "pass", "masks not seeded"),
        ("[seed, epoch, number]", "[seed, number]", "the same masks in each epoch"),
        ("variable.assign(value)", "pass", "half an epoch kept"),
        ("model._initial_epoch or initial_epoch", "initial_epoch", "a backup forgotten"),
        ("model.optimizer.finalize_variable_values", "list", "averages not taken over"),
        ("[model._loss_tracker, *model", "[*model", "old programs after compile"),
        ("known |= values == ", "known &= values != ", "ignored labels refused"),
        ("values.min(), values.max()", "values.min()", "infinity accepted"),
    ],
}

FAULTS = [Fault(module, *row) for module, rows in TABLE.items() for row in rows]
