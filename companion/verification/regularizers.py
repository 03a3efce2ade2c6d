"""The checks of a regularizer: penalty and derivative, as for a loss without labels."""

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import LARGEST, ULP, in_ulp, pair, relative, worst_of
from companion.verification.functions import (
    MODES,
    TYPES,
    differences_from_keras,
    epsilon_of,
    evaluate,
    kept_in_saving,
    like,
    rounded_to,
    saved_and_loaded,
)


def _weights():
    """Tensors of every size, each evaluated as a whole: the penalty is the sum over all entries."""
    generator = np.random.default_rng(29)
    ordinary = [generator.normal(size=shape) for shape in ((4, 3), (2, 3, 5), (1,), (300, 7))]
    sizes = [[[sign * 10.0**power]] for power in range(-30, 31, 5) for sign in (1, -1)]
    mixed = 10.0 ** generator.uniform(-30, 30, size=(1, 40)) * generator.choice([-1, 1], (1, 40))
    ends = np.float32([LARGEST, -LARGEST, 1.1754944e-38, 0.0, -0.0])[:, None, None]
    tensors = [*ordinary, *sizes, mixed, np.zeros((2, 2)), *ends, np.full((3, 1), 3e38)]
    return [np.float32(tensor) for tensor in tensors]


def derivation(spec):
    """Value and derivative are those of the reference, in float64."""
    measured = []
    for parameters in spec.parameters:
        for w in _weights():
            came = evaluate(spec, (w,), parameters, "float64")
            should = spec.reference(np.float64(w), **parameters)
            errors = [_whole(relative(*both)) for both in zip(came, should, strict=True)]
            measured.append((f"{w.shape}, {parameters}", (w[:1],), errors))
    return pair("derivation", measured, 1e-12, "", "all sizes, float64")


def keras_twin(spec):
    """Value and derivative are those of Keras, in float64; Keras rounds λ to float32."""
    measured = []
    for parameters in spec.parameters:
        for w in _weights()[:4]:
            came, should = (
                evaluate(like(spec, f), (w,), parameters, "float64")
                for f in (spec.function, spec.keras)
            )
            errors = [_whole(relative(*both)) for both in zip(came, should, strict=True)]
            measured.append((f"{w.shape}, {parameters}", (w[:1],), errors))
    return pair("Keras", measured, 1e-7, "", "ordinary weights, float64")


def many_digits(spec):
    """In float32 both are within 8 ulp of the result in float64, in every mode.

    In float64 no square of a float32 number overflows, and no sum of terms of one sign loses more
    than a few of its digits: here it is as good as exact.
    """
    measured, faults = [], []
    for mode in MODES:
        for parameters in spec.parameters:
            tensors = _weights() if mode == "eager" else _weights()[::8]
            for w in tensors:
                came = evaluate(spec, (w,), parameters, mode=mode, second=True)
                exact = spec.reference(np.float64(w), **parameters)
                where = f"{w.shape}, {parameters}, {mode}"
                errors = [_whole(in_ulp(*both)) for both in zip(came, exact, strict=False)]
                measured.append((where, (w[:1],), errors))
                value, *derivatives = (np.isnan(result).any() for result in came)
                faults.append((where, (w[:1],), [[value], [any(derivatives)]]))
    return [
        *pair("many digits", measured, ULP, "ulp", "all sizes, float32, in every mode"),
        *pair("NaN", faults, 0, "faults", "all sizes, and second derivatives"),
    ]


def second_derivative(spec):
    """The derivative can be differentiated again: 2 λ₂ for each entry, and 0 for L1."""
    errors = []
    for parameters in spec.parameters:
        w = tf.constant([[0.5, -2.0, 3.0]], tf.float64)
        regularizer = spec.regularizer(**parameters)
        with tf.GradientTape() as outer:
            outer.watch(w)
            with tf.GradientTape() as inner:
                inner.watch(w)
                value = regularizer(w)
            derivative = inner.gradient(value, w, unconnected_gradients="zero")
        came = outer.gradient(derivative, w, unconnected_gradients="zero")
        should = np.full(w.shape, 2 * getattr(regularizer, "l2", 0.0))
        errors.append((parameters, (w,), relative(came, should)))
    return [worst_of("second derivative", "derivative", errors, 1e-12, "", "float64")]


def types(spec):
    """Every floating-point type that goes in comes out, with an error of its own size."""
    faults, measured = [], []
    w = _weights()[0]
    for parameters in spec.parameters:
        if max(parameters.values(), default=0) > 100:  # more than float16 holds
            continue
        for dtype in map(tf.as_dtype, TYPES):
            came = evaluate(spec, (w,), parameters, dtype)
            should = spec.reference(rounded_to(w, dtype), **parameters)
            faults.append((dtype.name, (w,), [[r.dtype != dtype] for r in came]))
            errors = [
                _whole(relative(tf.cast(a, tf.float64), b, 1.0) / epsilon_of(dtype))
                for a, b in zip(came, should, strict=True)
            ]
            measured.append((f"{parameters}, {dtype.name}", (w,), errors))
    return [
        *pair("types changed", faults, 0, "faults", ", ".join(TYPES)),
        *pair("other types", measured, 8, "ε", "ordinary weights; ε: from 1 to the next number"),
    ]


def round_trip(spec):
    """`get_config` keeps the factors as plain numbers, and a model saved and loaded the penalty."""
    parameters = spec.parameters[-2]
    regularizer = spec.regularizer(**parameters)
    config = regularizer.get_config()
    kept = all(type(value) is float for value in config.values())
    kept &= all(config[name] == value for name, value in parameters.items())
    kept &= spec.regularizer.from_config(config).get_config() == config
    layer = keras.layers.Dense(2, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((3,)), layer])
    loaded = saved_and_loaded(model)
    kept &= type(loaded.layers[0].kernel_regularizer) is spec.regularizer
    kept &= np.array_equal(model.losses, loaded.losses) and len(model.losses) == 1
    return [kept_in_saving(kept)]


def _whole(errors):
    return np.ravel(errors).max(keepdims=True)


REGULARIZER_CHECKS = (
    derivation,
    keras_twin,
    differences_from_keras,
    many_digits,
    second_derivative,
    types,
    round_trip,
)
"""What a row of the table holds."""
