"""The short form of a decision says what the full one says, each thing once, and its schema describes it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from frames_maker import book, maker_of, random_book
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_rulebooks import decide

import aava_rules
from aava_rules.decision.decision import Decision
from aava_rules.decision.schema import short_schema
from aava_rules.language.values import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted([*(ROOT / "examples" / "records").glob("*.json"), *(ROOT / "examples" / "stories").glob("*.json")])
DAYS = ("2014-05-05", "2021-06-01", "2026-11-29")
VALID = jsonschema.Draft202012Validator(short_schema())


def _record(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document.get("record", document)


def _says_the_same(decision: Decision) -> None:
    """The full form follows from the short one and from the tables of the rulebook, for all that applies."""
    full = json.loads(decision.to_json())
    whole = json.loads(decision.to_json(detail="short", languages=LANGUAGES, not_applicable=True))
    VALID.validate(whole)
    named = {*full["outcomes"], *(finding["requirement"] for finding in full["findings"])}
    named |= {step["step"] for step in full["next_steps"]}
    for caution in full["cautions"]:  # steps that are not suggested are in neither form
        caution["affects"] = [name for name in caution["affects"] if name in named]
    assert aava_rules.expanded(whole) == full
    assert whole["not_applicable"] == []


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_the_full_form_follows_from_the_short_one(path: Path, day: str) -> None:
    """Of every example, on days of unlike law: texts, citations, weights, cautions, all of it."""
    _says_the_same(book("hartola_sysma").decide(_record(path), day))


@pytest.mark.parametrize("audience", ["worker", "client"])
def test_it_speaks_to_either_audience(audience: Any) -> None:
    """The texts of the short form are those of the full one for the same audience."""
    decision = book().decide(_record(RECORDS[0]), DAYS[0])
    short = decision.to_dict(audience, detail="short", languages=["sv"])
    full = decision.to_dict(audience)
    assert {name: entry["text"]["sv"] for name, entry in short["outcomes"].items()} == {
        name: entry["text"]["sv"] for name, entry in full["outcomes"].items() if entry["status"] != "not_applicable"
    }


@settings(max_examples=60)
@given(seed=st.integers(0, 40), data=st.data())
def test_random_rulebooks_say_the_same(seed: int, data: st.DataObject) -> None:
    """Also where rules conflict, answers are given, sets are open, and days are not known."""
    rulebook = random_book(seed)
    day = date(2021, 3, 1)
    record = maker_of(rulebook).record(data.draw(st.randoms(use_true_random=False)), day)
    _says_the_same(rulebook.decide(record, day))


@pytest.mark.parametrize(
    ("construct", "on", "facts"),
    [
        ("conflict", "2020-01-01", {"left_sign": True, "second_left_sign": False, "right_sign": True}),
        ("doubt", "2021-01-01", {"a": True, "b": False}),
        ("judgement", "2020-01-01", {}),
        ("otherwise", "2020-01-01", {"a": False, "b": False}),
    ],
)
def test_answers_of_every_status_say_the_same(construct: str, on: str, facts: dict[str, Any]) -> None:
    """Conflicts, doubt with what the law read last gives, an official's judgement, and values that no rule gives."""
    _says_the_same(decide(construct, on, facts=facts))


def test_tables_can_come_once_for_a_batch() -> None:
    """Every decision without its tables is whole with those of the rulebook, whatever its record and day."""
    rulebook = book("hartola_sysma")
    tables = json.loads(json.dumps(rulebook.tables(LANGUAGES)))
    for path in RECORDS[::4]:
        for day in DAYS:
            decision = rulebook.decide(_record(path), day)
            with_own = decision.to_dict(detail="short", languages=LANGUAGES)
            without = decision.to_dict(detail="short", languages=LANGUAGES, tables=False)
            VALID.validate(without)
            assert aava_rules.expanded(without, tables) == aava_rules.expanded(with_own)


def test_codes_alone_have_no_text() -> None:
    """Without languages nothing that people read is written."""
    decision = book().decide(_record(RECORDS[0]), "2026-11-29")
    codes = decision.to_dict(detail="short", languages=[])
    VALID.validate(codes)
    written = json.dumps(codes)
    assert not any(f'"{word}"' in written for word in (*LANGUAGES, "text", "title", "successor"))


def test_what_does_not_apply_is_named_alone() -> None:
    """Its names are those of the full form, and no answer of it stands elsewhere."""
    decision = book().decide(_record(RECORDS[0]), DAYS[0])
    full, short = decision.to_dict(), decision.to_dict(detail="short")
    outcomes = [name for name, entry in full["outcomes"].items() if entry["status"] == "not_applicable"]
    findings = [entry["key"] for entry in full["findings"] if entry["status"] == "not_applicable"]
    assert short["not_applicable"] == [*outcomes, *findings]
    assert outcomes
    assert set(short["outcomes"]) == set(full["outcomes"]) - set(outcomes)


def test_one_line_has_no_needless_spaces() -> None:
    """The same arguments give the same bytes, as little as JSON needs."""
    decision = book().decide(_record(RECORDS[0]), DAYS[0])
    written = decision.to_json(detail="short")
    assert written == json.dumps(json.loads(written), ensure_ascii=False, separators=(",", ":"))
    assert written == book().decide(_record(RECORDS[0]), DAYS[0]).to_json(detail="short")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"detail": "brief"}, "full or short"),
        ({"detail": "short", "languages": "fi"}, "in a list"),
        ({"detail": "short", "languages": ["de"]}, "fi, sv, en"),
        ({"languages": ["fi"]}, "all languages"),
        ({"tables": False}, "no tables"),
        ({"not_applicable": True}, "all answers"),
    ],
)
def test_wrong_arguments_are_told(arguments: dict[str, Any], says: str) -> None:
    """What cannot be written is refused, and the message names what can."""
    decision = book().decide({"id": "r"}, DAYS[0])
    with pytest.raises(ValueError, match=says):
        decision.to_json(**arguments)


def test_what_cannot_be_expanded_is_told() -> None:
    """A full form, and a short one whose tables are lacking, are refused with what to give."""
    decision = book().decide({"id": "r"}, DAYS[0])
    with pytest.raises(ValueError, match="no decision in the short form"):
        aava_rules.expanded(decision.to_dict())
    with pytest.raises(ValueError, match="Give tables="):
        aava_rules.expanded(decision.to_dict(detail="short", tables=False))
