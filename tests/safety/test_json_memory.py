"""JSON is read within a small multiple of its size, whatever stands in it."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

import aava_rules
from aava_rules.adapters import BadRow, Row
from aava_rules.record import json_text
from aava_rules.record.json_text import DENSEST, parse
from aava_rules.tools.inputs import json as adapters_json
from aava_rules.tools.inputs.json import Json, JsonLines, JsonOrLines

SIZE = 300_000
DENSE: dict[str, str] = {
    "lists": "[],",
    "lists in lists": "[[[[[[[[[[]]]]]]]]]],",
    "objects": "{},",
    "objects with a key": '{"":1},',
    "numbers": "1,",
    "decimals": "1.5,",
    "texts": '"a",',
}
REFUSED_MULTIPLE = 2
"""What is refused is not made into values: its text is all that is held."""
READ_MULTIPLE = 20
"""A decimal of eight characters takes 14 times its size, and an object with a short key 12 times."""


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(source: bytes | str) -> None:
    with pytest.raises(aava_rules.RecordError, match="has too many values for its size"):
        parse(source)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds from a megabyte on is tried on less."""
    monkeypatch.setattr(json_text, "DENSE_FROM", SIZE // 10)


@pytest.mark.parametrize("kind", DENSE)
def test_many_short_values_are_refused_before_they_are_made(kind: str) -> None:
    """They would take tens of times the size of their text."""
    text = '{"id": "a", "x": [' + DENSE[kind] * (SIZE // len(DENSE[kind])) + "0]}"
    for source in (text, text.encode()):
        assert peak(lambda source=source: refused(source)) < REFUSED_MULTIPLE * SIZE


@pytest.mark.parametrize(
    "part", ["1.000000,", '"aaaaaa",', '{"aaaaaaaaaa":1},', "[              ],", '"2015-01-05",', "\U0001f600" * 100]
)
def test_what_is_read_takes_a_small_multiple(part: str) -> None:
    """As dense as it may be, and with characters that take four bytes each."""
    source = '{"id": "a", "x": [' + (part * (SIZE // len(part.encode())) + "0" if "," in part else f'"{part * 500}"')
    data = (source + "]}").encode()
    assert len(data) >= DENSEST * sum(map(data.count, (b",", b"[", b"{")))
    assert peak(lambda: parse(data)) < READ_MULTIPLE * len(data)


def test_a_record_as_they_are_is_never_too_dense() -> None:
    """Records full of days, and of periods with all that they may have."""
    days = [
        f"20{year:02}-{month:02}-{day:02}" for year in range(1, 20) for month in range(1, 13) for day in range(1, 29)
    ]
    periods = [
        {"id": f"p{number}", "start": "2015-01-01", "days_per_week": 4, "evaluated_on": days[:3]}
        for number in range(4_000)
    ]
    benefits = [{"kind": "labour_market_subsidy", "start": day, "end": day, "days": 1} for day in days]
    record = {"id": "a", "periods": [{"attended_on": days}, *periods], "benefits": benefits}
    text = json.dumps(record, separators=(",", ":"))
    assert len(text) > json_text.DENSE_FROM
    assert parse(text) == parse(text.encode()) == json.loads(text)
    decision = aava_rules.load("finland", plugins=False).decide(text, "2015-02-02", ["target_group"])
    assert decision.outcomes["target_group"].status == "unknown"


@pytest.mark.parametrize("adapter", [Json(), JsonOrLines()])
def test_an_item_is_measured_before_it_is_made(adapter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array may have one item of hundreds of megabytes, which is one bad row; the others are read."""
    monkeypatch.setattr(json_text, "SIZE_MAX", SIZE // 2)
    monkeypatch.setattr(adapters_json, "SIZE_MAX", 4 * SIZE)
    source = b'[{"id": "a"},\n[' + b"[]," * (SIZE // 3) + b'[]],\n{"id": "\xf0\x9f\x98\x80"}]'
    found: list[Any] = []
    assert peak(lambda: found.extend(adapter.read(io.BytesIO(source)))) < 8 * SIZE
    assert [type(row) for row in found] == [Row, BadRow, Row]
    assert (found[1].place, found[2].record["id"]) == ("item 2, line 2", "\U0001f600")


def test_a_line_is_measured_before_it_is_made() -> None:
    """Also where the first line alone tells what a source is."""
    line = b'{"id": "a", "x": [' + b"[]," * (SIZE // 3) + b"[]]}\n"
    for adapter in (JsonLines(), JsonOrLines()):
        found: list[Any] = []
        assert peak(lambda adapter=adapter, found=found: found.extend(adapter.read(io.BytesIO(line)))) < 6 * SIZE
        assert [row.place for row in found if isinstance(row, BadRow)] in ([""], ["line 1"])


@pytest.mark.parametrize(
    ("source", "places"),
    [
        (b"[1, 2]", ["item 1, line 1", "item 2, line 1"]),
        (b'[{"id": "]"}, {"id": "\\"]"}]', []),
        (b'[{"id": "a}]', ["line 1 column 2"]),
        (b"[{]}", ["item 1, line 1", "line 1 column 4"]),
        (b'["a" "b"]', ["item 1, line 1", "line 1 column 6"]),
        (b"[,]", ["line 1 column 2"]),
        (b'\xef\xbb\xbf [ {"id": "a"} ] ', []),
        ('[{"id": "ä"}, ä'.encode(), ["item 2, line 1", "line 1 column 16"]),
        (b"x" * (2**20 - 1) + "ä".encode() + b"\xff", [f"byte {2**20 + 1}"]),
    ],
)
def test_the_ends_of_items_are_found_by_their_signs(source: bytes, places: list[str]) -> None:
    """Brackets within texts, quotes that do not end, and what is no JSON at all."""
    rows = [*Json().read(io.BytesIO(source))]
    assert [row.place for row in rows if isinstance(row, BadRow)] == places
