"""The table is complete, and every row meets every bound."""

import inspect

import numpy as np
import pytest

from companion import (
    activations,
    initializers,
    layers,
    losses,
    optimizers,
    regularizers,
    schedules,
)
from companion.verification import checks, findings, functions
from companion.verification import optimizers as optimizer_checks
from companion.verification.specs import (
    SPECS,
    FunctionSpec,
    InitializerSpec,
    LayerSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
    classes,
)

FUNCTIONS = [spec for spec in SPECS.values() if isinstance(spec, FunctionSpec)]
OPTIMIZERS = [spec for spec in SPECS.values() if isinstance(spec, OptimizerSpec)]
REGULARIZERS = [spec for spec in SPECS.values() if isinstance(spec, RegularizerSpec)]
EVERYTHING = [
    pytest.param(spec, check, id=f"{spec.name}: {check.__name__}")
    for spec in SPECS.values()
    for check in checks.checks_of(spec)
]


@pytest.mark.parametrize(("spec", "check"), EVERYTHING)
def test_every_row_meets_the_bound_of(spec, check):
    for finding in check(spec):
        assert finding.passed, str(finding)


def test_every_public_function_loss_class_and_optimizer_has_a_row():
    public = {
        getattr(family, name)
        for family in (activations, losses, optimizers)
        for name in family.__all__
    }
    in_the_table = {spec.function for spec in FUNCTIONS}
    in_the_table |= {spec.loss_class for spec in FUNCTIONS if spec.loss_class}
    in_the_table |= {spec.optimizer for spec in OPTIMIZERS}
    assert public == in_the_table


HELD = {
    FunctionSpec: lambda spec: spec.function,
    OptimizerSpec: lambda spec: spec.optimizer,
    InitializerSpec: lambda spec: spec.initializer,
    RegularizerSpec: lambda spec: spec.regularizer,
    LayerSpec: lambda spec: spec.layer,
    ScheduleSpec: lambda spec: spec.schedule,
}


@pytest.mark.parametrize(
    "family", [initializers, regularizers, layers, schedules], ids=lambda f: f.__name__
)
def test_every_public_class_of_the_other_families_has_a_row(family):
    public = {name for name in family.__all__ if isinstance(getattr(family, name), type)}
    of_the_family = [name.split(".") for name in SPECS]
    assert public == {n for f, n in of_the_family if family.__name__ == f"companion.{f}"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(HELD[type(spec)](spec), twin, id=spec.name)
        for spec in SPECS.values()
        if isinstance(spec, InitializerSpec | RegularizerSpec | LayerSpec | ScheduleSpec)
        if (twin := spec.keras_class if isinstance(spec, RegularizerSpec) else spec.keras)
    ],
)
def test_an_initializer_regularizer_layer_or_schedule_takes_the_arguments_of_keras(ours, theirs):
    once, again = (list(inspect.signature(kind).parameters.values()) for kind in (ours, theirs))
    assert [(p.name, p.default) for p in once] == [(p.name, p.default) for p in again]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_row_is_named_after_what_it_holds(spec):
    family, _, name = spec.name.partition(".")
    held = HELD[type(spec)](spec)
    assert held.__name__ == name
    assert held.__module__.startswith(f"companion.{family}")
    assert spec.reference.__module__.startswith(f"companion.reference.{family}")


@pytest.mark.parametrize("spec", FUNCTIONS + REGULARIZERS, ids=lambda spec: spec.name)
def test_what_keras_does_differently_is_still_so(spec):
    for difference in spec.differences:
        inputs = tuple(np.array([array]) for array in difference.inputs)
        keras_row = functions.like(spec, spec.keras)
        results = functions.evaluate(keras_row, inputs, difference.parameters)
        came = results[findings.KINDS.index(difference.of)].numpy().ravel()[0]
        assert came == pytest.approx(difference.keras, rel=1e-6, abs=0, nan_ok=True), difference
        assert came != pytest.approx(difference.right, rel=1e-6, abs=0), difference


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_and_its_keras_twin_take_the_same_arguments_in_the_same_order(spec):
    if spec.keras is None:
        return
    ours, theirs = (
        list(inspect.signature(f).parameters.values()) for f in (spec.function, spec.keras)
    )
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@pytest.mark.parametrize("spec", OPTIMIZERS, ids=lambda spec: spec.name)
def test_an_optimizer_takes_the_options_of_keras_with_the_same_defaults(spec):
    ours, theirs = (inspect.signature(kind).parameters for kind in (spec.optimizer, spec.keras))
    named = [name for name, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert named == list(theirs)[: len(named)]
    assert [ours[name].default for name in named] == [theirs[name].default for name in named]


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_inputs_are_the_same_on_every_run_and_reach_far(spec):
    for parameters in spec.parameters:
        once, again = spec.inputs(parameters), spec.inputs(parameters)
        assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
        sizes = np.abs(once[-1][once[-1] != 0])
        assert sizes.min() <= 1e-19
        assert sizes.max() >= (1e30 if spec.domain(**parameters)[1] > 1 else 0.99)
        assert once[-1].dtype == np.float32


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_inputs_stand_at_every_kink_and_on_both_sides_of_it(spec):
    for parameters in spec.parameters:
        inputs = spec.inputs(parameters)
        with np.errstate(over="ignore"):
            x = inputs[-1] - inputs[0] if spec.is_loss and not spec.vector else inputs[-1]
        for kink in np.float32(spec.kinks(**parameters)):
            below, above = (np.nextafter(kink, np.float32(side)) for side in (-np.inf, np.inf))
            assert {below, kink, above} <= set(x.ravel())


def test_optimizers_run_at_least_50_steps_on_problems_with_zero_huge_and_tiny_gradients():
    assert optimizer_checks.STEPS >= 50
    gradients, _ = optimizer_checks._reference_path(SPECS["optimizers.SGD"], {"learning_rate": 0.1})
    assert (gradients == 0).all(axis=0).any(), "one that is never anything but zero"
    assert ((gradients == 0).any(axis=0) & (gradients != 0).any(axis=0)).any(), "sparse ones"
    assert np.abs(gradients).max() >= 1e10
    assert np.abs(gradients[gradients != 0]).min() <= 1e-10


@pytest.mark.parametrize("difference", classes.DIFFERENCES, ids=lambda row: row.name)
def test_a_class_gives_what_is_right_where_that_of_keras_does_not(difference):
    theirs, ours = difference.both()
    assert abs(ours - difference.right) <= difference.room
    assert not abs(theirs - difference.right) <= difference.room
