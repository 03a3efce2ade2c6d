"""The rows of the activations."""

import math

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


def _selu(m, x):
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return scale * _elu(m, x, alpha)


def _elu(m, x, alpha=1.0):
    below = m.where(x > 0, 0 * x, x)
    return m.where(x > 0, x, alpha * (m.exp(below) - 1))


def _gelu(m, x, approximate=False):
    if not approximate:
        return x / 2 * (1 + m.erf(x / m.sqrt(2 + 0 * x)))
    # The formula has 44715 / 10⁶, which no float is; near enough for 8 ulp.
    return x / 2 * (1 + m.tanh(m.sqrt(2 / m.pi + 0 * x) * (x + 0.044715 * x * x * x)))


def _mish(m, x):
    return x * m.tanh(m.log(1 + m.exp(x)))


def _silu_parts(x):
    """Of the derivative σ + x σ', the larger part."""
    gate, slope = reference.activations.sigmoid(x)
    return np.maximum(gate, np.abs(x * slope))


def _gelu_tail(x, approximate=False):
    """The value, times what the rounding of the exponent costs it, 8 ulp being 1."""
    return np.abs(reference.activations.gelu(x, approximate)[0]) * _exponent(x, approximate)


def _gelu_parts(x, approximate=False):
    """Of the derivative, the gate plus x times its slope, the larger part, in the same way."""
    value, derivative = reference.activations.gelu(x, approximate)
    with np.errstate(divide="ignore", invalid="ignore"):
        gate = np.where(x == 0, 0.5, value / x)
    return np.maximum(gate, np.abs(derivative - gate)) * _exponent(x, approximate)


def _exponent(x, approximate):
    """At x the exponent is x²/2, or 2u; each of its roundings costs half of it in ulp."""
    near = np.clip(x, -20, 0)
    cubic = np.sqrt(8 / np.pi) * np.abs(near + 0.044715 * near**3)
    return np.maximum(1.0, (cubic if approximate else near**2) / 4)


def _mish_parts(x):
    """Of the derivative, the gate plus x times its slope, the larger part."""
    value, derivative = reference.activations.mish(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        gate = np.where(x == 0, 0.6, value / x)
    return np.maximum(gate, np.abs(derivative - gate))


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
        price="a derivative that is not 0 from 17 on",
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
        price="a derivative that is not 0 from 9 on",
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
        price="the derivation itself runs, and no kernel that was written for it",
        keras_agrees=_keras_has_our_slope,
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        chapter="activations/rectifiers",
        formulas={"eq-relu": {"x": "x"}, "eq-relu-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.leaky_relu",
        activations.leaky_relu,
        reference.activations.leaky_relu,
        definition=lambda m, x, negative_slope=0.2: m.where(x > 0, x, negative_slope * x),
        inputs=lambda parameters: (grid(kinks=(0.0,)),),
        parameters=({}, {"negative_slope": 0.01}, {"negative_slope": 0.0}),
        kinks=lambda **parameters: (0.0,),
        keras=keras.activations.leaky_relu,
        price="the derivation itself runs, and no kernel that was written for it",
        limits=(Limit((-INFINITY,), -INFINITY, 0.2), Limit((INFINITY,), INFINITY, 1.0)),
        chapter="activations/rectifiers",
        formulas={
            "eq-leaky-relu": {"x": "x", r"\alpha": "negative_slope"},
            "eq-leaky-relu-gradient": {"x": "x", r"\alpha": "negative_slope"},
        },
    ),
    FunctionSpec(
        "activations.relu6",
        activations.relu6,
        reference.activations.relu6,
        definition=lambda m, x: _relu(m, x, max_value=6.0),
        inputs=lambda parameters: (grid(kinks=(0.0, 6.0)),),
        kinks=lambda: (0.0, 6.0),
        keras=keras.activations.relu6,
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), 6.0, 0.0)),
        chapter="activations/rectifiers",
        formulas={
            "eq-relu6": {"x": "x"},
            "eq-relu6-gradient": {"x": "x"},
        },
    ),
    FunctionSpec(
        "activations.elu",
        activations.elu,
        reference.activations.elu,
        definition=_elu,
        inputs=lambda parameters: (grid(kinks=(0.0,)),),
        parameters=({}, {"alpha": 0.3}, {"alpha": 2.0}),
        kinks=lambda alpha=1.0: (0.0,),
        keras=keras.activations.elu,
        differences=(
            Difference((-1e-8,), 0.0, -1e-8, issue="tensorflow/tensorflow#116943"),
            Difference(
                (-20.0,), 0.0, 2.06115362e-9, of="derivative", issue="tensorflow/tensorflow#124833"
            ),
        ),
        limits=(Limit((-INFINITY,), -1.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        price="digits near 0, and a derivative that is not 0 below -17",
        chapter="activations/exponential",
        formulas={
            "eq-elu": {"x": "x", r"\alpha": "alpha"},
            "eq-elu-gradient": {"x": "x", r"\alpha": "alpha"},
        },
    ),
    FunctionSpec(
        "activations.selu",
        activations.selu,
        reference.activations.selu,
        definition=_selu,
        inputs=lambda parameters: (grid(kinks=(0.0,)),),
        kinks=lambda: (0.0,),
        keras=keras.activations.selu,
        keras_agrees=lambda x: ((x > 0) | (x < -1e-7))[:, 0],
        differences=(
            Difference((-1e-8,), 1.05070102, 1.75809932, of="derivative"),
            Difference((-1e-8,), 0.0, -1.75809934e-8, issue="tensorflow/tensorflow#116943"),
            Difference((-20.0,), 0.0, 3.62371282e-9, of="derivative"),
        ),
        limits=(
            Limit((-INFINITY,), -1.7580993408473768, 0.0),
            Limit((INFINITY,), INFINITY, 1.0507009873554805),
        ),
        price="digits near 0, and a derivative that is not 0 below -17",
        chapter="activations/exponential",
        formulas={"eq-selu": {"x": "x"}, "eq-selu-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.softplus",
        activations.softplus,
        reference.activations.softplus,
        definition=lambda m, x: m.log(1 + m.exp(x)),
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.softplus,
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        chapter="activations/exponential",
        formulas={"eq-softplus": {"x": "x"}, "eq-softplus-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.silu",
        activations.silu,
        reference.activations.silu,
        definition=lambda m, x: x / (1 + m.exp(-x)),
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.silu,
        differences=(Difference((-INFINITY,), math.nan, 0.0),),
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        concessions=(Concession("derivative", _silu_parts, "near -1.28 it is 0, a difference"),),
        chapter="activations/gated",
        formulas={"eq-silu": {"x": "x"}, "eq-silu-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.gelu",
        activations.gelu,
        reference.activations.gelu,
        definition=_gelu,
        inputs=lambda parameters: (grid(),),
        parameters=({}, {"approximate": True}),
        keras=keras.activations.gelu,
        differences=(Difference((-INFINITY,), math.nan, 0.0),),
        limits=(
            Limit((-INFINITY,), 0.0, 0.0),
            Limit((INFINITY,), INFINITY, 1.0),
            Limit((-INFINITY,), 0.0, 0.0, parameters={"approximate": True}),
            Limit((INFINITY,), INFINITY, 1.0, parameters={"approximate": True}),
        ),
        concessions=(
            Concession("value", _gelu_tail, "the rounding of the exponent in the negative tail"),
            Concession("derivative", _gelu_parts, "the same; and near -0.75 it is a difference"),
        ),
        chapter="activations/gated",
        formulas={"eq-gelu": {"x": "x"}, "eq-gelu-gradient": {"x": "x"}},
    ),
    FunctionSpec(
        "activations.mish",
        activations.mish,
        reference.activations.mish,
        definition=_mish,
        inputs=lambda parameters: (grid(),),
        keras=keras.activations.mish,
        differences=(Difference((-INFINITY,), math.nan, 0.0),),
        limits=(Limit((-INFINITY,), 0.0, 0.0), Limit((INFINITY,), INFINITY, 1.0)),
        concessions=(Concession("derivative", _mish_parts, "near -1.19 it is 0, a difference"),),
        chapter="activations/gated",
        formulas={"eq-mish": {"x": "x"}, "eq-mish-gradient": {"x": "x"}},
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
        price="p (1 - p) where p rounds to 1",
        chapter="activations/softmax",
        formulas={"eq-softmax": {"z": "x"}, "eq-softmax-gradient": {"z": "x"}},
    ),
]
