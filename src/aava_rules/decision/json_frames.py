"""The JSON text of all decisions whose diagrams lead to the same leaves, with holes for what each record says itself.

Where outcomes alone are asked, and the diagram of each answers, nearly all that is written follows from the leaves and
the day: values, rules, citations, cautions, what to ask. It is written once, the usual way, with a hole for the id of
the record, for a message or a measure that quotes it, and for what does not fit together in it; of another record that
leads there only the holes are written. A frame keeps names of facts and rules, and nothing of any record.
`tests/engine/agreement/test_diagrams.py` compares what is written with and without.
"""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, Final, Protocol

from aava_rules.decision.answers import Finding, Outcome, state_of
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import Wording
from aava_rules.decision.measures import Measure, may_measure, measure_of_rules, measuring
from aava_rules.engine.diagram.leaves import Leaf
from aava_rules.engine.states import State

if TYPE_CHECKING:
    from aava_rules.decision.answers import NextStep

Decided = Any
"""A `Decision`, which is written by modules above and below this one."""
Fill = Callable[[Decided], str]
"""What stands in a hole, by the decision that is written."""
MOST_FRAMES: Final = 1000
"""Frames that one form of decisions keeps; beyond that they are made anew. Each takes a few kilobytes."""


class _Form(Protocol):
    """The form in which decisions are written."""

    languages: tuple[str, ...]
    between: str
    after_key: str

    def text_of(self, answer: Outcome | Finding | NextStep) -> str:
        """The texts of ``answer`` as JSON."""


class Holes:
    """What a record says itself, written out: there are no holes."""

    def record_id(self, decision: Decided) -> str:
        """The id of the record of ``decision``."""
        return quoted(decision.record_id)

    def part(self, decision: Decided, write: Fill) -> str:
        """A part of ``decision``, which ``write`` writes."""
        return write(decision)

    def missing(self, decision: Decided, write: Fill) -> str:
        """What to ask after ``decision``, which ``write`` writes."""
        return write(decision)

    def text(self, answer: Outcome | Finding | NextStep, form: _Form) -> str:
        """The texts of ``answer``, which quote the record, in ``form``."""
        return form.text_of(answer)

    def measure(self, answer: Outcome | Finding, write: Callable[[Measure | None], str]) -> str:
        """What ``answer`` measures, which ``write`` writes."""
        return write(answer.measure)


WRITTEN_OUT: Final = Holes()


class _Marked(Holes):
    """Holes, each marked by its number between two characters that JSON text never has."""

    def __init__(self) -> None:
        self.fills: list[Fill] = []

    def _mark(self, fill: Fill) -> str:
        self.fills.append(fill)
        return f"\0{len(self.fills) - 1}\0"

    def record_id(self, decision: Decided) -> str:
        return self._mark(super().record_id)

    def part(self, decision: Decided, write: Fill) -> str:
        return self._mark(write)

    def missing(self, decision: Decided, write: Fill) -> str:
        # what to ask of one outcome is kept at its leaf; of several it is worked out together
        context = decision._context
        is_fixed = context.inquiry.alone or not any(leaf.open for leaf in context.conclusions.values())
        return write(decision) if is_fixed else self._mark(write)

    def text(self, answer: Outcome | Finding | NextStep, form: _Form) -> str:
        wording = Wording(state_of(answer), answer._context)
        names = [f"{quoted(language)}{form.after_key}" for language in form.languages]

        def fill(decision: Decided) -> str:
            texts = [
                name + quoted(wording.in_words(decision._context, language))
                for name, language in zip(names, form.languages, strict=True)
            ]
            return f"{{{form.between.join(texts)}}}"

        return self._mark(fill)

    def measure(self, answer: Outcome | Finding, write: Callable[[Measure | None], str]) -> str:
        rules = measuring(state_of(answer), answer._context)
        return self._mark(lambda decision: write(measure_of_rules(rules, decision._context)))


class _Frame:
    """The text of all decisions that lead to the same leaves on one day.

    Attributes:
        leaves: the leaves, which live as long as it, so that they are known again.
    """

    __slots__ = ("_end", "_parts", "leaves")

    def __init__(self, leaves: tuple[Leaf, ...], text: str, fills: list[Fill]) -> None:
        self.leaves = leaves
        *before, self._end = text.split("\0")
        self._parts = [(before[n], fills[int(before[n + 1])]) for n in range(0, len(before), 2)]

    def filled(self, decision: Decided) -> str:
        """The text of ``decision``."""
        texts: list[str] = []
        for before, fill in self._parts:
            texts += before, fill(decision)
        texts.append(self._end)
        return "".join(texts)


class Frames:
    """The frames of one form of the decisions of a rulebook."""

    def __init__(self) -> None:
        self._frames: dict[tuple[Any, ...], _Frame | tuple[Leaf, ...]] = {}

    def of(self, decision: Decided, choices: tuple[bool, ...], write: Callable[..., str]) -> _Frame | None:
        """The frame of a decision; None where it has none, or is the first that leads to its leaves.

        Args:
            decision: the decision.
            choices: what the form leaves open.
            write: writes a decision, with holes.
        """
        context = decision._context
        inquiry = context.inquiry
        if inquiry.groups or not inquiry.outcomes:
            return None
        leaves = tuple([context.leaf(name) for name in inquiry.outcomes])
        for leaf in leaves:
            if leaf.__class__ is not Leaf:
                return None
        key = (decision.on, inquiry.alone, choices, *map(id, leaves))
        frame = self._frames.get(key)
        if isinstance(frame, _Frame):
            return frame
        if frame is None:  # most that come first are the only ones
            if len(self._frames) >= MOST_FRAMES:
                self._frames.clear()
            self._frames[key] = leaves
            return None
        if not all(_follows_from_leaf(state_of(outcome), context) for outcome in decision.outcomes.values()):
            return None
        holes = _Marked()
        framed = self._frames[key] = _Frame(leaves, write(decision, holes, *choices), holes.fills)
        return framed


def _follows_from_leaf(state: State, context: DecisionContext) -> bool:
    """Whether all that is written of ``state``, but for its holes, is the same for all records that lead to its leaf.

    Diagrams answer on the day of decision alone, of law that is verified; this makes sure of it.
    """
    on_the_day = all(scope.judged == context.on for reading in state.readings for scope in reading.scopes)
    measures_bounds = state.open and may_measure(state, context)
    return on_the_day and not measures_bounds and Outcome(state, context).last_known is None
