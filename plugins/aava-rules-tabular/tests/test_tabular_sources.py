"""CSV and Excel as offices export them: what is found out, what is told, and what is never guessed."""

from __future__ import annotations

import gzip
import io
import os
import threading
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from aava_rules_tabular import Tabular, adapter

import aava_rules
from aava_rules import AdapterError, MappingError
from aava_rules.adapters import BadRow, Row
from aava_rules.mapping import read_mapped

CANARY = "Kanarialintu-020579"
MAPPING = """
mapping: 1
dates: [d.M.yyyy]
decimals: ","
never_read: {asiakkaat: [hetu]}
clients:
  table: asiakkaat
  id: nro
  client: {birth_date: syntymäaika, municipality: kunta, protected: turvakielto}
  facts: {subsidy_days: {column: tmt, type: integer}}
"""
LISTS = """
periods:
  table: jaksot
  client: nro
  fields: {kind: {value: rehabilitative_work}, start: alku, hours_per_day: tunnit}
"""
TEXT = "nro;hetu;syntymäaika;kunta;turvakielto;tmt\n1;010594Y9032;5.3.1974;Sysmä;TRUE;30.0\n2;;;;;\n"
SAME = [
    {"id": "1", "client": {"birth_date": date(1974, 3, 5), "municipality": "Sysmä", "protected": True},
     "facts": {"subsidy_days": 30}},
    {"id": "2"},
]  # fmt: skip


def read(source: Any, text: str = MAPPING, notes: list[str] | None = None) -> list[Row | BadRow]:
    mapping = aava_rules.load_mapping(text.encode())
    return list(read_mapped(Tabular(), source, mapping, None if notes is None else notes.append))


def records(rows: Iterable[Row | BadRow]) -> list[Any]:
    return [row.record for row in rows if isinstance(row, Row)]


def bad(rows: Iterable[Row | BadRow]) -> list[tuple[str, str]]:
    return [(row.place, row.reason) for row in rows if isinstance(row, BadRow)]


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with a sheet for each argument; a tuple is a formula and what Excel shows of it."""
    with xlsxwriter.Workbook(str(path)) as book:
        day, moment, clock = (book.add_format({"num_format": f}) for f in ("d.m.yyyy", "d.m.yyyy hh:mm", "hh:mm"))
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.write_formula(number, column, cell[0], None, cell[1])
                    elif isinstance(cell, time):
                        sheet.write_datetime(number, column, cell, clock)
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, column, cell, moment if isinstance(cell, datetime) else day)
                    elif cell is not None:
                        sheet.write(number, column, cell)
    return path


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (TEXT.encode(), "UTF-8, separator semicolon."),
        (TEXT.encode("utf-8-sig"), "UTF-8 with a byte order mark, separator semicolon."),
        (TEXT.encode("cp1252"), "Windows-1252, separator semicolon."),
        (TEXT.encode("utf-16"), "UTF-16, separator semicolon."),
        (TEXT.replace(";", "\t").encode(), "UTF-8, separator tab."),
        (TEXT.replace(";", ",").encode(), "UTF-8, separator comma."),
        (TEXT.replace("\n", "\r\n").encode(), "UTF-8, separator semicolon."),
        (TEXT.replace("2;;;;;", '"2";"";"";"";"";""').encode(), "UTF-8, separator semicolon."),
        ((TEXT + "\n;;;;;\n  \n\r\n").encode(), "UTF-8, separator semicolon."),
        (("\n" + TEXT.replace("tmt", "tmt;;").replace("30.0", "30.0;;")).encode(), "UTF-8, separator semicolon."),
        (
            TEXT.replace("TRUE", "kyllä").replace("5.3.1974", " 05.03.1974\u00a0").encode(),
            "UTF-8, separator semicolon.",
        ),
        (TEXT.replace("Sysmä", '"Sysmä"').replace("30.0", "30,0").encode(), "UTF-8, separator semicolon."),
    ],
)
def test_encodings_separators_and_blank_lines(tmp_path: Path, data: bytes, note: str) -> None:
    """The same table in every form that offices export gives the same records, and what was found out is told."""
    path = tmp_path / "asiakkaat.csv"
    path.write_bytes(data)
    notes: list[str] = []
    rows = read(path, notes=notes)
    assert (records(rows), bad(rows)) == (SAME, [])
    assert notes == [f"{path}: {note}"]


def test_a_late_letter_decides_the_encoding(tmp_path: Path) -> None:
    """A file that is plain ASCII for a megabyte is what its last line says: nothing is taken from its beginning."""
    path = tmp_path / "a.csv"
    filler = b"".join(b"%d;a\n" % number for number in range(200_000))
    for encoding in ("utf-8", "cp1252"):
        path.write_bytes(b"nro;kunta\n" + filler + f"x;{'Sysmä'}\n".encode(encoding))
        text = "mapping: 1\nclients: {table: a, id: nro, client: {municipality: kunta}}\n"
        assert records(read(path, text))[-1] == {"id": "x", "client": {"municipality": "Sysmä"}}


def test_neither_utf_8_nor_windows_1252(tmp_path: Path) -> None:
    """Bytes that no encoding has are an error of the file, which says what to do; so is a file that is no text."""
    path = tmp_path / "asiakkaat.csv"
    path.write_bytes(TEXT.encode("cp1252") + b"\x81\n")
    with pytest.raises(AdapterError, match=r"is neither UTF-8 nor Windows-1252\. Save it as CSV UTF-8"):
        read(path)
    path.write_bytes(b"nro\x00;a\n")
    with pytest.raises(AdapterError, match="is no text"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(AdapterError, match=r"is empty\. A file without rows has at least its heading"):
        read(path)
    with pytest.raises(AdapterError, match="there is no such file"):
        read(tmp_path / "none.csv")


def test_compressed_files_and_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compressed file, a stream, and a stream that can be read but once give the same records."""
    path = tmp_path / "asiakkaat.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))

    class OneWay(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self._data.readinto(buffer)

    for source in (path, io.BytesIO(TEXT.encode()), io.BufferedReader(OneWay(TEXT.encode()))):
        assert records(read(source)) == SAME
    monkeypatch.setattr(adapter, "IN_MEMORY", 10)
    assert records(read(io.BufferedReader(OneWay(TEXT.encode())))) == SAME


def test_a_pipe_with_a_name(tmp_path: Path) -> None:
    """What can be read but once, such as /dev/stdin or <(...), gives the same records."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode(),))
    writer.start()
    assert records(read(path)) == SAME
    writer.join()


def test_a_file_without_a_heading(tmp_path: Path) -> None:
    """The mapping names the columns; without that nothing of the first client stands in the message."""
    path = tmp_path / "asiakkaat.csv"
    path.write_text("\ufeff".join(["", TEXT.partition("\n")[2]]), encoding="utf-8")
    header = "tables: {asiakkaat: {header: [nro, hetu, syntymäaika, kunta, turvakielto, tmt]}}\n"
    notes: list[str] = []
    assert records(read(path, MAPPING + header, notes)) == SAME
    assert notes == [f"{path}: UTF-8 with a byte order mark, separator semicolon, without a heading."]
    with pytest.raises(MappingError) as caught:
        read(path)
    assert "If the table has no heading, write header: under tables." in str(caught.value)
    assert "Sysmä" not in str(caught.value)
    assert "010594Y9032" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3;;5.3.74;;;", "column syntymäaika: is not a day as d.M.yyyy [AR162]."),
        ("3;;;;ehkä;", "column turvakielto: is not true or false [AR162]. Words are true, tosi, kyllä, ja, yes, 1, false, "
                       "epätosi, ei, nej, no, 0."),
        ("3;;;;;30,5", "column tmt: is not a whole number [AR162]."),
        ("3;;;;;30.000", "column tmt: is not a number with the decimal mark , [AR162]."),
        ("3;;;;;#PUUTTUU!", "column tmt: shows an error of the spreadsheet [AR169]. Mend the formula, or empty the cell."),
        (";;;;;5", "column nro: is empty, so the client has no key [AR165]."),
        ("1;;;;;", "column nro: is the key of an earlier row [AR166]."),
        ("3;;;", "has 4 cells, and there are 6 columns."),
        ("3;;;;;;x", "has 7 cells, and there are 6 columns."),
        ("010594Y9032;;;;;", "column nro: is an identity code, which no record holds [AR164]. Name another column, or write "
                             "hash: true beside an id."),
    ],
)  # fmt: skip
def test_a_bad_line_among_good_ones(tmp_path: Path, line: str, reason: str) -> None:
    """Line, column and expected form are told and never what stands there; the lines around it are read."""
    path = tmp_path / "asiakkaat.csv"
    path.write_text(f"{TEXT}{line}\n4;;;;;\n", encoding="utf-8")
    rows = read(path)
    assert bad(rows) == [("asiakkaat line 4", reason)]
    assert [record["id"] for record in records(rows)] == ["1", "2", "4"]


def test_a_quote_that_never_ends(tmp_path: Path) -> None:
    """What came before is delivered, the rest is told, and no contents."""
    path = tmp_path / "asiakkaat.csv"
    path.write_text(f'{TEXT}3;;;"{CANARY};;\n4;;;;;\n', encoding="utf-8")
    rows: list[Any] = []
    with pytest.raises(AdapterError, match="a quote that never ends, or a cell that is too long") as caught:
        rows += read_mapped(Tabular(), path, aava_rules.load_mapping(MAPPING.encode()))
    reading = read_mapped(Tabular(), path, aava_rules.load_mapping(MAPPING.encode()))
    assert records([next(reading), next(reading)]) == SAME
    assert CANARY not in str(caught.value)


def test_a_heading_with_a_name_twice(tmp_path: Path) -> None:
    """A column that is there twice could mean either, if it is read."""
    path = tmp_path / "asiakkaat.csv"
    path.write_text(TEXT.replace("kunta", "tmt"), encoding="utf-8")
    with pytest.raises(AdapterError, match="the heading has a name again in column 6"):
        read(path)


def test_a_folder_of_files_and_sheets(tmp_path: Path) -> None:
    """Tables are files and sheets; the mapping finds them by name or says which, and several that fit are told."""
    (tmp_path / "Asiakkaat.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "muistio.docx").write_bytes(b"?")
    (tmp_path / "~$jaksot.xlsx").write_bytes(b"?")
    rows = [["nro", "alku", "tunnit"], [1, datetime(2014, 1, 2), 5.5], ["1", "3.1.2014", "5,5"]]
    workbook(tmp_path / "seuranta_2014.xlsx", jaksot=rows, muut=[["x"], [1]])
    answers = records(read(tmp_path, MAPPING + LISTS))
    assert [(len(record.get("periods", ()))) for record in answers] == [2, 0]
    assert [str(period["hours_per_day"]) for period in answers[0]["periods"]] == ["5.5", "5.5"]
    (tmp_path / "jaksot.csv").write_text("nro;alku;tunnit\n2;1.1.2014;4\n", encoding="utf-8")
    with pytest.raises(AdapterError, match=r"jaksot: several fit this table: jaksot.csv, seuranta_2014.xlsx jaksot"):
        read(tmp_path, MAPPING + LISTS)
    for hint, counted in (("{file: 'jaksot*'}", [0, 1]), ("{file: seuranta_*.xlsx, sheet: jaksot}", [2, 0])):
        answers = records(read(tmp_path, f"{MAPPING}{LISTS}tables: {{jaksot: {hint}}}\n"))
        assert [len(record.get("periods", ())) for record in answers] == counted


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    """It is told at the line of the mapping, with the nearest one; a folder without tables is an error of its own."""
    with pytest.raises(AdapterError, match="the folder has no file that is read"):
        read(tmp_path)
    (tmp_path / "asiakkaat.csv").write_text(TEXT, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        read(tmp_path, MAPPING + LISTS)
    assert [fault.code for fault in caught.value.faults] == ["AR160"]


def test_cells_of_excel(tmp_path: Path) -> None:
    """Days are days, at midnight too; numbers are ids and whole numbers; blank cells around them are nothing."""
    heading = ["nro", "hetu", "syntymäaika", "kunta", "turvakielto", "tmt"]
    path = workbook(tmp_path / "a.xlsx", Taul1=[
        [], heading, [1, "010594Y9032", date(1974, 3, 5), " Sysmä ", True, 30], [2], [None] * 8,
        ["3", None, datetime(1974, 3, 5), None, False, "30,0"],
    ])  # fmt: skip
    assert records(read(path)) == [*SAME, {
        "id": "3", "client": {"birth_date": date(1974, 3, 5), "protected": False}, "facts": {"subsidy_days": 30},
    }]  # fmt: skip
    assert records(read(io.BytesIO(path.read_bytes()))) == records(read(path))


def test_error_cells_of_excel_are_not_empty(tmp_path: Path) -> None:
    """A cell that shows an error is told by its row, although the reader of the workbook gives it as an empty text."""
    heading = ["nro", "syntymäaika", "kunta", "turvakielto", "tmt"]
    path = workbook(tmp_path / "a.xlsx", Taul1=[
        heading, [1, None, None, None, ("=1/0", "#DIV/0!")], [2, None, ("=NA()", "#N/A"), None, None], [3],
        [4, None, ("=A1", "Sysmä"), None, 7],
    ])  # fmt: skip
    rows = read(path)
    hint = "shows an error of the spreadsheet [AR169]. Mend the formula, or empty the cell."
    assert bad(rows) == [("asiakkaat row 2", f"column tmt: {hint}"), ("asiakkaat row 3", f"column kunta: {hint}")]
    assert [record["id"] for record in records(rows)] == ["3", "4"]


def test_times_of_day_are_no_days(tmp_path: Path) -> None:
    """A time, or a day with a time of day, where a day is expected is a fault and not rounded."""
    heading = ["nro", "syntymäaika", "kunta", "turvakielto", "tmt"]
    path = workbook(tmp_path / "a.xlsx", Taul1=[heading, [1, datetime(1974, 3, 5, 12)], [2, time(12)], [3, 27093]])
    assert [reason for _, reason in bad(read(path))] == [
        "column syntymäaika: is a time of day other than midnight, not a day [AR162].",
        "column syntymäaika: is not a day as d.M.yyyy [AR162].",
        "column syntymäaika: is a number, not a day [AR162].",
    ]
    serials = MAPPING.replace("[d.M.yyyy]", "[d.M.yyyy, excel]")
    assert records(read(path, serials))[-1]["client"] == {"birth_date": date(1974, 3, 5)}


@pytest.mark.parametrize("size", [0, 3, 200, 3000])
def test_a_half_written_workbook(tmp_path: Path, size: int) -> None:
    """A damaged workbook is an error of its own, without contents."""
    path = workbook(tmp_path / "a.xlsx", Taul1=[["nro"], [CANARY]])
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(AdapterError, match="is no workbook that can be read") as caught:
        read(path)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_without_a_mapping_nothing_is_read(tmp_path: Path) -> None:
    """CSV means nothing by itself: the error says how to make a mapping."""
    with pytest.raises(AdapterError, match=r"are read through a mapping file\. Make one with aava-rules map"):
        Tabular().read(tmp_path / "a.csv")


def test_only_named_columns_are_handed_on(tmp_path: Path) -> None:
    """Cells of other columns do not leave the adapter, so an identity code in one is nowhere."""
    path = tmp_path / "asiakkaat.csv"
    path.write_text(TEXT, encoding="utf-8")
    mapping = aava_rules.load_mapping(MAPPING.encode())
    (table,) = Tabular().tables(path, mapping.tables)
    assert [set(row.cells) for row in table.rows() if not isinstance(row, BadRow)] == [
        {"nro", "syntymäaika", "kunta", "turvakielto", "tmt"}
    ] * 2
    assert "hetu" in table.columns


def test_the_type_of_a_late_row_changes_nothing(tmp_path: Path) -> None:
    """Row 101 is read as what it says: 4.5 stays 4.5, a late decimal keeps its digits, a first cell there is there."""
    path = tmp_path / "a.csv"
    lines = [f"{number};4;" for number in range(1, 101)] + ["101;4,5;", "102;0,123456789;x"]
    path.write_text("nro;tunnit;kunta\n" + "\n".join(lines) + "\n", encoding="utf-8")
    text = (
        "mapping: 1\ndecimals: ','\nclients: {table: a, id: nro, client: {municipality: kunta}}\n"
        "periods: {fields: {hours_per_day: tunnit}}\n"
    )
    late = records(read(path, text))[-2:]
    assert [str(record["periods"][0]["hours_per_day"]) for record in late] == ["4.5", "0.123456789"]
    assert late[1]["client"] == {"municipality": "x"}


def test_another_type_in_row_100_001(tmp_path: Path) -> None:
    """After a hundred thousand rows a cell of another kind is one bad row with its line; all others are read."""
    path = tmp_path / "a.csv"
    lines = [f"{number};300" for number in range(1, 100_001)] + [f"100001;{CANARY}", "100002;300"]
    path.write_text("nro;tmt\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rows = read(path, "mapping: 1\nclients: {table: a, id: nro, facts: {subsidy_days: {column: tmt, type: integer}}}\n")
    bad = [(number, row) for number, row in enumerate(rows) if isinstance(row, BadRow)]
    assert len(rows) == 100_002
    assert [(number, row.place, row.reason) for number, row in bad] == [
        (100_000, "a line 100002", "column tmt: is not a number with the decimal mark . [AR162].")
    ]
    assert all(row.record["facts"] == {"subsidy_days": 300} for row in rows if isinstance(row, Row))
