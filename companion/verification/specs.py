r"""The table that drives every check: one row for each function and each optimizer.

To add a function is to add its row to `SPECS`; `companion.verification.checks` does the rest.
A row holds the function, its reference, the definition as its chapter has it and what is special
about it. The definition is written once, with a namespace `m` in front of exp, log, sum and their
kin, and serves twice: with mpmath for m it is evaluated with 120 digits, values and differences
alike, and with TensorFlow for m it is differentiated by autodiff. It may be naive: 120 digits
forgive a cancellation, and autodiff is compared on moderate inputs alone.

Inputs have one sample in each row. Entrywise functions are checked on samples of one entry, and
losses among them on samples of three as well, where the mean matters.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from companion import activations, losses, optimizers, reference
from companion._backend import keras

INFINITY = math.inf


@dataclass(frozen=True)
class Difference:
    """An input on which Keras (3.15 on TensorFlow 2.21, float32) is wrong, and what is right."""

    inputs: tuple
    keras: float
    right: float
    of: str = "value"
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    """What a function makes of an input that is not finite; None for what is left open."""

    inputs: tuple
    value: Any
    derivative: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Concession:
    """Results that are not held to 8 ulp of themselves, but to 8 ulp of `scale`.

    `scale(*inputs, **parameters)` has the result's shape; where the result itself is larger, it
    counts. `reason` says why more cannot be asked.
    """

    of: str
    scale: Callable
    reason: str


@dataclass(frozen=True, eq=False)
class FunctionSpec:
    """A row for an activation or a loss.

    Attributes:
        name: family and name, as in `companion`: "losses.huber".
        function: the TensorFlow function; its last input is the one it is differentiated in.
        reference: the NumPy function, which returns value and derivative.
        definition: `definition(m, *inputs, **parameters)`, entrywise activations entry by entry,
            everything else along the last axis, losses reduced over it.
        inputs: `inputs(parameters)` gives the float32 arrays to check on.
        parameters: the settings to check.
        kinks: `kinks(**parameters)`: where value or derivative jumps, in units of an entrywise
            activation's input or of an entrywise loss' residual.
        vector: whether the entries of a sample mix.
        domain: `domain(**parameters)`: the open interval in which the last input is smooth.
        keras: Keras' function, or None.
        keras_agrees: `keras_agrees(*inputs, **parameters)`: in which samples Keras is to be
            compared; everywhere if None. What it leaves out stands in `differences`.
        differences, limits, concessions: see the classes.
        loss_class: the class that wraps a loss, with its twin in Keras.
        chapter: the page.
        formulas: the labels of the page's displays, and what their symbols are called here.
    """

    name: str
    function: Callable
    reference: Callable
    definition: Callable
    inputs: Callable
    chapter: str
    parameters: tuple[Mapping[str, Any], ...] = ({},)
    kinks: Callable = lambda **parameters: ()
    vector: bool = False
    domain: Callable = lambda **parameters: (-INFINITY, INFINITY)
    keras: Callable | None = None
    keras_agrees: Callable | None = None
    differences: tuple[Difference, ...] = ()
    limits: tuple[Limit, ...] = ()
    concessions: tuple[Concession, ...] = ()
    loss_class: type | None = None
    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def is_loss(self) -> bool:
        return self.name.startswith("losses.")


@dataclass(frozen=True, eq=False)
class OptimizerSpec:
    """A row for an optimizer.

    Attributes:
        name: family and name, as in `companion`: "optimizers.Adam".
        optimizer: the class.
        reference: the NumPy function that takes one step.
        keras: Keras' class.
        options: the settings to check; the tape of gradients is the same for all.
        chapter: the page.
        formulas: the labels of the page's displays, and what their symbols are called here.
    """

    name: str
    optimizer: type
    reference: Callable
    keras: type
    options: tuple[Mapping[str, Any], ...]
    chapter: str
    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


# Inputs: the same on every run, float32, one sample in each row.


EXTREMES = np.float32([1e-45, 1.1754944e-38, 3.4028235e38])
"""The smallest positive float32, the smallest with all its digits, and the largest."""


def grid(kinks=()):
    """One number in each row: 1e-30 to 1e30 with both signs, denser near 1, beside the kinks, and
    the extremes."""
    generator = np.random.default_rng(20)
    sizes = np.r_[np.logspace(-30, 30, 121), np.logspace(-2, 2.3, 100)]
    sizes = np.r_[sizes, EXTREMES]
    numbers = [0.0, *sizes, *-sizes, *3 * generator.normal(size=60)]
    for kink in np.float32(kinks):
        for direction in np.float32([-INFINITY, INFINITY]):
            one = np.nextafter(kink, direction)
            numbers += [one, np.nextafter(one, direction)]
        numbers.append(kink)
    return np.unique(np.float32(numbers))[:, None]


def residuals(kinks=()):
    """Pairs whose difference runs over the grid: from 0, to 0, and between random numbers."""
    r = grid(kinks)
    generator = np.random.default_rng(21)
    y_true, y_pred = np.float32(
        generator.normal(size=(2, 100, 1)) * 10.0 ** generator.uniform(-3, 3, size=(100, 1))
    )
    zero = np.zeros_like(r)
    both = np.float32(list(itertools.product(np.r_[EXTREMES, -EXTREMES], repeat=2)))
    return (
        np.r_[zero, r[::5], y_true, both[:, :1]],
        np.r_[r, zero[::5], y_pred, both[:, 1:]],
    )


def logits(classes=4):
    """Rows of random scores of several sizes, and rows with ties, wide margins and offsets."""
    generator = np.random.default_rng(22)
    rows = [scale * generator.normal(size=(12, classes)) for scale in (0.1, 1, 10, 30, 100)]
    first = np.eye(classes)[0]
    rows += [
        margin * first[None] for margin in (0, 1e-30, -1e-3, 5, 20, -20, 50, 80, -80, 1e3, 1e30)
    ]
    rows += [1e6 + np.arange(classes)[None], -1e6 + np.arange(classes)[None]]
    rows += [float(EXTREMES[-1]) * row[None] for row in (first, -first, 2 * first - 1, first**0)]
    return np.float32(np.concatenate(rows))


def probabilities(classes=4):
    """Rows that sum to 1 up to rounding, some of them nearly certain, and rows that do not."""
    z = np.float64(logits(classes))
    z = z[np.ptp(z, axis=1) < 60]
    growth = np.exp(z - z.max(axis=1, keepdims=True))
    rows = growth / growth.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(23)
    return np.float32(np.r_[rows, generator.uniform(0.01, 1, size=(12, classes))])


def _distributions(count, classes):
    """One-hot labels, then soft ones."""
    generator = np.random.default_rng(24)
    one_hot = np.eye(classes)[generator.integers(classes, size=count - count // 4)]
    soft = generator.dirichlet(np.ones(classes), size=count // 4)
    order = generator.permutation(count)
    return np.float32(np.r_[one_hot, soft])[order]


def _scores(parameters):
    return logits() if parameters.get("from_logits") else probabilities()


def _labels_and_scores(parameters):
    scores = _scores(parameters)
    return _distributions(*scores.shape), scores


def _class_numbers_and_scores(parameters):
    scores = _scores(parameters)
    generator = np.random.default_rng(25)
    return generator.integers(scores.shape[1], size=len(scores)).astype(np.int32), scores


# Definitions


def _relu(m, x, negative_slope=0.0, max_value=None, threshold=0.0):
    value = m.where(x > threshold, x, negative_slope * (x - threshold))
    return value if max_value is None else m.where(x >= max_value, max_value + 0 * x, value)


def _relu_kinks(negative_slope=0.0, max_value=None, threshold=0.0):
    return (threshold,) if max_value is None else (threshold, max_value)


def _keras_has_our_slope(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """With a threshold other than 0, Keras takes the other one of the two slopes at a kink."""
    at_a_kink = np.isin(x, _relu_kinks(negative_slope, max_value, threshold))[:, 0]
    return ~at_a_kink if threshold else np.ones(len(x), bool)


def _softmax(m, x):
    growth = m.exp(x)
    return growth / m.sum(growth)[..., None]


def _huber_kinks(delta=1.0):
    return (-delta, delta)


def _huber(m, y_true, y_pred, delta=1.0):
    size = abs(y_pred - y_true)
    return m.mean(m.where(size <= delta, size * size / 2, delta * (size - delta / 2)))


def _categorical_crossentropy(m, y_true, y_pred, from_logits=False, label_smoothing=0.0):
    classes = y_true.shape[-1]
    y = y_true * (1 - label_smoothing) + label_smoothing / classes
    p = _softmax(m, y_pred) if from_logits else y_pred / m.sum(y_pred)[..., None]
    # A class without a label does not count, whatever its probability.
    log_p = m.log(m.where(y == 0, 1 + 0 * p, p))
    return -m.sum(y * log_p)


def _sparse_categorical_crossentropy(m, y_true, y_pred, from_logits=False):
    labels = m.one_hot(y_true, y_pred.shape[-1])
    return _categorical_crossentropy(m, labels, y_pred, from_logits)


def _probabilities_or_logits(from_logits=False, **parameters):
    return (-INFINITY, INFINITY) if from_logits else (0.0, 1.0)


# What Keras clips and what it does not


def _keras_does_not_clip(y_true, y_pred, from_logits=False, **parameters):
    """Keras moves probabilities into [1e-7, 1 - 1e-7]; beyond, its gradient is 0."""
    if from_logits:
        return np.ones(len(y_pred), bool)
    p = y_pred / y_pred.sum(axis=-1, keepdims=True)
    return np.all((p > 2e-7) & (p < 1 - 2e-7), axis=-1)


# Where 8 ulp cannot be asked for


def _known(z):
    """softmax(z), each entry times what the rounding of z - max(z) costs it, 8 ulp being 1.

    The difference is off by half an ulp, which is |z - max(z)| ulp / 2 in its exponential.
    """
    loss_of_digits = np.maximum(1.0, (z.max(axis=-1, keepdims=True) - z) / 8)
    return reference.activations.softmax(z)[0] * loss_of_digits


def _others(p):
    """For each entry the sum of all the others."""
    return p @ (1 - np.eye(p.shape[-1]))


def _softmax_derivative_scale(x):
    p = _known(x)
    return np.where(
        np.eye(p.shape[-1]) == 1, (p * _others(p))[..., None], p[..., None] * p[..., None, :]
    )


def _crossentropy_scale(y_true, y_pred, from_logits=False, **parameters):
    y = _smoothed(y_true, y_pred, **parameters)
    return (y * _others(_known(y_pred))).sum(axis=-1) if from_logits else 0.0


def _crossentropy_derivative_scale(y_true, y_pred, from_logits=False, **parameters):
    """The larger part of Σy p - y = (Σy - y) p - y (1 - p), or of that over p Σp."""
    y = _smoothed(y_true, y_pred, **parameters)
    p = _known(y_pred) if from_logits else y_pred
    parts = np.maximum((y.sum(axis=-1, keepdims=True) - y) * p, y * _others(p))
    return parts if from_logits else parts / y_pred / y_pred.sum(axis=-1, keepdims=True)


def _smoothed(y_true, y_pred, label_smoothing=0.0):
    classes = y_pred.shape[-1]
    labels = y_true if y_true.ndim == y_pred.ndim else np.eye(classes)[y_true]
    return labels * (1 - label_smoothing) + label_smoothing / classes


_SOFTMAX = (
    Concession("value", _known, "z - max(z) is rounded, and e^z makes it |z - max(z)| ulp / 2"),
    Concession("derivative", _softmax_derivative_scale, "the same"),
)
_CROSSENTROPY = (
    Concession("value", _crossentropy_scale, "the rounding of z - max(z), as for softmax"),
    Concession(
        "derivative",
        _crossentropy_derivative_scale,
        "the same; and for soft labels p - y has a zero, beside which the digits cancel",
    ),
)

_ADAM = {
    r"\theta": "parameter",
    "g": "gradient",
    r"\eta": "learning_rate",
    r"\beta_1": "beta_1",
    r"\beta_2": "beta_2",
    r"\varepsilon": "epsilon",
}

_ROWS = [
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
        definition=_softmax,
        inputs=lambda parameters: (logits(),),
        vector=True,
        keras=keras.activations.softmax,
        limits=(Limit(([0.0, -INFINITY, 0.0],), [0.5, 0.0, 0.5]),),
        concessions=_SOFTMAX,
        chapter="activations/softmax",
        formulas={"eq-softmax": {"x": "x"}},
    ),
    FunctionSpec(
        "losses.huber",
        losses.huber,
        reference.losses.huber,
        definition=_huber,
        inputs=lambda parameters: residuals(kinks=_huber_kinks(**parameters)),
        parameters=({}, {"delta": 0.1}, {"delta": 1000.0}),
        kinks=_huber_kinks,
        keras=keras.losses.huber,
        differences=(Difference(([0.0], [-2e38]), math.nan, -1.0, of="derivative"),),
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        loss_class=losses.Huber,
        chapter="losses/robust",
        formulas={
            "eq-huber": {"y": "y_true", r"\hat{y}": "y_pred", r"\delta": "delta"},
            "eq-huber-gradient": {"y": "y_true", r"\hat{y}": "y_pred", r"\delta": "delta"},
        },
    ),
    FunctionSpec(
        "losses.log_cosh",
        losses.log_cosh,
        reference.losses.log_cosh,
        definition=lambda m, y_true, y_pred: m.mean(m.log(m.cosh(y_pred - y_true))),
        inputs=lambda parameters: residuals(),
        keras=keras.losses.log_cosh,
        differences=(
            Difference(([0.0], [2e-7]), -5.9604645e-8, 2e-14),
            Difference(([0.0], [1e-4]), 0.0, 5e-9),
            Difference(([0.0], [-2e38]), INFINITY, 2e38),
        ),
        limits=(
            Limit(([0.0], [INFINITY]), INFINITY, [1.0]),
            Limit(([0.0], [-INFINITY]), INFINITY, [-1.0]),
        ),
        loss_class=losses.LogCosh,
        chapter="losses/robust",
        formulas={
            "eq-log-cosh": {"y": "y_true", r"\hat{y}": "y_pred"},
            "eq-log-cosh-gradient": {"y": "y_true", r"\hat{y}": "y_pred"},
        },
    ),
    FunctionSpec(
        "losses.categorical_crossentropy",
        losses.categorical_crossentropy,
        reference.losses.categorical_crossentropy,
        definition=_categorical_crossentropy,
        inputs=_labels_and_scores,
        parameters=(
            {},
            {"from_logits": True},
            {"from_logits": True, "label_smoothing": 0.1},
        ),
        vector=True,
        domain=_probabilities_or_logits,
        keras=keras.losses.categorical_crossentropy,
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference(
                ([1.0, 0.0], [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}
            ),
            Difference(([1.0, 0.0], [1e-9, 1.0]), 16.118095, 20.723266),
        ),
        limits=(
            Limit(
                ([1.0, 0.0], [0.0, -INFINITY]), 0.0, [0.0, 0.0], parameters={"from_logits": True}
            ),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.CategoricalCrossentropy,
        chapter="losses/categorical",
    ),
    FunctionSpec(
        "losses.sparse_categorical_crossentropy",
        losses.sparse_categorical_crossentropy,
        reference.losses.sparse_categorical_crossentropy,
        definition=_sparse_categorical_crossentropy,
        inputs=_class_numbers_and_scores,
        parameters=({}, {"from_logits": True}),
        vector=True,
        domain=_probabilities_or_logits,
        keras=keras.losses.sparse_categorical_crossentropy,
        keras_agrees=_keras_does_not_clip,
        differences=(
            Difference((0, [20.0, 0.0]), 0.0, 2.06115362e-9, parameters={"from_logits": True}),
            Difference((0, [1e-9, 1.0]), 16.118095, 20.723266),
        ),
        concessions=_CROSSENTROPY,
        loss_class=losses.SparseCategoricalCrossentropy,
        chapter="losses/categorical",
    ),
    OptimizerSpec(
        "optimizers.SGD",
        optimizers.SGD,
        reference.optimizers.sgd,
        keras.optimizers.SGD,
        options=(
            {},
            {"learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
            {"learning_rate": 0.1, "nesterov": True},
        ),
        chapter="optimizers/momentum",
    ),
    OptimizerSpec(
        "optimizers.Adam",
        optimizers.Adam,
        reference.optimizers.adam,
        keras.optimizers.Adam,
        options=(
            {},
            {"learning_rate": 0.1, "epsilon": 1.0},
            {"learning_rate": 0.1, "epsilon": 1e-12},
            {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6},
            {"learning_rate": 0.1, "beta_1": 0.0, "beta_2": 0.9, "amsgrad": True},
        ),
        chapter="optimizers/adam",
        formulas={"eq-adam": _ADAM, "eq-amsgrad": _ADAM},
    ),
    OptimizerSpec(
        "optimizers.AdamW",
        optimizers.AdamW,
        reference.optimizers.adamw,
        keras.optimizers.AdamW,
        options=(
            {},
            {"learning_rate": 0.1, "weight_decay": 0.5, "epsilon": 1e-12},
            {"learning_rate": 0.1, "weight_decay": 0.0, "beta_1": 0.5, "beta_2": 0.6},
            {"learning_rate": 0.1, "weight_decay": 0.1, "epsilon": 1.0, "amsgrad": True},
        ),
        chapter="optimizers/adam",
        formulas={"eq-adamw": _ADAM | {r"\lambda": "weight_decay"}},
    ),
]

SPECS: dict[str, FunctionSpec | OptimizerSpec] = {row.name: row for row in _ROWS}
"""Every row by its name, in the order of the table."""
