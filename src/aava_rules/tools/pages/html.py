"""A rulebook page as HTML: one file that loads nothing, needs no script, and reads well aloud and on a phone.

Text of rulebooks is data from others: all of it is escaped, and only addresses of web pages become links.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TextIO

from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.terms import Line
from aava_rules.decision.text.values import format_day
from aava_rules.rulebook.model import Parts
from aava_rules.tools.markup import document
from aava_rules.tools.markup.style import MARKS
from aava_rules.tools.pages import markdown
from aava_rules.tools.pages.cases import CaseRow
from aava_rules.tools.pages.facts import ValueTable
from aava_rules.tools.pages.page import FactView, Page, RulesetView, RuleView, ruleset_facts, sections
from aava_rules.tools.pages.path import (
    MOST_QUESTIONS,
    StepView,
    due_text,
    reason_text,
    round_text,
    state_text,
    step_views,
)
from aava_rules.tools.reports.shown import place_text, places_text


def path_section(page: Page) -> Iterator[str]:
    """The section of ``page`` with the client path: its steps in order, and a client's place if there is one."""
    language = page.language
    yield f'<section aria-labelledby="path">\n<h2 id="path">{text("page.path", language)}</h2>\n'
    if page.path is not None and page.decision is not None:
        header = f"{page.decision.record_id}, {format_day(page.decision.on, language)}"
        yield f"<p>{escape(header)}. {escape(round_text(page.path, page.decision, language))}</p>\n"
        yield from now(page.path, page.decision, language, 3)
        yield from questions(page.decision, language, 3)
    rule_ids = frozenset(rule.id for ruleset in page.rulesets for rule in ruleset.rules)
    yield from path_steps(page.parts, page.path, rule_ids, language)
    yield "</section>\n"


def now(path: ClientPath, decision: Decision, language: str, level: int) -> Iterator[str]:
    """What is to be done now, the earliest due first, each with its reason, place and source.

    Args:
        path: a client's place on the path.
        decision: the decision on that client.
        language: the language of texts.
        level: the level of the heading.
    """
    if not path.next:
        yield f"<p>{text('page.nothing_now', language)}</p>\n"
        return
    yield f"<h{level}>{text('page.now', language)}</h{level}>\n" + '<ol class="now">\n'
    for step in path.next:
        due = due_text(step, language)
        yield f"<li><strong>{escape(step.title(language))}</strong>" + (f" – {escape(due)}" if due else "")
        why = reason_text(step, decision, language)
        place = place_text(step.where, decision, language) if step.where else ""
        ground = [escape(place), document.cites(step.citations, language)]
        yield (f"<br>{escape(why)}" if why else "") + f"<br>{'; '.join(filter(None, ground))}</li>\n"
    yield "</ol>\n"


def questions(decision: Decision, language: str, level: int) -> Iterator[str]:
    """What ``decision`` would ask next, the most useful first, each with the places where it would be recorded.

    Args:
        decision: the decision.
        language: the language of texts.
        level: the level of the heading.
    """
    if not decision.missing:
        return
    yield f"<h{level}>{text('report.missing', language)}</h{level}>\n<ul>\n"
    for fact in decision.missing[:MOST_QUESTIONS]:
        shown, places = fact.text(language), places_text(fact.fields, decision, language)
        note = f' <span class="note muted">{escape(places)}</span>' if places not in ("", shown) else ""
        yield f"<li>{escape(shown)}{note}</li>\n"
    more = len(decision.missing) - MOST_QUESTIONS
    yield (f"<li>{text('report.more', language, count=more)}</li>\n" if more > 0 else "") + "</ul>\n"


def path_steps(parts: Parts, path: ClientPath | None, rule_ids: frozenset[str], language: str) -> Iterator[str]:
    """The steps of the client path in their order.

    Args:
        parts: the stack of rulebooks, which has the steps.
        path: a client's place on the path; None to show the path alone.
        rule_ids: the rules that the page has, to which steps link.
        language: the language of texts.
    """
    yield '<ol class="path" role="list">\n'
    for step in step_views(parts, language):
        yield from _step(step, path.steps[step.number - 1] if path is not None else None, rule_ids, language)
    yield "</ol>\n"


def _step(step: StepView, place: PathStep | None, rule_ids: frozenset[str], language: str) -> Iterator[str]:
    state = f' class="{place.state}"' if place is not None else ""
    yield f'<li id="step-{step.name}"{state}>\n<h3>{step.number}. {escape(step.title)}</h3>\n'
    if place is not None:
        state = state_text(place, language)
        state_name = text(f"state.{place.state}", language)
        mark = f'<span aria-hidden="true">{MARKS[place.state]}</span> {state_name}'
        yield f'<p><span class="state">{mark}</span>' + (f": {escape(state)}" if state else "") + "</p>\n"
    if step.leads_to:
        links = ", ".join(
            f'<a href="#step-{next_step.name}">{next_step.number}. {escape(next_step.title)}</a>'
            for next_step in step.leads_to
        )
        yield f"<p>{text('page.leads_to', language)}: {links}</p>\n"
    rules = [f'<a href="#{rule_id}">{rule_id}</a>' for rule_id, _ in step.rules if rule_id in rule_ids]
    if rules:
        yield f"<p>{text('page.rules', language)}: {', '.join(rules)}</p>\n"
    yield "</li>\n"


def write(page: Page, out: TextIO) -> None:
    """Write ``page`` to the text stream ``out``."""
    out.writelines(_page(page))


def _page(page: Page) -> Iterator[str]:
    language = page.language
    yield document.opening(page.top.title, language, "".join(_layers(page)), _contents(page))
    if page.parts.steps and page.with_path:
        yield from path_section(page)
    for ruleset in page.rulesets:
        yield from _ruleset(ruleset, language)
    if page.facts:
        yield from _facts(page.facts, language)
    yield document.CLOSING


def _layers(page: Page) -> Iterator[str]:
    yield "<ul>\n"
    for layer in reversed(page.layers):
        amends = f"<br>{escape(layer.amends)}" if layer.amends else ""
        yield f"<li>{escape(f'{layer.title} ({layer.name} {layer.version}; {layer.weight})')}{amends}</li>\n"
    yield "</ul>\n"
    label = text("page.fingerprint", page.language)
    yield f'<p class="muted">{escape(label)}: <code>{page.parts.sha256[:16]}</code></p>\n'


def _contents(page: Page) -> str:
    entries = [("path", text("page.path", page.language))] if page.parts.steps and page.with_path else []
    entries += [(f"set-{ruleset.name}", ruleset.title) for ruleset in page.rulesets]
    entries += [("facts", text("page.facts", page.language))] if page.facts else []
    return document.contents(entries, page.language)


def _ruleset(ruleset: RulesetView, language: str) -> Iterator[str]:
    yield f'<section aria-labelledby="set-{ruleset.name}">\n'
    yield f'<h2 id="set-{ruleset.name}">{escape(ruleset.title)}</h2>\n'
    yield f'<p class="muted">{escape(f"{ruleset.rulebook}; {ruleset.weight}")}</p>\n'
    if texts := ruleset_facts(ruleset, language):
        yield "<ul>\n" + "".join(f"<li>{escape(line)}</li>\n" for line in texts) + "</ul>\n"
    if ruleset.otherwise:
        yield f"<p>{text('page.otherwise', language)}:</p>\n{document.bullets(ruleset.otherwise)}"
    for rule in ruleset.rules:
        yield from _rule(rule, language)
    if ruleset.cases:
        yield f"<h3>{text('page.other_cases', language)}</h3>\n"
        yield from _cases(ruleset.cases, f"other-{ruleset.name}", ruleset.title, language)
    if ruleset.notes:
        yield f"<h3>{text('page.notes', language)}</h3>\n<div>\n"
        yield from markdown.html(ruleset.notes, 4)
        yield "</div>\n"
    yield "</section>\n"


def _rule(rule: RuleView, language: str) -> Iterator[str]:
    yield f'<article aria-labelledby="{rule.id}">\n<h3 id="{rule.id}">{escape(rule.title)} '
    yield f'<span class="id">{rule.id}</span></h3>\n<dl>\n'
    for key, lines in sections(rule, language):
        body = document.bullets(lines) if _is_list(lines) else escape(lines[0].text)
        yield document.pair(text(key, language), body)
    if rule.facts:
        facts = [f'<a href="#fact-{escape(name)}">{escape(title)}</a>' for name, title in rule.facts]
        yield document.pair(text("page.worked_out", language), ", ".join(facts))
    yield document.pair(text("page.source", language), _sources(rule, language))
    yield document.pair(text("page.status", language), escape(rule.status))
    yield "</dl>\n"
    for number, table in enumerate(rule.values, 1):
        yield from _values(table, f"{rule.id}-{number}", language)
    if rule.cases:
        yield f"<details>\n<summary>{text('page.cases', language)} ({len(rule.cases)})</summary>\n"
        yield from _cases(rule.cases, f"cases-{rule.id}", rule.title, language)
        yield "</details>\n"
    yield "</article>\n"


def _is_list(lines: tuple[Line, ...]) -> bool:
    return len(lines) != 1 or bool(lines[0].children)


def _sources(rule: RuleView, language: str) -> str:
    entries = []
    for start, cites in rule.citations:
        since = f" ({escape(text('page.from_day', language, day=format_day(start, language)))})" if start else ""
        entries.append(document.cites(cites, language) + since)
    return entries[0] if len(entries) == 1 else "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"


def _values(table: ValueTable, key: str, language: str) -> Iterator[str]:
    heads = [text("page.from", language), text("page.value", language), text("page.source_status", language)]
    rows = (
        [
            escape(format_day(row.start, language) if row.start else text("page.always", language)),
            escape(row.value),
            f"{document.cites(row.citations, language)} ({escape(row.status)})",
        ]
        for row in table.rows
    )
    yield from document.table(key, f"{text('page.values', language)}: {table.title}", heads, rows)


def _cases(cases: tuple[CaseRow, ...], key: str, title: str, language: str) -> Iterator[str]:
    named = any(case.name for case in cases)
    heads = [text("page.case" if named else "page.case_day", language), text("page.expected", language)]
    rows = (
        [
            (f"{escape(case.name)}<br>" if case.name else "")
            + "; ".join(filter(None, [escape(format_day(case.day, language)), escape(case.reference)])),
            escape(case.expected),
        ]
        for case in cases
    )
    yield from document.table(key, f"{text('page.cases', language)}: {title}", heads, rows)


def _facts(facts: tuple[FactView, ...], language: str) -> Iterator[str]:
    yield f'<section aria-labelledby="facts">\n<h2 id="facts">{text("page.facts", language)}</h2>\n<dl>\n'
    for fact in facts:
        name, title = escape(fact.name), escape(fact.title)
        yield f'<div id="fact-{name}"><dt>{title}</dt><dd>{document.bullets(fact.lines)}</dd></div>\n'
    yield "</dl>\n</section>\n"
