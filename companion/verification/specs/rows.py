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
    issue: str = ""
    """The public issue in which it is known, such as "keras-team/keras#19851"."""


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
            loss' residual, or of the last input otherwise.
        vector: whether the entries of a sample mix.
        reduces: whether a loss is one number for each sample, not one for each entry.
        domain: `domain(**parameters)`: the open interval in which the last input is smooth.
        keras: Keras' function, or None.
        keras_agrees: `keras_agrees(*inputs, **parameters)`: in which samples Keras is to be
            compared; everywhere if None. What it leaves out stands in `differences`.
        differences, limits, concessions: see the classes.
        draw: `draw(generator, shape, parameters)` gives ordinary inputs to measure the speed on;
            normal numbers by default.
        price: what being right buys where it costs more time than Keras takes; "" where it does
            not.
        loss_class: the class that wraps a loss, with its twin in Keras; None if there is none.
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
    reduces: bool = True
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
        return self.name.startswith("losses.") and self.reduces


@dataclass(frozen=True, eq=False)
class OptimizerSpec:
    """A row for an optimizer.

    Attributes:
        name: family and name, as in `companion`: "optimizers.Adam".
        optimizer: the class.
        reference: the NumPy function that takes one step.
        keras: Keras' class.
        options: the settings to check; the tape of gradients is the same for all.
        differences: where Keras errs: the inputs are the gradients, one for each step, that take a
            parameter from 0 to `keras`, and the parameters are options. A tuple `(rows, values)`
            is the gradient of a lookup in a table of one row.
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
    differences: tuple[Difference, ...] = ()
    price: str = ""
    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ScheduleSpec:
    """A row for a schedule of the learning rate.

    Attributes:
        name: family and name, as in `companion`: "schedules.CosineDecay".
        schedule: the class.
        reference: the NumPy function of the step and the options.
        keras: Keras' class.
        options: the settings to check.
        steps: the steps to check.
        chapter: the page.
        differences: where Keras errs: the input is the step.
    """

    name: str
    schedule: type
    reference: Callable
    keras: type
    options: tuple[Mapping[str, Any], ...]
    steps: tuple[int, ...]
    chapter: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, eq=False)
class InitializerSpec:
    """A row for an initializer.

    Attributes:
        name: family and name, as in `companion`: "initializers.HeNormal".
        initializer: the class.
        reference: the NumPy function of a shape and the options: mean, variance and the two ends
            where the numbers are drawn independently, and the tensor itself where they are not.
        keras: Keras' class, or None.
        chapter: the page.
        options: the settings to check.
        shapes: the shapes to check.
        independent: whether the entries are drawn independently of each other.
        starts_from: `starts_from(shape, seed)`: the random numbers that the reference makes its
            tensor of, if any.
    """

    name: str
    initializer: type
    reference: Callable
    keras: type | None
    chapter: str
    options: tuple[Mapping[str, Any], ...] = ({},)
    shapes: tuple[tuple[int, ...], ...] = ((300, 200), (3, 3, 16, 32), (7, 5), (4,), ())
    independent: bool = False
    starts_from: Callable | None = None

    @property
    def seeded(self) -> bool:
        """Whether there is a seed."""
        return self.independent or self.starts_from is not None


@dataclass(frozen=True, eq=False)
class RegularizerSpec:
    """A row for a regularizer: a loss without labels, of one tensor.

    Attributes:
        name: family and name, as in `companion`: "regularizers.L2".
        regularizer: the class.
        reference: the NumPy function of the weights, which returns value and derivative.
        keras_class: Keras' class.
        parameters: the settings to check.
        chapter: the page.
        differences: where Keras errs.
        price: what being right buys where it costs more time than Keras takes.
    """

    name: str
    regularizer: type
    reference: Callable
    keras_class: type
    parameters: tuple[Mapping[str, Any], ...]
    chapter: str
    differences: tuple[Difference, ...] = ()
    price: str = ""
    vector = True
    is_loss = True

    def function(self, w, **parameters):
        return self.regularizer(**parameters)(w)

    def keras(self, w, **parameters):
        return self.keras_class(**parameters)(w)

    def draw(self, generator, shape, parameters):
        return (generator.normal(size=shape).astype("float32"),)


@dataclass(frozen=True, eq=False)
class LayerSpec:
    """A row for a layer that makes random masks.

    Attributes:
        name: family and name, as in `companion`: "layers.Dropout".
        layer: the class.
        reference: the NumPy function of the input, the mask and the rate: value and derivative.
        moments: the NumPy function of the input and the rate: mean and variance over the masks.
        keras: Keras' class.
        options: the settings to check.
        chapter: the page.
    """

    name: str
    layer: type
    reference: Callable
    moments: Callable
    keras: type
    options: tuple[Mapping[str, Any], ...]
    chapter: str
