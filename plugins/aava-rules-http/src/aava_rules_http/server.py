"""The service as a process: rulebooks loaded once, then a worker for each core; reload and stop by signals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from aava_rules import AavaRulesError
from aava_rules_http.app import create_app
from aava_rules_http.books import Books
from aava_rules_http.logs import LOGGER, to_stream
from aava_rules_http.settings import PREFIX, Settings

_OBEYED = {getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)}
_SHORT_LIFE = 1.0


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
    with _waiting_signals(), _listen(settings) as listener:
        port = listener.getsockname()[1]
        LOGGER.info("listening", extra={"fields": {"host": settings.host, "port": port, "workers": settings.workers}})
        if settings.workers == 1 or not hasattr(os, "fork"):
            _serve(settings, books, listener)
            return 0
        return _Workers(settings, books, listener).run()


@contextmanager
def _waiting_signals() -> Iterator[None]:
    """Signals wait until there is somebody to obey them: none ends the process as it is, once connections can come."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OBEYED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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

    server = uvicorn.Server(config)

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    async def serve() -> None:
        if hasattr(signal, "SIGHUP"):
            reloads: set[asyncio.Task[None]] = set()

            def reload() -> None:
                task = asyncio.create_task(asyncio.to_thread(_reload, books))
                reloads.add(task)
                task.add_done_callback(reloads.discard)

            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _OBEYED)
        await server.serve(sockets=[listener])

    # until uvicorn listens to signals itself, one that comes is kept for it; and those that it obeyed it raises again
    previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(serve())
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


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


def _reload(books: Books) -> None:
    """Load the rulebooks anew, while those that there are go on answering."""
    try:
        books.load()
    except Exception as error:
        reason = str(error) if isinstance(error, AavaRulesError) else type(error).__name__
        LOGGER.error("rulebooks not loaded anew; the earlier ones answer", extra={"fields": {"reason": reason}})


class _Workers:
    """Workers that share what was loaded before they were forked, and the process that minds them.

    Signals come to that process as bytes, one after the other, and a worker is born with them blocked until it can obey
    them: none is lost between two workers, in the middle of a fork or while a worker begins.
    """

    def __init__(self, settings: Settings, books: Books, listener: socket.socket) -> None:
        self._settings, self._books, self._listener = settings, books, listener
        self._born: dict[int, float] = {}  # by the number of the process, the second in which it began
        self._stopping = False
        self._code = 0

    def run(self) -> int:
        """Keep the workers at work until the service is stopped. Returns the exit code."""
        self._signals, sender = socket.socketpair()
        with self._signals, sender:
            sender.setblocking(False)
            signal.set_wakeup_fd(sender.fileno())
            for number in (*_OBEYED, signal.SIGCHLD):
                signal.signal(number, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _OBEYED)
            for _ in range(self._settings.workers):
                self._start()
            while self._born:
                for number in self._signals.recv(1024):
                    self._obey(number)
            signal.set_wakeup_fd(-1)
        return self._code

    def _obey(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._mind()
        elif number == signal.SIGHUP:
            self._pass_on(number)
            _reload(self._books)  # for workers that take the place of others from now on
        else:
            self._stopping = True
            self._pass_on(signal.SIGTERM)

    def _start(self) -> None:
        sys.stdout.flush()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _OBEYED)
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(self._settings, self._books, self._listener)
            code = 0
        finally:
            os._exit(code)

    def _mind(self) -> None:
        """Put another worker in the place of each that has ended, unless the service is being stopped."""
        for pid in list(self._born):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            code = os.waitstatus_to_exitcode(status)
            lived = time.monotonic() - self._born.pop(pid)
            if self._stopping:
                self._code = self._code or int(code != 0)
                continue
            LOGGER.error("worker ended", extra={"fields": {"status": code}})
            if lived < _SHORT_LIFE:  # what ends each worker at once must not keep a core busy with starting others
                time.sleep(_SHORT_LIFE)
            self._start()

    def _pass_on(self, number: int) -> None:
        for pid in self._born:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
