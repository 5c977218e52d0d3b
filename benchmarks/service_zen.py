"""zen-engine behind Starlette and uvicorn: the same requests as those of aava-rules-http, in the same JSON.

python benchmarks/service_zen.py PORT WORKERS HOW      HOW: `plain` or `unknowns`

``plain`` answers with the value and the rule that gave it, for a client of whom every fact is known: what zen-engine can do by itself.
``unknowns`` also tells when what is missing leaves the answer open, and which facts do: since the engine is two-valued, it is asked for
every way of filling in what is missing by a value from each side of each limit, as a host would have to do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import uvicorn
from peers.zen import COLUMNS, Loaded
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SIDES: dict[str, tuple[object, ...]] = {
    "age": (24, 25),
    "subsidy_days_last_12_months": (179, 180),
    "social_assistance_months": (3, 4, 12),
    "subsidy_days": (499, 500),
    "subsidy_days_after_allowance": (179, 180),
}
"""A value from each side of each limit; of all other facts true and false."""
ASKED = ("unemployed", "subsidy_entitled", "receives_social_assistance", *(c for c in COLUMNS if c != "in_scope"))
LOADED = Loaded()


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """The value, and the rule that gave it."""
    result = LOADED.one(facts)
    return {"value": result["target_group"], "by": [result["rule"]]}


def unknowns(facts: dict[str, Any]) -> dict[str, Any]:
    """The same if it is so whatever is missing; else what is missing that makes a difference by itself or with others."""
    absent = [name for name in ASKED if facts.get(name) is None]
    if not absent:
        return plain(facts)
    answers: dict[tuple[object, ...], bool] = {}
    by: set[object] = set()
    for values in product(*(SIDES.get(name, (True, False)) for name in absent)):
        result = LOADED.one({**facts, **dict(zip(absent, values, strict=True))})
        answers[values] = bool(result["target_group"])
        by.add(result["rule"])
    if len(set(answers.values())) == 1:
        return {"value": next(iter(answers.values())), "by": sorted(map(str, by))}
    matters = [
        name
        for place, name in enumerate(absent)
        if any(
            answers[(*values[:place], other, *values[place + 1 :])] != answer
            for values, answer in answers.items()
            for other in SIDES.get(name, (True, False))
        )
    ]
    return {"value": None, "missing": matters}


def main(port: int, workers: int, how: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Serve, by so many processes on one listening socket, until the process is told to stop."""

    def answered(text: bytes) -> bytes:
        request = json.loads(text)
        record = request["record"]
        decision = {"record_id": record["id"], "on": request["on"], "outcomes": {"target_group": how(record["facts"])}}
        return json.dumps({"id": request.get("id"), "decision": decision}).encode()

    async def decide(request: Request) -> Response:
        text = await request.body()
        if request.headers["content-type"] == "application/jsonl":
            answers = b"".join(answered(line) + b"\n" for line in text.splitlines())
            return Response(answers, media_type="application/jsonl")
        return Response(answered(text), media_type="application/json")

    app = Starlette(routes=[Route("/v1/decide", decide, methods=["POST"])])
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    pids = []
    for _ in range(workers):
        pid = os.fork()
        if not pid:
            config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off")
            uvicorn.Server(config).run(sockets=[listener])
            os._exit(0)
        pids.append(pid)
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(pid, signal.SIGTERM) for pid in pids])
    for pid in pids:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), {"plain": plain, "unknowns": unknowns}[sys.argv[3]])
