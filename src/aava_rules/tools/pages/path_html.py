"""The client path as a part of the HTML page: the steps one after another, with a client's place on them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.text.values import day
from aava_rules.tools.pages.page import Page
from aava_rules.tools.pages.path import due_of, missing_rows, reason_of, round_text, state_text
from aava_rules.tools.pages.steps import StepView, step_views
from aava_rules.tools.pages.words import MARKS, STATES, word
from aava_rules.tools.reports.shown import sources_text
from aava_rules.tools.reports.shown import word as ask


def path_section(page: Page) -> Iterator[str]:
    """The section of the path."""
    language = page.language
    yield f'<section aria-labelledby="path">\n<h2 id="path">{word("path", language)}</h2>\n'
    if page.path is not None and page.decision is not None:
        yield from _now(page.path, page.decision, language)
    shown = {rule.id for ruleset in page.rulesets for rule in ruleset.rules}
    yield '<ol class="path" role="list">\n'
    for step in step_views(page.parts, language):
        place = page.path.steps[step.number - 1] if page.path is not None else None
        yield from _step(step, place, shown, language)
    yield "</ol>\n</section>\n"


def _now(path: ClientPath, decision: Decision, language: str) -> Iterator[str]:
    about = f"{decision.record_id}, {day(decision.on, language)}"
    yield f"<p>{escape(about)}. {escape(round_text(path, decision, language))}</p>\n"
    if not path.next:
        yield f"<p>{word('nothing_now', language)}</p>\n"
    else:
        yield from _suggestions(path, decision, language)
    if missing := missing_rows(decision, language):
        yield f"<h3>{ask('missing', language)}</h3>\n<ul>\n"
        yield "".join(f"<li>{escape(one)}</li>\n" for one in missing) + "</ul>\n"


def _suggestions(path: ClientPath, decision: Decision, language: str) -> Iterator[str]:
    yield f"<h3>{word('now', language)}</h3>\n<ol>\n"
    for one in path.next:
        due = due_of(one, language)
        yield f"<li><strong>{escape(one.title(language))}</strong>" + (f" – {escape(due)}" if due else "")
        why, ground = reason_of(one, decision, language), [one.where, sources_text(one, language)]
        yield (f"<br>{escape(why)}" if why else "") + f"<br>{escape('; '.join(filter(None, ground)))}</li>\n"
    yield "</ol>\n"


def _step(step: StepView, place: PathStep | None, shown: set[str], language: str) -> Iterator[str]:
    state = f' class="{place.state}"' if place is not None else ""
    yield f'<li id="step-{step.name}"{state}>\n<h3>{step.number}. {escape(step.title)}</h3>\n'
    if place is not None:
        text = state_text(place, language)
        mark = f'<span aria-hidden="true">{MARKS[place.state]}</span> {STATES[place.state][language]}'
        yield f'<p><span class="state">{mark}</span>' + (f": {escape(text)}" if text else "") + "</p>\n"
    if step.leads_to:
        links = ", ".join(f'<a href="#step-{one.name}">{one.number}. {escape(one.title)}</a>' for one in step.leads_to)
        yield f"<p>{word('leads_to', language)}: {links}</p>\n"
    rules = [f'<a href="#{rule_id}">{rule_id}</a>' for rule_id, _ in step.rules if rule_id in shown]
    if rules:
        yield f"<p>{word('rules', language)}: {', '.join(rules)}</p>\n"
    yield "</li>\n"
