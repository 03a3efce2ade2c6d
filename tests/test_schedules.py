"""What a schedule is: where it starts, where it ends, and what it is in between."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import schedules
from companion.verification.schedules import learning_rates
from companion.verification.specs import SPECS, ScheduleSpec

ROWS = [spec for spec in SPECS.values() if isinstance(spec, ScheduleSpec)]


def rates(schedule, steps):
    return np.array([float(schedule(step)) for step in steps])


def test_a_boundary_is_the_last_step_of_its_value():
    schedule = schedules.PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.25])
    assert rates(schedule, [0, 100, 101, 200, 201]).tolist() == [1, 1, 0.5, 0.5, 0.25]


def test_without_boundaries_there_is_one_value():
    assert rates(schedules.PiecewiseConstantDecay([], [0.5]), [0, 10**9]).tolist() == [0.5, 0.5]


def test_an_exponential_loses_the_same_share_in_every_stretch():
    found = rates(schedules.ExponentialDecay(0.1, 10, 0.5), range(0, 60, 5))
    assert np.allclose(found[2:] / found[:-2], 0.5, rtol=1e-6)


def test_the_staircase_touches_the_exponential_where_a_stretch_begins():
    smooth, stairs = (schedules.ExponentialDecay(0.1, 7, 0.3, staircase=s) for s in (False, True))
    steps = np.arange(50)
    at_a_start = steps % 7 == 0
    above = rates(stairs, steps) - rates(smooth, steps)
    assert (np.abs(above[at_a_start]) < 1e-8).all()
    assert (above[~at_a_start] > 0).all()


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_half_a_cosine_is_symmetric_about_its_middle(alpha):
    found = rates(schedules.CosineDecay(0.5, 100, alpha), range(101))
    assert found[0] == 0.5
    assert found[-1] == 0.5 * alpha
    assert np.allclose(found + found[::-1], 0.5 * (1 + alpha), rtol=1e-6)


def test_after_the_end_a_cosine_stays():
    schedule = schedules.CosineDecay(0.5, 100, 0.125)
    assert rates(schedule, [100, 101, 10**12]).tolist() == [0.0625] * 3


def test_a_warm_up_rises_in_a_line_and_hands_over_at_the_target():
    schedule = schedules.CosineDecay(0.125, 50, warmup_target=0.5, warmup_steps=4)
    found = rates(schedule, range(55))
    assert np.allclose(np.diff(found[:5]), 0.375 / 4, rtol=1e-6)
    assert found[4] == 0.5
    assert (np.diff(found[4:]) < 0).all()
    assert found[-1] == 0


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("floatx", ["float16", "float32", "float64"])
def test_the_rate_has_the_default_type(spec, floatx):
    keras.config.set_floatx(floatx)
    try:
        for step in (3, 3.0, tf.Variable(3), keras.Variable(3.0)):
            assert spec.schedule(**spec.options[0])(step).dtype == floatx
    finally:
        keras.config.set_floatx("float32")


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_an_optimizer_follows_a_schedule_in_a_compiled_step(spec):
    options = spec.options[0]
    optimizer, variable = keras.optimizers.SGD(spec.schedule(**options)), keras.Variable(0.0)
    optimizer.build([variable])
    step = tf.function(lambda: optimizer.apply([tf.constant(1.0)], [variable]), jit_compile=True)
    for _ in range(5):
        step()
    assert variable.numpy() == pytest.approx(-spec.reference(np.arange(5), **options).sum())


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_what_keras_does_differently_is_still_so(spec):
    for difference in spec.differences:
        (came,) = learning_rates(spec.keras, difference.parameters, difference.inputs)
        assert came == pytest.approx(difference.keras, rel=1e-6, abs=0), difference
        assert came != pytest.approx(difference.right, rel=1e-6, abs=0), difference


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("PiecewiseConstantDecay", {"boundaries": [1], "values": [1.0]}, "one number more than"),
        ("PiecewiseConstantDecay", {"boundaries": [2, 2], "values": [1.0] * 3}, "should increase"),
        ("PiecewiseConstantDecay", {"boundaries": ["2"], "values": [1.0] * 2}, "boundaries should"),
        ("PiecewiseConstantDecay", {"boundaries": [2], "values": [1.0, -1.0]}, "values .* got -1"),
        ("ExponentialDecay", {"initial_learning_rate": -1.0}, "initial_learning_rate .* got -1"),
        ("ExponentialDecay", {"decay_steps": 0}, "decay_steps .* got 0"),
        ("ExponentialDecay", {"decay_rate": float("nan")}, "decay_rate .* got nan"),
        ("ExponentialDecay", {"decay_rate": -0.5}, "decay_rate .* got -0.5"),
        ("ExponentialDecay", {"staircase": "no"}, "staircase should be True or False"),
        ("CosineDecay", {"initial_learning_rate": float("inf")}, "initial_learning_rate .* inf"),
        ("CosineDecay", {"decay_steps": -1}, "decay_steps .* got -1"),
        ("CosineDecay", {"alpha": 1.5}, "alpha .* got 1.5"),
        ("CosineDecay", {"warmup_target": -1.0}, "warmup_target .* got -1"),
        ("CosineDecay", {"warmup_steps": -1}, "warmup_steps .* got -1"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(name, options, message):
    spec = SPECS[f"schedules.{name}"]
    with pytest.raises(ValueError, match=message):
        spec.schedule(**{**spec.options[0], **options})
