"""Keras' own tests pass with the companion in Keras' place."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import keras
import pytest

TESTS = Path(__file__).parent
KERAS = Path(keras.__file__).parent
MODULES = {
    "losses": ["losses/loss_test.py", "losses/losses_test.py"],
    "activations": ["activations/activations_test.py", "layers/activations"],
    "optimizers": [
        *(
            f"optimizers/{name}_test.py"
            for name in ("sgd", "adagrad", "rmsprop", "adam", "adamw", "optimizer")
        ),
        "optimizers/optimizer_sparse_test.py",
        "optimizers/loss_scale_optimizer_test.py",
        "optimizers/multi_optimizer_test.py",
        "optimizers/schedules",
    ],
    # initializers/initializer_test.py imports JAX, which is not for us to install.
    "initializers and regularizers": [
        "initializers/constant_initializers_test.py",
        "initializers/random_initializers_test.py",
        "regularizers",
    ],
    "callbacks and layers": [
        "callbacks/reduce_lr_on_plateau_test.py",
        "callbacks/learning_rate_scheduler_test.py",
        "callbacks/monitor_callback_test.py",
        "callbacks/swap_ema_weights_test.py",
        "layers/regularization/dropout_test.py",
    ],
}
LEAST = {
    "losses": 150,
    "activations": 80,
    "optimizers": 100,
    "initializers and regularizers": 30,
    "callbacks and layers": 15,
}
"""So many of Keras' tests have to run: fewer would mean that they were not found."""

FAULTS = """
import companion.activations, companion.callbacks, companion.initializers, companion.layers
import companion.losses, companion.optimizers, companion.regularizers, companion.schedules

def scale(family, name, method="__call__", by=0.5):
    held = getattr(family, name)
    if isinstance(held, type):
        whole = getattr(held, method)
        setattr(held, method, lambda self, *args, **kwargs: whole(self, *args, **kwargs) * by)
    else:
        setattr(family, name, lambda *args, **kwargs: held(*args, **kwargs) * by)

scale(companion.activations, "elu")
scale(companion.losses, "Poisson")
scale(companion.optimizers, "RMSprop", "_get_current_learning_rate")
scale(companion.schedules, "CosineDecay")
scale(companion.initializers, "RandomUniform", by=3.0)
scale(companion.regularizers, "L1L2")
scale(companion.layers, "Dropout")
companion.callbacks.ReduceLROnPlateau.on_epoch_end = lambda self, epoch, logs=None: None
"""


CONFTEST = """
import keras, pytest

def skip_if_backend(backend, reason):
    return pytest.mark.skipif(keras.backend.backend() == backend, reason=reason)
"""
"""What Keras' tests import from its own conftest.py, which the wheel does not ship."""


def run(modules, folder, *plugins):
    """What became of each test: its name, with the class, and "", "failure", "error", "skipped"."""
    (folder / "conftest.py").write_text(CONFTEST)
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={KERAS}", "-q"]
    for plugin in (*plugins, "keras_suite"):
        command += ["-p", plugin]
    command += ["--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    command += ["--tb=short", "--junit-xml", str(report)]
    command += [str(KERAS / "src" / name) for name in modules]
    paths = os.pathsep.join(map(str, (folder, TESTS, TESTS.parent)))
    environment = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        outcomes[f"{case.get('classname')}.{case.get('name')}"] = "".join(kinds)
    return outcomes, done.stdout


@pytest.mark.parametrize("family", MODULES)
def test_keras_tests_pass_with_the_companion_in_its_place(family, tmp_path):
    outcomes, told = run(MODULES[family], tmp_path)
    failed = [name for name, outcome in outcomes.items() if outcome in ("failure", "error")]
    assert not failed, told[-5000:]
    passed = [name for name, outcome in outcomes.items() if not outcome]
    assert len(passed) >= LEAST[family]


def test_keras_tests_see_a_fault_in_each_family_of_the_companion(tmp_path):
    (tmp_path / "faults.py").write_text(FAULTS)
    modules = [
        "activations/activations_test.py",
        "losses/losses_test.py",
        "optimizers/rmsprop_test.py",
        "optimizers/schedules",
        "initializers/random_initializers_test.py",
        "regularizers",
        "layers/regularization/dropout_test.py",
        "callbacks/reduce_lr_on_plateau_test.py",
    ]
    outcomes, _ = run(modules, tmp_path, "faults")
    failed = " ".join(name for name, outcome in outcomes.items() if outcome == "failure")
    for family in (module.split("_test")[0].replace("/", ".") for module in modules):
        assert family in failed, f"no test of {family} failed"
