"""Adapters: rows with their places, bad rows that stop nobody, and the adapter that a source gets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.decision.plugins import Plugins, manager
from aava_rules.language.errors import AdapterError
from aava_rules.tools.inputs import json as adapters_json
from aava_rules.tools.inputs.choose import adapter_for
from aava_rules.tools.inputs.json import Json, JsonLines, JsonOrLines

CANARY = "Kanarialintu-020579"


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        yield manager()


def rows(adapter: Adapter, text: str | bytes) -> list[Row | BadRow]:
    return list(adapter.read(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def bad(read_rows: list[Row | BadRow]) -> list[tuple[str, str]]:
    return [(row.place, row.reason) for row in read_rows if isinstance(row, BadRow)]


class TestJsonLines:
    def test_a_record_a_line(self) -> None:
        """Every line is a record with the number of its line; blank lines count but give nothing."""
        assert rows(JsonLines(), '{"id": "a"}\n\n  \r\n{"id": "b"}') == [
            Row("line 1", {"id": "a"}),
            Row("line 4", {"id": "b"}),
        ]

    def test_decimals_are_exact(self) -> None:
        """A decimal is what its text says, not the nearest binary number."""
        (row,) = rows(JsonLines(), '{"hours": 0.1}')
        assert isinstance(row, Row)
        assert row.record == {"hours": Decimal("0.1")}

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('{"id": "a", "id": "b"}', "gives the key id twice. Keep one of the two."),
            ('{"x": NaN}', "holds NaN or an infinity. Leave out what is not known."),
            ('{"id": "a"', "column 11 is not JSON."),
            ("[]", 'is not an object. A record begins with { and has an "id".'),
            ("[" * 100_000, "is nested too deep."),
            ('{"x": ' + "9" * 5000 + "}", "holds a number that is too large to read."),
        ],
    )
    def test_a_bad_line_is_told_and_the_rest_is_read(self, line: str, reason: str) -> None:
        """What is no record comes out with its line and the reason, between the records around it."""
        read_rows = rows(JsonLines(), f'{{"id": "a"}}\n{line}\n{{"id": "c"}}\n')
        assert read_rows == [Row("line 1", {"id": "a"}), BadRow("line 2", reason), Row("line 3", {"id": "c"})]

    def test_a_line_that_is_not_utf_8(self) -> None:
        """A line in another encoding is a bad row of its own."""
        read_rows = rows(JsonLines(), b'{"id": "\xe4"}\n{"id": "b"}')
        assert bad(read_rows) == [("line 1", "byte 8 is not UTF-8. Give the record as UTF-8.")]
        assert read_rows[1] == Row("line 2", {"id": "b"})

    def test_a_line_that_is_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A line over the limit is skipped without being held in memory, and the next one is read."""
        monkeypatch.setattr(adapters_json, "SIZE_MAX", 64)
        read_rows = rows(JsonLines(), '{"x": "' + "y" * 500 + '"}\n{"id": "b"}\n')
        assert [row.place for row in read_rows] == ["line 1", "line 2"]
        assert isinstance(read_rows[0], BadRow)

    def test_a_byte_order_mark(self) -> None:
        """A byte order mark before the first line is no part of it."""
        assert rows(JsonLines(), b'\xef\xbb\xbf{"id": "a"}') == [Row("line 1", {"id": "a"})]

    def test_one_line_is_read_at_a_time(self) -> None:
        """The first record is there before the second line is read: memory does not grow with the source."""

        class Counting(io.BytesIO):
            lines = 0

            def readline(self, size: int | None = -1, /) -> bytes:
                self.lines += 1
                return super().readline(size)

        source = Counting(b'{"id": "a"}\n' * 1000)
        read_rows = JsonLines().read(source)
        next(read_rows)
        assert source.lines == 1

    def test_reasons_hold_no_contents(self) -> None:
        """What a bad line holds is not repeated in the reason."""
        lines = [f'{{"{CANARY}": 1, "{CANARY}": 2}}', f'{{"id": "{CANARY}"', f'"{CANARY}"', f"{CANARY}"]
        assert CANARY not in str(rows(JsonLines(), "\n".join(lines)))


class TestJson:
    def test_one_object(self) -> None:
        """A file that is an object is one record, without a place of its own."""
        assert rows(Json(), ' \n{\n"id": "a"}') == [Row("", {"id": "a"})]

    def test_an_array(self) -> None:
        """The items of an array are records, with their number and the line on which they begin."""
        assert rows(Json(), '[\n{"id": "a"},\n\n{"id":\n"b"}, {"id": "c"}\n]\n') == [
            Row("item 1, line 2", {"id": "a"}),
            Row("item 2, line 4", {"id": "b"}),
            Row("item 3, line 5", {"id": "c"}),
        ]

    @pytest.mark.parametrize("text", ["[]", " [ ] ", "\n[\n]\n"])
    def test_an_empty_array(self, text: str) -> None:
        """An empty array has no records and nothing wrong."""
        assert rows(Json(), text) == []

    @pytest.mark.parametrize("item", ['{"id": 1, "id": 2}', '{"x": Infinity}', "5", "null", '"x"'])
    def test_a_bad_item_does_not_stop_the_others(self, item: str) -> None:
        """An item that is no record is told by its number, and those after it are read."""
        read_rows = rows(Json(), f'[{{"id": "a"}}, {item}, {{"id": "c"}}]')
        assert [place for place, _ in bad(read_rows)] == ["item 2, line 1"]
        assert read_rows[2] == Row("item 3, line 1", {"id": "c"})

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ('[{"id": "a"}\n {"id": "b"}]', "line 2 column 2"),
            ('[{"id": "a"}', "line 1 column 13"),
            ('[{"id": "a"},]', "line 1 column 14"),
            ('[{"id": "a"}] []', "line 1 column 15"),
        ],
    )
    def test_where_an_array_breaks_off(self, text: str, place: str) -> None:
        """What stands before a syntax error is read, and the error is told with its line and column."""
        read_rows = rows(Json(), text)
        assert read_rows[0] == Row("item 1, line 1", {"id": "a"})
        assert bad(read_rows) == [(place, "is not JSON, in or after item 1. What follows is not read.")] or bad(
            read_rows
        ) == [(place, "is not JSON, in or after item 2. What follows is not read.")]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (b"", ("", "is empty. Give a record, or [] for none.")),
            (b'{"id": ', ("", "line 1 column 8 is not JSON.")),
            (b"\xff", ("byte 0", "is not UTF-8. Save the file as UTF-8.")),
            (b"[" * 100_000, ("line 1 column 2", "is not JSON, in or after item 1. What follows is not read.")),
            (b"[" * 100_000 + b"]" * 100_000, ("item 1, line 1", "is nested too deep.")),
            (b'[{"id" "b"}]', ("item 1, line 1", "column 7 is not JSON.")),
        ],
    )
    def test_a_file_that_is_no_json(self, text: bytes, found: tuple[str, str]) -> None:
        """A file that cannot be read is one bad row that says why."""
        assert bad(rows(Json(), text)) == [found]

    def test_a_file_that_is_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A document over the limit is refused, with what to do instead."""
        monkeypatch.setattr(adapters_json, "WHOLE_MAX", 10)
        ((_, reason),) = bad(rows(Json(), '{"id": "abcdef"}'))
        assert "JSON Lines" in reason

    @settings(deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
        )
    )
    def test_any_json_is_read_or_told(self, value: Any) -> None:
        """Whatever a JSON document holds, its objects come out as they are and the rest as bad rows."""
        items = value if isinstance(value, list) else [value]
        read_rows = rows(Json(), json.dumps(value))
        assert [row.record if isinstance(row, Row) else None for row in read_rows] == [
            item if isinstance(item, dict) else None for item in items
        ]


class TestStandardInput:
    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ('{"id": "a"}', ["line 1"]),
            ('{"id": "a"}\n\n', ["line 1"]),
            ('{\n"id": "a"\n}\n', [""]),
            ('{"client": {}\n}', [""]),
            ('[{"id": "a"},\n{"id": "b"}]', ["item 1, line 1", "item 2, line 2"]),
            ('{"id": "a"}\n{"id": "b"}\n', ["line 1", "line 2"]),
            ('\n{"id": "a"}\n{"id": "b"}\n', ["line 2", "line 3"]),
            ('{"id": "a" "x"}\n{"id": "b"}\n', ["line 1", "line 2"]),
        ],
    )
    def test_json_and_json_lines_are_told_apart(self, text: str, places: list[str]) -> None:
        """One object or an array is JSON; objects on lines of their own are JSON Lines."""
        assert [row.place for row in rows(JsonOrLines(), text)] == places

    def test_an_object_over_several_lines_is_whole(self) -> None:
        """An object that is printed over several lines is read as one, whatever its first line ends with."""
        assert rows(JsonOrLines(), '{"client": {}\n, "id": "a"}') == [Row("", {"client": {}, "id": "a"})]


class TestAdapterFor:
    @pytest.mark.parametrize(
        ("wanted", "name"),
        [
            ("plans/a.json", "json"),
            ("A.JSON", "json"),
            (Path("register.2024.jsonl"), "jsonl"),
            ("x.ndjson", "jsonl"),
            ("application/json", "json"),
            ("application/JSON; charset=utf-8", "json"),
            ("application/x-ndjson", "jsonl"),
            ("-", "json or jsonl"),
        ],
    )
    def test_by_suffix_media_type_or_dash(self, plugins: Plugins, wanted: str | Path, name: str) -> None:
        """A path gets the adapter of its suffix, a media type its own, and a dash the one that looks."""
        assert adapter_for(plugins, wanted).name == name

    @pytest.mark.parametrize(
        ("wanted", "text"),
        [
            (
                "a.jsn",
                "a.jsn: no adapter reads .jsn files. Known are .json, .jsonl, .ndjson, .parquet. Did you mean .json?",
            ),
            (
                "README",
                "README: the name has no suffix that tells its kind. Known are .json, .jsonl, .ndjson, .parquet.",
            ),
        ],
    )
    def test_an_unknown_kind(self, plugins: Plugins, wanted: str, text: str) -> None:
        """Where no adapter fits, the error names the known suffixes and the nearest one."""
        with pytest.raises(AdapterError) as caught:
            adapter_for(plugins, wanted)
        assert str(caught.value) == text

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """A missing file and a folder are told as what they are."""
        for path, text in ((tmp_path / "x.json", "there is no such file or folder"), (tmp_path, "is a folder")):
            with pytest.raises(AdapterError, match=text):
                list(Json().read(path))

    def test_a_path_is_closed_and_a_stream_is_left_open(self, tmp_path: Path) -> None:
        """Whoever opens a source closes it."""
        stream: BinaryIO = io.BytesIO(b"{}")
        list(Json().read(stream))
        assert not stream.closed
        file = tmp_path / "a.json"
        file.write_bytes(b"{}")
        assert list(Json().read(file)) == [Row("", {})]
