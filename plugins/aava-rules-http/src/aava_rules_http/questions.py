"""The four questions, each an ASGI application of its own: little stands between a small request and its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from aava_rules.decision.asking import asked_by
from aava_rules.language.errors import Fault
from aava_rules.tools.protocol.answer import Answered, Rulebooks, answer_text, answered, failed
from aava_rules.tools.protocol.errors import RequestError
from aava_rules.tools.protocol.request import Verb
from aava_rules_http.books import Books
from aava_rules_http.metrics import Metrics
from aava_rules_http.settings import Settings
from aava_rules_http.wire import (
    JSON,
    RefusedError,
    body_of,
    error_response,
    media_type_of,
    not_ready,
    pieces_of,
    send_json,
    too_slow,
)
from aava_rules_http.work import Work

STATUS: Final = {"request": 400, "record": 422, "name": 404, "audit": 503, "internal": 500}
"""The status of HTTP for each kind of error."""
LINES: Final = ("application/jsonl", "application/x-ndjson", "application/json-lines")
"""The media types of many requests, one a line; the first is that of the answers."""
QUESTIONS: Final[Mapping[str, Verb]] = {
    "/v1/decide": "decide", "/v1/check": "check", "/v1/explain": "explain", "/v1/next": "next",
}  # fmt: skip
"""The paths of the questions."""


class _Lines(StreamingResponse):
    """Lines that are sent while the lines of the request still come.

    The answer of Starlette would watch for the caller's leaving by reading what comes: here the lines are read.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the lines, until there are no more or nobody takes them."""
        with suppress(OSError):
            await self.stream_response(send)


class Question:
    """What answers one path: a request, or many, one a line."""

    def __init__(self, path: str, settings: Settings, books: Books, metrics: Metrics, work: Work) -> None:
        """Args:
        path: of `QUESTIONS`.
        settings: how the service runs.
        books: the rulebooks.
        metrics: takes the counts.
        work: works out what may take long.
        """
        self._path, self._do = path, QUESTIONS[path]
        self._settings, self._books, self._metrics, self._work = settings, books, metrics, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what was sent by POST."""
        scope["state"]["route"] = self._path
        books, media_type = self._books.current, media_type_of(scope)
        response: Response
        if books is None:
            response = not_ready()
        elif media_type in LINES:
            response = _Lines(self._lines(scope, receive, books), media_type=LINES[0])
        elif media_type != JSON:
            response = error_response(415, f"Send {JSON} for one request, or {LINES[0]} for one a line.")
        else:
            try:
                answer = await self._answer(scope, await body_of(scope, receive, self._settings), books)
            except RefusedError as refused:
                response = error_response(refused.status, refused.text)
            except TimeoutError:
                response = too_slow()
            except ClientDisconnect:
                response = Response(status_code=499)
            else:
                await send_json(send, 200 if answer.error is None else _status(answer.error), answer.to_json())
                return
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, text: bytes, books: Rulebooks) -> Answered:
        """The answer to one request; a large one is worked out in a thread. Raises TimeoutError."""
        answer = partial(self._answer_here, scope["state"].get("subject"), text, books)
        is_small = len(text) <= self._settings.answer_at_once_bytes and not books.heard
        result = answer() if is_small else await self._work.in_thread(answer)
        self._metrics.answers["answered" if result.error is None else result.error["kind"]] += 1
        if result.rulebook is not None:
            scope["state"]["rulebook"] = result.rulebook.sha256
        return result

    def _answer_here(self, subject: str | None, text: bytes, books: Rulebooks) -> Answered:
        if not subject:
            return answered(text, books, self._do)
        with asked_by(subject):
            return answered(text, books, self._do)

    async def _lines(self, scope: Scope, receive: Receive, books: Rulebooks) -> AsyncIterator[bytes]:
        """An answer for each line, sent before the next line is looked for."""
        most = self._settings.body_bytes
        number, held, too_long = 0, bytearray(), False
        try:
            async for piece in pieces_of(receive, self._settings):
                held += piece
                while (end := held.find(b"\n")) >= 0:
                    line = bytes(held[:end]).removesuffix(b"\r")
                    del held[: end + 1]
                    number += 1
                    yield await self._line(scope, number, None if too_long or len(line) > most else line, books)
                    too_long = False
                if len(held) > most:
                    held.clear()
                    too_long = True
            if held or too_long:
                yield await self._line(scope, number + 1, None if too_long else bytes(held), books)
        except RefusedError as refused:
            error = {"kind": "request", "text": refused.text, "faults": []}
            yield _line_bytes(number + 1, Answered(None, "error", answer_text(error)))
        except ClientDisconnect:
            return

    async def _line(self, scope: Scope, number: int, line: bytes | None, books: Rulebooks) -> bytes:
        if line is not None:
            try:
                return _line_bytes(number, await self._answer(scope, line, books))
            except TimeoutError:
                slow = {"kind": "request", "text": "The answer took too long.", "faults": []}
                return _line_bytes(number, Answered(None, "error", answer_text(slow)))
        what = f"has more than {self._settings.body_bytes} bytes"
        error = RequestError(None, [Fault("request", "AR120", what, hint="What follows is read.")])
        self._metrics.answers["request"] += 1
        return _line_bytes(number, failed(error))


def _status(error: Mapping[str, Any]) -> int:
    """The status of HTTP for an error; a rulebook that is not loaded is nothing that the request itself shows."""
    places = {fault["place"] for fault in error["faults"]}
    return 404 if places == {"rulebook"} and error["kind"] == "request" else STATUS[error["kind"]]


def _line_bytes(number: int, answer: Answered) -> bytes:
    return answer.to_json(number).encode("utf-8", "backslashreplace") + b"\n"
