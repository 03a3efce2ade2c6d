"""The tables of the verification report: made from the rows of `specs`, when the page is executed.

Each function measures what it shows and returns an `IPython.display.Markdown` object.
"""

import itertools
import math

import numpy as np

from companion._backend import tf
from companion.verification.findings import KINDS, ULP, amount
from companion.verification.functions import errors_in_ulp, evaluate, exact_results, like
from companion.verification.optimizers import (
    huge_gradients,
    last_parameter,
    steps,
    steps_in_float32,
    steps_of_keras,
)
from companion.verification.schedules import learning_rates
from companion.verification.specs import (
    SPECS,
    FunctionSpec,
    OptimizerSpec,
    ScheduleSpec,
    classes,
)

ALL_DIGITS = 2.0**24
"""So many ulp are as much as the number itself."""
OF = {OptimizerSpec: "parameter", ScheduleSpec: "rate"}
"""What a difference is of, where it is neither of a value nor of a derivative."""


def errors():
    """For each function the worst error in ulp, of the companion and of Keras, on the same inputs.

    Returns:
        A table with one line for each function: its name, then for value and derivative the worst
        error of the companion and that of Keras, rounded up so that every CPU prints the same.

    Raises:
        AssertionError: if the companion's error exceeds its bound.

    Example:
        >>> errors().data.splitlines()[2]      # doctest: +SKIP
        '| `activations.step` | 0 | – | 0 | – |'
    """
    head = ["function", *(f"{of}, {who}" for of in KINDS for who in ("companion", "Keras"))]
    lines = []
    for spec in _functions():
        ours, theirs = _worst(spec)
        assert all(error <= ULP for error in ours), f"{spec.name} is {ours} ulp off, bound {ULP}"
        both = zip(ours, theirs, strict=True)
        lines.append([_code(spec.name), *(_told(error) for pair in both for error in pair)])
    return _table(head, lines)


def differences():
    """The inputs on which Keras errs, with what it gives, what is right and what the companion has.

    Example:
        >>> "losses.log_cosh" in differences().data
        True
    """
    lines = []
    for spec in SPECS.values():
        for difference in getattr(spec, "differences", ()):
            theirs, ours = _both(spec, difference)
            groups = itertools.groupby(difference.inputs)
            runs = [(str(one), len(list(same))) for one, same in groups]
            given = ", ".join(one if count == 1 else f"{count} × {one}" for one, count in runs)
            settings = ", ".join(f"{name}={value}" for name, value in difference.parameters.items())
            numbers = (f"{number:.7g}" for number in (theirs, ours, difference.right))
            of = OF.get(type(spec), difference.of)
            what = _code(f"{given}; {settings}" if settings else given)
            lines.append([_code(spec.name), what, of, *numbers, difference.issue])
    for difference in classes.DIFFERENCES:
        numbers = (f"{number:.7g}" for number in (*difference.both(), difference.right))
        told = [difference.given, difference.of, *numbers, difference.issue]
        lines.append([_code(difference.name), *told])
    head = ["function", "input", "of", "Keras", "companion", "right", "known as"]
    return _table(head, lines)


def _both(spec, difference):
    """What Keras makes of the input of a difference, and what the companion does."""
    if isinstance(spec, OptimizerSpec):
        return [last_parameter(kind, difference) for kind in (spec.keras, spec.optimizer)]
    if isinstance(spec, ScheduleSpec):
        options, steps = difference.parameters, difference.inputs
        return [learning_rates(k, options, steps)[0] for k in (spec.keras, spec.schedule)]
    inputs = tuple(np.array([array]) for array in difference.inputs)
    found = []
    for function in (spec.keras, spec.function):
        results = evaluate(like(spec, function), inputs, difference.parameters)
        found.append(results[KINDS.index(difference.of)].numpy().ravel()[0])
    return found


def concessions():
    """Where 8 ulp are not promised, on what scale they are, and why.

    Example:
        >>> "activations.softmax" in concessions().data
        True
    """
    lines = [
        [_code(spec.name), concession.of, concession.reason]
        for spec in _functions()
        for concession in spec.concessions
    ]
    return _table(["function", "of", "why"], lines)


def optimizers():
    """For each optimizer the worst error of its way, against the derivation and against Keras.

    Raises:
        AssertionError: if a bound is exceeded.

    Example:
        >>> "optimizers.SGD" in optimizers().data
        True
    """
    checks = (steps, steps_in_float32, steps_of_keras, huge_gradients)
    head = ["optimizer", "derivation, float64", "the same in float32", "Keras, float64"]
    lines = []
    for spec in SPECS.values():
        if isinstance(spec, OptimizerSpec):
            findings = [finding for check in checks for finding in check(spec)]
            for finding in findings:
                assert finding.passed, f"{spec.name}: {finding}"
            errors = [amount(finding.rounded_up, finding.unit) for finding in findings]
            errors = [error if error == "0" else f"≤ {error}" for error in errors]
            lines.append([_code(spec.name), *errors])
    return _table([*head, "gradients up to 1e30"], lines)


def _functions():
    return [spec for spec in SPECS.values() if isinstance(spec, FunctionSpec)]


def _worst(spec):
    """The worst errors of value and derivative over all inputs: the companion's, then Keras'."""
    rows = [like(spec, function) for function in (spec.function, spec.keras) if function]
    worst = np.zeros((len(rows), len(KINDS)))
    with tf.device("CPU"):
        for parameters in spec.parameters:
            inputs = spec.inputs(parameters)
            exact = exact_results(spec, inputs, parameters)
            for row, largest in zip(rows, worst, strict=True):
                came = evaluate(row, inputs, parameters)
                errors = errors_in_ulp(spec, inputs, parameters, came, exact)
                found = [
                    math.nan if np.isnan(result).any() else error.max()
                    for result, error in zip(came, errors, strict=True)
                ]
                np.maximum(largest, found, out=largest)
    ours, *theirs = worst.tolist()
    return ours, theirs[0] if theirs else [None, None]


def _told(error):
    """Up to 8 ulp, a power of ten that it does not exceed, that no digit is left, or no Keras."""
    if error is None:
        return "–"
    if math.isnan(error):
        return "NaN"
    if error >= ALL_DIGITS / 2:
        return "all digits"
    if error <= 8:
        return "0" if error == 0 else "≤ 4" if error <= 2.7 else "≤ 8"
    return f"≤ {10.0 ** math.ceil(math.log10(1.2 * error)):,.0f}"


def _code(text):
    return f"`{text}`"


def _table(head, lines):
    from IPython.display import Markdown

    rows = [head, ["---"] * len(head), *lines]
    escaped = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return Markdown("\n".join("| " + " | ".join(row) + " |" for row in escaped))
