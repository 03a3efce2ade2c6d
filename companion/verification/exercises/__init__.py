"""The exercise checker: an attempt is answered with the smallest input on which it is wrong.

    >>> from companion.verification import check
    >>> def no_biases(widths):
    ...     return sum(a * b for a, b in zip(widths, widths[1:]))
    >>> check("perceptron-parameters", no_biases)
    ✗ perceptron-parameters: not right yet. The smallest input that shows it:
        widths = [1, 1]
      came:         count = 1
      should come:  count = 2
      hint: every unit has a bias as well.

Hypothesis generates the inputs, the same ones on every run, and shrinks the one on which the
attempt fails. Then the attempt's numbers are compared with those of the slips that the exercise
knows, and the hint names the slip that they coincide with on every input.

The exercises of book/losses/robust.md stand in losses/robust.py here, and so on: each module has
a table of what is asked for (n, b, i, h, o and k are sizes; arrays are float64), and a table
`EXERCISES` of rows as rows.py explains them.
"""

import contextlib
import copy
import difflib
import functools
import importlib
import inspect
import pkgutil
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from companion.verification.exercises.rows import Exercise

EXAMPLES = 100
SECONDS = 20.0


def _collected() -> dict[str, Exercise]:
    """The tables of all chapters as one."""
    collected: dict[str, Exercise] = {}
    for found in pkgutil.walk_packages(__path__, f"{__name__}."):
        rows = getattr(importlib.import_module(found.name), "EXERCISES", {})
        twice = collected.keys() & rows.keys()
        if twice:
            raise ValueError(f"{found.name} has exercises that exist: {', '.join(sorted(twice))}")
        collected |= rows
    return collected


EXERCISES = _collected()


@dataclass(frozen=True)
class Verdict:
    """The answer to an attempt: `passed`, and the text that a notebook shows."""

    passed: bool
    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Outcome:
    """What a function made of one input: its results as arrays, or the trouble instead."""

    results: tuple | None = None
    trouble: str = ""
    nothing: bool = False
    warned: str = ""


@dataclass(frozen=True)
class _Trial:
    arguments: tuple
    came: _Outcome
    should: _Outcome
    complaint: str

    @property
    def passed(self) -> bool:
        return not self.complaint


class _TimeIsUp(BaseException):
    """Ends the search; no `Exception`, or Hypothesis would take it for a fault of the attempt."""


def check(exercise: str, attempt: Any) -> Verdict:
    """Compare an attempt at an exercise with the truth, and explain the difference.

    Args:
        exercise: id of the exercise, such as "robust-gradient".
        attempt: the reader's function, or number where the exercise asks for one.

    Returns:
        A verdict whose ``passed`` is True or False and whose text starts with ✓ or ✗. A wrong
        attempt is shown the smallest input on which it is wrong, what came, what should have
        come, and a hint if its numbers are those of a slip that the exercise knows.

    Raises:
        ValueError: there is no such exercise; the message lists those that there are.

    Example:
        >>> check("sigmoids-vanishing", 0.25)
        ✗ sigmoids-vanishing: 0.25 is not it.
          hint: that is one layer; there are ten.
    """
    row = EXERCISES.get(exercise)
    if row is None:
        close = difflib.get_close_matches(str(exercise), EXERCISES, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"no exercise {exercise!r}.{guess} There are: {', '.join(EXERCISES)}")
    if attempt is None or attempt is ...:
        return _not_attempted(exercise, row)
    if row.answer and row.use is None:
        return _check_number(exercise, row, attempt)
    function = attempt
    if row.use is not None:
        try:
            function = row.use(attempt)
        except Exception as error:
            return Verdict(
                False, f"✗ {exercise}: should be {row.answer}; {type(error).__name__}: {error}"
            )
    elif not callable(attempt):
        return Verdict(
            False,
            f"✗ {exercise}: hand over the function itself, not {_text(attempt)}:\n"
            f'  check("{exercise}", {row.signature.partition("(")[0]})',
        )
    elif not _takes(function, len(row.argument_names)):
        return Verdict(
            False,
            f"✗ {exercise}: takes other arguments than it is given.\n"
            f"  It should be {row.signature}",
        )
    trials, found = _search(row, function)
    if found is None:
        return Verdict(True, f"✓ {exercise}: right on all {len(trials)} inputs that were tried.")
    if all(trial.came.nothing for trial in trials):
        return _not_attempted(exercise, row)
    return Verdict(False, _explain(exercise, row, trials, found))


def _takes(function: Callable, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature: the calls will tell
        return True
    return True


def _not_attempted(name: str, row: Exercise) -> Verdict:
    asked = row.answer or row.signature
    return Verdict(False, f"✗ {name}: nothing came back yet. Your turn: {asked}")


def _check_number(name: str, row: Exercise, attempt: Any) -> Verdict:
    came = _outcome(lambda: attempt, (), row)
    if came.results is None or came.results[0].shape != ():
        return Verdict(False, f"✗ {name}: should be {row.answer}, not {_text(attempt)}.")
    if not _complaint(came, _outcome(lambda: row.truth, (), row), row):
        return Verdict(True, f"✓ {name}: {_text(attempt)} it is.")
    lines = [f"✗ {name}: {_text(attempt)} is not it."]
    for hint, number in row.slips.items():
        if not _complaint(came, _outcome(lambda number=number: number, (), row), row):
            lines.append(f"  hint: {hint}.")
            break
    return Verdict(False, "\n".join(lines))


# Running a function


def _outcome(function: Callable, arguments: tuple, row: Exercise) -> _Outcome:
    """Run the function on copies of the arguments, and put what comes into arrays."""
    given = copy.deepcopy(arguments)
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            result = function(*given)
        except Exception as error:
            return _Outcome(trouble=f"{type(error).__name__}: {error}")
    warned = str(caught[0].message) if caught else ""
    if result is None or result is ...:
        return _Outcome(trouble=str(result), nothing=True)
    for name, before, after in zip(row.argument_names, arguments, given, strict=False):
        if not np.array_equal(before, after, equal_nan=np.asarray(before).dtype.kind == "f"):
            trouble = (
                f"{name} was changed in place to {_text(after)}; leave the arguments as they are"
            )
            return _Outcome(trouble=trouble)
    results = (result,)
    if len(row.result_names) > 1:
        several = isinstance(result, tuple | list) or np.ndim(result) > 0
        if not several or len(result) != len(row.result_names):
            return _Outcome(trouble=f"{_text(result)}, not ({', '.join(row.result_names)})")
        results = tuple(result)
    try:
        results = tuple(np.asarray(part) for part in results)
    except (TypeError, ValueError):
        return _Outcome(trouble=_text(result))
    if any(part.dtype.kind not in "fiu" for part in results):
        types = ", ".join(str(part.dtype) for part in results)
        trouble = f"something of type {types}, not real numbers"
        if "bool" in types:
            trouble += "; a comparison times 1.0 is one"
        return _Outcome(trouble=trouble)
    return _Outcome(results, warned=warned)


def _complaint(came: _Outcome, should: _Outcome, row: Exercise) -> str:
    """Why these are not the same results; empty if they are."""
    if came.results is None:
        return came.trouble
    for a, b in zip(came.results, should.results, strict=True):
        if a.shape != b.shape:
            return f"the shape is {a.shape} and should be {b.shape}"
    for a, b in zip(came.results, should.results, strict=True):
        if not np.allclose(np.asarray(a, float), b, rtol=row.rtol, atol=row.atol, equal_nan=True):
            return "the numbers differ"
    if row.quiet and came.warned != should.warned:
        return f"it warns: {came.warned}"
    return ""


def _search(row: Exercise, function: Callable) -> tuple[list[_Trial], _Trial | None]:
    """All that was tried, and if the function fails somewhere the smallest input found for it."""
    trials = []
    deadline = time.monotonic() + SECONDS

    def fails(arguments):
        # Not before something was tried: the first call may have to build a graph.
        if trials and time.monotonic() > deadline:
            raise _TimeIsUp
        came, should = _outcome(function, arguments, row), _outcome(row.truth, arguments, row)
        trials.append(_Trial(arguments, came, should, _complaint(came, should, row)))
        return not trials[-1].passed

    with contextlib.suppress(_TimeIsUp):
        failures = [fails(arguments) for arguments in _sample(row)]
        if not any(failures):
            return trials, None
        _find(row, fails)
    # Shrinking accepts nothing but smaller inputs, so the last failure is the smallest.
    return trials, next((trial for trial in reversed(trials) if not trial.passed), None)


@functools.cache
def _sample(row: Exercise) -> list[tuple]:
    """The inputs on which an attempt is tried, whatever it makes of them."""
    sample = []
    _find(row, lambda arguments: sample.append(arguments))
    return sample


def _find(row: Exercise, fails: Callable) -> None:
    """Let Hypothesis look for an input that fails, and then for smaller ones."""
    try:
        import hypothesis
        import hypothesis.strategies
        from hypothesis.configuration import set_hypothesis_home_dir
    except ImportError as error:
        raise ImportError(
            "the exercise checker needs hypothesis: pip install deep-learning-derived[verify]"
        ) from error
    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    with tempfile.TemporaryDirectory() as scratch:
        # Hypothesis leaves a folder behind; the reader's is no place for it.
        set_hypothesis_home_dir(scratch)
        try:
            hypothesis.find(row.inputs(hypothesis.strategies), fails, settings=settings)
        except (hypothesis.errors.NoSuchExample, hypothesis.errors.Flaky):
            return
        finally:
            set_hypothesis_home_dir(None)


# Explaining


def _explain(name: str, row: Exercise, trials: list[_Trial], found: _Trial) -> str:
    lines = [f"✗ {name}: not right yet. The smallest input that shows it:"]
    for argument, value in zip(row.argument_names, found.arguments, strict=True):
        lines.append(f"    {argument} = {_text(value)}")
    digits = 6
    came, should = _results(row, found.came, digits), _results(row, found.should, digits)
    if came == should and found.complaint == "the numbers differ":
        digits = 17
        came, should = _results(row, found.came, digits), _results(row, found.should, digits)
    lines += [f"  came:         {came}", f"  should come:  {should}"]
    if found.came.results is not None and found.complaint != "the numbers differ":
        lines.append(f"  {found.complaint}.")
    if hint := _hint(row, trials):
        lines.append(f"  hint: {hint}.")
    return "\n".join(lines)


def _results(row: Exercise, outcome: _Outcome, digits: int) -> str:
    if outcome.results is None:
        return outcome.trouble.splitlines()[0] if outcome.trouble else "nothing"
    return ", ".join(
        f"{name} = {_text(value, digits)}"
        for name, value in zip(row.result_names, outcome.results, strict=True)
    )


def _hint(row: Exercise, trials: list[_Trial]) -> str:
    """The slip whose results the attempt's coincide with, or what else its results tell."""
    answered = [trial for trial in trials if trial.came.results is not None]
    if any(not trial.passed for trial in answered):
        for hint, slip in row.slips.items():
            if _coincides(slip, answered, row):
                return hint
        if factor := _common_factor(row, answered):
            return f"your numbers are {factor:.6g} times the right ones"
        if all(_complaint(_reversed(t.came), t.should, row) == "" for t in answered):
            return f"the results should come in the order {', '.join(row.result_names)}"
    trouble = " ".join(trial.came.trouble for trial in trials)
    if "truth value of an array" in trouble:
        return "the input is an array: `if` decides once, numpy.where for each entry"
    if "can be converted to Python scalars" in trouble or "must be real number" in trouble:
        return "the input is an array: numpy's functions take one, those of math a single number"
    if "complex" in trouble:
        return "the results are complex numbers; for a symmetric matrix, eigvalsh gives real ones"
    alone = [trial for trial in trials if _largest(trial.arguments) == 1]
    if "in place" not in trouble and alone and all(trial.passed for trial in alone):
        return "it is right for a single entry; the fault shows with more than one"
    return ""


def _coincides(slip: Callable, trials: list[_Trial], row: Exercise) -> bool:
    """The slip has the attempt's results wherever it has any, a wrong one among them."""
    explains = False
    for trial in trials:
        outcome = _outcome(slip, trial.arguments, row)
        if outcome.results is None:
            continue
        if _complaint(trial.came, outcome, row):
            return False
        explains = explains or not trial.passed
    return explains


def _common_factor(row: Exercise, trials: list[_Trial]) -> float | None:
    """The number c if every result is c times the right one; None if there is no such c."""
    pairs = [
        (a.ravel(), b.ravel())
        for trial in trials
        for a, b in zip(trial.came.results, trial.should.results, strict=True)
        if a.shape == b.shape
    ]
    if not pairs or len(pairs) < len(trials):
        return None
    came, should = (np.concatenate(side).astype(float) for side in zip(*pairs, strict=True))
    if not np.isfinite(came).all() or not should.any():
        return None
    factor = came[np.argmax(np.abs(should))] / np.abs(should).max()
    factor *= np.sign(should[np.argmax(np.abs(should))])
    close = np.allclose(came, factor * should, rtol=row.rtol, atol=row.atol)
    return float(factor) if close and factor != 0 and not np.isclose(factor, 1) else None


def _reversed(outcome: _Outcome) -> _Outcome:
    return _Outcome(outcome.results[::-1], warned=outcome.warned)


def _largest(arguments: tuple) -> int:
    return max(np.size(argument) for argument in arguments)


def _text(value: Any, digits: int = 6) -> str:
    """Numbers to be read: [0, 0.5] where NumPy has array([0. , 0.5])."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(entry, digits) for entry in value) + "]"
    if isinstance(value, bool | np.bool_ | str):
        return repr(value)
    if isinstance(value, int | float | np.number) and not isinstance(value, complex):
        return f"{value:.{digits}g}" if isinstance(value, float | np.floating) else str(value)
    try:
        return _text(np.asarray(value, float), digits)
    except (TypeError, ValueError):
        return f"an object of type {type(value).__name__}"
