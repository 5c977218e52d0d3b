"""The JSON text of a decision is that of `json.dumps` of its dict, byte by byte, whoever was answered before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.short import short_form
from aava_rules.decision.stretches import changes

ROOT = Path(__file__).resolve().parents[2]
DAYS = ("1998-03-02", "2001-08-31", "2001-09-01", "2010-01-01", "2014-05-05", "2016-06-01", "2019-02-01", "2024-12-31")
DAYS = (*DAYS, "2025-01-01", "2026-02-02", "2031-01-01")
FORMS: tuple[dict[str, Any], ...] = (
    {"languages": ["fi"]},
    {"languages": ["en", "sv"], "not_applicable": True},
    {"languages": [], "tables": False},
    {"languages": [], "tables": False, "not_applicable": True},
)


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(
        [*(ROOT / "examples" / "records").glob("*.json"), *(ROOT / "examples" / "stories").glob("*.json")]
    ):
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record, dict) and "id" in record:
            yield path.name, record
    plan = {"kind": "activation_plan", "made_on": None}
    yield (
        "nothing known",
        {"id": 'a\u2028"\\ö', "plans": [plan, {"kind": None}], "periods": [{"kind": None}], "events": [{}]},
    )
    yield "nothing", {"id": "b"}
    yield "a stated outcome", {"id": "c", "facts": {"target_group": True}}


RECORDS = dict(records())


def expected(decision: Any, form: dict[str, Any] | None) -> str:
    if form is None:
        return json.dumps(decision.to_dict(), ensure_ascii=False)
    return json.dumps(decision.to_dict(detail="short", **form), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("name", ["finland", "aava", "hartola_sysma"])
def test_the_text_is_that_of_the_dict(name: str) -> None:
    """Also where the pieces of an answer were made for another client, on another day, or for the other audience."""
    book, other = aava_rules.load(name, plugins=False), aava_rules.load(name, plugins=False)
    count = 0
    for number, record in enumerate(RECORDS.values()):
        day, audience = DAYS[number % len(DAYS)], ("worker", "client")[number // 2 % 2]
        try:
            decision = book.decide(record, on=day).for_audience(audience)  # type: ignore[arg-type]
        except aava_rules.RecordError:
            continue  # it has facts of another rulebook
        fresh = other.decide(record, on=day).for_audience(audience)  # type: ignore[arg-type]
        form = FORMS[count % len(FORMS)]
        assert decision.to_json() == expected(fresh, None), (record["id"], day)
        assert decision.to_json(detail="short", **form) == expected(fresh, form), (record["id"], day, form)
        count += 1
    assert count > 15


def test_one_line_and_more_say_the_same() -> None:
    decision = aava_rules.load("aava", plugins=False).decide(RECORDS["a-17.json"], on="2014-05-05")
    for form in ({}, {"detail": "short"}):
        assert json.loads(decision.to_json(**form)) == json.loads(decision.to_json(indent=2, **form))  # type: ignore[arg-type]


def test_pieces_are_those_of_their_days() -> None:
    """The same facts on days between which a citation or a caution changes: each day has its own."""
    book = aava_rules.load("aava", plugins=False)
    days = {day for query in book._book.questions.values() for day in changes(book._book, query.kind, query.name)}
    assert len(days) > 20
    record = {"id": "a", "facts": {"age": 40, "unemployed": True}, "plans": [{"kind": "activation_plan"}]}
    for day in sorted(days)[::4]:
        for on in (date.fromordinal(day.toordinal() - 1), day):
            decision = book.decide(record, on=on, only=["target_group", "organiser", "plan_signed_by_all"])
            assert decision.to_json(detail="short") == json.dumps(
                short_form(decision, book._book, ("fi",), False, True), ensure_ascii=False, separators=(",", ":")
            )
