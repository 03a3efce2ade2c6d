"""What pages show was made by the code that stands here, on the data that we have."""

import importlib
import json
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from companion import datasets, experiments

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in experiments.RESULTS.glob("*.json"))
# What `make bench-training` records is no experiment.
each = pytest.mark.parametrize("name", [name for name in NAMES if name != "peers"])


@each
def test_the_runs_are_the_cases_on_real_data(name):
    experiment = importlib.import_module(f"companion.experiments.{name}")
    recording = experiments.load(name)
    assert recording["settings"] == json.loads(json.dumps(experiment.SETTINGS))
    assert recording["data"]["real"]
    done = [run["case"] for run in recording["runs"]]
    assert sorted(map(str, done)) == sorted(map(str, experiment.cases(recording["runs"])))


@each
@pytest.mark.skipif(not datasets.available("mnist"), reason="needs MNIST")
def test_the_recorded_data_are_ours(name):
    experiment = importlib.import_module(f"companion.experiments.{name}")
    assert experiment.data() == experiments.load(name)["data"]


def test_the_results_are_part_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["companion.experiments"]
    for name in NAMES:
        assert any(fnmatch(f"results/{name}.json", pattern) for pattern in patterns)


def test_the_results_can_be_read_without_anything_being_run():
    code = "from companion import experiments; print(len(experiments.load('race')['runs']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert int(done.stdout) > 100, done.stderr
