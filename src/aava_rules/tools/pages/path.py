"""The client path in words: its steps with the rules that suggest them, and a client's place on it.

Of a place it says what is done and when, what is due and why, and what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from aava_rules.decision.answers import NextStep
from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.path_graph import path_order, successors
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.language.values import UNKNOWN, Interval
from aava_rules.rulebook.model import Parts
from aava_rules.tools.reports.shown import shown_text

MOST_QUESTIONS: Final = 10
MOST_GAPS: Final = 3
"""How many unknown things are named next to a step; what to ask is listed by itself, the most useful first."""


def round_text(path: ClientPath, decision: Decision, language: str) -> str:
    """When the current round began, and with what step.

    Args:
        path: a client's place on the path.
        decision: the decision on that client, which has the titles of steps.
        language: the language of texts.
    """
    if path.round.since is UNKNOWN:
        return text("page.round_unknown", language)
    if path.round.since is None:
        return text("page.no_round", language)
    since = text("page.round_since", language, day=format_day(path.round.since, language))
    begun = inside(decision).parts.steps.get(path.round.begun_by)  # a law that suggests steps need not name them all
    return f"{since}: {begun.title[language]}" if begun is not None else f"{since}."


def done_text(step: PathStep, language: str) -> str:
    """When ``step`` was done in this round and in an earlier one, in ``language``; empty if it was not."""
    texts = []
    if step.done_on is not None:
        later = isinstance(step.done_on, Interval)
        done_on = format_day(step.done_on.low if later else step.done_on, language)
        done_on = text("page.done_since", language, day=done_on) if later else done_on
        texts.append(done_on if step.state == "done" else f"{text('state.done', language).lower()} {done_on}")
    if step.earlier_on is not None:
        texts.append(text("page.earlier", language, day=format_day(step.earlier_on, language)))
    return "; ".join(texts)


def due_text(step: NextStep, language: str) -> str:
    """By when the suggested ``step`` is due, in ``language``; empty where no source names a day."""
    if step.due is UNKNOWN:
        return text("page.due_unknown", language)
    if not isinstance(step.due, date):
        return ""
    due = text("page.by_day", language, day=format_day(step.due, language))
    return f"{due} ({text('page.overdue', language)})" if step.overdue else due


def reason_text(step: NextStep, decision: Decision, language: str) -> str:
    """Why a step is to be taken; empty for a protected client, since messages quote the record.

    Args:
        step: the suggested step.
        decision: the decision that suggests it.
        language: the language of texts.
    """
    message = shown_text(step, decision, language)
    return "" if message == step.title(language) else message


def state_text(step: PathStep, language: str) -> str:
    """What is known of ``step``, in ``language``: by when it is due, when it was done, or what is missing."""
    dues = dict.fromkeys(due for suggestion in step.next if (due := due_text(suggestion, language)))
    return "; ".join(filter(None, [*dues, done_text(step, language), _gaps_text(step, language)]))


def state_line(step: PathStep, language: str) -> str:
    """The state of ``step`` in a word of ``language``, and what is known of it."""
    return ": ".join(filter(None, (text(f"state.{step.state}", language), state_text(step, language))))


def _gaps_text(step: PathStep, language: str) -> str:
    """The first things that are not known of a step; empty unless the state of the step depends on them."""
    if step.state != "unknown":
        return ""
    titles = [gap.title[language] for gap in step.gaps]
    more = len(titles) - MOST_GAPS
    return "; ".join(titles[:MOST_GAPS]) + (f"; + {more}" if more > 0 else "")


def missing_rows(decision: Decision, language: str) -> list[str]:
    """What ``decision`` would ask next, in ``language``, each with the fields of the record that would answer it.

    The most useful questions come first, at most ``MOST_QUESTIONS``; a last row counts the others.
    """
    rows = [f"{fact.text(language)} ({', '.join(fact.fields)})" for fact in decision.missing[:MOST_QUESTIONS]]
    more = len(decision.missing) - MOST_QUESTIONS
    return [*rows, f"+ {more}"] if more > 0 else rows


@dataclass(frozen=True, slots=True)
class StepName:
    """The name of a step, its number on the path, and its title."""

    name: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class StepView(StepName):
    """A step with the steps that follow it, and the rules (id and title) that suggest it."""

    leads_to: tuple[StepName, ...]
    rules: tuple[tuple[str, str], ...]


def step_views(parts: Parts, language: str) -> tuple[StepView, ...]:
    """The steps of ``parts`` in the order of the path, in ``language``."""
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
