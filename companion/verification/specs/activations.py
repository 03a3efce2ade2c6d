"""The rows of the activations."""

import numpy as np

from companion import activations, reference
from companion._backend import keras
from companion.verification.specs.inputs import grid, logits
from companion.verification.specs.rows import INFINITY, Concession, Difference, FunctionSpec, Limit


def _relu(m, x, negative_slope=0.0, max_value=None, threshold=0.0):
    value = m.where(x > threshold, x, negative_slope * (x - threshold))
    return value if max_value is None else m.where(x >= max_value, max_value + 0 * x, value)


def _relu_kinks(negative_slope=0.0, max_value=None, threshold=0.0):
    return (threshold,) if max_value is None else (threshold, max_value)


def _keras_has_our_slope(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """With a threshold other than 0, Keras takes the other one of the two slopes at a kink."""
    at_a_kink = np.isin(x, _relu_kinks(negative_slope, max_value, threshold))[:, 0]
    return ~at_a_kink if threshold else np.ones(len(x), bool)


def softmax(m, x):
    """The definition of softmax along the last axis."""
    growth = m.exp(x)
    return growth / m.sum(growth)[..., None]


def known(z):
    """softmax(z), each entry times what the rounding of z - max(z) costs it, 8 ulp being 1.

    The difference is off by half an ulp, which is |z - max(z)| ulp / 2 in its exponential.
    """
    loss_of_digits = np.maximum(1.0, (z.max(axis=-1, keepdims=True) - z) / 8)
    return reference.activations.softmax(z)[0] * loss_of_digits


def others(p):
    """For each entry the sum of all the others."""
    return p @ (1 - np.eye(p.shape[-1]))


def _softmax_derivative_scale(x):
    p = known(x)
    return np.where(
        np.eye(p.shape[-1]) == 1, (p * others(p))[..., None], p[..., None] * p[..., None, :]
    )


_SOFTMAX = (
    Concession("value", known, "z - max(z) is rounded, and e^z makes it |z - max(z)| ulp / 2"),
    Concession("derivative", _softmax_derivative_scale, "the same"),
)

ROWS = [
    FunctionSpec(
        "activations.step",
        activations.step,
        reference.activations.step,
        definition=lambda m, x: m.where(x >= 0, 1 + 0 * x, 0 * x),
        inputs=lambda parameters: (grid(kinks=(0.0,)),),
        kinks=lambda: (0.0,),
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), 1.0, 0.0)),
        chapter="activations/sigmoids",
        formulas={"eq-step": {"x": "x"}, "eq-step-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.linear",
        activations.linear,
        reference.activations.linear,
        definition=lambda m, x: 1 * x,
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.linear,
        limits=(Limit((-INFINITY,), -INFINITY, 1.0), Limit((INFINITY,), INFINITY, 1.0)),
        chapter="activations/sigmoids",
        formulas={"eq-linear": {"x": "x"}, "eq-linear-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.sigmoid",
        activations.sigmoid,
        reference.activations.sigmoid,
        definition=lambda m, x: 1 / (1 + m.exp(-x)),
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.sigmoid,
        differences=(Difference((20.0,), 0.0, 2.06115362e-9, of="derivative"),),
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), 1.0, 0.0)),
        chapter="activations/sigmoids",
        formulas={"eq-sigmoid": {"x": "x"}, "eq-sigmoid-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.tanh",
        activations.tanh,
        reference.activations.tanh,
        definition=lambda m, x: (m.exp(x) - m.exp(-x)) / (m.exp(x) + m.exp(-x)),
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.tanh,
        differences=(Difference((20.0,), 0.0, 1.69934168e-17, of="derivative"),),
        limits=(Limit((-INFINITY,), -1.0, 0.0), Limit((INFINITY,), 1.0, 0.0)),
        chapter="activations/sigmoids",
        formulas={"eq-tanh": {"x": "x"}, "eq-tanh-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.relu",
        activations.relu,
        reference.activations.relu,
        definition=_relu,
        inputs=lambda parameters: (grid(kinks=_relu_kinks(**parameters)),),
        parameters=(
            {},
            {"negative_slope": 0.25},
            {"max_value": 6.0},
            {"negative_slope": 0.5, "max_value": 3.0, "threshold": 1.0},
        ),
        kinks=_relu_kinks,
        keras=keras.activations.relu,
        keras_agrees=_keras_has_our_slope,
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        chapter="activations/rectifiers",
        formulas={"eq-relu": {"x": "x"}, "eq-relu-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.softmax",
        activations.softmax,
        reference.activations.softmax,
        definition=softmax,
        inputs=lambda parameters: (logits(),),
        vector=True,
        keras=keras.activations.softmax,
        limits=(Limit(([0.0, -INFINITY, 0.0],), [0.5, 0.0, 0.5]),),
        concessions=_SOFTMAX,
        chapter="activations/softmax",
        formulas={"eq-softmax": {"x": "x"}},
    ),
]
