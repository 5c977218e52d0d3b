"""The service as a process: rulebooks loaded once, then a worker for each core; reload and stop by signals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from aava_rules import AavaRulesError
from aava_rules_http.app import create_app
from aava_rules_http.books import Books
from aava_rules_http.logs import LOGGER, to_stream
from aava_rules_http.settings import PREFIX, Settings


def run(settings: Settings) -> int:
    """Run the service until it is stopped by SIGTERM or SIGINT; SIGHUP loads the rulebooks anew.

    The rulebooks are loaded before the workers are forked, so that they are in memory once.

    Args:
        settings: how it runs.

    Returns:
        The exit code: 0 if it was stopped, 1 if a worker failed.

    Raises:
        AavaRulesError: a rulebook cannot be loaded, or the address is taken.
    """
    to_stream()
    tell_default(settings)
    books = Books(settings)
    books.load()
    create_app(settings, books)  # what is wrong with the settings is told here, and not by each worker
    listener = _listen(settings)
    port = listener.getsockname()[1]
    LOGGER.info("listening", extra={"fields": {"host": settings.host, "port": port, "workers": settings.workers}})
    if settings.workers == 1 or not hasattr(os, "fork"):
        _serve(settings, books, listener)
        return 0
    return _Workers(settings, books, listener).run()


def tell_default(settings: Settings) -> None:
    """Log which rulebook answers where the ``settings`` name none, and how others are named."""
    if not settings.names_rulebooks:
        fields = {"rulebooks": list(settings.rulebooks), "named_by": f"rulebooks, {PREFIX}RULEBOOKS"}
        LOGGER.info("no rulebook is named", extra={"fields": fields})


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once, without waiting for what was sent before, on sockets alone that say they are of TCP
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise AavaRulesError(f"The service cannot listen there ({error.strerror}).") from None
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


def _serve(settings: Settings, books: Books, listener: socket.socket) -> None:
    """Answer in this process, until it is stopped."""
    config = uvicorn.Config(
        create_app(settings, books), http=_patient(settings.read_seconds), log_config=None, access_log=False,
        server_header=False, lifespan="on",
        timeout_graceful_shutdown=settings.stop_seconds, timeout_keep_alive=15, ws="none", proxy_headers=False,
        ssl_certfile=settings.tls_certificate, ssl_keyfile=settings.tls_key,
    )  # fmt: skip

    async def serve() -> None:
        if hasattr(signal, "SIGHUP"):
            reloads: set[asyncio.Task[None]] = set()

            def reload() -> None:
                task = asyncio.create_task(_reload(books))
                reloads.add(task)
                task.add_done_callback(reloads.discard)

            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        await uvicorn.Server(config).serve(sockets=[listener])

    # uvicorn raises the signal again once it has stopped; it was obeyed already
    with suppress(KeyboardInterrupt):
        previous = signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            asyncio.run(serve())
        finally:
            signal.signal(signal.SIGTERM, previous)


def _patient(seconds: float) -> type[asyncio.Protocol]:
    """What uvicorn speaks HTTP by, with an end to its patience, which it has none for in two places.

    Args:
        seconds: how long the head of a request may take from the beginning of a connection, or from its first byte on
            one that was asked before; and how long a caller may take nothing of an answer. Then the connection ends.
    """

    class Patient(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
        _of_head: asyncio.TimerHandle | None = None
        _of_answer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._of_answer = self._of_answer or self.loop.call_later(seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._of_answer is not None:
                self._of_answer.cancel()
                self._of_answer = None

        def connection_lost(self, error: Exception | None) -> None:
            for timer in (self._of_head, self._of_answer):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(error)

        def _watch(self) -> None:
            if self._is_waiting():
                self._of_head = self._of_head or self.loop.call_later(seconds, self._end)
            elif self._of_head is not None:
                self._of_head.cancel()
                self._of_head = None

        def _is_waiting(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _end(self) -> None:
            if self._is_waiting():
                self.transport.close()

    return Patient


async def _reload(books: Books) -> None:
    """Load the rulebooks anew, while those that there are go on answering."""
    try:
        await asyncio.to_thread(books.load)
    except Exception as error:
        reason = str(error) if isinstance(error, AavaRulesError) else type(error).__name__
        LOGGER.error("rulebooks not loaded anew; the earlier ones answer", extra={"fields": {"reason": reason}})


class _Workers:
    """Workers that share what was loaded before they were forked, and the process that minds them."""

    def __init__(self, settings: Settings, books: Books, listener: socket.socket) -> None:
        self._settings, self._books, self._listener = settings, books, listener
        self._pids: set[int] = set()
        self._stopping = False

    def run(self) -> int:
        """Keep the workers at work until the service is stopped. Returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._pass_on)
        for _ in range(self._settings.workers):
            self._start()
        code = 0
        while self._pids:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            self._pids.discard(pid)
            if not self._stopping:
                LOGGER.error("worker ended", extra={"fields": {"status": os.waitstatus_to_exitcode(status)}})
                self._start()
            elif os.waitstatus_to_exitcode(status) != 0:
                code = 1
        return code

    def _start(self) -> None:
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            self._pids.add(pid)
            return
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            _serve(self._settings, self._books, self._listener)
            code = 0
        finally:
            os._exit(code)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        for pid in self._pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)
