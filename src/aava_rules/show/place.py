"""A client's place on the path in words: what is done and when, what is due and why, what is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..answers import NextStep
from ..decision import Decision
from ..path import ClientPath, PathStep
from ..report_words import shown_text
from ..values import UNKNOWN, Interval
from ..wording import day, label
from .words import word


def round_text(path: ClientPath, decision: Decision, language: str) -> str:
    """When the current round began, and with what."""
    if path.round.since is UNKNOWN:
        return word("round_unknown", language)
    if path.round.since is None:
        return word("no_round", language)
    begun = label(decision.parts, path.round.begun_by)[language]
    return word("round_since", language).format(day(path.round.since, language), begun)


def done_text(step: PathStep, language: str) -> str:
    """When the step was done in this round, and before; empty if it was not."""
    told = []
    if isinstance(step.done_on, Interval):
        told.append(word("done_since", language).format(day(step.done_on.low, language)))
    elif step.done_on is not None:
        told.append(word("done_on", language).format(day(step.done_on, language)))
    if step.earlier_on is not None:
        told.append(word("earlier", language).format(day(step.earlier_on, language)))
    return "; ".join(told)


def due_text(due: Any, overdue: bool, language: str) -> str:
    """By when a step is due; empty where no source names a day."""
    if due is UNKNOWN:
        return word("due_unknown", language)
    if not isinstance(due, date):
        return ""
    text = word("by_day", language).format(day(due, language))
    return f"{text} ({word('overdue', language)})" if overdue else text


def due_of(step: NextStep, language: str) -> str:
    """By when a suggested step is due."""
    return due_text(step.due, step.overdue, language)


def reason_of(step: NextStep, decision: Decision, language: str) -> str:
    """Why a step is to be taken; of a protected client no message, since messages quote the record."""
    text = shown_text(step, decision, language)
    return "" if text == step.title(language) else text


def gaps_text(step: PathStep, language: str) -> str:
    """What is not known of a step, with the record fields that would tell; empty if nothing."""
    told = [f"{gap.title[language]} ({', '.join(gap.fields)})" for gap in step.gaps]
    return word("to_be_asked", language).format("; ".join(told)) if told else ""
