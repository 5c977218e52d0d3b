"""The application: paths, and what each answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aava_rules import AavaRulesError, AuditError, RecordError
from aava_rules.decision.asking import asked_by
from aava_rules.language.errors import Fault
from aava_rules.record.json_text import parse
from aava_rules.tools.protocol.answer import Answered, Rulebooks, answer_text, answered, failed
from aava_rules.tools.protocol.errors import RequestError
from aava_rules.tools.protocol.request import Verb
from aava_rules_http.books import Books, description, summary
from aava_rules_http.gate import Gate, Metrics, error_response
from aava_rules_http.logs import LOGGER
from aava_rules_http.openapi import document
from aava_rules_http.page import pages
from aava_rules_http.settings import Settings, SettingsError

STATUS: Final = {"request": 400, "record": 422, "name": 404, "audit": 503, "internal": 500}
"""The status of HTTP for each kind of error."""
JSON: Final = "application/json"
LINES: Final = ("application/jsonl", "application/x-ndjson", "application/json-lines")
"""The media types of many requests, one a line; the first is that of the answers."""


class _Refused(Exception):
    """A request that is not read to its end."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text


class _Lines(StreamingResponse):
    """Lines that are sent while the lines of the request still come.

    The answer of Starlette would watch for the caller's leaving by reading what comes: here the lines are read.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the lines, until there are no more or nobody takes them."""
        with suppress(OSError):
            await self.stream_response(send)


def create_app(settings: Settings, books: Books | None = None) -> Gate:
    """The application.

    Args:
        settings: how the service runs.
        books: rulebooks that are loaded already, or will be by whoever gives them; None to load those of the settings
            once the application starts.

    Raises:
        SettingsError: the keys of tokens cannot be read.
    """
    own = books is None
    all_books = Books(settings) if books is None else books
    metrics = Metrics()
    service = Service(settings, all_books, metrics)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(all_books)) if own else None
        try:
            yield
        finally:
            if loading is not None:
                await loading
            service.close()

    origins = settings.cors_origins
    headers = ["Authorization", "Content-Type", "X-Request-ID"]
    cors = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=headers)
    app = Starlette(
        routes=service.routes(), lifespan=lifespan, exception_handlers={HTTPException: _refuse, Exception: _fail},
        middleware=[cors] if origins else [],
    )  # fmt: skip
    return Gate(app, settings, metrics)


async def _load(books: Books) -> None:
    try:
        await asyncio.to_thread(books.load)
    except AavaRulesError as error:
        LOGGER.error("rulebooks not loaded", extra={"fields": {"reason": str(error)}})


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    text = {404: "There is no such path. /openapi.json lists them.", 405: "The path does not take this method."}
    return error_response(status, text.get(status, "The request was refused."), headers)


async def _fail(request: Request, error: Exception) -> Response:
    text = f"The service failed; its log tells more under {request.scope['state']['request_id']}."
    return error_response(500, text, kind="internal")


class Service:
    """What answers the paths, with a thread for each processor's share of the work."""

    def __init__(self, settings: Settings, books: Books, metrics: Metrics) -> None:
        """Args:
        settings: how the service runs.
        books: the rulebooks.
        metrics: takes the counts.
        """
        self._settings, self._books, self._metrics = settings, books, metrics
        self._cds = None
        if settings.cds_codes is not None:
            try:
                from aava_rules_http.cds import CdsService
            except ModuleNotFoundError as error:
                if error.name != "aava_rules_fhir":
                    raise
                raise SettingsError("cds_codes: needs aava-rules-fhir, which is not installed.") from None
            self._cds = CdsService(settings.cds_codes, settings.cds_language)
        self._document: tuple[Rulebooks | None, bytes | memoryview] | None = None
        # decisions are work for the processor: more threads than these would only take turns
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="decide")

    def close(self) -> None:
        """Wait for what is being answered, and let the threads go."""
        self._threads.shutdown()

    def routes(self) -> list[Route]:
        """The paths."""
        found: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("/", "GET", pages.page),
            ("/page.css", "GET", pages.style),
            ("/page.js", "GET", pages.script),
            ("/v1/decide", "POST", self._asked("decide")),
            ("/v1/check", "POST", self._asked("check")),
            ("/v1/explain", "POST", self._asked("explain")),
            ("/v1/next", "POST", self._asked("next")),
            ("/v1/rulebooks", "GET", self._rulebooks),
            ("/v1/rulebooks/{name}", "GET", self._rulebook),
            ("/openapi.json", "GET", self._openapi),
            ("/health", "GET", self._health),
            ("/ready", "GET", self._ready),
            ("/metrics", "GET", self._metrics_text),
        ]
        if self._cds is not None:
            found += [
                ("/cds-services", "GET", self._discovery),
                ("/cds-services/{id}", "POST", self._called),
                ("/cds-services/{id}/feedback", "POST", self._feedback),
            ]
        return [Route(path, _named(path, handler), methods=[method]) for path, method, handler in found]

    # -- questions

    def _asked(self, do: Verb) -> Callable[[Request], Awaitable[Response]]:
        async def ask(request: Request) -> Response:
            books = self._books.current
            if books is None:
                return _not_ready()
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type in LINES:
                return _Lines(self._lines(request, do, books), media_type=LINES[0])
            if media_type != JSON:
                return error_response(415, f"Send {JSON} for one request, or {LINES[0]} for one a line.")
            try:
                body = await self._body(request)
                answer = await self._answer(request, body, do, books)
            except _Refused as refused:
                return error_response(refused.status, refused.text)
            except TimeoutError:
                return error_response(503, "The answer took too long.", {"Retry-After": "1"})
            except ClientDisconnect:
                return Response(status_code=499)
            status = 200 if answer.error is None else _status(answer.error)
            return Response(answer.to_json().encode("utf-8", "backslashreplace"), status, media_type=JSON)

        return ask

    async def _answer(self, request: Request, text: bytes, do: Verb, books: Rulebooks) -> Answered:
        """The answer to one request; a large one is worked out in a thread. Raises TimeoutError."""
        subject = request.scope["state"].get("subject") or None

        def answer() -> Answered:
            with asked_by(subject):
                return answered(text, books, do)

        if len(text) <= self._settings.answer_at_once_bytes and not books.heard:
            result = answer()
        else:
            work = asyncio.get_running_loop().run_in_executor(self._threads, answer)
            result = await asyncio.wait_for(work, self._settings.answer_seconds)
        self._metrics.answers.labels("answered" if result.error is None else result.error["kind"]).inc()
        if result.rulebook is not None:
            request.scope["state"]["rulebook"] = result.rulebook.sha256
        return result

    async def _pieces(self, request: Request) -> AsyncIterator[bytes]:
        """The pieces of a body as they come. Raises _Refused if none comes for too long."""
        stream = request.stream().__aiter__()
        while True:
            try:
                async with asyncio.timeout(self._settings.read_seconds):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise _Refused(408, "Nothing of the request came for too long.") from None
            yield piece

    async def _body(self, request: Request) -> bytes:
        """The body of one request. Raises _Refused if it is too large or too slow."""
        most = self._settings.body_bytes
        refused = _Refused(413, f"The request has more than {most} bytes.")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            raise refused
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                async for piece in self._pieces(request):
                    body += piece
                    if len(body) > most:
                        raise refused
        except TimeoutError:
            raise _Refused(408, "The request took too long to come.") from None
        return bytes(body)

    async def _lines(self, request: Request, do: Verb, books: Rulebooks) -> AsyncIterator[bytes]:
        """An answer for each line, sent before the next line is looked for."""
        most = self._settings.body_bytes
        number, held, too_long = 0, bytearray(), False
        try:
            async for piece in self._pieces(request):
                held += piece
                while (end := held.find(b"\n")) >= 0:
                    line = bytes(held[:end]).removesuffix(b"\r")
                    del held[: end + 1]
                    number += 1
                    yield await self._line(request, number, None if too_long or len(line) > most else line, do, books)
                    too_long = False
                if len(held) > most:
                    held.clear()
                    too_long = True
            if held or too_long:
                yield await self._line(request, number + 1, None if too_long else bytes(held), do, books)
        except _Refused as refused:
            error = {"kind": "request", "text": refused.text, "faults": []}
            yield _line_bytes(number + 1, Answered(None, "error", answer_text(error)))
        except ClientDisconnect:
            return

    async def _line(self, request: Request, number: int, line: bytes | None, do: Verb, books: Rulebooks) -> bytes:
        if line is not None:
            try:
                return _line_bytes(number, await self._answer(request, line, do, books))
            except TimeoutError:
                slow = {"kind": "request", "text": "The answer took too long.", "faults": []}
                return _line_bytes(number, Answered(None, "error", answer_text(slow)))
        what = f"has more than {self._settings.body_bytes} bytes"
        error = RequestError(None, [Fault("request", "AR120", what, hint="What follows is read.")])
        self._metrics.answers.labels("request").inc()
        return _line_bytes(number, failed(error))

    # -- CDS Hooks

    async def _discovery(self, request: Request) -> Response:
        assert self._cds is not None
        return JSONResponse(self._cds.discovery())

    async def _called(self, request: Request) -> Response:
        assert self._cds is not None
        cds, books = self._cds, self._books.current
        if books is None:
            return _not_ready()
        subject = request.scope["state"].get("subject") or None

        def cards(values: dict[str, Any]) -> dict[str, Any]:
            with asked_by(subject, f"CDS Hooks {request.path_params['id']}"):
                return cds.cards(values, books.default)

        request.scope["state"]["rulebook"] = books.default.sha256
        return await self._cds_answer(request, cards)

    async def _feedback(self, request: Request) -> Response:
        assert self._cds is not None
        cds = self._cds

        def note(values: dict[str, Any]) -> dict[str, Any]:
            for outcome, count in cds.feedback(values).items():
                self._metrics.feedback.labels(outcome).inc(count)
            return {}

        return await self._cds_answer(request, note)

    async def _cds_answer(self, request: Request, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        from aava_rules_http.cds import SERVICE, CdsError

        if request.path_params["id"] != SERVICE:
            return error_response(404, "There is no service of that id. /cds-services lists them.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            return error_response(415, f"Send {JSON}.")
        try:
            body = await self._body(request)
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self._threads, lambda: ask(parse(body)))
            values = await asyncio.wait_for(work, self._settings.answer_seconds)
        except _Refused as refused:
            return error_response(refused.status, refused.text)
        except CdsError as error:
            return error_response(error.status, str(error))
        except AuditError as error:
            return error_response(503, str(error), kind="audit")
        except RecordError:
            return error_response(400, "The request is no JSON object, or gives a key twice.")
        except TimeoutError:
            return error_response(503, "The answer took too long.", {"Retry-After": "1"})
        except ClientDisconnect:
            return Response(status_code=499)
        return Response(answer_text(values).encode("utf-8", "backslashreplace"), media_type=JSON)

    # -- what is here

    async def _rulebooks(self, request: Request) -> Response:
        books = self._books.current
        if books is None:
            return _not_ready()
        return JSONResponse({"rulebooks": [summary(book) for book in books.by_name.values()]})

    async def _rulebook(self, request: Request) -> Response:
        books = self._books.current
        if books is None:
            return _not_ready()
        book = books.find(request.path_params["name"])
        if isinstance(book, Fault):
            return error_response(404, f"There is no rulebook of that name. There are {', '.join(books.by_name)}.")
        return JSONResponse(description(book))

    async def _openapi(self, request: Request) -> Response:
        books = self._books.current
        if self._document is None or self._document[0] is not books:
            self._document = books, JSONResponse(document(self._settings, books, self._cds)).body
        return Response(self._document[1], media_type=JSON)

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def _ready(self, request: Request) -> Response:
        if self._books.current is None:
            return _not_ready()
        return JSONResponse({"status": "ready"})

    async def _metrics_text(self, request: Request) -> Response:
        self._metrics.ready.set(self._books.current is not None)
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _named(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A handler that says which path it is of, for log and metrics: the path as it is declared, not as it was asked."""

    async def named(request: Request) -> Response:
        request.scope["state"]["route"] = path
        return await handler(request)

    return named


def _status(error: Mapping[str, Any]) -> int:
    """The status of HTTP for an error; a rulebook that is not loaded is nothing that the request itself shows."""
    places = {fault["place"] for fault in error["faults"]}
    return 404 if places == {"rulebook"} and error["kind"] == "request" else STATUS[error["kind"]]


def _not_ready() -> Response:
    return error_response(503, "The rulebooks are not loaded yet.", {"Retry-After": "1"})


def _line_bytes(number: int, answer: Answered) -> bytes:
    return answer.to_json(number).encode("utf-8", "backslashreplace") + b"\n"
