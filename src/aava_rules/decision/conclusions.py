"""What is concluded of one record: each outcome by the diagram of its rules or by the rules, and all else by these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from aava_rules.decision.answers import nearest_answer
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.due import due_is_open
from aava_rules.decision.grounds import deciding_rules
from aava_rules.decision.missing import Missing, find_missing, missing_fact
from aava_rules.engine.diagram.diagram import EMPTY, Diagram
from aava_rules.engine.diagram.leaves import Leaf, Passing, PendingLeaf
from aava_rules.engine.diagram.unseen import Asked, OpenAnswer
from aava_rules.engine.states import State
from aava_rules.language.errors import UnknownName
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.values import UNKNOWN

_NEVER: Final = (date.min, EMPTY)
MOST_TOLD: Final = 256
"""Days, and ways in which other facts are given, for which is kept what is missing from one open answer, at most."""


class Conclusions(DecisionContext):
    """What a `Decision` is made of, each part worked out when it is first looked at; hosts see none of it."""

    _missing: tuple[Missing, ...] | None = None

    def conclusion(self, name: str) -> Leaf | State:
        """The answer to the outcome ``name``: the verdict of its diagram, else the state that the rules lead to.

        Raises:
            UnknownName: The outcome was not asked.
        """
        conclusion = self.conclusions.get(name) or (self._verdict(name) if self._all_count else None)
        if conclusion is None:
            if name not in self.inquiry.outcomes:
                raise self._unasked(name)
            conclusion = self.conclusions[name] = self.session.outcome(name)
        return conclusion

    def state(self, name: str) -> State:
        """The state that the rules lead the outcome ``name`` to, with all that an explanation needs.

        Raises:
            UnknownName: The outcome was not asked.
        """
        conclusion = self.conclusions.get(name)
        if isinstance(conclusion, State):
            return conclusion
        if name not in self.inquiry.outcomes:
            raise self._unasked(name)
        # a verdict of the diagram would not do, so that it is not asked for one
        state = self.session.outcome(name)
        self.conclusions.setdefault(name, state)
        return state

    def _unasked(self, name: object) -> UnknownName:
        """The error of an outcome that was not asked."""
        written = str(name)[:60]
        if name in self.parts.outcomes:
            return UnknownName(f"The outcome {written} was not asked; add it to `only`.")
        parts = self.parts
        hint = nearest_answer(written, parts.outcomes, parts.requirements, parts.steps)
        return UnknownName(f"There is no outcome {written!r}. {hint}".strip())

    def _verdict(self, name: str) -> Leaf | None:
        """What the diagram of an outcome concludes from ready-made facts; None where they do not suffice.

        Fast path: 1 µs in place of 60 by the rules.
        """
        diagram = self._diagram(name)
        try:
            end = diagram.paths(self._facts)
        except (KeyError, TypeError):  # a fact that matters is not known, or between bounds only
            end = diagram.first
        verdict: Leaf | None = end if type(end) is Leaf else self._verdict_after(end, diagram, name)
        if verdict is not None:
            self.conclusions[name] = verdict
            if self.inquiry.alone:
                self._missing = verdict.missing
        return verdict

    def _diagram(self, name: str) -> Diagram:
        """The diagram of an outcome; an empty one, where it has none."""
        inquiry = self.inquiry
        day, diagram = inquiry.latest.get(name, _NEVER)
        if day != self.on and name in inquiry.outcomes:
            diagram = inquiry.diagram(name, self.on, bool(self._facts))
        return diagram

    def _verdict_after(self, place: Any, diagram: Diagram, name: str, to_leaf: bool = False) -> Leaf | None:
        """What the diagram concludes after a place; ``to_leaf``: at a leaf that it has, or makes for this record."""
        end = diagram.follow(place, self._facts, self, to_leaf)
        if isinstance(end, PendingLeaf):
            return self._verdict_at(end, name, diagram)
        return self._open_verdict(end, name) if isinstance(end, OpenAnswer) else end

    def _verdict_at(self, leaf: PendingLeaf, name: str, diagram: Diagram = EMPTY) -> Leaf:
        """What the rules conclude at a leaf where facts are unknown; kept there, for all whose facts lead to it."""
        of_day = leaf.answer  # read once: another thread may put there what holds on another day
        if of_day is not None and of_day[0] == self.on:
            return of_day[1]
        unseen = diagram.unseen.answer(self._facts, self) if diagram.unseen and self.of_facts_alone else None
        if isinstance(unseen, OpenAnswer):
            unseen = self._open_verdict(unseen, name)
        if unseen is not None:
            verdict = Leaf(name, unseen.status, unseen.answer, unseen.by, unseen.open, unseen.missing)
        else:
            # what the diagram has tested is all that matters, so that the rest of the record need not be read
            state = self.session.outcome_where(name, leaf.cube) or self.session.outcome(name)
            missing = find_missing([state], self) if state.open else ()
            by = tuple(rule.bound.rule.id for rule in deciding_rules(state))
            verdict = Leaf(name, state.status, state.answer, by, state.open, missing)
        leaf.answer = (self.on, verdict)
        return verdict

    def _open_verdict(self, answer: OpenAnswer, name: str) -> Passing:
        """An open answer with what is missing, kept for all of whom that is the same."""
        key = self._given_among(answer.sources) if answer.sources else (self.on, self.audience)
        verdict = None if key is None else answer.answers.get(key)
        if verdict is None:
            settles, of_all = answer.settles, (self.on, self.audience, answer.settles)
            missing = [
                feature.answers.get(of_all) or self._missing_fact(feature, settles, name) for feature in answer.asked
            ]
            for feature in answer.in_part:
                missing[answer.asked.index(feature)] = self._missing_fact(feature, settles, name)
            verdict = Passing(name, "unknown", UNKNOWN, (), True, tuple(missing))
            _keep(answer.answers, key, verdict)
        return verdict

    def _missing_fact(self, feature: Asked, settles: bool, name: str) -> Missing:
        """What is told of a missing fact, kept for all of whom that is the same."""
        values = self._given_among(feature.sources)
        key = None if values is None else (*values[:2], settles, *values[2:])
        missing: Missing | None = None if key is None else feature.answers.get(key)
        if missing is None:
            missing = missing_fact(name, feature.term, settles, self)
            _keep(feature.answers, key, missing)
        return missing

    def _given_among(self, sources: tuple[str, ...]) -> tuple[Any, ...] | None:
        """On what else it depends what is told of facts with these sources; None where that is not kept.

        Numbers of a record are not kept; a truth value says no more of it than the cell in which it lies.
        """
        facts = self._facts
        values = [(source, facts[source]) for source in sources if source in facts]
        if values and not all(value.__class__ is bool for _, value in values):
            return None
        return (self.on, self.audience, *values)

    def leaf(self, name: str) -> Leaf | State:
        """The answer to the outcome ``name``, at the leaf of its diagram if it has one, even where nobody has been.

        Raises:
            UnknownName: The outcome was not asked.
        """
        conclusion = self.conclusion(name)
        if type(conclusion) is Passing:
            diagram = self._diagram(name)
            verdict = self._verdict_after(diagram.first, diagram, name, to_leaf=True)
            if verdict is not None:
                conclusion = self.conclusions[name] = verdict
        return conclusion

    @cached_property_unlocked
    def others(self) -> tuple[State, ...]:
        """The states of the requirements and steps that were asked, item by item."""
        return tuple(self.session.ask_all(self.inquiry.groups))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """As `Decision.missing` tells it.

        Where a single outcome is asked and its diagram answers, they are those kept at the leaf of the diagram: they
        are the same for all records of ready-made facts that lead there.
        """
        if self._missing is None:
            names = self.inquiry.book.default_answers if self.inquiry.names is None else None
            self._missing = find_missing(self._open(names), self)
        return self._missing

    def missing_for(self, names: str | Iterable[str] | None = None) -> tuple[Missing, ...]:
        """As `Decision.missing_for` tells it, of the same ``names``. Raises UnknownName."""
        chosen = None if names is None else self.inquiry.book.chosen([names] if isinstance(names, str) else names)
        return find_missing(self._open(chosen), self)

    def _open(self, names: frozenset[str] | None) -> list[State]:
        """The states of the answers with these names (None: all that were asked) that more facts could change."""
        states = [state for state in self._outcome_states(names) if state.open]
        if self.inquiry.groups:
            others = (state for state in self.others if state.open or due_is_open(state))
            if names is not None:
                others = (state for state in others if not names.isdisjoint((state.name, f"{state.kind}:{state.name}")))
            states += others
        return states

    def _outcome_states(self, names: frozenset[str] | None) -> Iterator[State]:
        """The states of these outcomes (None: all that were asked); one that its diagram has settled needs none."""
        for name in self.inquiry.outcomes:
            if names is not None and name not in names:
                continue
            conclusion = self.conclusion(name)
            if isinstance(conclusion, State):
                yield conclusion
            elif conclusion.open:
                yield self.session.outcome(name)

    @property
    def states(self) -> tuple[State, ...]:
        """The states of all that was asked: outcomes, requirements and steps, in this order."""
        return (*(self.state(name) for name in self.inquiry.outcomes), *self.others)

    def states_named(self, name: str) -> Iterator[State]:
        """The states of the answers that may be asked for by ``name``; what has another name is not worked out."""
        before_item = name.partition("@")[0]
        names = {before_item, before_item.partition(":")[2]}
        yield from (self.state(outcome) for outcome in self.inquiry.outcomes if outcome in names)
        if any(question.name in names for group in self.inquiry.groups for question in group.questions):
            yield from self.others

    def names_of(self, state: State) -> tuple[str, ...]:
        """The names by which an explanation of the answer of ``state`` is asked for."""
        item = self.item_key(state)
        return state.name, f"{state.kind}:{state.name}", f"{state.name}@{item}", f"{state.kind}:{state.name}@{item}"

    @property
    def question(self) -> tuple[Any, ...]:
        """What was asked, of which rules and by which engine, on which day, and whom the texts speak to."""
        inquiry = self.inquiry
        return inquiry.book.parts.sha256, inquiry.identity["engine"], inquiry.names, self.on, self.audience


def _keep(answers: dict[Any, Any], key: tuple[Any, ...] | None, value: Any) -> None:
    """Keep what was told under a key, unless that is None."""
    if key is not None:
        if len(answers) >= MOST_TOLD:
            answers.clear()
        answers[key] = value
