"""What is to be done for a client within a time: steps by the day they are due, and limits that will be passed.

Both are told as of the first day of the time, by what the record says. A step is one that a rule suggests on that
day, and it has a line for each day that a rule names for it: the step itself is due by the first of these. A step of
the law for which no rule names a day, such as the hearing before a plan is found to have lapsed, is in every worklist,
without one; those of models and local rulebooks are in the next steps alone. A limit is a requirement that is not
surely broken on that day, and is on the last one if nothing happens but time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from aava_rules.compiler.program import RuleForms
from aava_rules.decision.answers import Finding, NextStep, state_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.grounds import deciding_rules, judged_day, suggesting_rules
from aava_rules.decision.text.citations import in_force
from aava_rules.engine.conclude import suggests
from aava_rules.engine.states import Reading, State
from aava_rules.language.structs import Struct
from aava_rules.language.values import NONE, UNKNOWN, bounds, may_be_absent, plain
from aava_rules.rulebook.model import WEIGHTS, Rule

STEP: Final = "step"
LIMIT: Final = "limit"
DAY: Final = timedelta(days=1)


class DueItem(Struct):
    """A line of a worklist: something that is to be done for a client by a day.

    Attributes:
        record_id: the id of the client's record.
        kind: ``step``, which is to be taken; or ``limit``, a requirement that is broken from the next day on.
        name: the step or requirement.
        list: the list of the item that it is about; empty for the client.
        position: the number of the item in that list, from 0; None for the client.
        item: the id of the item; None for the client, and for an item without one.
        due: the last day on which a step is in time, None where that is not known; of a limit the last day on which it
            is not surely broken: it may be earlier, where facts are missing, and is never later.
        open_ended: whether there is no such day, since the law names none.
        overdue_since: the first day on which it is late; None where it is in time, or no day is known.
        weight: whose rule it is: law, model, local or advice.
        rules: the ids of the rules that say so.
        cites: their citations as keys: ``act-189-2001.9.3``.
        falls_on: the words for whom the sources of the rules charge with it; none where they name nobody.
    """

    record_id: str
    kind: str
    name: str
    list: str
    position: int | None
    item: str | None
    due: date | None
    open_ended: bool
    overdue_since: date | None
    weight: str
    rules: tuple[str, ...]
    cites: tuple[str, ...]
    falls_on: tuple[str, ...]

    @property
    def pressing(self) -> tuple[Any, ...]:
        """What worklists are sorted by: the day (an unknown one later, none last), then the weight, then names."""
        without = 2 if self.open_ended else int(self.due is None)
        place = -1 if self.position is None else self.position
        return (without, self.due or date.max, WEIGHTS.index(self.weight), self.record_id, self.kind, self.name,
                self.list, place)  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return {
            "record_id": self.record_id, "kind": self.kind, "name": self.name, "list": self.list,
            "position": self.position, "item": self.item, "due": plain(self.due), "open_ended": self.open_ended,
            "overdue_since": plain(self.overdue_since), "weight": self.weight, "rules": list(self.rules),
            "cites": list(self.cites), "falls_on": list(self.falls_on),
        }  # fmt: skip


def falls_on(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The words for whom ``rules`` charge, each once."""
    return tuple(dict.fromkeys(rule.falls_on for rule in rules if rule.falls_on))


def told_by_steps(
    list_name: str, position: int | None, due: date | None, steps: Container[tuple[str, int | None, date | None]]
) -> bool:
    """Whether a limit is told by a step about the same item: one that is due when the limit ends, or on the next day.

    A review that is due by a day breaks the limit of its times from the day after; a notice before the start, from the
    day of the start.

    Args:
        list_name: the list of the item.
        position: its number.
        due: the last day on which the limit is kept.
        steps: the list, position and day of each step that has a day.
    """
    return due is not None and ((list_name, position, due) in steps or (list_name, position, due + DAY) in steps)


Decide = Callable[[date, frozenset[str] | None], "Decision"]
"""A decision on the one record, on a day and about some names; None: all that were asked."""


def unsettled_steps(decision: Decision, until: date) -> tuple[str, ...]:
    """The steps of ``decision`` that a rule may suggest by a day up to ``until``; each once for every item."""
    return tuple(state.name for state in inside(decision).states if state.kind == STEP and _may_be_due(state, until))


def _may_be_due(state: State, until: date) -> bool:
    if not state.readings:
        return state.status == "open"
    reading = state.readings[0]
    return any(
        suggests(rule, reading) is None
        and (is_open_ended([rule.bound.rule]) or _in_time(_due_of(rule, reading), until))
        for rule in reading.question.rules
    )


def is_open_ended(rules: Collection[Rule]) -> bool:
    """Whether the law asks for a step and names no day for it.

    Args:
        rules: the rules that suggest the step.
    """
    return any(rule.weight == "law" for rule in rules) and all(rule.due is None for rule in rules)


def _due_of(rule: RuleForms, reading: Reading) -> Any:
    """The day that ``rule`` names for its step: NONE where there is none, UNKNOWN where it is not known."""
    if rule.bound.due is None:
        return NONE
    due = reading.value(rule.bound.due, rule.bound.scope)
    if due is NONE or due is UNKNOWN:
        return due
    low, high = bounds(due)
    return UNKNOWN if low is None or low != high or may_be_absent(due) else low


def _in_time(due: Any, until: date) -> bool:
    return due is UNKNOWN or (due is not NONE and due <= until)


def due_items(decide: Decide, on: date, until: date) -> tuple[DueItem, ...]:
    """What is to be done for one client up to the day ``until``, what is late included, the most pressing first.

    Args:
        decide: the decision on the client's record on a day.
        on: the first day, on which the steps are asked.
        until: the last day.
    """
    now = decide(on, None)
    steps = list(due_steps(now, on, until))
    days_of_steps = {(item.list, item.position, item.due) for item in steps if item.due is not None}
    limits = [
        item
        for item in _limits(decide, now, on, until)
        if not told_by_steps(item.list, item.position, item.due, days_of_steps)
    ]
    return tuple(sorted([*steps, *limits], key=lambda item: item.pressing))


def due_steps(now: Decision, on: date, until: date) -> Iterator[DueItem]:
    """The steps that are due by a day, or by a day that is not known or that the law does not name.

    Args:
        now: the decision on the client.
        on: the first day; what was due before it is late.
        until: the last day.
    """
    for step in now.next_steps:
        state = state_of(step)
        by_day = _by_day(step)
        for due, forms in by_day.items():
            rules = [rule.bound.rule for rule in forms]
            open_ended = len(by_day) == 1 and is_open_ended(rules)
            if not open_ended and not _in_time(due, until):
                continue
            day = None if due is UNKNOWN or open_ended else due
            cites = dict.fromkeys(
                str(cite) for rule in forms for cite in in_force(rule.bound.rule.cite, judged_day(state, rule))
            )
            yield DueItem(
                now.record_id, STEP, step.step, state.list_name, state.position if state.list_name else None,
                getattr(state.item, "id", None), day, open_ended, day + DAY if day is not None and day < on else None,
                min((rule.weight for rule in rules), key=WEIGHTS.index), tuple(rule.id for rule in rules),
                tuple(cites), falls_on(rules),
            )  # fmt: skip


def _by_day(step: NextStep) -> dict[Any, list[RuleForms]]:
    """The rules that suggest a step, by the day that each names (NONE and UNKNOWN among them)."""
    state, rules = state_of(step), suggesting_rules(state_of(step))
    if (
        len(state.readings) > 1
    ):  # its judged day is not known: what holds on all that it may be is known of the step alone
        return {NONE if step.due is None else step.due: list(rules)}
    by_day: dict[Any, list[RuleForms]] = {}
    for rule in rules:
        by_day.setdefault(_due_of(rule, state.readings[0]), []).append(rule)
    return by_day


def _limits(decide: Decide, now: Decision, on: date, until: date) -> Iterator[DueItem]:
    before = {finding.key: finding.status for finding in now.findings}
    passed = {
        finding.key: finding
        for finding in (decide(until, None).findings if until > on else ())
        if finding.status == "broken" and before[finding.key] != "broken"
    }
    day = until
    while passed:
        day -= DAY
        names = frozenset(finding.requirement for finding in passed.values())
        status = before if day == on else {finding.key: finding.status for finding in decide(day, names).findings}
        for key in [key for key in passed if status[key] != "broken"]:
            yield _limit(passed.pop(key), day, now.record_id)


def _limit(finding: Finding, day: date, record_id: str) -> DueItem:
    state = state_of(finding)
    rules = [rule.bound.rule for rule in deciding_rules(state)]
    return DueItem(
        record_id, LIMIT, finding.requirement, state.list_name, state.position if state.list_name else None,
        getattr(state.item, "id", None), day, False, None, finding.weight, finding.by,
        tuple(cite.cite for cite in finding.citations), falls_on(rules),
    )  # fmt: skip
