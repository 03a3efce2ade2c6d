"""The checks of a schedule: the learning rate of each step."""

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import ULP, in_ulp, relative, worst_of
from companion.verification.functions import MODES, compiled


def learning_rates(kind, options, steps, mode="graph"):
    """What a schedule makes of each step, in float32."""
    schedule = kind(**options)
    step = tf.constant(0, tf.int64)
    call = schedule if mode == "eager" else compiled(schedule, mode, [step])
    return np.array([call(tf.constant(step, tf.int64)) for step in steps])


def rates(spec):
    """In eager mode, graph and XLA the rate is that of the reference, rounded to float32."""
    errors = []
    for options in spec.options:
        should = spec.reference(np.array(spec.steps), **options)
        for mode in MODES:
            came = learning_rates(spec.schedule, options, spec.steps, mode)
            errors.append((f"{mode}, {options}", [np.array(spec.steps)], in_ulp(came, should)))
    return [worst_of("derivation", "rate", errors, 1, "ulp", "eager, graph, XLA, float32")]


def rates_of_keras(spec):
    """Keras' rate is the same up to what it loses in float32."""
    errors = []
    for options in spec.options:
        steps = [step for step in spec.steps if step <= 1000]
        came, should = (learning_rates(k, options, steps) for k in (spec.schedule, spec.keras))
        errors.append((options, [np.array(steps)], relative(came, should, scale=1e-3)))
    return [worst_of("Keras", "rate", errors, 1e-4, "", "up to step 1000")]


def differences_from_keras(spec):
    """Where Keras is wrong, as the row lists it, the companion is right."""
    errors = []
    for difference in spec.differences:
        came = learning_rates(spec.schedule, difference.parameters, difference.inputs)
        error = in_ulp(came, np.array([difference.right]))
        errors.append((difference.parameters, [np.array(difference.inputs)], error))
    return [worst_of("where Keras errs", "rate", errors, ULP, "ulp", "the steps listed")]


def round_trip(spec):
    """The options survive `get_config`, and an optimizer that is saved keeps its schedule."""
    errors = []
    for options in spec.options:
        schedule = spec.schedule(**options)
        optimizer = keras.optimizers.SGD(learning_rate=schedule)
        again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))._learning_rate
        kept = type(again) is spec.schedule and again.get_config() == schedule.get_config()
        kept &= all(again.get_config()[name] == value for name, value in options.items())
        errors.append((options, [], [not kept]))
    return [worst_of("lost in saving", "rate", errors, 0, "faults", "config, optimizer")]


SCHEDULE_CHECKS = (rates, rates_of_keras, differences_from_keras, round_trip)
