"""Rows through a mapping: the records that they make, what stays unknown, and rows that are not right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from pydantic import BaseModel

import aava_rules
from aava_rules import MappingError, Rulebook, load_mapping
from aava_rules.adapters import BadRow, Row
from aava_rules.mapping import SourceRow, grouping

CANARY = "Kanarialintu-020579"
KEY = b"0123456789abcdef"
HEAD = "mapping: 1\ndates: [d.M.yyyy]\ndecimals: ','\nclients:\n  table: asiakkaat\n  id: nro\n"


@pytest.fixture(scope="module")
def finland() -> Rulebook:
    return aava_rules.load("finland", plugins=False)


def read(text: str, tables: dict[str, Any], key: bytes | None = None) -> list[Row | BadRow]:
    book = aava_rules.load("finland", plugins=False)
    return list(load_mapping(text.encode(), book, key).read(tables))


def records(text: str, tables: dict[str, Any], key: bytes | None = None) -> list[Any]:
    rows = read(text, tables, key)
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [row.record for row in rows if isinstance(row, Row)]


def bad(rows: Iterable[Row | BadRow]) -> list[tuple[str, str]]:
    return [(row.place, row.reason) for row in rows if isinstance(row, BadRow)]


def test_a_client_with_rows_of_other_tables() -> None:
    """Columns, codes, lookups, units, filters and child rows make the record that was meant, in the order of the clients."""
    text = HEAD + (
        "  client: {birth_date: synt, municipality: {column: kunta, lookup: {table: kunnat, key: id, value: nimi}}}\n"
        "  facts: {subsidy_days: pv, unemployed: tyoton}\n"
        "codes: {laji: {01: unemployment_allowance, 02: labour_market_subsidy, 99: unknown}}\n"
        "benefits:\n  table: etuudet\n  client: {column: asia, lookup: {table: asiat, key: id, value: nro}}\n"
        "  where: {tila: [V, M]}\n  id: rivi\n  no_rows: none\n"
        "  fields: {kind: {column: laji, codes: laji}, start: alku, end: loppu, days: pv}\n"
        "periods:\n  table: jaksot\n  client: nro\n  id: j\n  where_not: {poistettu: [1]}\n"
        "  fields:\n    kind: {value: rehabilitative_work}\n    start: alku\n    hours_per_day: {column: min, unit: minutes}\n"
        "    attended_on: {rows: {table: paivat, item: j, column: pvm, where: {laji: [L]}}, no_rows: none}\n"
        "complete: [periods.shop_steward_told_on]\ncomplete_from: {benefits: 2013-01-01}\n"
    )
    tables = {
        "asiakkaat": [
            {"nro": 5, "synt": "1.2.1980", "kunta": 1, "pv": "600,0", "tyoton": "Kyllä"},
            {"nro": "6", "synt": "", "kunta": None, "pv": "-5", "tyoton": ""},
        ],
        "kunnat": [{"id": "1", "nimi": "Hartola"}],
        "asiat": [{"id": "a", "nro": 5.0}],
        "etuudet": [
            {"rivi": 1, "asia": "a", "tila": "V", "laji": "02", "alku": "1.1.2013", "loppu": "31.12.2013", "pv": "200"},
            {"rivi": 2, "asia": "a", "tila": "P", "laji": "zz", "alku": "?", "loppu": "", "pv": ""},
            {"rivi": 3, "asia": "a", "tila": "M", "laji": 99, "alku": "1.1.2014", "loppu": "", "pv": ""},
        ],
        "jaksot": [
            {"j": 9, "nro": "5", "alku": datetime(2014, 1, 2), "min": 330, "poistettu": 0},
            {"j": 10, "nro": "5", "alku": "?", "min": 0, "poistettu": 1},
        ],
        "paivat": [
            {"j": "9", "pvm": "3.1.2014", "laji": "L"},
            {"j": "9", "pvm": "4.1.2014", "laji": "P"},
        ],
    }
    rows = read(text, tables)
    assert rows[0] == Row("asiakkaat row 1", {
        "id": "5",
        "client": {"birth_date": date(1980, 2, 1), "municipality": "Hartola"},
        "facts": {"subsidy_days": 600, "unemployed": True},
        "benefits": [
            {"id": "1", "kind": "labour_market_subsidy", "start": date(2013, 1, 1), "end": date(2013, 12, 31), "days": 200},
            {"id": "3", "start": date(2014, 1, 1)},
        ],
        "periods": [{
            "id": "9", "kind": "rehabilitative_work", "start": date(2014, 1, 2), "hours_per_day": Decimal("5.5"),
            "attended_on": [date(2014, 1, 3)],
        }],
        "complete": ["periods.shop_steward_told_on"],
        "complete_from": {"benefits": date(2013, 1, 1)},
    })  # fmt: skip
    assert rows[1:] == [BadRow("asiakkaat row 2", "column pv: is not from 0 to 1000000000 [AR118].")]


def test_the_same_answers_as_of_the_hand_made_record(finland: Rulebook) -> None:
    """A decision on a record that a mapping made is that on the record as a person would have written it."""
    text = HEAD + "  client: {birth_date: synt}\n  facts: {subsidy_days: pv, unemployed: t, subsidy_entitled: o}\n"
    (record,) = records(text, {"asiakkaat": [{"nro": 1, "synt": "5.5.1974", "pv": "500", "t": 1, "o": "ja"}]})
    by_hand = {
        "id": "1",
        "client": {"birth_date": "1974-05-05"},
        "facts": {"subsidy_days": 500, "unemployed": True, "subsidy_entitled": True},
    }
    on = "2014-05-05"
    assert finland.decide(record, on=on).to_json() == finland.decide(by_hand, on=on).to_json()


def test_absence_means_nothing_unless_the_mapping_says_so() -> None:
    """Missing, false and empty differ: without rows a list is unknown, or empty where ``no_rows: none`` says so."""
    wide = "plans:\n  fields: {made_on: suunnitelma}\nperiods:\n  no_rows: none\n  fields: {start: jakso}\n"
    listed = "benefits:\n  table: e\n  client: nro\n  NO\n  fields: {start: alku}\n"
    tables = {"asiakkaat": [{"nro": 1, "suunnitelma": "", "jakso": ""}], "e": []}
    assert records(HEAD + wide + listed.replace("  NO\n", ""), tables) == [{"id": "1", "periods": []}]
    assert records(HEAD + wide + listed.replace("NO", "no_rows: none"), tables) == [
        {"id": "1", "periods": [], "benefits": []}
    ]


def test_a_list_of_several_parts_is_known_only_if_each_is() -> None:
    """A table that says nothing of a client leaves the whole list unknown, since a given list counts as complete."""
    text = HEAD + (
        "benefits:\n  - {table: a, client: nro, no_rows: none, fields: {start: alku}}\n"
        "  - {table: b, client: nro, fields: {start: alku}}\n"
    )
    clients, row = [{"nro": 1}], [{"nro": 1, "alku": "1.1.2014"}]
    assert records(text, {"asiakkaat": clients, "a": row, "b": []}) == [{"id": "1"}]
    assert len(records(text, {"asiakkaat": clients, "a": [], "b": row})[0]["benefits"]) == 1
    assert len(records(text, {"asiakkaat": clients, "a": row, "b": row})[0]["benefits"]) == 2


def test_complete_from_is_said_only_of_lists_that_are_there() -> None:
    """A client without the list has no day from which it is complete."""
    text = HEAD + "benefits: {table: e, client: nro, fields: {start: alku}}\ncomplete_from: {benefits: 2013-01-01}\n"
    tables = {"asiakkaat": [{"nro": 1}, {"nro": 2}], "e": [{"nro": 2, "alku": "1.1.2014"}]}
    first, second = records(text, tables)
    assert first == {"id": "1"}
    assert second["complete_from"] == {"benefits": date(2013, 1, 1)}


def test_a_wide_row_holds_several_items() -> None:
    """``repeat`` takes the items that have a cell, and gives each its own key."""
    text = HEAD + "periods: {repeat: 3, id: 'j{n}', fields: {start: 'j{n}_alku', end: 'j{n}_loppu'}}\n"
    row = {"nro": 1, "j1": "a", "j1_alku": "1.1.2014", "j1_loppu": "", "j2": "", "j2_alku": "", "j2_loppu": "",
           "j3": "c", "j3_alku": "", "j3_loppu": "5.5.2014"}  # fmt: skip
    assert records(text, {"asiakkaat": [row]})[0]["periods"] == [
        {"id": "a", "start": date(2014, 1, 1)},
        {"id": "c", "end": date(2014, 5, 5)},
    ]


@pytest.mark.parametrize(
    ("cells", "present"),
    [(("K", "E"), ["client"]), (("e", "e"), []), (("K", ""), None), (("", ""), None), (("K", "k"), ["client", "kela"])],
)
def test_a_set_of_truth_columns_is_known_only_if_each_is(cells: tuple[str, str], present: list[str] | None) -> None:
    """An empty truth column leaves the whole set unknown: the word may belong to it."""
    text = HEAD + (
        "truth: {true: [k], false: [e]}\n"
        "plans: {fields: {made_on: s, present: {columns: {client: asiakas, kela: kela}}}}\n"
    )
    row = {"nro": 1, "s": "1.1.2014", "asiakas": cells[0], "kela": cells[1]}
    (plan,) = records(text, {"asiakkaat": [row]})[0]["plans"]
    assert plan.get("present") == present


@pytest.mark.parametrize(
    ("cell", "present"),
    [("A, K", ["client", "kela"]), ("A", ["client"]), ("", None), ("A,?", None), ("A,,K", ["client", "kela"]),
     (["A", "K"], ["client", "kela"])],
)  # fmt: skip
def test_a_set_in_one_cell(cell: Any, present: list[str] | None) -> None:
    """Words are split and decoded; with a member that is unknown the whole set is."""
    text = HEAD + (
        "plans: {fields: {made_on: s, present: {column: lasna, split: ',', codes: {A: client, K: kela, '?': unknown}}}}\n"
    )
    (plan,) = records(text, {"asiakkaat": [{"nro": 1, "s": "1.1.2014", "lasna": cell}]})[0]["plans"]
    assert plan.get("present") == present


def test_all_faults_of_a_client_are_told_at_once_and_the_others_are_read() -> None:
    """Each wrong cell is told by row, column and form; none of what stands there is repeated."""
    text = HEAD + (
        "  client: {birth_date: s, language: {column: k, codes: {1: fi}}, protected: t}\n  facts: {subsidy_days: p}\n"
        "benefits: {table: e, client: nro, fields: {start: alku, days: pv}}\n"
    )
    wrong = {"nro": 1, "s": f"3.5.14 {CANARY}", "k": CANARY, "t": CANARY, "p": CANARY}
    right = {"nro": 2, "s": "", "k": 1, "t": "ei", "p": ""}
    rows = read(text, {"asiakkaat": [wrong, right], "e": [{"nro": 1, "alku": CANARY, "pv": "100001"}]})
    assert bad(rows) == [(
        "asiakkaat row 1",
        "column s: is not a day as d.M.yyyy [AR162].\n"
        "column k: is a code that the mapping does not have [AR163]. Add it to the table of codes, or write other: unknown.\n"
        "column t: is not true or false [AR162]. Words are true, tosi, kyllä, ja, yes, 1, false, epätosi, ei, nej, no, 0.\n"
        "column p: is not a number with the decimal mark , [AR162].\n"
        "e row 1, column alku: is not a day as d.M.yyyy [AR162].\n"
        "e row 1, column pv: is more than 100000 [AR118].",
    )]  # fmt: skip
    assert [row.record for row in rows if isinstance(row, Row)] == [
        {"id": "2", "client": {"language": "fi", "protected": False}}
    ]
    assert CANARY not in str(bad(rows))


def test_a_value_whose_own_code_fails_stops_nobody() -> None:
    """What such a value raises may hold contents, so that only its column is told."""

    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    rows = read(
        HEAD + "  client: {municipality: k}\n", {"asiakkaat": [{"nro": 1, "k": Hostile()}, {"nro": 2, "k": "a"}]}
    )
    assert bad(rows) == [("asiakkaat row 1", "column k: cannot be read [AR162].")]
    assert len(rows) == 2


def test_keys_that_are_missing_there_twice_or_nobody_s() -> None:
    """A client without a key, one whose key was there, and rows of no client are told, each in its place."""
    text = HEAD + (
        "benefits: {table: e, client: nro, id: r, fields: {start: alku}}\n"
        "periods: {table: j, client: nro, id: id, fields: {attended_on: {rows: {table: p, item: j, column: pvm}}}}\n"
    )
    rows = read(text, {
        "asiakkaat": [{"nro": 1}, {"nro": "1 "}, {"nro": ""}],
        "e": [{"r": 1, "nro": 7, "alku": ""}, {"r": 2, "nro": None, "alku": ""}],
        "j": [{"id": 1, "nro": 1}],
        "p": [{"j": 1, "pvm": "1.1.2014"}, {"j": 2, "pvm": "1.1.2014"}],
    })  # fmt: skip
    assert bad(rows) == [
        ("e row 2", "column nro: says of no client whose row this is [AR165]."),
        ("asiakkaat row 2", "column nro: is the key of an earlier row [AR166]."),
        ("asiakkaat row 3", "column nro: is empty, so the client has no key [AR165]."),
        ("e row 1", "column nro: is of a client that asiakkaat does not have [AR168]."),
        ("p row 2", "column j: belongs to no row of j that is read [AR168]."),
    ]


def test_clients_that_are_left_out_on_purpose_take_their_rows_with_them() -> None:
    """Rows of a client whom ``where`` leaves out are nobody's fault."""
    text = HEAD + "  where: {tila: [V]}\nbenefits: {table: e, client: nro, fields: {start: alku}}\n"
    tables = {"asiakkaat": [{"nro": 1, "tila": "P"}, {"nro": 2, "tila": " V"}], "e": [{"nro": 1, "alku": ""}]}
    assert records(text, tables) == [{"id": "2"}]


def test_a_lookup_that_finds_nothing_or_two_things() -> None:
    """A key that is not there is a fault unless the mapping says that it is unknown; so is one that means two things."""
    text = HEAD + "  client: {municipality: {column: k, LOOK: {table: kunnat, key: id, value: nimi}}}\n"
    tables = {
        "asiakkaat": [{"nro": 1, "k": 1}, {"nro": 2, "k": 2}, {"nro": 3, "k": 3}, {"nro": 4, "k": ""}],
        "kunnat": [{"id": 1, "nimi": "A"}, {"id": 1, "nimi": "A"}, {"id": 2, "nimi": "B"}, {"id": 2, "nimi": "C"}],
    }
    reason = "column k: is a key that kunnat does not have in id [AR167]. Mend the key, or write other: unknown."
    rows = read(text.replace("LOOK", "lookup"), tables)
    assert bad(rows) == [("asiakkaat row 2", reason), ("asiakkaat row 3", reason)]
    assert [record.get("client") for record in records(text.replace("LOOK", "other: unknown, lookup"), tables)] == [
        {"municipality": "A"}, None, None, None,
    ]  # fmt: skip


def test_ids_are_hashed_with_the_key_of_the_host() -> None:
    """An identity code never leaves the adapter: as an id it is refused, hashed it joins its rows and cannot be read."""
    code = "010594Y9032"
    tables = {"asiakkaat": [{"nro": code}], "e": [{"nro": code.lower(), "alku": "1.1.2014"}]}
    plain = HEAD + "benefits: {table: e, client: nro, fields: {start: alku}}\n"
    (row,) = bad(read(plain.replace("e,", "e,"), {"asiakkaat": [{"nro": code}], "e": []}))
    assert "AR164" in row[1]
    assert code not in row[1]
    text = plain.replace("id: nro", "id: {column: nro, hash: true}").replace(
        "client: nro", "client: {column: nro, hash: true}"
    )
    (record,) = records(text, tables, KEY)
    assert len(record["id"]) == 64
    assert record["benefits"] == [{"start": date(2014, 1, 1)}]
    assert code not in str(record)


def test_an_identity_code_in_a_text_is_refused() -> None:
    """A text of a record holds no identity code, wherever it comes from."""
    (row,) = bad(read(HEAD + "  client: {municipality: k}\n", {"asiakkaat": [{"nro": 1, "k": "010594Y9032"}]}))
    assert row[1].startswith("column k: is an identity code, which no record holds [AR164].")


@dataclass
class Client:
    nro: int
    pv: float | None = None


class Model(BaseModel):
    nro: int
    pv: float | None = None


FRAME = {"nro": [1, 2], "pv": [600.0, None]}


@pytest.mark.parametrize(
    "table",
    [
        [{"nro": 1, "pv": 600.0}, {"nro": 2, "pv": float("nan")}],
        [MappingProxyType({"nro": 1, "pv": Decimal(600)}), MappingProxyType({"nro": 2})],
        [Client(1, 600.0), Client(2)],
        [Model(nro=1, pv=600.0), Model(nro=2)],
        (row for row in [{"nro": 1, "pv": "600"}, {"nro": 2, "pv": ""}]),
        pl.DataFrame(FRAME),
        pa.table(FRAME),
    ],
    ids=["dicts", "proxies", "dataclasses", "models", "iterator", "polars", "arrow"],
)
def test_tables_that_a_host_holds(table: Any) -> None:
    """Rows of every kind that hosts have give the same records."""
    assert records(HEAD + "  facts: {subsidy_days: pv}\n", {"asiakkaat": table}) == [
        {"id": "1", "facts": {"subsidy_days": 600}},
        {"id": "2"},
    ]


def test_frames_of_pandas() -> None:
    """A frame of pandas gives the same records, with its midnight times as days and its NaN as unknown."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"nro": [1, 2], "pv": [600, None], "synt": pandas.to_datetime(["1980-02-01", None])})
    assert records(HEAD + "  client: {birth_date: synt}\n  facts: {subsidy_days: pv}\n", {"asiakkaat": frame}) == [
        {"id": "1", "client": {"birth_date": date(1980, 2, 1)}, "facts": {"subsidy_days": 600}},
        {"id": "2"},
    ]


def test_a_row_without_fields_is_told() -> None:
    """A row that is neither a mapping nor an object is an error of the source, which has no contents."""
    with pytest.raises(
        aava_rules.AdapterError, match="asiakkaat row 1: is neither a mapping nor an object with fields"
    ):
        read(HEAD, {"asiakkaat": [CANARY]})


def test_a_table_that_is_not_given() -> None:
    """A source that lacks a table of the mapping is refused before anything is read."""
    with pytest.raises(MappingError, match="the source has no table e"):
        read(HEAD + "benefits: {table: e, client: nro, fields: {start: alku}}\n", {"asiakkaat": []})


def test_many_rows_are_held_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more rows than are held in memory the records are the same, in the same order, and so are the bad rows."""
    text = HEAD + (
        "benefits: {table: e, client: nro, id: r, no_rows: none, fields: {start: alku}}\n"
        "periods: {table: j, client: nro, id: id, no_rows: none,\n"
        "  fields: {attended_on: {rows: {table: p, item: j, column: pvm}}}}\n"
    )
    tables = {
        "asiakkaat": [{"nro": n} for n in range(20)],
        "e": [{"r": n, "nro": n * 7 % 23, "alku": "1.1.2014"} for n in range(60)],
        "j": [{"id": n, "nro": n % 5} for n in range(30)],
        "p": [{"j": n % 31, "pvm": date(2014, 1, 1 + n % 28)} for n in range(90)],
    }
    in_memory = read(text, tables)
    assert [row for row in in_memory if isinstance(row, BadRow)]
    monkeypatch.setattr(grouping, "ROWS_IN_MEMORY", 7)
    monkeypatch.setattr(grouping, "_AT_ONCE", 3)
    on_disk = read(text, tables)
    assert on_disk[:20] == in_memory[:20]
    assert sorted(map(str, on_disk[20:])) == sorted(map(str, in_memory[20:]))


def test_an_adapter_may_look_up_by_itself(finland: Rulebook) -> None:
    """A cell under the alias of a lookup counts as what was found, also where that is empty; a row that lacks it has a
    key that is not there."""
    text = HEAD + "  client: {municipality: {column: k, lookup: {table: kunnat, key: id, value: nimi}}}\n"
    mapping = load_mapping(text.encode(), finland)
    (column,) = mapping.clients.client[0].columns
    assert column.alias == "k>kunnat.nimi"
    answer = mapping.record(SourceRow("row 1", {"nro": 1, "k": 7, column.alias: "Sysmä"}), {})
    assert answer == Row("row 1", {"id": "1", "client": {"municipality": "Sysmä"}})
    assert isinstance(mapping.record(SourceRow("row 1", {"nro": 1, "k": 7}), {}), BadRow)
    for cells in ({"k": 7, column.alias: None}, {"k": None, column.alias: None}, {"k": None}):
        assert mapping.record(SourceRow("row 1", {"nro": 1, **cells}), {}) == Row("row 1", {"id": "1"})
