"""Many workers are one: the ring's sums and bytes, processes that end, the same weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from companion import distributed
from companion.verification import check
from companion.verification.exercises.speed.distributed import EXERCISES

PYTHON = [sys.executable, "-c"]
ROOT = Path(distributed.__file__).resolve().parents[1]


# --- the ring -------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("size", [1, 7, 120])
def test_a_ring_gives_every_worker_the_sum(workers, size):
    vectors = np.random.default_rng(workers).integers(-9, 9, size=(workers, size)).astype(float)
    before = vectors.copy()
    sums, _ = distributed.ring_all_reduce(vectors)
    assert np.array_equal(sums, np.tile(vectors.sum(axis=0), (workers, 1)))
    assert np.array_equal(vectors, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("workers", [2, 3, 5, 8])
def test_each_worker_sends_the_bytes_that_are_derived(workers, dtype):
    vectors = np.ones((workers, 120), dtype)
    _, sent = distributed.ring_all_reduce(vectors)
    assert np.array_equal(sent, np.full(workers, 2 * (workers - 1) * vectors[0].nbytes // workers))


def test_all_workers_hold_the_same_bits_though_sums_round():
    sums, _ = distributed.ring_all_reduce(np.random.default_rng(0).normal(size=(7, 100)))
    assert len({row.tobytes() for row in sums}) == 1


@pytest.mark.parametrize("vectors", [[], [1.0, 2.0], [[1.0], [1.0, 2.0]], np.ones((2, 2, 2))])
def test_a_ring_refuses_what_are_no_vectors_of_one_shape(vectors):
    with pytest.raises(ValueError, match="vectors should be of one shape"):
        distributed.ring_all_reduce(vectors)


def test_the_time_of_a_ring_is_that_of_its_messages():
    rates = {"bytes_per_second": 100.0, "latency_in_seconds": 0.5}
    # 2 (4 - 1) messages of 200 / 4 bytes
    assert distributed.ring_seconds(200, 4, **rates) == pytest.approx(6 * (0.5 + 0.5))
    assert distributed.ring_seconds(200, 1, **rates) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size_in_bytes", -1),
        ("workers", 0),
        ("workers", 2.5),
        ("bytes_per_second", 0),
        ("latency_in_seconds", -1e-9),
        ("latency_in_seconds", float("nan")),
    ],
)
def test_a_time_without_meaning_is_refused_by_name(name, value):
    given = {"size_in_bytes": 4, "workers": 2, "bytes_per_second": 1, "latency_in_seconds": 0}
    with pytest.raises(ValueError, match=f"{name} should be"):
        distributed.ring_seconds(**given | {name: value})


# --- a list of addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "index", "message"),
    [
        (["a", "b:1"], 0, "host:port, got 'a'"),
        ([":1", "b:1"], 0, "host:port, got ':1'"),
        (["a:0", "b:1"], 0, "host:port, got 'a:0'"),
        (["a:x", "b:1"], 0, "host:port, got 'a:x'"),
        (["a:1", "a:1"], 0, "should differ"),
        (["a:1", "b:1"], 2, "from 0 to 1, got 2"),
        (["a:1", "b:1"], -1, "from 0 to 1, got -1"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(addresses, index, message):
    with pytest.raises(ValueError, match=message):
        distributed.tf_config(addresses, index)


# --- processes ------------------------------------------------------------------------------------


def running(pid):
    """Whether a process is there, and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def comes_true(condition, seconds=60):
    """Whether it does within this time."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended and not condition():
        time.sleep(0.05)
    return condition()


SLEEPER = """
import json, os, pathlib, sys, time
index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
folder = pathlib.Path(sys.argv[1])
folder.joinpath(f"{index}.part").write_text(str(os.getpid()))
folder.joinpath(f"{index}.part").rename(folder / f"{index}.pid")
"""
WAITS = "\ntime.sleep(600)\n"
# Worker 1 goes when the other one is there to be missed.
ONE_GOES = """
while index and not folder.joinpath("0.pid").exists():
    time.sleep(0.05)
if index:
    print("out of luck", flush=True)
    LAST
time.sleep(600)
"""


def pids(folder):
    return [int(file.read_text()) for file in sorted(folder.glob("*.pid"))]


def test_each_worker_knows_the_cluster_and_its_own_place(monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    tell = "import os, json; print(json.dumps(dict(os.environ)))"
    environments = [json.loads(text) for text in distributed.launch(3, [*PYTHON, tell])]
    configs = [json.loads(environment["TF_CONFIG"]) for environment in environments]
    assert [config["task"] for config in configs] == [
        {"type": "worker", "index": index} for index in range(3)
    ]
    addresses = configs[0]["cluster"]["worker"]
    assert len(set(addresses)) == 3
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert all(config["cluster"] == configs[0]["cluster"] for config in configs)
    for environment in environments:
        proxies = {name for name in environment if name.lower().endswith("_proxy")}
        assert proxies == {"NO_PROXY"}


@pytest.mark.parametrize(
    ("last", "how"),
    [
        ("sys.exit(3)", "worker 1 ended with exit code 3"),
        ("os.kill(os.getpid(), 9)", "worker 1 was killed by signal 9"),
    ],
)
def test_a_worker_that_fails_takes_the_others_with_it(tmp_path, last, how):
    code = SLEEPER + ONE_GOES.replace("LAST", last)
    with pytest.raises(RuntimeError, match=f"{how}; it printed:\nout of luck"):
        distributed.launch(2, [*PYTHON, code, str(tmp_path)], timeout_in_seconds=120)
    assert len(pids(tmp_path)) == 2
    assert not any(map(running, pids(tmp_path)))


def test_time_that_is_up_is_said_and_ends_the_workers(tmp_path):
    code = SLEEPER + "\nif index == 0:\n    sys.exit()\nprint('waiting', flush=True)" + WAITS
    with pytest.raises(TimeoutError, match=r"after 5 seconds .* running: \[1\]\nworker 1 printed"):
        distributed.launch(2, [*PYTHON, code, str(tmp_path)], timeout_in_seconds=5)
    assert not any(map(running, pids(tmp_path)))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_what_launched_them(tmp_path, how):
    # A launcher that is killed can do nothing: then it is the workers that notice.
    worker = SLEEPER + "\nfrom companion import distributed\ndistributed.end_with_launcher()"
    # What a background job ignores is reset: Python then raises KeyboardInterrupt.
    start = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    start += "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
    start += f"from companion import distributed\ncommand = {[*PYTHON, worker + WAITS]!r}\n"
    start += f"distributed.launch(2, [*command, {str(tmp_path)!r}])"
    with subprocess.Popen([*PYTHON, start], cwd=ROOT, stderr=subprocess.DEVNULL) as launcher:
        try:
            assert comes_true(lambda: len(pids(tmp_path)) == 2)
            launcher.send_signal(how)
            assert launcher.wait(60) != 0
        finally:
            launcher.kill()
    assert comes_true(lambda: not any(map(running, pids(tmp_path))))


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_no_workers_are_refused(workers):
    with pytest.raises(ValueError, match="workers should be a whole number >= 1"):
        distributed.launch(workers)


# --- training -------------------------------------------------------------------------------------


def largest_difference(ours, theirs):
    return max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))


def test_two_processes_end_with_the_weights_of_one(tmp_path, monkeypatch):
    out = tmp_path / "weights.npz"
    command = [sys.executable, "-m", "companion.distributed", "train", "--out", str(out)]
    printed = distributed.launch(2, command)
    for index, text in enumerate(printed):
        assert text.splitlines()[-1].startswith(f"worker {index} of 2: 12 steps, loss 1.")
    assert [file.name for file in tmp_path.iterdir()] == ["weights.npz"]
    with np.load(out) as file:
        two = [file[name] for name in file.files]

    monkeypatch.delenv("TF_CONFIG", raising=False)
    distributed.work(tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as file:
        one = [file[name] for name in file.files]
    # float32 weights of about 1 and twelve steps: rounding is some 1e-7.
    assert largest_difference(one, two) < 1e-5
    start, _ = distributed.train(epochs=1, batch_size=250)
    assert largest_difference(one, start) > 1e-2


def test_a_penalty_is_part_of_the_loss():
    from companion._backend import keras

    def build(penalty=None):
        last = keras.layers.Dense(4, activation="softmax", kernel_regularizer=penalty)
        return keras.Sequential([keras.Input((20,)), last])

    once = {"epochs": 1, "batch_size": 250}
    _, plain = distributed.train(build=build, **once)
    _, more = distributed.train(build=lambda: build(keras.regularizers.L2(0.1)), **once)
    keras.utils.set_random_seed(1)
    assert more[0] - plain[0] == pytest.approx(0.1 * np.sum(build().get_weights()[0] ** 2), 1e-5)


@pytest.mark.parametrize("batch_size", [1, 83, 249])
def test_a_batch_too_small_for_all_replicas_is_refused(batch_size):
    two = SimpleNamespace(num_replicas_in_sync=2)  # 83 and 249 leave one sample over
    with pytest.raises(ValueError, match="the smallest batch has 1"):
        distributed.train(two, batch_size=batch_size)


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_numbers_that_train_nothing_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} should be"):
        distributed.train(**{name: 0})


# --- a cluster ------------------------------------------------------------------------------------

STAND_INS = {
    "scontrol": '[ "$*" = "show hostnames node[1-4]" ] && printf "node%s\\n" 1 2 3 4',
    # Drop the options of srun; a task for each number. Since 22.05 it has to be told the cores.
    "srun": """[[ " $* " == *" --cpus-per-task=8 "* ]] || exit 1
while [[ "$1" == --* ]]; do shift; done
for SLURM_PROCID in 0 1 2 3; do export SLURM_PROCID; "$@" || exit 1; done""",
    "python": """if [ "$3" = config ]; then exec REAL "$@"; fi
echo "$TF_CONFIG"; echo "$@" "${https_proxy-}" """,
}


def run_as_slurm_does(folder, **stand_ins):
    """Run the script with `STAND_INS`, and others in their place."""
    for name, lines in (STAND_INS | stand_ins).items():
        file = folder / name
        file.write_text("#!/bin/bash\n" + lines.replace("REAL", sys.executable) + "\n")
        file.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "https_proxy": "http://192.0.2.1:9",
        "SLURM_JOB_NODELIST": "node[1-4]",
        "SLURM_JOB_ID": "123456",
        "SLURM_CPUS_PER_TASK": "8",
    }
    return subprocess.run(
        ["bash"],
        input=distributed.SLURM,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_script_for_slurm_gives_every_node_its_place(tmp_path):
    run = run_as_slurm_does(tmp_path)
    assert run.returncode == 0, run.stderr
    configs, trained = run.stdout.splitlines()[::2], run.stdout.splitlines()[1::2]
    hosts = [f"node{number}:23456" for number in (1, 2, 3, 4)]
    assert configs == [distributed.tf_config(hosts, index) for index in range(4)]
    assert trained == ["-m companion.distributed train --out weights.npz "] * 4


@pytest.mark.parametrize(
    "broken",
    [
        {"scontrol": "echo node1\nexit 1"},
        {"scontrol": "true"},
        {"python": '[ "$3" = config ] && exit 1\necho "$@"'},
        {"python": '[ "$3" = train ] && exit 1\nexec REAL "$@"'},
    ],
    ids=["scontrol fails", "scontrol says nothing", "config fails", "train fails"],
)
def test_the_script_fails_where_one_of_its_steps_does(tmp_path, broken):
    run = run_as_slurm_does(tmp_path, **broken)
    assert run.returncode != 0
    assert "train" not in run.stdout


def test_a_worker_without_the_text_it_should_have_does_not_train_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CONFIG", "")
    with pytest.raises(ValueError, match="TF_CONFIG should name a cluster"):
        distributed.work(tmp_path / "weights.npz")
    assert not list(tmp_path.iterdir())


# --- the exercises --------------------------------------------------------------------------------


def test_the_exercises_ask_for_what_one_worker_would_find():
    generator = np.random.default_rng(0)
    samples, sizes = generator.normal(size=(9, 2)), np.array([5, 1, 3])
    shares = np.split(samples, [5, 6])
    means = np.array([share.mean(axis=0) for share in shares])
    assert np.allclose(EXERCISES["distributed-mean"].truth(means, sizes), samples.mean(axis=0))
    variances = np.array([share.var(axis=0) for share in shares])
    merged = EXERCISES["distributed-batchnorm"].truth(means[:, 0], variances[:, 0], sizes)
    assert np.allclose(merged, (samples[:, 0].mean(), samples[:, 0].var()))
    rates = {"bytes_per_second": 7.0, "latency_in_seconds": 0.2}
    seconds = EXERCISES["distributed-ring"].truth(60, 5, 7.0, 0.2)
    assert seconds == pytest.approx(distributed.ring_seconds(240, 5, **rates))


@pytest.mark.parametrize(
    ("exercise", "attempt", "hint"),
    [
        ("distributed-mean", lambda g, n: g.mean(axis=0), "a large share has to count for more"),
        (
            "distributed-mean",
            lambda g, n: n @ np.nan_to_num(g) / n.sum() / len(n),
            "a 1/w too many",
        ),
        ("distributed-ring", lambda p, w, b, a: (w - 1) * (a + 4 * p / w / b), "as many more"),
        ("distributed-ring", lambda p, w, b, a: 2 * (w - 1) * (a + 4 * p / b), "one chunk"),
        (
            "distributed-batchnorm",
            lambda m, v, n: (np.average(m, weights=n), np.average(v, weights=n)),
            "leaves out how far the means are apart",
        ),
    ],
)
def test_slips_are_named(exercise, attempt, hint):
    verdict = check(exercise, attempt)
    assert not verdict.passed
    assert hint in repr(verdict)


def test_an_empty_share_has_to_be_left_out():
    def with_zeros(gradients, sizes):
        return sizes @ np.where(sizes[:, None] > 0, gradients, 0) / sizes.sum()

    assert check("distributed-mean", with_zeros).passed
    verdict = check("distributed-mean", lambda g, n: n @ g / n.sum())
    assert not verdict.passed
    assert "0 times NaN is NaN" in repr(verdict)


def one_pass(means, variances, sizes):
    mean = sizes @ means / sizes.sum()
    return mean, sizes @ (variances + means**2) / sizes.sum() - mean**2


def between_in_one_pass(means, variances, sizes):
    mean = np.average(means, weights=sizes)
    between = np.average(means**2, weights=sizes) - mean**2
    return mean, np.average(variances, weights=sizes) + between


def test_the_difference_of_large_numbers_is_no_variance():
    assert "difference of two large numbers" in repr(check("distributed-batchnorm", one_pass))
    assert not check("distributed-batchnorm", between_in_one_pass).passed


def test_shares_may_be_merged_in_pairs():
    def pairwise(means, variances, sizes):
        total, mean, squares = 0, 0.0, 0.0
        for m, v, n in zip(means, variances, sizes, strict=True):
            squares += n * v + (m - mean) ** 2 * total * n / (total + n)
            total, mean = total + n, mean + (m - mean) * n / (total + n)
        return mean, squares / total

    assert check("distributed-batchnorm", pairwise).passed
