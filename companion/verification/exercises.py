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

An exercise is a row of `EXERCISES` at the end of this file:

- `signature`: what the reader writes. The arguments come by position, so an attempt may name
  them as it likes; the names after the arrow are those of the results.
- `truth`: the right function, from `companion.reference` where it has it.
- `inputs`: how to generate the arguments, see `_inputs`. The values that come first in a list
  are the ones that a counterexample is shrunk to: put small, round numbers there.
- `slips`: the hint, and the function with that slip.
- `rtol`, `atol`: how close is right. `quiet`: a floating-point warning is a fault as well.
- `answer`: what is handed over where it is not a function. With `use`, which makes the function
  that is tested from it; without, the answer is a number and `slips` are wrong numbers.

The ids and their signatures (n, b, i, h, o and k are sizes; arrays are float64):

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| squared-gradient             | `squared_gradient(y_true, y_pred) -> gradient` (b, n): of the   |
|                              |   squared error's mean over the batch, as Keras minimises it    |
| squared-median               | a number: the constant with the smallest mean absolute error    |
|                              |   for the targets 30, 4, 9, 2, 2                                |
| squared-weighted             | `best_constant(values, weights) -> constant` (n,), (n,) -> ():  |
|                              |   with the smallest weighted squared error                      |
| squared-line                 | `best_line(x, y) -> (slope, offset)` (n,), (n,): least squares  |
| robust-gradient              | `huber_gradient(y_true, y_pred, delta) -> gradient`             |
|                              |   y_true, y_pred, gradient (n,): of the mean over the n entries |
| robust-log-cosh              | `log_cosh(residual) -> value`, elementwise (n,)                 |
| robust-pseudo-huber          | `pseudo_huber(residual, delta) -> (value, derivative)` (n,)     |
| robust-location              | a number: the constant with the smallest mean Huber loss at     |
|                              |   delta = 2 for the targets 0, 0, 1, 2, 30                      |
| asymmetric-gradient          | `asymmetric_gradient(y_true, y_pred, under, over) -> gradient`  |
|                              |   all (n,) but the prices: of the mean over the n entries       |
| asymmetric-order             | a number: how many cakes to bake                                |
| asymmetric-constant          | `best_constant(values, under, over) -> constant` (n,) -> ():    |
|                              |   the smallest one with the smallest mean cost                  |
| sigmoids-sigmoid             | `sigmoid(x) -> value` (n,): without a warning at ±1000          |
| sigmoids-tanh-from-sigmoid   | `tanh(x) -> (value, derivative)` (n,)                           |
| sigmoids-second-derivative   | `second_derivative(x) -> curvature` (n,): of the sigmoid        |
| sigmoids-vanishing           | a number: the largest factor by which ten sigmoids in a chain   |
|                              |   can scale a gradient                                          |
| adam-step                    | `adam_step(parameter, gradient, m, v, t, learning_rate, beta_1, |
|                              |   beta_2, epsilon) -> (parameter, m, v)`: step t = 1, 2, …      |
| adam-bias-correction         | `corrected_average(gradients, beta) -> average`: m̂ after the   |
|                              |   gradients (n,), the oldest first                              |
| adam-amsgrad                 | `amsgrad_step(parameter, gradient, m, v, v_max, t,              |
|                              |   learning_rate, beta_1, beta_2, epsilon)                       |
|                              |   -> (parameter, m, v, v_max)`                                  |
| adam-decoupled               | `adamw_step(parameter, gradient, m, v, t, learning_rate,        |
|                              |   beta_1, beta_2, epsilon, weight_decay) -> (parameter, m, v)`  |
| perceptron-parameters        | `count_parameters(widths) -> count`: [784, 256, 256, 10]        |
| perceptron-forward           | `forward(x, w1, b1, w2, b2) -> logits` (b, i), (i, h), (h,),    |
|                              |   (h, o), (o,) -> (b, o): ReLU between the two layers           |
| perceptron-accuracy          | `accuracy(probabilities, labels) -> share` (b, k), (b,) -> ()   |
| perceptron-softmax-gradient  | `gradient_in_logits(logits, labels) -> gradient` (b, k), (b,):  |
|                              |   of the cross-entropy's mean over the batch                    |
| perceptron-xor               | the weights `(w1, b1, w2, b2)` of a network that computes       |
|                              |   exclusive or: (2, h), (h,), (h, 1), (1,)                      |
"""

import contextlib
import copy
import difflib
import functools
import inspect
import itertools
import math
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from companion import reference

EXAMPLES = 100
SECONDS = 20.0


@dataclass(frozen=True, eq=False)
class Exercise:
    """A row of the table; the module's docstring says what each entry means."""

    signature: str
    truth: Any
    inputs: Callable | None = None
    slips: Mapping[str, Any] = field(default_factory=dict)
    rtol: float = 1e-6
    atol: float = 1e-12
    quiet: bool = False
    answer: str = ""
    use: Callable | None = None

    @property
    def argument_names(self) -> list[str]:
        return _names(self.signature.partition("->")[0].partition("(")[2])

    @property
    def result_names(self) -> list[str]:
        return _names(self.signature.partition("->")[2])


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


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.strip(" ()").split(",")]


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
        if not np.array_equal(before, after):
            trouble = (
                f"{name} was changed in place to {_text(after)}; leave the arguments as they are"
            )
            return _Outcome(trouble=trouble)
    results = (result,)
    if len(row.result_names) > 1:
        if not isinstance(result, tuple | list) or len(result) != len(row.result_names):
            return _Outcome(trouble=f"{_text(result)}, not ({', '.join(row.result_names)})")
        results = tuple(result)
    try:
        results = tuple(np.asarray(part) for part in results)
    except (TypeError, ValueError):
        return _Outcome(trouble=_text(result))
    if any(part.dtype.kind not in "fiu" for part in results):
        types = ", ".join(str(part.dtype) for part in results)
        return _Outcome(trouble=f"something of type {types}, not real numbers")
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
    alone = [trial for trial in trials if _largest(trial.arguments) == 1]
    if alone and all(trial.passed for trial in alone):
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
    return float(factor) if close and factor != 0 else None


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


# The table

REALS = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 10.0, -10.0]
"""Values that a counterexample can be read with; shrinking goes to the front."""


def _inputs(*arguments, **sizes) -> Callable:
    """How to generate the arguments of an exercise.

    Each is a list of numbers to choose from, or a pair of such a list and a string with one
    letter for each axis of an array. A letter is one size throughout the call, 1 to 3 unless
    `sizes` says otherwise. A letter in place of the list stands for the labels 0 … size - 1.
    """

    letters = sorted({axis for pair in arguments if isinstance(pair, tuple) for axis in pair[1]})

    def build(st):
        def one(draw, argument, size):
            if not isinstance(argument, tuple):
                return draw(st.sampled_from(argument))
            values, axes = argument
            values = range(size[values]) if isinstance(values, str) else values
            shape = tuple(size[axis] for axis in axes)
            entries = [draw(st.sampled_from(values)) for _ in range(math.prod(shape))]
            return np.array(entries).reshape(shape)

        @st.composite
        def drawn(draw):
            size = {name: draw(st.sampled_from(sizes.get(name, (1, 2, 3)))) for name in letters}
            return tuple(one(draw, argument, size) for argument in arguments)

        return drawn()

    return build


# losses/squared


def _squared_gradient(y_true, y_pred):
    return reference.losses.mean_squared_error(y_true, y_pred)[1] / len(y_true)


def _weighted_mean(values, weights):
    return np.sum(weights * values) / np.sum(weights)


def _weighted_median(values, weights):
    order = np.argsort(values)
    return values[order][np.searchsorted(np.cumsum(weights[order]), np.sum(weights) / 2)]


def _points(st):
    # At least two different x, or no line is better than all others.
    point = st.tuples(st.sampled_from(REALS), st.sampled_from(REALS))
    points = st.lists(point, min_size=2, max_size=4, unique_by=lambda point: point[0])
    return points.map(lambda points: tuple(np.array(side) for side in zip(*points, strict=True)))


def _best_line(x, y):
    slope = np.sum((x - np.mean(x)) * (y - np.mean(y))) / np.sum((x - np.mean(x)) ** 2)
    return slope, np.mean(y) - slope * np.mean(x)


def _through_the_means(slope):
    """A line with this slope and the offset that belongs to it: the slips of `squared-line`."""
    return lambda x, y: (slope(x, y), np.mean(y) - slope(x, y) * np.mean(x))


# losses/robust


def _huber_gradient(y_true, y_pred, delta):
    return reference.losses.huber(y_true, y_pred, delta)[1]


def _log_cosh(residual):
    return reference.losses.log_cosh(np.zeros_like(residual)[:, None], residual[:, None])[0]


def _pseudo_huber(residual, delta):
    root = np.sqrt(1 + (residual / delta) ** 2)
    return residual**2 / (root + 1), residual / root


# losses/asymmetric


def _asymmetric_gradient(y_true, y_pred, under, over):
    return reference.losses.asymmetric_cost(y_true, y_pred, under, over)[1]


def _asymmetric_constant(values, under, over):
    costs = [
        reference.losses.asymmetric_cost(values, np.full_like(values, value), under, over)[0]
        for value in np.sort(values)
    ]
    # Equal costs may differ in the last digit; the first of them is the smallest constant.
    return np.sort(values)[np.argmax(np.isclose(costs, np.min(costs)))]


# activations/sigmoids


def _sigmoid(x):
    return reference.activations.sigmoid(x)[0]


# optimizers/adam


def _moments(gradient, m, v, beta_1, beta_2):
    return beta_1 * m + (1 - beta_1) * gradient, beta_2 * v + (1 - beta_2) * gradient**2


def _move(m, v, t, beta_1, beta_2, epsilon):
    return m * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) / (np.sqrt(v) + epsilon)


def _adam_with(moments=_moments, move=_move):
    """An Adam step with other moments or another move: the slips of `adam-step`."""

    def step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon):
        m, v = moments(gradient, m, v, beta_1, beta_2)
        return parameter - learning_rate * move(m, v, t, beta_1, beta_2, epsilon), m, v

    return step


def _corrected(result, t, learning_rate, beta_1, beta_2):
    parameter, m, v = result
    return parameter, m / (1 - beta_1**t), v / (1 - beta_2**t)


def _adam(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon):
    parameter, state = reference.optimizers.adam(
        parameter,
        gradient,
        {"step": t - 1, "m": m, "v": v, "v_max": v},
        learning_rate=learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
    )
    return parameter, state["m"], state["v"]


def _amsgrad(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
    parameter, state = reference.optimizers.adam(
        parameter,
        gradient,
        {"step": t - 1, "m": m, "v": v, "v_max": v_max},
        learning_rate=learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
        amsgrad=True,
    )
    return parameter, state["m"], state["v"], state["v_max"]


def _amsgrad_with(largest):
    """An AMSGrad step whose `largest(v_max, v, new_v)` gives the scale and what is kept."""

    def step(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
        m, new_v = _moments(gradient, m, v, beta_1, beta_2)
        scale, keep = largest(v_max, v, new_v)
        move = _move(m, scale, t, beta_1, beta_2, epsilon)
        return parameter - learning_rate * move, m, new_v, keep

    return step


def _amsgrad_of_v_hat(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon):
    m, v = _moments(gradient, m, v, beta_1, beta_2)
    v_max = np.maximum(v_max, v / (1 - beta_2**t))
    move = m / (1 - beta_1**t) / (np.sqrt(v_max) + epsilon)
    return parameter - learning_rate * move, m, v, v_max


def _adamw(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon, weight_decay):
    shrunk = parameter * (1 - learning_rate * weight_decay)
    return _adam(shrunk, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon)


def _corrected_average(gradients, beta):
    t = len(gradients)
    return np.sum(_weights(t, beta) * gradients) / (1 - beta**t)


def _weights(t, beta):
    return (1 - beta) * beta ** np.arange(t - 1.0, -1.0, -1.0)


MOMENTS = (
    (REALS, "n"),  # parameter
    ([1.0, 0.0, -1.0, 2.0, -2.0, 0.5], "n"),  # gradient
    ([0.0, 1.0, -1.0, 0.5], "n"),  # m
    ([0.0, 1.0, 4.0, 0.25], "n"),  # v
)
HYPERPARAMETERS = (
    [1, 2, 3, 10],  # t
    [1.0, 0.1, 0.5],  # learning_rate
    [0.5, 0.0, 0.9, 0.75],  # beta_1
    [0.5, 0.0, 0.999, 0.75],  # beta_2
    [1.0, 1e-7, 0.5],  # epsilon
)

# networks/perceptron


def _relu(x):
    return np.maximum(x, 0.0)


def _forward(x, w1, b1, w2, b2):
    return _relu(x @ w1 + b1) @ w2 + b2


def _count_parameters(widths):
    return sum((before + 1) * after for before, after in itertools.pairwise(widths))


def _softmax_gradient(logits, labels):
    crossentropy = reference.losses.sparse_categorical_crossentropy
    return crossentropy(labels, logits, from_logits=True)[1] / len(labels)


def _naive_gradient(logits, labels):
    growth = np.exp(logits)
    p = growth / growth.sum(axis=1, keepdims=True)
    return (p - _one_hot(labels, logits)) / len(labels)


def _softmax(logits, axis=-1):
    return reference.activations.softmax(logits, axis)[0]


def _one_hot(labels, logits):
    return np.eye(logits.shape[-1])[labels]


def _predictions(st):
    # No two equal probabilities at the top: which class is then predicted is not the point.
    rows = st.sampled_from(
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5], [0.1, 0.2, 0.7]]
    )
    batch = st.lists(st.tuples(rows, st.sampled_from([0, 1, 2])), min_size=1, max_size=4)
    return batch.map(lambda batch: tuple(np.array(column) for column in zip(*batch, strict=True)))


def _network(weights):
    w1, b1, w2, b2 = (np.asarray(part, float) for part in weights)
    return lambda x: np.squeeze(_forward(x, w1, b1, w2, b2))


EXERCISES = {
    "squared-gradient": Exercise(
        "squared_gradient(y_true, y_pred) -> gradient",
        truth=_squared_gradient,
        inputs=_inputs((REALS, "bn"), (REALS, "bn")),
        slips={
            "that is the sum's: 2r is divided neither by the entries nor by the batch": (
                lambda y, p: 2 * (p - y)
            ),
            "the loss is a mean over the batch as well: 1/b is missing": lambda y, p: (
                2 * (p - y) / y.shape[1]
            ),
            "each sample's loss is a mean over its entries: 1/n is missing": lambda y, p: (
                2 * (p - y) / y.shape[0]
            ),
            "the derivative of r² is 2r: the 2 is missing": lambda y, p: (p - y) / y.size,
            "the sign is turned: the residual is y_pred - y_true": lambda y, p: (
                2 * (y - p) / y.size
            ),
            "the sign is turned and the 2 is missing: the residual is y_pred - y_true": (
                lambda y, p: (y - p) / y.size
            ),
            "that is the gradient of the absolute error": lambda y, p: np.sign(p - y) / y.size,
            "that is the loss of each sample, not the gradient": lambda y, p: np.mean(
                (p - y) ** 2, axis=1
            ),
            "that is the loss, not its gradient": lambda y, p: np.mean((p - y) ** 2),
            "every entry has a gradient of its own: nothing is added up": lambda y, p: (
                2 * np.mean(p - y)
            ),
        },
    ),
    "squared-median": Exercise(
        "constant",
        truth=4.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean, where the squared error is smallest": 9.4,
            "that one stands in the middle of the list; sort it first": 9.0,
            "that is the most frequent value; the median has as many below as above": 2.0,
            "that is half way between the smallest and the largest": 16.0,
        },
    ),
    "squared-weighted": Exercise(
        "best_constant(values, weights) -> constant",
        truth=_weighted_mean,
        inputs=_inputs((REALS, "n"), ([1.0, 2.0, 3.0, 0.5, 10.0], "n")),
        slips={
            "that is the plain mean: the weights do not enter": lambda y, w: np.mean(y),
            "the pulls are w (m - y): divide by the sum of the weights, not by n": lambda y, w: (
                np.mean(w * y)
            ),
            "divide by the sum of the weights": lambda y, w: np.sum(w * y),
            "each pull has its weight once, not squared": lambda y, w: _weighted_mean(y, w**2),
            "a large weight has to pull m nearer, not to let it go": lambda y, w: _weighted_mean(
                y, 1 / w
            ),
            "the sum of the weights is what m is multiplied by, not that of the values": (
                lambda y, w: np.sum(w * y) / np.sum(y) if np.sum(y) else None
            ),
            "that is the weighted median, where the absolute error is smallest": _weighted_median,
            "the weight belongs to the squared residual, not to the value in it": lambda y, w: (
                np.sum(w * y) / np.sum(w**2)
            ),
        },
    ),
    "squared-line": Exercise(
        "best_line(x, y) -> (slope, offset)",
        truth=_best_line,
        inputs=_points,
        rtol=1e-6,
        atol=1e-9,
        slips={
            "that slope is right for a line through the origin; there is an offset": (
                lambda x, y: (np.sum(x * y) / np.sum(x**2), 0.0)
            ),
            "in the slope both x and y count from their means": _through_the_means(
                lambda x, y: np.sum(x * y) / np.sum(x**2)
            ),
            "the slope divides by what x varies, not by what y varies": lambda x, y: (
                _through_the_means(lambda x, y: _best_line(y, x)[0])(x, y) if np.ptp(y) else None
            ),
            "both sums need the same divisor: numpy.cov has n - 1 and numpy.var has n": (
                _through_the_means(lambda x, y: np.cov(x, y)[0, 1] / np.var(x))
            ),
            "that is the correlation: it divides by both spreads": lambda x, y: (
                _through_the_means(lambda x, y: np.corrcoef(x, y)[0, 1])(x, y)
                if np.ptp(y)
                else None
            ),
            "the line goes through the means: the offset lacks slope times mean(x)": (
                lambda x, y: (_best_line(x, y)[0], np.mean(y))
            ),
            "the offset has the wrong sign in front of slope times mean(x)": lambda x, y: (
                _best_line(x, y)[0],
                np.mean(y) + _best_line(x, y)[0] * np.mean(x),
            ),
            "that is the line through the first and the last point": lambda x, y: (
                (y[-1] - y[0]) / (x[-1] - x[0]),
                y[0] - (y[-1] - y[0]) / (x[-1] - x[0]) * x[0],
            ),
        },
    ),
    "robust-gradient": Exercise(
        "huber_gradient(y_true, y_pred, delta) -> gradient",
        truth=_huber_gradient,
        inputs=_inputs((REALS, "n"), (REALS, "n"), [1.0, 0.5, 2.0]),
        slips={
            "the loss is a mean: the 1/n is missing": lambda y, p, d: np.clip(p - y, -d, d),
            "the sign is turned: the residual is y_pred - y_true": lambda y, p, d: (
                np.clip(y - p, -d, d) / p.size
            ),
            "outside, the derivative is delta times the sign, not delta squared": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, p - y, d**2 * np.sign(p - y)) / p.size
            ),
            "outside, the derivative is delta times the sign: the delta is missing": (
                lambda y, p, d: np.where(np.abs(p - y) <= d, p - y, np.sign(p - y)) / p.size
            ),
            "outside, the sign of the residual is lost": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, p - y, d) / p.size
            ),
            "inside, the derivative of r²/2 is r: a factor 2": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, 2 * (p - y), d * np.sign(p - y)) / p.size
            ),
            "inside, the derivative of r²/2 is r: a factor 1/2": lambda y, p, d: (
                np.where(np.abs(p - y) <= d, (p - y) / 2, d * np.sign(p - y)) / p.size
            ),
            "the two branches are swapped": lambda y, p, d: (
                np.where(np.abs(p - y) > d, p - y, d * np.sign(p - y)) / p.size
            ),
            "the case is decided by |r|, not by r": lambda y, p, d: (
                np.where(p - y <= d, p - y, d) / p.size
            ),
            "that is the gradient of the squared error: large residuals are not clipped": (
                lambda y, p, d: (p - y) / p.size
            ),
            "that is the loss, not its gradient": lambda y, p, d: reference.losses.huber(y, p, d)[
                0
            ],
        },
    ),
    "robust-log-cosh": Exercise(
        "log_cosh(residual) -> value",
        truth=_log_cosh,
        inputs=_inputs(
            ([1.0, 0.0, -1.0, 2.0, 1e-8, -1e-8, 0.5, 1e-3, 20.0, 800.0, 1e30, -1e30], "n")
        ),
        atol=0.0,
        slips={
            "cosh overflows long before its logarithm does": lambda r: np.log(np.cosh(r)),
            "for a small residual the logarithms cancel: no digit of r²/2 is left": (
                lambda r: np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))) - np.log(2)
            ),
            "for a small residual the logarithms cancel, for a negative one e^-2r overflows": (
                lambda r: r + np.log1p(np.exp(-2 * r)) - np.log(2)
            ),
            "the log 2 is missing": lambda r: np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))),
            "the sign of the residual must not matter": lambda r: np.sign(r) * _log_cosh(r),
            "that is the derivative": np.tanh,
        },
    ),
    "robust-pseudo-huber": Exercise(
        "pseudo_huber(residual, delta) -> (value, derivative)",
        truth=_pseudo_huber,
        inputs=_inputs(([0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 3.0, 10.0], "n"), [1.0, 2.0, 0.5]),
        slips={
            "delta enters the value squared": lambda r, d: (
                d * (np.sqrt(1 + (r / d) ** 2) - 1),
                _pseudo_huber(r, d)[1],
            ),
            "the value should be 0 at r = 0: the - 1 is missing": lambda r, d: (
                d**2 * np.sqrt(1 + (r / d) ** 2),
                _pseudo_huber(r, d)[1],
            ),
            "the inner derivative 2r/delta² meets the 1/2 of the root: a factor 2": lambda r, d: (
                _pseudo_huber(r, d)[0],
                2 * _pseudo_huber(r, d)[1],
            ),
            "the inner derivative 2r/delta² is missing its 2": lambda r, d: (
                _pseudo_huber(r, d)[0],
                _pseudo_huber(r, d)[1] / 2,
            ),
            "the derivative lacks the inner derivative 2r/delta²": lambda r, d: (
                _pseudo_huber(r, d)[0],
                d**2 / (2 * np.sqrt(1 + (r / d) ** 2)),
            ),
            "the inner derivative divides by delta²: it cancels the delta² in front": (
                lambda r, d: (_pseudo_huber(r, d)[0], d**2 * _pseudo_huber(r, d)[1])
            ),
            "that is Huber itself, not its smooth cousin": lambda r, d: (
                np.where(np.abs(r) <= d, r**2 / 2, d * (np.abs(r) - d / 2)),
                np.clip(r, -d, d),
            ),
            "the residual inside the root is divided by delta": lambda r, d: (
                d**2 * (np.sqrt(1 + r**2) - 1),
                d**2 * r / np.sqrt(1 + r**2),
            ),
        },
    ),
    "robust-location": Exercise(
        "constant",
        truth=1.25,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean, where the squared error is smallest": 6.6,
            "that is the median, where the absolute error is smallest": 1.0,
            "that is the mean without the outlier: it still pulls, with the force delta": 0.75,
        },
    ),
    "asymmetric-gradient": Exercise(
        "asymmetric_gradient(y_true, y_pred, under, over) -> gradient",
        truth=_asymmetric_gradient,
        inputs=_inputs((REALS, "n"), (REALS, "n"), [1.0, 4.0, 0.5], [2.0, 1.0, 3.0]),
        slips={
            "under and over are swapped: too low is r < 0, and there the price is under": (
                lambda y, p, under, over: _asymmetric_gradient(y, p, over, under)
            ),
            "the loss is a mean: the 1/n is missing": lambda y, p, under, over: (
                y.size * _asymmetric_gradient(y, p, under, over)
            ),
            "the sign is turned: to raise a prediction that is too low makes it cheaper": (
                lambda y, p, under, over: -_asymmetric_gradient(y, p, under, over)
            ),
            "too low costs less when raised: the pull there is -under": lambda y, p, under, over: (
                np.abs(_asymmetric_gradient(y, p, under, over))
            ),
            "where the prediction is exactly right the pull is 0, not over": (
                lambda y, p, under, over: np.where(p < y, -under, over) / y.size
            ),
            "where the prediction is exactly right the pull is 0, not -under": (
                lambda y, p, under, over: np.where(p > y, over, -under) / y.size
            ),
            "the pull does not depend on how far off the prediction is, only on the side": (
                lambda y, p, under, over: np.where(p < y, under, over) * (p - y) / y.size
            ),
            "that is the loss, not its gradient": lambda y, p, under, over: (
                reference.losses.asymmetric_cost(y, p, under, over)[0]
            ),
            "every entry has a gradient of its own: nothing is added up": (
                lambda y, p, under, over: np.sum(_asymmetric_gradient(y, p, under, over))
            ),
        },
    ),
    "asymmetric-order": Exercise(
        "cakes",
        truth=30.0,
        rtol=1e-2,
        answer="a number",
        slips={
            "one too many loses what it cost less what the farmer pays: 0.50, not 1": 25.0,
            "one too few loses 3.50 less the 1 that it would have cost": 41.0,
            "the prices are swapped: one too few loses more than one too many": 15.0,
            "that is the mean, where the squared error is smallest": 163 / 7,
            "that is the median, right if both prices were the same": 22.0,
            "that is the order of the quantile, q = 5/6; which number of cakes is it": 5 / 6,
        },
    ),
    "asymmetric-constant": Exercise(
        "best_constant(values, under, over) -> constant",
        truth=_asymmetric_constant,
        inputs=_inputs((REALS, "n"), [1.0, 3.0], [1.0, 3.0], n=(1, 2, 3, 4, 5)),
        slips={
            "the quantile has the order under / (under + over); yours has over on top": (
                lambda y, under, over: _asymmetric_constant(y, over, under)
            ),
            "that is the median: the prices do not enter": lambda y, under, over: np.median(y),
            "that is the mean, where the squared error is smallest": lambda y, under, over: (
                np.mean(y)
            ),
            "that lies between two values; numpy.quantile needs method='inverted_cdf' here": (
                lambda y, under, over: np.quantile(y, under / (under + over))
            ),
            "sort the values first": lambda y, under, over: (
                y[math.ceil(len(y) * under / (under + over)) - 1]
            ),
            "one value too high: the coverage counts the value itself": lambda y, under, over: (
                np.sort(y)[min(int(len(y) * under / (under + over)), len(y) - 1)]
            ),
            "one value too low: its coverage does not reach q yet": lambda y, under, over: (
                np.sort(y)[max(math.ceil(len(y) * under / (under + over)) - 2, 0)]
            ),
        },
    ),
    "sigmoids-sigmoid": Exercise(
        "sigmoid(x) -> value",
        truth=_sigmoid,
        inputs=_inputs(([0.0, 1.0, -1.0, 2.0, -2.0, 10.0, -10.0, 1000.0, -1000.0], "n")),
        atol=0.0,
        quiet=True,
        slips={
            "the formula is right, and e^-x overflows for x = -1000: use the exponential of "
            "-|x| alone": lambda x: 1 / (1 + np.exp(-x)),
            "e^x / (1 + e^x) becomes infinity by infinity: use the exponential of -|x| alone": (
                lambda x: np.exp(x) / (1 + np.exp(x))
            ),
            "numpy.where computes both branches for every entry, and takes one": lambda x: np.where(
                x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))
            ),
            "the sign of the exponent is turned: that is sigmoid(-x)": lambda x: _sigmoid(-x),
            "with e^-|x| the value for a negative x is e^-|x| / (1 + e^-|x|)": lambda x: (
                1 / (1 + np.exp(-np.abs(x)))
            ),
            "that is the derivative": lambda x: reference.activations.sigmoid(x)[1],
        },
    ),
    "sigmoids-tanh-from-sigmoid": Exercise(
        "tanh(x) -> (value, derivative)",
        truth=reference.activations.tanh,
        inputs=_inputs((REALS, "n")),
        slips={
            "the inner derivative is missing: d/dx of sigmoid(2x) has a factor 2": lambda x: (
                np.tanh(x),
                (1 - np.tanh(x) ** 2) / 2,
            ),
            "the outer and the inner 2 are both missing in the derivative": lambda x: (
                np.tanh(x),
                (1 - np.tanh(x) ** 2) / 4,
            ),
            "the argument of the sigmoid is 2x": lambda x: (
                2 * _sigmoid(x) - 1,
                2 * reference.activations.sigmoid(x)[1],
            ),
            "the argument of the sigmoid is 2x in the derivative as well": lambda x: (
                np.tanh(x),
                4 * reference.activations.sigmoid(x)[1],
            ),
            "the derivative is 1 - tanh² x, not 1 - tanh x": lambda x: (
                np.tanh(x),
                1 - np.tanh(x),
            ),
            "sigmoid(2x) runs from 0 to 1, tanh from -1 to 1": lambda x: (
                _sigmoid(2 * x),
                2 * reference.activations.sigmoid(2 * x)[1],
            ),
        },
    ),
    "sigmoids-second-derivative": Exercise(
        "second_derivative(x) -> curvature",
        truth=lambda x: _sigmoid(x) * _sigmoid(-x) * (_sigmoid(-x) - _sigmoid(x)),
        inputs=_inputs((REALS, "n")),
        slips={
            "that is the first derivative": lambda x: _sigmoid(x) * _sigmoid(-x),
            "the chain rule is missing: the derivative of sigmoid² is 2 sigmoid sigmoid′": (
                lambda x: 1 - 2 * _sigmoid(x)
            ),
            "the product rule has a second term: sigmoid stands in both factors": lambda x: (
                _sigmoid(x) * _sigmoid(-x) ** 2
            ),
            "the product rule has a second term: sigmoid stands in both factors of "
            "sigmoid (1 - sigmoid)": lambda x: -(_sigmoid(x) ** 2) * _sigmoid(-x),
            "sigmoid (1 - sigmoid) (1 - 2 sigmoid): the factor 1 - sigmoid is missing": lambda x: (
                _sigmoid(x) * (1 - 2 * _sigmoid(x))
            ),
            "the sign is turned: sigmoid bends upwards left of 0": lambda x: (
                _sigmoid(x) * _sigmoid(-x) * (_sigmoid(x) - _sigmoid(-x))
            ),
        },
    ),
    "sigmoids-vanishing": Exercise(
        "factor",
        truth=0.25**10,
        rtol=1e-2,
        atol=0.0,
        answer="a number",
        slips={
            "that is one layer; there are ten": 0.25,
            "the chain rule multiplies the factors; it does not add them": 2.5,
            "0.5 is the value at 0; the gradient is scaled by the derivative": 0.5**10,
            "that is tanh, whose derivative reaches 1; the sigmoid's does not": 1.0,
        },
    ),
    "adam-step": Exercise(
        "adam_step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon)"
        " -> (parameter, m, v)",
        truth=_adam,
        inputs=_inputs(*MOMENTS, *HYPERPARAMETERS),
        slips={
            "the bias correction is missing": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (np.sqrt(v) + e)
            ),
            "m is corrected, v is not": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (1 - b1**t) / (np.sqrt(v) + e)
            ),
            "v is corrected, m is not": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * np.sqrt(1 - b2**t) / (np.sqrt(v) + e)
            ),
            "epsilon stands after the correction, as in the paper's Algorithm 1; the page, like "
            "Keras, has it beside the uncorrected √v": _adam_with(
                move=lambda m, v, t, b1, b2, e: m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + e)
            ),
            "epsilon stands beside the root, not under it": _adam_with(
                move=lambda m, v, t, b1, b2, e: (
                    m * np.sqrt(1 - b2**t) / (1 - b1**t) / np.sqrt(v + e)
                )
            ),
            "the root over v is missing": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * (1 - b2**t) / (1 - b1**t) / (v + e)
            ),
            "the correction divides by 1 - beta to the power t, not by 1 - beta": _adam_with(
                move=lambda m, v, t, b1, b2, e: m * np.sqrt(1 - b2) / (1 - b1) / (np.sqrt(v) + e)
            ),
            "t is the number of this step, 1 at the first": _adam_with(
                move=lambda m, v, t, b1, b2, e: _move(m, v, t + 1, b1, b2, e)
            ),
            "the sign is turned: a step goes against the gradient": _adam_with(
                move=lambda *rest: -_move(*rest)
            ),
            "v averages the squares of the gradients": _adam_with(
                moments=lambda g, m, v, b1, b2: (
                    _moments(g, m, v, b1, b2)[0],
                    b2 * v + (1 - b2) * g,
                )
            ),
            "the new gradient enters m and v with the weight 1 - beta": _adam_with(
                moments=lambda g, m, v, b1, b2: (b1 * m + g, b2 * v + g**2)
            ),
            "beta weighs the old average and 1 - beta the new gradient": _adam_with(
                moments=lambda g, m, v, b1, b2: _moments(g, m, v, 1 - b1, 1 - b2)
            ),
            "beta_1 belongs to m and beta_2 to v": _adam_with(
                moments=lambda g, m, v, b1, b2: _moments(g, m, v, b2, b1),
                move=lambda m, v, t, b1, b2, e: _move(m, v, t, b2, b1, e),
            ),
            "m and v go back uncorrected: the correction serves this step alone": (
                lambda *arguments: _corrected(_adam(*arguments), *arguments[4:8])
            ),
        },
    ),
    "adam-bias-correction": Exercise(
        "corrected_average(gradients, beta) -> average",
        truth=_corrected_average,
        inputs=_inputs(
            ([1.0, 0.0, -1.0, 2.0, 3.0, 10.0], "n"), [0.5, 0.9, 0.0, 0.75], n=(1, 2, 3, 4)
        ),
        slips={
            "that is m itself: the start at 0 still weighs in it": lambda g, beta: np.sum(
                _weights(len(g), beta) * g
            ),
            "divide by 1 - beta to the power t, not by 1 - beta": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta)
            ),
            "t is the number of gradients seen, 1 after the first": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta ** (len(g) + 1))
            ),
            "t is the number of gradients seen, not one less": lambda g, beta: (
                np.sum(_weights(len(g), beta) * g) / (1 - beta ** (len(g) - 1))
                if len(g) > 1
                else None
            ),
            "the newest gradient has the largest weight, the oldest the smallest": (
                lambda g, beta: _corrected_average(g[::-1], beta)
            ),
            "m starts at 0; started at the first gradient it needs no correction, and weighs "
            "that gradient too much": lambda g, beta: np.sum(
                np.r_[beta ** (len(g) - 1.0), _weights(len(g), beta)[1:]] * g
            ),
            "that is the plain mean, which does not forget": lambda g, beta: np.mean(g),
        },
    ),
    "adam-amsgrad": Exercise(
        "amsgrad_step(parameter, gradient, m, v, v_max, t, learning_rate, beta_1, beta_2, epsilon)"
        " -> (parameter, m, v, v_max)",
        truth=_amsgrad,
        inputs=_inputs(*MOMENTS, ([0.0, 1.0, 4.0, 0.25], "n"), *HYPERPARAMETERS),
        slips={
            "that is Adam: the largest v is kept and not used": _amsgrad_with(
                lambda v_max, v, new: (new, np.maximum(v_max, new))
            ),
            "that is Adam: v_max is neither updated nor used": _amsgrad_with(
                lambda v_max, v, new: (new, v_max)
            ),
            "the new v has to enter the maximum before it is used": _amsgrad_with(
                lambda v_max, v, new: (v_max, np.maximum(v_max, new))
            ),
            "the maximum has to be kept for the next step": _amsgrad_with(
                lambda v_max, v, new: (np.maximum(v_max, new), v_max)
            ),
            "the maximum is taken with the new v, not with the old": _amsgrad_with(
                lambda v_max, v, new: (np.maximum(v_max, v), np.maximum(v_max, v))
            ),
            "the minimum is taken where it should be the maximum": _amsgrad_with(
                lambda v_max, v, new: (np.minimum(v_max, new), np.minimum(v_max, new))
            ),
            "v itself keeps forgetting; only v_max remembers": lambda *arguments: (
                (result := _amsgrad(*arguments))[0],
                result[1],
                result[3],
                result[3],
            ),
            "the maximum is taken of v as it is; the correction comes after it": _amsgrad_of_v_hat,
        },
    ),
    "adam-decoupled": Exercise(
        "adamw_step(parameter, gradient, m, v, t, learning_rate, beta_1, beta_2, epsilon,"
        " weight_decay) -> (parameter, m, v)",
        truth=_adamw,
        inputs=_inputs(*MOMENTS, *HYPERPARAMETERS, [0.5, 0.1, 1.0, 0.0]),
        slips={
            "the decay is missing": lambda *arguments: _adam(*arguments[:-1]),
            "that is Adam with an L2 penalty: the decay passes through m and v, and √v takes it "
            "back": lambda p, g, *rest: _adam(p, g + rest[-1] * p, *rest[:-1]),
            "the decay is scaled by the learning rate": lambda p, *rest: _adam(
                p * (1 - rest[-1]), *rest[:-1]
            ),
            "the decay is taken from the parameter before the step, not after it": (
                lambda *arguments: (
                    (result := _adam(*arguments[:-1]))[0] * (1 - arguments[5] * arguments[-1]),
                    *result[1:],
                )
            ),
            "the decay has the wrong sign: the parameter grows": lambda p, *rest: _adam(
                p * (1 + rest[4] * rest[-1]), *rest[:-1]
            ),
        },
    ),
    "perceptron-parameters": Exercise(
        "count_parameters(widths) -> count",
        truth=_count_parameters,
        inputs=lambda st: st.tuples(
            st.lists(st.sampled_from([1, 2, 3, 10, 256, 784]), min_size=2, max_size=4)
        ),
        slips={
            "every unit has a bias as well": lambda widths: sum(
                a * b for a, b in itertools.pairwise(widths)
            ),
            "the inputs are not units: they have no bias": lambda widths: (
                _count_parameters(widths) + widths[0]
            ),
            "the bias belongs to each unit of the layer, not to each of its inputs": (
                lambda widths: sum(a * (b + 1) for a, b in itertools.pairwise(widths))
            ),
            "the last layer has biases as well": lambda widths: (
                _count_parameters(widths) - widths[-1]
            ),
            "a layer has one bias for each unit, not a single one": lambda widths: sum(
                a * b + 1 for a, b in itertools.pairwise(widths)
            ),
            "the last layer counts as well": lambda widths: _count_parameters(widths[:-1]),
            "every layer counts, not the last alone": lambda widths: _count_parameters(widths[-2:]),
        },
    ),
    "perceptron-forward": Exercise(
        "forward(x, w1, b1, w2, b2) -> logits",
        truth=_forward,
        inputs=_inputs(
            *((REALS[:7], axes) for axes in ("bi", "ih", "h", "ho", "o")), h=(1, 2), o=(1, 2)
        ),
        slips={
            "the ReLU is missing: two linear layers are one": lambda x, w1, b1, w2, b2: (
                (x @ w1 + b1) @ w2 + b2
            ),
            "the logits go out as they are, without a ReLU": lambda *arguments: _relu(
                _forward(*arguments)
            ),
            "the ReLU belongs between the layers, not at the end": lambda x, w1, b1, w2, b2: _relu(
                (x @ w1 + b1) @ w2 + b2
            ),
            "the bias of the first layer is missing": lambda x, w1, b1, w2, b2: (
                _relu(x @ w1) @ w2 + b2
            ),
            "the bias of the second layer is missing": lambda x, w1, b1, w2, b2: (
                _relu(x @ w1 + b1) @ w2
            ),
            "the bias is added before the ReLU, not after it": lambda x, w1, b1, w2, b2: (
                (_relu(x @ w1) + b1) @ w2 + b2
            ),
            "those are probabilities; logits are asked for": lambda *arguments: _softmax(
                _forward(*arguments)
            ),
        },
    ),
    "perceptron-accuracy": Exercise(
        "accuracy(probabilities, labels) -> share",
        truth=lambda p, labels: np.mean(np.argmax(p, axis=-1) == labels),
        inputs=_predictions,
        slips={
            "the prediction is the largest entry of each row: axis -1, not 0": lambda p, labels: (
                np.mean(np.argmax(p, axis=0) == labels) if len(labels) == p.shape[1] else None
            ),
            "a share is asked for, not a count": lambda p, labels: np.sum(
                np.argmax(p, axis=-1) == labels
            ),
            "a share is asked for, not a percentage": lambda p, labels: (
                100 * np.mean(np.argmax(p, axis=-1) == labels)
            ),
            "that is the share of errors": lambda p, labels: np.mean(
                np.argmax(p, axis=-1) != labels
            ),
            "the divisor is the size of the batch, not the number of classes": lambda p, labels: (
                np.sum(np.argmax(p, axis=-1) == labels) / p.shape[1]
            ),
            "that is the mean probability of the true class": lambda p, labels: np.mean(
                p[np.arange(len(labels)), labels]
            ),
        },
    ),
    "perceptron-softmax-gradient": Exercise(
        "gradient_in_logits(logits, labels) -> gradient",
        truth=_softmax_gradient,
        inputs=_inputs(([0.0, 1.0, -1.0, 2.0, 10.0, 1000.0], "bk"), ("k", "b"), k=(2, 3)),
        quiet=True,
        slips={
            "e^z overflows at z = 1000: take the row's largest logit away first": _naive_gradient,
            "the sign is turned, and the loss is a mean over the batch": lambda z, labels: (
                -_softmax_gradient(z, labels) * len(labels)
            ),
            "the loss is a mean over the batch: the 1/batch is missing": lambda z, labels: (
                _softmax_gradient(z, labels) * len(labels)
            ),
            "the sign is turned: p - y": lambda z, labels: -_softmax_gradient(z, labels),
            "the mean is over the batch alone, not over batch and classes": lambda z, labels: (
                _softmax_gradient(z, labels) / z.shape[1]
            ),
            "the divisor is the size of the batch, not the number of classes": lambda z, labels: (
                _softmax_gradient(z, labels) * len(labels) / z.shape[1]
            ),
            "the 1 is to be subtracted at the true class": lambda z, labels: (
                _softmax(z) / len(labels)
            ),
            "the softmax runs over the classes: axis -1, not 0": lambda z, labels: (
                (_softmax(z, axis=0) - _one_hot(labels, z)) / len(labels)
            ),
            "the softmax runs over the classes of one row, not over the whole batch": (
                lambda z, labels: (
                    (_softmax(z.ravel()).reshape(z.shape) - _one_hot(labels, z)) / len(labels)
                )
            ),
            "the logits have to pass through softmax first": lambda z, labels: (
                (z - _one_hot(labels, z)) / len(labels)
            ),
            "e^z is not yet a probability: it is to be divided by the sum of its row": (
                lambda z, labels: (np.exp(z) - _one_hot(labels, z)) / len(labels)
            ),
        },
    ),
    "perceptron-xor": Exercise(
        "network(x) -> output",
        truth=lambda x: np.abs(x[0] - x[1]),
        inputs=lambda st: st.tuples(
            st.sampled_from([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).map(np.array)
        ),
        answer="the weights (w1, b1, w2, b2)",
        use=_network,
        slips={
            "that is inclusive or: both inputs at once should give 0": lambda x: max(x),
            "that is and: one input alone should give 1": lambda x: min(x),
            "that is the sum: a hidden unit has to notice that both inputs are 1": sum,
            "that is the opposite: 1 where the inputs are equal": lambda x: 1 - abs(x[0] - x[1]),
            "the output is 0 everywhere: is a hidden unit ever above 0?": lambda x: 0.0,
        },
    ),
}
