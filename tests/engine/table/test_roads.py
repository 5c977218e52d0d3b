"""One record says the same by every road: as a dict, as JSON, as a line of a table of JSON Lines, CSV or a frame."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import aava_rules

ON = date(2016, 4, 1)
FINLAND = aava_rules.load("finland", plugins=False)


class TestCsv:
    @pytest.mark.parametrize(
        "text",
        [
            "id,subsidy_days\na,5\nb,6\n\n",
            "id,subsidy_days\r\na,5\r\n\r\nb,6\r\n\r\n\r\n",
            "id,subsidy_days\na,5\n,\nb,6\n , \n",
            'id,subsidy_days\na,5\n"",""\nb,6',
        ],
    )
    def test_blank_lines_are_no_clients(self, tmp_path: Path, text: str) -> None:
        """Neither at the end nor inside, whether they are empty or have cells with nothing in them."""
        path = tmp_path / "clients.csv"
        path.write_bytes(text.encode())
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        assert answers.invalid.is_empty()
        assert [answers.tables.record(row) for row in range(answers.tables.size)] == [
            {"id": "a", "facts": {"subsidy_days": 5}},
            {"id": "b", "facts": {"subsidy_days": 6}},
        ]

    def test_blank_lines_of_one_column(self, tmp_path: Path) -> None:
        """A file of ids alone may end in a blank line too."""
        path = tmp_path / "clients.csv"
        path.write_text("id\na\n\nb\n\n")
        assert FINLAND.decide_table(path, on=ON, only=["target_group"]).outcomes["id"].to_list() == ["a", "b"]

    @pytest.mark.parametrize(
        ("column", "cell", "value"),
        [
            ("unemployed", "TRUE", True),
            ("unemployed", "False", False),
            ("subsidy_days", "30.0", 30),
            ("subsidy_days", '""', None),
            ("plans_known", "FALSE", None),
        ],
    )
    def test_cells_as_others_write_them(self, tmp_path: Path, column: str, cell: str, value: Any) -> None:
        """As spreadsheets and data frames write truth values, whole numbers and what is empty."""
        path = tmp_path / "clients.csv"
        path.write_text(f"id,{column}\na,{cell}\n")
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        assert answers.invalid.is_empty()
        assert answers.tables.record(0) == {"id": "a"} | ({} if value is None else {"facts": {column: value}})
        known = answers.tables.block(0, 1).ready_made
        assert value is None or known[column].value(0) == value

    @pytest.mark.parametrize(("column", "cell"), [("unemployed", "yes"), ("subsidy_days", "30.5"), ("unemployed", "1")])
    def test_what_is_no_such_value_is_refused(self, tmp_path: Path, column: str, cell: str) -> None:
        """As the same text in a record is."""
        path = tmp_path / "clients.csv"
        path.write_text(f"id,{column}\na,{cell}\n")
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        with pytest.raises(aava_rules.RecordError) as caught:
            FINLAND.decide({"id": "a", "facts": {column: cell}}, on=ON)
        refused = [(fault.place, fault.code) for fault in caught.value.faults]
        assert answers.invalid.select("path", "code").rows() == refused
