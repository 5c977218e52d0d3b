"""What HTTP brings and takes, as ASGI has it: the head of a request, its body within limits, answers in JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from aava_rules_http.settings import Settings

JSON: Final = "application/json"
_JSON_HEADER: Final = (b"content-type", JSON.encode())


class RefusedError(Exception):
    """A request that is not read to its end: the status of HTTP, and what to do."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text


def head_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request by their names in small letters; the first where one comes twice."""
    return dict(reversed(scope["headers"]))


def media_type_of(scope: Scope) -> str:
    """The media type of what a request sends, without its parameters."""
    return head_of(scope).get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")


async def body_of(scope: Scope, receive: Receive, settings: Settings) -> bytes:
    """The body of one request.

    Args:
        scope: the request.
        receive: brings its body.
        settings: the limits.

    Raises:
        RefusedError: it is too large or too slow.
        ClientDisconnect: the caller has gone.
    """
    most = settings.body_bytes
    length = head_of(scope).get(b"content-length", b"")
    too_large = RefusedError(413, f"The request has more than {most} bytes.")
    if length.isdigit() and int(length) > most:
        raise too_large
    body = bytearray()
    clock = asyncio.get_running_loop().time
    end = clock() + settings.body_seconds
    try:
        async with asyncio.timeout_at(min(clock() + settings.read_seconds, end)) as patience:
            more = True
            while more:
                piece, more = await _piece(receive)
                body += piece
                if len(body) > most:
                    raise too_large
                if more:
                    patience.reschedule(min(clock() + settings.read_seconds, end))
        return bytes(body)
    except TimeoutError:
        pass
    text = "The request took too long to come." if clock() >= end else "Nothing of the request came for too long."
    raise RefusedError(408, text)


async def pieces_of(receive: Receive, settings: Settings) -> AsyncIterator[bytes]:
    """The pieces of a body as they come, for as long as they come.

    Args:
        receive: brings them.
        settings: the limits.

    Raises:
        RefusedError: none came for too long.
        ClientDisconnect: the caller has gone.
    """
    more = True
    while more:
        try:
            async with asyncio.timeout(settings.read_seconds):
                piece, more = await _piece(receive)
        except TimeoutError:
            raise RefusedError(408, "Nothing of the request came for too long.") from None
        yield piece


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    """What comes next of a body, and whether there is more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


async def send_json(send: Send, status: int, text: str) -> None:
    """Send an answer.

    Args:
        send: takes it.
        status: the status of HTTP.
        text: the answer in JSON.
    """
    body = text.encode("utf-8", "backslashreplace")
    headers = [(b"content-length", b"%d" % len(body)), _JSON_HEADER]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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


def not_ready() -> JSONResponse:
    """The error of a request that comes before there are rulebooks."""
    return error_response(503, "The rulebooks are not loaded yet.", {"Retry-After": "1"})


def too_slow() -> JSONResponse:
    """The error of a request whose answer took too long."""
    return error_response(503, "The answer took too long.", {"Retry-After": "1"})
