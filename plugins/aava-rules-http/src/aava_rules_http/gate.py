"""What stands before every request: its id, who asks, how many at once, the log, the metrics, and no error untold."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path
from traceback import extract_tb
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aava_rules_http.logs import LOGGER
from aava_rules_http.settings import Settings
from aava_rules_http.tokens import TokenError, Tokens

OPEN: Final = frozenset({"/", "/page.css", "/page.js", "/health", "/ready", "/openapi.json", "/cds-services"})
"""Paths that say nothing of anybody, and need no token; by GET alone."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LOCAL: Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\]|testserver)(:\d+)?", re.ASCII)
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The bounds of the histogram of times, in seconds."""


class Metrics:
    """What is counted, of one application; nothing in it is of a client."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self.requests = Counter("aava_rules_requests", "Requests that were answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "aava_rules_request_seconds", "Seconds until the answer was sent.", ("route",), buckets=SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.answers = Counter(
            "aava_rules_answers", "Answers to single requests and to lines.", ("result",), registry=self.registry
        )
        self.feedback = Counter(
            "aava_rules_cards", "Cards of which the user's answer was told.", ("outcome",), registry=self.registry
        )
        self.at_once = Gauge("aava_rules_requests_at_once", "Requests that are being answered.", registry=self.registry)
        self.ready = Gauge("aava_rules_ready", "1 if rulebooks are loaded.", registry=self.registry)


def error_response(
    status: int, text: str, headers: dict[str, str] | None = None, kind: str = "request"
) -> JSONResponse:
    """An error as every answer tells one.

    Args:
        status: the status of HTTP.
        text: what is wrong and what to do; no contents.
        headers: further headers.
        kind: the kind of error.
    """
    error = {"kind": kind, "text": text, "faults": []}
    return JSONResponse({"id": None, "error": error}, status, headers)


class Gate:
    """An ASGI application before another one."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        """Args:
            app: the application behind.
            settings: how the service runs.
            metrics: takes the counts.

        Raises:
            SettingsError: the keys of tokens cannot be read.
        """
        self._app, self._settings, self._metrics = app, settings, metrics
        self._tokens = None if settings.open else Tokens(settings)
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given_id = headers.get("x-request-id", "")
        request_id = given_id if _REQUEST_ID.fullmatch(given_id) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        sent = _Sent(send, request_id)
        self._now += 1
        self._metrics.at_once.set(self._now)
        try:
            refused = self._refused(scope, headers)
            if refused is not None:
                await refused(scope, receive, sent)
            else:
                await self._app(scope, receive, sent)
        except Exception as error:
            # neither message nor traceback is told, since both may quote a record
            frames = reversed(extract_tb(error.__traceback__)[-4:])
            places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
            LOGGER.error(
                "failed", extra={"fields": {"request_id": request_id, "error": type(error).__name__, "at": places}}
            )
            if not sent.status:
                failure = error_response(
                    500, f"The service failed; its log tells more under {request_id}.", kind="internal"
                )
                await failure(scope, receive, sent)
        finally:
            self._now -= 1
            self._metrics.at_once.set(self._now)
            self._note(scope, sent, request_id, time.perf_counter() - began)

    def _refused(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        """The answer to a request that is not let in, if it is not."""
        is_open = scope["path"] in OPEN and scope["method"] in ("GET", "HEAD")
        if scope["method"] == "OPTIONS" and self._settings.cors_origins:
            return None  # a browser asks without a token whether a page may ask with one
        if self._tokens is None:
            # a page that a browser has open elsewhere could reach a loopback under a name of its own
            if not _LOCAL.fullmatch(headers.get("host", "")):
                return error_response(421, "Without tokens only localhost is answered.")
        elif not is_open:
            try:
                scope["state"]["subject"] = self._tokens.subject(headers.get("authorization", ""))
            except TokenError as error:
                challenge = 'Bearer error="invalid_token"' if "authorization" in headers else "Bearer"
                return error_response(401, str(error), {"WWW-Authenticate": challenge})
        if self._now > self._settings.at_once and scope["path"] not in ("/health", "/ready"):
            return error_response(503, "Too many requests at once. Try again.", {"Retry-After": "1"})
        return None

    def _note(self, scope: Scope, sent: _Sent, request_id: str, seconds: float) -> None:
        route = scope.get("state", {}).get("route", "none")  # never the path itself, in which anything may stand
        status = str(sent.status or 499)  # 499: the caller has gone
        self._metrics.requests.labels(route, _method(scope), status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        fields = {
            "request_id": request_id, "method": _method(scope), "route": route, "status": int(status),
            "ms": round(seconds * 1000, 3), "bytes": sent.bytes, "rulebook": scope["state"].get("rulebook"),
        }  # fmt: skip
        LOGGER.info("answered", extra={"fields": fields})


def _method(scope: Scope) -> str:
    method = scope["method"]
    return method if method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH") else "other"


class _Sent:
    """What sends an answer, with the headers that every answer has, and knows what was sent."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.status, self.bytes = 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            headers["Cache-Control"] = "no-store"  # answers are about people
            headers["X-Content-Type-Options"] = "nosniff"
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)
