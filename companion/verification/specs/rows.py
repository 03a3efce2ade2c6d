"""What a row of the table holds."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
        draw: `draw(generator, shape, parameters)` gives ordinary inputs to measure the speed on;
            normal numbers by default.
        price: what being right buys where it costs more time than Keras takes; "" where it does
            not.
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
    draw: Callable | None = None
    price: str = ""
    loss_class: type | None = None
    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self):
        if self.draw is None:
            object.__setattr__(self, "draw", self._normal_numbers)

    def _normal_numbers(self, generator, shape, parameters):
        return tuple(generator.normal(size=(1 + self.is_loss, *shape)).astype("float32"))

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
        price: what being right buys where it costs more time than Keras takes.
        chapter: the page.
        formulas: the labels of the page's displays, and what their symbols are called here.
    """

    name: str
    optimizer: type
    reference: Callable
    keras: type
    options: tuple[Mapping[str, Any], ...]
    chapter: str
    price: str = ""
    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
