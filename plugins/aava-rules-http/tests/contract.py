"""Schemathesis against the OpenAPI document of a service that runs, for so many minutes.

    python plugins/aava-rules-http/tests/contract.py --minutes 10      needs schemathesis: pip install 'plugins/aava-rules-http[contract]'

Requests are drawn from the document, those that fit it and those that do not, and every check of schemathesis is made of the answers, in turn
of a service that asks for no tokens and of one that does. Both have two rulebooks and CDS Hooks. Exit code 1 if there is a finding.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from test_process import ROOT, Server, started
from test_service import KEY, jwks, token

HERE = Path(__file__).resolve().parent
CODES = ROOT / "plugins" / "aava-rules-fhir" / "examples" / "codes.json"


def run(server: Server, seed: int, folder: Path, headers: tuple[str, ...], drawn: tuple[int, str]) -> tuple[bool, str]:
    """One run of schemathesis: whether it found nothing, and what it printed.

    Args:
        server: the service.
        seed: of what is drawn.
        folder: where it works.
        headers: of every request.
        drawn: how many examples of each operation, and the phases.
    """
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")]
    options = [
        "--seed",
        str(seed),
        "--max-examples",
        str(drawn[0]),
        "--phases",
        drawn[1],
        "--generation-database",
        ":memory:",
        "--no-color",
    ]
    named = [part for header in headers for part in ("--header", header)]
    command = [*program, "run", f"{server.address}/openapi.json", *options, *named]
    settings = {**os.environ, "SCHEMATHESIS_HOOKS": "contract_hooks", "PYTHONPATH": str(HERE)}
    printed = folder / "schemathesis.txt"
    with printed.open("w", encoding="utf-8") as stream:
        done = subprocess.run(command, check=False, cwd=folder, stdout=stream, stderr=stream, env=settings)
    return done.returncode == 0, printed.read_text(encoding="utf-8")


def main() -> int:
    """Run until the minutes are over, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=60, help="drawn for each operation in one run")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful", help="of schemathesis")
    parser.add_argument("--folder", type=Path, help="where logs are left; else they go with the run")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    findings = runs = 0
    answered: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.folder or Path(made)
        (folder / "keys.json").write_text(jwks(KEY), encoding="utf-8")
        settings = {"RULEBOOKS": "finland,aava", "CDS_CODES": str(CODES), "READ_SECONDS": "30"}
        tokens = {
            "TOKEN_KEYS": str(folder / "keys.json"), "TOKEN_ISSUER": "https://ehr.example",
            "TOKEN_AUDIENCE": "https://rules.example",
        }  # fmt: skip
        while time.monotonic() < end:
            with_tokens = runs % 2 == 1
            headers = (f"Authorization: Bearer {token(exp=time.time() + 3600)}",) if with_tokens else ()
            with started(folder, **settings, **(tokens if with_tokens else {})) as server:
                is_clean, told = run(
                    server, arguments.seed + runs, folder, headers, (arguments.examples, arguments.phases)
                )
            entries = server.entries()
            answered.update(str(entry["status"]) for entry in entries if entry["event"] == "answered")
            failed = [json.dumps(entry) for entry in entries if entry["level"] == "error"]
            runs += 1
            if not is_clean or failed:
                findings += 1
                print(told, *failed, sep="\n")
            shown = re.search(r"=+ (.*) =+\s*$", told.strip())
            print(f"run {runs}, seed {arguments.seed + runs - 1}: {shown[1] if shown else told[-300:]}", flush=True)
    counts = ", ".join(f"{count:,} of {status}" for status, count in sorted(answered.items()))
    print(f"{runs} runs, {findings} with findings; answers: {counts}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
