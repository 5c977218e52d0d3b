"""Findings as an Excel workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final, TextIO

import xlsxwriter

from aava_rules import AdapterError
from aava_rules.tools.reports.cells import COLUMNS, finding_cells

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
    """Findings as a workbook (``--format xlsx > findings.xlsx``): a row each, a heading that stays, a filter.

    A record that could not be answered has a row with the status ``error``.
    """

    name = "xlsx"
    streams = False
    shows_notices = True
    takes_unanswered = True

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
