"""What a check reports, and how errors are measured.

An ulp is the distance between neighbouring float32 numbers. Relative errors are relative to the
right result; in the comparisons with Keras, autodiff and differences to 1 where it is smaller.
"""

import math
from dataclasses import dataclass

import numpy as np

ULP = 8
"""At most so far from the correctly rounded float32, value and derivative."""
SMALLEST, LARGEST = 1e-35, float(np.finfo(np.float32).max)
"""Where the correctly rounded result lies in between, ulps are counted."""
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
"""TensorFlow takes what is smaller for 0."""


@dataclass(frozen=True)
class Finding:
    """The worst error that a check has found in the value, or in the derivative."""

    check: str
    of: str
    worst: float
    bound: float
    unit: str
    on: str
    at: str = ""

    @property
    def passed(self) -> bool:
        return self.worst <= self.bound

    def __str__(self) -> str:
        worst, bound = amount(self.worst, self.unit), amount(self.bound, self.unit)
        return f"{self.check}, {self.of}: {worst}, bound {bound}, at {self.at}"

    @property
    def rounded_up(self) -> float:
        """The worst error as it is printed: with some room, so that every CPU prints the same."""
        if self.worst == 0 or not self.passed or self.unit == "faults":
            return self.worst
        if self.unit:
            return min(self.bound, max(4, 2 ** math.ceil(math.log2(1.5 * self.worst))))
        return 10.0 ** math.ceil(math.log10(max(self.worst, self.bound / 100)) - 1e-9)


@dataclass(frozen=True)
class Report:
    """The findings for one row; printed, the table of a chapter's section on verification."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)

    def __repr__(self) -> str:
        kinds = list(dict.fromkeys(finding.of for finding in self.findings))
        table = [(self.name, *(f"{of} ≤" for of in kinds), "bound", "measured on")]
        for check in dict.fromkeys(finding.check for finding in self.findings):
            found = {f.of: f for f in self.findings if f.check == check}
            errors = [
                amount(found[of].rounded_up, found[of].unit) if of in found else "-" for of in kinds
            ]
            one = next(iter(found.values()))
            table.append((check, *errors, amount(one.bound, one.unit), one.on))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def amount(number: float, unit: str) -> str:
    """As it is printed, with its unit."""
    if unit == "faults":
        return f"{number:.0f}" if number else "none"
    if unit:
        return f"{number:.3g} {unit}"
    return f"{number:.0e}" if number else "0"


def relative(came, should, scale=0.0):
    """|came - should| over the larger of |should| and scale; infinite where one is NaN."""
    came, should = np.float64(came), np.float64(should)
    size = np.maximum(np.abs(should), np.maximum(scale, SMALLEST))
    with np.errstate(invalid="ignore"):
        error = np.where(came == should, 0.0, np.abs(came - should) / size)
    return np.where(np.isnan(error), np.inf, error)


def in_ulp(came, exact, scale=0.0):
    """How many float32 numbers came is from the correctly rounded result, where that counts."""
    with np.errstate(over="ignore"):
        should = np.float64(np.float32(exact))
    size = np.clip(np.maximum(np.abs(exact), scale), SMALLEST, LARGEST)
    with np.errstate(invalid="ignore"):
        error = np.abs(np.float64(came) - should) / (2 * np.spacing(np.float32(size / 2)))
    error = np.where(np.isnan(error), np.inf, error)
    return np.where((np.abs(exact) >= SMALLEST) & (np.abs(exact) <= LARGEST), error, 0.0)


def worst_of(check, of, errors, bound, unit, on):
    """The worst of several `(where, inputs, error)`: the first axis of each is the samples."""
    worst, at = 0.0, ""
    for where, inputs, error in errors:
        error = np.asarray(error, float)
        if error.size and error.max() > worst:
            sample = np.unravel_index(np.argmax(error), error.shape)[0]
            rows = ", ".join(str(np.asarray(array)[sample].tolist()) for array in inputs)
            worst, at = float(error.max()), f"{rows} {where or ''}".strip()
    return Finding(check, of, worst, bound, unit, on, at)


KINDS = ("value", "derivative")


def pair(check, measured, bound, unit, on):
    """Findings for value and derivative, from `(where, inputs, [error, error])`."""
    return [
        worst_of(check, of, [(w, i, errors[k]) for w, i, errors in measured], bound, unit, on)
        for k, of in enumerate(KINDS)
    ]
