"""`make bench` says what is slower than Keras, and fails where no price is given for it."""

import dataclasses

import pytest

from companion.verification import speed
from companion.verification.specs import SPECS

TANH, HUBER = SPECS["activations.tanh"], SPECS["losses.huber"]


@pytest.fixture
def ratio(monkeypatch):
    """Makes every measurement come out as one ratio, on two rows: tanh has a price, Huber none."""

    def comes_out(number):
        monkeypatch.setattr(speed, "SPECS", {TANH.name: TANH, HUBER.name: HUBER})
        monkeypatch.setattr(speed, "_median_ratio", lambda *measured: number)

    return comes_out


def test_a_row_without_a_price_may_not_be_slow(ratio, capsys):
    ratio(1.11)
    unpaid = speed.main([TANH.name, HUBER.name])
    assert unpaid == ["losses.huber takes 1.11 of Keras' time, without a price"] * len(
        HUBER.parameters
    )
    printed = capsys.readouterr().out
    assert f" {TANH.price}\n" in printed
    assert " no price\n" in printed


def test_the_whole_table_may_not_be_slow_on_the_mean(ratio):
    ratio(0.95)
    assert speed.main() == ["the geometric mean is 0.95, at most 0.9 is allowed"]
    assert speed.main([HUBER.name]) == []


def test_what_is_fast_passes(ratio):
    ratio(0.89)
    assert speed.main() == []


def test_the_same_work_takes_the_same_time():
    same = dataclasses.replace(HUBER, keras=HUBER.function, parameters=({},))
    (found,) = speed.ratios(same, (128, 10), pairs=5)
    assert 0.5 < found < 2
