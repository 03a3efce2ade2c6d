"""The checks of an optimizer: its steps against the reference and against Keras."""

import inspect

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import relative, worst_of
from companion.verification.functions import compiled, kept_in_saving, saved_and_loaded

STEPS = 50

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
    "constant": ([1.0, 1.0, 1.0, 1.0], lambda x, t: [1e10, -1.0, 1e-10, 0.0]),
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


def _path(optimizer, gradients, dtype, mode):
    """The way of a Keras optimizer under these gradients: [step, entry]."""
    variable = keras.Variable(START, dtype=dtype)
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
    kept &= all(np.allclose(*pair, rtol=1e-6) for pair in weights)
    return [kept_in_saving(kept, "parameter")]


OPTIMIZER_CHECKS = (steps, steps_in_float32, steps_of_keras, sparse_gradients, saved_optimizer)
