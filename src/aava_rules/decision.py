"""What comes out: outcomes, findings, next steps and what is missing, each a lazy view of one run."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .citations import Citation
from .engines.reference import State
from .errors import UnknownName, nearest
from .grounds import citations_of, deciding_rules, due_day, message_of, reasons_unknown, successor_of, suggesting_rules
from .parts import Parts, Rule, Text
from .values import LANGUAGES, UNKNOWN, Interval, plain
from .wording import label

if TYPE_CHECKING:
    from .engines.reference import Run
    from .grounds import Caution, Notice
    from .missing import Missing
    from .tree import Explanation


class Outcome:
    """The answer to one question about the client.

    ``value`` is the answer, or UNKNOWN; of a set, its sure members. ``status`` is ``known``,
    ``unknown``, ``not_applicable`` (no rule is in force on that day, or none gives an answer) or
    ``conflict`` (rules that nothing ranks say different things). ``possible`` has the words that a
    set may still gain. ``reasons`` of an unknown: ``facts_missing``, ``law_not_verified``,
    ``needs_judgement``, ``conflict``. ``by`` has the ids of the deciding rules.
    """

    __slots__ = ("_decision", "state")

    def __init__(self, state: State, decision: Decision) -> None:
        self.state = state
        self._decision = decision

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def status(self) -> str:
        return self.state.status

    @property
    def value(self) -> Any:
        value = self.state.value
        if self.status not in ("known", "unknown"):
            return UNKNOWN
        if isinstance(value, Interval):
            # an outcome between bounds is not known; the sure members of a set are
            return value.low if isinstance(value.low, frozenset) and self.status == "known" else UNKNOWN
        return value

    @property
    def possible(self) -> frozenset[str]:
        value = self.state.value
        sets = isinstance(value, Interval) and isinstance(value.low, frozenset)
        return value.high - value.low if sets else frozenset()

    @property
    def given(self) -> bool:
        """Whether the record gives the outcome, so that its rules were not asked."""
        return self.state.given

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(rule.bound.rule.id for rule in deciding_rules(self.state))

    @property
    def reasons(self) -> tuple[str, ...]:
        return reasons_unknown(self.state, self._decision) if self.status == "unknown" else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        return citations_of(self.state, self._decision)

    @property
    def successor(self) -> Text | None:
        """What the authors expect to hold instead, where the law of the day is not theirs."""
        return successor_of(self.state, self._decision)

    def title(self, language: str = "fi") -> str:
        return label(self._decision.parts, self.name)[language]

    def text(self, language: str = "fi") -> str:
        """The message of the deciding rule, or the answer in a word."""
        return message_of(self.state, self._decision, language)

    def to_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"status": self.status, "value": plain(self.value)}
        if self.status in ("not_applicable", "conflict"):
            answer["value"] = None
        if self.possible:
            answer["possible"] = sorted(self.possible)
        if self.reasons:
            answer["reasons"] = list(self.reasons)
        if self.successor:
            answer["successor"] = self.successor
        answer["given"] = self.given
        return answer | _grounds(self)


class Finding:
    """Whether one item, or the client's case, keeps one requirement.

    ``status`` is ``met``, ``broken``, ``unknown`` or ``not_applicable``. ``key`` is stable when a
    host sorts its lists anew: the requirement and the item's id, else a hash of the item.
    """

    __slots__ = ("_decision", "state")

    def __init__(self, state: State, decision: Decision) -> None:
        self.state = state
        self._decision = decision

    @property
    def requirement(self) -> str:
        return self.state.name

    @property
    def status(self) -> str:
        return self.state.status

    @property
    def key(self) -> str:
        item = self._decision.item_key(self.state)
        return f"{self.requirement}@{item}" if item else self.requirement

    @property
    def weight(self) -> str:
        return self._rule.weight

    @property
    def rulebook(self) -> str:
        return self._rule.rulebook

    @property
    def _rule(self) -> Rule:
        deciding = deciding_rules(self.state)
        if deciding:
            return deciding[0].bound.rule
        return self._decision.first_rule(self.state)

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(rule.bound.rule.id for rule in deciding_rules(self.state))

    @property
    def where(self) -> str:
        """The item, and the field that the requirement limits: ``periods[id=p1].days_per_week``."""
        return self._decision.where(self.state)

    @property
    def reasons(self) -> tuple[str, ...]:
        return reasons_unknown(self.state, self._decision) if self.status == "unknown" else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        return citations_of(self.state, self._decision)

    def title(self, language: str = "fi") -> str:
        return label(self._decision.parts, self.requirement)[language]

    def text(self, language: str = "fi") -> str:
        """The message of the rule for this status, or the status in words."""
        return message_of(self.state, self._decision, language)

    def to_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "key": self.key, "requirement": self.requirement, "status": self.status, "weight": self.weight,
            "rulebook": self.rulebook, "where": self.where,
        }  # fmt: skip
        if self.reasons:
            answer["reasons"] = list(self.reasons)
        return answer | _grounds(self)


class NextStep:
    """A step that is to be taken next. ``due`` is a day, None (no source names one) or UNKNOWN."""

    __slots__ = ("_decision", "_rules", "due", "state")

    def __init__(self, state: State, decision: Decision) -> None:
        self.state = state
        self._decision = decision
        self._rules = suggesting_rules(state)
        self.due = due_day(state)

    @property
    def step(self) -> str:
        return self.state.name

    @property
    def overdue(self) -> bool:
        return isinstance(self.due, date) and self.due < self._decision.on

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(rule.bound.rule.id for rule in self._rules)

    @property
    def weight(self) -> str:
        order = ("law", "model", "local", "advice")
        return min((rule.bound.rule.weight for rule in self._rules), key=order.index)

    @property
    def rulebook(self) -> str:
        return self._rules[0].bound.rule.rulebook

    @property
    def where(self) -> str:
        return self._decision.where(self.state)

    @property
    def citations(self) -> tuple[Citation, ...]:
        return citations_of(self.state, self._decision)

    def title(self, language: str = "fi") -> str:
        return label(self._decision.parts, self.step)[language]

    def text(self, language: str = "fi") -> str:
        """Why the step is to be taken, all reasons in one text."""
        return message_of(self.state, self._decision, language)

    def to_dict(self) -> dict[str, Any]:
        answer = {"step": self.step, "due": plain(self.due), "overdue": self.overdue, "weight": self.weight}
        return answer | {"rulebook": self.rulebook, "where": self.where} | _grounds(self)


def _grounds(answer: Outcome | Finding | NextStep) -> dict[str, Any]:
    return {
        "by": list(answer.by),
        "title": {language: answer.title(language) for language in LANGUAGES},
        "text": {language: answer.text(language) for language in LANGUAGES},
        "citations": [one.to_dict() for one in answer.citations],
    }


class Decision:
    """The answers of one rulebook to one record on one day.

    Outcomes and the states of findings and steps are settled when the decision is made; texts,
    citations, explanations and what is missing are worked out when they are asked for.
    """

    def __init__(self, run: Run, outcomes: dict[str, State], others: list[State], identity: dict[str, Any]) -> None:
        self.run = run
        self.on: date = run.on
        self.record_id: str = run.facts.record.id
        self.parts: Parts = run.book.parts
        self._identity = identity
        self._keys: dict[str, list[str]] = {}
        self._others = others
        self.outcomes: dict[str, Outcome] = {name: Outcome(state, self) for name, state in outcomes.items()}

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version and sha256 of the rulebook that answered."""
        return dict(self._identity["rulebook"])

    @property
    def engine(self) -> str:
        """The engine that answered."""
        return str(self._identity["engine"])

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Every requirement of every item, those that do not apply included; in the order of the lists."""
        return tuple(Finding(state, self) for state in self._others if state.kind == "requirement")

    @cached_property
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps to take next, those with the earliest due day first."""
        steps = [NextStep(state, self) for state in self._others if state.status == "suggested"]
        return tuple(sorted(steps, key=lambda one: (one.due.isoformat() if isinstance(one.due, date) else "~", one.step, one.where)))

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """The facts whose values could change an answer, the most useful first."""
        from .missing import find_missing

        return find_missing(self)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What does not fit together in the record."""
        from .grounds import find_notices

        return find_notices(self)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What the answers rest on that has not been verified, or not been read to this day."""
        from .grounds import find_cautions

        return find_cautions(self)

    @property
    def states(self) -> tuple[State, ...]:
        """Every state that was asked: of outcomes, requirements and steps."""
        return (*(outcome.state for outcome in self.outcomes.values()), *self._others)

    def explain(self, name: str, language: str = "fi") -> Explanation:
        """Why an outcome, requirement (or a finding's key) or step is as it is: a tree that reads aloud.

        Raises UnknownName if the decision has no such answer.
        """
        from .explanation import explain, nothing_to_judge

        states = [s for s in self.states if name in (s.name, f"{s.name}@{self.item_key(s)}")]
        if not states and (found := nothing_to_judge(self, name, language)) is not None:
            return found
        if not states:
            known = [state.name for state in self.states]
            raise UnknownName(f"The decision has no answer named {name[:60]!r}. {nearest(name, known)}".strip())
        return explain(self, states, language)

    # -- items

    def item_key(self, state: State) -> str:
        """What names the item of a state, whatever the order of its list; empty for the client."""
        if state.item is None:
            return ""
        keys = self._keys.get(state.list_name)
        if keys is None:
            keys = self._keys[state.list_name] = _item_keys(state.list_name, getattr(self.run.facts.record, state.list_name))
        return keys[state.position]

    def where(self, state: State) -> str:
        """The path of a state's item and of the field that it is about."""
        if state.item is None:
            return ""
        at = f"id={state.item.id}" if state.item.id is not None else str(state.position)
        field = self.run.book.field_of(state.kind, state.name)
        return f"{state.list_name}[{at}]" + (f".{field}" if field else "")

    def first_rule(self, state: State) -> Rule:
        """A rule that answers a question on some day, for what is said of it where none is in force."""
        return self.run.book.rules_of(state.kind, state.name)[0][0]

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
        return f"<Decision of {self._identity['rulebook']['name']} on {self.on}: {len(self.outcomes)} outcomes>"


def _item_keys(list_name: str, items: tuple[Any, ...]) -> list[str]:
    """The key of every item of a list: its id, or a hash of it; equal items are told apart by number alone."""
    ids = [item.id for item in items]
    keys: list[str] = []
    for item in items:
        unique = item.id is not None and ids.count(item.id) == 1
        key = f"{list_name}:{item.id if unique else _item_hash(item)}"
        twins = sum(1 for other in keys if other.partition("~")[0] == key)
        keys.append(f"{key}~{twins + 1}" if twins else key)
    return keys


def _item_hash(item: Any) -> str:
    text = json.dumps({key: plain(value) for key, value in item if value is not None}, sort_keys=True, default=_texts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _texts(value: Any) -> Any:
    return [plain(one) for one in value] if isinstance(value, (tuple, list)) else str(value)


