"""Findings as an Excel workbook, and as CSV that Excel in Finland opens by a double click."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final, TextIO

import xlsxwriter

from aava_rules import AdapterError
from aava_rules.tools.reports.report import COLUMNS, finding_cells, safe_cell

_WIDTHS: Final = {
    "record_id": 18,
    "on": 11,
    "title": 40,
    "status": 10,
    "weight": 8,
    "where": 26,
    "text": 70,
    "citations": 40,
}
ROWS_MAX: Final = 1_048_575
"""Most findings of a sheet, since Excel has no further rows."""


class Workbook:
    """Findings as a workbook (``--format xlsx > findings.xlsx``): a row each, a heading that stays, a filter."""

    name = "xlsx"
    streams = False
    shows_notices = True

    def write(self, decisions: Iterable[Any], out: TextIO, language: str) -> None:
        """Write the workbook.

        Args:
            decisions: what is written; read once.
            out: the text stream below which the bytes are written; it must be no terminal.
            language: the language of texts.

        Raises:
            AdapterError: ``out`` is a terminal or takes no bytes.
        """
        target = getattr(out, "buffer", None)
        if target is None or out.isatty():
            raise AdapterError("a workbook is no text: write it to a file, with > findings.xlsx")
        data = io.BytesIO()
        # texts are written as texts, never as formulas, numbers or links
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        with xlsxwriter.Workbook(data, options) as book:
            sheet = book.add_worksheet("aava-rules")
            bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
            for column, heading in enumerate(COLUMNS):
                sheet.set_column(column, column, _WIDTHS.get(heading, 14))
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, COLUMNS, bold)
            number = 0
            for cells in (cells for decision in decisions for cells in finding_cells(decision, language)):
                number += 1
                if number <= ROWS_MAX:
                    for column, heading in enumerate(COLUMNS):
                        sheet.write_string(number, column, str(cells[heading]), wrapped)
            sheet.autofilter(0, 0, min(number, ROWS_MAX), len(COLUMNS) - 1)
        if number > ROWS_MAX:
            raise AdapterError(f"{number} findings do not fit into a sheet of {ROWS_MAX} rows: use --format csv-excel.")
        out.flush()
        target.write(data.getvalue())
        target.flush()


class ExcelCsv:
    """Findings as CSV that Excel in Finland opens: parted by semicolons, UTF-8 with a byte order mark."""

    name = "csv-excel"
    streams = True
    shows_notices = True

    def write(self, decisions: Iterable[Any], out: TextIO, language: str) -> None:
        """Write the heading and a line for each finding.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        out.write("\ufeff")
        lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
        lines.writerow(COLUMNS)
        for decision in decisions:
            for cells in finding_cells(decision, language):
                lines.writerow([safe_cell(str(cells[column])) for column in COLUMNS])
