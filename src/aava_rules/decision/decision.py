"""What comes out: outcomes, findings, next steps and what is missing, each a lazy view of one run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.answers import Finding, NextStep, Outcome
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import deciding_rules
from aava_rules.decision.missing import Missing, find_missing
from aava_rules.engine.diagram.diagram import NOWHERE, Diagram, Verdict, Waiting
from aava_rules.engine.states import State
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.values import LANGUAGES

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.explain.tree import Explanation
    from aava_rules.decision.notices import Notice


_NEVER: Final = (date.min, NOWHERE)


class Outcomes(Mapping[str, Outcome]):
    """The outcomes of a decision by name, each settled when it is first looked at."""

    __slots__ = ("_decision",)

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def __getitem__(self, name: str) -> Outcome:
        decision = self._decision
        return Outcome(decision.told(name), decision)

    def __iter__(self) -> Iterator[str]:
        return iter(self._decision.inquiry.outcomes)

    def __len__(self) -> int:
        return len(self._decision.inquiry.outcomes)

    def __repr__(self) -> str:
        return f"<outcomes: {', '.join(self)}>"


class Decision(DecisionContext):
    """The answers of one rulebook to one record on one day.

    Reading the record (and telling what is wrong with it) is done when the decision is made. Each
    answer, text, citation and explanation is worked out when it is first asked for.
    """

    _missing: tuple[Missing, ...] | None = None

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self._record.id

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version and sha256 of the rulebook that answered."""
        return dict(self.inquiry.identity["rulebook"])

    @property
    def engine(self) -> str:
        """The engine that answered."""
        return str(self.inquiry.identity["engine"])

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that were asked, by name."""
        # made anew, since a decision that held what holds it would wait for the garbage collector
        return Outcomes(self)

    def told(self, name: str) -> Verdict | State:
        """The answer to an outcome that was asked: what a diagram tells of it, else its state. Raises KeyError."""
        told = self.outcomes_answered.get(name)
        if told is not None:
            return told
        inquiry = self.inquiry
        if self._all_count:
            day, diagram = inquiry.latest.get(name, _NEVER)
            if day != self.on and name in inquiry.outcomes:
                diagram = inquiry.diagram(name, self.on)
            try:
                place = diagram.ways(self._facts)
            except (KeyError, TypeError):  # a fact that matters is not known, or between bounds only
                place = diagram.first
            verdict: Verdict | None = place if place.__class__ is Verdict else self._told_from(place, name, diagram)
            if verdict is not None:
                self.outcomes_answered[name] = verdict
                if inquiry.alone:
                    self._missing = verdict.missing
                return verdict
        if name not in inquiry.outcomes:
            raise KeyError(name)
        state = self.outcomes_answered[name] = self.run.outcome(name)
        return state

    def _told_from(self, place: Any, name: str, diagram: Diagram) -> Verdict | None:
        """What is told where a diagram leads on from one of its places; None if nothing is."""
        found = diagram.led(place, self._facts, self)
        return self._said(name, found) if isinstance(found, Waiting) else found

    def _said(self, name: str, waiting: Waiting) -> Verdict:
        """What is said of an outcome by the usual way, kept for all whose facts lead to the same place."""
        said = waiting.said  # looked at once: another thread may put what is said on another day
        if said is not None and said[0] == self.on:
            return said[1]
        state = self.run.outcome(name)
        missing = find_missing([state], self) if state.open else ()
        by = tuple(rule.bound.rule.id for rule in deciding_rules(state))
        found = Verdict(name, state.status, state.answer, by, state.open, missing)
        waiting.said = (self.on, found)
        return found

    @cached_property_unlocked
    def _others(self) -> tuple[State, ...]:
        """The states of requirements and steps."""
        return tuple(self.run.ask_all(self.inquiry.groups))

    @cached_property_unlocked
    def findings(self) -> tuple[Finding, ...]:
        """Every requirement of every item, those that do not apply included; in the order of the lists."""
        return tuple(Finding(state, self) for state in self._others if state.kind == "requirement")

    @cached_property_unlocked
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps to take next, those with the earliest due day first."""
        steps = [NextStep(state, self) for state in self._others if state.status == "suggested"]
        return tuple(
            sorted(
                steps, key=lambda one: (one.due.isoformat() if isinstance(one.due, date) else "~", one.step, one.where)
            )
        )

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The facts whose values could change an answer, the most useful first."""
        found = self._missing
        if found is None:
            waiting: list[State] = []
            for name in self.inquiry.outcomes:
                told = self.told(name)
                if told.open:
                    waiting.append(told if type(told) is State else self.run.outcome(name))
            if self.inquiry.groups:
                waiting += [state for state in self._others if state.open]
            found = self._missing = find_missing(waiting, self) if waiting else ()
        return found

    @cached_property_unlocked
    def notices(self) -> tuple[Notice, ...]:
        """What does not fit together in the record."""
        from aava_rules.decision.notices import find_notices

        return find_notices(self)

    @cached_property_unlocked
    def cautions(self) -> tuple[Caution, ...]:
        """What the answers rest on that has not been verified, or not been read to this day."""
        from aava_rules.decision.cautions import find_cautions

        return find_cautions(self, self.states)

    @property
    def states(self) -> tuple[State, ...]:
        """Every state that was asked: of outcomes, requirements and steps."""
        return (*(outcome.state for outcome in self.outcomes.values()), *self._others)

    def explain(self, name: str, language: str = "fi") -> Explanation:
        """Why an outcome, requirement (or a finding's key) or step is as it is: a tree that reads aloud.

        Raises UnknownName if the decision has no such answer.
        """
        from aava_rules.decision.explain.explanation import explain, nothing_to_judge

        if language not in LANGUAGES:
            raise ValueError(f"Texts are in {', '.join(LANGUAGES)}.")
        states = [s for s in self.states if name in (s.name, f"{s.name}@{self.item_key(s)}")]
        if not states and (found := nothing_to_judge(self, name, language)) is not None:
            return found
        if not states:
            known = [state.name for state in self.states]
            raise UnknownName(
                f"The decision has no answer named {str(name)[:60]!r}. {nearest(str(name), known)}".strip()
            )
        return explain(self, states, language)

    # -- output

    def to_dict(self) -> dict[str, Any]:
        """The whole decision as JSON has it; see ``aava-rules schema decision``."""
        return {
            "record_id": self.record_id,
            "on": self.on.isoformat(),
            "rulebook": self.rulebook,
            "engine": self.engine,
            "outcomes": {name: outcome.to_dict() for name, outcome in sorted(self.outcomes.items())},
            "findings": [finding.to_dict() for finding in self.findings],
            "next_steps": [step.to_dict() for step in self.next_steps],
            "missing": [one.to_dict() for one in self.missing],
            "notices": [one.to_dict() for one in self.notices],
            "cautions": [one.to_dict() for one in self.cautions],
        }

    def to_json(self, indent: int | None = None) -> str:
        """The decision as JSON text; the same record, day, rulebook and engine give the same bytes."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def __repr__(self) -> str:
        return f"<Decision of {self.inquiry.identity['rulebook']['name']} on {self.on}: {len(self.outcomes)} outcomes>"
