"""The stretches of days in which what an answer rests on is said alike.

An answer is worked out once for all of whom the same is known (`engine.alike`). What is said of it beside, its
citations and what is to be cautioned of it, goes by the judged days of its rules and the day of decision too; between
two of the days that are listed here nothing of that changes, so that it can be kept with the answer.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.context import DecisionContext
from aava_rules.engine.states import Reading, State

MOST_STRETCHES: Final = 16
"""Stretches for which something is kept of one answer; beyond that it is worked out anew."""


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


def stretch_of(state: State, reading: Reading, context: DecisionContext) -> tuple[int | None, ...]:
    """What tells apart the days of which something else is said of ``state``; equal where the same is said.

    Args:
        state: the answer.
        reading: its one reading.
        context: the day of decision and the rulebook.
    """
    stretch = state.memo.get("stretch")
    if stretch is None:
        days = changes(context.inquiry.book, state.kind, state.name)
        scopes = reading.scopes if reading.layered is None else (*reading.scopes, *reading.layered.scopes)
        judged = [scope.judged for scope in scopes]
        stretch = (
            bisect_right(days, context.on),
            *[bisect_right(days, day) if day.__class__ is date else None for day in judged],
        )
        state.memo["stretch"] = stretch
    return stretch
