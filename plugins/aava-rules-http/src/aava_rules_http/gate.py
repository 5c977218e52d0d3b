"""What stands before every request: its id, who asks, how many at once, the log, the metrics, and no error untold."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from traceback import extract_tb
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aava_rules_http.logs import LOGGER, answered
from aava_rules_http.metrics import Metrics
from aava_rules_http.settings import Settings
from aava_rules_http.tokens import TokenError, Tokens
from aava_rules_http.wire import error_response, head_of

OPEN: Final = frozenset({"/", "/page.css", "/page.js", "/health", "/ready", "/openapi.json", "/cds-services"})
"""Paths that say nothing of anybody, and need no token; by GET alone."""
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LOCAL: Final = re.compile(rb"(localhost|127\.\d+\.\d+\.\d+|\[::1\]|testserver)(:\d+)?", re.ASCII)
_EVERY: Final = [
    (b"cache-control", b"no-store"),  # answers are about people
    (b"x-content-type-options", b"nosniff"),
]
"""The headers that every answer has."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"})


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = head_of(scope)
        given_id = headers.get(b"x-request-id", b"")
        request_id = given_id.decode() if _REQUEST_ID.fullmatch(given_id) else os.urandom(16).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        sent = _Sent(send, request_id)
        self._metrics.at_once += 1
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
            self._metrics.at_once -= 1
            self._note(scope, sent, request_id, time.perf_counter() - began)

    def _refused(self, scope: Scope, headers: dict[bytes, bytes]) -> JSONResponse | None:
        """The answer to a request that is not let in, if it is not."""
        is_open = scope["path"] in OPEN and scope["method"] in ("GET", "HEAD")
        if scope["method"] == "OPTIONS" and self._settings.cors_origins:
            return None  # a browser asks without a token whether a page may ask with one
        if self._tokens is None:
            # a page that a browser has open elsewhere could reach a loopback under a name of its own
            if not _LOCAL.fullmatch(headers.get(b"host", b"")):
                return error_response(421, "Without tokens only localhost is answered.")
        elif not is_open:
            try:
                scope["state"]["subject"] = self._tokens.subject(headers.get(b"authorization", b"").decode("latin-1"))
            except TokenError as error:
                challenge = 'Bearer error="invalid_token"' if b"authorization" in headers else "Bearer"
                return error_response(401, str(error), {"WWW-Authenticate": challenge})
        if self._metrics.at_once > self._settings.at_once and scope["path"] not in ("/health", "/ready"):
            return error_response(503, "Too many requests at once. Try again.", {"Retry-After": "1"})
        return None

    def _note(self, scope: Scope, sent: _Sent, request_id: str, seconds: float) -> None:
        state = scope["state"]
        route = state.get("route", "none")  # never the path itself, in which anything may stand
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status = sent.status or 499  # 499: the caller has gone
        self._metrics.request(route, method, status, seconds)
        fields = {
            "request_id": request_id, "method": method, "route": route, "status": status,
            "ms": round(seconds * 1000, 3), "bytes": sent.bytes, "rulebook": state.get("rulebook"),
        }  # fmt: skip
        answered(fields)


class _Sent:
    """What sends an answer, with the headers that every answer has, and knows what was sent."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.status, self.bytes = 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request_id.encode()), *_EVERY]
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)
