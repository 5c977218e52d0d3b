"""Plain text for a terminal: the layout of lines, the rulebook page, and a client's place on the path."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final, TextIO

from aava_rules.decision.client_path import ClientPath
from aava_rules.decision.decision import Decision
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.decision.text.terms import Line
from aava_rules.decision.text.values import format_day
from aava_rules.tools.markup.style import MARKS
from aava_rules.tools.pages.cases import CaseRow
from aava_rules.tools.pages.page import Page, RulesetView, RuleView, ruleset_facts, sections
from aava_rules.tools.pages.path import due_text, missing_rows, reason_text, round_text, state_line, step_views
from aava_rules.tools.reports.shown import sources_text

WIDTH: Final = 100
_LEAST: Final = 20
"""Characters below which no column of a table is wrapped, so that the last one may have room."""
_LAST: Final = 30
"""Characters of the last column of a table for which the others make room."""


def clean(line: str) -> str:
    """The ``line`` with spaces in place of characters that a terminal would obey instead of showing."""
    return "".join(character if character.isprintable() else " " for character in line)


def wrapped(paragraph: str, indent: int = 0, hanging: int = 0) -> list[str]:
    """A paragraph as lines of at most ``WIDTH`` columns.

    Args:
        paragraph: the text.
        indent: how many columns all lines are indented.
        hanging: how many columns further the lines after the first are indented.
    """
    first, rest = " " * indent, " " * (indent + hanging)
    return textwrap.wrap(
        clean(paragraph),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def bulleted(lines: Iterable[Line], indent: int) -> list[str]:
    """The ``lines`` with a dash each, from the column ``indent`` on; those below a line are indented further."""
    result: list[str] = []
    for line in lines:
        result += wrapped(f"- {line.text}", indent, 2)
        result += bulleted(line.children, indent + 4)
    return result


def heading(title: str, mark: str) -> list[str]:
    """The ``title``, underlined with the character ``mark``."""
    line = clean(title)
    return [line, mark * min(len(line), WIDTH)]


def columns(rows: Iterable[tuple[str, ...]], indent: int) -> list[str]:
    """The ``rows`` of a table with aligned columns, from the column ``indent`` on.

    The last column is wrapped. Where the others leave it no room, the widest of them are wrapped too.
    """
    table = [tuple(map(clean, row)) for row in rows]
    if not table:
        return []
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    room = WIDTH - indent - 2 * len(widths) - min(max(len(row[-1]) for row in table), _LAST)
    while widths and sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    width = WIDTH - indent - sum(widths) - 2 * len(widths)
    result = []
    for row in table:
        cells = [_cell(cell, most) for cell, most in zip(row, [*widths, max(width, 1)], strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            start = "".join(f"{cell.ljust(most)}  " for cell, most in zip(line, widths, strict=False))
            result.append(f"{' ' * indent}{start}{line[-1]}".rstrip())
    return result


def _cell(text: str, width: int) -> list[str]:
    """The lines of a cell, broken between words."""
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def write_path(path: ClientPath, decision: Decision, out: TextIO, language: str) -> None:
    """Write a client's place on the path, and what to do and to ask next.

    Args:
        path: the place on the path.
        decision: the decision on the client.
        out: the text stream to write to.
        language: the language of texts.
    """
    rulebook = decision.rulebook
    lines = [
        clean(f"{decision.record_id}  {format_day(decision.on, language)}  {rulebook['name']} {rulebook['version']}")
    ]
    if path.steps:
        lines += [*wrapped(round_text(path, decision, language)), ""]
        lines += [*path_lines(path, language), ""]
        lines += now_lines(path, decision, language)
        if missing := missing_lines(decision, language):
            lines += ["", *missing]
    else:
        lines.append(text("page.no_path", language))
    if cautions := [caution.text(language) for caution in decision.cautions]:
        lines += ["", *(line for caution in cautions for line in wrapped(caution))]
    out.write("\n".join(lines) + "\n")


def path_lines(path: ClientPath, language: str) -> list[str]:
    """A line for each step of ``path``, in ``language``: number, mark, title, state, and what is known of it."""
    rows = [
        (f"{step.number:>2}", MARKS[step.state], step.title(language), state_line(step, language))
        for step in path.steps
    ]
    return columns(rows, 0)


def now_lines(path: ClientPath, decision: Decision, language: str) -> list[str]:
    """What is to be done now, the earliest due first, each with its reason and source.

    Args:
        path: a client's place on the path.
        decision: the decision on that client.
        language: the language of texts.
    """
    if not path.next:
        return [text("page.nothing_now", language)]
    lines = [f"{text('page.now', language)}:"]
    for step in path.next:
        due = due_text(step, language)
        lines += wrapped(step.title(language) + (f" – {due}" if due else ""), 2, 2)
        if why := reason_text(step, decision, language):
            lines += wrapped(why, 4)
        ground = [step.where, sources_text(step, language)]
        lines += wrapped("; ".join(filter(None, ground)), 4)
    return lines


def missing_lines(decision: Decision, language: str) -> list[str]:
    """What ``decision`` would ask next, in ``language``, the most useful first."""
    rows = missing_rows(decision, language)
    return (
        [f"{text('report.missing', language)}:", *(line for row in rows for line in wrapped(row, 2, 2))] if rows else []
    )


def write(page: Page, out: TextIO) -> None:
    """Write ``page`` to the text stream ``out``."""
    out.writelines(f"{line}\n" for line in _page(page))


def _page(page: Page) -> Iterator[str]:
    language = page.language
    yield from heading(page.top.title, "=")
    for layer in reversed(page.layers):
        yield from wrapped(f"{layer.name} {layer.version}: {layer.title} ({layer.weight})")
        if layer.amends:
            yield from wrapped(layer.amends, 2)
    yield from wrapped(f"{text('page.fingerprint', language)}: {page.parts.sha256}")
    if page.parts.steps and page.with_path:
        yield ""
        yield from heading(text("page.path", language), "-")
        yield from _path(page)
    for ruleset in page.rulesets:
        yield ""
        yield from _ruleset(ruleset, language)
    if page.facts:
        yield ""
        yield from heading(text("page.facts", language), "-")
        for fact in page.facts:
            yield from wrapped(fact.title, 2)
            yield from bulleted(fact.lines, 4)


def _path(page: Page) -> Iterator[str]:
    language = page.language
    if page.path is not None and page.decision is not None:
        yield from wrapped(round_text(page.path, page.decision, language))
        yield from path_lines(page.path, language)
        yield ""
        yield from now_lines(page.path, page.decision, language)
        return
    rows = []
    for step in step_views(page.parts, language):
        after = ", ".join(f"{next_step.number}" for next_step in step.leads_to)
        rows.append((f"{step.number:>2}", step.title, f"→ {after}" if after else ""))
    yield from columns(rows, 0)


def _ruleset(ruleset: RulesetView, language: str) -> Iterator[str]:
    yield from heading(f"{ruleset.title} ({ruleset.name})", "-")
    yield from wrapped(f"{ruleset.rulebook}; {ruleset.weight}")
    for line in ruleset_facts(ruleset, language):
        yield from wrapped(line)
    if ruleset.otherwise:
        yield f"{text('page.otherwise', language)}:"
        yield from bulleted(ruleset.otherwise, 2)
    for rule in ruleset.rules:
        yield ""
        yield from _rule(rule, language)
    if ruleset.cases:
        yield ""
        yield from _cases("page.other_cases", ruleset.cases, language, 0)
    if ruleset.notes:
        yield ""
        yield f"{text('page.notes', language)}:"
        yield from (f"  {clean(line)}".rstrip() for line in ruleset.notes.splitlines() if not line.startswith("# "))


def _rule(rule: RuleView, language: str) -> Iterator[str]:
    yield from wrapped(f"{rule.id}  {rule.title}", 0, len(rule.id) + 2)
    for key, lines in sections(rule, language):
        if len(lines) == 1 and not lines[0].children:
            yield from wrapped(f"{text(key, language)}: {lines[0].text}", 2, 2)
        else:
            yield f"  {text(key, language)}:"
            yield from bulleted(lines, 4)
    for start, cites in rule.citations:
        since = f" ({text('page.from_day', language, day=format_day(start, language))})" if start else ""
        yield from wrapped(f"{text('page.source', language)}{since}: {cites_text(cites, language)}", 2, 2)
    yield f"  {text('page.status', language)}: {rule.status}"
    for table in rule.values:
        yield from wrapped(f"{text('page.values', language)}: {table.title}", 2, 2)
        yield from columns(
            [
                (
                    format_day(row.start, language) if row.start else text("page.always", language),
                    row.value,
                    row.status,
                    cites_text(row.citations, language),
                )
                for row in table.rows
            ],
            4,
        )
    yield from _cases("page.cases", rule.cases, language, 2)


def cites_text(cites: tuple[Citation, ...], language: str) -> str:
    """The citations ``cites`` in ``language``, with their addresses."""
    return "; ".join(cite.text[language] + (f" <{cite.link}>" if cite.link else "") for cite in cites)


def _cases(key: str, cases: tuple[CaseRow, ...], language: str, indent: int) -> Iterator[str]:
    if cases:
        yield f"{' ' * indent}{text(key, language)}:"
    for case in cases:
        reference = "; ".join(filter(None, [format_day(case.day, language), case.reference]))
        heading = f"{case.name} ({reference})" if case.name else reference
        yield from wrapped(f"- {heading}: {case.expected}", indent + 2, 2)
