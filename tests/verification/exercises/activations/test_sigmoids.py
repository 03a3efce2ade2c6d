"""The exercises on sigmoids ask for what the page says."""

import numpy as np
import pytest

from companion import reference
from companion.verification.exercises.activations.sigmoids import EXERCISES


def test_the_largest_factor_of_ten_sigmoids_is_met_at_zero():
    slope = reference.activations.sigmoid(np.linspace(-5, 5, 1001))[1].max()
    assert EXERCISES["sigmoids-vanishing"].truth == pytest.approx(slope**10)


def test_the_second_derivative_is_the_derivative_of_the_first():
    x, h = np.linspace(-4, 4, 33), 1e-5
    below, above = (reference.activations.sigmoid(x + s)[1] for s in (-h, h))
    truth = EXERCISES["sigmoids-second-derivative"].truth
    assert np.allclose(truth(x), (above - below) / (2 * h), atol=1e-9)
