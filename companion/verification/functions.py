"""The checks of a function: an activation or a loss, as its row in `specs` has it."""

import functools
import math
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import (
    KINDS,
    LARGEST,
    SMALLEST_NORMAL,
    ULP,
    in_ulp,
    pair,
    relative,
    worst_of,
)

DIGITS = 120
MODES = ("eager", "graph", "XLA")
MODERATE = 30.0
"""Where naive definitions neither overflow nor lose all digits in float64."""

# Evaluating a function


def evaluate(spec, inputs, parameters, dtype="float32", mode="eager", second=False):
    """Value, derivative and, if asked for, the second derivative of a row's function.

    The derivative is what GradientTape gives: for an activation whose entries mix the Jacobian
    [sample, output, input], for everything else one number for each entry. The second derivative
    is the gradient of the derivative's sum, with weights lest it vanish by symmetry.

    Args:
        spec: a row, or whatever has its `function`, `vector` and `is_loss`.
        inputs: NumPy arrays with one sample in each row.
        parameters: keyword arguments of the function.
        dtype: type in which the floating-point inputs go in.
        mode: "eager", "graph" or "XLA".
        second: whether the second derivative is wanted.

    Returns:
        A list of tensors: value, derivative, second derivative.
    """
    tensors = [tf.constant(a, None if a.dtype.kind == "i" else dtype) for a in inputs]
    entries_mix = spec.vector and not spec.is_loss
    zero = tf.UnconnectedGradients.ZERO

    def run(*tensors):
        *others, x = tensors
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(x)
                value = spec.function(*others, x, **parameters)
                outputs = tf.unstack(value, axis=-1) if entries_mix else [value]
            rows = [inner.gradient(output, x, unconnected_gradients=zero) for output in outputs]
            derivative = tf.stack(rows, axis=-2) if entries_mix else rows[0]
            weighted = derivative * _weights(derivative)
        if not second:
            return [value, derivative]
        return [value, derivative, outer.gradient(weighted, x, unconnected_gradients=zero)]

    return (run if mode == "eager" else compiled(run, mode, tensors))(*tensors)


def compiled(function, mode, tensors):
    """The concrete function: calling the other kind anew each time makes TensorFlow warn."""
    traced = tf.function(function, jit_compile=mode == "XLA", autograph=False)
    return traced.get_concrete_function(*tensors)


def _weights(derivative):
    count = math.prod(derivative.shape[1:])
    weights = 1 + np.sin(np.arange(count)) ** 2
    return tf.constant(weights.reshape(derivative.shape[1:]), derivative.dtype)


def like(spec, function):
    """The row with another function in the place of its own."""
    return SimpleNamespace(function=function, vector=spec.vector, is_loss=spec.is_loss)


def _definition(spec):
    """The page's definition, made of TensorFlow operations."""
    m = SimpleNamespace(
        exp=tf.exp,
        log=tf.math.log,
        max=lambda x: tf.reduce_max(x, axis=-1),
        pi=math.pi,
        cosh=tf.cosh,
        tanh=tf.tanh,
        sqrt=tf.sqrt,
        erf=tf.math.erf,
        maximum=tf.maximum,
        where=tf.where,
        sum=lambda x: tf.reduce_sum(x, axis=-1),
        mean=lambda x: tf.reduce_mean(x, axis=-1),
        one_hot=lambda labels, classes: tf.one_hot(labels, classes, dtype=tf.float64),
    )
    return functools.partial(spec.definition, m)


def exact_results(spec, inputs, parameters):
    """Value and derivative of the definition with 120 digits, then rounded to float64."""
    mp = _mpmath()

    def entrywise(function):
        return np.frompyfunc(function, 1, 1)

    m = SimpleNamespace(
        exp=entrywise(mp.exp),
        log=entrywise(mp.log),
        max=lambda x: np.max(x, axis=-1),
        pi=mp.pi,
        cosh=entrywise(mp.cosh),
        tanh=entrywise(mp.tanh),
        sqrt=entrywise(mp.sqrt),
        erf=entrywise(mp.erf),
        maximum=np.maximum,
        where=np.where,
        sum=lambda x: np.sum(x, axis=-1),
        mean=lambda x: np.sum(x, axis=-1) / x.shape[-1],
        one_hot=lambda labels, classes: np.eye(classes, dtype=int)[labels],
    )
    with mp.workdps(DIGITS):
        many_digits = entrywise(lambda number: mp.mpf(float(number)))
        *others, x = (a if a.dtype.kind == "i" else many_digits(a) for a in inputs)

        def value(x):
            return spec.definition(m, *others, x, **parameters)

        # Smaller than every float32 at 0, so that no step leads across a kink beside it.
        h = np.where(x == 0, 1e-25, np.minimum(abs(x), 1)) * mp.mpf("1e-25")
        results = value(x), _differences(spec, value, x, h)
        return [entrywise(float)(result).astype(float) for result in results]


def _differences(spec, value, x, h):
    """The derivative by central differences of fourth order, each entry with its own step h.

    They are off by h⁴ f⁽⁵⁾ / 30 and by the rounding of f, some ε |f| / h.
    """
    columns = []
    for entry in np.eye(x.shape[-1], dtype=int):
        step = h * entry
        size = np.sum(step, axis=-1, keepdims=not spec.is_loss)
        near = value(x + step) - value(x - step)
        far = value(x + 2 * step) - value(x - 2 * step)
        columns.append((8 * near - far) / (12 * size))
    mixes = spec.vector or spec.is_loss
    return np.stack(columns, axis=-1) if mixes else columns[0]


def _mpmath():
    try:
        from mpmath import mp
    except ImportError as error:
        raise ImportError(
            "verification needs mpmath: pip install deep-learning-derived[verify]"
        ) from error
    return mp


# Which inputs


def _double(inputs):
    return tuple(a if a.dtype.kind == "i" else np.float64(a) for a in inputs)


def _samples(spec, parameters):
    """The row's inputs; an entrywise loss gets three entries to a sample, so the mean counts."""
    inputs = spec.inputs(parameters)
    if spec.is_loss and not spec.vector:
        count = len(inputs[0]) // 3 * 3
        # Down the columns: the entries of a sample come from far apart in the grid. So few have
        # three ordinary entries that some are added.
        ordinary = spec.draw(np.random.default_rng(29), (40, 3), parameters)
        columns = (array[:count].reshape(3, -1).T for array in inputs)
        inputs = tuple(np.r_[c, o.astype(c.dtype)] for c, o in zip(columns, ordinary, strict=True))
    return _double(inputs)


def _chosen(inputs, keep):
    return tuple(array[keep] for array in inputs)


def _moderate(spec, inputs, parameters, margin=0.0):
    """The samples with no large number, and none that close to a kink or to the domain's edge."""
    floats = [array for array in inputs if array.dtype.kind == "f"]
    keep = np.all([(np.abs(array) <= MODERATE).all(axis=-1) for array in floats], axis=0)
    keep &= (_to_the_edge(spec, inputs, parameters) > margin).all(axis=-1)
    if kinks := spec.kinks(**parameters):
        x = inputs[1] - inputs[0] if spec.is_loss and not spec.vector else inputs[-1]
        keep &= np.all([np.abs(x - kink) > margin for kink in kinks], axis=0).all(axis=-1)
    assert keep.sum() >= 10, f"{spec.name} {parameters} is checked on too few moderate inputs"
    return _chosen(inputs, keep)


def _to_the_edge(spec, inputs, parameters):
    low, high = spec.domain(**parameters)
    return np.minimum(inputs[-1] - low, high - inputs[-1])


# Errors, and where the worst one is


def _scales(spec, inputs, parameters):
    """Those on which the row asks value and derivative to be measured; 0 where it does not ask."""
    scales = dict.fromkeys(KINDS, 0.0)
    for concession in spec.concessions:
        scales[concession.of] = concession.scale(*_double(inputs), **parameters)
    return list(scales.values())


def _countable(spec, inputs, parameters):
    """Entrywise, ulps are not counted at a kink, where the exact derivative is not one, nor where
    the input is subnormal, which is 0 to TensorFlow, nor where the residual overflows.
    """
    if spec.vector:
        return np.array(True)
    x = inputs[1] - inputs[0] if spec.is_loss else inputs[0]
    size = np.abs(x)
    normal = (size == 0) | (size >= SMALLEST_NORMAL) & (size <= LARGEST)
    return normal & ~np.isin(x, np.float32(spec.kinks(**parameters)))


# The checks of a function


def derivation(spec):
    """Value and derivative are those of the reference, in float64."""
    measured = []
    for parameters in spec.parameters:
        inputs = _samples(spec, parameters)
        came = evaluate(spec, inputs, parameters, "float64")
        should = spec.reference(*inputs, **parameters)
        scales = _scales(spec, inputs, parameters)
        errors = [relative(a, b, s) for a, b, s in zip(came, should, scales, strict=True)]
        measured.append((parameters, inputs, errors))
    return pair("derivation", measured, 1e-12, "", "all inputs, float64")


def keras_twin(spec):
    """Value and derivative are those of Keras, in float64, wherever Keras is right.

    Even there Keras rounds its constants to float32: log 2, delta, the label smoothing.
    """
    if spec.keras is None:
        return []
    measured = []
    for parameters in spec.parameters:
        inputs = _samples(spec, parameters)
        if spec.keras_agrees is not None:
            inputs = _chosen(inputs, spec.keras_agrees(*inputs, **parameters))
        came = evaluate(spec, inputs, parameters, "float64")
        should = evaluate(like(spec, spec.keras), inputs, parameters, "float64")
        errors = [relative(a, b, 1.0) for a, b in zip(came, should, strict=True)]
        measured.append((parameters, inputs, errors))
    return pair("Keras", measured, 1e-7, "", "where Keras is right, float64")


def differences_from_keras(spec):
    """Where Keras is wrong, as the row lists it, the companion is right."""
    errors = {}
    for difference in spec.differences:
        inputs = tuple(np.array([array]) for array in difference.inputs)
        came = evaluate(spec, inputs, difference.parameters)[KINDS.index(difference.of)]
        error = in_ulp(came, np.array([difference.right]))
        errors.setdefault(difference.of, []).append((difference.parameters, inputs, error))
    on = "the inputs listed, float32"
    return [worst_of("where Keras errs", of, e, ULP, "ulp", on) for of, e in errors.items()]


def autodiff(spec):
    """The derivative written by hand is that of autodiff through the definition.

    That of a loss in its labels is checked as well, where they are numbers and none is 0.
    """
    errors = []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters)
        functions = spec.function, _definition(spec)
        came, should = (
            evaluate(like(spec, f), inputs, parameters, "float64")[1] for f in functions
        )
        errors.append((parameters, inputs, relative(came, should, 1.0)))
        if spec.is_loss and inputs[0].dtype.kind == "f":
            if spec.vector:
                inputs = _chosen(inputs, (inputs[0] > 0).all(axis=-1))
            came, should = (
                evaluate(like(spec, _swapped(f)), inputs[::-1], parameters, "float64")[1]
                for f in functions
            )
            errors.append((f"{parameters}, in y_true", inputs, relative(came, should, 1.0)))
    return [worst_of("autodiff", "derivative", errors, 1e-12, "", "moderate inputs, float64")]


def _swapped(loss):
    return lambda y_pred, y_true, **parameters: loss(y_true, y_pred, **parameters)


def second_derivative(spec):
    """The derivative can be differentiated again: autodiff twice through the definition agrees."""
    errors = []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters, margin=0.01)
        came, should = (
            evaluate(row, inputs, parameters, "float64", second=True)[2]
            for row in (spec, like(spec, _definition(spec)))
        )
        errors.append((parameters, inputs, relative(came, should, 1.0)))
    return [worst_of("autodiff, twice", "derivative", errors, 1e-9, "", "the same")]


def finite_differences(spec):
    """The reference's derivative is that of its value, by central differences of fourth order.

    The step is 1e-3, or a thousandth of the distance to the edge of the domain: the formula is off
    by 1e-12 f⁽⁵⁾ / 30, and the rounding of f adds some 1e-13 |f|.
    """
    errors = []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters, margin=0.01)
        *others, x = inputs
        h = 1e-3 * np.minimum(1.0, _to_the_edge(spec, inputs, parameters))

        def value(x, others=others, parameters=parameters):
            return spec.reference(*others, x, **parameters)[0]

        should = _differences(spec, value, x, h)
        came = spec.reference(*inputs, **parameters)[1]
        errors.append((parameters, inputs, relative(came, should, 1.0)))
    return [worst_of("differences", "derivative", errors, 1e-8, "", "the same")]


def errors_in_ulp(spec, inputs, parameters, came, exact):
    """How far value and derivative are from the exact ones, where the row lets it be counted."""
    counts = _countable(spec, _double(inputs), parameters)
    return [
        np.where(np.resize(counts, b.shape), in_ulp(a, b, scale), 0.0)
        for a, b, scale in zip(came, exact, _scales(spec, inputs, parameters), strict=False)
    ]


@functools.lru_cache(maxsize=1)
def _survey(spec):
    """All of it in float32, in every mode, beside the exact results."""
    survey = []
    for parameters in spec.parameters:
        inputs = spec.inputs(parameters)
        exact = exact_results(spec, inputs, parameters)
        came = {mode: evaluate(spec, inputs, parameters, mode=mode, second=True) for mode in MODES}
        survey.append((parameters, inputs, exact, came))
    return survey


def many_digits(spec):
    """Value and derivative in float32 are within 8 ulp of the exact ones, in every mode."""
    measured = []
    for parameters, inputs, exact, came in _survey(spec):
        for mode, results in came.items():
            errors = errors_in_ulp(spec, inputs, parameters, results, exact)
            measured.append((f"{parameters}, {mode}", inputs, errors))
    return pair("120 digits", measured, ULP, "ulp", "all inputs, float32, in every mode")


def modes_agree(spec):
    """Eager mode, graph and XLA give the same float32 numbers, within 8 ulp."""
    measured = []
    for parameters, inputs, _, came in _survey(spec):
        scales = _scales(spec, inputs, parameters)
        for mode in MODES[1:]:
            errors = [
                in_ulp(a, np.float64(b), scale)
                for a, b, scale in zip(came[mode], came["eager"], scales, strict=False)
            ]
            measured.append((f"{parameters}, {mode}", inputs, errors))
    return pair("graph and XLA", measured, ULP, "ulp", "against eager mode, float32")


def no_nan(spec):
    """No finite input gives a NaN: not in the value, not in the derivative, not in the second."""
    measured = []
    for parameters, inputs, _, came in _survey(spec):
        for mode, (value, *derivatives) in came.items():
            nan = np.any([np.isnan(d).reshape(len(d), -1).any(axis=1) for d in derivatives], axis=0)
            measured.append((f"{parameters}, {mode}", inputs, [np.isnan(value), nan]))
    return pair("NaN", measured, 0, "faults", "all inputs, and second derivatives")


def limits(spec):
    """Infinite inputs give the limits that the row lists, and NaN gives NaN."""
    measured = []
    for limit in spec.limits:
        inputs = tuple(np.array([array]) for array in limit.inputs)
        came = evaluate(spec, inputs, limit.parameters)
        errors = [
            0.0 if should is None else relative(result, np.array([should])) > 1e-6
            for result, should in zip(came, (limit.value, limit.derivative), strict=True)
        ]
        measured.append((limit.parameters, inputs, errors))
    if not spec.vector:
        *others, x = _chosen(spec.inputs(spec.parameters[0]), slice(0, 1))
        inputs = (*others, np.full_like(x, np.nan))
        value = evaluate(spec, inputs, spec.parameters[0])[0]
        measured.append(("", inputs, [~np.isnan(value), 0.0]))
    return pair("wrong limits", measured, 0, "faults", "infinite inputs and NaN")


TYPES = ("float16", "bfloat16", "float32", "float64")


def types(spec):
    """Every floating-point type that goes in comes out, with an error of its own size."""
    changed, measured = [], []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters, margin=0.01)
        inputs = _chosen(inputs, (np.abs(inputs[-1]) <= 8).all(axis=-1))
        for dtype in map(tf.as_dtype, TYPES):
            where = f"{parameters}, {dtype.name}"
            came = evaluate(spec, inputs, parameters, dtype)
            changed.append((where, inputs, [[result.dtype != dtype] for result in came]))
            should = spec.reference(*(rounded_to(array, dtype) for array in inputs), **parameters)
            errors = [
                relative(tf.cast(a, tf.float64), rounded_to(b, dtype), 1.0) / epsilon_of(dtype)
                for a, b in zip(came, should, strict=True)
            ]
            measured.append((where, inputs, errors))
    return [
        *pair("types changed", changed, 0, "faults", ", ".join(TYPES)),
        *pair("other types", measured, 8, "ε", "the same; ε: from 1 to the next number"),
    ]


def rounded_to(array, dtype):
    """Numbers as a type holds them, in float64 again; class numbers as they are."""
    if array.dtype.kind == "i":
        return array
    return tf.cast(tf.cast(array, dtype), tf.float64).numpy()


def epsilon_of(dtype):
    """The distance from 1 to the next larger number; NumPy does not know bfloat16."""
    dtype = tf.as_dtype(dtype)
    return 2.0**-7 if dtype == tf.bfloat16 else float(np.finfo(dtype.as_numpy_dtype).eps)


def hand_written(spec):
    """Every way from the input to the value that a gradient could take leads through the wrapper.

    In a graph, `tf.custom_gradient` leaves an IdentityN that carries the gradient's name.
    """
    faults = []
    for parameters in spec.parameters:
        inputs = _chosen(spec.inputs(parameters), slice(0, 2))
        call = tf.function(functools.partial(spec.function, **parameters), autograph=False)
        graph = call.get_concrete_function(*map(tf.constant, inputs)).graph
        faults.append((parameters, inputs, [_escapes(graph, graph.inputs[len(inputs) - 1])]))
    return [
        worst_of("left to autodiff", "derivative", faults, 0, "faults", "every path in the graph")
    ]


def _escapes(graph, x):
    """Whether autodiff finds a way from the output back to x past every wrapper."""
    ahead, seen = [tensor.op for tensor in graph.outputs], set()
    while ahead:
        operation = ahead.pop()
        if operation is x.op:
            return True
        wrapped = operation.type == "IdentityN" and any(
            name == "_gradient_op_type" for name in operation.node_def.attr
        )
        if operation in seen or wrapped:
            continue
        seen.add(operation)
        # Whole numbers and truth values carry no gradient.
        ahead += [tensor.op for tensor in operation.inputs if tensor.dtype.is_floating]
    return False


def round_trip(spec):
    """A model that uses the function says the same after `save` and `load_model`."""
    if spec.loss_class is None and spec.name.startswith("losses."):
        return []
    parameters = spec.parameters[-1]
    x = np.float32(np.random.default_rng(26).normal(size=(8, 3)))
    if not spec.is_loss:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, spec.function)])
        return [kept_in_saving(np.array_equal(model(x), saved_and_loaded(model)(x)))]
    loss = spec.loss_class(**parameters)
    again = spec.loss_class.from_config(loss.get_config())
    *_, scores = inputs = _chosen(spec.inputs(parameters), slice(0, 8))
    values = [float(one(*inputs)) for one in (loss, again)]
    values.append(float(tf.reduce_mean(spec.function(*inputs, **parameters))))
    model = keras.Sequential([keras.Input(scores.shape[1:]), keras.layers.Activation("linear")])
    model.compile(loss=loss, run_eagerly=True)
    values.append(float(saved_and_loaded(model).test_on_batch(scores, inputs[0])))
    return [kept_in_saving(np.allclose(values, values[0], rtol=1e-6, equal_nan=False))]


def saved_and_loaded(model):
    """The model after `save` and `load_model`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return keras.models.load_model(path)


def kept_in_saving(kept, of="value"):
    """The finding that tells whether a model loaded again says the same."""
    fault = [("the model loaded again", [], [not kept])]
    return worst_of("lost in saving", of, fault, 0, "faults", "config, save, load_model")


FUNCTION_CHECKS = (
    derivation,
    keras_twin,
    differences_from_keras,
    autodiff,
    second_derivative,
    finite_differences,
    many_digits,
    modes_agree,
    no_nan,
    limits,
    types,
    hand_written,
    round_trip,
)
