"""Schemathesis against the OpenAPI document of a service that runs, for so many minutes.

    python plugins/aava-rules-http/tests/contract.py --minutes 10      needs schemathesis: pip install 'plugins/aava-rules-http[contract]'

Requests are drawn from the document, those that fit it and those that do not, and every check of schemathesis is made of the answers, in turn
of a service that asks for no tokens and of one that does. Both have two rulebooks and CDS Hooks. The minutes are shared out among the parts of
a round: what is not asked of a record, whatever is drawn at random, and each of the questions, of which every value of every fact is tried. A part
that takes longer than its share is ended, and what it found until then counts. Exit code 1 if there is a finding.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from aava_rules_http.cds import SERVICE
from aava_rules_http.questions import QUESTIONS
from test_process import ROOT, Server, started
from test_service import KEY, jwks, token

HERE = Path(__file__).resolve().parent
CODES = ROOT / "plugins" / "aava-rules-fhir" / "examples" / "codes.json"


class Part(NamedTuple):
    """A part of a round.

    Attributes:
        phases: of schemathesis.
        paths: what is asked; nothing for all.
    """

    phases: str
    paths: tuple[str, ...] = ()


ROUND = (
    Part(
        "examples,coverage", ("/health", "/ready", "/metrics", "/openapi.json", "/v1/rulebooks", "/v1/rulebooks/{name}")
    ),
    Part("fuzzing,stateful"),
    Part("examples,coverage", ("/cds-services", f"/cds-services/{SERVICE}", f"/cds-services/{SERVICE}/feedback")),
    *(Part("examples,coverage", (path,)) for path in QUESTIONS),
)


def run(
    server: Server, seed: int, folder: Path, headers: tuple[str, ...], part: Part, limits: tuple[int, float]
) -> tuple[bool, str]:
    """One run of schemathesis: whether it found nothing, and what it printed.

    Args:
        server: the service.
        seed: of what is drawn.
        folder: where it works.
        headers: of every request.
        part: what is asked.
        limits: how many examples of each operation, and how many seconds.
    """
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")]
    options = [
        "--seed",
        str(seed),
        "--max-examples",
        str(limits[0]),
        "--phases",
        part.phases,
        "--generation-database",
        ":memory:",
        "--continue-on-failure",
        "--no-color",
    ]
    named = [word for header in headers for word in ("--header", header)]
    asked = [word for path in part.paths for word in ("--include-path", path)]
    command = [*program, "run", f"{server.address}/openapi.json", *options, *asked, *named]
    search = os.pathsep.join((str(HERE), *filter(None, (os.environ.get("PYTHONPATH"),))))
    settings = {**os.environ, "SCHEMATHESIS_HOOKS": "contract_hooks", "PYTHONPATH": search}
    printed = folder / "schemathesis.txt"
    with (
        printed.open("w", encoding="utf-8") as stream,
        subprocess.Popen(command, cwd=folder, stdout=stream, stderr=stream, env=settings) as process,
    ):
        is_cut = False
        try:
            process.wait(limits[1])
        except subprocess.TimeoutExpired:
            is_cut = True
            process.send_signal(signal.SIGINT)  # it says what it found until then
    told = printed.read_text(encoding="utf-8")
    is_clean = process.returncode == 0 or (is_cut and not re.search(r"^=+ (FAILURES|ERRORS) =+$", told, re.MULTILINE))
    return is_clean, told


def main() -> int:
    """Run until the minutes are over, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=60, help="drawn for each operation in one run")
    parser.add_argument("--only", type=int, choices=range(1, len(ROUND) + 1), help="this part of a round alone")
    parser.add_argument("--folder", type=Path, help="where logs are left; else they go with the run")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    parts = ROUND if arguments.only is None else (ROUND[arguments.only - 1],)
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
        while (left := end - time.monotonic()) > 0:
            place = runs % len(parts)
            with_tokens = (place + runs // len(parts)) % 2 == 1  # in the next round the other way about
            headers = (f"Authorization: Bearer {token(exp=time.time() + 3600)}",) if with_tokens else ()
            share = left / (len(parts) - place)
            with started(folder, **settings, **(tokens if with_tokens else {})) as server:
                is_clean, told = run(
                    server, arguments.seed + runs, folder, headers, parts[place], (arguments.examples, share)
                )
            entries = server.entries()
            statuses = Counter(str(entry["status"]) for entry in entries if entry["event"] == "answered")
            answered.update(statuses)
            failed = [json.dumps(entry) for entry in entries if entry["level"] == "error"]
            runs += 1
            if not is_clean or failed:
                findings += 1
                print(told, *failed, sep="\n")
            shown = re.search(r"=+ (.*) =+\s*$", told.strip())
            asked = f"{parts[place].phases} of {', '.join(parts[place].paths) or 'all'}"
            print(
                f"run {runs}, seed {arguments.seed + runs - 1}, {asked}{', with tokens' * with_tokens}: "
                f"{statuses.total():,} answers; {shown[1] if shown else told[-300:]}",
                flush=True,
            )
    counts = ", ".join(f"{count:,} of {status}" for status, count in sorted(answered.items()))
    print(f"{runs} runs, {findings} with findings; answers: {counts}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
