"""Columns of another system's tables through a mapping: what they hold, and who is left to be read row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest

import aava_rules
from aava_rules.engine.table.input.from_mapping import MappedTables
from aava_rules.engine.table.input.tables import load
from aava_rules.mapping import NOT_FOUND, Columns, ListText
from aava_rules.mapping import load as load_mapping

HEAD = "mapping: 1\nclients: {table: t, id: id, client: {birth_date: d, municipality: k}}\n"
PLANS = HEAD + "plans: {table: p, client: c, no_rows: none, fields: {reviewed_on: paivat, signed_by: kuka}}\n"
LOOKUP = """
mapping: 1
clients: {table: t, id: id, client: {municipality: {column: k, lookup: {table: kunta, key: koodi, value: nimi}}}}
"""


def frames_of(text: str, clients: Mapping[str, Sequence[Any]], **rows: Columns) -> tuple[dict[str, pl.DataFrame], Any]:
    """The tables that a mapping makes of columns, and whom they hold."""
    rulebook = aava_rules.load("finland", plugins=False)
    mapping = load_mapping(text.encode(), rulebook)
    size = len(clients["id"])
    frames, held = MappedTables(mapping, rulebook._book.vocabulary).frames(
        Columns(size, range(size), clients), {name.replace("_", "[0]"): columns for name, columns in rows.items()}
    )
    assert load(frames, date(2014, 5, 5), rulebook._book.vocabulary).valid.all()
    return frames, held.tolist()


def test_wrong_cells_leave_their_client_out() -> None:
    """A wrong cell, an empty key and an identity code leave one client out each; the others are numbered anew."""
    frames, held = frames_of(
        HEAD + "benefits: {table: b, client: c, no_rows: none, fields: {start: alku}}\n",
        {
            "id": [1, 2, None, "010594Y9032", 5, "A"],
            "d": [date(1990, 1, 1), "x", None, None, None, "1980-12-31"],
            "k": ["Lahti", None, None, None, "", " Oulu "],
        },
        benefits_=Columns(3, [5, 1, 4], {"alku": ["2014-01-07", "2014-01-08", "2014-02-30"]}),
    )
    assert held == [True, False, False, False, False, True]
    assert frames["clients"].select("id", "birth_date", "municipality").rows() == [
        ("1", date(1990, 1, 1), "Lahti"),
        ("A", date(1980, 12, 31), "Oulu"),
    ]
    assert frames["benefits"].rows() == [(1, date(2014, 1, 7))]


def test_what_lookups_found() -> None:
    """What was found is the value, NULL included; nothing found is unknown beside an empty key, and else wrong."""
    found = ["Hartola", None, NOT_FOUND, NOT_FOUND]
    cells = {"id": [1, 2, 3, 4], "k": [81, 82, None, 99], "k>kunta.nimi": found}
    frames, held = frames_of(LOOKUP, cells)
    assert held == [True, True, True, False]
    assert frames["clients"]["municipality"].to_list() == ["Hartola", None, None]
    frames, held = frames_of(LOOKUP.replace("nimi}}", "nimi}, other: unknown}"), cells)
    assert held == [True] * 4
    assert frames["clients"]["municipality"].to_list() == ["Hartola", None, None, None]


@pytest.mark.parametrize(
    ("days", "words", "plan"),
    [
        (["{2014-01-01,2014-02-01}"], ["{client}"], ([date(2014, 1, 1), date(2014, 2, 1)], ["client"])),
        (["{}"], ["{}"], ([], [])),
        ([None], [None], (None, None)),
        (["{2014-01-01}"], ['{"client",social_services}'], ([date(2014, 1, 1)], ["client", "social_services"])),
        (["{2014-01-01,NULL}"], [None], ([date(2014, 1, 1)], None)),
        (["{2014-01-01,infinity}"], [None], None),
        ([None], ["{client,Kanarialintu}"], None),
    ],
)
def test_lists_that_are_texts(days: list[Any], words: list[Any], plan: Any) -> None:
    """Lists as PostgreSQL writes them are read member by member; an empty one is none, and one that is not there is
    unknown, also where others are beside it."""
    days, words = [*days, None, "{}", "{2014-03-01}"], [*words, None, "{}", "{social_services}"]
    readers = {"paivat": ListText(), "kuka": ListText()}
    columns = Columns(4, [0, 1, 1, 1], {"paivat": days, "kuka": words}, readers)
    frames, held = frames_of(PLANS, {"id": [1, 2], "d": [None, None], "k": [None, None]}, plans_=columns)
    others = [(None, None), ([], []), ([date(2014, 3, 1)], ["social_services"])]
    wanted = others if plan is None else [plan, *others]
    assert held == [plan is not None, True]
    assert frames["plans"].select("reviewed_on", "signed_by").rows() == wanted


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("{}", []),
        ("{a,b c}", ["a", "b c"]),
        ('{"a,b","c\\"d\\\\","",NULL,"NULL"}', ["a,b", 'c"d\\', "", None, "NULL"]),
        ("[0:1]={a,b}", ["a", "b"]),
        ("{{a},{b}}", "{{a},{b}}"),
        ('{{"a b"},{"{"}}', '{{"a b"},{"{"}}'),
        ('{"{a}"}', ["{a}"]),
        (None, None),
    ],
)
def test_how_arrays_are_written(text: str | None, members: Any) -> None:
    """Quotes, escapes, NULL and lower bounds are read as PostgreSQL writes them; lists of lists stay texts."""
    assert ListText()(text) == members


def test_meanings_are_kept_between_batches() -> None:
    """Further clients may have cells that were not seen before; those of before keep their meaning."""
    rulebook = aava_rules.load("finland", plugins=False)
    tables = MappedTables(load_mapping(HEAD.encode(), rulebook), rulebook._book.vocabulary)
    towns = [["Lahti", "Oulu"], ["Oulu", "Vaasa"], ["Lahti", None]]
    for places in towns:
        cells = {"id": [1, 2], "d": [None, None], "k": places}
        frames, _ = tables.frames(Columns(2, range(2), cells), {})
        assert frames["clients"]["municipality"].to_list() == places
