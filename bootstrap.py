"""Make .venv from requirements.lock, once. Called by `make`; the standard library is all it needs.

Every file is checked against its hash in the lock. uv installs them (in seconds, where pip takes
minutes); uv itself comes from the lock through pip, and if it cannot do its work, pip does.
"""

import ast
import hashlib
import importlib.util
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
# Written last. While it is missing, or says something else, .venv is not to be trusted.
STAMP = VENV / "built-from"
PYTHON = Path(sysconfig.get_path("scripts", "venv", {"base": str(VENV)})) / "python"

# The lock is complete, so nothing is resolved; and nothing is built, so no package's code runs.
INSTALL = ["install", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r"]
if not sys.stdout.isatty():
    INSTALL.insert(1, "--quiet")


def main() -> None:
    """Bring .venv in step with requirements.lock, or do nothing where it is."""
    if not importlib.util.find_spec("ensurepip"):
        sys.exit(
            f"{sys.executable} cannot make virtual environments: ensurepip is missing.\n"
            "On Debian and Ubuntu: sudo apt install python3-venv"
        )
    with LOCK.open() as lock:
        wait_for_other_setups(lock)
        wanted = f"{hashlib.sha256(lock.read().encode()).hexdigest()} {sys.base_prefix} {ROOT}"
        wanted += f" Python {platform.python_version()}\n"
        if STAMP.is_file() and STAMP.read_text() == wanted:
            return
        print(f"Setting up .venv with Python {platform.python_version()} ...", flush=True)
        # Always from nothing: what an interrupted run or an older lock left behind cannot be
        # told from what belongs here. The downloads are cached, so this costs seconds.
        venv.create(VENV, clear=True, with_pip=True, symlinks=os.name != "nt")
        install(LOCK)
        # `import companion` anywhere, notebooks included, without building the package.
        packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))
        (packages / "companion-checkout.pth").write_text(f"{ROOT}\n")
        STAMP.write_text(wanted)


def install(lock: Path) -> None:
    """Install what `lock` holds into .venv: through uv, else through pip."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        uv_alone = Path(folder) / "uv.txt"
        uv_alone.write_text(entry(lock.read_text(), "uv"))
        if run([*pip, *INSTALL, uv_alone]):
            uv = [str(PYTHON), "-m", "uv", "pip"]
            settings = run([*pip, "config", "list"], capture_output=True)
            if settings and run(
                [*uv, *INSTALL, lock, "--python", PYTHON], env=uv_environment(settings.stdout)
            ):
                return
    print("uv could not do it; pip takes over, which takes some minutes ...", flush=True)
    if not run([*pip, *INSTALL, lock]):
        sys.exit(
            "The set-up failed; the reason stands above. It needs the package registry (or the\n"
            "mirror that pip is configured for), 3 GB of disk, and a machine that TensorFlow has\n"
            "wheels for: Linux with glibc (x86_64, aarch64), macOS on Apple silicon, Windows (x64)."
        )


def entry(lock: str, package: str) -> str:
    """Return the lines of one package, with its hashes, from the text of a lock."""
    return re.search(rf"^{package}==.*\n(?:[ #].*\n)*", lock, re.MULTILINE)[0]


def uv_environment(pip_config: str) -> dict[str, str]:
    """Say to uv what the user has said to pip: which mirror, certificate, proxy.

    Args:
        pip_config: the output of `pip config list`, lines like `global.timeout='60'`.

    Returns:
        The environment for uv. A variable of uv's own that is set already stays as it is.
    """
    setting = {}
    for scope in ("global", "install", ":env:"):  # the later one wins, as in pip
        for name, value in re.findall(rf"^{scope}\.([\w-]+)=(.+)$", pip_config, re.MULTILINE):
            name = name.replace("-", "_").removeprefix("default_")
            setting[name] = ast.literal_eval(value).split()
    words = {
        "UV_DEFAULT_INDEX": ("index_url", " "),
        "UV_INDEX": ("extra_index_url", " "),
        "UV_FIND_LINKS": ("find_links", ","),
        "UV_INSECURE_HOST": ("trusted_host", " "),
        "UV_HTTP_TIMEOUT": ("timeout", ""),
        "SSL_CERT_FILE": ("cert", " "),
        "SSL_CLIENT_CERT": ("client_cert", " "),
        "ALL_PROXY": ("proxy", ""),
    }
    environment = {
        # pip takes a file from whichever index has it; with hashes required, so may uv.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        **{
            variable: separator.join(setting[name])
            for variable, (name, separator) in words.items()
            if name in setting
        },
    }
    return environment | os.environ


def run(command: list, **options) -> subprocess.CompletedProcess | None:
    """Run a command; return None where it failed (it has said why)."""
    # PIP_USER: a pip set to install for the user cannot install into a virtual environment.
    options.setdefault("env", os.environ | {"PIP_USER": "0"})
    done = subprocess.run(command, text=True, **options)
    return done if done.returncode == 0 else None


def wait_for_other_setups(lock: TextIO) -> None:
    """Let one set-up run at a time, where the system has file locks."""
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
    except (ImportError, OSError):  # Windows; some network file systems
        pass


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The same command starts again; finished downloads are kept.")
