"""What all optimizers have in common: the options of Keras, every way to run, bad arguments."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers
from companion._derivative import WORTH_COMPILING
from companion.verification.optimizers import last_parameter
from companion.verification.specs import SPECS, OptimizerSpec

ROWS = [spec for spec in SPECS.values() if isinstance(spec, OptimizerSpec)]
KINDS = [spec.optimizer for spec in ROWS]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

REPLICAS = """
import numpy as np, tensorflow as tf
from companion import optimizers
from companion._derivative import WORTH_COMPILING

cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2
generator = np.random.default_rng(0)
gradients = [tf.constant(generator.normal(size=n), tf.float32) for n in (WORTH_COMPILING, 3)]

def walk(strategy, share):
    with strategy.scope():
        variables = [tf.Variable(tf.ones(g.shape)) for g in gradients]
        optimizer = kind(learning_rate=0.1, weight_decay=0.1)
        optimizer.build(variables)
    step = lambda: optimizer.apply([share * g for g in gradients], variables)
    run = tf.function(lambda: strategy.run(step), autograph=False)
    for _ in range(3):
        run()
    return [v.numpy() for v in variables]

for name in optimizers.__all__:
    kind = getattr(optimizers, name)
    alone = walk(tf.distribute.OneDeviceStrategy("CPU:0"), 1.0)
    for one, other in zip(walk(strategy, 0.5), alone, strict=True):
        assert np.abs(one - 1).max() > 0.01, name
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6), name
print("the same")
"""


def test_two_replicas_take_the_step_of_one():
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True, cwd=root, check=False
    )
    assert "the same" in done.stdout, done.stderr[-3000:]


@EVERY_KIND
@pytest.mark.parametrize("how", ["eager", "graph", "XLA"])
def test_a_model_trains_in_fit_whichever_way(kind, how):
    x = np.random.default_rng(1).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(
        kind(learning_rate=0.05),
        loss="mean_squared_error",
        run_eagerly=how == "eager",
        jit_compile=how == "XLA",
    )
    losses = model.fit(x, x @ [[1.0], [2.0], [3.0]], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@EVERY_KIND
def test_one_program_serves_all_variables_of_a_size(kind):
    options = {"momentum": 0.9} if kind is optimizers.SGD else {}
    sides = (WORTH_COMPILING // 256, 256), (256, WORTH_COMPILING // 256), (8,)
    variables = [tf.Variable(tf.ones(side)) for side in sides]
    optimizer = kind(**options)
    optimizer.build(variables)
    tf.function(lambda: optimizer.apply([1 * v for v in variables], variables))()
    assert optimizer._program.experimental_get_tracing_count() == 1


@EVERY_KIND
def test_name_and_config_are_those_of_keras(kind):
    ours, theirs = kind(), getattr(keras.optimizers, kind.__name__)()
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    expected = {**theirs.get_config(), "name": ours.name}
    assert ours.get_config() == expected


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_slots_are_those_of_keras_and_its_state_can_be_taken_over(spec):
    """Centered RMSprop alone keeps the variance in the place of the mean of squares."""
    for options in spec.options:
        ours, theirs = spec.optimizer(**options), spec.keras(**options)
        own, other = ([keras.Variable([1.0], name=n) for n in "ab"] for _ in range(2))
        theirs.apply([tf.constant([0.5]), tf.constant([-2.0])], other)
        ours.build(own)
        names, expected = ([v.name for v in o.variables] for o in (ours, theirs))
        assert names == expected
        if options.get("centered"):
            continue
        ours.set_weights(theirs.variables)
        for optimizer, variables in ((ours, own), (theirs, other)):
            for variable in variables:
                variable.assign([1.0])
            optimizer.apply([tf.constant([0.25]), tf.constant([1.0])], variables)
        assert np.allclose(own, other, rtol=1e-5)


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_what_keras_does_differently_is_still_so(spec):
    for difference in spec.differences:
        came = last_parameter(spec.keras, difference)
        assert came == pytest.approx(difference.keras, rel=1e-6, abs=0, nan_ok=True), difference
        assert came != pytest.approx(difference.right, rel=1e-6, abs=0), difference


@EVERY_KIND
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("learning_rate", -1.0),
        ("learning_rate", float("inf")),
        ("weight_decay", -0.1),
        ("weight_decay", float("nan")),
        ("clipnorm", -1.0),
        ("clipvalue", float("nan")),
        ("global_clipnorm", "1"),
        ("ema_momentum", 1.5),
        ("loss_scale_factor", 0.0),
    ],
)
def test_a_bad_option_is_named_with_its_value(kind, option, value):
    with pytest.raises(ValueError) as error:
        kind(**{option: value})
    assert option in str(error.value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        (optimizers.SGD, "nesterov"),
        (optimizers.Adam, "amsgrad"),
        (optimizers.AdamW, "amsgrad"),
        (optimizers.RMSprop, "centered"),
    ],
)
def test_a_switch_is_true_or_false(kind, option):
    with pytest.raises(ValueError, match=f"{option} should be True or False, got 'yes'"):
        kind(**{option: "yes"})


@EVERY_KIND
def test_a_learning_rate_that_is_set_later_is_checked_as_well(kind):
    optimizer = kind()
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == 0.5
    for value in (-1.0, float("nan"), np.float32("inf")):
        with pytest.raises(ValueError, match="learning_rate"):
            optimizer.learning_rate = value
    optimizer.learning_rate = keras.optimizers.schedules.ExponentialDecay(0.25, 1, 0.5)
    assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.__name__)
def test_no_gradient_of_a_type_gives_nan(kind, dtype):
    largest = float(tf.as_dtype(dtype).max)
    variable = tf.Variable(np.ones(5), dtype=dtype)
    optimizer = kind(learning_rate=0.1, epsilon=1e-6)
    for sign in (1, -1, 1, 1):
        gradient = tf.constant([sign * largest, largest, -largest, 0, 1], dtype)
        optimizer.apply([gradient], [variable])
        assert np.isfinite(np.float64(variable.numpy())).all()
    assert float(variable[1]) != 1
