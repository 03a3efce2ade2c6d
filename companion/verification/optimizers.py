"""The checks of an optimizer: its steps against the reference and against Keras."""

import inspect

import numpy as np

from companion._backend import keras, tf
from companion._derivative import WORTH_COMPILING
from companion.verification.findings import ULP, in_ulp, relative, worst_of
from companion.verification.functions import (
    TYPES,
    compiled,
    epsilon_of,
    kept_in_saving,
    saved_and_loaded,
)

STEPS = 50


def _network(weights):
    """The gradient of the mean squared error of a network of two tanh units that learns XOR."""
    kernel, bias, out, shift = np.split(weights, [4, 6, 8])
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    hidden = np.tanh(x @ kernel.reshape(2, 2) + bias)
    error = (hidden @ out + shift - y) / 2
    inner = error[:, None] * out * (1 - hidden**2)
    return [*(x.T @ inner).ravel(), *inner.sum(axis=0), *(error @ hidden), error.sum()]


PROBLEMS = {
    "quadratic": ([1.0, -2.0, 3.0], lambda x, t: [0.1, 1.0, 10.0] * x),
    # Rosenbrock's valley / 100, so that descent with a rate of 0.1 stays in it.
    "Rosenbrock": (
        [-1.25, 1.0],
        lambda x, t: [4 * x[0] * (x[0] ** 2 - x[1]) + (x[0] - 1) / 50, 2 * (x[1] - x[0] ** 2)],
    ),
    # Of five entries two are looked up in every other step, and none in between.
    "sparse": (
        [-0.5, 0.25, 0.5, 2.0, 4.0],
        lambda x, t: np.isin(np.arange(5), [0, t % 3 + 1]) * (x - 1) * (t % 2),
    ),
    "constant": ([1.0] * 5, lambda x, t: [1e10, -1.0, 1e-10, 1e-30, 0.0]),
    "network": ([0.5, -0.4, 0.3, 0.2, -0.1, 0.6, 0.9, -0.7, 0.0], lambda x, t: _network(x)),
}
"""Where each begins, and its gradient at x in step t: 1, 2, …"""

START = np.concatenate([start for start, _ in PROBLEMS.values()])
"""All of them in one variable: no entry's step depends on another's."""


def _entries():
    """Each problem's name and the slice of its entries."""
    ends = np.cumsum([len(start) for start, _ in PROBLEMS.values()])
    starts = [0, *ends[:-1]]
    return {n: slice(a, b) for n, a, b in zip(PROBLEMS, starts, ends, strict=True)}


def _reference_path(spec, options):
    """The gradients along the reference's way, and the way itself: [step, entry].

    All optimizers get these gradients, rounded to float32, so that errors do not feed on each
    other: what differs is the step.
    """
    x, state, gradients, path = START, None, [], []
    for t in range(1, STEPS + 1):
        parts = [PROBLEMS[name][1](x[entries], t) for name, entries in _entries().items()]
        gradient = np.float32(np.concatenate(parts))
        x, state = spec.reference(x, gradient, state, **options)
        gradients.append(gradient)
        path.append(x)
    return np.array(gradients), np.array(path)


def _path(optimizer, gradients, dtype, mode, start=START):
    """The way of a Keras optimizer under these gradients: [step, entry]."""
    variable = keras.Variable(start, dtype=dtype)
    optimizer.build([variable])

    def step(gradient):
        optimizer.apply([gradient], [variable])

    gradients = tf.constant(gradients, dtype)
    if mode != "eager":
        step = compiled(step, mode, [gradients[0]])
    path = []
    for gradient in gradients:
        step(gradient)
        path.append(variable.numpy())
    return np.array(path)


def _settings(spec, options):
    """The options and the defaults, rounded to float32 as Keras does: 1 - 0.999 would differ."""
    signature = inspect.signature(spec.optimizer).parameters.values()
    defaults = {p.name: p.default for p in signature if isinstance(p.default, float)}
    return {
        name: float(np.float32(value)) if isinstance(value, float) else value
        for name, value in {**defaults, **options}.items()
    }


def _apart(options, came, should):
    """How far two ways are apart in every step, relative to where they are and have been."""
    error = relative(came, should, scale=np.maximum.accumulate(np.abs(should - START), axis=0))
    step = np.arange(1, STEPS + 1)
    return [
        (f"(step, {name}) {options}", [step], error[:, entries])
        for name, entries in _entries().items()
    ]


def _measured(spec, compare):
    """The errors over all options; `compare(settings, gradients, path, is_last)` gives two ways."""
    errors = []
    for options in spec.options:
        settings = _settings(spec, options)
        reference_path = _reference_path(spec, settings)
        came, should = compare(settings, *reference_path, options is spec.options[-1])
        errors += _apart(settings, came, should)
    return errors


def steps(spec):
    """In float64 every step is the reference's."""

    def compare(settings, gradients, path, is_last):
        # Eager mode costs a multiple, and takes the same way through the code.
        mode = "eager" if is_last else "graph"
        return _path(spec.optimizer(**settings), gradients, "float64", mode), path

    errors = _measured(spec, compare)
    return [worst_of("derivation", "parameter", errors, 1e-12, "", f"{STEPS} steps, float64")]


def steps_in_float32(spec):
    """In float32, compiled, the way is the reference's but for the rounding of each step."""

    def compare(settings, gradients, path, is_last):
        mode = "XLA" if is_last else "graph"
        return _path(spec.optimizer(**settings), gradients, "float32", mode), path

    errors, on = _measured(spec, compare), "the same in float32, graph and XLA"
    return [worst_of("rounding", "parameter", errors, 1e-5, "", on)]


def steps_of_keras(spec):
    """In float64 every step is that of Keras' optimizer."""

    def compare(settings, gradients, path, is_last):
        kinds = spec.optimizer, spec.keras
        return [_path(kind(**settings), gradients, "float64", "graph") for kind in kinds]

    errors = _measured(spec, compare)
    return [worst_of("Keras", "parameter", errors, 1e-12, "", "the same in float64")]


EVERY_OPTIMIZER = (
    {"weight_decay": 0.1, "global_clipnorm": 0.5, "use_ema": True, "ema_overwrite_frequency": 3},
    {"clipnorm": 0.5, "gradient_accumulation_steps": 3},
    {"clipvalue": 0.125, "loss_scale_factor": 1024.0, "use_ema": True, "ema_momentum": 0.5},
    {"learning_rate": keras.optimizers.schedules.PiecewiseConstantDecay([4], [0.5, 0.25])},
)
"""Options that all have in common; of those that exclude each other, each once."""


def options_of_keras(spec):
    """What Keras does around the rule, clipping, averaging, accumulating, is done around ours."""
    gradients = np.random.default_rng(5).normal(size=(12, len(START)))
    errors = []
    for options in EVERY_OPTIMIZER:
        came, should = (
            _path(kind(**_settings(spec, options)), gradients, "float64", "graph")
            for kind in (spec.optimizer, spec.keras)
        )
        errors.append((options, [np.arange(1, 13)], relative(came, should, scale=1.0)))
    return [worst_of("Keras' options", "parameter", errors, 1e-12, "", "12 steps, float64")]


def huge_gradients(spec):
    """Where the square leaves float32 a step is what it should be, and what follows is a number."""
    gradients = np.float32(np.random.default_rng(6).normal(size=(STEPS, 4)))
    gradients[:3] = [1e25, -1e30, 1e-30, 1.0]
    errors = []
    for options in spec.options:
        settings, start = _settings(spec, options), np.ones(4)
        came = _path(spec.optimizer(**settings), gradients, "float32", "graph", start)
        error = np.where(np.isfinite(came), 0, np.inf)
        x, state = start, None
        for t in range(3):
            x, state = spec.reference(x, gradients[t], state, **settings)
            error[t] = relative(came[t], x, scale=1.0)
        errors.append((f"(step) {settings}", [np.arange(1, STEPS + 1)], error))
    on = "1e25, 1e30, 1e-30, float32"
    return [worst_of("huge and tiny", "parameter", errors, 1e-5, "", on)]


def large_variables(spec):
    """A variable that is large enough for XLA takes the way of a small one, in every type."""
    errors, count = [], 3
    gradients = np.random.default_rng(7).normal(size=(count, 8))
    many = np.tile(gradients, WORTH_COMPILING // 8)
    for dtype in TYPES:
        options = spec.options[-1]
        came = _path(spec.optimizer(**options), many, dtype, "graph", np.ones(many.shape[1]))
        should = _path(spec.optimizer(**options), gradients, dtype, "eager", np.ones(8))
        error = relative(came, np.tile(should, WORTH_COMPILING // 8), scale=1.0)
        errors.append((dtype, [np.arange(1, count + 1)], error / epsilon_of(dtype)))
    return [worst_of("large variables", "parameter", errors, 4, "ulp", "3 steps, every type")]


def mixed_precision(spec):
    """Under mixed precision variables and slots stay float32, and Keras' scaling goes around."""
    weights = []
    for kind in (spec.optimizer, spec.keras):
        layer = keras.layers.Dense(2, kernel_initializer="ones", dtype="mixed_float16")
        scaled = keras.optimizers.LossScaleOptimizer(kind(**spec.options[-1]), initial_scale=8.0)
        x = tf.constant([[1.0, -2.0], [0.5, 0.25]])
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = scaled.scale_loss(tf.reduce_sum(tf.cast(layer(x), tf.float32) ** 2))
            scaled.apply(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables)
        slots = scaled.inner_optimizer.variables[2:]  # after the step count and the rate
        single = all(slot.dtype == "float32" for slot in slots)
        weights.append(layer.kernel.numpy() if single else np.full((2, 2), np.nan))
    came, should = weights
    error = relative(came, should, scale=1.0)
    where = [("", [np.arange(2)], error)]
    return [worst_of("mixed precision", "parameter", where, 1e-3, "", "3 steps, against Keras")]


def differences_from_keras(spec):
    """Where Keras is wrong, as the row lists it, the companion is right."""
    errors = []
    for difference in spec.differences:
        came = last_parameter(spec.optimizer, difference)
        error = in_ulp([came], np.array([difference.right]))
        errors.append((difference.parameters, [difference.inputs[:1]], error))
    on = "the gradients listed, float32"
    return [worst_of("where Keras errs", "parameter", errors, ULP, "ulp", on)] if errors else []


def last_parameter(kind, difference):
    """Where the gradients of a difference take a float32 parameter from 0."""
    optimizer, variable = kind(**difference.parameters), keras.Variable([0.0])
    for gradient in difference.inputs:
        if isinstance(gradient, tuple):
            rows, values = gradient
            gradient = tf.IndexedSlices(tf.constant(values), tf.constant(rows), (1,))
        else:
            gradient = tf.constant([gradient])
        optimizer.apply([gradient], [variable])
    return variable.numpy()[0]


def sparse_gradients(spec):
    """The gradient of a lookup, a few rows with their places, does what the full one does."""
    errors = []
    for options in spec.options:
        tables = [keras.Variable(np.ones((4, 2)), dtype="float32") for _ in range(2)]
        optimizers = [spec.optimizer(**options) for _ in tables]
        for t in range(1, 6):
            rows = np.array([t % 4, 3])
            values = np.float32([[1.0, -2.0], [t, 0.5]])
            sparse = tf.IndexedSlices(values, rows, dense_shape=(4, 2))
            for optimizer, table, gradient in zip(
                optimizers, tables, (sparse, tf.convert_to_tensor(sparse)), strict=True
            ):
                optimizer.apply([gradient], [table])
        came, should = (table.numpy() for table in tables)
        errors.append((options, [np.arange(4)], relative(came, should)))
    return [worst_of("sparse gradients", "parameter", errors, 0, "", "5 steps, against full ones")]


def interrupted(spec):
    """Stopped after every step, saved, and gone on with by another optimizer: the same way."""
    gradients = np.float32(np.random.default_rng(8).normal(size=(6, 4)))
    errors = []
    for options in spec.options:
        whole, parts = keras.Variable(np.ones(4)), keras.Variable(np.ones(4))
        first, state = spec.optimizer(**options), None
        for gradient in tf.constant(gradients):
            first.apply([gradient], [whole])
            again = spec.optimizer.from_config(first.get_config())
            again.build([parts])
            if state is not None:
                again.load_own_variables(state)
            again.apply([gradient], [parts])
            again.save_own_variables(state := {})
        errors.append((options, [np.arange(4)], relative(parts.numpy(), whole.numpy())))
    return [worst_of("stopped and resumed", "parameter", errors, 0, "", "6 steps, bit for bit")]


def saved_optimizer(spec):
    """The options survive `get_config`, and a model saved in mid-run goes on as if it had not."""
    options = _settings(spec, spec.options[-1])
    config = spec.optimizer(**options).get_config()
    again = spec.optimizer.from_config(config).get_config()
    kept = config == again and all(again.get(name) == value for name, value in options.items())
    x = np.float32(np.random.default_rng(27).normal(size=(8, 3)))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(spec.optimizer(**options), loss="mean_squared_error", run_eagerly=True)
    y = x.sum(axis=1, keepdims=True) ** 2
    for _ in range(3):
        model.train_on_batch(x, y)
    loaded = saved_and_loaded(model)
    for one in (model, loaded):
        one.train_on_batch(x, y)
    weights = zip(model.get_weights(), loaded.get_weights(), strict=True)
    kept &= all(np.array_equal(*pair) for pair in weights)
    return [kept_in_saving(kept, "parameter")]


OPTIMIZER_CHECKS = (
    steps,
    steps_in_float32,
    steps_of_keras,
    options_of_keras,
    differences_from_keras,
    huge_gradients,
    sparse_gradients,
    large_variables,
    mixed_precision,
    interrupted,
    saved_optimizer,
)
