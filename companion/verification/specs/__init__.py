r"""The table that drives every check: one row for each function and each class.

To add a function is to add its row to one of the lists here; the checks do the rest.
A row holds the function, its reference, the definition as its chapter has it and what is special
about it. The definition is written once, with a namespace `m` in front of exp, log, sum and their
kin, and serves twice: with mpmath for m it is evaluated with 120 digits, values and differences
alike, and with TensorFlow for m it is differentiated by autodiff. It may be naive: 120 digits
forgive a cancellation, and autodiff is compared on moderate inputs alone.

Inputs have one sample in each row. Entrywise functions are checked on samples of one entry, and
losses among them on samples of three as well, where the mean matters.
"""

from companion.verification.specs import (
    activations,
    classification,
    initializers,
    layers,
    optimizers,
    regression,
    regularizers,
    schedules,
)
from companion.verification.specs.rows import (
    FunctionSpec,
    InitializerSpec,
    LayerSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
)

Spec = FunctionSpec | OptimizerSpec | ScheduleSpec | InitializerSpec | RegularizerSpec | LayerSpec

SPECS: dict[str, Spec] = {
    row.name: row
    for family in (
        activations,
        regression,
        classification,
        optimizers,
        schedules,
        initializers,
        regularizers,
        layers,
    )
    for row in family.ROWS
}
"""Every row by its name, in the order of the table."""

__all__ = [
    "SPECS",
    "FunctionSpec",
    "InitializerSpec",
    "LayerSpec",
    "OptimizerSpec",
    "RegularizerSpec",
    "ScheduleSpec",
    "Spec",
]
