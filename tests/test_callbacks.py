"""What ReduceLROnPlateau does: when it steps in, how far it goes, and whom it believes."""

import keras
import numpy as np
import pytest

from companion import callbacks


def rates(kind, history, **options):
    """The learning rate after each epoch, of which the metric is given; 1 in the beginning."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0))
    callback, found = kind(monitor="loss", **options), []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, metric in enumerate(history):
        callback.on_epoch_end(epoch, {"loss": metric})
        found.append(float(model.optimizer.learning_rate))
    return np.array(found)


def test_the_rate_falls_after_patience_epochs_without_a_better_one():
    found = rates(callbacks.ReduceLROnPlateau, [3.0, 2.0, 2.5, 2.0, 1.0], factor=0.5, patience=2)
    assert found.tolist() == [1, 1, 1, 0.5, 0.5]


def test_a_little_better_is_not_better():
    history, options = [3.0, 2.9, 2.8, 2.7], {"factor": 0.5, "patience": 2}
    assert rates(callbacks.ReduceLROnPlateau, history, min_delta=0.5, **options)[-1] == 0.5
    assert rates(callbacks.ReduceLROnPlateau, history, min_delta=0.05, **options)[-1] == 1


def test_the_rate_never_falls_below_its_bound():
    options = {"factor": 0.25, "patience": 1, "min_lr": 0.125}
    found = rates(callbacks.ReduceLROnPlateau, [1.0] * 6, **options)
    assert found.tolist() == [1, 0.25, 0.125, 0.125, 0.125, 0.125]


def test_after_a_reduction_some_epochs_do_not_count():
    options = {"factor": 0.5, "patience": 1}
    hasty = rates(callbacks.ReduceLROnPlateau, [1.0] * 7, **options)
    patient = rates(callbacks.ReduceLROnPlateau, [1.0] * 7, cooldown=3, **options)
    assert hasty.tolist() == [1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]
    assert patient.tolist() == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mode", ["auto", "min", "max"])
def test_on_every_history_of_numbers_it_does_what_that_of_keras_does(seed, mode):
    generator = np.random.default_rng(seed)
    history = np.cumsum(generator.normal(size=60)).tolist()
    options = {
        "factor": float(generator.uniform(0.1, 0.9)),
        "patience": int(generator.integers(0, 4)),
        "cooldown": int(generator.integers(0, 4)),
        "min_delta": float(generator.uniform(0, 0.5)),
        "min_lr": 1e-3,
        "mode": mode,
    }
    kinds = callbacks.ReduceLROnPlateau, keras.callbacks.ReduceLROnPlateau
    ours, theirs = (rates(kind, history, **options) for kind in kinds)
    assert ours[-1] < 1
    assert np.array_equal(ours, theirs)


def test_a_first_epoch_of_nan_is_not_the_best_there_can_be():
    history, options = [np.nan, 5.0, 4.0, 3.0, 2.0], {"factor": 0.5, "patience": 2}
    assert rates(callbacks.ReduceLROnPlateau, history, **options)[-1] == 1
    assert rates(keras.callbacks.ReduceLROnPlateau, history, **options)[-1] == 0.25


def test_nothing_but_nan_is_no_progress():
    found = rates(callbacks.ReduceLROnPlateau, [np.nan] * 4, factor=0.5, patience=2)
    assert found.tolist() == [1, 0.5, 0.5, 0.25]


def test_nan_is_never_better():
    history = [5.0, np.nan, np.nan, np.nan]
    for mode in ("min", "max"):
        found = rates(callbacks.ReduceLROnPlateau, history, mode=mode, factor=0.5, patience=3)
        assert found.tolist() == [1, 1, 1, 0.5]


def test_it_works_in_fit():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0625), loss="mean_squared_error")
    calm = callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=1e6)
    x = np.ones((4, 2))
    history = model.fit(
        x, x[:, :1], epochs=3, validation_data=(x, x[:, :1]), callbacks=[calm], verbose=0
    )
    assert history.history["learning_rate"] == [0.0625, 0.0625, 0.03125]
    assert float(model.optimizer.learning_rate) == 0.015625


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monitor": 3}, "monitor should be the name of a metric, got 3"),
        ({"factor": 1.0}, r"factor .* got 1.0"),
        ({"factor": -0.1}, r"factor .* got -0.1"),
        ({"factor": float("nan")}, "factor .* got nan"),
        ({"patience": -1}, "patience .* got -1"),
        ({"patience": 1.5}, "patience should be a whole number >= 0, got 1.5"),
        ({"mode": "down"}, "mode should be one of auto, min, max, got 'down'"),
        ({"min_delta": -1e-4}, "min_delta .* got -0.0001"),
        ({"cooldown": -1}, "cooldown .* got -1"),
        ({"min_lr": float("inf")}, "min_lr .* got inf"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.ReduceLROnPlateau(**options)
