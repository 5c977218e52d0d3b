"""The client path in words: its steps with the rules that suggest them, and a client's place on it.

Of a place it says what is done and when, what is due and why, and what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from aava_rules.decision.answers import NextStep
from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.path_graph import path_order, successors
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.language.values import UNKNOWN, Interval
from aava_rules.rulebook.model import Parts
from aava_rules.tools.reports.shown import shown_text

MOST_QUESTIONS: Final = 10
MOST_GAPS: Final = 3
"""Unknown things that are named beside a step; what to ask is listed apart, the most useful first."""


def round_text(path: ClientPath, decision: Decision, language: str) -> str:
    """When the current round began, and with what."""
    if path.round.since is UNKNOWN:
        return text("page.round_unknown", language)
    if path.round.since is None:
        return text("page.no_round", language)
    since = text("page.round_since", language, day=format_day(path.round.since, language))
    begun = decision.parts.steps.get(path.round.begun_by)  # a law that suggests steps need not name them all
    return f"{since}: {begun.title[language]}" if begun is not None else f"{since}."


def done_text(step: PathStep, language: str) -> str:
    """When the step was done in this round, and before; empty if it was not."""
    texts = []
    if step.done_on is not None:
        later = isinstance(step.done_on, Interval)
        done_on = format_day(step.done_on.low if later else step.done_on, language)
        done_on = text("page.done_since", language, day=done_on) if later else done_on
        texts.append(done_on if step.state == "done" else f"{text('state.done', language).lower()} {done_on}")
    if step.earlier_on is not None:
        texts.append(text("page.earlier", language, day=format_day(step.earlier_on, language)))
    return "; ".join(texts)


def due_of(step: NextStep, language: str) -> str:
    """By when a suggested step is due; empty where no source names a day."""
    if step.due is UNKNOWN:
        return text("page.due_unknown", language)
    if not isinstance(step.due, date):
        return ""
    due = text("page.by_day", language, day=format_day(step.due, language))
    return f"{due} ({text('page.overdue', language)})" if step.overdue else due


def reason_of(step: NextStep, decision: Decision, language: str) -> str:
    """Why a step is to be taken; of a protected client no message, since messages quote the record."""
    text = shown_text(step, decision, language)
    return "" if text == step.title(language) else text


def state_text(step: PathStep, language: str) -> str:
    """What is known of a step: by when it is due, when it was done, or what would have to be known."""
    dues = dict.fromkeys(text for suggestion in step.next if (text := due_of(suggestion, language)))
    return "; ".join(filter(None, [*dues, done_text(step, language), _gaps_text(step, language)]))


def state_line(step: PathStep, language: str) -> str:
    """The state of a step in a word, and what is known of it."""
    return ": ".join(filter(None, (text(f"state.{step.state}", language), state_text(step, language))))


def _gaps_text(step: PathStep, language: str) -> str:
    """The first things that are not known of a step; empty unless the state of the step depends on them."""
    if step.state != "unknown":
        return ""
    titles = [gap.title[language] for gap in step.gaps]
    more = len(titles) - MOST_GAPS
    return "; ".join(titles[:MOST_GAPS]) + (f"; + {more}" if more > 0 else "")


def missing_rows(decision: Decision, language: str) -> list[str]:
    """What to ask next, the most useful first, each with the fields of the record that would tell it."""
    rows = [f"{fact.text(language)} ({', '.join(fact.fields)})" for fact in decision.missing[:MOST_QUESTIONS]]
    more = len(decision.missing) - MOST_QUESTIONS
    return [*rows, f"+ {more}"] if more > 0 else rows


@dataclass(frozen=True, slots=True)
class StepName:
    """What a step is called, and its number on the path."""

    name: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class StepView(StepName):
    """A step with the steps that follow it, and the rules (id and title) that suggest it."""

    leads_to: tuple[StepName, ...]
    rules: tuple[tuple[str, str], ...]


def step_views(parts: Parts, language: str) -> tuple[StepView, ...]:
    """The steps in the order of the path."""
    names = {
        step.name: StepName(step.name, number, step.title[language]) for number, step in enumerate(path_order(parts), 1)
    }
    after = successors(parts)
    rules: dict[str, list[tuple[str, str]]] = {}
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            if rule.kind == "suggest":
                rules.setdefault(rule.name, []).append((rule.id, rule.title[language]))
    return tuple(
        StepView(
            step.name,
            step.number,
            step.title,
            tuple(names[name] for name in after.get(step.name, ())),
            tuple(rules.get(step.name, ())),
        )
        for step in names.values()
    )
