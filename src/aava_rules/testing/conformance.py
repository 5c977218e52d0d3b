"""The conformance kit of adapters: a class of pytest tests that an adapter's author fills in with a few methods.

    from aava_rules.testing import AdapterConformance

    class TestMine(AdapterConformance):
        def adapter(self): return Mine()
        def write(self, records, folder): ...

Each check fails for one kind of fault. A check that a kind of source cannot fail is skipped, and pytest tells why.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import pytest

from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.language.errors import AdapterError, RecordError
from aava_rules.testing import conformance_records as examples
from aava_rules.testing.conformance_sources import OneWay, chain_texts, damaged, key_of, new_folder, shown, size_of
from aava_rules.testing.reading_memory import peaks

SIZE: Final = "AAVA_RULES_CONFORMANCE_MB"
"""The environment variable for the size of the source that memory is measured with, in MB: 200 takes a minute."""
PEAK_MAX: Final = 300
"""The most memory that reading a source of up to a million clients may take, in MB, whatever its size."""

BYTES_OF_ID: Final = 150
"""What a client more may take of memory: that of an id, by which a client who comes twice is known."""
NOISE: Final = 3
"""The MB by which the peaks of two readings that take the same memory may differ."""


class AdapterConformance:
    """What every adapter has to keep, as tests. Subclass it as ``class TestMine(AdapterConformance)``.

    Attributes:
        ids: Ids that `test_ids_are_opaque` writes; a source whose keys are numbers names some of its own.
        keeps_order: Whether rows come in the order in which they were written; else in some order, always the same.
        reads_streams: Whether it reads open streams; a source that is no file cannot.
        source_mb: The size of the source for memory, in MB, unless the environment says otherwise.
    """

    ids: ClassVar[Collection[str]] = examples.IDS
    keeps_order: ClassVar[bool] = True
    reads_streams: ClassVar[bool] = True
    source_mb: ClassVar[int] = 8

    # -- what the author fills in

    def adapter(self) -> Adapter:
        """A new adapter. Must be filled in: raises NotImplementedError."""
        raise NotImplementedError("adapter() gives the adapter that is tested")

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
        """A source that says what records say, as far as it can. Must be filled in: raises NotImplementedError.

        Args:
            records: Mappings in the record format, with dates and Decimals. They may be very many: read them once.
            folder: An empty folder, to write to.

        Returns:
            What the adapter reads; None if such a source cannot hold these records.
        """
        raise NotImplementedError("write() writes a source for the adapter")

    def says(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record to be read where ``record`` was written: what such a source can say of it. Default: all."""
        return record

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path | None:
        """A source with a row that cannot be read.

        Args:
            records: Some records, as for `write`.
            folder: An empty folder, to write to.
            canary: A text that is to stand in the bad row, right after the first record.

        Returns:
            What the adapter reads; None if no row of such a source can be bad.
        """
        return None

    def write_with_codes(self, records: Sequence[Mapping[str, Any]], codes: Sequence[str], folder: Path) -> Path | None:
        """A source that holds identity codes where such sources do.

        Args:
            records: Some records, as for `write`.
            codes: The identity code of each client.
            folder: An empty folder, to write to.

        Returns:
            What the adapter reads; None if such a source has no place for them.
        """
        return None

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The rows of ``source``. Fill it in for an adapter that needs more than that, such as a mapping."""
        return self.adapter().read(source)

    def size(self, source: Path) -> int:
        """The bytes that ``source`` holds. Fill it in for one that lies elsewhere, such as on a server.

        Args:
            source: What `write` gave.
        """
        return size_of(source)

    # -- the checks

    def test_it_can_be_registered(self) -> None:
        """It has a name, media types, suffixes with a dot, and capabilities."""
        adapter = self.adapter()
        if not (isinstance(adapter.name, str) and adapter.name):
            pytest.fail("name is a text that is not empty")
        for name, kinds in (
            ("media_types", (tuple, list, set, frozenset)),
            ("suffixes", (tuple, list, set, frozenset)),
        ):
            values = getattr(adapter, name)
            if not isinstance(values, kinds) or not all(isinstance(value, str) for value in values):
                pytest.fail(f"{name} is a tuple of texts")
        if not all(suffix.startswith(".") and suffix == suffix.lower() for suffix in adapter.suffixes):
            pytest.fail("a suffix begins with a dot and is in small letters")
        if not isinstance(adapter.capabilities, (set, frozenset)):
            pytest.fail("capabilities is a frozenset")

    def test_round_trip(self, tmp_path: Path) -> None:
        """What is written is read: each client once, and all that the source can say of it."""
        self._same(examples.full(), tmp_path)

    def test_order_is_stable(self, tmp_path: Path) -> None:
        """Two readings give the same rows at the same places, in the order of the source."""
        records = examples.shuffled(40)
        source = self._written(records, tmp_path)
        first, second = ([(row.place, key_of(row)) for row in self.read(source)] for _ in range(2))
        if first != second:
            pytest.fail("a second reading gives the rows in another order, or at other places")
        if len({place for place, _ in first}) < len(first):
            pytest.fail("two rows have the same place")
        if self.keeps_order and [key for _, key in first] != [str(self.says(record)["id"]) for record in records]:
            pytest.fail("the rows do not come in the order of the source")

    def test_missing_is_not_false_and_not_empty(self, tmp_path: Path) -> None:
        """What is missing is left out, what is false or 0 is said, and an empty list says that there are none."""
        variants = [examples.varied(number, *variant) for number, variant in enumerate(examples.VARIANTS)]
        complete = [examples.complete(number) for number in range(len(variants))]
        differs = [
            examples.plain(self.says(variant)) != examples.plain(self.says(record))
            for variant, record in zip(variants, complete, strict=True)
        ]
        if not any(differs):
            pytest.skip("the source cannot leave out anything of these records, and none is false or empty in it")
        read = self._read_records(variants, tmp_path)
        wrong = [
            f"{path} {'empty' if value == [] else value!r}"
            for variant, (path, value) in zip(variants, examples.VARIANTS, strict=True)
            if read.get(str(self.says(variant)["id"])) != examples.plain(self.says(variant))
        ]
        if wrong:
            pytest.fail(f"does not come back as it was written: {', '.join(wrong)}")

    def test_ids_are_opaque(self, tmp_path: Path) -> None:
        """Ids come as texts just as they are, and no identity code comes out: in no record, no place and no reason."""
        if self.ids:
            records = [examples.complete(number) | {"id": key} for number, key in enumerate(self.ids)]
            wanted = sorted(str(self.says(record)["id"]) for record in records)
            keys = sorted(key_of(row) for row in self.read(self._written(records, new_folder(tmp_path, "ids"))))
            if keys != wanted:
                pytest.fail(f"ids are not read as texts: {keys} instead of {wanted}")
        records = [examples.complete(number) for number in range(len(examples.CODES))]
        source = self.write_with_codes(records, examples.CODES, new_folder(tmp_path, "codes"))
        if source is None:
            if not self.ids:
                pytest.skip("the source has no ids of its own choice, and no place for identity codes")
            return
        rows = list(self.read(source))
        if sum(isinstance(row, Row) for row in rows) < len(records):
            pytest.fail("clients with identity codes are not read")
        output = json.dumps([shown(row) for row in rows], default=str)
        if any(code in output or code.lower() in output for code in examples.CODES):
            pytest.fail("an identity code comes out of the adapter")

    def test_no_contents_in_messages(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """No reason, place, error, chain of errors, log, warning or output has a text of the source in it."""
        caplog.set_level(0)
        sources = list(damaged(self._written(examples.marked(3), new_folder(tmp_path, "marked")), tmp_path))
        spoiled = self.write_spoiled(
            [examples.complete(0), examples.complete(1)], new_folder(tmp_path, "spoiled"), examples.CANARY
        )
        messages: list[str] = []
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            for source in [*sources, *([spoiled] if spoiled is not None else [])]:
                rows, error = self._read_all(source)
                messages += [f"{row.place}\n{row.reason}" for row in rows if isinstance(row, BadRow)]
                messages += [row.place for row in rows if isinstance(row, Row)]
                messages += chain_texts(error)
        messages += [str(warning.message) for warning in warned]
        output = capfd.readouterr()
        for kind, texts in (("a message", messages), ("the log", [caplog.text]), ("the output", list(output))):
            if any(examples.CANARY in text for text in texts):
                pytest.fail(f"{kind} shows what stands in the source")

    def test_a_bad_row_is_told_and_the_rest_is_read(self, tmp_path: Path) -> None:
        """A row that cannot be read comes as a BadRow with its place and a reason, and those around it are read."""
        records = [examples.complete(number) for number in range(3)]
        source = self.write_spoiled(records, tmp_path, examples.CANARY)
        if source is None:
            pytest.skip("no row of such a source can be bad")
        rows = list(self.read(source))
        bad = [row for row in rows if isinstance(row, BadRow)]
        if len(bad) != 1 or not bad[0].place or not bad[0].reason:
            pytest.fail(f"there is one bad row; told are {len(bad)}, each needs a place and a reason")
        if {key_of(row) for row in rows if isinstance(row, Row)} != {
            str(self.says(record)["id"]) for record in records
        }:
            pytest.fail("the rows before and after a bad one are not all read")

    def test_a_client_twice(self, tmp_path: Path) -> None:
        """Of a client that stands twice in one source, at most one record is read, and the other one is told."""
        records = [
            examples.complete(0),
            examples.complete(1),
            examples.varied(0, "facts.subsidy_days", 7),
            examples.complete(2),
        ]
        source = self.write(records, tmp_path)
        if source is None:
            pytest.skip("no client can stand twice in such a source")
        rows, error = self._read_all(source)
        keys = [key_of(row) for row in rows if isinstance(row, Row)]
        twice, *others = (str(self.says(record)["id"]) for record in (records[0], records[1], records[3]))
        if keys.count(twice) > 1:
            pytest.fail("one client comes as two records, whose answers contradict")
        if error is None and not any(isinstance(row, BadRow) for row in rows):
            pytest.fail("nothing tells that a client stands twice")
        if error is None and not set(others) <= set(keys):
            pytest.fail("the other clients are not read")

    def test_days_on_boundaries(self, tmp_path: Path) -> None:
        """Days at the edges of years, of calendars and of summer time are read as they are, to the day."""
        self._same([examples.on_day(number, day) for number, day in enumerate(examples.DAYS)], tmp_path)

    def test_protected_is_kept(self, tmp_path: Path) -> None:
        """A client whose personal data is protected comes as such, and one of whom that is not known does not."""
        records = [examples.varied(number, "client.protected", value) for number, value in enumerate((True, False))]
        records.append(examples.complete(2))
        written = [examples.plain(self.says(record)).get("client", {}).get("protected") for record in records]
        if True not in written:
            pytest.skip("such a source does not say whether personal data is protected")
        self._same(records, tmp_path)

    def test_late_rows_keep_their_types(self, tmp_path: Path) -> None:
        """The type of a value does not depend on the rows before it: decimals and keys that come late stay."""
        self._same(list(examples.late()), tmp_path)

    def test_streams(self, tmp_path: Path) -> None:
        """An open stream, even one that cannot go back, gives the rows of the file, and is left open."""
        source = self._written([examples.complete(number) for number in range(3)], tmp_path)
        if not self.reads_streams or not source.is_file():
            pytest.skip("such a source is not a file")
        stream = io.BufferedReader(OneWay(source.read_bytes()))
        rows = list(self.read(stream))
        if stream.closed:
            pytest.fail("the stream is closed, and it was opened by another")
        if [shown(row) for row in rows] != [shown(row) for row in self.read(source)]:
            pytest.fail("a stream gives other rows than the file")

    def test_damaged_sources(self, tmp_path: Path) -> None:
        """A source that is damaged, cut off, empty or not there gives rows and bad rows, or raises AdapterError."""
        source = self._written([examples.complete(number) for number in range(20)], new_folder(tmp_path, "right"))
        for broken in [*damaged(source, tmp_path), tmp_path / f"nowhere{source.suffix}"]:
            _, error = self._read_all(broken)
            if error is not None and not isinstance(error, AdapterError):
                pytest.fail(f"a source that is {broken.stem} raises {type(error).__name__} instead of AdapterError")

    def test_memory_is_bounded(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Any) -> None:
        """Memory grows with the source by the ids alone; an adapter that does not say that it streams need not."""
        if "stream" not in self.adapter().capabilities:
            pytest.skip("the adapter does not say that it streams")
        wanted = int(os.environ.get(SIZE, self.source_mb))
        some = self.size(self._written(map(examples.complete, range(200)), new_folder(tmp_path, "some")))
        count = max(200, wanted * 2**20 * 200 // some)
        small = self._written(map(examples.complete, range(count // 4)), new_folder(tmp_path, "small"))
        large = self._written(map(examples.complete, range(count)), new_folder(tmp_path, "large"))
        (few, before), (rows, peak) = peaks(type(self), [small, large])
        megabytes = self.size(large) / 2**20
        figure = f"{megabytes:.0f} MB, {rows} rows: {peak:.0f} MB at most; a quarter of it: {before:.0f} MB"
        record_property("memory", figure)
        if SIZE in os.environ:
            with capsys.disabled():
                print(f"\n{type(self).__name__}: {figure}")
        for folder in ("small", "large"):
            shutil.rmtree(tmp_path / folder)
        if rows != count:
            pytest.fail(f"of {count} clients {rows} are read")
        if peak > PEAK_MAX + max(rows - 1_000_000, 0) * BYTES_OF_ID / 2**20:
            pytest.fail(f"reading takes more than {PEAK_MAX} MB: {figure}")
        if peak - before > NOISE + (rows - few) * BYTES_OF_ID / 2**20:
            pytest.fail(f"memory grows with the source: {figure}")

    # -- what they share

    def _written(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        source = self.write(records, folder)
        if source is None:
            pytest.skip("such a source cannot hold these records")
        return source

    def _read_records(self, records: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, Any]:
        """What is read where ``records`` were written, by id."""
        read: dict[str, Any] = {}
        for row in self.read(self._written(records, folder)):
            if isinstance(row, BadRow):
                pytest.fail(f"{row.place} is told as bad: {row.reason}")
            try:
                read[key_of(row)] = examples.plain(row.record)
            except RecordError as error:
                pytest.fail(f"{row.place} is no right record: {error}")
        return read

    def _read_all(self, source: Path) -> tuple[list[Row | BadRow], BaseException | None]:
        """The rows until reading ends or fails, and what it failed with."""
        rows: list[Row | BadRow] = []
        try:
            for row in self.read(source):
                rows.append(row)  # one by one, so that those before an error are there
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of a native library is no Exception
            return rows, error
        return rows, None

    def _same(self, records: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """Fail unless what is read is what was written, in any order."""
        expected = {str(self.says(record)["id"]): examples.plain(self.says(record)) for record in records}
        read = self._read_records(records, folder)
        if missing := sorted(expected.keys() - read.keys()):
            pytest.fail(f"clients that were written are not read: {', '.join(missing[:5])}")
        if more := sorted(read.keys() - expected.keys()):
            pytest.fail(f"clients are read that were not written: {', '.join(more[:5])}")
        for key, record in expected.items():
            if read[key] != record:
                parts = sorted(part for part in {*record, *read[key]} if record.get(part) != read[key].get(part))
                detail = "; ".join(f"{part}: {read[key].get(part)!r} instead of {record.get(part)!r}" for part in parts)
                pytest.fail(f"{key} is not read as it was written. {detail}")
