"""How much memory reading takes, seen from a process of its own: ``python -m aava_rules.testing.reading_memory``.

The conformance kit starts it; it reads a small source and then a large one by the class that tests an adapter, and
prints the peaks.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from functools import reduce
from pathlib import Path
from typing import Any


def peak_megabytes() -> float:
    """The most memory that this process has held so far, in MB of 2**20 bytes.

    On Linux it is that of the program alone: what getrusage gives begins with the memory of the one who started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    import resource  # there is none on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def peaks(conformance: type, sources: list[Path]) -> list[tuple[int, float]]:
    """How many rows each source gives to a new process, and the peak after it, in MB.

    Args:
        conformance: the class that tests an adapter; it must stand in a module, not in a function.
        sources: read in this order, each once.

    Raises:
        RuntimeError: the process failed; its errors are in the message.
    """
    file = sys.modules[conformance.__module__].__file__
    question = {
        "path": sys.path, "module": conformance.__module__, "file": file, "name": conformance.__qualname__,
        "sources": [str(source) for source in sources],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "aava_rules.testing.reading_memory"],
        input=json.dumps(question), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"reading in a process of its own failed:\n{done.stderr}")
    return [(rows, peak) for rows, peak in json.loads(done.stdout.splitlines()[-1])]


def _conformance(question: dict[str, Any]) -> Any:
    spec = importlib.util.spec_from_file_location(question["module"], question["file"])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[question["module"]] = module
    spec.loader.exec_module(module)
    return reduce(getattr, question["name"].split("."), module)


def _main() -> None:
    question = json.loads(sys.stdin.read())
    sys.path[:] = question["path"]
    conformance = _conformance(question)()
    answers = []
    for source in question["sources"]:
        rows = sum(1 for _ in conformance.read(Path(source)))
        answers.append((rows, peak_megabytes()))
    print(json.dumps(answers))


if __name__ == "__main__":
    _main()
