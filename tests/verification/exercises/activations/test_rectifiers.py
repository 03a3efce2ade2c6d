"""The exercises on rectifiers ask for what the page says."""

import numpy as np

from companion import reference
from companion.networks import through_layers
from companion.verification import check
from companion.verification.exercises.activations.rectifiers import EXERCISES


def test_with_the_variance_of_the_exercise_the_mean_square_stays():
    def bent(x):
        return np.where(x > 0, 1.5 * x, 0.7 * x), np.where(x > 0, 1.5, 0.7)

    variance = EXERCISES["rectifiers-variance"].truth(1, 1.5, 0.7)
    stack = through_layers(bent, variance, layers=6, width=600)
    # The inputs' mean square is 1. The outputs' should be the same, layer after layer.
    assert np.allclose(stack.mean**2 + stack.variance, 1, rtol=0.2)


def test_the_gradient_in_the_sums_is_that_of_the_outputs():
    upstream, x = np.random.default_rng(0).normal(size=(2, 7))
    truth, h = EXERCISES["rectifiers-backward"].truth(upstream, x, 0.3), 1e-6
    ends = [reference.activations.leaky_relu(x + s, 0.3)[0] for s in (-h, h)]
    assert np.allclose(truth, upstream * (ends[1] - ends[0]) / (2 * h))


def test_an_if_over_an_array_is_explained():
    def with_if(upstream, x, slope):
        return upstream if x > 0 else slope * upstream

    assert repr(check("rectifiers-backward", with_if)).endswith(
        "`if` decides once, numpy.where for each entry."
    )


def test_a_derivative_that_is_wrong_at_six_alone_is_told_so():
    verdict = check("rectifiers-relu6", lambda x: (np.clip(x, 0, 6), 1.0 * ((x > 0) & (x <= 6))))
    assert "x = [6]" in repr(verdict)
    assert repr(verdict).endswith("hint: at 6 itself the derivative is 0.")


def test_another_way_to_write_relu6_passes():
    def by_mean(x):
        value = (np.abs(x) - np.abs(x - 6)) / 2 + 3
        return value, (np.sign(x) * (x != 0) + np.sign(6 - x)).clip(1) - 1

    assert check("rectifiers-relu6", by_mean).passed
