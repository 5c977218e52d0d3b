"""Measure aava-rules: its targets, how it starts, its peers, how its cost grows, a national load, one from a database.

    python benchmarks/run.py            everything, in an environment of its own
    python benchmarks/run.py --quick    a trial: whether all works, in a few minutes
    python benchmarks/run.py --only peers

The environment lies in .venv-bench and is used again; the wheel of this checkout is built and installed anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLES = ("targets", "starts", "peers", "growth", "national", "database", "compare")
BEFORE = "cb58fa3"
"""The commit beside which the targets are measured: the last one before writing was made fast."""


def main() -> int:
    """Make the environment and let its interpreter measure; the exit code of that."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: a trial, not a measurement")
    parser.add_argument("--only", choices=TABLES, action="append", help="this table alone (may be given again)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn by chance (default 1)")
    parser.add_argument(
        "--environment", type=Path, default=HERE.parent / ".venv-bench", help="folder of the environment"
    )
    parser.add_argument("--as-is", action="store_true", help="use the interpreter that runs this; install nothing")
    arguments = parser.parse_args()
    python, absent, before = Path(sys.executable), {}, ""
    tables = [name for name in TABLES if name in (arguments.only or TABLES)]
    if not arguments.as_is:
        from environment import earlier, made

        place = arguments.environment.resolve()
        python, absent = made(place)
        before = earlier(python, place, BEFORE) if "targets" in tables else ""
    wanted = {
        "quick": arguments.quick,
        "tables": tables,
        "seed": arguments.seed,
        "absent": absent,
        "before": before,
    }
    # another checkout in the path would be measured instead of the wheel
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([str(python), str(HERE / "tables.py"), json.dumps(wanted)], check=False, env=clean).returncode


if __name__ == "__main__":
    sys.exit(main())
