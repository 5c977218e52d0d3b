"""Whole registers read at once: their clients go through columns, some at a time; checked, into a table report.

The report is the same as of records checked one by one. Only the details of a client are computed from its record.
"""

from __future__ import annotations

import ctypes
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from aava_rules.adapters import BadRow, Row, opened
from aava_rules.decision.decision import Decision
from aava_rules.decision.essential import essential
from aava_rules.decision.service import book_of
from aava_rules.mapping import ReadsColumns
from aava_rules.mapping.tables import MappedAdapter
from aava_rules.tools.cli.progress import Progress
from aava_rules.tools.cli.records import InputRecords, Source, only_rows
from aava_rules.tools.inputs.ahead import ahead
from aava_rules.tools.inputs.json import JsonLines, JsonOrLines
from aava_rules.tools.inputs.parquet import Parquet, orphans, register, rejected_rows
from aava_rules.tools.reports.report import tally
from aava_rules.tools.reports.table import Sheet

LARGE: Final = 4 * 2**20
"""Bytes of JSON Lines from which on columns are worth their while."""
LINES_AT_ONCE: Final = 10_000
"""Records that are held at once, of sources other than Parquet."""
BYTES_AT_ONCE: Final = 32 * 2**20
"""Bytes of JSON Lines that are held at once."""

Record = Mapping[str, Any]
Batch = tuple[list[Row | BadRow], int]
"""Rows that were read together, and how many bytes they had."""


def there() -> bool:
    """Whether what columns need is installed."""
    return find_spec("polars") is not None and find_spec("numpy") is not None


def is_large(source: Source) -> bool:
    """Whether ``source`` is a register: Parquet, or JSON Lines of some size."""
    return isinstance(source.adapter, Parquet) or (_bytes(source) or 0) > LARGE


def _bytes(source: Source) -> int | None:
    """The size of a file of JSON Lines; None of all else, and of a file that is not there."""
    place = source.place
    if isinstance(source.adapter, JsonLines) and isinstance(place, Path) and place.is_file():
        return place.stat().st_size
    return None


class RegisterRun:
    """Sources that are answered: registers (or ``everything``) through columns, all else record by record.

    What is done with the answers is said by `_table` and `_record`. Without ``columns`` all goes record by record.
    ``source`` is the one that is being read.
    """

    source: Source

    def __init__(self, records: InputRecords, on: date, *, everything: bool, columns: bool = True) -> None:
        self.records, self.on = records, on
        self._everything = everything
        self._columns = columns and there()

    def _table(self, tables: Any, record: Callable[[int], Record]) -> None:
        """Answer the clients of tables; ``record`` gives the record of one."""
        raise NotImplementedError

    def _record(self, source: Source, row: Row | BadRow) -> None:
        """Answer one record by itself, or report its faults."""
        raise NotImplementedError

    def run(self, shown: Progress) -> None:
        """Answer all sources; ``shown`` takes the progress."""
        for source in self.records.sources():
            self.source = source
            if isinstance(source.adapter, Parquet) and self._columns:
                self._parquet(source, shown)
            elif self._columns and _gives_columns(source.adapter):
                self._mapped(source, source.adapter, shown)
            elif self._columns and (self._everything or is_large(source)):
                self._rows(source, shown)
            else:
                shown.records()
                for row in self.records.rows(source):
                    self._record(source, row)
                    shown.advance()

    # -- Parquet

    def _parquet(self, source: Source, shown: Progress) -> None:
        for batch in self.records.guarded(source, self._batches(source, shown)):
            for row in rejected_rows(batch):
                self._record(source, row)
            self.records.note_clients(source, batch.tables.ids.to_list())
            self._table(batch.tables, batch.tables.record)
            shown.advance(batch.last - batch.first)
            del batch  # else it would be held while the next one is read
            _give_back()

    def _batches(self, source: Source, shown: Progress) -> Iterator[Any]:
        table_register = register(source.place, book_of(self.records.rulebook).vocabulary)
        shown.source(source.name, table_register.size)
        for row in orphans(table_register):
            self._record(source, row)
        yield from table_register.batches(self.on)

    # -- columns of other systems

    def _mapped(self, source: Source, adapter: Any, shown: Progress) -> None:
        from aava_rules.engine.table.input.from_mapping import MappedTables
        from aava_rules.engine.table.input.tables import load

        vocabulary = book_of(self.records.rulebook).vocabulary
        mapped = MappedTables(adapter.mapping, vocabulary)
        shown.records()
        reading = ahead(adapter.adapter.column_batches(source.place, adapter.mapping))
        with closing(reading):
            for batch in self.records.guarded(source, reading):
                for row in batch.others:
                    self._record(source, row)
                frames, held = mapped.frames(batch.clients, batch.rows)
                tables = load(frames, self.on, vocabulary)
                clients = held.nonzero()[0]
                refused = (~held).nonzero()[0].tolist() + clients[~tables.valid].tolist()
                for client in sorted(refused):
                    self._record(source, batch.record(client))
                self.records.note_clients(source, tables.ids.to_list())
                self._table(tables, tables.record)
                shown.advance(batch.clients.rows)
                del batch, frames, tables  # else they would be held while the next ones are read
                _give_back()

    # -- what is read record by record

    def _rows(self, source: Source, shown: Progress) -> None:
        from aava_rules.engine.table.input.from_records import tables_of
        from aava_rules.engine.table.input.tables import load

        vocabulary = book_of(self.records.rulebook).vocabulary
        size = _bytes(source)
        if size is None:
            shown.records()
        else:
            shown.source(source.name, size, in_bytes=True)
        for rows, read in self.records.guarded(source, _together(source)):
            records = [row for row in rows if isinstance(row, Row)]
            frames = tables_of([row.record for row in records], vocabulary)
            wrong = set(frames.pop("invalid")["row"].to_list())
            right = [row for number, row in enumerate(records) if number not in wrong]
            tables = load(frames, self.on, vocabulary)
            answered = {id(row) for row, valid in zip(right, tables.valid.tolist(), strict=True) if valid}
            for row in rows:
                if id(row) not in answered:
                    self._record(source, row)
            self.records.note_clients(source, tables.ids.to_list())
            self._table(tables, [row.record for row in right].__getitem__)
            shown.advance(len(rows) if size is None else read)
            del rows, records, frames, right, tables, answered
            _give_back()


class RegisterCheck(RegisterRun):
    """A check of sources into one table report, of registers (or of ``everything``) through columns.

    ``counts`` takes the findings that are broken or not known, by weight and status.
    """

    def __init__(self, records: InputRecords, on: date, names: list[str], language: str, *, everything: bool) -> None:
        super().__init__(records, on, everything=everything)
        self.names = names
        self.sheet = Sheet(language)
        self.counts: dict[tuple[str, str], int] = {}
        self._cautions: Any = None

    def _record(self, source: Source, row: Row | BadRow) -> None:
        """Check one record by itself, or report its faults."""
        decision = self.records.decision(source, row, self.on, self.names)
        if decision is not None:
            for answer in tally([decision], self.counts):
                self.sheet.add(answer)

    def _table(self, tables: Any, record: Callable[[int], Record]) -> None:
        """Check the clients of tables; ``record`` gives the record of one."""
        from aava_rules.engine.table.solve.cautions import Cautions
        from aava_rules.tools.cli.tallies import CheckedTable

        book = book_of(self.records.rulebook)
        if self._cautions is None:
            self._cautions = Cautions(book, essential)
        names = frozenset(self.names)
        table = CheckedTable(tables, book, names, self._decide, self._cautions, self.sheet.caution)
        statuses: Counter[str] = Counter()
        for (weight, status), count in table.counts.items():
            statuses[status] += count
            if status in ("broken", "unknown"):
                self.counts[weight, status] = self.counts.get((weight, status), 0) + count
        self.sheet.totals.count(int(tables.valid.sum()), statuses, table.clients)
        loud, noticed = set(table.loud.tolist()), set(table.noticed.tolist())
        for row in sorted(noticed if self.sheet.full else loud | noticed):
            if row not in noticed and self.sheet.full:
                continue
            decision = self._decide(record(row))
            if row in loud:
                self.sheet.show(decision)
            if row in noticed:
                self.sheet.totals.notice(decision)
                self.sheet.show_notices(decision)

    def _decide(self, record: Record) -> Decision:
        decision = self.records.rulebook.decide(record, on=self.on, only=self.names, engine="reference")
        return decision.for_audience(self.records.audience)


def _gives_columns(adapter: Any) -> bool:
    """Whether an adapter hands over the rows that a mapping reads as columns."""
    if not isinstance(adapter, MappedAdapter) or not isinstance(adapter.adapter, ReadsColumns):
        return False
    # lists inside of documents are read record by record
    return not any(section.inside for section in adapter.mapping.all_sections)


def _together(source: Source) -> Iterator[Batch]:
    """The rows of a source, so many together as may be held at once. What cannot be read on is raised at its place."""
    with ExitStack() as stack:
        stream: Any = source.place
        if isinstance(source.adapter, (JsonLines, JsonOrLines)):
            stream = _Metered(stack.enter_context(opened(source.place)))
        rows: list[Row | BadRow] = []
        before = 0
        failure: BaseException | None = None
        reading = only_rows(source.adapter.read(stream))
        while True:
            try:
                rows.append(next(reading))
            except StopIteration:
                break
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a panic of a native library is no Exception
                failure = error
                break
            now = stream.bytes if isinstance(stream, _Metered) else 0
            if len(rows) >= LINES_AT_ONCE or now - before >= BYTES_AT_ONCE:
                yield rows, now - before
                rows, before = [], now
        if rows:
            yield rows, stream.bytes - before if isinstance(stream, _Metered) and failure is None else 0
        if failure is not None:
            raise failure


def _give_back() -> None:
    """Give the memory of a batch back: the C library of Linux keeps free memory, in small pieces."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # the C libraries of some distributions lack it
            trim(0)


class _Metered:
    """A binary stream that counts the bytes that are read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        """As the stream."""
        return self._count(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        """As the stream."""
        return self._count(self._stream.readline(size))

    def _count(self, data: bytes) -> bytes:
        self.bytes += len(data)
        return data
