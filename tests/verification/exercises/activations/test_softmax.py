"""The exercises on softmax ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification import check
from companion.verification.exercises.activations.softmax import EXERCISES


def test_the_gradient_is_the_vector_times_the_jacobian():
    g, z = np.random.default_rng(0).normal(size=(2, 4, 3))
    _, jacobian = reference.activations.softmax(z)
    truth = EXERCISES["softmax-backward"].truth(g, z)
    assert np.allclose(truth, np.einsum("bi,bij->bj", g, jacobian))


def test_with_the_temperature_of_the_exercise_the_leader_has_the_probability():
    for gap, m, p in [(1.0, 2, 0.75), (3.0, 10, 0.4), (0.5, 4, 0.999)]:
        z = np.zeros(m)
        z[0] = gap / EXERCISES["softmax-temperature"].truth(gap, m, p)
        assert np.isclose(reference.activations.softmax(z)[0][0], p)


def test_a_mask_that_forbids_nothing_changes_nothing():
    z = np.random.default_rng(0).normal(size=(4, 3))
    truth = EXERCISES["softmax-masked"].truth(z, np.ones(z.shape))
    assert np.allclose(truth, reference.activations.softmax(z)[0])


def test_the_jacobian_itself_passes():
    def by_matrix(g, z):
        return (g[:, None, :] @ reference.activations.softmax(z)[1])[:, 0]

    assert check("softmax-backward", by_matrix).passed


def test_another_way_to_mask_passes():
    def by_large_number(z, allowed):
        z = np.where(allowed > 0, z, -1e30)
        p = np.exp(z - z.max(axis=1, keepdims=True)) * allowed
        return p / np.maximum(p.sum(axis=1, keepdims=True), 1e-300)

    assert check("softmax-masked", by_large_number).passed


def test_another_way_to_write_the_temperature_passes():
    assert check(
        "softmax-temperature",
        lambda gap, m, p: gap / (np.log(m - 1) + np.log(p) - np.log1p(-p)),
    ).passed


@pytest.mark.parametrize(
    ("attempt", "hint"),
    [
        (
            lambda z, allowed: np.where(allowed, reference.activations.softmax(z)[0], 0),
            "hint: the forbidden ones have to go before the sum is taken: the rest has to add up "
            "to 1.",
        ),
        (
            lambda z, allowed: reference.activations.softmax(z + (allowed - 1.0) * 1e9)[0],
            "hint: if nothing is allowed, all logits lose the same large number, and that changes "
            "nothing: such a row gets zeros.",
        ),
    ],
)
def test_a_mask_in_the_wrong_place_is_explained(attempt, hint):
    assert repr(check("softmax-masked", attempt)).endswith(hint)


def test_an_overflow_on_the_way_back_is_explained():
    def as_typed(g, z):
        p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
        return p * (g - np.sum(p * g, axis=1, keepdims=True))

    verdict = repr(check("softmax-backward", as_typed))
    assert verdict.endswith("hint: a logit of 1000 overflows: take the largest away first.")
