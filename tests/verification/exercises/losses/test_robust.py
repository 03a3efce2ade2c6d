"""The exercises on robust losses ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification.exercises.losses.robust import EXERCISES


def test_the_location_is_where_the_pulls_balance():
    targets = np.array([0.0, 0.0, 1.0, 2.0, 30.0])
    answer = np.full(5, EXERCISES["robust-location"].truth)
    assert reference.losses.huber(targets, answer, 2.0)[1].sum() == pytest.approx(0, abs=1e-12)


def test_the_pseudo_huber_is_its_formula_with_its_derivative():
    r, delta, h = np.linspace(-4, 4, 33), 1.5, 1e-5
    truth = EXERCISES["robust-pseudo-huber"].truth
    value, derivative = truth(r, delta)
    assert np.allclose(value, delta**2 * (np.sqrt(1 + (r / delta) ** 2) - 1))
    ends = [truth(r + s, delta)[0] for s in (-h, h)]
    assert np.allclose(derivative, (ends[1] - ends[0]) / (2 * h), atol=1e-9)
