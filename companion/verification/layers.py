"""The checks of a layer of random masks: values, derivatives, moments, and Keras' numbers."""

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import pair, relative, worst_of
from companion.verification.functions import (
    MODES,
    TYPES,
    compiled,
    kept_in_saving,
    saved_and_loaded,
)
from companion.verification.initializers import STANDARD_ERRORS

SEED = 12
ENTRIES = 1_000_000


def in_training(layer, x, upstream=1.0, mode="eager"):
    """A function of x that gives value and derivative, with the upstream gradient, in training."""

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        upstreams = tf.fill(tf.shape(y), tf.cast(upstream, y.dtype))
        return y, tape.gradient(y, x, output_gradients=upstreams)

    return run if mode == "eager" else compiled(run, mode, [x])


def _inputs(dtype="float64"):
    generator = np.random.default_rng(30)
    sizes = 10.0 ** generator.uniform(-30, 30, size=(40, 25))
    return tf.constant(sizes * generator.choice([-1, 1], size=sizes.shape), dtype)


def derivation(spec):
    """Value and derivative are those of the reference for the mask that was drawn, in float64."""
    measured, x = [], _inputs()
    for options in spec.options:
        layer = spec.layer(**options, seed=SEED, dtype="float64")
        came = in_training(layer, x, upstream=-3.0)(x)
        y, derivative = spec.reference(x, came[0].numpy() != 0, options["rate"])
        should = y, -3 * derivative
        errors = [relative(*both) for both in zip(came, should, strict=True)]
        measured.append((options, [np.arange(len(x))], errors))
    return pair("derivation", measured, 1e-12, "", "all sizes, float64")


def keras_twin(spec):
    """What both keep has Keras' value and derivative, in every mode; each draws its own masks."""
    measured = []
    cases = [(options, "eager") for options in spec.options]
    # Compiling random bits takes seconds.
    cases += [(spec.options[0], mode) for mode in MODES[1:]]
    for options, mode in cases:
        for dtype in ("float32", "float64"):
            x = _inputs(dtype)
            runs = [
                in_training(kind(**options, seed=SEED, dtype=dtype), x, mode=mode)
                for kind in (spec.layer, spec.keras)
            ]
            for _ in range(2):
                ours, theirs = (run(x) for run in runs)
                kept = (ours[0] != 0) & (theirs[0] != 0)
                errors = [
                    relative(tf.where(kept, a, b), b) for a, b in zip(ours, theirs, strict=True)
                ]
                measured.append((f"{options}, {dtype}, {mode}", [np.arange(len(x))], errors))
    return pair("Keras", measured, 1e-6, "", "what both keep, every mode")


def moments(spec):
    """Over many masks the mean is the input, and the variance that of the derivation.

    The share of entries kept, k, tells both: the mean is k x / (1 - rate), and the standard error
    of k is the root of rate (1 - rate) / N. In every type, 16 bits among them.
    """
    errors = []
    for options in spec.options:
        rate = options["rate"]
        for dtype in TYPES:
            layer = spec.layer(**options, seed=SEED, dtype=dtype)
            y = tf.cast(layer(tf.ones((ENTRIES,), dtype), training=True), tf.float64).numpy()
            mean, variance = spec.moments(1.0, rate)
            error_of_share = np.sqrt(rate * (1 - rate) / ENTRIES) or 1.0
            kept = (y != 0).mean()
            # Rounding the largest value moves the moments; the share that is kept it does not.
            scale = 1 / (1 - rate)
            found = [kept * scale, kept * scale**2 - (kept * scale) ** 2]
            # How far an error of the share takes them; at rate 1/2 the variance has its maximum.
            steps = np.array([scale, abs(scale**2 * (1 - 2 * kept)) + scale**2 * error_of_share])
            where = f"{options}, {dtype}"
            distances = [
                abs(a - b) / (step * error_of_share + 1e-12)
                for a, b, step in zip(found, (mean, variance), steps, strict=True)
            ]
            value = [abs(y.max() / scale - 1) > (2.0**-7 if dtype == "bfloat16" else 1e-3)]
            errors.append((where, distances, value))
    on = f"{ENTRIES:,} entries; {', '.join(TYPES)}"
    return [
        *(
            worst_of(
                "moments", of, [(w, [], [d[k]]) for w, d, _ in errors], STANDARD_ERRORS, "σ", on
            )
            for k, of in enumerate(("mean", "variance"))
        ),
        worst_of("scale", "value", [(w, [], v) for w, _, v in errors], 0, "faults", on),
    ]


def types_and_limits(spec):
    """Types stay, and what is left out is 0, were it infinite; no finite input makes a NaN."""
    faults = []
    for options in (*spec.options, {"rate": 1 - 1e-9}):
        for dtype in map(tf.as_dtype, TYPES):
            layer = spec.layer(**options, seed=SEED, dtype=dtype.name)
            largest = float(dtype.max)
            x = tf.cast(np.repeat([0.0, largest, -largest], 50), dtype)
            infinite = tf.fill((150,), tf.cast(np.inf, dtype))
            finite_input = in_training(layer, x)(x)
            infinite_input = in_training(layer, infinite, upstream=np.inf)(infinite)
            wrong = [
                [any(r.dtype != dtype or np.isnan(tf.cast(r, tf.float64)).any() for r in results)]
                for results in zip(finite_input, infinite_input, strict=True)
            ]
            faults.append((f"{options}, {dtype.name}", [], wrong))
    return pair("types and NaN", faults, 0, "faults", f"{', '.join(TYPES)}, infinite inputs")


def round_trip(spec):
    """`get_config` keeps the options, and a model saved and loaded begins with the same mask."""
    options = {**spec.options[0], "noise_shape": (None, 1), "seed": SEED}
    layer = spec.layer(**options)
    config = layer.get_config()
    kept = all(config[name] == value for name, value in options.items())
    kept &= spec.layer.from_config(config).get_config() == config
    model = keras.Sequential([keras.Input((4,)), layer])
    x = tf.ones((64, 4))
    loaded = saved_and_loaded(model)
    kept &= type(loaded.layers[0]) is spec.layer
    kept &= np.array_equal(model(x, training=True), loaded(x, training=True))
    kept &= np.array_equal(model(x), x)
    return [kept_in_saving(kept)]


LAYER_CHECKS = (derivation, keras_twin, moments, types_and_limits, round_trip)
"""What a row of the table holds."""
