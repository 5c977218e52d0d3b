"""The suite on every version of Python that the library names, as far as its interpreter is here.

    python tests/quality/versions.py            the versions in pyproject.toml but that of this interpreter
    python tests/quality/versions.py --quick    the rooms that read, and the compiler
    python tests/quality/versions.py 3.13 -- -x tests/record

Each version gets an environment of its own (``.venv-3.13``). What stands after ``--`` goes to pytest in place of the
whole suite. A version that is not here is named, and does no harm. It exits with 1 if a suite fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE = ("--numprocesses", "2", "-rs", "--ignore", "tests/spark", "--ignore", "tests/pages")
QUICK = (
    "--numprocesses", "2", "-rs", "tests/language", "tests/record", "tests/rulebook", "tests/compiler", "tests/mapping",
    "tests/test_public_names.py",
)  # fmt: skip
"""The rooms that read: language, records, rule files, mappings, and the compiler. The others are left to the suite."""


def versions() -> list[str]:
    """The versions that the library says it runs on."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"Programming Language :: Python :: (\d+\.\d+)"', text)


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter may be: on the path, and among those of pyenv, whose names on the path may lead nowhere."""
    found = shutil.which(f"python{version}")
    if found is not None:
        yield Path(found)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)


def interpreter(version: str) -> Path | None:
    """An interpreter of a version that starts; None if there is none."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for path in candidates(version):
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return path
    return None


def passes(version: str, python: Path, arguments: list[str]) -> bool:
    """Whether the suite passes on an interpreter, in an environment of its own."""
    folder = ROOT / f".venv-{version}"
    own = folder / "bin" / "python"
    quick = arguments == [*QUICK]  # of what plugins need, not everything exists for every version on its first day
    plugins = [] if quick else sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", f"{ROOT}[dev]"], check=True)
    for plugin in plugins:
        subprocess.run([*pip, "--editable", f"{plugin}[tests]"], check=True)
    return subprocess.run([own, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Run the suite on each version; 1 if it fails on one."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    own = "%d.%d" % sys.version_info[:2]  # noqa: UP031
    wanted = [version for version in arguments[:split] if version != "--quick"]
    wanted = wanted or [version for version in versions() if version != own]
    chosen = arguments[split + 1 :] or [*(QUICK if "--quick" in arguments[:split] else SUITE)]
    results: dict[str, str] = {}
    for version in wanted:
        python = interpreter(version)
        if python is None:
            results[version] = "not tested: no interpreter of it is on the path or among those of pyenv"
            continue
        print(f"Python {version}: {python}", flush=True)
        results[version] = "passes" if passes(version, python, chosen) else "FAILS"
    for version, result in results.items():
        print(f"Python {version} {result}.")
    return 1 if "FAILS" in results.values() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
