r"""Several workers that train one model on shares of its batches. Chapter: speed/distributed.

    python -m companion.distributed launch --workers 2 --out weights.npz
    python -m companion.distributed train --out weights.npz
    python -m companion.distributed config --hosts node1,node2 --port 23456 --index 0
    python -m companion.distributed slurm > job.sh

`train` is what each worker runs. It finds its cluster in the environment variable ``TF_CONFIG``,
and is the only worker where there is none. `launch` starts so many of them on this machine, as
processes that talk to each other over loopback. ``config`` prints a ``TF_CONFIG``, and ``slurm`` a
script that makes one for every node of a cluster. Only `train` needs TensorFlow, so it alone
imports it: the others answer at once.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

__all__ = ["launch", "made_up", "ring_all_reduce", "ring_seconds", "tf_config", "train"]

SLURM = """\
#!/bin/bash
#SBATCH --job-name=many-workers
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=00:30:00
set -euo pipefail
unset http_proxy https_proxy grpc_proxy
PORT=$((20000 + SLURM_JOB_ID % 10000))
HOSTS=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | paste -sd,)
export HOSTS PORT
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" --kill-on-bad-exit=1 \\
  bash -euc '
  TF_CONFIG=$(python -m companion.distributed config \\
    --hosts "$HOSTS" --port "$PORT" --index "$SLURM_PROCID")
  export TF_CONFIG
  exec python -m companion.distributed train --out weights.npz
'
"""


# --- what the chapter derives ---------------------------------------------------------------------


def ring_all_reduce(vectors):
    r"""Give every worker the sum of all vectors, over a ring on which each sends to the next.

    $$\text{bytes sent by each} = 2\, \frac{w - 1}{w}\, S, \qquad \text{steps} = 2 (w - 1)$$

    for w workers and vectors of S bytes that w divides. In the first half of the steps a chunk
    collects its sum on its way round; in the second, the sums go round.

    Args:
        vectors: one for each worker, shape (w, n) or w arrays of shape (n,), of one type.

    Returns:
        sums: what each worker holds at the end, shape (w, n); all rows are equal.
        bytes_sent: by each worker, shape (w,).

    Raises:
        ValueError: if there is no vector, or they differ in shape or have not one axis.

    Example:
        >>> sums, bytes_sent = ring_all_reduce(np.eye(2, dtype=np.float32))
        >>> sums.tolist(), bytes_sent.tolist()
        ([[1.0, 1.0], [1.0, 1.0]], [8, 8])

    Source: P. Patarasuk, X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of
    workstations", Journal of Parallel and Distributed Computing 69, 2009.
    """
    shapes = {np.shape(vector) for vector in vectors}
    if len(shapes) != 1 or len(*shapes) != 1:
        raise ValueError(f"vectors should be of one shape (n,), got {sorted(shapes) or 'none'}")
    workers, held = len(vectors), np.array(vectors)
    # Views: what is added to a chunk is added to what its worker holds.
    chunks = [np.array_split(row, workers) for row in held]
    bytes_sent = np.zeros(workers, int)
    for step in range(2 * (workers - 1)):
        # All send at once, so what is sent is what they held before this step.
        place = [(worker - step) % workers for worker in range(workers)]
        messages = [chunks[worker][place[worker]].copy() for worker in range(workers)]
        for worker, message in enumerate(messages):
            received = chunks[(worker + 1) % workers][place[worker]]
            if step < workers - 1:
                received += message
            else:
                received[:] = message
            bytes_sent[worker] += message.nbytes
    return held, bytes_sent


def ring_seconds(size_in_bytes, workers, *, bytes_per_second, latency_in_seconds):
    r"""How long a ring all-reduce takes.

    $$T = 2 (w - 1)\, a + 2\, \frac{w - 1}{w} \cdot \frac{S}{B}$$

    Args:
        size_in_bytes: S, of what each worker has, >= 0.
        workers: w, a whole number >= 1.
        bytes_per_second: B, what a worker can send while it receives as much, > 0.
        latency_in_seconds: a, what a message takes on top of its bytes, >= 0.

    Returns:
        T in seconds; 0 for one worker.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> ring_seconds(4e6, 4, bytes_per_second=1e9, latency_in_seconds=1e-3)
        0.012

    Source: as `ring_all_reduce`; time as latency and bytes is R. W. Hockney's model, 1994.
    """
    from companion import _arguments

    size = _arguments.number("size_in_bytes", size_in_bytes, least=0)
    workers = _arguments.count("workers", workers, least=1)
    speed = _arguments.number("bytes_per_second", bytes_per_second, above=0)
    latency = _arguments.number("latency_in_seconds", latency_in_seconds, least=0)
    return 2 * (workers - 1) * (latency + size / workers / speed)


# --- one worker -----------------------------------------------------------------------------------


def made_up(samples=250):
    """Data that every worker can make for itself: inputs, and the classes a random layer gives.

    Args:
        samples: how many.

    Returns:
        x: shape (samples, 20), float32.
        y: classes from 0 to 3, shape (samples,).

    Example:
        >>> x, y = made_up(5)
        >>> x.shape, y.shape
        ((5, 20), (5,))
    """
    generator = np.random.default_rng(0)
    x = generator.normal(size=(samples, 20)).astype(np.float32)
    return x, np.argmax(x @ generator.normal(size=(20, 4)), axis=1)


def perceptron():
    """The model that `train` trains unless it is given another."""
    from companion.networks import multilayer_perceptron

    return multilayer_perceptron([20, 32, 4])


def program_of(strategy, model, optimizer):
    """One step on a batch, of which each replica has a share; `size` is that of the whole batch."""
    from companion._backend import tf
    from companion.losses import sparse_categorical_crossentropy

    def on_replica(x, y, size):
        with tf.GradientTape() as tape:
            losses = sparse_categorical_crossentropy(y, model(x, training=True))
            loss = tf.reduce_sum(losses) / size
            # Penalties are no sum over samples: each replica adds its part of them.
            loss += sum(model.losses) / strategy.num_replicas_in_sync
        gradients = tape.gradient(loss, model.trainable_variables)
        # `apply` clips, if it was told to, then adds up over the replicas, then takes its step.
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    @tf.function
    def step(x, y, size):
        losses = strategy.run(on_replica, (x, y, size))
        return strategy.reduce("SUM", losses, axis=None)

    return step


def momentum():
    """The optimizer that `train` uses unless it is given another."""
    from companion.optimizers import SGD

    return SGD(0.1, momentum=0.9)


def train(strategy=None, *, build=perceptron, optimizer=momentum, epochs=2, batch_size=45, seed=1):
    r"""Train on `made_up` data, each batch cut into a share for every replica.

    $$\theta \leftarrow \text{step}\left(\theta,\ \sum_{k=1}^{w} \nabla
      \frac{1}{N} \sum_{i \in B_k} L_i(\theta)\right)$$

    for the shares B_k of a batch of N samples, which may differ in size. The weights are those of
    one worker to rounding, if the model treats each sample by itself and no gradient is clipped.

    Args:
        strategy: a `tf.distribute.Strategy`, or None for the one device there is by default.
        build: a function that makes the model, from 20 inputs to the probabilities of 4 classes.
        optimizer: a function that makes the optimizer.
        epochs: how often all samples are seen, in one order.
        batch_size: samples in a step of all replicas together; the last batch has what is left.
        seed: of the first weights.

    Returns:
        weights: of the model, as ``get_weights`` returns them.
        losses: the mean loss of each batch.

    Raises:
        ValueError: if a number is out of range, or the last batch has not a sample for each.

    Example:
        >>> weights, losses = train(epochs=1)
        >>> len(losses), [weight.shape for weight in weights]
        (6, [(20, 32), (32,), (32, 4), (4,)])
    """
    from companion import _arguments
    from companion._backend import keras, tf

    epochs = _arguments.count("epochs", epochs, least=1)
    batch_size = _arguments.count("batch_size", batch_size, least=1)
    strategy = strategy or tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    x, y = made_up()
    batches = np.split(np.arange(len(x)), range(batch_size, len(x), batch_size))
    if len(batches[-1]) < replicas or batch_size < replicas:
        smallest = min(batch_size, len(batches[-1]))
        raise ValueError(
            f"batch_size should leave each of {replicas} replicas a sample of every batch, got "
            f"{batch_size}: the smallest batch has {smallest}"
        )
    keras.utils.set_random_seed(seed)
    with strategy.scope():
        model, rule = build(), optimizer()
        rule.build(model.trainable_variables)
    step, losses = program_of(strategy, model, rule), []
    for rows in epochs * batches:
        shares = np.array_split(rows, replicas)
        x_shares, y_shares = (
            strategy.experimental_distribute_values_from_function(
                lambda replica, array=array: tf.constant(
                    array[shares[replica.replica_id_in_sync_group]]  # noqa: B023
                )
            )
            for array in (x, y)
        )
        size = tf.constant(len(rows), tf.float32)
        losses.append(float(step(x_shares, y_shares, size)))
    return model.get_weights(), losses


def end_with_launcher():
    """End this process when the one that launched it is gone, however that came about.

    Only `launch` knows when another worker fails. Without it, this one would wait.
    """
    launcher = int(os.environ.get("COMPANION_LAUNCHER", 0))

    def watch():
        while os.getppid() == launcher:
            time.sleep(0.5)
        os._exit(1)

    if launcher:
        threading.Thread(target=watch, daemon=True).start()


def work(out=None, *, epochs=2, batch_size=45):
    """Train as the worker that ``TF_CONFIG`` names; worker 0 writes the weights to `out`."""
    # Before anything else: a strategy of several processes has to find TensorFlow untouched.
    from companion._backend import tf

    config = os.environ.get("TF_CONFIG")
    if config == "":  # what should have made it has failed, and each worker would train alone
        raise ValueError("TF_CONFIG should name a cluster or not be set, got an empty text")
    index = json.loads(config)["task"]["index"] if config else 0
    strategy = tf.distribute.MultiWorkerMirroredStrategy() if config else None
    workers = strategy.num_replicas_in_sync if config else 1
    weights, losses = train(strategy, epochs=epochs, batch_size=batch_size)
    print(
        f"worker {index} of {workers}: {len(losses)} steps, "
        f"loss {losses[0]:.4f} -> {losses[-1]:.4f}"
    )
    if out and index == 0:
        # Whoever finds the file finds all of it.
        part = f"{out}.part"
        with open(part, "wb") as file:
            np.savez(file, *weights)
        os.replace(part, out)


# --- all of them ----------------------------------------------------------------------------------


def tf_config(addresses, index):
    """The text that tells a worker who the others are and which of them it is.

    Args:
        addresses: "host:port" of every worker; all of them have to be given the same list.
        index: the place of this worker in the list, from 0. The first one is the chief.

    Returns:
        JSON for the environment variable ``TF_CONFIG``.

    Raises:
        ValueError: if an address has no port, comes twice, or the index is not in the list.

    Example:
        >>> tf_config(["a:1", "b:1"], 1)
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}'
    """
    addresses = list(addresses)
    for address in addresses:
        host, _, port = str(address).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"an address should be host:port, got {address!r}")
    if len(set(addresses)) < len(addresses):
        raise ValueError(f"addresses should differ, got {addresses}")
    if isinstance(index, bool) or index not in range(len(addresses)):
        raise ValueError(f"index should be from 0 to {len(addresses) - 1}, got {index!r}")
    task = {"type": "worker", "index": int(index)}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


def launch(workers, command=None, *, timeout_in_seconds=600):
    """Run a command in so many processes of this machine that know of each other by ``TF_CONFIG``.

    Returns when all have ended. If one fails, is killed, or time is up, the others would wait for
    it; so they are killed. They are as well when this function is interrupted.

    Args:
        workers: how many, a whole number >= 1.
        command: a list of words; by default that of a worker, which trains and writes nothing.
        timeout_in_seconds: for all of them together.

    Returns:
        What each worker has printed, a list of texts.

    Raises:
        ValueError: if there is no worker to start.
        RuntimeError: if a worker fails; the message ends with the last lines it printed.
        TimeoutError: if time is up; the message says who was still running.

    Example:
        >>> launch(2, [sys.executable, "-c", "print('here')"])
        ['here', 'here']
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers should be a whole number >= 1, got {workers!r}")
    command = command or [sys.executable, "-m", "companion.distributed", "train"]
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    processes, logs, ended = [], [], time.monotonic() + timeout_in_seconds
    try:
        for index in range(workers):
            # A file, as nobody empties a pipe while all wait. It is closed below.
            log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
            logs.append(log)
            environment = worker_environment() | {"TF_CONFIG": tf_config(addresses, index)}
            environment["COMPANION_LAUNCHER"] = str(os.getpid())
            processes.append(
                subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
        while running := [k for k, process in enumerate(processes) if process.poll() is None]:
            _raise_if_one_failed(processes, logs)
            if time.monotonic() > ended:
                said = "".join(f"\nworker {k} printed:\n{_tail(logs[k])}" for k in running)
                raise TimeoutError(
                    f"after {timeout_in_seconds} seconds these workers were still running: "
                    f"{running}{said}"
                )
            time.sleep(0.05)
        _raise_if_one_failed(processes, logs)
        return [_text(log).strip() for log in logs]
    finally:
        for process in processes:
            process.kill()  # one that has ended is left alone
        for process in processes:
            process.wait()
        for log in logs:
            log.close()


def free_ports(count):
    """So many ports of loopback that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def worker_environment():
    """The environment of workers that share this machine."""
    kept = {
        name: value
        # gRPC would ask a proxy for the way to loopback, and wait.
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
    }
    here = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH")]))
    # Two processes cannot both have all the memory of one GPU.
    kept |= {"PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1", "NO_PROXY": "127.0.0.1"}
    return {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", **kept}


def _raise_if_one_failed(processes, logs):
    for index, process in enumerate(processes):
        if process.poll():
            code = process.returncode
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise RuntimeError(f"worker {index} {how}; it printed:\n{_tail(logs[index])}")


def _text(log):
    log.seek(0)
    return log.read()


def _tail(log, lines=15):
    return "\n".join(_text(log).rstrip().splitlines()[-lines:])


# --- the command line -----------------------------------------------------------------------------


def main(arguments=None):
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m companion.distributed")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("train", "launch"):
        options = commands.add_parser(name)
        options.add_argument("--out", metavar="FILE", help="where the weights go, once (.npz)")
        options.add_argument("--epochs", type=int, default=2)
        options.add_argument("--batch-size", type=int, default=45, help="of all workers together")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    options = commands.add_parser("config")
    options.add_argument("--hosts", required=True, help="separated by commas")
    options.add_argument("--port", required=True)
    options.add_argument("--index", type=int, required=True)
    commands.add_parser("slurm")
    given = parser.parse_args(arguments)
    try:
        if given.command == "slurm":
            print(SLURM, end="")
        elif given.command == "config":
            print(tf_config([f"{h}:{given.port}" for h in given.hosts.split(",")], given.index))
        elif given.command == "train":
            end_with_launcher()
            work(given.out, epochs=given.epochs, batch_size=given.batch_size)
        else:
            # What ends this process politely has to end its workers too.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            words = [sys.executable, "-m", "companion.distributed", "train"]
            words += ["--epochs", str(given.epochs), "--batch-size", str(given.batch_size)]
            words += ["--out", given.out] if given.out else []
            print(*launch(given.workers, words, timeout_in_seconds=given.timeout), sep="\n")
    except (OSError, RuntimeError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        parser.exit(130, "interrupted\n")


if __name__ == "__main__":
    main()
