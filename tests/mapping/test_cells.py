"""Single cells: each form in which systems write days, numbers, truth words and codes, and what is no such form."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aava_rules.mapping.cells import (
    CellFault,
    ErrorCell,
    Forms,
    day,
    known,
    number,
    opaque_text,
    reader,
    text_of,
    truth,
)
from aava_rules.mapping.day_forms import day_in, day_of_serial, form_fault, rival
from aava_rules.mapping.identity import hashed, is_identity_code, looks_like_identity_code

FINNISH = Forms(("d.M.yyyy", "yyyy-MM-dd HH:mm:ss", "excel"), ",")
DAY = date(2014, 5, 3)
TEST_CODES = re.findall(
    r"\S+",
    "010594Y9032 010594Y9021 020594X903P 020594X902N 030594W903B 030694W9024 040594V9030 050594U903M 010516B903X "
    "020516C903K 030516D9037 010501E9032 020502E902X 020503F9037 020504A902E",
)


NO_NUMBERS = (Decimal("NaN"), Decimal("sNaN"), Decimal("-NaN"))


@pytest.mark.parametrize(
    "cell",
    ["3.5.2014", "03.05.2014", "3.05.2014", " 3.5.2014\u00a0", "2014-05-03 00:00:00", DAY, datetime(2014, 5, 3),
     datetime(2014, 5, 3, tzinfo=timezone(timedelta(hours=3))), 41762, 41762.0, "41762", np.datetime64("2014-05-03")],
)  # fmt: skip
def test_a_day_in_each_form_that_is_named(cell: Any) -> None:
    """Days with and without zeros, midnight times, dates of Python and numpy, and serial numbers are one day."""
    assert day(known(cell, FINNISH), FINNISH) == DAY


@pytest.mark.parametrize(
    "cell",
    ["3.5.14", "5/3/2014", "2014-05-03", "31.2.2014", "3.5.2014 12:00", "2014-05-03 00:00:01", datetime(2014, 5, 3, 1),
     "infinity", "3.5.2014.", 41762.5, 60, 12, True, "kolmas", Decimal("41762.5")],
)  # fmt: skip
def test_what_is_no_day_in_a_named_form(cell: Any) -> None:
    """Two-digit years, other forms, times of day and days that do not exist are faults, which do not tell the cell."""
    with pytest.raises(CellFault) as caught:
        day(known(cell, FINNISH), FINNISH)
    assert caught.value.code == "AR162"
    assert str(cell) not in caught.value.what + caught.value.hint


def test_a_serial_number_is_a_day_only_where_the_mapping_says_so() -> None:
    """A number is no day by itself; with the form ``excel`` it is, from 1 March 1900 on, on both sides of the edge."""
    with pytest.raises(CellFault):
        day(41762, Forms())
    assert (day_of_serial(60), day_of_serial(61)) == (None, date(1900, 3, 1))


@given(st.dates(date(1900, 3, 1), date(2200, 12, 31)))
def test_serial_numbers_count_days(when: date) -> None:
    """A serial number is the number of days since 30 December 1899."""
    assert day_of_serial((when - date(1899, 12, 30)).days) == when


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_days_are_read_as_they_are_written(when: date) -> None:
    """A day that is written in a form is read from it, and two-digit years have no form."""
    assert day_in(f"{when.day}.{when.month}.{when.year}", "d.M.yyyy") == when
    assert day_in(when.isoformat(), "yyyy-MM-dd") == when
    assert day_in(f"{when:%d/%m/%Y}", "dd/MM/yyyy") == when
    assert form_fault("d.M.yy")


def test_forms_that_differ_on_one_text_are_rivals() -> None:
    """Day before month and month before day cannot both be read; a form with a time and one without can."""
    assert rival(["d.M.yyyy", "M.d.yyyy"]) == ("d.M.yyyy", "M.d.yyyy")
    assert rival(["yyyy-MM-dd", "yyyy-dd-MM"]) is not None
    assert rival(["d.M.yyyy", "dd.MM.yyyy", "d.M.yyyy HH:mm", "yyyy-MM-dd", "excel"]) is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1 234,50", "1234.50"), ("1\u00a0234\u00a0567,5", "1234567.5"), ("12\u202f345", "12345"), ("0,1", "0.1"),
     ("-3,5", "-3.5"), ("\u22123,5", "-3.5"), ("30.0", "30"), ("30.00", "30"), ("30", "30"), (4.5, "4.5"), (0.1, "0.1"),
     (Decimal("7.25"), "7.25"), (np.float64(0.1), "0.1"), (np.int64(7), "7"), (7, "7")],
)  # fmt: skip
def test_a_number_in_each_form(cell: Any, value: str) -> None:
    """Decimal commas, parted thousands, signs and values of Python and numpy are exact numbers."""
    assert number(known(cell, FINNISH), FINNISH) == Decimal(value)


@pytest.mark.parametrize(
    "cell", ["1.234", "30.000", "1.234,5", "1,2,3", "12 34", "1 2345", "12e3", "NaN", "5 pv", "½", "٣", True, "0x10"]
)
def test_what_is_no_number_or_may_be_two(cell: Any) -> None:
    """Where the comma is the decimal mark, 1.234 and 30.000 may be thousands or not: they are faults, not guesses."""
    with pytest.raises(CellFault, match=r"is not a number|is true or false"):
        number(known(cell, FINNISH), FINNISH)


def test_whole_numbers_are_whole() -> None:
    """600, 600.0 and Decimal("600") are 600; half a day is a fault."""
    read = reader("integer", FINNISH)
    assert [read(known(cell, FINNISH)) for cell in (600, 600.0, "600.0", "600,0", Decimal("600.00"))] == [600] * 5
    for cell in ("600,5", 600.5, Decimal("600.5")):
        with pytest.raises(CellFault, match="is not a whole number"):
            read(known(cell, FINNISH))


def test_units_are_turned_exactly() -> None:
    """Minutes become hours, cents euros and years months."""
    assert reader("decimal", FINNISH, unit="minutes")(330) == Decimal("5.5")
    assert reader("money", FINNISH, unit="cents")("905") == Decimal("9.05")
    assert reader("integer", FINNISH, unit="years")("2") == 24
    assert reader("decimal", FINNISH, unit="minutes")(100) == Decimal("1.666666666667")


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("TRUE", True), ("Kyllä", True), ("ja", True), (1, True), (1.0, True), ("1", True), (True, True), ("K", True),
     ("false", False), ("EI", False), ("nej", False), (0, False), (np.bool_(False), False), ("e", False)],
)  # fmt: skip
def test_truth_words(cell: Any, answer: bool) -> None:
    """Truth words of three languages, 0 and 1, and those of the mapping; capital letters make no difference."""
    forms = Forms(truth={**Forms().truth, "k": True, "e": False})
    assert truth(known(cell, forms), forms) is answer
    with pytest.raises(CellFault):
        truth("x", forms)
    with pytest.raises(CellFault):
        truth(2, forms)


@pytest.mark.parametrize(
    "cell",
    ["", "  ", "\u00a0", "\ufeff", None, float("nan"), np.nan, np.datetime64("NaT", "D"), "-", "NULL", *NO_NUMBERS],
)
def test_what_is_empty_is_unknown(cell: Any) -> None:
    """Empty cells, NaN, NaT and the texts that the mapping names are unknown: neither false nor 0."""
    assert known(cell, Forms(unknown=frozenset({"-", "NULL"}))) is None


def test_missing_values_of_pandas_are_unknown() -> None:
    """NA and NaT of pandas are unknown, and a Timestamp at midnight is a day."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert known(pandas.NA, Forms()) is None
    assert known(pandas.NaT, Forms()) is None
    assert day(known(pandas.Timestamp("2014-05-03"), Forms()), Forms()) == DAY
    with pytest.raises(CellFault):
        day(known(pandas.Timestamp("2014-05-03 00:00:00.000000001"), Forms()), Forms())


@pytest.mark.parametrize("cell", ["#N/A", "#PUUTTUU!", "#ARVO!", "#DIV/0!", ErrorCell()])
def test_an_error_of_a_spreadsheet_is_not_empty(cell: Any) -> None:
    """A cell that shows an error is a fault, in English and in Finnish, and never unknown."""
    with pytest.raises(CellFault, match="shows an error"):
        known(cell, Forms())


@pytest.mark.parametrize(
    ("one", "other"), [(5, "5"), (5.0, " 5 "), (Decimal("5.0"), "5"), (np.int32(5), "5"), (True, "true"), (None, "")]
)
def test_keys_compare_as_texts(one: Any, other: str) -> None:
    """Whole numbers are the same key in every spelling; leading zeros are not lost."""
    assert text_of(known(one, Forms())) == text_of(known(other, Forms()))
    assert text_of("05") != text_of(5)


@pytest.mark.parametrize("code", TEST_CODES)
def test_identity_codes_are_recognised(code: str) -> None:
    """All signs of the century since the reform count; one wrong check character only looks like a code."""
    assert is_identity_code(code)
    assert is_identity_code(f" {code.lower()} ")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert not is_identity_code(wrong)
    assert looks_like_identity_code(wrong)
    with pytest.raises(CellFault) as caught:
        opaque_text(code)
    assert caught.value.code == "AR164"
    assert code not in caught.value.what + caught.value.hint


def test_other_keys_are_no_identity_codes() -> None:
    """Numbers, dates and UUIDs are no identity codes."""
    for text in ("12345", "2014-05-03", "010594-903", "A-17", "6f1ed002-ab5b-4d2e-8b5f-1b1f3a7c9d2e", "320194Y9032"):
        assert not is_identity_code(text)


def test_hashes_are_keyed_and_the_same_in_every_spelling() -> None:
    """HMAC-SHA256 as RFC 4231 has it (test case 2); small and capital letters of an identity code make one id."""
    assert hashed("what do ya want for nothing?", b"Jefe") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    key = b"0123456789abcdef"
    assert hashed("010594Y9032", key) == hashed(" 010594y9032 ", key)
    assert hashed("010594Y9032", key) != hashed("010594Y9032", key[::-1])
    assert hashed("a", key) != hashed("A", key)
