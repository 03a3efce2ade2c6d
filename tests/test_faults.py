"""The faults of `make mutants` still have something to change."""

import ast
from pathlib import Path

import pytest
from faults import FAULTS, TABLE

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_a_fault_changes_stands_in_the_module_once(fault):
    source = fault.path(ROOT).read_text()
    assert source.count(fault.was) == 1
    assert fault.was != fault.becomes
    ast.parse(source.replace(fault.was, fault.becomes))  # or no test would ever run


def test_there_are_enough_of_them_for_every_module_that_computes():
    assert len(FAULTS) >= 60
    families = ("activations", "losses", "optimizers")
    computing = {
        ".".join(path.relative_to(ROOT / "companion").with_suffix("").parts)
        for family in families
        for path in ROOT.glob(f"companion/{family}/*.py")
        if path.stem != "__init__"
    }
    assert computing <= set(TABLE)
