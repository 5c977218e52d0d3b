"""CSV and Excel for aava-rules: sources that a mapping file reads, and reports that Excel opens.

``text_files`` reads CSV, ``workbooks`` Excel, and ``adapter`` finds the tables of a mapping among files and sheets.
``reports`` writes findings as a workbook; ``calendars`` worklists as iCalendar.
"""

from __future__ import annotations

from aava_rules import hookimpl
from aava_rules_tabular.adapter import Tabular
from aava_rules_tabular.calendars import Calendar
from aava_rules_tabular.reports import Workbook

__all__ = ["Calendar", "Tabular", "Workbook"]


@hookimpl
def register_adapters() -> list[Tabular]:
    """Called once, when a rulebook is loaded with plugins."""
    return [Tabular()]


@hookimpl
def register_reports() -> list[Workbook]:
    """Called once, when a rulebook is loaded with plugins."""
    return [Workbook()]


@hookimpl
def register_worklists() -> list[Calendar]:
    """Called once, when a rulebook is loaded with plugins."""
    return [Calendar()]
