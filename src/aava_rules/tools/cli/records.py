"""The records that a command names: read from their sources and decided on.

What is wrong with one is written to standard error and counted, and the next one is read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard, TypeVar, cast

import typer
from rich.console import Console

from aava_rules.adapters import GZIP, Adapter, BadRow, Row
from aava_rules.decision.decision import Decision
from aava_rules.decision.plugins import Plugins
from aava_rules.decision.service import Rulebook, book_of
from aava_rules.engine.choice import EngineName
from aava_rules.language.errors import AdapterError, Fault, RecordError, nearest
from aava_rules.mapping.tables import MappedAdapter
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Audience
from aava_rules.tools.cli.ending import print_error, stop
from aava_rules.tools.cli.options import id_key, plugins_of
from aava_rules.tools.cli.progress import Progress, progress
from aava_rules.tools.cli.told import asked_language, told_lines
from aava_rules.tools.inputs.choose import ADDRESS, STDIN, TABLES_ARE_MAPPED, adapter_for, named_adapter
from aava_rules.tools.inputs.parquet import CLIENTS, Parquet, is_register
from aava_rules.tools.protocol.errors import SourceError, UnreadFile
from aava_rules.tools.reports.report import json_text
from aava_rules.tools.reports.shown import notice_line
from aava_rules.tools.reports.unanswered import Unanswered, place_in, word_in

if TYPE_CHECKING:
    from aava_rules.mapping import SourceMapping

T = TypeVar("T")
Act = Callable[[], None]
"""What is told, or raised, between the rows of a source."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of records: its name in messages; its path, stream or address; and the adapter that reads it."""

    name: str
    place: Any
    adapter: Adapter


class InputRecords:
    """The records of the paths that a command was called with.

    Attributes:
        paths: the paths as they were typed.
        rulebook: the rulebook that decides.
        audience: whom the texts of its decisions speak to.
        failed: how many rows, files and folders could not be read or answered so far.
        broken: how many of these are sources that could not be read, or not to their end.
        console: standard error.
    """

    def __init__(
        self, paths: Iterable[str], rulebook: Rulebook, mapping: Path | None = None, adapter: str | None = None,
        audience: Audience = "worker",
    ) -> None:  # fmt: skip
        """Args:
            paths: the paths as they were typed.
            rulebook: the rulebook that decides.
            mapping: the mapping file through which they are read; None if they are records already.
            adapter: the name of the adapter that reads them; None to choose by each path.
            audience: whom the texts of its decisions speak to.

        Raises:
            MappingError: the mapping file is wrong.
            AdapterError: the mapping file cannot be read, or there is no such adapter.
        """
        self.paths = list(paths)
        self.rulebook = rulebook
        self.audience: Audience = audience
        self.failed = 0
        self.broken = 0
        self.tell: Callable[[Unanswered], None] = _nothing
        """Is called with each record and each source that cannot be answered."""
        self.progress = Progress()
        """Where is shown how many of the files have been read."""
        self._source_of: dict[int, str] = {}
        """The source in which a client was read first, by the hash of the id: where there may be several sources."""
        self._put_off: list[Any] | None = None
        """What is read ahead, among which stands what is to be told of it in its turn; None: it is told at once."""
        self._again: dict[tuple[str, str], list[str]] = {}
        """The clients of the source that is read who stand in an earlier one too, by the two sources."""
        self.console = Console(stderr=True)
        self._plugins: Plugins = plugins_of(rulebook)
        self._adapter = None if adapter is None else named_adapter(self._plugins, adapter)
        self._mapping: SourceMapping | None = None
        if mapping is not None:
            from aava_rules.mapping import load as load_mapping  # it reads YAML, which records do without

            self._mapping = load_mapping(mapping, rulebook, id_key())

    @contextmanager
    def shown(self, *, wanted: bool = True) -> Iterator[Progress]:
        """Show how far the reading is, on a terminal alone, and of how many files where there are several.

        Args:
            wanted: whether it is shown at all.
        """
        with progress(self.console, wanted=wanted) as self.progress:
            yield self.progress

    def decisions(
        self, on: date | None, only: Iterable[str] | None = None, engine: str | None = None
    ) -> Iterator[Decision]:
        """A decision for each record, in order; a record that cannot be answered is reported and left out.

        Args:
            on: the day of decision; None for today.
            only: names of outcomes, requirements and steps; None for all.
            engine: the name of an engine; None for the default engine.
        """
        for answer in self.answers(on, only, engine):
            if not isinstance(answer, Unanswered):
                yield answer

    def answers(
        self, on: date | None, only: Iterable[str] | None = None, engine: str | None = None
    ) -> Iterator[Decision | Unanswered]:
        """As ``decisions``, but no record or source that cannot be answered is left out: each comes in its place.

        Args:
            on: the day of decision; None for today.
            only: names of outcomes, requirements and steps; None for all.
            engine: the name of an engine; None for the default engine.
        """
        names = None if only is None else list(only)
        waiting: list[Unanswered] = []
        self.tell = waiting.append
        for source in self.sources():
            for row in self.rows(source):
                answer = self._answer(source, row, on, names, engine)
                yield from waiting
                waiting.clear()
                if not isinstance(answer, Unanswered):
                    yield answer
        yield from waiting

    def parts(self, first: int, size: int) -> Iterator[list[Act | tuple[Source, Row | BadRow]]]:
        """The rows of all sources, read some at a time; among them, in its place, what reading has to tell.

        Each row is then `answered`, and all else called, in order: so all is told as if each row had been answered
        before the next one was read.

        Args:
            first: how many rows the first part has.
            size: how many rows each of the others has.
        """
        reading = ((source, row) for source in self.sources() for row in self.rows(source))
        count, more = first, True
        while more:
            entries: list[Act | tuple[Source, Row | BadRow]] = []
            self._put_off = entries
            try:
                for entry in islice(reading, count):
                    entries.append(entry)
                    count -= 1
                more = not count
            except Exception as error:
                entries.append(partial(_raise, error))
                more = False
            finally:
                self._put_off = None
            count = size
            yield entries

    def telling_notices(self, decisions: Iterable[Decision], language: str) -> Iterator[Decision]:
        """Pass decisions on, and tell their notices on standard error: for a report that has no place for them.

        Args:
            decisions: read once, one at a time.
            language: the language of texts.
        """
        for decision in decisions:
            for notice in decision.notices:
                print_error(f"record {decision.record_id}: {notice_line(notice, language)}", self.console)
            yield decision

    def single_decision(self, on: date | None, only: Iterable[str] | None = None, *, as_json: bool = False) -> Decision:
        """The decision on the only record; with none, or with several, the command ends.

        Args:
            on: the day of decision; None for today.
            only: names of outcomes, requirements and steps; None for all.
            as_json: whether standard output is told too why there is none, as JSON.

        Raises:
            Exit: with 2, after a message, if there is not exactly one record.
        """
        decisions: list[Decision] = []
        for answer in self.answers(on, only):
            if isinstance(answer, Unanswered):
                if as_json and answer.is_fault:
                    sys.stdout.write(json_text(answer.to_dict()) + "\n")
                    raise typer.Exit(2)
                continue
            decisions.append(answer)
            if len(decisions) > 1:
                stop(f"{', '.join(self.paths)}: has several records. Give a file with one.")
        if not decisions:
            if not self.failed:
                print_error(f"{', '.join(self.paths)}: has no record. Give a file with one.")
            raise typer.Exit(2)
        return decisions[0]

    def sources(self) -> Iterator[Source]:
        """The sources of all paths, in order; a path that no adapter reads is reported and left out."""
        entries_of = [list(self._files_of(path)) for path in self.paths]
        self.progress.files(sum(map(len, entries_of)))
        for entries in entries_of:
            for entry in entries:
                there = entry == STDIN or _exists(Path(entry))
                try:
                    adapter = self._adapter_of(entry)
                except AdapterError as error:
                    address = "://" in str(entry)  # it may hold a password, so no message names it
                    message = str(error) if there or address else _no_such(Path(entry))
                    self._break("", [message], "" if address else str(entry))
                    continue
                if not there and ADDRESS not in adapter.capabilities:
                    self._break("", [_no_such(Path(entry))], str(entry))
                    continue
                if entry == STDIN:
                    yield Source("standard input", sys.stdin.buffer, adapter)
                elif ADDRESS in adapter.capabilities and not there:
                    # it may hold a password, so no message names it
                    yield Source(f"the source of {adapter.name}", str(entry), adapter)
                else:
                    yield Source(str(entry), Path(entry), adapter)
                self._tell_again()
                self.progress.next_file()

    def _adapter_of(self, entry: str | Path) -> Adapter:
        is_table_folder = isinstance(entry, Path) and entry.is_dir()
        if self._adapter is not None:
            adapter = self._adapter
        elif is_table_folder and self._mapping is None:
            adapter = Parquet()
        else:
            adapter = adapter_for(self._plugins, entry, mapped=self._mapping is not None)
        return adapter if self._mapping is None else MappedAdapter(adapter, self._mapping, self._note)

    def rows(self, source: Source) -> Iterator[Row | BadRow]:
        """The rows of ``source``; if it cannot be read to its end, that is reported."""
        return self.guarded(source, self._read(source))

    def _read(self, source: Source) -> Iterator[Row | BadRow]:
        adapter = source.adapter
        if isinstance(adapter, Parquet):
            yield from adapter.read(source.place, book_of(self.rulebook).vocabulary)
        else:
            yield from only_rows(adapter.read(source.place))

    def guarded(self, source: Source, items: Iterator[T]) -> Iterator[T]:
        """What is read of a source, until reading fails, which is reported.

        Args:
            source: the source, for its name.
            items: what an adapter reads from it; it may raise anything.

        Raises:
            RecordError: as it was raised; KeyboardInterrupt too.
        """
        reading = iter(items)
        while True:
            try:
                item = next(reading)
            except StopIteration:
                return
            except AdapterError as error:
                self._break("", [str(error)], source.name, getattr(error, "faults", ()))
                return
            except (RecordError, KeyboardInterrupt):
                raise
            except BaseException as error:
                # An adapter of a plugin may fail in any way, also with a panic of a native library or with SystemExit,
                # and its message may quote a row.
                message = f"the adapter failed with {type(error).__name__}; the rest is not read."
                self._break(source.name, [message], source.name)
                return
            yield item
            del item  # else it would be held while the next one is read

    def decision(
        self, source: Source, row: Row | BadRow, on: date | None, only: list[str] | None, engine: str | None = None
    ) -> Decision | None:
        """The decision on a row; None if there is none, which is reported.

        Args:
            source: the source of the row, for its name.
            row: a record, or what is wrong with a row.
            on: the day of decision; None for today.
            only: names of outcomes, requirements and steps; None for all.
            engine: the name of an engine; None for the default engine.
        """
        answer = self._answer(source, row, on, only, engine)
        return None if isinstance(answer, Unanswered) else answer

    def _answer(
        self, source: Source, row: Row | BadRow, on: date | None, only: list[str] | None, engine: str | None
    ) -> Decision | Unanswered:
        """The decision on a row, or why there is none, which is reported."""
        return self.answered(
            source,
            row,
            lambda record: self.rulebook.decide(
                record, on=on, only=only, engine=cast("EngineName | None", engine)
            ).for_audience(self.audience),
        )

    def answered(self, source: Source, row: Row | BadRow, ask: Callable[[Any], T]) -> T | Unanswered:
        """What is asked of the record of a row, or why there is no answer, which is reported.

        Args:
            source: the source of the row, for its name.
            row: a record, or what is wrong with a row.
            ask: asks it; it may raise RecordError.
        """
        if isinstance(row, BadRow):
            self._fail(_where(source.name, row.place), told_lines(row.reason))
            return self._passed_on(Unanswered(row.place, None, SourceError(row.reason, row.faults), source.name))
        try:
            answer = ask(row.record)
        except RecordError as error:
            record_id = row.record.get("id")
            self._fail(_where(source.name, row.place, record_id), told_lines(error))
            return self._passed_on(Unanswered(row.place, record_id if _is_id(record_id) else None, error, source.name))
        self.note_clients(source, (row.record["id"],))
        return answer

    def note_clients(self, source: Source, ids: Iterable[str]) -> None:
        """Tell which clients another source of this command had already; within a source an adapter refuses them.

        Args:
            source: the source that they are read from.
            ids: their ids.
        """
        if len(self.paths) < 2 and not Path(self.paths[0]).is_dir():
            return
        for record_id in ids:
            first = self._source_of.setdefault(hash(record_id), source.name)
            if first != source.name:
                self._again.setdefault((source.name, first), []).append(record_id)

    def _in_turn(self, act: Act) -> bool:
        """Whether ``act`` was put off, since rows before it are not answered yet."""
        if self._put_off is None:
            return False
        self._put_off.append(act)
        return True

    def _tell_again(self) -> None:
        """Tell the clients of a source that was read to its end who stand in another one too."""
        if self._in_turn(self._tell_again):
            return
        for (source, first), ids in self._again.items():
            shown = ", ".join(record_id for record_id in ids[:SHOWN_FILES] if _is_id(record_id))
            count = "1 client stands" if len(ids) == 1 else f"{len(ids)} clients stand"
            self._note(
                f"{source}: {count} in {first} too ({shown}{', …' if len(ids) > SHOWN_FILES else ''}). Each record is "
                "answered by itself, without what the other one says."
            )
        self._again.clear()

    def _note(self, sentence: str) -> None:
        """Tell what was found out on reading a source; it is no fault."""
        if self._in_turn(partial(self._note, sentence)):
            return
        print_error(sentence, self.console)

    def _fail(self, place: str, lines: list[str]) -> None:
        self.failed += 1
        for line in lines:
            print_error(f"{place}: {line}" if place else line, self.console)

    def _break(self, place: str, lines: list[str], source: str, faults: Iterable[Fault] = ()) -> None:
        """Report that a source cannot be read, or not to its end.

        Args:
            place: what the lines begin with; empty where they name the source themselves.
            lines: what is wrong.
            source: the name of the source; empty where it is not to be told.
            faults: what is wrong, one by one, if it is known so.
        """
        if self._in_turn(partial(self._break, place, lines, source, faults)):
            return
        self.broken += 1
        self._fail(place, [shown for line in lines for shown in told_lines(line)])
        self._passed_on(Unanswered("", None, SourceError("\n".join(lines), faults), source))

    def _tell_unread(self, files: list[Path]) -> None:
        """Tell of each file of a folder that is not read, so that who reads the answers alone knows of it too."""
        if self._in_turn(partial(self._tell_unread, files)):
            return
        for file in files:
            self.tell(Unanswered("", None, UnreadFile(_why_unread(file)), str(file)))

    def _passed_on(self, record: Unanswered) -> Unanswered:
        self.tell(record)
        return record

    def _files_of(self, path: str) -> Iterator[str | Path]:
        """The files of a path, and ``-`` as it is; tables that belong together are one folder."""
        if path == STDIN or not Path(path).is_dir() or self._mapping is not None:
            yield path
            return
        plain = sorted({suffix for adapter in self._plugins.adapters() for suffix in adapter.suffixes})
        suffixes = (*plain, *(f"{suffix}{GZIP}" for suffix in plain))
        files: list[Path] = []
        unread: list[Path] = []
        for file in sorted(Path(path).rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            readable = file.name.lower().endswith(suffixes)
            if (readable or not (hidden or file.suffix.lower() == ".md")) and file.is_file():
                (files if readable and not hidden else unread).append(file)
        if unread and files:
            self._note(_unread_files(path, unread))
            self._tell_unread(unread)
        if not files:
            message = f"the folder has no file that is read. Known are {', '.join(plain)}, each also with {GZIP}."
            self._break(path, [message], path)
        tables = {CLIENTS, *(f"{name}.parquet" for name in lists())}
        for file in files:
            if file.name not in tables or not is_register(file.parent):
                yield file
            elif file.name == CLIENTS:
                yield file.parent


def _nothing(_: Unanswered) -> None:
    """What is told to nobody."""


def _raise(error: Exception) -> None:
    raise error


def only_rows(items: Iterator[Any]) -> Iterator[Row | BadRow]:
    """The rows that an adapter gives, ``items``. Raises TypeError, without contents, for what is no row."""
    for item in items:
        if not isinstance(item, (Row, BadRow)):
            raise TypeError("an adapter gave something that is neither Row nor BadRow")
        yield item


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one that no system can have
        return False


def _no_such(path: Path) -> str:
    """That there is no such file or folder, and which of the same folder has the nearest name."""
    try:
        near = nearest(path.name, sorted(entry.name for entry in path.parent.iterdir()))
    except (OSError, ValueError):
        near = ""
    return f"{path}: there is no such file or folder. {near}".strip()


SHOWN_FILES: Final = 5
"""How many of the files that are not read are named, and of the clients of two files."""
_TABLES: Final = (".csv", ".tsv", ".xlsx", ".ods", ".parquet", ".db", ".sqlite", ".sqlite3")


def _unread_files(folder: str, files: list[Path]) -> str:
    """Which files of a folder are not read, and how those that are tables can be."""
    names = ", ".join(str(file.relative_to(folder)) for file in files[:SHOWN_FILES])
    others = f" and {len(files) - SHOWN_FILES} others" if len(files) > SHOWN_FILES else ""
    count = "1 file is not read" if len(files) == 1 else f"{len(files)} files are not read"
    table = any(file.suffix.lower() in _TABLES for file in files)
    return f"{folder}: {count}: {names}{others}.{f' {TABLES_ARE_MAPPED}' if table else ''}"


def _why_unread(file: Path) -> str:
    """Why a file of a folder is not read, and how it can be."""
    table = file.suffix.lower() in _TABLES
    return f"is not read: no adapter reads such a file in a folder [AR123].{f' {TABLES_ARE_MAPPED}' if table else ''}"


def _where(source: str, place: str, record_id: object = None) -> str:
    language = asked_language()
    record = f"{word_in('record', language)} {record_id}" if _is_id(record_id) else ""
    return ", ".join(part for part in (source, place_in(place, language), record) if part)


def _is_id(value: object) -> TypeGuard[str]:
    """Whether a value, which may be anything, is an id that can be told."""
    return isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable()
