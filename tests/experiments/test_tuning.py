"""The table of 18 rows: each case is the network that its row says."""

import keras
import numpy as np
import pytest

from companion import activations
from companion.experiments import _training, tuning

CASE = {"question": "printed", "row": "row 4", "rate": 0.01, "momentum": 0.0, "epochs": 20}
CASE |= {"hidden": 3, "seed": 1}


def test_every_row_is_run_as_printed_with_three_seeds():
    printed = [case for case in tuning.cases([]) if case["question"] == "printed"]
    assert len(printed) == 18 * 3
    for case in printed:
        optimizer = tuning.SETTINGS["rows"][case["row"]]["optimizer"]
        default = getattr(keras.optimizers, optimizer)().learning_rate
        assert case["rate"] == pytest.approx(float(default))
        assert (case["epochs"], case["hidden"], case["momentum"]) == (20, 3, 0)


def test_every_plain_row_is_run_at_the_rate_that_was_found():
    found = [case["row"] for case in tuning.cases([]) if case["question"] == "found"]
    assert sorted(found) == sorted(tuning.PLAIN * 3)
    assert len(tuning.PLAIN) == 13


@pytest.mark.parametrize(
    ("row", "hidden", "parameters"),
    [("row 4", 3, 335_114), ("row 4", 2, 269_322), ("row 9", 3, 466_442), ("row 18", 3, 134_794)],
)
def test_a_row_has_the_layers_that_it_says(row, hidden, parameters):
    model = tuning._model(tuning.SETTINGS["rows"][row], hidden)
    assert model.count_params() == parameters
    dropouts = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    rate = tuning.SETTINGS["rows"][row]["dropout"]
    assert dropouts == ([rate] * hidden if rate else [])


def test_without_relu_the_layers_are_linear():
    dense = tuning._model(tuning.SETTINGS["rows"]["row 1"], 3).layers
    assert [layer.activation for layer in dense[:-1]] == [activations.linear] * 3


def test_the_penalty_is_on_the_weights_of_the_hidden_layers():
    model = tuning._model(tuning.SETTINGS["rows"]["row 3"], 3)
    expected = [0.01 * np.sum(np.square(layer.kernel)) for layer in model.layers[:3]]
    np.testing.assert_allclose([float(loss) for loss in model.losses], expected, rtol=1e-5)
    assert not tuning._model(tuning.SETTINGS["rows"]["row 4"], 3).losses


def test_a_run_learns_and_its_seed_decides_on_it(dots, monkeypatch):
    monkeypatch.setitem(tuning.SETTINGS, "batch", 10)
    case = {**CASE, "row": "row 18", "rate": 0.001}
    first, again, other = (
        tuning.run(chosen, epochs=1) for chosen in (case, case, {**case, "seed": 2})
    )
    assert first == again != other
    assert first["log"] < first["training"][-1], "training itself sees silenced units"
    longer = tuning.run(case, epochs=7)
    assert longer["epochs"] == [5, 7]
    assert len(longer["training"]) == len(longer["test"]) == 2
    assert longer["training"][-1] > 0.9


def test_the_penalty_and_the_rate_and_the_momentum_reach_the_steps(dots, monkeypatch):
    monkeypatch.setitem(tuning.SETTINGS, "batch", 40)
    monkeypatch.setitem(tuning.SETTINGS["rows"]["row 3"], "widths", [8, 8, 8])
    monkeypatch.setitem(tuning.SETTINGS["rows"]["row 4"], "widths", [8, 8, 8])
    ends = {}
    for name, change in {
        "plain": {},
        "penalty": {"row": "row 3"},
        "rate": {"rate": 0.1},
        "momentum": {"momentum": 0.9},
    }.items():
        model = None

        def keep(row, hidden, build=tuning._model):
            nonlocal model
            model = build(row, hidden)
            return model

        with monkeypatch.context() as patched:
            patched.setattr(tuning, "_model", keep)
            tuning.run({**CASE, **change}, epochs=2)
        ends[name] = np.sum(np.square(model.layers[0].kernel))
    assert len(set(ends.values())) == 4
    assert ends["penalty"] < ends["plain"]


def test_what_does_not_fill_a_batch_is_left_out():
    batches = _training.shuffled_batches(np.random.default_rng(0), 25, 10).numpy()
    assert batches.shape == (2, 10)
    assert len(np.unique(batches)) == 20


def test_a_penalty_counts_for_the_gradient_and_not_for_the_measure(dots):
    row = {**tuning.SETTINGS["rows"]["row 3"], "widths": [4, 4, 4]}
    keras.utils.set_random_seed(0)
    model = tuning._model(row, 3)
    _, measure = _training.programs(model, keras.optimizers.SGD(), jit_compile=False)
    x, y = _training.tensors(dots.x_test, dots.y_test)
    expected = keras.losses.sparse_categorical_crossentropy(y, model(x))
    assert float(measure(x, y)[0]) == pytest.approx(float(np.mean(expected)), rel=1e-5)


def test_the_whole_table_is_as_published():
    assert tuning.PUBLISHED["row 1"] == (93.65, 92.5)
    assert tuning.PUBLISHED["row 16"] == (99.39, 98.5)
    sums = np.sum(list(tuning.PUBLISHED.values()), axis=0)
    np.testing.assert_allclose(sums, [1770.3, 1759.5])
