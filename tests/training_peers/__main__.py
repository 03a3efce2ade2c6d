"""An epoch of `training.fit` beside the same in Keras, JAX and PyTorch: `make bench-training`.

    python tests/training_peers [--rounds N] [--record]

JAX and PyTorch are installed into environments of their own under _build/peers (PyTorch takes
5 GB there). All peers are started and compiled, and then take turns, an epoch at a time and in
another order in each round, so that a busy machine slows all alike. Who waits is stopped: threads
that wait for work keep a core busy for a while. What counts is the median of the ratios within a
round.
"""

import argparse
import datetime
import json
import os
import random
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import peer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from companion import datasets, experiments  # noqa: E402
from companion.experiments import _recorder  # noqa: E402

PEERS = {
    "companion.training.fit": ("companion_fit.py", []),
    "Keras' fit": ("keras_fit.py", []),
    "JAX, lax.scan and optax": ("jax_scan.py", ["jax", "optax"]),
    "PyTorch, eager": ("torch_loop.py", ["torch", "numpy"]),
    "PyTorch, torch.compile": ("torch_loop.py", ["torch", "numpy"]),
    "its matrix products alone": ("matrix_products.py", []),
}
OURS = "companion.training.fit"
# Our seconds over theirs, at most.
TARGETS = {
    "Keras' fit": 1 / 4.5,
    "JAX, lax.scan and optax": 0.8,
    "PyTorch, eager": 0.35,
    "PyTorch, torch.compile": 0.35,
    "its matrix products alone": 1 / 0.6,
}


class Peer:
    """One running script."""

    def __init__(self, name, data):
        script, packages = PEERS[name]
        python = _python(packages)
        options = ["compile"] if "compile" in name else []
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "KERAS_BACKEND": "tensorflow",
        }
        self.name, self.process = (
            name,
            subprocess.Popen(
                [python, HERE / script, data, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            ),
        )
        while not (line := self.process.stdout.readline()).startswith(peer.READY):
            if not line:
                raise RuntimeError(f"{name} did not start; run {python} {script} {data} by hand")
        self.versions = json.loads(line.removeprefix(peer.READY))
        self.process.send_signal(signal.SIGSTOP)

    def seconds(self):
        """Let it train an epoch; how long that took."""
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds = float(self.process.stdout.readline())
        self.process.send_signal(signal.SIGSTOP)
        return seconds

    def stop(self):
        self.process.kill()


def _python(packages):
    """The interpreter of an environment with these packages, made where it is missing."""
    if not packages:
        return sys.executable
    folder = ROOT / "_build" / "peers" / packages[0]
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if not (folder / "whole").exists():
        subprocess.run([uv, "venv", "--clear", "--quiet", folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
        (folder / "whole").touch()
    return python


def _file_with_images(data):
    """MNIST in one file, or its stand-in repeated to the same size."""
    images = data.x_train.reshape(len(data.x_train), -1) / np.float32(255)
    repeats = -(-60_000 // len(images))
    images, labels = np.tile(images, (repeats, 1)), np.tile(data.y_train, repeats)
    file = ROOT / "_build" / "peers" / "data.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, x=images[:60_000], y=labels[:60_000].astype(np.int32))
    return file


def main(rounds, record):
    data = datasets.load_mnist()
    benchmark = SimpleNamespace(
        SETTINGS={
            "widths": peer.WIDTHS,
            "dropout": peer.DROPOUT,
            "batch": peer.BATCH,
            "ours": OURS,
            "at most": TARGETS,
        },
        data=lambda: {"text": str(data), "real": data.real},
    )
    recording = {
        "experiment": "peers",
        "date": datetime.date.today().isoformat(),
        **_recorder.made_with(benchmark),
        "runs": [],
    }
    print(data, recording["hardware"], sep="\n")
    file, peers = _file_with_images(data), []
    try:
        for name in PEERS:
            print(f"starting {name}", flush=True)
            peers.append(Peer(name, file))
            recording["versions"] |= peers[-1].versions
        for number in range(1, rounds + 1):
            seconds = {each.name: each.seconds() for each in random.sample(peers, len(peers))}
            seconds = {name: seconds[name] for name in PEERS}
            recording["runs"].append({"case": {"round": number}, "seconds": seconds})
            told = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
            print(f"round {number}: {told}", flush=True)
    finally:
        for each in peers:
            each.stop()
    if record:
        recording["runs"] = _recorder.rounded(recording["runs"])
        _recorder.write(experiments.RESULTS / "peers.json", recording)
    return _table(recording["runs"])


def _table(runs):
    """Print the medians and the ratios; what is missed, in words."""
    missed = []
    print(f"\n{'':28}{'seconds':>9}{'ours / its':>12}{'at most':>9}")
    for name in PEERS:
        ratio = statistics.median(run["seconds"][OURS] / run["seconds"][name] for run in runs)
        seconds = statistics.median(run["seconds"][name] for run in runs)
        target = TARGETS.get(name)
        print(f"{name:28}{seconds:9.2f}{ratio:12.2f}" + (f"{target:9.2f}" if target else ""))
        if target and ratio > target:
            missed.append(f"{name}: {ratio:.2f} of its time, at most {target:.2f} is the aim")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", action="store_true", help="for the chapter speed/compiled")
    arguments = parser.parse_args()
    sys.exit("\n".join(main(arguments.rounds, arguments.record)) or None)
