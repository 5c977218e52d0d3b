"""What must stand in a plan of some kind that is made on some day, who signs it, and what comes before and after.

It is made from the rules alone: the requirements that apply to such a plan, their tests one by one, and the days that
rules name for its steps. What the record has is ticked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from aava_rules.compiler.program import RuleForms
from aava_rules.decision.answers import state_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.grounds import judged_day
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.decision.text.terms import Line, Phrases, lines
from aava_rules.decision.text.values import label
from aava_rules.decision.worklist import DueItem, due_steps
from aava_rules.engine.reference.evaluate import tester
from aava_rules.engine.states import Reading, State
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import All, Always, Condition, Has, ItemField, walk
from aava_rules.language.texts import Texts
from aava_rules.language.values import LANGUAGES, plain
from aava_rules.record import Record
from aava_rules.record.items import Plan

KINDS: Final = ("activation_plan", "joint_plan", "client_plan", "employment_plan")
"""The kinds of plans."""
SECTIONS: Final = ("entries", "present", "signatures", "days", "other")
"""What parts a checklist has: what the plan records, who is present, who signs, what is done by when, and the rest."""
_OF_FIELD: Final = {"entries": "entries", "present": "present", "signed_by": "signatures"}
_LINES_ABOVE: Final = "\n"


class ChecklistItem(Struct):
    """One thing that a plan must have, or that must be so when it is made.

    Attributes:
        section: one of `SECTIONS`.
        requirement: the name of the requirement.
        title: what the requirement is called.
        text: what must be so, in words; a line for each part of it.
        condition: under which conditions, as far as they are not known; empty where it surely applies.
        exception: what would excuse it, as far as that is not known; empty where nothing does.
        done: whether the record has it: True, False (it surely has not), or None, which nobody knows.
        doubted: whether the law of it has changed, in a way that could not be verified.
        weight: whose rule it is: law, model, local or advice.
        rulebook: the rulebook that it stands in.
        rule: its id.
        citations: its paragraphs.
    """

    section: str
    requirement: str
    title: Texts
    text: Texts
    condition: Texts
    exception: Texts
    done: bool | None
    doubted: bool
    weight: str
    rulebook: str
    rule: str
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        """The item as JSON has it."""
        return {
            "section": self.section, "requirement": self.requirement, "title": dict(self.title),
            "text": dict(self.text), "condition": dict(self.condition),
            "exception": dict(self.exception), "done": self.done, "doubted": self.doubted,
            "weight": self.weight, "rulebook": self.rulebook, "rule": self.rule,
            "citations": [cite.to_dict() for cite in self.citations],
        }  # fmt: skip


class Checklist(Struct):
    """What must stand in a plan, and what comes before and after.

    Attributes:
        kind: the kind of the plan.
        on: the day on which it is made.
        record_id: the id of the client's record; None for a list of the rules alone.
        items: what must be so, by section.
        dates: what is to be done about the plan later, each by its day (`DueItem`).
        cautions: what it rests on that is not verified, by language.
    """

    kind: str
    on: date
    record_id: str | None
    items: tuple[ChecklistItem, ...]
    dates: tuple[DueItem, ...]
    cautions: tuple[Texts, ...]

    def to_dict(self) -> dict[str, Any]:
        """The checklist as JSON has it."""
        return {
            "kind": self.kind, "on": plain(self.on), "record_id": self.record_id,
            "items": [item.to_dict() for item in self.items], "dates": [item.to_dict() for item in self.dates],
            "cautions": [dict(texts) for texts in self.cautions],
        }  # fmt: skip


def with_plan(record: Record, kind: str, on: date) -> tuple[Record, int]:
    """The record with the plan that is being written, and the number of that plan in its list.

    It is the last plan of that kind that the record has of this day, or without a day; else one is added, of which
    nothing is known but its kind and day.

    Args:
        record: the client's record.
        kind: the kind of the plan.
        on: the day on which it is made.
    """
    plans = list(record.plans or ())
    numbers = [n for n, plan in enumerate(plans) if plan.kind == kind and plan.made_on in (None, on)]
    complete = dict(record.complete_from or {})
    if numbers:
        number = numbers[-1]
        written = {"made_on": on} if plans[number].reviewed_on is not None else {"made_on": on, "reviewed_on": ()}
        plans[number] = plans[number].model_copy(update=written)
    else:
        number = len(plans)
        plans.append(Plan.model_validate({"kind": kind, "made_on": on, "reviewed_on": ()}))
        if record.plans is None:
            complete["plans"] = on  # of earlier plans nothing is known
    return record.model_copy(update={"plans": tuple(plans), "complete_from": complete or None}), number


def checklist(decision: Decision, number: int, kind: str, until: date, record_id: str | None) -> Checklist:
    """What must stand in one plan of a record.

    Args:
        decision: the decision on the record with the plan, on the day on which it is made.
        number: the number of the plan in its list.
        kind: its kind.
        until: the last day of the steps that are told.
        record_id: the id of the record; None for a list of the rules alone.
    """
    findings = [
        finding for finding in decision.findings
        if state_of(finding).list_name == "plans" and state_of(finding).position == number
    ]  # fmt: skip
    every = (item for finding in findings for item in _items(state_of(finding), decision))
    # what holds of a plan of which nothing is known asks for nothing
    items = [item for item in every if record_id is not None or item.done is not True]
    items.sort(key=lambda item: SECTIONS.index(item.section))
    steps = due_steps(decision, decision.on, until)
    dates = tuple(sorted((x for x in steps if (x.list, x.position) == ("plans", number)), key=lambda x: x.pressing))
    cautions = {caution.about: caution.texts for finding in findings for caution in finding.cautions}
    return Checklist(kind, decision.on, record_id, tuple(items), dates, tuple(cautions.values()))


def _items(state: State, decision: Decision) -> Iterator[ChecklistItem]:
    """What the rules of one requirement ask, test by test; of rules that surely do not count, nothing."""
    if not state.readings:
        return
    reading = state.readings[0]
    for forms in reading.question.rules:
        if reading.state(forms.active) is False or forms.bound.require is None:
            continue
        for test in _parts_of(forms.bound.require):
            yield _item(test, forms, reading, state, decision)


def _item(test: Condition, forms: RuleForms, reading: Reading, state: State, decision: Decision) -> ChecklistItem:
    bound, scope = forms.bound, reading.scopes[forms.bound.scope]
    rule, parts = bound.rule, inside(decision).parts
    open_parts = [part for part in _parts_of(bound.when) if tester(part)(scope) is None]
    excused = bound.unless is not None and tester(bound.unless)(scope) is None
    day = judged_day(state, forms)
    cites = tuple(citation(cite, parts.sources) for cite in in_force(rule.cite, day))
    return ChecklistItem(
        _section(test), rule.name, Texts(label(parts, rule.name)), _words(test, decision, in_section=True),
        _words(All(tuple(open_parts)), decision),
        _words(bound.unless if excused and bound.unless is not None else Always(True), decision), tester(test)(scope),
        bound.in_doubt and (bound.doubt_where is None or tester(bound.doubt_where)(scope) is not False),
        rule.weight, rule.rulebook, rule.id, cites,
    )  # fmt: skip


def _parts_of(condition: Condition) -> Iterator[Condition]:
    """The conditions that must all hold, one by one."""
    if isinstance(condition, All):
        for item in condition.items:
            yield from _parts_of(item)
    elif condition != Always(True):
        yield condition


def _section(test: Condition) -> str:
    nodes = list(walk(test))
    for node in nodes:
        if isinstance(node, ItemField) and node.field in _OF_FIELD:
            return _OF_FIELD[node.field]
    return "days" if any(getattr(node, "type", "") in ("date", "dates") for node in nodes) else "other"


def _words(condition: Condition, decision: Decision, *, in_section: bool = False) -> Texts:
    """A condition in words; where a section is of the words of one field, the word alone."""
    words = {}
    for language in LANGUAGES:
        phrases = Phrases(inside(decision).parts, language, (decision.on, decision.on))
        if in_section and isinstance(condition, Has) and _section(condition) in _OF_FIELD.values():
            words[language] = phrases.word(condition.word)
            continue
        words[language] = _LINES_ABOVE.join(_flat(lines(condition, phrases)))
    return Texts(words)


def _flat(several: tuple[Line, ...], depth: int = 0) -> Iterator[str]:
    for line in several:
        yield "  " * depth + line.text
        yield from _flat(line.children, depth + 1)
