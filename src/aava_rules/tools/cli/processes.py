"""Records answered by several processes at once: what is written is what one process writes, in the same order.

This process reads the records, hands them out in parts, and tells in their order what is wrong with some; the others
decide, and make the text of each decision, which is what takes the time. Whatever one of them cannot answer, this
process is asked itself, so that errors are those of one process. No more than a few parts are held at once.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import AavaRulesError
from aava_rules.rulebook.model import Audience
from aava_rules.tools.cli.options import DEFAULT_RULEBOOK, id_key, plugins_of
from aava_rules.tools.cli.records import Act, InputRecords, Source
from aava_rules.tools.reports.unanswered import Unanswered
from aava_rules.tools.reports.written import Writer, Written

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LARGE: Final = 4 * 2**20
"""Bytes of all sources from which on several processes are worth their start."""
FIRST: Final = 32
"""Records that this process answers before it starts others, which then begin with what it has worked out."""
PART: Final = 32
"""Records that are handed out together."""
AHEAD: Final = 4
"""Parts for each process that may be answered before the one that is to be written next."""


@dataclass(frozen=True)
class Job:
    """What each process does with a record.

    Attributes:
        rulebook: the name or folder of the rulebook; None for the default one.
        amend: names or folders of amendments.
        on: the day of decision; None for today.
        only: names of outcomes, requirements and steps; None for all.
        engine: the name of an engine; None for the default one.
        audience: whom texts speak to.
        write: what is written of a decision.
    """

    rulebook: str | None
    amend: tuple[str, ...]
    on: date | None
    only: tuple[str, ...] | None
    engine: str | None
    audience: Audience
    write: Writer

    def written(self, record: Mapping[str, Any], book: Rulebook) -> Written:
        """What is written of the decision of ``book`` on ``record``. Raises what `Rulebook.decide` raises."""
        only = None if self.only is None else list(self.only)
        engine: Any = self.engine
        return self.write(book.decide(record, on=self.on, only=only, engine=engine).for_audience(self.audience))


def processes_for(inputs: InputRecords, wanted: int | None) -> int:
    """How many processes answer: so many as are wanted, else one for each processor if the sources are large files.

    Args:
        inputs: the records.
        wanted: how many were asked for; None to choose.
    """
    if plugins_of(inputs.rulebook).listeners:
        return 1  # what plugins note of decisions they note in this process, in order
    if wanted is not None:
        return wanted
    total = 0
    for path in map(Path, inputs.paths):
        try:
            files = path.rglob("*") if path.is_dir() else [path]
            total += sum(file.stat().st_size for file in files if file.is_file())
        except OSError:
            return 1
    return _processors() if total > LARGE else 1


def _processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def written(inputs: InputRecords, job: Job, processes: int) -> Iterator[Written | Unanswered]:
    """What is written of each record, in order; of one that cannot be answered, why.

    Args:
        inputs: the records.
        job: what is asked of them, and how a decision is written.
        processes: how many processes answer.

    Raises:
        AavaRulesError: one of the processes has ended.
    """
    if processes == 1:  # each record is answered before the next one is read, as who waits for the answer needs it
        for entries in inputs.parts(1, 1):
            yield from _in_order(entries, iter(()), inputs, job)
        return
    parts = inputs.parts(FIRST, PART)
    yield from _in_order(next(parts), iter(()), inputs, job)
    following = next(parts, None)
    if following is None:  # so few need no other process
        return
    pool = _Pool(job, inputs.rulebook, processes)
    held: dict[int, list[Act | tuple[Source, Row | BadRow]]] = {}
    number = writing = 0
    try:
        while held or following is not None:
            while following is not None and pool.idle and number - writing < AHEAD * processes:
                rows = (entry[1] for entry in following if isinstance(entry, tuple))
                held[number] = following
                pool.hand_out(number, [row.record for row in rows if isinstance(row, Row)])
                number += 1
                following = next(parts, None)
            if writing not in pool.done:
                pool.take()
            while writing in pool.done:
                yield from _in_order(held.pop(writing), iter(pool.done.pop(writing)), inputs, job)
                writing += 1
    finally:
        pool.end()


def _in_order(
    entries: list[Act | tuple[Source, Row | BadRow]],
    from_others: Iterator[Written | None],
    inputs: InputRecords,
    job: Job,
) -> Iterator[Written | Unanswered]:
    """What is written of each row among ``entries``; all else that stands there is called in its place.

    Args:
        entries: the rows, and what is to be called.
        from_others: what other processes made of the records in them; of one that is lacking this process is asked,
            which tells the error.
        inputs: the records.
        job: what is asked.
    """
    unanswered: list[Unanswered] = []
    inputs.tell = unanswered.append
    for entry in entries:
        if not isinstance(entry, tuple):
            entry()
            yield from unanswered  # sources that cannot be read
            unanswered.clear()
            continue
        source, row = entry
        result = next(from_others, None) if isinstance(row, Row) else None
        yield inputs.answered(source, row, lambda record, ready=result: ready or job.written(record, inputs.rulebook))  # type: ignore[misc]
        unanswered.clear()  # what was yielded


class _Pool:
    """The processes that answer, each of which has one part at most.

    Attributes:
        idle: those that have nothing to do, by the connection to each.
        done: what was made of each part and has not been written yet, by the number of the part.
    """

    def __init__(self, job: Job, book: Rulebook, count: int) -> None:
        from multiprocessing import get_context  # only who has many records waits for it

        forks = sys.platform == "linux" and threading.active_count() == 1 and "polars" not in sys.modules
        context: Any = get_context("fork" if forks else "spawn")
        self.done: dict[int, list[Written | None]] = {}
        self._working: dict[Connection, tuple[int, int]] = {}
        self._processes: dict[Connection, Any] = {}
        for _ in range(count):
            ours, theirs = context.Pipe()
            others = (*self._processes, ours) if forks else ()
            process = context.Process(target=_serve, args=(theirs, others, job, book if forks else None), daemon=True)
            process.start()
            theirs.close()
            self._processes[ours] = process
        self.idle = list(self._processes)

    def hand_out(self, number: int, records: list[Mapping[str, Any]]) -> None:
        """Give records, the part ``number``, to a process that is idle."""
        try:
            message = pickle.dumps(records)
        except Exception:  # the adapter of a plugin may give mappings that stay in this process
            self.done[number] = [None] * len(records)
            return
        connection = self.idle.pop()
        self._working[connection] = number, len(records)
        try:
            connection.send_bytes(message)
        except OSError:
            raise self._ended(connection) from None

    def take(self) -> None:
        """Wait for one process, or more, and take what was made. Raises AavaRulesError if one has ended."""
        from multiprocessing.connection import wait

        ready: list[Any] = wait(list(self._working))
        for connection in ready:
            number, _ = self._working.pop(connection)
            try:
                self.done[number] = connection.recv()
            except (EOFError, OSError):
                raise self._ended(connection) from None
            self.idle.append(connection)

    def _ended(self, connection: Connection) -> AavaRulesError:
        process = self._processes[connection]
        process.join(1)
        return AavaRulesError(
            f"A process that answers records has ended ({process.exitcode}), so what is written is not whole. "
            "Memory may be short: --processes 1 needs the least."
        )

    def end(self) -> None:
        """Let the processes end: those that are still at work are stopped."""
        for connection, process in self._processes.items():
            connection.close()
            if connection in self._working:
                process.terminate()
        for process in self._processes.values():
            process.join()


def _serve(connection: Connection, others: tuple[Connection, ...], job: Job, book: Rulebook | None) -> None:
    """Answer parts until the other end is closed.

    Args:
        connection: where records come from, and what is made of them goes to.
        others: the ends of the other connections, which this process was born with and has no use for.
        job: what is done.
        book: the rulebook; None to load it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that reads is interrupted, and ends this one
    for other in others:
        other.close()
    if book is None:
        book = load(job.rulebook or DEFAULT_RULEBOOK, key=id_key(), amend=job.amend)
    while True:
        try:
            records = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        texts: list[Written | None] = []
        for record in records:
            try:
                texts.append(job.written(record, book))
            except Exception:  # whatever it is, the process that reads meets it too, and tells it in its turn
                texts.append(None)
        try:
            connection.send(texts)
        except OSError:
            return
