"""The application: paths, and what each answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aava_rules import AavaRulesError, AuditError, RecordError
from aava_rules.decision.asking import asked_by
from aava_rules.language.errors import Fault
from aava_rules.record.json_text import parse
from aava_rules.tools.protocol.answer import Rulebooks, answer_text
from aava_rules_http.books import Books, description, summary
from aava_rules_http.gate import Gate
from aava_rules_http.logs import LOGGER
from aava_rules_http.metrics import Metrics
from aava_rules_http.openapi import document
from aava_rules_http.page import pages
from aava_rules_http.questions import QUESTIONS, Question
from aava_rules_http.settings import Settings, SettingsError
from aava_rules_http.wire import JSON, RefusedError, body_of, error_response, media_type_of, not_ready, too_slow
from aava_rules_http.work import Work


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
    metrics, work = Metrics(), Work(settings.answer_seconds)
    questions = {path: Question(path, settings, all_books, metrics, work) for path in QUESTIONS}
    service = Service(settings, all_books, metrics, work)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(all_books)) if own else None
        try:
            yield
        finally:
            if loading is not None:
                await loading
            work.close()

    routes = service.routes() + [Route(path, question, methods=["POST"]) for path, question in questions.items()]
    errors = {HTTPException: _refuse, Exception: _fail}
    app: ASGIApp = _Paths(Starlette(routes=routes, lifespan=lifespan, exception_handlers=errors), questions)
    if settings.cors_origins:
        named = ["Authorization", "Content-Type", "X-Request-ID"]
        app = CORSMiddleware(app, settings.cors_origins, allow_methods=["GET", "POST"], allow_headers=named)
    return Gate(app, settings, metrics)


class _Paths:
    """The paths; what is asked is not looked for among all of them, which takes as long as a third of an answer."""

    def __init__(self, app: ASGIApp, questions: dict[str, Question]) -> None:
        self._app, self._questions = app, questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = self._questions.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (question or self._app)(scope, receive, send)


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
    """What answers the paths but the questions."""

    def __init__(self, settings: Settings, books: Books, metrics: Metrics, work: Work) -> None:
        """Args:
        settings: how the service runs.
        books: the rulebooks.
        metrics: takes the counts.
        work: works out what may take long.
        """
        self._settings, self._books, self._metrics, self._work = settings, books, metrics, work
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

    def routes(self) -> list[Route]:
        """The paths."""
        found: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("/", "GET", pages.page),
            ("/page.css", "GET", pages.style),
            ("/page.js", "GET", pages.script),
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

    # -- CDS Hooks

    async def _discovery(self, request: Request) -> Response:
        assert self._cds is not None
        return JSONResponse(self._cds.discovery())

    async def _called(self, request: Request) -> Response:
        assert self._cds is not None
        cds, books = self._cds, self._books.current
        if books is None:
            return not_ready()
        subject = request.scope["state"].get("subject") or None

        def cards(values: dict[str, Any]) -> dict[str, Any]:
            with asked_by(subject, f"CDS Hooks {request.path_params['id']}"):
                return cds.cards(values, books.default)

        request.scope["state"]["rulebook"] = books.default.sha256
        return await self._cds_answer(request, cards)

    async def _feedback(self, request: Request) -> Response:
        assert self._cds is not None
        cds, loop = self._cds, asyncio.get_running_loop()

        def note(values: dict[str, Any]) -> dict[str, Any]:
            loop.call_soon_threadsafe(self._metrics.feedback.update, cds.feedback(values))
            return {}

        return await self._cds_answer(request, note)

    async def _cds_answer(self, request: Request, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        from aava_rules_http.cds import SERVICE, CdsError

        if request.path_params["id"] != SERVICE:
            return error_response(404, "There is no service of that id. /cds-services lists them.")
        if media_type_of(request.scope) != JSON:
            return error_response(415, f"Send {JSON}.")
        try:
            body = await body_of(request.scope, request.receive, self._settings)
            values = await self._work.in_thread(lambda: ask(parse(body)))
        except RefusedError as refused:
            return error_response(refused.status, refused.text)
        except CdsError as error:
            return error_response(error.status, str(error))
        except AuditError as error:
            return error_response(503, str(error), kind="audit")
        except RecordError:
            return error_response(400, "The request is no JSON object, or gives a key twice.")
        except TimeoutError:
            return too_slow()
        except ClientDisconnect:
            return Response(status_code=499)
        return Response(answer_text(values).encode("utf-8", "backslashreplace"), media_type=JSON)

    # -- what is here

    async def _rulebooks(self, request: Request) -> Response:
        books = self._books.current
        if books is None:
            return not_ready()
        return JSONResponse({"rulebooks": [summary(book) for book in books.by_name.values()]})

    async def _rulebook(self, request: Request) -> Response:
        books = self._books.current
        if books is None:
            return not_ready()
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
            return not_ready()
        return JSONResponse({"status": "ready"})

    async def _metrics_text(self, request: Request) -> Response:
        self._metrics.is_ready = self._books.current is not None
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _named(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A handler that says which path it is of, for log and metrics: the path as it is declared, not as it was asked."""

    async def named(request: Request) -> Response:
        request.scope["state"]["route"] = path
        return await handler(request)

    return named
