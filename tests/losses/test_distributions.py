"""Divergence: never negative, zero for equals, an entropy less a cross-entropy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion.losses import KLDivergence, categorical_crossentropy, kl_divergence
from companion.reference import losses as reference

P, Q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 40))


def test_it_is_positive_and_zero_only_between_equals():
    assert np.all(kl_divergence(P, Q) > 0)
    assert np.all(kl_divergence(P, P) == 0)


def test_it_is_not_symmetric():
    assert not np.allclose(kl_divergence(P, Q), kl_divergence(Q, P), rtol=1e-3)


def test_it_is_the_cross_entropy_less_the_entropy():
    entropy = categorical_crossentropy(P, P)
    np.testing.assert_allclose(kl_divergence(P, Q), categorical_crossentropy(P, Q) - entropy)


def test_beside_equality_it_is_half_of_chi_squared():
    step = 1e-4 * (Q - P)
    chi_squared = np.sum(step**2 / P, axis=-1)
    np.testing.assert_allclose(kl_divergence(P, P + step), chi_squared / 2, rtol=0.2)


def test_each_entry_keeps_its_digits_where_the_two_are_close():
    p = np.float32([[0.3]])
    q = np.nextafter(p, np.float32(1))
    exact, _ = reference.kl_divergence(p, q)
    np.testing.assert_allclose(kl_divergence(p, q), exact, rtol=1e-6)


def test_an_entry_of_0_costs_nothing_and_asks_for_nothing():
    p, q = tf.constant([[0.0, 1.0], [0.0, 1.0]]), tf.constant([[0.5, 0.5], [0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(q)
        loss = kl_divergence(p, q)
    np.testing.assert_allclose(loss, [np.log(2), 0], rtol=1e-6)
    assert tape.gradient(loss, q).numpy().tolist() == [[0, -2], [0, -1]]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_it_stays_finite_where_an_event_happens_that_has_no_probability(dtype):
    p, q = tf.constant([[0.5, 0.5]], dtype), tf.constant([[0.0, 1.0]], dtype)
    with tf.GradientTape() as tape:
        tape.watch([p, q])
        loss = kl_divergence(p, q)
    gradients = tape.gradient(loss, [p, q])
    assert loss.dtype == dtype
    assert np.isfinite(tf.cast(loss, tf.float64)).all()
    assert all(np.isfinite(tf.cast(g, tf.float64)).all() for g in gradients)
    assert gradients[1][0, 0] == 0


@pytest.mark.parametrize("name", ["y_true", "y_pred"])
@pytest.mark.parametrize("wrong", [-0.1, 1.5])
def test_what_is_no_probability_is_refused(name, wrong):
    arguments = {"y_true": [[0.5]], "y_pred": [[0.5]]} | {name: [[wrong]]}
    with pytest.raises(ValueError, match=rf"{name} should hold values in \[0, 1\]; got {wrong}"):
        kl_divergence(**arguments)


def test_the_class_is_its_twin_with_weights():
    weights = np.linspace(0, 1, len(P))
    ours, twin = KLDivergence(), keras.losses.KLDivergence()
    np.testing.assert_allclose(ours(P, Q, weights), twin(P, Q, weights), rtol=1e-5)
    assert ours.name == twin.name
