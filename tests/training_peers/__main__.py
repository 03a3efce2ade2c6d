"""An epoch of `training.fit` beside the same in Keras, JAX and PyTorch: `make bench-training`.

    python tests/training_peers [--rounds N] [--out FILE]

JAX and PyTorch are installed into environments of their own under _build/peers (PyTorch takes
5 GB there). All peers are started and compiled, and then take turns, an epoch at a time, so that a
busy machine slows all alike. What counts is the median of the ratios within a round.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
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
        while (line := self.process.stdout.readline()) != "ready\n":
            if not line:
                raise RuntimeError(f"{name} did not start; run {python} {script} {data} by hand")

    def seconds(self):
        """Let it train an epoch; how long that took."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

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


def _data():
    """MNIST in one file, or its stand-in repeated to the same size."""
    sys.path.insert(0, str(ROOT))
    from companion import datasets

    data = datasets.load_mnist()
    images = data.x_train.reshape(len(data.x_train), -1) / np.float32(255)
    repeats = -(-60_000 // len(images))
    images, labels = np.tile(images, (repeats, 1)), np.tile(data.y_train, repeats)
    file = ROOT / "_build" / "peers" / "data.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, x=images[:60_000], y=labels[:60_000].astype(np.int32))
    return file, str(data)


def main(rounds, out):
    file, text = _data()
    print(f"{text}\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    peers = []
    try:
        for name in PEERS:
            print(f"starting {name}", flush=True)
            peers.append(Peer(name, file))
        table = []
        for number in range(rounds):
            table.append({peer.name: peer.seconds() for peer in peers})
            told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in table[-1].items())
            print(f"round {number + 1}: {told}", flush=True)
    finally:
        for peer in peers:
            peer.stop()
    missed = []
    print(f"\n{'':28}{'seconds':>9}{'ours / its':>12}{'at most':>9}")
    for name in PEERS:
        ratio = statistics.median(row[OURS] / row[name] for row in table)
        seconds = statistics.median(row[name] for row in table)
        target = TARGETS.get(name)
        print(f"{name:28}{seconds:9.2f}{ratio:12.2f}" + (f"{target:9.2f}" if target else ""))
        if target and ratio > target:
            missed.append(f"{name}: {ratio:.2f} of its time, at most {target:.2f} is the aim")
    if out:
        Path(out).write_text(json.dumps({"data": text, "seconds": table}, indent=1) + "\n")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", help="a file for all seconds, as JSON")
    arguments = parser.parse_args()
    sys.exit("\n".join(main(arguments.rounds, arguments.out)) or None)
