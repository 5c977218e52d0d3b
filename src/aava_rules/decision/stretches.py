"""The stretches of days in which what an answer rests on is said alike.

An answer is worked out once for all of whom the same is known (`engine.alike`). What is said of it beside, its
citations and what is to be cautioned of it, goes by the judged days of its rules and the day of decision too; between
two of the days that are listed here nothing of that changes, so that it can be kept with the answer.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.program import Program
from aava_rules.decision.context import DecisionContext
from aava_rules.engine.states import Reading, State

MOST_STRETCHES: Final = 16
"""Stretches for which something is kept of one program; beyond that it is worked out anew."""
MOST_REMARKS: Final = 256
"""With so many remarks kept of one program on like days, none about a computed value is: of these there is no end."""
_REMARKS: Final = "remarks"


def changes(book: CompiledRulebook, kind: str, name: str) -> tuple[date, ...]:
    """The days from which on what is said of an answer may be another, its rules being the same.

    Those from which a rule has other citations, a parameter another value, or law is in doubt, has ended, or has not
    been read.

    Args:
        book: the rulebook.
        kind: the kind of the question.
        name: the outcome, requirement or step.
    """
    by_name: dict[tuple[str, str], tuple[date, ...]] = book.compiled.setdefault("days of grounds", {})
    days = by_name.get((kind, name))
    if days is None:
        starts: set[date | None] = set()
        for rule, ruleset in book.rules_of(kind, name):
            starts.update(start for start, _ in rule.cite)
            starts.update([ruleset.in_doubt_from, *ruleset.doubted.values(), *ruleset.doubt_ends.values()])
            if ruleset.read_until is not None:
                starts.add(ruleset.read_until + timedelta(days=1))
            if ruleset.may_end is not None:
                starts.add(ruleset.may_end.start)
            for key in book.cautions_of(rule):
                if key.parameter:
                    starts.update(value.start for value in book.parts.parameters[key.parameter].values)
        days = by_name[kind, name] = tuple(sorted(day for day in starts if day is not None))
    return days


def rests_on_one(state: State) -> bool:
    """Whether ``state`` rests on one reading, on days that are known.

    What is said of it then follows from what is known, from the days, and from its own value.
    """
    return len(state.readings) == 1 and not state.day_open


def remarks_of(state: State, reading: Reading, context: DecisionContext) -> dict[Any, Any]:
    """What is kept of what is said of the answers of one program, for all of whom the same is known on like days.

    Who keeps something in it names it by what it is and by the question that it is about.

    Args:
        state: the answer.
        reading: its one reading.
        context: the day of decision and the rulebook.
    """
    remarks: dict[Any, Any] | None = state.memo.get(_REMARKS)
    if remarks is None:
        last = context.last_remarks
        if last is not None and last[0] is reading.memo and last[1] is reading.scopes:
            remarks = last[2]  # of the answers about one item, all but the first
        else:
            remarks = _remarks(reading, context)
            context.last_remarks = reading.memo, reading.scopes, remarks
        state.memo[_REMARKS] = remarks
    return remarks


def _remarks(reading: Reading, context: DecisionContext) -> dict[Any, Any]:
    days = _days_of(reading.program, context.inquiry.book)
    scopes = reading.scopes if reading.layered is None else (*reading.scopes, *reading.layered.scopes)
    stretch = (
        bisect_right(days, context.on),
        *[bisect_right(days, day) if (day := scope.judged).__class__ is date else None for scope in scopes],
    )
    of_days: dict[Any, dict[Any, Any]] = reading.memo.setdefault(_REMARKS, {})
    remarks = of_days.get(stretch)
    if remarks is None:
        if len(of_days) >= MOST_STRETCHES:
            of_days.clear()
        remarks = of_days[stretch] = {}
    return remarks


def _days_of(program: Program, book: CompiledRulebook) -> tuple[date, ...]:
    """The days from which on what is said of some answer of ``program`` may be another."""
    days: tuple[date, ...] | None = program.compiled.get(_REMARKS)
    if days is None:
        of_questions = [changes(book, question.kind, question.name) for question in program.questions]
        days = program.compiled[_REMARKS] = tuple(sorted(set().union(*of_questions)))
    return days
