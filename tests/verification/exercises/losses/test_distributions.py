"""The exercises on the divergence ask for what the page says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.verification import check
from companion.verification.exercises.losses.distributions import EXERCISES

P, Q = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 5))
STUDENT, TEACHER = np.random.default_rng(1).normal(size=(2, 4, 3))


def test_the_divergence_is_that_of_keras():
    truth = EXERCISES["distributions-divergence"].truth(P, Q)
    assert np.allclose(keras.losses.kl_divergence(P, Q), truth, rtol=1e-5)


def _row_by_row(p, q):
    sums = []
    for true, said in zip(p, q, strict=True):
        pairs = zip(true, said, strict=True)
        sums.append(sum(a * (np.log(a) - np.log(b)) for a, b in pairs if a > 0))
    return np.array(sums)


def _by_the_terms_alone(p, q):
    terms = np.zeros_like(p)
    np.log(p / q, out=terms, where=p > 0)
    return (p * terms).sum(axis=-1)


@pytest.mark.parametrize("right", [_row_by_row, _by_the_terms_alone])
def test_a_divergence_written_in_another_way_passes(right):
    assert check("distributions-divergence", right).passed


def test_a_zero_that_becomes_nan_is_shown_with_its_reason():
    verdict = repr(check("distributions-divergence", lambda p, q: (p * np.log(p / q)).sum(axis=1)))
    assert "nan" in verdict
    assert "0 log 0 is 0" in verdict


def test_a_nan_that_is_swept_away_still_warns():
    verdict = check("distributions-divergence", lambda p, q: np.nansum(p * np.log(p / q), axis=1))
    assert not verdict.passed
    assert "it warns: divide by zero" in repr(verdict)


def test_a_mean_over_all_entries_is_told_so():
    verdict = repr(
        check("distributions-divergence", lambda p, q: _by_the_terms_alone(p, q) / p.shape[1])
    )
    assert verdict.endswith("hint: add up over the outcomes: a mean over them divides by k.")


def test_columns_in_place_of_rows_are_told_their_shape():
    verdict = check("distributions-divergence", lambda p, q: np.sum(p - q, axis=0))
    assert "the shape is (2,) and should be (1,)." in repr(verdict)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_distillation_pull_is_that_of_keras(temperature):
    z = tf.Variable(STUDENT)
    with tf.GradientTape() as tape:
        q = tf.nn.softmax(z / temperature)
        p = tf.nn.softmax(TEACHER / temperature)
        loss = temperature**2 * tf.reduce_mean(keras.losses.kl_divergence(p, q))
    truth = EXERCISES["distributions-distillation"].truth(STUDENT, TEACHER, temperature)
    assert np.allclose(tape.gradient(loss, z), truth, rtol=1e-5, atol=1e-8)


def test_the_distillation_pull_may_be_written_in_another_way():
    def by_log_sum_exp(student, teacher, temperature):
        q, p = (
            np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
            for z in (student / temperature, teacher / temperature)
        )
        return temperature**2 * (q - p) / temperature / q.shape[0]

    assert check("distributions-distillation", by_log_sum_exp).passed


def test_a_softmax_that_overflows_is_told_what_to_subtract():
    def as_written(student, teacher, temperature):
        q, p = (np.exp(z / temperature) for z in (student, teacher))
        difference = q / q.sum(axis=1, keepdims=True) - p / p.sum(axis=1, keepdims=True)
        return temperature * difference / len(student)

    verdict = repr(check("distributions-distillation", as_written))
    assert "1000" in verdict
    assert verdict.endswith("hint: exp overflows: subtract each row's largest logit first.")


def test_a_pull_that_is_not_a_number_is_shown():
    verdict = check("distributions-distillation", lambda z, v, t: np.full(z.shape, np.nan))
    assert "gradient = [[nan, nan]]" in repr(verdict)


def test_the_variance_is_where_the_divergence_is_smallest():
    x = np.linspace(-25, 25, 2001)

    def gaussian(mean, variance):
        growth = np.exp(-((x - mean) ** 2) / (2 * variance))
        return growth / growth.sum()

    p = 0.75 * gaussian(-2, 1) + 0.25 * gaussian(2, 1)
    variances = np.linspace(2, 6, 41)
    fits = np.array([gaussian(-1, variance) for variance in variances])
    truth = EXERCISES["distributions-divergence"].truth
    best = variances[truth(np.tile(p, (41, 1)), fits).argmin()]
    assert best == pytest.approx(EXERCISES["distributions-moments"].truth)
