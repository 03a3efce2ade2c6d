"""The exercise checker passes what is right, and explains what is not."""

import importlib
import inspect
import math
import pkgutil
import time
import warnings

import numpy as np
import pytest

import companion.verification as verification
from companion import reference
from companion.verification import check, exercises
from companion.verification.exercises import EXERCISES
from companion.verification.exercises.rows import Exercise

CHAPTERS = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(exercises.__path__, f"{exercises.__name__}.")
    if found.name.count(".") == 4
]
FUNCTIONS = [name for name, row in EXERCISES.items() if not row.answer]
NUMBERS = [name for name, row in EXERCISES.items() if row.answer and not row.use]
SLIPS = [
    pytest.param(name, hint, slip, id=f"{name}: {hint}")
    for name, row in EXERCISES.items()
    if not row.use
    for hint, slip in row.slips.items()
]


def huber_gradient(y_true, y_pred, delta):
    return np.clip(y_pred - y_true, -delta, delta) / y_true.size


# Every exercise


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_truth_passes(name):
    verdict = check(name, EXERCISES[name].truth)
    assert verdict.passed
    assert repr(verdict) == f"✓ {name}: right on all {exercises.EXAMPLES} inputs that were tried."


@pytest.mark.parametrize("name", NUMBERS)
def test_the_right_number_passes(name):
    assert check(name, EXERCISES[name].truth).passed
    assert check(name, np.float32(EXERCISES[name].truth)).passed
    assert not check(name, 2 * EXERCISES[name].truth).passed


@pytest.mark.parametrize(("name", "hint", "slip"), SLIPS)
def test_a_known_slip_is_named(name, hint, slip):
    verdict = check(name, slip)
    assert not verdict.passed
    assert repr(verdict).startswith(f"✗ {name}")
    assert repr(verdict).endswith(f"hint: {hint}.")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("nothing", [None, ...])
def test_an_attempt_that_does_nothing_yet_is_no_error(name, nothing):
    for attempt in (nothing, lambda *arguments: nothing):
        verdict = check(name, attempt)
        assert not verdict.passed
        assert repr(verdict).startswith(f"✗ {name}: nothing came back yet. Your turn: ")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_being_off_by_a_thousandth_does_not_pass(name):
    def nearly(*arguments):
        result = EXERCISES[name].truth(*arguments)
        if isinstance(result, tuple):
            return (1.001 * result[0], *result[1:])
        return 1.001 * result

    assert not check(name, nearly).passed


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_a_chapter_says_what_its_exercises_ask_for(chapter):
    words = "".join(chapter.__doc__.replace("|", " ").split())
    for name, row in chapter.EXERCISES.items():
        assert name in chapter.__doc__
        assert row.answer or "".join(row.signature.split()) in words


def test_a_name_that_two_chapters_use_is_refused(monkeypatch):
    monkeypatch.setattr(CHAPTERS[0], "EXERCISES", CHAPTERS[-1].EXERCISES)
    with pytest.raises(ValueError, match="has exercises that exist: "):
        exercises._collected()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_truth_takes_and_returns_what_the_signature_says(name):
    row = EXERCISES[name]
    assert len(inspect.signature(row.truth).parameters) == len(row.argument_names)
    trials, found = exercises._search(row, row.truth)
    assert found is None
    assert all(len(trial.should.results) == len(row.result_names) for trial in trials)


# What the answer says


def test_the_smallest_input_what_came_what_should_have_come_and_a_hint():
    def forgets_the_mean(y_true, y_pred, delta):
        return np.clip(y_pred - y_true, -delta, delta)

    assert repr(check("robust-gradient", forgets_the_mean)) == (
        "✗ robust-gradient: not right yet. The smallest input that shows it:\n"
        "    y_true = [0, 0]\n"
        "    y_pred = [0, 1]\n"
        "    delta = 1\n"
        "  came:         gradient = [0, 1]\n"
        "  should come:  gradient = [0, 0.5]\n"
        "  hint: the loss is a mean: the 1/n is missing."
    )


def test_the_same_attempt_gets_the_same_answer_again():
    def slip(x):
        return np.where(x > 2, 1.0, reference.activations.sigmoid(x)[0])

    assert repr(check("sigmoids-sigmoid", slip)) == repr(check("sigmoids-sigmoid", slip))


def test_an_exception_is_reported_and_not_raised():
    verdict = check("robust-gradient", lambda y_true, y_pred, delta: 1 / 0)
    assert "came:         ZeroDivisionError: division by zero" in repr(verdict)
    assert "should come:  gradient = [0]" in repr(verdict)


def test_a_wrong_shape_is_named():
    verdict = check("robust-gradient", lambda *arguments: huber_gradient(*arguments)[None])
    assert "the shape is (1, 1) and should be (1,)." in repr(verdict)


@pytest.mark.parametrize(
    ("wrong_type", "words"),
    [
        (lambda gradient: gradient.astype(complex), "type complex128, not real numbers"),
        (lambda gradient: gradient > 0, "type bool, not real numbers; a comparison times 1.0"),
        (lambda gradient: list(map(str, gradient)), "not real numbers"),
        (lambda gradient: {"gradient": gradient}, "not real numbers"),
    ],
    ids=["complex", "bool", "str", "dict"],
)
def test_what_is_not_a_real_number_is_named(wrong_type, words):
    verdict = check("robust-gradient", lambda *arguments: wrong_type(huber_gradient(*arguments)))
    assert words in repr(verdict)


def test_a_nan_is_shown():
    verdict = check("robust-gradient", lambda *arguments: np.nan * huber_gradient(*arguments))
    assert "came:         gradient = [nan]" in repr(verdict)


def test_a_changed_argument_is_named():
    def in_place(y_true, y_pred, delta):
        y_pred -= y_true
        return np.clip(y_pred, -delta, delta) / y_true.size

    verdict = check("robust-gradient", in_place)
    assert "came:         y_pred was changed in place to [-1]" in repr(verdict)
    assert "y_true = [1]" in repr(verdict), "the input is shown as it was handed over"


def test_a_missing_part_is_named():
    verdict = check("robust-pseudo-huber", lambda r, delta: np.sqrt(1 + r**2))
    assert "came:         [1], not (value, derivative)" in repr(verdict)


def test_parts_in_the_wrong_order_are_named():
    verdict = check(
        "robust-pseudo-huber", lambda *r: EXERCISES["robust-pseudo-huber"].truth(*r)[::-1]
    )
    assert repr(verdict).endswith("hint: the results should come in the order value, derivative.")


def test_a_factor_that_no_slip_has_is_named():
    verdict = check("robust-gradient", lambda *arguments: -3 * huber_gradient(*arguments))
    assert repr(verdict).endswith("hint: your numbers are -3 times the right ones.")


def test_digits_are_added_until_the_difference_is_seen():
    verdict = check("robust-gradient", lambda *arguments: huber_gradient(*arguments) * (1 + 2e-6))
    assert "gradient = [1.000002" in repr(verdict)


def test_an_if_that_works_for_one_number_alone_is_explained():
    def one_number(y_true, y_pred, delta):
        residual = y_pred - y_true
        return residual if abs(residual) <= delta else delta * np.sign(residual)

    verdict = check("robust-gradient", one_number)
    assert "came:         ValueError: The truth value of an array" in repr(verdict)
    assert repr(verdict).endswith("`if` decides once, numpy.where for each entry.")


def test_math_in_the_place_of_numpy_is_explained():
    verdict = check("robust-log-cosh", lambda residual: math.log(math.cosh(residual)))
    assert repr(verdict).endswith("those of math a single number.")


def test_being_right_for_one_entry_alone_is_said():
    verdict = check("robust-gradient", lambda y, p, d: np.clip(p - y, -d, d) / p.size**2)
    assert repr(verdict).endswith(
        "hint: it is right for a single entry; the fault shows with more than one."
    )


def test_other_arguments_than_asked_for_are_named():
    verdict = check("robust-gradient", lambda residual, delta: residual)
    assert "It should be huber_gradient(y_true, y_pred, delta) -> gradient" in repr(verdict)


def test_a_result_in_the_place_of_the_function_is_named():
    verdict = check("robust-gradient", np.zeros(2))
    assert 'check("robust-gradient", huber_gradient)' in repr(verdict)


def test_a_warning_fails_where_the_exercise_is_about_it_and_is_not_shown_elsewhere():
    def overflows(x):
        return 1 / (1 + np.exp(-x))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "it warns: overflow encountered in exp." in repr(
            check("sigmoids-sigmoid", overflows)
        )
        assert not check("robust-log-cosh", lambda r: np.log(np.cosh(r))).passed


def test_a_number_that_is_wrong_is_not_answered_with_the_right_one():
    verdict = check("robust-location", 3.0)
    assert repr(verdict) == "✗ robust-location: 3 is not it."
    assert "1.25" not in repr(check("robust-location", 6.6))


@pytest.mark.parametrize("attempt", ["1.25", [1.25, 0.0], lambda: 1.25])
def test_what_is_no_number_is_named(attempt):
    assert "should be a number" in repr(check("robust-location", attempt))


def test_an_unknown_exercise_is_met_with_those_there_are():
    with pytest.raises(ValueError) as raised:
        check("robust-gradeint", huber_gradient)
    assert "Did you mean 'robust-gradient'?" in str(raised.value)
    assert all(name in str(raised.value) for name in EXERCISES)


def test_a_slow_attempt_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(exercises, "SECONDS", 3.0)  # all examples would take 10
    start = time.monotonic()

    def slow(y_true, y_pred, delta):
        time.sleep(0.1)
        return 2 * huber_gradient(y_true, y_pred, delta)

    verdict = check("robust-gradient", slow)
    assert time.monotonic() - start < 9
    assert "2 times the right ones" in repr(verdict)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check("robust-gradient", huber_gradient)
    assert list(tmp_path.iterdir()) == []


# Showing code


def test_the_source_is_shown_without_docstrings_and_with_comments():
    shown = verification.show_source(verification.show_source).data
    assert shown.startswith("```python\ndef show_source(function):\n    from IPython")
    assert "# From the last docstring to the first" in shown
    assert '"""' not in shown
    assert shown.endswith("\n```")


def test_of_a_decorated_function_the_wrapped_one_is_shown():
    from companion.activations import sigmoids

    shown = verification.show_source(sigmoids._sigmoid).data
    assert shown.startswith("```python\n@with_derivative(entrywise=True)\ndef _sigmoid(x):\n")


def test_of_a_class_no_docstring_is_left():
    from companion import optimizers

    shown = verification.show_source(optimizers.AdamW).data
    assert '"""' not in shown
    assert "class AdamW(Adam):\n    def __init__(" in shown


def test_an_input_that_holds_nan_is_not_called_changed(monkeypatch):
    def last_number(losses):
        return losses[np.isfinite(losses)][-1]

    row = Exercise(
        "last(losses) -> loss",
        inputs=lambda st: st.just((np.array([2.0, 1.0, np.nan]),)),
        truth=last_number,
    )
    monkeypatch.setitem(EXERCISES, "last", row)
    assert check("last", last_number).passed
    assert "changed in place" in repr(check("last", lambda losses: losses.sort() or losses[0]))


def test_complex_results_are_explained(monkeypatch):
    row = Exercise(
        "largest(H) -> eigenvalue",
        inputs=lambda st: st.just((np.array([[2.0, 1.0], [1.0, 2.0]]),)),
        truth=lambda H: np.linalg.eigvalsh(H)[-1],
    )
    monkeypatch.setitem(EXERCISES, "largest", row)
    verdict = check("largest", lambda H: np.linalg.eigvals(H + 0j).max())
    assert "hint: the results are complex numbers" in repr(verdict)


def test_right_numbers_that_warn_or_have_another_shape_are_not_called_one_times_too_large():
    def warns(y, z):
        return np.where(y > 0, y * np.logaddexp(0, -z), 0) + (1 - y) * np.log1p(np.exp(z))

    assert "1 times" not in repr(check("binary-logits", warns))
    assert "1 times" not in repr(
        check("robust-gradient", lambda y, p, d: [huber_gradient(y, p, d)])
    )


def test_a_change_in_place_is_not_explained_by_the_number_of_entries():
    def in_place(values, under, over):
        values.sort()
        return EXERCISES["asymmetric-constant"].truth(values, under, over)

    verdict = repr(check("asymmetric-constant", in_place))
    assert "changed in place" in verdict
    assert "single entry" not in verdict
