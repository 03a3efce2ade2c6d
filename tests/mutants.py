"""Puts small faults into the companion, one at a time: `make mutants`.

    python tests/mutants.py [--sample N] [WORD …]

A fault that no test notices has survived, and then the run fails: either a test is missing, or the
line that was changed does nothing. Tools for mutation testing start Python anew for every fault and
with it TensorFlow; here TensorFlow is imported once, and every fault gets a copy of that process.
"""

import argparse
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(ROOT)]

from faults import FAULTS, Fault  # noqa: E402

NO_FAULT = "no fault"
"""Put into each module as well, and then the tests have to pass."""
LONGEST = 900
"""Seconds after which tests are stopped and tried again; what hangs twice counts as noticed."""


class Mutated(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Loads one module of the companion with a fault in it, and leaves all others alone."""

    def __init__(self, fault):
        path = fault.path(ROOT)
        super().__init__(f"companion.{fault.module}", str(path))
        self.source = path.read_text().replace(fault.was, fault.becomes)

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self.name:
            return importlib.util.spec_from_file_location(fullname, self.path, loader=self)
        return None

    def get_code(self, fullname):
        return self.source_to_code(self.source.encode(), self.path)


def tests_of(module):
    """The tests that answer for a module: the file of its name, and its rows of the table."""
    own = TESTS.joinpath(*module.split(".")[:-1], f"test_{module.split('.')[-1].strip('_')}.py")
    runs = [[str(own)]] if own.exists() else []
    from companion.verification.specs import SPECS

    table = str(TESTS / "verification" / "test_specs.py")
    family, _, stem = module.rpartition(".")
    if stem.startswith("_") and family:
        return [*runs, [table, "-k", f"{family}."]]  # all of the family stands on it
    held = {name: vars(spec).values() for name, spec in SPECS.items()}
    rows = [
        name
        for name, values in held.items()
        if f"companion.{module}" in {getattr(value, "__module__", None) for value in values}
    ]
    if rows:
        return [*runs, [table, "-k", " or ".join(rows)]]
    return runs if runs else [[table]]


def survives(fault, log):
    """Whether all tests pass in spite of the fault. Runs in a process of its own."""
    sys.meta_path.insert(0, Mutated(fault))
    os.chdir(ROOT)
    with open(log, "w") as told, contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        import pytest

        options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore", "--tb=line"]
        try:
            passed = all(pytest.main([*options, *tests]) == 0 for tests in tests_of(fault.module))
        except Exception as error:  # the fault is noticed when the table is built
            print(error)
            passed = False
    sys.stdout.flush()
    os._exit(0 if passed else 1)


def noticed(fault, folder):
    """Whether the tests notice the fault, and after how many seconds."""
    start = time.monotonic()
    log = Path(folder) / f"{id(fault)}.log"
    for _ in range(2):  # a process that was forked from a threaded one may hang by chance
        process = multiprocessing.get_context("fork").Process(target=survives, args=(fault, log))
        process.start()
        process.join(LONGEST)
        if not process.is_alive():
            break
        process.kill()
        process.join()
    return process.exitcode != 0, time.monotonic() - start


def main():
    """Run the faults that were asked for, and exit with 1 if one survives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help="only faults that mention a word")
    parser.add_argument("--sample", type=int, metavar="N", help="only N faults, drawn by chance")
    arguments = parser.parse_args()
    words = arguments.words
    faults = [f for f in FAULTS if not words or any(word in str(f) for word in words)]
    if arguments.sample and arguments.sample < len(faults):
        faults = random.sample(faults, arguments.sample)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import hypothesis  # noqa: F401
    import keras  # noqa: F401  (imported, and nothing run: its threads would not survive a fork)
    import mpmath  # noqa: F401

    wrong = []
    faults = [*faults, *(Fault(module, "", "", NO_FAULT) for module in {f.module for f in faults})]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda fault: noticed(fault, folder), faults)
        for number, (fault, (seen, seconds)) in enumerate(zip(faults, outcomes, strict=True), 1):
            right = seen != (fault.what == NO_FAULT)
            verdict = ("noticed" if seen else "survives") + ("" if right else ", WRONGLY")
            print(f"[{number:3}/{len(faults)}] {seconds:4.0f} s  {fault}: {verdict}", flush=True)
            wrong += [] if right else [fault]
    print(f"{len(wrong)} of {len(faults)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
