"""The JUnit report: findings as test cases, for CI systems that show such files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import TYPE_CHECKING, TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.language.errors import AdapterError, RecordError
from aava_rules.tools.reports.shown import (
    applicable_findings,
    caution_lines,
    caution_numbers,
    notice_line,
    reasons_text,
    shown_text,
    sources_text,
    unread,
)
from aava_rules.tools.reports.unanswered import Unanswered

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.decision import Decision


@cache
def _not_xml() -> re.Pattern[str]:
    """The characters that XML 1.0 has no way to write, not even escaped. Compiling this takes its time."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnit:
    """A test suite per record: a broken finding is a failure of the type of its weight, an unknown one is skipped.

    What is said of the whole record stands once, at the end of its suite: the cautions, numbered, in ``system-out``,
    and the notices in ``system-err``. A case with cautions has their numbers in its own ``system-out``.
    """

    name = "junit"
    streams = True
    shows_notices = True
    takes_unanswered = True

    def write(self, decisions: Iterable[Decision | Unanswered], out: TextIO, language: str) -> None:
        """Write a suite for each decision.

        Args:
            decisions: what is written; read once. A record that could not be answered is a suite with an error.
            out: the text stream to write to.
            language: the language of texts.
        """
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="aava-rules">\n')
        shown = 0
        for decision in decisions:
            if isinstance(decision, Unanswered):
                shown += decision.is_fault
                out.write(_error(decision) if decision.is_fault else _unread(decision))
                continue
            findings = list(applicable_findings(decision))
            broken = sum(finding.status == "broken" for finding in findings)
            unknown = sum(finding.status == "unknown" for finding in findings)
            name = _attribute(decision.record_id)
            counts = f'tests="{len(findings)}" failures="{broken}" errors="0" skipped="{unknown}"'
            out.write(f"  <testsuite name={name} {counts}>\n")
            out.writelines(_case(finding, decision, language) for finding in findings)
            cautions = caution_lines(decision.cautions, language)
            numbered = [f"[{number}] {line}" for number, line in enumerate(cautions, 1)]
            out.write(_lines("system-out", numbered))
            out.write(_lines("system-err", [notice_line(notice, language) for notice in decision.notices]))
            out.write("  </testsuite>\n")
        if unread(decisions) > shown:
            sources = AdapterError(f"{unread(decisions) - shown} not read; standard error tells which and why.")
            out.write(_error(Unanswered("", None, sources, "files and folders")))
        out.write("</testsuites>\n")


def _error(record: Unanswered) -> str:
    """The suite of a record that could not be answered: one case, which is an error with every fault."""
    place, lines = record.where, record.lines
    kind = "record" if isinstance(record.error, RecordError) else "adapter"
    message = _attribute(lines[0] if lines else "")
    return (
        f'  <testsuite name={_attribute(record.record_id or place)} tests="1" failures="0" errors="1" skipped="0">\n'
        f'    <testcase classname="record" name={_attribute(place)}>'
        f'<error type="{kind}" message={message}>{_text(chr(10).join(lines))}</error></testcase>\n'
        "  </testsuite>\n"
    )


def _unread(file: Unanswered) -> str:
    """The suite of a file that is not read: one case, which is skipped."""
    name = _attribute(file.where)
    return (
        f'  <testsuite name={name} tests="1" failures="0" errors="0" skipped="1">\n'
        f'    <testcase classname="file" name={name}><skipped message={_attribute(" ".join(file.lines))}/></testcase>\n'
        "  </testsuite>\n"
    )


def _case(finding: Finding, decision: Decision, language: str) -> str:
    names = f"classname={_attribute(f'{finding.rulebook}.{finding.requirement}')} name={_attribute(finding.key)}"
    numbers = "".join(f" [{number}]" for number in caution_numbers(finding, decision))
    cautions = f"<system-out>{text('report.caution', language)}{numbers}</system-out>" if numbers else ""
    if finding.status == "met":
        return f"    <testcase {names}>{cautions}</testcase>\n" if cautions else f"    <testcase {names}/>\n"
    message = _attribute(shown_text(finding, decision, language))
    if finding.status == "unknown":
        reasons = reasons_text(finding.reasons, language)
        element = f"<skipped message={_attribute(reasons or shown_text(finding, decision, language))}/>"
    else:
        ground = (finding.title(language), finding.where, sources_text(finding, language))
        body = "\n".join(line for line in ground if line)
        element = f"<failure type={_attribute(finding.weight)} message={message}>{_text(body)}</failure>"
    return f"    <testcase {names}>{element}{cautions}</testcase>\n"


def _lines(element: str, lines: list[str]) -> str:
    """An element of a suite with lines of text; nothing if there are none."""
    return f"    <{element}>{_text(chr(10).join(lines))}</{element}>\n" if lines else ""


def _text(text: str) -> str:
    # XML knows the five signs that HTML escapes; the library for XML is slow to import
    return escape(_not_xml().sub("�", text))


def _attribute(text: str) -> str:
    # A bare line break in an attribute would be read as a space.
    return f'"{_text(text)}"'.replace("\n", "&#10;")
