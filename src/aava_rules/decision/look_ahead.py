"""What will be otherwise, from which day on, and why: an answer to "by when?", "from which day?" and "until when?"."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final, Literal, Self, overload

from aava_rules.decision.answers import Finding, NextStep, Outcome
from aava_rules.decision.assumptions import assumed, lasting
from aava_rules.decision.changes import Cause, causes_of
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import DecisionContext, Inquiry
from aava_rules.decision.decision import Decision
from aava_rules.decision.explain.explanation import explain
from aava_rules.decision.explain.tree import Explanation
from aava_rules.decision.forecast import LONGEST_MONTHS, Forecast, Moment
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, format_value, label
from aava_rules.engine.states import State
from aava_rules.language.dates import ONE_DAY, add_months, parse_day
from aava_rules.language.structs import FrozenDict, public
from aava_rules.language.values import LANGUAGES, LAST_DAY, Interval
from aava_rules.record import Record
from aava_rules.rulebook.model import Audience, Parts, Text

Kind = Literal["outcome", "finding", "step"]
KINDS: Final[dict[str, Kind]] = {"outcome": "outcome", "requirement": "finding", "step": "step"}
"""What the kinds of questions are called where their answers are told."""


_UNREAD: Final = frozenset({"law_not_verified", "law_may_end", "presumed", "law_read_until"})
"""The codes of cautions about law of a day up to which it was not read."""


@public
class Change:
    """From one day on an answer is another, if nothing happens but time and what is assumed.

    Attributes:
        day: the first day on which it is another.
        before: what is told of the answer up to the day before: ``status``; of an outcome ``value``, ``possible`` and
            ``last_known`` (what the law read last gives), of a step ``due`` and ``overdue``.
        after: the same from that day on.
        assumed: what was assumed.
    """

    __slots__ = ("_ahead", "_before", "_moment", "after", "assumed", "before", "day")

    def __init__(self, before: Moment, moment: Moment, ahead: LookAhead) -> None:
        """The change to ``moment`` from what was told ``before``, one of those of ``ahead``."""
        self._before, self._moment, self._ahead = before, moment, ahead
        self.day = moment.day
        self.before, self.after = before.form, moment.form
        self.assumed = ahead.assumed

    @property
    def kind(self) -> Kind:
        """What kind of answer it is."""
        return KINDS[self._moment.state.kind]

    @property
    def name(self) -> str:
        """The outcome, requirement or step."""
        return self._moment.state.name

    @property
    def key(self) -> str:
        """What names the answer, whatever the order of the lists: its name and that of its item."""
        return self._moment.context.key_of(self._moment.state)

    @property
    def where(self) -> str:
        """The path of the item and field that it is about; empty for the client."""
        return self._moment.context.where(self._moment.state)

    @property
    def not_before(self) -> bool:
        """Whether it is not known what the answer is from this day on: it may be another, but not before."""
        return bool(self.after["status"] == "unknown")

    @property
    def answer(self) -> Outcome | Finding | NextStep | None:
        """The answer from this day on; None of a step that is no next step any more."""
        return _answer(self._moment)

    @property
    def by(self) -> tuple[str, ...]:
        """The ids of the rules that decide from this day on."""
        answer = self.answer
        return () if answer is None else answer.by

    @property
    def cautions(self) -> tuple[str, ...]:
        """The codes of what the answer rests on from this day on that has not been verified, or not been read."""
        answer = self.answer
        return () if answer is None else tuple(dict.fromkeys(caution.code for caution in answer.cautions))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is unknown from this day on, sorted; empty if it is not."""
        answer = self.answer
        return answer.reasons if isinstance(answer, (Outcome, Finding)) else ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What is otherwise than on the day before: rules, numbers of the law, and facts."""
        state, context = self._moment.state, self._ahead._forecast.context(self.day - ONE_DAY)
        return causes_of(_same_question(state, context), state, context, self._moment.context)

    def explain(self, language: str = "fi", audience: Audience | None = None) -> Explanation:
        """Why the answer is as it is from this day on.

        Args:
            language: ``fi``, ``sv`` or ``en``.
            audience: ``worker`` or ``client``; None for a worker.

        Raises:
            ValueError: there are no texts for that audience.
        """
        return explain(self._moment.context.for_audience(audience), [self._moment.state], language)

    def line(self, language: str = "fi") -> str:
        """The answer before and after in a line, ``language`` being ``fi``, ``sv`` or ``en``; with what is in doubt."""
        title = label(self._moment.context.parts, self.name)[language]
        if self.where:
            title += f" ({self.where})"
        before, after = _words(self._before, language), _words(self._moment, language)
        remarks = [text("ahead.not_before", language)] if self.not_before and "last_known" not in self.after else []
        if not _UNREAD.isdisjoint(self.cautions):
            remarks.append(text("ahead.doubt", language))
        line = text("ahead.change", language, title=title, before=before, after=after)
        return f"{line} ({'; '.join(remarks)})" if remarks else line

    def text(self, language: str = "fi") -> str:
        """The day, what was assumed, and the answer before and after; ``language`` is ``fi``, ``sv`` or ``en``."""
        assumptions = [assumption_text(name, value, language) for name, value in self.assumed.items()]
        return f"{', '.join([format_day(self.day, language), *assumptions])}: {self.line(language)}"

    def cause_text(self, cause: Cause, language: str = "fi") -> str:
        """A ``cause``, one of `causes`, in words; ``language`` is ``fi``, ``sv`` or ``en``."""
        parts = self._moment.context.parts
        if cause.kind == "rule":
            return text("ahead.rule_begins" if cause.after else "ahead.rule_ends", language, rule=cause.name)
        named = _named(parts).get(cause.name)
        if named is not None:
            title, unit = named.title[language], named.unit
        elif cause.name == "decision_date":
            title, unit = text("explain.decision_date", language), ""
        else:
            title, unit = parts.fields[cause.name][language] if cause.name in parts.fields else cause.name, ""
        before, after = (_plain_words(value, unit, language, parts.words) for value in (cause.before, cause.after))
        return text("ahead.cause", language, name=title, before=before, after=after)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON has it."""
        return {
            "day": self.day.isoformat(), "kind": self.kind, "name": self.name, "key": self.key, "where": self.where,
            "before": dict(self.before), "after": dict(self.after), "not_before": self.not_before,
            "causes": [cause.to_dict() for cause in self.causes], "by": list(self.by), "reasons": list(self.reasons),
            "cautions": list(self.cautions), "assumed": dict(self.assumed),
            "text": {language: self.text(language) for language in LANGUAGES},
        }  # fmt: skip

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Change):
            return NotImplemented
        return self._place == other._place and self._ahead == other._ahead

    def __hash__(self) -> int:
        return hash(self._place)

    @property
    def _place(self) -> tuple[Any, ...]:
        """Where it stands among the changes of its look ahead."""
        state = self._moment.state
        return self.day, state.kind, state.name, state.list_name, state.position

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled_change, (self._ahead, self._place)

    def __repr__(self) -> str:
        return f"<Change of {self.name} on {self.day}: {self.before['status']} to {self.after['status']}>"


@public
class LookAhead(Sequence[Change]):
    """All that will be otherwise, the earliest first.

    Attributes:
        on: the day from which it was looked ahead.
        until: the last day that was looked at.
        assumed: what was assumed beside the passing of time.
    """

    def __init__(self, forecast: Forecast, assume: Mapping[str, Any]) -> None:
        """The changes of a forecast, with what was assumed for it."""
        self._forecast = forecast
        self.on, self.until, self.assumed = forecast.on, forecast.until, assume
        pairs = (pair for moments in forecast.answers() for pair in pairwise(moments))
        changes = [Change(before, moment, self) for before, moment in pairs]
        order = list(KINDS.values())
        changes.sort(key=lambda change: (change.day, order.index(change.kind)))
        self._changes = tuple(changes)

    def decision(self, day: date) -> Decision:
        """The whole decision on a ``day`` of those that were looked at, with what was assumed."""
        return Decision(self._forecast.context_of(Conclusions, day))

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Change, ...]: ...
    def __getitem__(self, index: int | slice) -> Change | tuple[Change, ...]:
        """The change of that place, or those of a slice."""
        return self._changes[index]

    def __len__(self) -> int:
        return len(self._changes)

    def to_dict(self) -> dict[str, Any]:
        """The changes as JSON has them, with the record, the days and the rulebook."""
        context = self._forecast.context(self.on)
        rulebook: Any = context.inquiry.identity["rulebook"]
        return {
            "record_id": context.record.id, "on": self.on.isoformat(), "until": self.until.isoformat(),
            "rulebook": rulebook | {"layers": [dict(layer) for layer in rulebook["layers"]]},
            "assumed": dict(self.assumed), "changes": [change.to_dict() for change in self._changes],
        }  # fmt: skip

    def to_json(self, indent: int | None = None) -> str:
        """The changes as JSON text, with ``indent`` spaces a level; None for one line."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, LookAhead):
            return NotImplemented
        return self.assumed == other.assumed and self._forecast.question == other._forecast.question

    def __hash__(self) -> int:
        return hash((self._forecast.context(self.on).record.id, self.on, self.until))

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return LookAhead, (self._forecast, self.assumed)

    def __repr__(self) -> str:
        return f"<LookAhead from {self.on} to {self.until}: {len(self)} changes>"


def look_ahead(inquiry: Inquiry, record: Record, on: date, until: date, assume: Mapping[str, Any]) -> LookAhead:
    """What will be otherwise than on a day, with what it rests on; see `Rulebook.look_ahead`.

    Args:
        inquiry: what is asked.
        record: the record.
        on: the day from which on.
        until: the last day.
        assume: what is assumed besides.

    Raises:
        AssumptionError: there is no such assumption, or the record contradicts it.
    """
    record = assumed(record, on, until, assume)
    later = lasting(record, on, inquiry.book.vocabulary) if "facts" in assume else None
    forecast = Forecast(inquiry, record, on, until, later)
    return LookAhead(forecast, FrozenDict(sorted(assume.items())))


def _unpickled_change(ahead: LookAhead, place: tuple[Any, ...]) -> Change:
    """The change that was pickled: that of ``ahead`` which stands at its ``place``."""
    return next(change for change in ahead if change._place == place)


def last_day(on: date, until: date | str | None) -> date:
    """The last day of a look ahead from ``on``: ``until``, a date or text; of None a year later.

    Raises:
        ValueError: it is no day, is not after ``on``, or lies more than ten years ahead.
    """
    if until is None:
        return min(add_months(on, 12), LAST_DAY)
    day = parse_day(until) if isinstance(until, str) else until
    if day is None or type(day) is not date:
        from aava_rules.language.other_days import how_to_write

        raise ValueError(f"The last day of a look ahead is a date such as 2027-05-05: {how_to_write(str(until))}.")
    if day < on:
        raise ValueError(f"The last day of a look ahead, {day}, is before the first, {on}.")
    if day > min(add_months(on, LONGEST_MONTHS), LAST_DAY):
        raise ValueError(f"Nothing is looked ahead to that is more than {LONGEST_MONTHS // 12} years away.")
    return day


def _named(parts: Parts) -> Mapping[str, Any]:
    """The facts, outcomes and parameters of ``parts``, by name: what has a title and a unit."""
    return ChainMap(parts.facts, parts.outcomes, parts.parameters)


def _plain_words(value: Any, unit: str, language: str, words: Mapping[str, Text]) -> str:
    """A value as JSON has it, in words."""
    if value == "unknown":
        return text("answer.unknown", language)
    if isinstance(value, dict):
        return format_value(Interval(value.get("at_least"), value.get("at_most")), unit, language, words)
    if isinstance(value, str) and (day := parse_day(value)) is not None:
        return format_day(day, language)
    return format_value(tuple(value) if isinstance(value, list) else value, unit, language, words)


def assumption_text(name: str, value: Any, language: str) -> str:
    """What was assumed, in words.

    Args:
        name: what it was assumed of.
        value: what was assumed of it.
        language: ``fi``, ``sv`` or ``en``.
    """
    if name == "attendance":
        return text("ahead.attendance", language, count=value)
    return text("ahead.benefits" if name == "benefits" else "ahead.facts", language)


def _answer(moment: Moment) -> Outcome | Finding | NextStep | None:
    state, context = moment.state, moment.context
    if state.kind == "outcome":
        return Outcome(state, context)
    if state.kind == "requirement":
        return Finding(state, context)
    return NextStep(state, context) if state.status == "suggested" else None


def _same_question(state: State, context: DecisionContext) -> State:
    """The answer of ``context`` to the question of ``state``."""
    if state.kind == "outcome":
        return context.session.outcome(state.name)
    for group in context.inquiry.groups:
        if group.list_name == state.list_name:
            for other in context.session.ask(group, group.list_name, state.item, state.position):
                if (other.kind, other.name) == (state.kind, state.name):
                    return other
    raise LookupError(state.name)


def _words(moment: Moment, language: str) -> str:
    """What is told of an answer, in words."""
    state, form, words = moment.state, moment.form, moment.context.parts.words
    if state.kind == "outcome":
        definition = moment.context.parts.outcomes[state.name]
        if state.status == "known":
            return format_value(state.value, definition.unit, language, words)
        line = text(f"answer.{state.status}", language)
        if "last_known" not in form:
            return line
        known = Outcome(state, moment.context).last_known
        assert known is not None
        value = format_value(known.value, definition.unit, language, words)
        return f"{line} ({text('explain.last_known', language, day=format_day(known.day, language), answer=value)})"
    if state.status != "suggested":
        return text("answer.not_suggested" if state.status == "none" else f"answer.{state.status}", language)
    answer = NextStep(state, moment.context)
    if answer.due is None:
        return text("answer.suggested", language)
    due = format_value(answer.due, "", language, words)
    overdue = f" ({text('report.overdue', language)})" if answer.overdue else ""
    return f"{text('report.due', language)} {due}{overdue}"
