"""How many records a report is of, and what was found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aava_rules.decision.text.catalogue import text

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class Totals:
    """The counts of a report, which its summary tells.

    Attributes:
        records: how many records were answered.
        findings: the findings by status.
        clients: the records that have a finding of a status, by status.
        notices: how many notices there are.
        noticed: how many records have one.
        unread: how many rows, files and folders could not be read or answered.
    """

    def __init__(self) -> None:
        self.records = 0
        self.findings: Counter[str] = Counter()
        self.clients: Counter[str] = Counter()
        self.notices = 0
        self.noticed = 0
        self.unread = 0

    def add(self, decision: Decision) -> None:
        """Count ``decision``, its findings and its notices."""
        statuses: Counter[str] = Counter(finding.status for finding in decision.findings)
        self.count(1, statuses, Counter(list(statuses)))
        self.notice(decision)

    def count(self, records: int, findings: Mapping[str, int], clients: Mapping[str, int]) -> None:
        """Count many records at once, all but their notices.

        Args:
            records: how many there are.
            findings: their findings by status.
            clients: by status, how many of them have such a finding.
        """
        self.records += records
        self.findings.update(findings)
        self.clients.update(clients)

    def notice(self, decision: Decision) -> None:
        """Count the notices of ``decision``."""
        self.notices += len(decision.notices)
        self.noticed += bool(decision.notices)

    def summary(self, language: str) -> str:
        """One line of ``language``: the records, the findings of each status, the notices, and what was not read."""
        line = text("report.records", language, count=self.records)
        if self.records:  # if nothing was read, nothing is said of what was found
            statuses = [status for status in ("broken", "unknown", "met") if self.findings[status]]
            parts = [self._findings(status, language) for status in statuses]
            line = f"{line}: {', '.join(parts) or text('report.none', language)}"
        more = []
        if self.notices:
            more.append(f"{text('report.notices', language)}: {self._within(self.notices, self.noticed, language)}")
        if self.unread:
            more.append(f"{text('report.unread', language)}: {self.unread}")
        return ". ".join([line.removesuffix("."), *more]) if more else line

    def _findings(self, status: str, language: str) -> str:
        count, word = self.findings[status], text(f"answer.{status}", language)
        return f"{word} {count}" if status == "met" else f"{word} {self._within(count, self.clients[status], language)}"

    def _within(self, count: int, records: int, language: str) -> str:
        """A number, and in how many records it was counted, unless there is only one."""
        return f"{count} ({text('report.in_records', language, count=records)})" if self.records > 1 else str(count)
