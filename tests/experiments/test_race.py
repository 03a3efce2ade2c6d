"""The race: each rule at each rate, then at its best; and the recording that the page shows."""

import json

import numpy as np
import pytest

from companion import experiments
from companion.experiments import race

RATES = {task: settings["rates"] for task, settings in race.SETTINGS.items()}
SIZES = {task: len(rates) for task, rates in RATES.items()}
SEEDS = race.SETTINGS["perceptron"]["seeds"]


@pytest.fixture
def tiny(dots, monkeypatch):
    """Small networks on easy images, for two passes."""
    for task, settings in race.SETTINGS.items():
        small = {**settings, "batch": 10, "passes": 2}
        if task == "perceptron":
            small["widths"] = [784, 8, 10]
        monkeypatch.setitem(race.SETTINGS, task, small)


def fake(task, rule, rate, loss, seed=0):
    case = {"task": task, "rule": rule, "rate": rate, "seed": seed}
    return {"case": case, "loss": [9.0, loss]}


def test_first_all_rates_then_the_best_one_with_the_other_seeds():
    first = race.cases([])
    rules = {task: len(settings["rules"]) for task, settings in race.SETTINGS.items()}
    assert len(first) == sum(rules[task] * SIZES[task] for task in rules)
    assert all(case["seed"] == 0 for case in first)
    rates = RATES["perceptron"]
    losses = [3.0, None, 0.5, 1.0, *[2.0] * (len(rates) - 4)]
    runs = [
        fake("perceptron", "Adam", rate, loss) for rate, loss in zip(rates, losses, strict=True)
    ]
    assert race.cases(runs[:-1]) == first
    more = [case for case in race.cases(runs) if case not in first]
    assert [case["seed"] for case in more] == SEEDS
    assert {(case["rule"], case["rate"]) for case in more} == {("Adam", rates[2])}


def test_a_rate_that_is_run_again_is_run_once_with_each_seed():
    rule, again = "centered RMSProp", race.SETTINGS["perceptron"]["again"]["centered RMSProp"]
    for best in (again[0], 0.003):
        runs = [
            fake("perceptron", rule, rate, 1.0 + (rate != best)) for rate in RATES["perceptron"]
        ]
        more = [(case["rate"], case["seed"]) for case in race.cases(runs) if case["seed"] > 0]
        rates = dict.fromkeys([best, *again])
        assert more == [(rate, seed) for rate in rates for seed in SEEDS]


def test_a_run_that_broke_is_never_the_best():
    runs = [fake("logistic", "Adam", 0.1, None), fake("logistic", "Adam", 0.01, 2.0)]
    assert race.searched(runs, "logistic", "Adam") == {0.01: 2.0, 0.1: np.inf}


def test_a_run_learns_and_its_seed_decides_on_it(tiny):
    case = {"task": "perceptron", "rule": "Adam", "rate": 0.01, "seed": 1}
    first, again, other = race.run(case), race.run(case), race.run({**case, "seed": 2})
    assert first == again != other
    assert len(first["loss"]) == len(first["accuracy"]) == 2
    assert first["loss"][1] < first["loss"][0] < np.log(10)
    assert json.dumps(first)
    assert race.run(case, passes=1)["loss"] == first["loss"][:1]


def test_a_rule_starts_each_run_with_an_empty_memory(tiny):
    case = {"task": "perceptron", "rule": "AdaGrad", "rate": 0.1, "seed": 1}
    alone = race.run(case)
    race.run({**case, "rate": 1.0, "seed": 5})
    assert race.run(case) == alone


def test_a_falling_rate_is_the_rate_over_the_root_of_the_step(tiny):
    """Without momentum and with gradients of AdaGrad's own size, by hand."""
    case = {"task": "logistic", "rule": "AdaGrad", "rate": 0.5, "seed": 3}
    race.run(case)
    _, optimizer, *_ = race._trainer("logistic", "AdaGrad")
    steps = int(optimizer.iterations.numpy())
    assert steps == 24
    assert float(optimizer.learning_rate.numpy()) == pytest.approx(0.5 / np.sqrt(steps))
    race.run({**case, "rule": "AdaGrad, constant rate"})
    _, optimizer, *_ = race._trainer("logistic", "AdaGrad, constant rate")
    assert float(optimizer.learning_rate.numpy()) == pytest.approx(0.5)


def test_the_perceptron_is_judged_on_what_it_is_not_trained_on(tiny):
    training, judge, test = race._parts(True)
    assert [len(part[0]) for part in (training, judge, test)] == [100, 20, 8]
    training, judge, _ = race._parts(False)
    assert len(training[0]) == len(judge[0]) == 120


def test_every_rule_was_run_with_the_other_seeds():
    finals = [run for run in experiments.load("race")["runs"] if run["case"]["seed"] in SEEDS]
    assert len(finals) == len(SEEDS) * sum(
        len(settings["rules"]) + len(settings["again"]) for settings in race.SETTINGS.values()
    )


def test_no_best_rate_lies_at_an_end_of_the_grid():
    runs = experiments.load("race")["runs"]
    for task, settings in race.SETTINGS.items():
        for rule in settings["rules"]:
            losses = race.searched(runs, task, rule)
            best = RATES[task].index(min(losses, key=losses.get))
            assert 0 < best < SIZES[task] - 1, (task, rule)
