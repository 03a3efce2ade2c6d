"""Recorded training runs: what a page shows and cannot run each time that it is replayed.

``python -m companion.experiments race`` records what is missing; interrupted, it goes on where it
stopped. An experiment is a module here (race.py) with four names:

- ``SETTINGS``: all that makes older results stale when it changes;
- ``data()``: what it trains on;
- ``cases(runs)``: the cases to run, as dicts, as far as the runs so far make them known;
- ``run(case)``: the numbers of one of them.

Its results lie in results/, as JSON: versions, hardware, data and settings, then a line for each
run. A number that is not finite is null there.
"""

from pathlib import Path

from companion.experiments._recorder import read

__all__ = ["load"]

RESULTS = Path(__file__).parent / "results"


def load(name):
    """Load what an experiment has recorded.

    Args:
        name: of the experiment, such as "race".

    Returns:
        A dict: "experiment", "date", "versions", "hardware", "data", "settings", and "runs", a
        list of dicts that hold what was run under "case", and its numbers.

    Raises:
        FileNotFoundError: if nothing is recorded under this name.
        ValueError: if the file is damaged or holds something else.

    Example:
        >>> load("race")["data"]["real"]
        True
    """
    file = RESULTS / f"{name}.json"
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in RESULTS.glob("*.json"))) or "nothing"
        raise FileNotFoundError(
            f"no results of {name!r}; recorded: {known}. An experiment is recorded by "
            "python -m companion.experiments NAME"
        )
    return read(file, name)
