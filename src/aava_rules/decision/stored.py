"""A decision that was written down: what was said then, to read and to show, without the rules that said it.

It says what its JSON says and works out nothing, so that it stays as it was when rules and library have changed. What
needs the rules (explanations, texts that speak to someone else) is asked of a new decision on the record of that day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any, Final, Self

from aava_rules.decision.answers import FindingStatus, OutcomeStatus
from aava_rules.decision.cautions import Caution
from aava_rules.decision.missing import Missing
from aava_rules.decision.notices import Notice
from aava_rules.decision.reasons import CautionCode, Reason
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.language.structs import FrozenDict, public
from aava_rules.language.texts import Texts, require_language, texts_of
from aava_rules.language.values import UNKNOWN, Unknown
from aava_rules.rulebook.model import Weight

_PARTS: Final = (
    "record_id", "on", "rulebook", "engine", "outcomes", "findings", "next_steps", "missing", "notices", "cautions",
)  # fmt: skip


class _Stored:
    """What JSON says, read when it is looked at. It never changes; equal if the JSON is."""

    __slots__ = ("_cautions", "_form")

    def __init__(self, form: Mapping[str, Any], cautions: tuple[Caution, ...] = ()) -> None:
        """What ``form`` says, a JSON object that nobody changes, among the ``cautions`` of its decision."""
        self._form, self._cautions = form, cautions

    def to_dict(self) -> dict[str, Any]:
        """What was written down, as JSON has it."""
        return deepcopy(dict(self._form))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._form == other._form

    def __hash__(self) -> int:
        return hash(json.dumps(self._form, sort_keys=True))

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._form, self._cautions)


class _StoredAnswer(_Stored):
    """What answers have in common."""

    __slots__ = ()

    @property
    def by(self) -> tuple[str, ...]:
        """The ids of the rules that decided."""
        return tuple(self._form.get("by", ()))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The paragraphs on which it rests."""
        return tuple(Citation.from_dict(cite) for cite in self._form.get("citations", ()))

    @property
    def title(self) -> Texts:
        """What was asked, in a few words: ``title("sv")``."""
        return texts_of(self._form.get("title", {}))

    @property
    def message(self) -> Texts:
        """The messages of the deciding rules, or the answer in a word: ``message("sv")``."""
        return texts_of(self._form.get("text", {}))

    @property
    def caution_codes(self) -> tuple[CautionCode, ...]:
        """The codes of the cautions that concern it; their texts are those of its decision."""
        return tuple(self._form.get("cautions", ()))

    def text(self, language: str = "fi") -> str:
        """The message, and a line for each caution of the decision that concerns the answer.

        Raises:
            ValueError: There are no texts in ``language``, or none were written down.
        """
        require_language(language)
        warnings = [caution.text(language) for caution in self._cautions if self._concerned(caution)]
        return "\n".join(
            [self.message(language), *(f"{text('report.caution', language)}: {line}" for line in warnings)]
        )

    def _concerned(self, caution: Caution) -> bool:
        return caution.code in self.caution_codes and self._name in caution.affects

    @property
    def _name(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}: {self._form.get('status', 'suggested')}>"


class _StoredJudged(_StoredAnswer):
    __slots__ = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it was unknown; empty if it was not."""
        return tuple(self._form.get("reasons", ()))

    @property
    def measured(self) -> Any:
        """The number that was held against a limit, as JSON has it; None if there was no such number."""
        return self._form.get("measured")

    @property
    def limit(self) -> Any:
        """The most, or the least, that it could be, as JSON has it; None if there was no such number."""
        return self._form.get("limit")

    @property
    def unit(self) -> str | None:
        """The unit of `measured` and `limit`; None if there was no such number."""
        return self._form.get("unit")

    @property
    def left(self) -> Any:
        """The limit less what was measured, as JSON has it; None if there was no such number."""
        return self._form.get("left")


@public
class StoredOutcome(_StoredJudged):
    """The answer to one question about the client, as it was written down."""

    __slots__ = ("_named",)

    def __init__(self, form: Mapping[str, Any], cautions: tuple[Caution, ...] = (), name: str = "") -> None:
        """What ``form`` says of the outcome ``name``, among the ``cautions`` of its decision."""
        super().__init__(form, cautions)
        self._named = name

    @property
    def name(self) -> str:
        """The name of the outcome."""
        return self._named

    _name = name

    @property
    def status(self) -> OutcomeStatus:
        """``known``, ``unknown``, ``not_applicable`` or ``conflict``."""
        return self._form["status"]  # type: ignore[no-any-return]

    @property
    def value(self) -> bool | int | float | str | frozenset[str] | Unknown:
        """The answer as JSON has it, days and money as text; of a set its sure members; UNKNOWN if there was none."""
        if self.status != "known":
            return UNKNOWN
        value = self._form["value"]
        return frozenset(value) if isinstance(value, (list, tuple)) else value

    @property
    def possible(self) -> frozenset[str]:
        """The words that a set could still have gained."""
        return frozenset(self._form.get("possible", ()))

    @property
    def given(self) -> bool:
        """Whether the record gave the outcome, so that its rules were not asked."""
        return bool(self._form.get("given", False))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._form, self._cautions, self._named)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, StoredOutcome) and self._named == other._named

    __hash__ = _Stored.__hash__


class _StoredOfItem(_StoredAnswer):
    """What findings and steps have: the weight and rulebook of their rule, and the item that they were about."""

    __slots__ = ()

    @property
    def weight(self) -> Weight:
        """Whose rule it is: law, model, local or advice."""
        return self._form["weight"]  # type: ignore[no-any-return]

    @property
    def rulebook(self) -> str:
        """The rulebook that the rule stands in."""
        return str(self._form["rulebook"])

    @property
    def where(self) -> str:
        """The path of the item and field that it was about; empty for the client."""
        return str(self._form.get("where", ""))


@public
class StoredFinding(_StoredOfItem, _StoredJudged):
    """Whether one item, or the client's case, kept one requirement, as it was written down."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """What names the finding in every run, whatever the order of the lists."""
        return str(self._form["key"])

    @property
    def requirement(self) -> str:
        """The name of the requirement."""
        return str(self._form["requirement"])

    _name = requirement

    @property
    def status(self) -> FindingStatus:
        """``met``, ``broken``, ``unknown`` or ``not_applicable``."""
        return self._form["status"]  # type: ignore[no-any-return]


@public
class StoredStep(_StoredOfItem):
    """A step that was to be taken next, as it was written down."""

    __slots__ = ()

    @property
    def step(self) -> str:
        """The name of the step."""
        return str(self._form["step"])

    _name = step

    @property
    def due(self) -> date | Unknown | None:
        """The last day on which it was to be taken; None where no source names a day, UNKNOWN if it was not known."""
        due = self._form["due"]
        return UNKNOWN if due == "unknown" else date.fromisoformat(due) if due is not None else None

    @property
    def overdue(self) -> bool:
        """Whether the due day lay before the day of decision."""
        return bool(self._form["overdue"])


class _Outcomes(FrozenDict[str, StoredOutcome]):
    __slots__ = ()

    def __missing__(self, name: str) -> StoredOutcome:
        raise UnknownName(f"The decision has no outcome {str(name)[:60]!r}. {nearest(str(name), self)}".strip())


@public
class StoredDecision(_Stored):
    """A decision that was written down; `Decision.from_dict` reads it. Immutable; equal if what was written is."""

    __slots__ = ()

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> StoredDecision:
        """The decision that ``Decision.to_dict`` gave as ``form``, in the full form.

        Raises:
            ValueError: It is no decision in the full form.
        """
        lacking = [part for part in _PARTS if part not in form]
        if form.get("detail") == "short":
            raise ValueError("This is the short form; aava_rules.expanded makes the full form of it.")
        if lacking:
            raise ValueError(f"This is no decision in the full form; it lacks {', '.join(lacking)}.")
        try:
            copied = json.loads(json.dumps(form))
            stored = cls(copied, tuple(Caution.from_dict(caution) for caution in copied["cautions"]))
            # whatever is looked at is looked at once here, so that it cannot fail later
            _ = stored.on, stored.missing, stored.notices
            for answer in (*stored.outcomes.values(), *stored.findings, *stored.next_steps):
                _ = answer.citations, answer.title, answer.message, answer.by
            _ = [(outcome.status, outcome.value) for outcome in stored.outcomes.values()]
            _ = [(finding.key, finding.requirement, finding.status, finding.weight) for finding in stored.findings]
            _ = [(step.step, step.due, step.overdue, step.weight) for step in stored.next_steps]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"This is no decision in the full form ({type(error).__name__}).") from None
        return stored

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return str(self._form["record_id"])

    @property
    def on(self) -> date:
        """The day of decision."""
        return date.fromisoformat(self._form["on"])

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version, sha256 and layers of the rulebook that answered."""
        return deepcopy(dict(self._form["rulebook"]))

    @property
    def engine(self) -> str:
        """The engine that answered."""
        return str(self._form["engine"])

    @property
    def outcomes(self) -> Mapping[str, StoredOutcome]:
        """The outcomes that were asked, by name."""
        stored = self._form["outcomes"].items()
        return _Outcomes({name: StoredOutcome(form, self._cautions, name) for name, form in stored})

    @property
    def findings(self) -> tuple[StoredFinding, ...]:
        """Every requirement of every item."""
        return tuple(StoredFinding(form, self._cautions) for form in self._form["findings"])

    @property
    def next_steps(self) -> tuple[StoredStep, ...]:
        """The steps to take next, those with the earliest due day first."""
        return tuple(StoredStep(form, self._cautions) for form in self._form["next_steps"])

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The facts whose values could have changed an answer."""
        return tuple(Missing.from_dict({"text": {}} | form) for form in self._form["missing"])

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What did not fit together in the record."""
        return tuple(Notice.from_dict({"text": {}} | form) for form in self._form["notices"])

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What the answers rested on that had not been verified."""
        return self._cautions

    def to_json(self, indent: int | None = None) -> str:
        """What was written down as JSON text; ``indent`` is the number of spaces a level, None for one line."""
        return json.dumps(self._form, ensure_ascii=False, indent=indent)

    def __repr__(self) -> str:
        return f"<StoredDecision of {self._form['rulebook'].get('name', '')} on {self._form['on']}>"
