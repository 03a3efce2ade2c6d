"""What gated units are: x times a gate, whose two halves add up to 1."""

import numpy as np
import pytest

from companion.activations import gelu, mish, silu, softplus, swish, tanh
from companion.reference import activations as reference

X = np.linspace(-12, 12, 481)


@pytest.mark.parametrize("function", [silu, gelu, lambda x: gelu(x, approximate=True)])
def test_where_the_gates_at_x_and_minus_x_add_up_to_1_so_do_the_units_to_the_line(function):
    np.testing.assert_allclose(function(X) - function(-X), X, rtol=1e-13, atol=1e-13)


def test_mish_is_x_times_tanh_of_softplus():
    np.testing.assert_allclose(mish(X), X * tanh(softplus(X)), rtol=1e-12, atol=1e-15)


def test_swish_is_another_name_of_silu():
    assert swish is silu


def test_the_approximation_of_gelu_is_off_by_less_than_a_thousandth():
    error = np.abs(gelu(X, approximate=True) - gelu(X))
    assert 4e-4 < error.max() < 5e-4


@pytest.mark.parametrize(
    ("function", "place", "least"),
    [
        (reference.silu, -1.2784645, -0.2784645),
        (reference.gelu, -0.7517916, -0.1699712),
        (reference.mish, -1.1924312, -0.3088434),
    ],
)
def test_each_has_one_minimum_below_0(function, place, least):
    x = np.linspace(-30, 30, 60_001)
    value, derivative = function(x)
    assert function(place)[0] == pytest.approx(least, abs=1e-7)
    assert function(place)[1] == pytest.approx(0, abs=1e-6)
    assert value.min() >= least - 1e-7
    assert (derivative[(x < place - 0.01) & (x > -25)] < 0).all()
    assert (derivative[x > place + 0.01] > 0).all()


@pytest.mark.parametrize("approximate", ["tanh", None, 1])
def test_approximate_is_true_or_false(approximate):
    with pytest.raises(ValueError, match="approximate should be True or False"):
        gelu([1.0], approximate=approximate)
