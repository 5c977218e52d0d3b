"""Findings as a Parquet file, for tables of other programs: those of registers through columns, all else one by one.

Its rows are those of the CSV report, without texts: what columns of `aava_rules.decision.table` tell of findings, and
of a record that could not be answered why. Each batch of clients is written before the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.answers import Finding, state_of
from aava_rules.decision.decision import Decision
from aava_rules.decision.essential import essential
from aava_rules.decision.service import book_of
from aava_rules.engine.table.output.frames import FINDING_STATUS, LIST, WEIGHT
from aava_rules.engine.table.solve.cautions import Cautions
from aava_rules.language.errors import AavaRulesError
from aava_rules.tools.cli.ending import print_error
from aava_rules.tools.cli.progress import Progress
from aava_rules.tools.cli.records import InputRecords, Source
from aava_rules.tools.cli.registers import RegisterRun
from aava_rules.tools.cli.tallies import CheckedTable
from aava_rules.tools.reports.report import tally
from aava_rules.tools.reports.shown import applicable_findings
from aava_rules.tools.reports.unanswered import ERROR, UNREAD, Unanswered

STATUS: Final = pl.Enum([*FINDING_STATUS.categories, ERROR, UNREAD])
ROWS_TOGETHER: Final = 50_000
"""Rows of records answered one by one that are written together."""


class FindingsFile(RegisterRun):
    """The findings of all sources as one Parquet file.

    Attributes:
        counts: how many findings are broken or not known, by weight and status.
        cautioned: whether a finding has a caution; False where that is not asked.
    """

    def __init__(
        self, records: InputRecords, on: date, names: list[str], language: str, *, engine: str | None,
        columns: bool, statuses: Collection[str], weights: Collection[str], doubt: bool,
    ) -> None:  # fmt: skip
        """Args:
        records: what is answered.
        on: the day of decision.
        names: the requirements that are checked.
        language: the language in which is told why a record has no answer.
        engine: the engine of records that are answered one by one; None for the default one.
        columns: whether registers go through columns.
        statuses: the statuses of the findings that are written; empty for all.
        weights: the weights of the findings that are written; empty for all.
        doubt: whether cautions are looked for.
        """
        everything = engine == "columnar"
        super().__init__(records, on, everything=everything, columns=columns)
        self._engine = None if everything else engine
        self._names, self._language = names, language
        self._statuses, self._weights = list(statuses), list(weights)
        self.counts: dict[tuple[str, str], int] = {}
        self.cautioned = False
        self._doubt = doubt
        self._cautions = Cautions(book_of(records.rulebook), essential) if doubt else None
        self._schema: dict[str, Any] = {
            "id": pl.String(), "on": pl.Date(), "requirement": pl.Enum(names), "list": LIST, "position": pl.UInt32(),
            "item": pl.String(), "status": STATUS, "weight": WEIGHT, "error": pl.String(),
        }  # fmt: skip
        self._alone: list[tuple[Any, ...]] = []
        self._noticed = 0
        self._parts: list[Path] = []
        self._folder = Path()
        records.tell = self._unanswered

    def write(self, path: Path, shown: Progress) -> None:
        """Answer all sources, and write the file.

        Args:
            path: the file.
            shown: takes the progress.

        Raises:
            AavaRulesError: the file cannot be written.
        """
        from aava_rules.tools.cli.output import output_folder

        with output_folder(path) as self._folder:
            self.run(shown)
            self._write_rows()
            self._join(path)
        if self._noticed:
            print_error(
                f"{'1 record' if self._noticed == 1 else f'{self._noticed} records'} may have something that does not "
                "fit together, such as a row that is there twice. Parquet has no place for it; --format csv tells it.",
                self.records.console,
            )

    def _join(self, path: Path) -> None:
        """Write all that was written as one file."""
        if not self._parts:
            self._part(pl.DataFrame(schema=self._schema))
        self._written(path, lambda: pl.scan_parquet(self._parts, glob=False).sink_parquet(self._folder / path.name))

    def _written(self, path: Path, write: Callable[[], object]) -> None:
        try:
            write()
        except pl.exceptions.PolarsError as error:  # of a disk that is full, say
            raise AavaRulesError(f"{path}: cannot be written ({type(error).__name__}).") from None

    def _part(self, frame: pl.DataFrame) -> None:
        part = self._folder / f"part-{len(self._parts)}"
        self._written(part, lambda: frame.write_parquet(part, compression="lz4"))
        self._parts.append(part)

    # -- registers

    def _table(self, tables: Any, record: Callable[[int], Mapping[str, Any]]) -> None:
        book = book_of(self.records.rulebook)
        table = CheckedTable(tables, book, frozenset(self._names), self._decided, self._cautions, self._caution)
        for (weight, status), count in table.counts.items():
            if status in ("broken", "unknown"):
                self.counts[weight, status] = self.counts.get((weight, status), 0) + count
        self._noticed += len(table.noticed)
        self._write_rows()
        self._part(self._shown(table.findings))

    def _shown(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The findings of a frame that are written, with the columns of the file."""
        if self._statuses:
            frame = frame.filter(pl.col("status").cast(pl.String).is_in(self._statuses))
        if self._weights:
            frame = frame.filter(pl.col("weight").cast(pl.String).is_in(self._weights))
        more = {"on": pl.lit(self.on), "error": pl.lit(None, pl.String())}
        return frame.with_columns(**more).select(pl.col(name).cast(dtype) for name, dtype in self._schema.items())

    def _decided(self, record: Mapping[str, Any]) -> Decision:
        decision = self.records.rulebook.decide(record, on=self.on, only=self._names, engine="reference")
        return decision.for_audience(self.records.audience)

    def _caution(self, decision: Decision) -> None:
        self.cautioned = self.cautioned or bool(decision.cautions)

    # -- one by one

    def _record(self, source: Source, row: Row | BadRow) -> None:
        decision = self.records.decision(source, row, self.on, self._names, self._engine)
        if decision is None:
            return
        for answer in tally([decision], self.counts):
            self._noticed += bool(answer.notices)
            if self._doubt:
                self._caution(answer)
            self._alone += [
                self._row(finding, answer) for finding in applicable_findings(answer) if self._shows(finding)
            ]
        if len(self._alone) >= ROWS_TOGETHER:
            self._write_rows()

    def _shows(self, finding: Finding) -> bool:
        return (not self._statuses or finding.status in self._statuses) and (
            not self._weights or finding.weight in self._weights
        )

    def _row(self, finding: Finding, decision: Decision) -> tuple[Any, ...]:
        state = state_of(finding)
        position, item = (state.position, state.item.id) if state.list_name else (None, None)
        return (
            decision.record_id, decision.on, finding.requirement, state.list_name, position, item, finding.status,
            finding.weight, None,
        )  # fmt: skip

    def _unanswered(self, record: Unanswered) -> None:
        """A row for a record, or a source, that has no answer: where it is, and what is wrong with it."""
        where = record.where_in(self._language)
        lines = record.lines_in(self._language)
        wrong = "\n".join([f"{where}: {lines[0]}", *lines[1:]]) if lines else where
        nothing = (None,) * 4
        self._alone.append((record.record_id, self.on, *nothing, record.status, None, wrong))

    def _write_rows(self) -> None:
        """Write the rows of what was answered one by one."""
        if self._alone:
            self._part(pl.DataFrame(self._alone, schema=self._schema, orient="row"))
            self._alone.clear()
