"""The exercises on schedules ask for what the page says, and for what Keras does."""

import math

import numpy as np
import pytest

from companion import schedules
from companion._backend import keras
from companion.verification.exercises.optimizers.schedules import EXERCISES


@pytest.mark.parametrize("step", [0, 1, 3, 4, 7, 12, 13, 100])
def test_the_warm_up_is_that_of_the_schedule(step):
    schedule = schedules.CosineDecay(0.0, 9, warmup_target=0.5, warmup_steps=4)
    truth = EXERCISES["schedules-warmup"].truth(step, 0.5, 9, 4)
    assert float(schedule(step)) == pytest.approx(truth, rel=1e-6)


def test_the_decay_rate_halves_in_a_half_life():
    decay_rate = EXERCISES["schedules-half-life"].truth(300.0, 1000.0)
    assert math.log(decay_rate) / 1000 == pytest.approx(math.log(0.5) / 300)
    schedule = schedules.ExponentialDecay(0.5, 1000, decay_rate)
    assert [float(schedule(t)) for t in (0, 300, 600)] == pytest.approx([0.5, 0.25, 0.125])


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("min_delta", [0.0, 0.3])
def test_the_plateau_is_that_of_keras(patience, min_delta):
    losses = np.random.default_rng(patience).choice([0.25, 0.5, 0.75, 1.0, 2.0], size=30)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0))
    options = {"factor": 0.5, "patience": patience, "min_delta": min_delta}
    callback = keras.callbacks.ReduceLROnPlateau("loss", **options)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(model.optimizer.learning_rate))
    truth = EXERCISES["schedules-plateau"].truth(losses, 1.0, 0.5, patience, min_delta)
    assert truth == pytest.approx(rates)
    assert truth[-1] < 1
