"""The service under load, beside the same job by zen-engine behind the same server: decisions a second, latency, memory.

    python benchmarks/service.py              minutes; needs aava-rules-http, zen-engine, and wrk (Debian: apt-get install wrk)
    python benchmarks/service.py --seconds 1 --rounds 1 --requests 2000      a trial: whether all works

All contestants run with as many processes as there are cores, are loaded from this machine by `wrk`, and take turns round after round; the
figures are medians of the rounds. The job is the target group of 189/2001 section 3 on 5 May 2014, of seeded clients close to every limit.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from math import nan
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
CORES = os.cpu_count() or 1
CONNECTIONS = (1, 8, 64)
WARM = 2
"""How often each process is asked of each client, about, before anything is measured."""
BOOLEANS = {
    "unemployed": 0.95, "subsidy_entitled": 0.8, "receives_social_assistance": 0.4, "employment_plan_made": 0.85,
    "jobseeker_interview_held": 0.85, "allowance_exhausted": 0.35, "integration_plan_entitled": 0.1,
}  # fmt: skip
NUMBERS = {
    "age": ((24, 25), 18, 64),
    "subsidy_days_last_12_months": ((179, 180, 181), 0, 260),
    "social_assistance_months": ((3, 4, 5, 11, 12, 13), 0, 36),
    "subsidy_days": ((499, 500, 501), 0, 2000),
    "subsidy_days_after_allowance": ((179, 180, 181), 0, 1000),
}
"""As `facts.py` draws clients, without the packages that it needs: half of the values lie at a limit."""
GAPS = (0.05, 0.2, 0.5)
SCRIPT = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local requests, number = {}, 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
init = function(arguments)
  for place, body in ipairs(bodies) do
    requests[place] = wrk.format(nil, "/v1/decide", nil, body)
  end
end
request = function()
  number = number %% #requests + 1
  return requests[number]
end
"""
"""What wrk sends: the lines of a file in turn."""


@dataclass
class Contestant:
    """A service: what starts it, what it is asked, and what was measured of it."""

    name: str
    gaps: bool
    asked: dict[str, Any]
    zen: str = ""
    figures: dict[str, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    memory: str = ""


CONTESTANTS = (
    Contestant("aava-rules, one language", False, {"language": "fi"}),
    Contestant("aava-rules, short form", False, {"detail": "short"}),
    Contestant("zen-engine", False, {}, "plain"),
    Contestant("aava-rules, one language", True, {"language": "fi"}),
    Contestant("aava-rules, short form", True, {"detail": "short"}),
    Contestant("zen-engine, asked for every way", True, {}, "unknowns"),
)


def people(gaps: bool, count: int) -> list[dict[str, Any]]:
    """So many clients by their facts, the same each time; with ``gaps``, a share of the facts of each is not there."""
    drawn = random.Random(1)
    drawn_people = []
    for _ in range(count):
        missing = drawn.choice(GAPS) if gaps else 0.0
        facts: dict[str, Any] = {name: drawn.random() < share for name, share in BOOLEANS.items()}
        for name, (edges, low, high) in NUMBERS.items():
            facts[name] = drawn.choice(edges) if drawn.random() < 0.5 else drawn.randint(low, high)
        drawn_people.append({name: value for name, value in facts.items() if drawn.random() >= missing})
    return drawn_people


def requests(contestant: Contestant, count: int) -> list[str]:
    """What is asked: a request for each client."""
    common = {"on": "2014-05-05", "only": ["target_group"], **contestant.asked}
    return [
        json.dumps({"record": {"id": f"c{number}", "facts": facts}, **common})
        for number, facts in enumerate(people(contestant.gaps, count))
    ]


def written(contestant: Contestant, folder: Path, count: int) -> Path:
    """The script for wrk, and beside it what it sends."""
    bodies = folder / "bodies.txt"
    bodies.write_text("\n".join(requests(contestant, count)) + "\n", encoding="utf-8")
    script = folder / "wrk.lua"
    script.write_text(SCRIPT % bodies, encoding="utf-8")
    return script


@contextmanager
def running(contestant: Contestant) -> Iterator[tuple[str, int]]:
    """The service of a contestant: its address and the id of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = dict(os.environ)
    if contestant.zen:
        command = [sys.executable, str(HERE / "service_zen.py"), str(port), str(CORES), contestant.zen]
    else:
        command = [sys.executable, "-m", "aava_rules", "http"]
        environment |= {
            "AAVA_RULES_HTTP_RULEBOOKS": "finland", "AAVA_RULES_HTTP_PORT": str(port), "AAVA_RULES_HTTP_WORKERS": str(CORES),
        }  # fmt: skip
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            answered(
                address, json.dumps({"record": {"id": "a", "facts": people(False, 1)[0]}, "on": "2014-05-05"}), process
            )
            yield address, process.pid
        finally:
            process.terminate()


def answered(address: str, body: str, process: subprocess.Popen[bytes]) -> Any:
    """The answer to one request, once the service listens."""
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            asked = urllib.request.Request(f"{address}/v1/decide", body.encode(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("A service did not start.")


def load(address: str, script: Path, connections: int, seconds: float) -> tuple[float, float, float, int]:
    """Requests a second, the median and the 99th percentile of the latency in ms, and how many requests were answered."""
    command = [
        "wrk",
        "--latency",
        "--timeout",
        "60s",
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{max(1, round(seconds))}s",
        "-s",
        str(script),
        address,
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told or " 0 requests in" in told:
        raise SystemExit(f"Not every request was answered:\n{told}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    count = re.search(r"(\d+) requests in", told)
    assert rate is not None
    assert count is not None
    return float(rate[1]), milliseconds(told, "50%"), milliseconds(told, "99%"), int(count[1])


def milliseconds(told: str, share: str) -> float:
    """What wrk says of a percentile."""
    match = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", told)
    assert match is not None
    return float(match[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[match[2]]


def megabytes(pid: int) -> float:
    """The memory of a process and of its children, what they share counted once."""
    total = 0
    for process in family(pid):
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
        pss = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        assert pss is not None
        total += int(pss[1])
    return total / 1024


def measure(contestant: Contestant, seconds: float, clients: int) -> None:
    """One round of one contestant: warmed up, then each number of connections, then lines."""
    with tempfile.TemporaryDirectory() as made, running(contestant) as (address, pid):
        script = written(contestant, Path(made), clients)
        asked = 0  # what is written once for all who come to the same leaves is written before anything is measured
        while asked < WARM * CORES * clients:
            asked += load(address, script, 8, min(seconds, 3))[3]
        for connections in CONNECTIONS:
            before = processor(pid)
            rate, middle, slow, count = load(address, script, connections, seconds)
            spent = (processor(pid) - before) / count * 1e6
            contestant.figures.setdefault(str(connections), []).append((rate, middle, slow, spent))
        body = "".join(f"{line}\n" for line in requests(contestant, clients)).encode()
        before, begun = processor(pid), time.perf_counter()
        with ThreadPoolExecutor(CORES) as threads:
            list(threads.map(lambda _: streamed(address, body, clients), range(CORES)))
        count, elapsed = CORES * clients, time.perf_counter() - begun
        spent = (processor(pid) - before) / count * 1e6
        contestant.figures.setdefault("lines", []).append((count / elapsed, nan, nan, spent))


def streamed(address: str, body: bytes, count: int) -> None:
    """Ask many requests in one body, one a line, and read every answer."""
    asked = urllib.request.Request(f"{address}/v1/decide", body, {"Content-Type": "application/jsonl"})
    with urllib.request.urlopen(asked) as answer:
        lines = sum(b'"decision"' in line for line in answer)
    if lines != count:
        raise SystemExit(f"Of {count} lines {lines} were answered.")


def processor(pid: int) -> float:
    """The seconds of processor that a process and its children have used."""
    ticks = 0
    for process in family(pid):
        values = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[str]:
    """The ids of a process and of its children."""
    return [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]


def remember(contestant: Contestant, requests: int) -> None:
    """Send so many requests, and note the memory when a fifth is done and at the end."""
    with tempfile.TemporaryDirectory() as made, running(contestant) as (address, pid):
        script = written(contestant, Path(made), 2000)
        done, early = 0, 0.0
        while done < requests:
            done += load(address, script, 8, 5)[3]
            if not early and done >= requests / 5:
                early, at = megabytes(pid), done
        late = megabytes(pid)
        contestant.memory = f"{early:.1f} MB after {at:,} requests, {late:.1f} MB after {done:,}"


def table(gaps: bool, clients: int) -> str:
    """The figures of those who were asked of the same clients; ratios to the last of them."""
    rows = [contestant for contestant in CONTESTANTS if contestant.gaps is gaps]
    title = "facts missing" if gaps else "every fact known"
    lines = [f"{title:<33}{'requests/s':>11}{'ratio':>7}{'median':>11}{'99 %':>11}{'processor':>11}{'ratio':>7}"]
    for key in (*map(str, CONNECTIONS), "lines"):
        one_or_more = f"{key} connection{'s' if key != '1' else ''}"
        lines.append(f"{clients:,} requests a body, {CORES} bodies" if key == "lines" else one_or_more)
        middles = [[median(column) for column in zip(*row.figures[key], strict=True)] for row in rows]
        base = middles[-1]
        for row, (rate, middle, slow, spent) in zip(rows, middles, strict=True):
            latency = " " * 22 if key == "lines" else f"{middle:>8.2f} ms{slow:>8.2f} ms"
            times = f"{latency}{spent:>8,.0f} µs{base[3] / spent:>6.2f}×"
            lines.append(f"  {row.name:<31}{rate:>11,.0f}{rate / base[0]:>6.2f}×{times}")
    return "\n".join(lines)


def main() -> None:
    """Measure all, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="in which all take turns (default 3)")
    parser.add_argument("--requests", type=int, default=100_000, help="for memory (default 100,000)")
    parser.add_argument("--clients", type=int, default=2000, help="who are asked of in turn (default 2000)")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not there: apt-get install wrk")
    for _ in range(arguments.rounds):
        for contestant in CONTESTANTS:
            measure(contestant, arguments.seconds, arguments.clients)
    faster = " and ".join(name for name in ("uvloop", "httptools") if find_spec(name) is not None)
    print(
        f"uvicorn {version('uvicorn')} with {faster or 'h11 and asyncio'}, {CORES} processes each, {arguments.rounds} rounds of "
        f"{arguments.seconds:g} s; processor: of the service, a request\n"
    )
    print(table(False, arguments.clients), table(True, arguments.clients), sep="\n\n", end="\n\n", flush=True)
    for contestant in (CONTESTANTS[0], CONTESTANTS[2]) if arguments.requests else ():
        remember(contestant, arguments.requests)
        print(f"{contestant.name}: {contestant.memory}", flush=True)


if __name__ == "__main__":
    main()
