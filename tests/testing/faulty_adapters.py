"""Adapters with one fault each. ``test_conformance`` runs them: each fails the one check that its class names."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from aava_rules.adapters import ID_TWICE, BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.testing import AdapterConformance, as_json
from aava_rules.tools.inputs.json import JsonLines

Record = Mapping[str, Any]
Rows = Iterator[Row | BadRow]
CODE = "identity_code"


class Lines(JsonLines):
    """JSON Lines that may have an identity code beside the record, which is left out: an adapter without a fault."""

    def read(self, source: Path | BinaryIO) -> Rows:
        for row in super().read(source):
            yield self.row(Row(row.place, self.without_code(row.record))) if isinstance(row, Row) else row

    def without_code(self, record: Record) -> Record:
        return {key: value for key, value in record.items() if key != CODE}

    def row(self, row: Row) -> Row | BadRow:
        return row


class Base(AdapterConformance):
    kind: type[Lines] = Lines
    source_mb = 2

    def adapter(self) -> Lines:
        return self.kind()

    def write(self, records: Iterable[Record], folder: Path) -> Path:
        return self._lines((json.dumps(as_json(record)) for record in records), folder)

    def write_spoiled(self, records: Sequence[Record], folder: Path, canary: str) -> Path:
        first, *others = (json.dumps(as_json(record)) for record in records)
        return self._lines([first, f'"{canary}"', *others], folder)

    def write_with_codes(self, records: Sequence[Record], codes: Sequence[str], folder: Path) -> Path:
        coded = zip(records, codes, strict=True)
        return self._lines((json.dumps(as_json(record) | {CODE: code}) for record, code in coded), folder)

    def _lines(self, lines: Iterable[str], folder: Path) -> Path:
        path = folder / "register.jsonl"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines)
        return path


class TestNone(Base):
    """No fault, so that no check fails."""

    fails: frozenset[str] = frozenset()


class WrongSuffix(Lines):
    suffixes = ("jsonl",)


class TestRegistered(Base):
    fails = frozenset({"test_it_can_be_registered"})
    kind = WrongSuffix


class FirstItem(Lines):
    def row(self, row: Row) -> Row | BadRow:
        record = {key: value[:1] if isinstance(value, list) else value for key, value in row.record.items()}
        return Row(row.place, record)


class TestRoundTrip(Base):
    fails = frozenset({"test_round_trip"})
    kind = FirstItem


class OtherOrder(Lines):
    """Gives the first two rows the other way round when a file is read for the second time."""

    read_before: ClassVar[set[Path]] = set()

    def read(self, source: Path | BinaryIO) -> Rows:
        rows = super().read(source)
        if isinstance(source, Path) and source in self.read_before:
            first = next(rows, None)
            second = next(rows, None)
            rows = chain([row for row in (second, first) if row is not None], rows)
        elif isinstance(source, Path):
            self.read_before.add(source)
        yield from rows


class TestOrder(Base):
    fails = frozenset({"test_order_is_stable"})
    kind = OtherOrder


class Sorted(Lines):
    """Gives small sources in the order of their ids, as a database may."""

    def read(self, source: Path | BinaryIO) -> Rows:
        if isinstance(source, Path) and source.exists() and source.stat().st_size < 100_000:
            yield from sorted(
                super().read(source), key=lambda row: str(row.record["id"]) if isinstance(row, Row) else ""
            )
        else:
            yield from super().read(source)


class TestSorted(Base):
    fails = frozenset({"test_order_is_stable"})
    kind = Sorted


class TestSortedOnPurpose(Base):
    fails: frozenset[str] = frozenset()
    kind = Sorted
    keeps_order = False


class FalseForMissing(Lines):
    def row(self, row: Row) -> Row | BadRow:
        record = dict(row.record)
        if "facts" in record:
            record["facts"] = {"unemployed": False} | record["facts"]
        return Row(row.place, record)


class TestMissingAsFalse(Base):
    fails = frozenset({"test_missing_is_not_false_and_not_empty", "test_late_rows_keep_their_types"})
    kind = FalseForMissing


class EmptyForMissing(Lines):
    def row(self, row: Row) -> Row | BadRow:
        return Row(row.place, {"periods": []} | dict(row.record))


class TestMissingAsEmpty(Base):
    fails = frozenset({"test_missing_is_not_false_and_not_empty"})
    kind = EmptyForMissing


class MissingForEmpty(Lines):
    def row(self, row: Row) -> Row | BadRow:
        return Row(row.place, {key: value for key, value in row.record.items() if value != []})


class TestEmptyAsMissing(Base):
    fails = frozenset({"test_missing_is_not_false_and_not_empty"})
    kind = MissingForEmpty


class NumbersForIds(Lines):
    def row(self, row: Row) -> Row | BadRow:
        return Row(row.place, dict(row.record) | {"id": str(row.record["id"]).lstrip("0")})


class TestIdsAsNumbers(Base):
    fails = frozenset({"test_ids_are_opaque"})
    kind = NumbersForIds


class CodesForIds(Lines):
    def without_code(self, record: Record) -> Record:
        return super().without_code(record) | {"id": record.get(CODE, record["id"])}


class TestIdentityCodes(Base):
    fails = frozenset({"test_ids_are_opaque"})
    kind = CodesForIds


def line_of(source: Path | BinaryIO, row: BadRow) -> str:
    """The line of a file in which a bad row stands."""
    assert isinstance(source, Path)
    with source.open("rb") as lines:
        return next(islice(lines, int(row.place.removeprefix("line ")) - 1, None)).decode("utf-8", "replace")


class QuotesRows(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        for row in super().read(source):
            yield BadRow(row.place, f"cannot be read: {line_of(source, row)}") if isinstance(row, BadRow) else row


class TestContentsInReasons(Base):
    fails = frozenset({"test_no_contents_in_messages"})
    kind = QuotesRows


class LogsRows(Lines):
    def row(self, row: Row) -> Row | BadRow:
        logging.getLogger("faulty").debug("read %s", dict(row.record))
        return row


class TestContentsInLogs(Base):
    fails = frozenset({"test_no_contents_in_messages"})
    kind = LogsRows


class ChainsErrors(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        data = source.read_bytes() if isinstance(source, Path) and source.exists() else b""
        if data.startswith(b"\x00"):
            try:
                data.decode("ascii", "strict")
                raise ValueError(data)
            except ValueError:
                raise AdapterError("is no file of this kind") from None  # what it was raised of stays behind it
        yield from super().read(source)


class TestContentsInChains(Base):
    fails = frozenset({"test_no_contents_in_messages"})
    kind = ChainsErrors


class StopsAtBadRows(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        for row in super().read(source):
            yield row
            if isinstance(row, BadRow) and row.reason != ID_TWICE:
                return


class TestStops(Base):
    fails = frozenset({"test_a_bad_row_is_told_and_the_rest_is_read"})
    kind = StopsAtBadRows


class SkipsBadRows(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        return (row for row in super().read(source) if isinstance(row, Row) or row.reason == ID_TWICE)


class TestSkips(Base):
    fails = frozenset({"test_a_bad_row_is_told_and_the_rest_is_read"})
    kind = SkipsBadRows


class GivesTwice(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        for row in super().read(source):
            if isinstance(row, BadRow) and row.reason == ID_TWICE:
                row = Row(row.place, self.without_code(json.loads(line_of(source, row))))
            yield row


class TestTwice(Base):
    fails = frozenset({"test_a_client_twice"})
    kind = GivesTwice


class DropsTwice(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        return (row for row in super().read(source) if isinstance(row, Row) or row.reason != ID_TWICE)


class TestTwiceInSilence(Base):
    fails = frozenset({"test_a_client_twice"})
    kind = DropsTwice


class LeapDays(Lines):
    def row(self, row: Row) -> Row | BadRow:
        text = json.dumps(as_json(dict(row.record))).replace("-02-29", "-03-01")
        return Row(row.place, json.loads(text, parse_float=Decimal))


class TestLeapDays(Base):
    fails = frozenset({"test_days_on_boundaries"})
    kind = LeapDays


class ShortYears(Lines):
    def row(self, row: Row) -> Row | BadRow:
        birth = date.fromisoformat(row.record["client"]["birth_date"]) if "client" in row.record else None
        if birth is None or birth.year > 1969:
            return row
        client = row.record["client"] | {"birth_date": birth.replace(year=birth.year + 100).isoformat()}
        return Row(row.place, dict(row.record) | {"client": client})


class TestShortYears(Base):
    fails = frozenset({"test_days_on_boundaries"})
    kind = ShortYears


class Unprotected(Lines):
    def row(self, row: Row) -> Row | BadRow:
        client = {key: value for key, value in row.record.get("client", {}).items() if key != "protected"}
        return Row(row.place, dict(row.record) | ({"client": client} if client else {}))


class TestUnprotected(Base):
    fails = frozenset({"test_protected_is_kept"})
    kind = Unprotected


class FirstHundred(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        whole: dict[str, bool] = {}
        for number, row in enumerate(super().read(source)):
            if isinstance(row, Row) and row.record.get("periods"):
                first = row.record["periods"][0]
                hours = first.get("hours_per_day")
                if number < 100:
                    whole["hours"] = whole.get("hours", True) and hours == int(hours)
                elif whole["hours"]:
                    periods = [dict(first) | {"hours_per_day": int(hours)}]
                    row = Row(row.place, dict(row.record) | {"periods": periods})
            yield row


class TestFirstHundred(Base):
    fails = frozenset({"test_late_rows_keep_their_types"})
    kind = FirstHundred


class Closes(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        yield from super().read(source)
        if not isinstance(source, Path):
            source.close()


class TestCloses(Base):
    fails = frozenset({"test_streams"})
    kind = Closes


class GoesBack(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        if not isinstance(source, Path):
            source.seek(0)
        yield from super().read(source)


class TestGoesBack(Base):
    fails = frozenset({"test_streams"})
    kind = GoesBack


class RaisesAnything(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        if isinstance(source, Path):
            source.read_bytes()[0]
        yield from super().read(source)


class TestRaisesAnything(Base):
    fails = frozenset({"test_damaged_sources"})
    kind = RaisesAnything


class PanicException(BaseException):
    """As native libraries raise it: no Exception."""


class Panics(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        if isinstance(source, Path) and source.exists() and b"\xff\x00" in source.read_bytes():
            raise PanicException
        yield from super().read(source)


class TestPanics(Base):
    fails = frozenset({"test_damaged_sources"})
    kind = Panics


class Hoards(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        return iter(list(super().read(source)))


class TestHoards(Base):
    fails = frozenset({"test_memory_is_bounded"})
    kind = Hoards


class ReadsAll(Lines):
    def read(self, source: Path | BinaryIO) -> Rows:
        data = source.read_bytes() if isinstance(source, Path) and source.exists() else b""
        yield from super().read(source)
        del data


class TestReadsAll(Base):
    fails = frozenset({"test_memory_is_bounded"})
    kind = ReadsAll
    source_mb = 8
