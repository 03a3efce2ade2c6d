"""pyproject.toml, requirements.lock, environment.yml and the Makefile say the same."""

import importlib.metadata
import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import bootstrap

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = (
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("win32", "AMD64"),
)


def requirements(*extras: str) -> list[Requirement]:
    """What the project asks for with these extras; those that name the project are followed."""
    asked = list(PROJECT["dependencies"])
    for extra in extras:
        asked += PROJECT["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, asked):
        if requirement.name == PROJECT["name"]:
            nested = requirements(*requirement.extras)
            found += [one for one in nested if one not in found]
        else:
            found.append(requirement)
    return found


LOCKED = [Requirement(line.rstrip(" \\")) for line in LOCK.splitlines() if re.match(r"\w", line)]
DIRECT = requirements("cpu", "book", "test", "browser")


def applies(requirement: Requirement, python: str, machine: tuple[str, str]) -> bool:
    """Whether pip would install it there."""
    system, processor = machine
    environment = default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": processor,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def test_the_lock_pins_one_version_of_each_package_everywhere():
    for requirement in LOCKED:
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
    for python, machine in product(PYTHONS, MACHINES):
        names = [one.name for one in LOCKED if applies(one, python, machine)]
        assert len(names) == len(set(names)), (python, machine)


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_the_lock_holds_what_pyproject_asks_for(requirement):
    name = canonicalize_name(requirement.name)
    for python, machine in product(PYTHONS, MACHINES):
        if applies(requirement, python, machine):
            locked = [one for one in LOCKED if one.name == name and applies(one, python, machine)]
            assert locked, f"{name} is not locked for Python {python} on {machine}: make lock"
            version = next(iter(locked[0].specifier)).version
            assert version in requirement.specifier, f"{name} {version} is locked: make lock"


def test_the_lock_was_made_for_exactly_these_requirements():
    asked_for = {entry.split("==")[0] for entry in entries() if "(pyproject.toml)" in entry}
    assert asked_for == {canonicalize_name(one.name) for one in DIRECT}, "make lock"


def test_every_file_has_a_hash_and_none_an_address():
    assert len(entries()) == len(LOCKED)
    for entry in entries():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry
    assert "://" not in LOCK
    assert " @ " not in LOCK
    assert not re.search(r"^-", LOCK, re.M), "no options: which index is the reader's choice"


def test_the_same_pythons_everywhere():
    supported = SpecifierSet(PROJECT["requires-python"])
    every_minor = [f"3.{minor}" for minor in range(30)]
    assert [python for python in every_minor if f"{python}.5" in supported] == list(PYTHONS)
    assert [c[-4:] for c in PROJECT["classifiers"] if "Python :: 3." in c] == list(PYTHONS)
    (in_makefile,) = re.findall(r"^VERSIONS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert sorted(in_makefile.split()) == list(PYTHONS)
    for name in ("tests", "pages", "weekly"):
        workflow = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
        assert set(re.findall(r'"(3\.\d+)"', workflow)) <= set(PYTHONS)


def test_conda_gets_a_supported_python_and_the_locked_versions():
    python, pip, from_pip = CONDA["dependencies"]
    assert python == "python " + PROJECT["requires-python"]
    assert pip == "pip"
    assert from_pip == {"pip": ["-r requirements.lock"]}


def test_a_gpu_gets_the_same_tensorflow_and_nobody_gets_one_unasked():
    optional = PROJECT["optional-dependencies"]
    cpu, gpu = ([Requirement(one) for one in optional[name]] for name in ("cpu", "gpu"))
    assert {one.specifier for one in cpu} == {one.specifier for one in gpu}
    for python, machine in product(PYTHONS, MACHINES):
        assert sum(applies(one, python, machine) for one in cpu) == 1

    # Nor does anything that is needed need it.
    needed, todo = set(), [Requirement(one) for one in PROJECT["dependencies"]]
    while todo:
        requirement = todo.pop()
        if requirement.name in needed or not (
            requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ):
            continue
        needed.add(requirement.name)
        todo += map(Requirement, importlib.metadata.requires(requirement.name) or [])
    assert "keras" in needed
    assert not [name for name in needed if name.startswith(("tensor", "jupyter", "sphinx"))]


def test_uv_is_installed_from_its_hashes_in_the_lock():
    entry = bootstrap.entry(LOCK, "uv")
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:", entry)
    assert entry in LOCK
    assert entry.count("==") == 1


def test_uv_is_told_what_pip_was_told(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "7")
    mirror, wheels = "https://mirror.invalid/pypi", "https://wheels.invalid/a"
    index = "index" + "-url"
    told = bootstrap.uv_environment(
        f"global.{index}='https://overruled.invalid'\n"
        f"install.{index}='{mirror}'\n"
        f"global.extra-{index}='\\n{wheels}\\n{wheels}/b'\n"
        ":env:.find-links='/wheels /more-wheels'\n"
        ":env:.default-timeout='180'\n"
        "global.cert='/etc/company.pem'\n"
    )
    assert told["UV_DEFAULT_INDEX"] == mirror
    assert told["UV_INDEX"] == f"{wheels} {wheels}/b"
    assert told["UV_FIND_LINKS"] == "/wheels,/more-wheels"
    assert told["SSL_CERT_FILE"] == "/etc/company.pem"
    assert told["UV_HTTP_TIMEOUT"] == "7", "what the user told uv itself comes first"


def entries() -> list[str]:
    """The lock's packages, each with its hashes and reasons."""
    return re.findall(r"^\w.*\n(?:[ #].*\n)*", LOCK, re.M)
