"""The checks: each measures the worst error of a row of the table, against a bound.

    >>> from companion.verification import verify
    >>> print(verify("activations.linear"))     # doctest: +ELLIPSIS
    activations.linear  value ≤  derivative ≤  bound  measured on
    ----------------------------------------------------------------------------------------
    derivation          0        0             1e-12  all inputs, float64
    Keras               0        0             1e-07  where Keras is right, float64
    autodiff            -        0             1e-12  moderate inputs, float64
    ...

`verify` runs every check that applies and returns the table that a chapter shows; it raises
`AssertionError`, with the input, where a bound is exceeded. A check is a function of one row of
`specs.SPECS` that returns its findings, and a check that cannot fail is worth nothing: each has a
test in which a faulty function fails it.

An ulp is the distance between neighbouring float32 numbers. Relative errors are relative to the
right result; in the comparisons with Keras, autodiff and differences to 1 where it is smaller.
"""

import functools
import inspect
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from companion._backend import keras, tf
from companion.verification.specs import SPECS, FunctionSpec, OptimizerSpec

DIGITS = 120
MODES = ("eager", "graph", "XLA")

ULP = 8
"""At most so far from the correctly rounded float32, value and derivative."""
SMALLEST, LARGEST = 1e-35, float(np.finfo(np.float32).max)
"""Where the correctly rounded result lies in between, ulps are counted."""
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
"""TensorFlow takes what is smaller for 0."""
MODERATE = 30.0
"""Where naive definitions neither overflow nor lose all digits in float64."""


@dataclass(frozen=True)
class Finding:
    """The worst error that a check has found in the value, or in the derivative."""

    check: str
    of: str
    worst: float
    bound: float
    unit: str
    on: str
    at: str = ""

    @property
    def passed(self) -> bool:
        return self.worst <= self.bound

    def __str__(self) -> str:
        worst, bound = _amount(self.worst, self.unit), _amount(self.bound, self.unit)
        return f"{self.check}, {self.of}: {worst}, bound {bound}, at {self.at}"

    @property
    def rounded_up(self) -> float:
        """The worst error as it is printed: with some room, so that every CPU prints the same."""
        if self.worst == 0 or not self.passed or self.unit == "faults":
            return self.worst
        if self.unit:
            return min(self.bound, max(4, 2 ** math.ceil(math.log2(1.5 * self.worst))))
        return 10.0 ** math.ceil(math.log10(max(self.worst, self.bound / 100)) - 1e-9)


@dataclass(frozen=True)
class Report:
    """The findings for one row; printed, the table of a chapter's section on verification."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)

    def __repr__(self) -> str:
        kinds = list(dict.fromkeys(finding.of for finding in self.findings))
        table = [(self.name, *(f"{of} ≤" for of in kinds), "bound", "measured on")]
        for check in dict.fromkeys(finding.check for finding in self.findings):
            found = {f.of: f for f in self.findings if f.check == check}
            errors = [
                _amount(found[of].rounded_up, found[of].unit) if of in found else "-"
                for of in kinds
            ]
            one = next(iter(found.values()))
            table.append((check, *errors, _amount(one.bound, one.unit), one.on))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def verify(name: str) -> Report:
    """Run every check of a function or an optimizer, on the CPU.

    Args:
        name: a name in the table, such as "losses.huber".

    Returns:
        The report, whose text is the table of worst errors and bounds.

    Raises:
        AssertionError: a bound is exceeded; the message says where and holds the table.
        ValueError: the table has no such row; the message lists those it has.

    Example:
        >>> verify("activations.linear").passed
        True
    """
    if name not in SPECS:
        raise ValueError(f"no function {name!r} in the table. There are: {', '.join(SPECS)}")
    spec = SPECS[name]
    # On the CPU, where the bounds were measured; a GPU has an exponential of its own.
    with tf.device("CPU"):
        findings = [finding for check in checks_of(spec) for finding in check(spec)]
    report = Report(name, tuple(findings))
    failed = [str(finding) for finding in report.findings if not finding.passed]
    if failed:
        raise AssertionError("\n".join([f"{name} fails", *failed, "", repr(report)]))
    return report


def checks_of(spec: FunctionSpec | OptimizerSpec) -> tuple[Callable, ...]:
    """The checks that apply to a row."""
    if isinstance(spec, OptimizerSpec):
        return OPTIMIZER_CHECKS
    return FUNCTION_CHECKS


def _amount(number: float, unit: str) -> str:
    if unit == "faults":
        return f"{number:.0f}" if number else "none"
    if unit:
        return f"{number:.3g} {unit}"
    return f"{number:.0e}" if number else "0"


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

    return (run if mode == "eager" else _compiled(run, mode, tensors))(*tensors)


def _compiled(function, mode, tensors):
    """The concrete function: calling the other kind anew each time makes TensorFlow warn."""
    traced = tf.function(function, jit_compile=mode == "XLA", autograph=False)
    return traced.get_concrete_function(*tensors)


def _weights(derivative):
    count = math.prod(derivative.shape[1:])
    weights = 1 + np.sin(np.arange(count)) ** 2
    return tf.constant(weights.reshape(derivative.shape[1:]), derivative.dtype)


def _like(spec, function):
    """The row with another function in the place of its own."""
    return SimpleNamespace(function=function, vector=spec.vector, is_loss=spec.is_loss)


def _definition(spec):
    """The page's definition, made of TensorFlow operations."""
    m = SimpleNamespace(
        exp=tf.exp,
        log=tf.math.log,
        cosh=tf.cosh,
        where=tf.where,
        sum=lambda x: tf.reduce_sum(x, axis=-1),
        mean=lambda x: tf.reduce_mean(x, axis=-1),
        one_hot=lambda labels, classes: tf.one_hot(labels, classes, dtype=tf.float64),
    )
    return functools.partial(spec.definition, m)


def _exact(spec, inputs, parameters):
    """Value and derivative of the definition with 120 digits, then rounded to float64."""
    mp = _mpmath()

    def entrywise(function):
        return np.frompyfunc(function, 1, 1)

    m = SimpleNamespace(
        exp=entrywise(mp.exp),
        log=entrywise(mp.log),
        cosh=entrywise(mp.cosh),
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

        h = np.where(x == 0, 1, np.minimum(abs(x), 1)) * mp.mpf("1e-25")
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
        # Down the columns: the entries of a sample come from far apart in the grid.
        inputs = tuple(array[:count].reshape(3, -1).T for array in inputs)
    return _double(inputs)


def _chosen(inputs, keep):
    return tuple(array[keep] for array in inputs)


def _moderate(spec, inputs, parameters, margin=0.0):
    """The samples with no large number, and none that close to a kink or to the domain's edge."""
    floats = [array for array in inputs if array.dtype.kind == "f"]
    keep = np.all([(np.abs(array) <= MODERATE).all(axis=-1) for array in floats], axis=0)
    keep &= (_to_the_edge(spec, inputs, parameters) > margin).all(axis=-1)
    if kinks := spec.kinks(**parameters):
        x = inputs[1] - inputs[0] if spec.is_loss else inputs[0]
        keep &= np.all([np.abs(x - kink) > margin for kink in kinks], axis=0).all(axis=-1)
    return _chosen(inputs, keep)


def _to_the_edge(spec, inputs, parameters):
    low, high = spec.domain(**parameters)
    return np.minimum(inputs[-1] - low, high - inputs[-1])


# Errors, and where the worst one is


def _relative(came, should, scale=0.0):
    """|came - should| over the larger of |should| and scale; infinite where one is NaN."""
    came, should = np.float64(came), np.float64(should)
    size = np.maximum(np.abs(should), np.maximum(scale, SMALLEST))
    with np.errstate(invalid="ignore"):
        error = np.where(came == should, 0.0, np.abs(came - should) / size)
    return np.where(np.isnan(error), np.inf, error)


def _in_ulp(came, exact, scale=0.0):
    """How many float32 numbers came is from the correctly rounded result, where that counts."""
    with np.errstate(over="ignore"):
        should = np.float64(np.float32(exact))
    size = np.clip(np.maximum(np.abs(exact), scale), SMALLEST, LARGEST)
    with np.errstate(invalid="ignore"):
        error = np.abs(np.float64(came) - should) / (2 * np.spacing(np.float32(size / 2)))
    error = np.where(np.isnan(error), np.inf, error)
    return np.where((np.abs(exact) >= SMALLEST) & (np.abs(exact) <= LARGEST), error, 0.0)


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


def _finding(check, of, errors, bound, unit, on):
    """The worst of several `(where, inputs, error)`: the first axis of each is the samples."""
    worst, at = 0.0, ""
    for where, inputs, error in errors:
        error = np.asarray(error, float)
        if error.size and error.max() > worst:
            sample = np.unravel_index(np.argmax(error), error.shape)[0]
            rows = ", ".join(str(np.asarray(array)[sample].tolist()) for array in inputs)
            worst, at = float(error.max()), f"{rows} {where or ''}".strip()
    return Finding(check, of, worst, bound, unit, on, at)


KINDS = ("value", "derivative")


def _pair(check, measured, bound, unit, on):
    """Findings for value and derivative, from `(where, inputs, [error, error])`."""
    return [
        _finding(check, of, [(w, i, errors[k]) for w, i, errors in measured], bound, unit, on)
        for k, of in enumerate(KINDS)
    ]


# The checks of a function


def derivation(spec):
    """Value and derivative are those of the reference, in float64."""
    measured = []
    for parameters in spec.parameters:
        inputs = _samples(spec, parameters)
        came = evaluate(spec, inputs, parameters, "float64")
        should = spec.reference(*inputs, **parameters)
        scales = _scales(spec, inputs, parameters)
        errors = [_relative(a, b, s) for a, b, s in zip(came, should, scales, strict=True)]
        measured.append((parameters, inputs, errors))
    return _pair("derivation", measured, 1e-12, "", "all inputs, float64")


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
        should = evaluate(_like(spec, spec.keras), inputs, parameters, "float64")
        errors = [_relative(a, b, 1.0) for a, b in zip(came, should, strict=True)]
        measured.append((parameters, inputs, errors))
    return _pair("Keras", measured, 1e-7, "", "where Keras is right, float64")


def differences_from_keras(spec):
    """Where Keras is wrong, as the row lists it, the companion is right."""
    errors = {}
    for difference in spec.differences:
        inputs = tuple(np.array([array]) for array in difference.inputs)
        came = evaluate(spec, inputs, difference.parameters)[KINDS.index(difference.of)]
        error = _in_ulp(came, np.array([difference.right]))
        errors.setdefault(difference.of, []).append((difference.parameters, inputs, error))
    on = "the inputs listed, float32"
    return [_finding("where Keras errs", of, e, ULP, "ulp", on) for of, e in errors.items()]


def autodiff(spec):
    """The derivative written by hand is that of autodiff through the definition.

    That of a loss in its labels is checked as well, where they are numbers and none is 0.
    """
    errors = []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters)
        functions = spec.function, _definition(spec)
        came, should = (
            evaluate(_like(spec, f), inputs, parameters, "float64")[1] for f in functions
        )
        errors.append((parameters, inputs, _relative(came, should, 1.0)))
        if spec.is_loss and inputs[0].dtype.kind == "f":
            if spec.vector:
                inputs = _chosen(inputs, (inputs[0] > 0).all(axis=-1))
            came, should = (
                evaluate(_like(spec, _swapped(f)), inputs[::-1], parameters, "float64")[1]
                for f in functions
            )
            errors.append((f"{parameters}, in y_true", inputs, _relative(came, should, 1.0)))
    return [_finding("autodiff", "derivative", errors, 1e-12, "", "moderate inputs, float64")]


def _swapped(loss):
    return lambda y_pred, y_true, **parameters: loss(y_true, y_pred, **parameters)


def second_derivative(spec):
    """The derivative can be differentiated again: autodiff twice through the definition agrees."""
    errors = []
    for parameters in spec.parameters:
        inputs = _moderate(spec, _samples(spec, parameters), parameters, margin=0.01)
        came, should = (
            evaluate(row, inputs, parameters, "float64", second=True)[2]
            for row in (spec, _like(spec, _definition(spec)))
        )
        errors.append((parameters, inputs, _relative(came, should, 1.0)))
    return [_finding("autodiff, twice", "derivative", errors, 1e-9, "", "the same")]


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
        errors.append((parameters, inputs, _relative(came, should, 1.0)))
    return [_finding("differences", "derivative", errors, 1e-8, "", "the same")]


@functools.lru_cache(maxsize=1)
def _survey(spec):
    """All of it in float32, in every mode, beside the exact results."""
    survey = []
    for parameters in spec.parameters:
        inputs = spec.inputs(parameters)
        exact = _exact(spec, inputs, parameters)
        came = {mode: evaluate(spec, inputs, parameters, mode=mode, second=True) for mode in MODES}
        survey.append((parameters, inputs, exact, came))
    return survey


def many_digits(spec):
    """Value and derivative in float32 are within 8 ulp of the exact ones, in every mode."""
    measured = []
    for parameters, inputs, exact, came in _survey(spec):
        counts = _countable(spec, _double(inputs), parameters)
        scales = _scales(spec, inputs, parameters)
        for mode, results in came.items():
            errors = [
                np.where(np.resize(counts, b.shape), _in_ulp(a, b, scale), 0.0)
                for a, b, scale in zip(results, exact, scales, strict=False)
            ]
            measured.append((f"{parameters}, {mode}", inputs, errors))
    return _pair("120 digits", measured, ULP, "ulp", "all inputs, float32, in every mode")


def modes_agree(spec):
    """Eager mode, graph and XLA give the same float32 numbers, within 8 ulp."""
    measured = []
    for parameters, inputs, _, came in _survey(spec):
        scales = _scales(spec, inputs, parameters)
        for mode in MODES[1:]:
            errors = [
                _in_ulp(a, np.float64(b), scale)
                for a, b, scale in zip(came[mode], came["eager"], scales, strict=False)
            ]
            measured.append((f"{parameters}, {mode}", inputs, errors))
    return _pair("graph and XLA", measured, ULP, "ulp", "against eager mode, float32")


def no_nan(spec):
    """No finite input gives a NaN: not in the value, not in the derivative, not in the second."""
    measured = []
    for parameters, inputs, _, came in _survey(spec):
        for mode, (value, *derivatives) in came.items():
            nan = np.any([np.isnan(d).reshape(len(d), -1).any(axis=1) for d in derivatives], axis=0)
            measured.append((f"{parameters}, {mode}", inputs, [np.isnan(value), nan]))
    return _pair("NaN", measured, 0, "faults", "all inputs, and second derivatives")


def limits(spec):
    """Infinite inputs give the limits that the row lists, and NaN gives NaN."""
    measured = []
    for limit in spec.limits:
        inputs = tuple(np.array([array]) for array in limit.inputs)
        came = evaluate(spec, inputs, limit.parameters)
        errors = [
            0.0 if should is None else _relative(result, np.array([should])) > 1e-6
            for result, should in zip(came, (limit.value, limit.derivative), strict=True)
        ]
        measured.append((limit.parameters, inputs, errors))
    if not spec.vector:
        *others, x = _chosen(spec.inputs(spec.parameters[0]), slice(0, 1))
        inputs = (*others, np.full_like(x, np.nan))
        value = evaluate(spec, inputs, spec.parameters[0])[0]
        measured.append(("", inputs, [~np.isnan(value), 0.0]))
    return _pair("wrong limits", measured, 0, "faults", "infinite inputs and NaN")


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
            should = spec.reference(*(_through(array, dtype) for array in inputs), **parameters)
            errors = [
                _relative(tf.cast(a, tf.float64), b, 1.0) / _epsilon(dtype)
                for a, b in zip(came, should, strict=True)
            ]
            measured.append((where, inputs, errors))
    return [
        *_pair("types changed", changed, 0, "faults", ", ".join(TYPES)),
        *_pair("other types", measured, 8, "ε", "the same; ε: from 1 to the next number"),
    ]


def _through(array, dtype):
    if array.dtype.kind == "i":
        return array
    return tf.cast(tf.cast(array, dtype), tf.float64).numpy()


def _epsilon(dtype):
    """The distance from 1 to the next larger number; NumPy does not know bfloat16."""
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
        _finding("left to autodiff", "derivative", faults, 0, "faults", "every path in the graph")
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
    parameters = spec.parameters[-1]
    x = np.float32(np.random.default_rng(26).normal(size=(8, 3)))
    if not spec.is_loss:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, spec.function)])
        return [_kept(np.array_equal(model(x), _saved_and_loaded(model)(x)))]
    loss = spec.loss_class(**parameters)
    again = spec.loss_class.from_config(loss.get_config())
    *_, scores = inputs = _chosen(spec.inputs(parameters), slice(0, 8))
    values = [float(one(*inputs)) for one in (loss, again)]
    values.append(float(tf.reduce_mean(spec.function(*inputs, **parameters))))
    model = keras.Sequential([keras.Input(scores.shape[1:]), keras.layers.Activation("linear")])
    model.compile(loss=loss, run_eagerly=True)
    values.append(float(_saved_and_loaded(model).test_on_batch(scores, inputs[0])))
    return [_kept(np.allclose(values, values[0], rtol=1e-6, equal_nan=False))]


def _saved_and_loaded(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return keras.models.load_model(path)


def _kept(kept, of="value"):
    fault = [("the model loaded again", [], [not kept])]
    return _finding("lost in saving", of, fault, 0, "faults", "config, save, load_model")


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


# The checks of an optimizer

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
        step = _compiled(step, mode, [gradients[0]])
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
    error = _relative(came, should, scale=np.maximum.accumulate(np.abs(should - START), axis=0))
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
    return [_finding("derivation", "parameter", errors, 1e-12, "", f"{STEPS} steps, float64")]


def steps_in_float32(spec):
    """In float32, compiled, the way is the reference's but for the rounding of each step."""

    def compare(settings, gradients, path, is_last):
        mode = "XLA" if is_last else "graph"
        return _path(spec.optimizer(**settings), gradients, "float32", mode), path

    errors, on = _measured(spec, compare), "the same in float32, graph and XLA"
    return [_finding("rounding", "parameter", errors, 1e-5, "", on)]


def steps_of_keras(spec):
    """In float64 every step is that of Keras' optimizer."""

    def compare(settings, gradients, path, is_last):
        kinds = spec.optimizer, spec.keras
        return [_path(kind(**settings), gradients, "float64", "graph") for kind in kinds]

    errors = _measured(spec, compare)
    return [_finding("Keras", "parameter", errors, 1e-12, "", "the same in float64")]


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
        errors.append((options, [np.arange(4)], _relative(came, should)))
    return [_finding("sparse gradients", "parameter", errors, 0, "", "5 steps, against full ones")]


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
    loaded = _saved_and_loaded(model)
    for one in (model, loaded):
        one.train_on_batch(x, y)
    weights = zip(model.get_weights(), loaded.get_weights(), strict=True)
    return [_kept(kept and all(np.allclose(*pair, rtol=1e-6) for pair in weights), "parameter")]


OPTIMIZER_CHECKS = (steps, steps_in_float32, steps_of_keras, sparse_gradients, saved_optimizer)
