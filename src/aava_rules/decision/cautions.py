"""What answers rest on that is not verified: sources, and law that has not been read to the judged day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from aava_rules.compiler.compile import in_doubt
from aava_rules.compiler.program import RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import deciding_rules, doubted_rules, judged_day
from aava_rules.decision.reasons import unread
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.decision.text.values import format_day
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.states import State
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import ParamValue, Rule, Ruleset, Text


@dataclass(frozen=True, slots=True)
class Caution:
    """What some answers rest on that is not verified.

    Attributes:
        code: ``secondary`` or ``unverified`` (a source), ``law_not_verified`` or ``law_read_until`` (a ruleset).
        texts: what it says, by language.
        affects: the names of the answers that rest on it, sorted.
        citations: of the rule or value; none of a ruleset.
    """

    code: str
    texts: Text
    affects: tuple[str, ...]
    citations: tuple[Citation, ...] = ()

    def text(self, language: str = "fi") -> str:
        """What it says in ``language``: ``fi``, ``sv`` or ``en``."""
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        """The caution as JSON has it: ``code``, ``text``, ``affects`` and ``citations``."""
        cites = [cite.to_dict() for cite in self.citations]
        return {"code": self.code, "text": self.texts, "affects": list(self.affects), "citations": cites}


def find_cautions(context: DecisionContext, states: Iterable[State]) -> tuple[Caution, ...]:
    """Every caution, with the answers that it concerns.

    Args:
        context: what was asked, and of which record.
        states: the answers.

    Returns:
        The cautions, sorted by code and by what they are about; each once.
    """
    by_subject: dict[tuple[str, str], tuple[Text, list[str], tuple[Citation, ...]]] = {}
    for state in states:
        if state.status in ("none",) or state.stated:
            continue
        for key, texts, cites in _cautions(state, context):
            entry = by_subject.setdefault(key, (texts, [], cites))
            if state.name not in entry[1]:
                entry[1].append(state.name)
    return tuple(
        Caution(code, texts, tuple(sorted(names)), cites)
        for (code, _), (texts, names, cites) in sorted(by_subject.items(), key=lambda item: item[0])
    )


_Concern = tuple[tuple[str, str], Text, tuple[Citation, ...]]
"""The code of a caution and what it is about, its texts, and its citations."""


def _cautions(state: State, context: DecisionContext) -> Iterable[_Concern]:
    sources = context.parts.sources
    yield from _unread(state, context)
    for forms in _resting_on(state):
        rule = forms.bound.rule
        day = judged_day(state, forms)
        for key in context.session.book.cautions_of(rule):
            if not key.parameter:
                title, cited = rule.title, in_force(rule.cite, day)
            else:
                parameter = context.parts.parameters[key.parameter]
                candidate = parameter.values[key.number]
                if _value_in_force(parameter.values, day) is not candidate:
                    continue
                title, cited = parameter.title, candidate.cite
            cites = tuple(citation(cite, sources) for cite in cited)
            yield (key.code, key.subject), _unverified(key.code, title), cites


def _unread(state: State, context: DecisionContext) -> Iterable[_Concern]:
    """The rulesets of a question whose law is in doubt on the judged day, or was not read to it."""
    doubted = doubted_rules(state)
    in_question: dict[str, Ruleset] = {}
    unfinished: dict[str, Ruleset] = {}
    for rule, ruleset in context.session.book.rules_of(state.kind, state.name):
        day = _day_of(rule, state, context)
        if day is None:
            if unread(state):
                in_question[ruleset.name] = ruleset
        elif in_doubt(ruleset, None, day) or in_doubt(ruleset, state.name, day) or rule.id in doubted:
            in_question[ruleset.name] = ruleset
        elif ruleset.read_until is not None and day > ruleset.read_until and state.status != "not_applicable":
            unfinished[ruleset.name] = ruleset
    for name, ruleset in in_question.items():
        yield ("law_not_verified", name), _not_read(ruleset.title, ruleset.successor), ()
    for name, ruleset in unfinished.items():
        if name not in in_question and ruleset.read_until is not None:
            until = ruleset.read_until
            yield ("law_read_until", f"{name}{until}"), _read_until(ruleset.title, until), ()


def _day_of(rule: Rule, state: State, context: DecisionContext) -> date | None:
    if not state.readings:
        return None
    for forms in state.readings[0].question.rules:
        if forms.bound.rule.id == rule.id:
            return judged_day(state, forms)
    if rule.judged_on is None:
        return context.on
    value = reader(rule.judged_on)(state.readings[0].scopes[0])
    return value if isinstance(value, date) else None


def _resting_on(state: State) -> tuple[RuleForms, ...]:
    """The rules that an answer rests on: the deciding ones, or (for a no, or an unknown) all in force."""
    if not state.readings or state.status == "not_applicable":
        return ()
    return deciding_rules(state) or state.readings[0].question.rules


def _value_in_force(values: tuple[ParamValue, ...], day: date | None) -> ParamValue | None:
    in_force_on_day = (value for value in reversed(values) if value.start is None or (day and value.start <= day))
    return next(in_force_on_day, None)


def _read_until(title: Text, until: date) -> Text:
    return {k: text("caution.read_until", k, title=title[k], day=format_day(until, k)) for k in LANGUAGES}


def _not_read(title: Text, successor: Text) -> Text:
    if not successor:
        return {k: text("caution.change_expected", k, title=title[k]) for k in LANGUAGES}
    return {k: text("caution.named_change_expected", k, title=title[k], successor=successor[k]) for k in LANGUAGES}


def _unverified(status: str, title: Text) -> Text:
    return {k: text(f"caution.rests_on.{status}", k, title=title[k]) for k in LANGUAGES}
