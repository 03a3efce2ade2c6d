"""The exercises on regularization ask for what the page says."""

import itertools

import numpy as np

from companion.verification import check
from companion.verification.exercises.networks.regularization import EXERCISES


def test_the_soft_threshold_minimises_a_parabola_with_l1():
    grid = np.linspace(-3, 3, 6001)
    for a in (-2.0, -0.3, 0.0, 0.7, 1.5):
        lowest = grid[np.argmin(0.5 * (grid - a) ** 2 + 0.5 * np.abs(grid))]
        found = EXERCISES["regularization-soft-threshold"].truth(a, 0.5)
        assert np.isclose(found, lowest, atol=1e-3)


def test_the_penalty_of_dropout_is_what_all_masks_cost_on_average():
    x, w, rate = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]), np.array([1.0, -2.0, 0.5]), 0.25
    target, mean = np.array([1.0, -1.0]), 0.0
    for mask in itertools.product([0, 1], repeat=3):
        chance = np.prod(np.where(mask, 1 - rate, rate))
        mean += chance * np.mean((target - x * mask / (1 - rate) @ w) ** 2)
    penalty = EXERCISES["regularization-dropout-penalty"].truth(x, w, rate)
    assert np.isclose(mean, np.mean((target - x @ w) ** 2) + penalty)


def test_patience_is_that_of_keras():
    import keras

    generator = np.random.default_rng(0)
    for _ in range(30):
        losses, patience = generator.integers(0, 9, size=8), int(generator.integers(1, 4))
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        stopping = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
        stopping.set_model(model)
        model.stop_training = False
        stopping.on_train_begin()
        for epoch, loss in enumerate(losses):
            stopping.on_epoch_end(epoch, {"val_loss": float(loss)})
            if model.stop_training:
                break
        assert EXERCISES["regularization-patience"].truth(losses, patience) == (
            epoch,
            stopping.best_epoch,
        )


def test_another_way_to_write_it_is_right_and_slips_are_named():
    def minimum(w, threshold):
        return w - np.clip(w, -threshold, threshold)

    def expected(x, w, rate):
        return ((x * w) ** 2).sum() / len(x) * (1 / (1 - rate) - 1)

    def stop(losses, patience):
        for last in range(patience, len(losses)):
            if min(losses[: last - patience + 1]) <= min(losses[last - patience + 1 : last + 1]):
                return last, int(np.argmin(losses[: last + 1]))
        return len(losses) - 1, int(np.argmin(losses))

    assert check("regularization-soft-threshold", minimum).passed
    assert check("regularization-dropout-penalty", expected).passed
    assert check("regularization-patience", stop).passed
    cut = check("regularization-soft-threshold", lambda w, t: np.where(np.abs(w) > t, w, 0))
    assert "cuts off what is small" in repr(cut)
    turned = check("regularization-dropout-penalty", lambda x, w, rate: -expected(x, w, rate))
    assert "the sign is turned" in repr(turned)
    infinite = check(
        "regularization-dropout-penalty", lambda x, w, r: expected(x, w, r) * (1 - r) ** 2 / r**2
    )
    assert not infinite.passed
    squared = check("regularization-dropout-penalty", lambda x, w, r: expected(x, w, r) / (1 - r))
    assert "first power" in repr(squared)
    divided = check(
        "regularization-soft-threshold", lambda w, t: w * np.maximum(1 - t / np.abs(w), 0)
    )
    assert "0 / 0" in repr(divided)
    never = check("regularization-patience", lambda losses, p: stop(losses, len(losses)))
    assert "also if epochs are left" in repr(never)
    at_once = check("regularization-patience", lambda losses, patience: stop(losses, 1))
    assert "how many epochs in a row" in repr(at_once)
    later = check("regularization-patience", lambda losses, patience: stop(losses, patience)[::-1])
    assert not later.passed
