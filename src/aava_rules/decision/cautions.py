"""What answers rest on that is not verified: sources, and law that has not been read to the judged day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from aava_rules.compiler.amended import is_no_law
from aava_rules.compiler.compile import in_doubt
from aava_rules.compiler.program import RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.essential import reads_outcome
from aava_rules.decision.grounds import deciding_rules, doubted_rules, judged_day, open_rules
from aava_rules.decision.reasons import CODES, CautionCode, unread
from aava_rules.decision.stretches import MOST_REMARKS, remarks_of, rests_on_one
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.decision.text.values import format_day
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.states import OPEN, Reading, State
from aava_rules.language.structs import public
from aava_rules.language.texts import Texts, texts_of
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Cite, Layer, MayEnd, ParamValue, Parts, Rule, Ruleset, Text


@public
@dataclass(frozen=True, slots=True)
class Caution:
    """What some answers rest on that is not verified.

    Attributes:
        code: ``bill`` or ``assumed`` (an amendment that is no law), ``secondary`` or ``unverified`` (a source),
            ``presumed`` (the last text that was verified, while acts that may have changed it were not read),
            ``law_not_verified`` (no answer is given), ``law_may_end`` (it may have been repealed) or
            ``law_read_until``.
        texts: what it says, by language.
        affects: the names of the answers that rest on it, sorted.
        citations: of the rule or value, and the acts that have to be read.
        subject: what it is about; with the code it tells cautions apart.
        until: the last day up to which the law was read, if that is what it is about.
        amended_by: then the titles of the amendments that were applied beside the law that was read.
    """

    code: CautionCode
    texts: Texts
    affects: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    subject: str = field(default="", compare=False)
    until: date | None = field(default=None, compare=False)
    amended_by: tuple[Text, ...] = field(default=(), compare=False)

    @property
    def about(self) -> tuple[str, date | str]:
        """What tells it apart from the others of a decision: its code, and the day or subject that it is about."""
        return self.code, self.until or self.subject

    def text(self, language: str = "fi") -> str:
        """What it says in ``language``: ``fi``, ``sv`` or ``en``. Raises ValueError of another one."""
        return self.texts(language)

    def to_dict(self) -> dict[str, Any]:
        """The caution as JSON has it: ``code``, ``text``, ``affects`` and ``citations``."""
        cites = [cite.to_dict() for cite in self.citations]
        return {"code": self.code, "text": dict(self.texts), "affects": list(self.affects), "citations": cites}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Caution:
        """The caution that `to_dict` gave as ``form``; what tells it apart within its decision is not in there.

        Raises:
            KeyError: a part is lacking.
            ValueError: a text is not in all languages.
        """
        cites = tuple(Citation.from_dict(cite) for cite in form["citations"])
        return cls(form["code"], texts_of(form["text"]), tuple(form["affects"]), cites)


def find_cautions(context: DecisionContext, states: Iterable[State]) -> tuple[Caution, ...]:
    """Every caution, with the answers that it concerns.

    Args:
        context: what was asked, and of which record.
        states: the answers.

    Returns:
        The cautions, the most serious first, and those of a code by what they are about; each once.
    """
    by_subject: dict[tuple[str, str], tuple[_Concern, list[str]]] = {}
    for state in states:
        if state.status in ("none",) or state.stated:
            continue
        for concern in _concerns(state, context):
            entry = by_subject.setdefault(concern[0], (concern, []))
            if state.name not in entry[1]:
                entry[1].append(state.name)
    return combined(
        Caution(
            cast(CautionCode, code), Texts(texts), tuple(sorted(names)), cites, subject, until,
            () if until is None else _applied(context.parts),
        )
        for ((code, subject), texts, cites, until), names in by_subject.values()
    )  # fmt: skip


def cautions_of(state: State, context: DecisionContext) -> tuple[Caution, ...]:
    """What is to be cautioned of the answer ``state`` of ``context`` alone, the most serious first; worked out once."""
    cautions: tuple[Caution, ...] | None = state.memo.get("cautions")
    if cautions is None:
        cautions = state.memo["cautions"] = find_cautions(context, (state,))
    return cautions


def all_cautions(context: DecisionContext, states: Iterable[State]) -> tuple[Caution, ...]:
    """Every caution of a decision: those of its answers, and of amendments that are no law though none rests on them.

    Args:
        context: what was asked, and of which record.
        states: all answers of the decision.
    """
    of_answers = find_cautions(context, states)
    known = {caution.about for caution in of_answers}
    concerns = [_amending(layer, context) for layer in context.parts.layers if is_no_law(layer)]
    silent = [
        Caution(cast(CautionCode, code), Texts(texts), (), cites, subject)
        for (code, subject), texts, cites, _ in concerns
        if (code, subject) not in known
    ]
    return combined([*of_answers, *silent]) if silent else of_answers


def cautions_of_rules(rules: Iterable[tuple[Rule, Ruleset]], on: date, parts: Parts) -> tuple[Caution, ...]:
    """What rules themselves rest on that is not verified, whatever record they answer: see `find_cautions`.

    Args:
        rules: the rules, each with its ruleset.
        on: the day for which they are asked.
        parts: the rulebook.
    """
    amending = [_of_amendment(layer, parts) for layer in parts.layers if is_no_law(layer)]
    of_rules = (caution for rule, ruleset in rules for caution in _of_rule(rule, ruleset, on, parts))
    return combined([*amending, *of_rules])


def _not_enacted(layer: Layer) -> dict[str, str]:
    """That the amendment ``layer`` is no law, by language."""
    amendment = layer.amendment
    assert amendment is not None
    texts = {}
    for k in LANGUAGES:
        title, day = layer.title[k], format_day(amendment.start, k)
        is_bill = amendment.status == "bill"
        texts[k] = (text("caution.bill", k, title=title, day=day) if is_bill
                    else text("caution.assumed", k, title=title, day=day))  # fmt: skip
    return texts


def _of_amendment(layer: Layer, parts: Parts) -> Caution:
    amendment = layer.amendment
    assert amendment is not None
    code = amendment.status
    texts = _not_enacted(layer)
    cites = tuple(citation(cite, parts.sources) for cite in amendment.cite)
    return Caution(cast(CautionCode, code), texts_of(texts), (), cites, layer.name)


def _of_rule(rule: Rule, ruleset: Ruleset, on: date, parts: Parts) -> Iterable[Caution]:
    def cited(cites: tuple[Cite, ...]) -> tuple[Citation, ...]:
        return tuple(citation(cite, parts.sources) for cite in cites)

    if ruleset.read_until is not None and on > ruleset.read_until:
        acts, (code, subject) = cited(ruleset.to_read), ruleset.past_reading
        amended_by = _applied(parts)
        texts = texts_of(_read_until(ruleset.read_until, acts, amended_by))
        yield Caution(cast(CautionCode, code), texts, (rule.name,), acts, subject, ruleset.read_until, amended_by)
    if ruleset.may_end is not None and on >= ruleset.may_end.start:
        code, subject = ruleset.may_end.caution
        words = {k: text("caution.law_may_end", k, day=format_day(ruleset.may_end.start, k)) for k in LANGUAGES}
        yield Caution(cast(CautionCode, code), texts_of(words), (rule.name,), cited(ruleset.may_end.cite), subject)
    if rule.status != "verified":
        acts = cited(rule.to_read)
        texts = texts_of(_unverified(rule.status, rule.title, acts))
        yield Caution(
            cast(CautionCode, rule.status), texts, (rule.name,), cited(in_force(rule.cite, on)) + acts, rule.id
        )


def combined(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Each of ``cautions`` once, the most serious first.

    Those that law was read up to one day are one caution, with the acts of all that have to be read.
    """
    by_subject: dict[tuple[str, date | str], Caution] = {}
    for caution in sorted(cautions, key=lambda caution: (CODES.index(caution.code), caution.subject)):
        other = by_subject.setdefault(caution.about, caution)
        if other is caution:
            continue
        affects = tuple(sorted({*other.affects, *caution.affects}))
        acts = tuple(sorted({act.cite: act for act in (*other.citations, *caution.citations)}.values(), key=_age))
        texts = other.texts if caution.until is None else Texts(_read_until(caution.until, acts, caution.amended_by))
        by_subject[caution.about] = replace(other, texts=texts, affects=affects, citations=acts)
    return tuple(by_subject.values())


def _age(act: Citation) -> tuple[tuple[int, ...], str]:
    """By year and number, as the cites of acts have them: act-189-2001."""
    return tuple(int(number) for number in re.findall(r"\d+", act.cite))[::-1], act.cite


_Concern = tuple[tuple[str, str], Text, tuple[Citation, ...], date | None]
"""The code of a caution and what it is about, its texts, its citations, and the last day read that it is about."""


def _concerns(state: State, context: DecisionContext) -> tuple[_Concern, ...]:
    """What is to be cautioned of an answer, worked out once for all of whom the same is known on the same days."""
    concerns: tuple[_Concern, ...] | None = state.memo.get("concerns")
    if concerns is not None:
        return concerns
    reading = state.shared
    if reading is not None:
        concerns = _by_stretch("concerns", state, reading, context, _cautions)
    elif rests_on_one(state) and not reads_outcome(state.readings[0]):
        of_value = "concerns", state.status, state.open, deciding_rules(state)
        concerns = _by_stretch(of_value, state, state.readings[0], context, _cautions)
    else:
        concerns = tuple(_cautions(state, context))
    state.memo["concerns"] = concerns
    return concerns


def _by_stretch(
    what: Any, state: State, reading: Reading, context: DecisionContext,
    work_out: Callable[[State, DecisionContext], Iterable[_Concern]],
) -> tuple[_Concern, ...]:  # fmt: skip
    """What ``work_out`` gives of ``state``, kept with its ``reading`` for the days between which it is the same."""
    remarks = remarks_of(state, reading, context)
    key = what, reading.question
    concerns: tuple[_Concern, ...] | None = remarks.get(key)
    if concerns is None:
        concerns = tuple(work_out(state, context))
        if state.shared is not None or len(remarks) < MOST_REMARKS:
            remarks[key] = concerns
    return concerns


def _cautions(state: State, context: DecisionContext) -> Iterable[_Concern]:
    for layer in context.session.book.amendments_of(state.kind, state.name):
        if is_no_law(layer):
            yield _amending(layer, context)
    reading = state.readings[0] if len(state.readings) == 1 and not state.day_open else None
    if reading is None or reads_outcome(reading):
        yield from _unread(state, context)
    else:
        yield from _by_stretch(f"unread {state.status} {state.open}", state, reading, context, _unread)
    for forms in _resting_on(state):
        rule = forms.bound.rule
        day = judged_day(state, forms)
        for key in context.session.book.cautions_of(rule):
            if not key.parameter:
                title, cited, to_read = rule.title, in_force(rule.cite, day), rule.to_read
            else:
                parameter = context.parts.parameters[key.parameter]
                candidate = parameter.values[key.number]
                if _value_in_force(parameter.values, day) is not candidate:
                    continue
                title, cited, to_read = parameter.title, candidate.cite, candidate.to_read
            acts = _citations(to_read, context)
            yield (key.code, key.subject), _unverified(key.code, title, acts), _citations(cited, context) + acts, None


def _amending(layer: Layer, context: DecisionContext) -> _Concern:
    """That an amendment was applied which is no law."""
    amendment = layer.amendment
    assert amendment is not None
    code = amendment.status
    texts = _not_enacted(layer)
    return (code, layer.name), texts, _citations(amendment.cite, context), None


def _citations(cites: tuple[Cite, ...], context: DecisionContext) -> tuple[Citation, ...]:
    return tuple(context.citation(cite) for cite in cites)


def _unread(state: State, context: DecisionContext) -> Iterable[_Concern]:
    """The rulesets of a question whose law is in doubt on the judged day, or was not read to it."""
    doubted = doubted_rules(state)
    in_question: dict[str, Ruleset] = {}
    unfinished: dict[str, Ruleset] = {}
    ending: dict[tuple[str, str], MayEnd] = {}
    for rule, ruleset in context.session.book.rules_of(state.kind, state.name):
        day = _day_of(rule, state, context)
        end = ruleset.may_end
        if end is not None and day is not None and day >= end.start and state.status != "not_applicable":
            ending[end.caution] = end
        if day is None:
            if unread(state):
                in_question[ruleset.name] = ruleset
        elif in_doubt(ruleset, None, day) or in_doubt(ruleset, state.name, day) or rule.id in doubted:
            in_question[ruleset.name] = ruleset
        elif ruleset.read_until is not None and day > ruleset.read_until and state.status != "not_applicable":
            unfinished[ruleset.name] = ruleset
    for name, ruleset in in_question.items():
        acts = _citations(ruleset.to_read, context)
        yield ("law_not_verified", name), _not_read(ruleset, acts), acts, None
    amended_by = _applied(context.parts)
    for name, ruleset in unfinished.items():
        if name not in in_question and ruleset.read_until is not None:
            acts = _citations(ruleset.to_read, context)
            yield ruleset.past_reading, _read_until(ruleset.read_until, acts, amended_by), acts, ruleset.read_until
    for about, end in ending.items():
        words = {k: text("caution.law_may_end", k, day=format_day(end.start, k)) for k in LANGUAGES}
        yield about, words, _citations(end.cite, context), None


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
    """The rules that an answer rests on: the deciding ones; else of an unknown those that may count, of a no all."""
    if not state.readings or state.status == "not_applicable":
        return ()
    if deciding := deciding_rules(state):
        return deciding
    return open_rules(state) if state.status in OPEN else state.readings[0].question.rules


def _value_in_force(values: tuple[ParamValue, ...], day: date | None) -> ParamValue | None:
    in_force_on_day = (value for value in reversed(values) if value.start is None or (day and value.start <= day))
    return next(in_force_on_day, None)


def _read_until(until: date, acts: tuple[Citation, ...], amended_by: tuple[Text, ...]) -> Text:
    texts = {}
    for k in LANGUAGES:
        day, applied = format_day(until, k), ", ".join(title[k] for title in amended_by)
        if acts and applied:
            acts_text = _listed(acts, k)
            texts[k] = text("caution.presumed_beside_amendments", k, day=day, acts=acts_text, amendments=applied)
        elif acts:
            texts[k] = text("caution.presumed", k, day=day, acts=_listed(acts, k))
        elif applied:
            texts[k] = text("caution.read_until_beside_amendments", k, day=day, amendments=applied)
        else:
            texts[k] = text("caution.read_until", k, day=day)
    return texts


def _applied(parts: Parts) -> tuple[Text, ...]:
    """The titles of the amendments that were applied."""
    return tuple(layer.title for layer in parts.layers if layer.amendment is not None)


def _listed(acts: tuple[Citation, ...], language: str) -> str:
    return ", ".join(act.text[language] for act in acts)


def _not_read(ruleset: Ruleset, acts: tuple[Citation, ...]) -> Text:
    """That no answer is given, by which law it will be, and what to read."""
    texts = {}
    for k, title in ruleset.title.items():
        line = text("caution.change_expected", k, title=title)
        if ruleset.successor:
            line = text("caution.named_change_expected", k, title=title, successor=ruleset.successor[k])
        texts[k] = f"{line} {text('page.to_read', k)}: {_listed(acts, k)}." if acts else line
    return texts


def _unverified(status: str, title: Text, acts: tuple[Citation, ...]) -> Text:
    return {k: text(f"caution.rests_on.{status}", k, title=title[k], acts=_listed(acts, k)) for k in LANGUAGES}
