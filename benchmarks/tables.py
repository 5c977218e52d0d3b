"""The tables that are asked for, measured by the interpreter that runs this. Started by `run`."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from agreement import Disagreement
from report import machine
from settings import Settings, quick
from workers import Failed


def main(wanted: dict[str, object]) -> int:
    """Measure and print; 1 if answers differ, or if something that must answer cannot."""
    seed = int(str(wanted["seed"]))
    settings = quick(seed) if wanted["quick"] else Settings(seed=seed)
    absent = wanted["absent"]
    assert isinstance(absent, dict)
    tables = wanted["tables"]
    assert isinstance(tables, list)
    print(f"aava-rules {version('aava-rules')}, {machine()}, seed {seed}; medians of rounds in turn", flush=True)
    if wanted["quick"]:
        print("A trial: sizes are small and rounds few, so the figures say little.", flush=True)
    for peer, why in absent.items():
        print(f"{peer} {why}", flush=True)
    with tempfile.TemporaryDirectory(prefix="aava-rules-bench-") as folder:
        try:
            for name in tables:
                measure(name, settings, Path(folder), absent, str(wanted["before"]))
        except (Disagreement, Failed) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def measure(name: str, settings: Settings, folder: Path, absent: dict[str, str], before: str) -> None:
    """One table; ``before`` is the folder of an earlier library, empty without one."""
    if name == "targets":
        import targets

        targets.measure(settings, folder, absent, before)
    elif name == "starts":
        import starts

        starts.measure(settings)
    elif name == "peers":
        import peers_table

        peers_table.measure(settings, folder, absent)
    elif name == "growth":
        import growth

        growth.measure(settings, folder)
    elif name == "national":
        import national

        national.measure(settings, folder)
    elif name == "compare":
        import compare

        compare.measure(settings, folder)
    else:
        import database

        database.measure(settings, folder)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
