"""Run the cases of an experiment and keep each result at once."""

import contextlib
import datetime
import json
import math
import os
import platform
import re
from pathlib import Path

import numpy as np

import companion
from companion._backend import keras, tf

MADE_WITH = ("versions", "hardware", "data", "settings")


def read(file, name):
    """The recording in a file; a `ValueError` if it is damaged or belongs to something else."""
    try:
        text = Path(file).read_text(encoding="utf-8")
        recording = json.loads(text, parse_constant=_refuse)
    except ValueError as error:  # no JSON, or no text at all
        raise ValueError(f"{file} is damaged and was left as it is: {error}") from error
    keys = {"experiment", "date", *MADE_WITH, "runs"}
    whole = isinstance(recording, dict) and recording.keys() == keys
    runs = recording["runs"] if whole and isinstance(recording["runs"], list) else [None]
    if not all(isinstance(run, dict) and isinstance(run.get("case"), dict) for run in runs):
        raise ValueError(f"{file} holds no recording and was left as it is")
    if recording["experiment"] != name:
        found = recording["experiment"]
        raise ValueError(f"{file} holds {found!r}, not {name!r}, and was left as it is")
    return recording


def _refuse(constant):
    """What Python reads and JSON does not know."""
    raise ValueError(f"{constant} is no JSON")


@contextlib.contextmanager
def alone(file):
    """Refuse a second recorder on the same file, which would overwrite the runs of the first."""
    lock = Path(f"{file}.lock")
    if not lock.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {lock.parent} to write into")
    try:
        lock.touch(exist_ok=False)
    except FileExistsError:
        raise ValueError(f"somebody is recording into {file}; if not, delete {lock}") from None
    try:
        yield
    finally:
        lock.unlink()


def write(file, recording):
    """Put a recording into a file in one step: an interruption leaves the old one or the new."""
    head = {key: value for key, value in recording.items() if key != "runs"}
    lines = [f"{json.dumps(key)}: {json.dumps(value, indent=1)}" for key, value in head.items()]
    runs = ",\n".join(json.dumps(run, allow_nan=False) for run in recording["runs"])
    lines.append(f'"runs": [\n{runs}\n]')
    partial = Path(f"{file}.partial")
    partial.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")
    os.replace(partial, file)


def record(name, experiment, file, *, only="", fresh=False):
    """Run what is missing in the file, case by case; an interrupted call can be repeated.

    Args:
        name, experiment: of the experiment, and its module.
        file: where the recording is, or will be.
        only: run the cases that have this word as one of their values.
        fresh: forget the runs in the file.

    Raises:
        ValueError: if the file is damaged or holds something else; if other versions, hardware,
            data or settings made its runs and `fresh` does not say to forget them; if no case
            has the word; or if somebody is recording into the file.
    """
    if fresh and only:
        raise ValueError("fresh forgets all runs, and only would make a part of them: choose one")
    with alone(file):
        _record(name, experiment, file, only, fresh)


def _record(name, experiment, file, only, fresh):
    recording = {"experiment": name, "date": "", **made_with(experiment), "runs": []}
    if Path(file).exists():
        found = read(file, name)
        if not fresh:
            for key in MADE_WITH:
                if found[key] != recording[key]:
                    raise ValueError(
                        f"{file} was made with other {key}: {found[key]}; here: "
                        f"{recording[key]}. --fresh forgets its runs, --out writes elsewhere"
                    )
            recording |= {"runs": found["runs"], "date": found["date"]}
    bar = keras.utils.Progbar(None, unit_name="run")
    while True:
        cases = experiment.cases(recording["runs"])
        if any(case in cases[:k] for k, case in enumerate(cases)):
            raise ValueError(f"{name} has the same case twice")
        kept = [run for run in recording["runs"] if run["case"] in cases]
        if len(kept) < len(recording["runs"]):  # what they made known may go with them
            recording["runs"] = kept
            write(file, recording)
            continue
        done = [run["case"] for run in kept]
        chosen = [case for case in cases if not only or only in map(str, case.values())]
        if not chosen:
            words = {str(value): None for case in cases for value in case.values()}
            raise ValueError(f"no case has {only!r}; there are: {', '.join(words)}")
        missing = [case for case in chosen if case not in done]
        bar.target = len(chosen)  # it grows with what the results make known
        bar.update(len(chosen) - len(missing), finalize=not missing)
        if not missing:
            return
        recording["runs"].append({"case": missing[0], **rounded(experiment.run(missing[0]))})
        recording["date"] = datetime.date.today().isoformat()
        write(file, recording)


def made_with(experiment):
    """What the numbers may depend on."""
    cpu = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpu.read_text() if cpu.exists() else "")
    details = tf.config.experimental.get_device_details
    graphics = [details(gpu).get("device_name") for gpu in tf.config.list_physical_devices("GPU")]
    return {
        "versions": {
            "companion": companion.__version__,
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
        },
        "hardware": {
            "processor": [*names, platform.processor()][0],
            "cores": os.cpu_count(),
            "GPU": graphics,
        },
        "data": experiment.data(),
        "settings": json.loads(json.dumps(experiment.SETTINGS)),
    }


def rounded(value):
    """Numbers with five digits; None for what is not finite, for which JSON has no word."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"a run may hold numbers, words, lists and dicts, not {type(value).__name__}")
