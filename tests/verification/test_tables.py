"""The tables of the verification report tell what was measured, and refuse what is off."""

import dataclasses
import math

import pytest
import tensorflow as tf

from companion import optimizers
from companion.verification import tables
from companion.verification.specs import SPECS

TANH, STEP = SPECS["activations.tanh"], SPECS["activations.step"]


@pytest.fixture
def rows(monkeypatch):
    """Puts a few rows in the place of the table."""

    def instead(*specs):
        monkeypatch.setattr(tables, "SPECS", {spec.name: spec for spec in specs})

    return instead


def cells(table, line=2):
    return [cell.strip() for cell in table.data.splitlines()[line].split("|")[1:-1]]


def test_the_errors_of_both_stand_side_by_side(rows):
    rows(TANH, STEP)
    table = tables.errors()
    assert cells(table) == ["`activations.tanh`", "≤ 8", "≤ 8", "≤ 4", "all digits"]
    assert cells(table, line=3) == ["`activations.step`", "0", "–", "0", "–"], "no such in Keras"


@pytest.mark.parametrize(
    "wrong", [lambda x: tf.tanh(1.0001 * x), lambda x: tf.where(x > 3, math.nan, tf.tanh(x))]
)
def test_an_error_beyond_the_bound_stops_the_report(rows, wrong):
    rows(dataclasses.replace(TANH, function=wrong))
    with pytest.raises(AssertionError, match=r"activations\.tanh is .* ulp off, bound 8"):
        tables.errors()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, "–"),
        (0.0, "0"),
        (2.0, "≤ 4"),
        (7.9, "≤ 8"),
        (8.5, "≤ 100"),
        (5e3, "≤ 10,000"),
        (1e7, "all digits"),
        (math.inf, "all digits"),
        (math.nan, "NaN"),
    ],
)
def test_an_error_is_told_in_words_that_every_machine_agrees_on(error, told):
    assert tables._told(error) == told


def test_a_difference_is_measured_and_not_copied_from_its_row(rows):
    (difference,) = TANH.differences
    rows(dataclasses.replace(TANH, differences=(dataclasses.replace(difference, keras=7.0),)))
    keras, companion, right = cells(tables.differences())[3:6]
    assert (keras, companion, right) == ("0", "1.699342e-17", "1.699342e-17")


def test_a_gradient_that_repeats_is_counted(rows):
    rows(SPECS["optimizers.RMSprop"])
    assert "24 × 5.0" in tables.differences().data


def test_a_bar_in_a_reason_does_not_end_its_cell(rows):
    rows(SPECS["activations.softmax"])
    assert r"\|z - max(z)\| ulp" in tables.concessions().data


def test_an_optimizer_off_its_way_stops_the_report(rows):
    class Hurried(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, 1.001 * learning_rate)

    rows(dataclasses.replace(SPECS["optimizers.SGD"], optimizer=Hurried))
    with pytest.raises(AssertionError, match=r"optimizers\.SGD: derivation"):
        tables.optimizers()
