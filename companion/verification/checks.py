"""The checks: each measures the worst error of a row of the table, against a bound.

    >>> from companion.verification import verify
    >>> print(verify("activations.linear"))     # doctest: +ELLIPSIS
    activations.linear  value ≤  derivative ≤  bound  measured on
    ----------------------------------------------------------------------------------------
    derivation          0        0             1e-12  all inputs, float64
    Keras               0        0             1e-07  where Keras is right, float64
    autodiff            -        0             1e-12  moderate inputs, float64
    ...

`verify` runs every check that applies and returns the table that a chapter shows; it raises
`AssertionError`, with the input, where a bound is exceeded. A check is a function of one row of
`specs.SPECS` that returns its findings, and a check that cannot fail is worth nothing: each has a
test in which a faulty function fails it.

An ulp is the distance between neighbouring float32 numbers. Relative errors are relative to the
right result; in the comparisons with Keras, autodiff and differences to 1 where it is smaller.
"""

from collections.abc import Callable

from companion._backend import tf
from companion.verification.findings import Report
from companion.verification.functions import FUNCTION_CHECKS
from companion.verification.initializers import INITIALIZER_CHECKS
from companion.verification.layers import LAYER_CHECKS
from companion.verification.optimizers import OPTIMIZER_CHECKS
from companion.verification.regularizers import REGULARIZER_CHECKS
from companion.verification.schedules import SCHEDULE_CHECKS
from companion.verification.specs import SPECS, Spec
from companion.verification.specs.rows import (
    FunctionSpec,
    InitializerSpec,
    LayerSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
)

_CHECKS = {
    FunctionSpec: FUNCTION_CHECKS,
    OptimizerSpec: OPTIMIZER_CHECKS,
    ScheduleSpec: SCHEDULE_CHECKS,
    InitializerSpec: INITIALIZER_CHECKS,
    RegularizerSpec: REGULARIZER_CHECKS,
    LayerSpec: LAYER_CHECKS,
}


def verify(name: str) -> Report:
    """Run every check of a row, on the CPU.

    Args:
        name: a name in the table, such as "losses.huber".

    Returns:
        The report, whose text is the table of worst errors and bounds.

    Raises:
        AssertionError: a bound is exceeded; the message says where and holds the table.
        ValueError: the table has no such row; the message lists those it has.

    Example:
        >>> verify("activations.linear").passed
        True
    """
    if name not in SPECS:
        raise ValueError(f"no function {name!r} in the table. There are: {', '.join(SPECS)}")
    spec = SPECS[name]
    # On the CPU, where the bounds were measured; a GPU has an exponential of its own.
    with tf.device("CPU"):
        findings = [finding for check in checks_of(spec) for finding in check(spec)]
    report = Report(name, tuple(findings))
    failed = [str(finding) for finding in report.findings if not finding.passed]
    if failed:
        raise AssertionError("\n".join([f"{name} fails", *failed, "", repr(report)]))
    return report


def checks_of(spec: Spec) -> tuple[Callable, ...]:
    """The checks that apply to a row."""
    return _CHECKS[type(spec)]
