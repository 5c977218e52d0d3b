"""The records that a command names: found, read, decided on; what is wrong with one is told, and counted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from ..adapters import STDIN, BadRow, Row, adapter_for
from ..api import Rulebook
from ..decision import Decision
from ..errors import AdapterError, RecordError
from ..plugins import Plugins
from .options import fault_lines, plugins_of, say


class Records:
    """The records of the paths that a command was given. ``failed`` counts what could not be answered."""

    def __init__(self, paths: Iterable[str], rulebook: Rulebook) -> None:
        self.paths = list(paths)
        self.rulebook = rulebook
        self.failed = 0
        self.console = Console(stderr=True)
        self._plugins: Plugins = plugins_of(rulebook)

    def decisions(
        self, on: date | None, only: Iterable[str] | None = None, engine: str | None = None
    ) -> Iterator[Decision]:
        """A decision for each record, in order; a record that cannot be answered is told and left out."""
        for _, decision in self.placed(on, only, engine):
            yield decision

    def placed(
        self, on: date | None, only: Iterable[str] | None = None, engine: str | None = None
    ) -> Iterator[tuple[str, Decision]]:
        """As ``decisions``, with the place of each record in its source; empty if it is the whole source."""
        names = None if only is None else list(only)
        for source, row in self._rows():
            if isinstance(row, BadRow):
                self._fail(_where(source, row.place), row.reason.splitlines())
                continue
            try:
                decision = self.rulebook.decide(row.record, on=on, only=names, engine=engine)
            except RecordError as error:
                self._fail(_where(source, row.place, row.record.get("id")), fault_lines(error))
                continue
            yield row.place, decision

    def _fail(self, where: str, lines: list[str]) -> None:
        self.failed += 1
        for line in lines:
            say(f"{where}: {line}" if where else line, self.console)

    def _rows(self) -> Iterator[tuple[str, Row | BadRow]]:
        for path in self.paths:
            for source in self._sources(path):
                name = "standard input" if source == STDIN else str(source)
                try:
                    adapter = adapter_for(self._plugins, source)
                    stream: Any = sys.stdin.buffer if source == STDIN else Path(source)
                    for row in adapter.read(stream):
                        yield name, row
                except AdapterError as error:
                    self._fail("", [str(error)])
                except (RecordError, GeneratorExit):
                    raise
                except Exception as error:
                    # An adapter of a plugin may fail in any way, and its message may quote a row.
                    self._fail(name, [f"the adapter failed with {type(error).__name__}; the rest is not read."])

    def _sources(self, path: str) -> Iterator[str | Path]:
        if path == STDIN or not Path(path).is_dir():
            yield path
            return
        suffixes = tuple(suffix for adapter in self._plugins.adapters() for suffix in adapter.suffixes)
        named = (file for file in sorted(Path(path).rglob("*")) if file.name.lower().endswith(suffixes))
        files = [file for file in named if file.is_file()]
        if not files:
            self._fail(path, [f"the folder has no file that is read. Known are {', '.join(sorted(suffixes))}."])
        yield from files


def _where(source: str, place: str, record_id: object = None) -> str:
    known = isinstance(record_id, str) and 1 <= len(record_id) <= 200 and record_id.isprintable()
    return ", ".join(part for part in (source, place, f"record {record_id}" if known else "") if part)


@contextmanager
def progress(decisions: Iterator[Decision], console: Console, *, wanted: bool) -> Iterator[Iterator[Decision]]:
    """The decisions, with a count of them on standard error while they are made, if that is a terminal."""
    if not wanted or not console.is_terminal:
        yield decisions
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f}"), TimeElapsedColumn())
    # Left alone, it would take standard output over and write the report to standard error.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task("", total=None)

        def counted() -> Iterator[Decision]:
            for decision in decisions:
                bar.advance(task)
                yield decision
            bar.stop()

        yield counted()
