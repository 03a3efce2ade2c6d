"""python -m companion.experiments NAME: record the runs of an experiment."""

import argparse
import importlib
import os

from companion._backend import tf
from companion.experiments import RESULTS, _recorder


def main(arguments=None):
    """Read the command line and record."""
    parser = argparse.ArgumentParser(prog="python -m companion.experiments")
    names = sorted(path.stem for path in RESULTS.parent.glob("[a-z]*.py"))
    parser.add_argument("name", choices=names)
    parser.add_argument("--only", default="", metavar="WORD", help="such as Adam, or row 4")
    parser.add_argument("--fresh", action="store_true", help="forget the runs recorded so far")
    parser.add_argument("--out", metavar="FILE", help="instead of the file of the package")
    given = parser.parse_args(arguments)
    # A run that compiles its own functions is told that it traces too often.
    tf.get_logger().setLevel("ERROR")
    os.environ.setdefault("COMPANION_REQUIRE_REAL_DATA", "1")
    experiment = importlib.import_module(f"companion.experiments.{given.name}")
    file = given.out or RESULTS / f"{given.name}.json"
    try:
        _recorder.record(given.name, experiment, file, only=given.only, fresh=given.fresh)
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
