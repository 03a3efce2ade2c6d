"""What a row of an exercise table is.

An exercise is a row of `EXERCISES` in its chapter's module:

- `signature`: what the reader writes. The arguments come by position, so an attempt may name
  them as it likes; the names after the arrow are those of the results.
- `truth`: the right function, from `companion.reference` where it has it.
- `inputs`: how to generate the arguments, see `inputs`. The values that come first in a list
  are the ones that a counterexample is shrunk to: put small, round numbers there.
- `slips`: the hint, and the function with that slip.
- `rtol`, `atol`: how close is right. `quiet`: a floating-point warning is a fault as well.
- `answer`: what is handed over where it is not a function. With `use`, which makes the function
  that is tested from it; without, the answer is a number and `slips` are wrong numbers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Exercise:
    """A row of the table; the module's docstring says what each entry means."""

    signature: str
    truth: Any
    inputs: Callable | None = None
    slips: Mapping[str, Any] = field(default_factory=dict)
    rtol: float = 1e-6
    atol: float = 1e-12
    quiet: bool = False
    answer: str = ""
    use: Callable | None = None

    @property
    def argument_names(self) -> list[str]:
        return _names(self.signature.partition("->")[0].partition("(")[2])

    @property
    def result_names(self) -> list[str]:
        return _names(self.signature.partition("->")[2])


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.strip(" ()").split(",")]


REALS = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 10.0, -10.0]
"""Values that a counterexample can be read with; shrinking goes to the front."""


def inputs(*arguments, **sizes) -> Callable:
    """How to generate the arguments of an exercise.

    Each is a list of numbers to choose from, or a pair of such a list and a string with one
    letter for each axis of an array. A letter is one size throughout the call, 1 to 3 unless
    `sizes` says otherwise. A letter in place of the list stands for the labels 0 … size - 1.
    """

    letters = sorted({axis for pair in arguments if isinstance(pair, tuple) for axis in pair[1]})

    def build(st):
        def one(draw, argument, size):
            if not isinstance(argument, tuple):
                return draw(st.sampled_from(argument))
            values, axes = argument
            values = range(size[values]) if isinstance(values, str) else values
            shape = tuple(size[axis] for axis in axes)
            entries = [draw(st.sampled_from(values)) for _ in range(math.prod(shape))]
            return np.array(entries).reshape(shape)

        @st.composite
        def drawn(draw):
            size = {name: draw(st.sampled_from(sizes.get(name, (1, 2, 3)))) for name in letters}
            return tuple(one(draw, argument, size) for argument in arguments)

        return drawn()

    return build
