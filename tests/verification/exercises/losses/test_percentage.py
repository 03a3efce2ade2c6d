"""The exercises on percentage and logarithmic error ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import reference
from companion.verification import check
from companion.verification.exercises.losses.percentage import EXERCISES


def test_the_logarithmic_gradient_is_that_of_keras():
    generator = np.random.default_rng(0)
    y_true, y_pred = generator.gamma(2, size=5), generator.normal(scale=3, size=5)
    assert y_pred.min() < 0 < y_pred.max()
    prediction = tf.Variable(y_pred)
    with tf.GradientTape() as tape:
        loss = keras.losses.mean_squared_logarithmic_error(y_true, prediction)
    truth = EXERCISES["percentage-gradient"].truth(y_true, y_pred)
    assert np.allclose(tape.gradient(loss, prediction), truth, rtol=1e-5)


def test_a_gradient_written_another_way_passes():
    def with_a_mask(y_true, y_pred):
        gradient, positive = np.zeros(len(y_pred)), y_pred >= 0
        one_larger = 1 + y_pred[positive]
        quotient = one_larger / (1 + y_true[positive])
        gradient[positive] = 2 / len(y_pred) * np.log(quotient) / one_larger
        return gradient

    assert check("percentage-gradient", with_a_mask).passed


@pytest.mark.filterwarnings("ignore:.*encountered in log")
def test_a_logarithm_of_a_negative_prediction_is_explained():
    def no_clipping(y_true, y_pred):
        return 2 * (np.log1p(y_pred) - np.log1p(y_true)) / (1 + y_pred) / y_pred.size

    verdict = repr(check("percentage-gradient", no_clipping))
    assert "y_pred = [-1]" in verdict
    assert "has to count as 0 before its logarithm is taken" in verdict


def test_a_gradient_of_the_wrong_shape_is_told_so():
    truth = EXERCISES["percentage-gradient"].truth
    verdict = check("percentage-gradient", lambda y, p: truth(y, p)[:, None])
    assert "the shape is (1, 1) and should be (1,)." in repr(verdict)


def test_the_constant_has_the_smallest_percentage_error_until_the_target_2_comes():
    candidates = np.linspace(1, 70, 691)
    answers = []
    for targets in ([10.0, 12.0, 15.0, 20.0, 60.0], [10.0, 12.0, 15.0, 20.0, 60.0, 2.0]):
        losses, _ = reference.losses.mean_absolute_percentage_error(
            *np.broadcast_arrays(targets, candidates[:, None])
        )
        answers.append(candidates[losses.argmin()])
    assert answers == pytest.approx([EXERCISES["percentage-constant"].truth, 2.0])


def test_smearing_gives_the_mean_of_lognormal_prices():
    log_y = np.random.default_rng(0).normal(12, 0.5, size=100_000)
    (price,) = EXERCISES["percentage-smearing"].truth(
        np.array([12.0]), np.full(log_y.size, 12.0), log_y
    )
    assert price == pytest.approx(np.exp(12 + 0.5**2 / 2), rel=0.01)
    assert price == pytest.approx(np.mean(np.exp(log_y)))


def test_smearing_written_another_way_passes():
    def as_a_sum(z, z_train, log_y_train):
        return sum(np.exp(z + t - u) for u, t in zip(z_train, log_y_train, strict=True)) / len(
            z_train
        )

    assert check("percentage-smearing", as_a_sum).passed


def test_a_median_is_told_that_it_is_one():
    verdict = check("percentage-smearing", lambda z, z_train, log_y_train: np.exp(z))
    assert repr(verdict).endswith(
        "hint: that is the median: the mean is larger by the smearing factor."
    )
