"""What comes out: outcomes, findings, next steps and what is missing, each a lazy view of one record's evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, cast

from aava_rules.decision.answers import Finding, NextStep, Outcome, nearest_answer
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.due import due_is_open
from aava_rules.decision.grounds import deciding_rules
from aava_rules.decision.missing import Missing, find_missing
from aava_rules.engine.diagram.diagram import EMPTY, Leaf, PendingLeaf
from aava_rules.engine.states import State
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.texts import require_language
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Audience

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.explain.tree import Explanation
    from aava_rules.decision.notices import Notice
    from aava_rules.decision.stored import StoredDecision
    from aava_rules.engine.choice import EngineName


Detail = Literal["full", "short"]
"""How much of a decision is written."""

_NEVER: Final = (date.min, EMPTY)


def languages_of(languages: Iterable[str] | None) -> tuple[str, ...]:
    """The languages of the short form of a decision, in the order of the library; of None Finnish alone.

    Raises:
        ValueError: one of ``languages`` has no texts, or it is a text and no list of them.
    """
    if languages is None:
        return ("fi",)
    chosen = set(languages)
    if isinstance(languages, str) or not chosen <= set(LANGUAGES):
        raise ValueError(f"Texts are in {', '.join(LANGUAGES)}; name them in a list, which may be empty.")
    return tuple([language for language in LANGUAGES if language in chosen])


def book_name(rulebook: Mapping[str, Any]) -> str:
    """What people call a rulebook that answered: its name and version, and those of the amendments that it has.

    Args:
        rulebook: as `Decision.rulebook` has it, with ``name``, ``version`` and ``layers``.

    Returns:
        One line, such as ``finland 2026.1 + bill_109_2025 2026.1``.
    """
    amendments = [layer for layer in rulebook["layers"] if "amends" in layer]
    return " + ".join(f"{layer['name']} {layer['version']}" for layer in (rulebook, *amendments))


def _due_order(step: NextStep) -> tuple[str, str, str]:
    return step.due.isoformat() if isinstance(step.due, date) else "~", step.step, step.where


class Outcomes(Mapping[str, Outcome]):
    """The outcomes of a decision by name, each settled when it is first looked at."""

    __slots__ = ("_decision",)

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def __getitem__(self, name: str) -> Outcome:
        """The outcome ``name``.

        Raises:
            UnknownName: It was not asked, or there is none; the error, which is a KeyError too, names the nearest.
        """
        decision = self._decision
        return Outcome(decision.conclusion(name), decision)

    def __iter__(self) -> Iterator[str]:
        return iter(self._decision.inquiry.outcomes)

    def __len__(self) -> int:
        return len(self._decision.inquiry.outcomes)

    def __repr__(self) -> str:
        return f"<outcomes: {', '.join(self)}>"


class Decision(DecisionContext):
    """The answers of one rulebook to one record on one day.

    The record is read, and its faults are raised, before the decision is made. Each answer, text, citation and
    explanation is worked out when it is first looked at. ``on`` is the day of decision.

    It never changes. Decisions are equal if the same record was asked the same on the same day, of the same rules and
    engine. One that is pickled brings its rules with it, and is read by the version of the library that wrote it; what
    is to be kept is `to_json`.
    """

    _missing: tuple[Missing, ...] | None = None
    _TEXT_CACHES: ClassVar[tuple[str, ...]] = ("findings", "next_steps", "notices", "cautions")

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self._record.id

    @property
    def protected(self) -> bool:
        """Whether the client's personal data is under special protection (turvakielto): then show no message, which
        quotes the record, but the title.
        """
        return bool(self._record.client.protected)

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version and sha256 of the rulebook that answered."""
        rulebook: dict[str, Any] = self.inquiry.identity["rulebook"]
        return rulebook | {"layers": [dict(layer) for layer in rulebook["layers"]]}

    @property
    def engine(self) -> EngineName:
        """The engine that answered: ``reference`` or ``durable``."""
        return cast("EngineName", self.inquiry.identity["engine"])

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that were asked, by name."""
        # made anew, since a decision that held what holds it would wait for the garbage collector
        return Outcomes(self)

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
        inquiry = self.inquiry
        day, diagram = inquiry.latest.get(name, _NEVER)
        if day != self.on and name in inquiry.outcomes:
            diagram = inquiry.diagram(name, self.on)
        try:
            end = diagram.paths(self._facts)
        except (KeyError, TypeError):  # a fact that matters is not known, or between bounds only
            end = diagram.first
        if type(end) is not Leaf:
            end = diagram.follow(end, self._facts, self)
            if isinstance(end, PendingLeaf):
                end = self._verdict_at(end, name)
            elif end is None:
                return None
        self.conclusions[name] = end
        if inquiry.alone:
            self._missing = end.missing
        return end

    def _verdict_at(self, leaf: PendingLeaf, name: str) -> Leaf:
        """What the rules conclude at a leaf where facts are unknown; kept there, for all whose facts lead to it."""
        of_day = leaf.answer  # read once: another thread may put there what holds on another day
        if of_day is not None and of_day[0] == self.on:
            return of_day[1]
        state = self.session.outcome(name)
        missing = find_missing([state], self) if state.open else ()
        by = tuple(rule.bound.rule.id for rule in deciding_rules(state))
        verdict = Leaf(name, state.status, state.answer, by, state.open, missing)
        leaf.answer = (self.on, verdict)
        return verdict

    @cached_property_unlocked
    def _others(self) -> tuple[State, ...]:
        """The states of the requirements and steps that were asked, item by item."""
        return tuple(self.session.ask_all(self.inquiry.groups))

    @cached_property_unlocked
    def findings(self) -> tuple[Finding, ...]:
        """Every requirement of every item, those that do not apply included; in the order of the lists."""
        return tuple(Finding(state, self) for state in self._others if state.kind == "requirement")

    @cached_property_unlocked
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps to take next, those with the earliest due day first, those without one last."""
        steps = [NextStep(state, self) for state in self._others if state.status == "suggested"]
        return tuple(sorted(steps, key=_due_order))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The facts whose values could change an answer, the most useful first; see `find_missing`.

        The answers that count are those that were asked for by name; where none was, those of `Rulebook.questions`,
        so that an ordinary client is not asked what only another situation would need. `missing_for` tells of others.

        Where a single outcome is asked and its diagram answers, they are those kept at the leaf of the diagram: they
        are the same for all records of ready-made facts that lead there.
        """
        if self._missing is None:
            names = self.inquiry.book.default_answers if self.inquiry.names is None else None
            self._missing = find_missing(self._open(names), self)
        return self._missing

    def missing_for(self, names: str | Iterable[str] | None = None) -> tuple[Missing, ...]:
        """The facts whose values could change some of the answers that were asked, the most useful first.

        Args:
            names: Outcomes, requirements, steps, rulesets and rules, as for `Rulebook.decide`; None for all that were
                asked.

        Raises:
            UnknownName: The rulebook answers nothing of one of the names.
        """
        chosen = None if names is None else self.inquiry.book.chosen([names] if isinstance(names, str) else names)
        return find_missing(self._open(chosen), self)

    def _open(self, names: frozenset[str] | None) -> list[State]:
        """The states of the answers with these names (None: all that were asked) that more facts could change."""
        states = [state for state in self._outcome_states(names) if state.open]
        if self.inquiry.groups:
            others = (state for state in self._others if state.open or due_is_open(state))
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

    @cached_property_unlocked
    def notices(self) -> tuple[Notice, ...]:
        """What does not fit together in the record."""
        from aava_rules.decision.notices import find_notices

        return find_notices(self)

    @cached_property_unlocked
    def cautions(self) -> tuple[Caution, ...]:
        """What the answers rest on that has not been verified, or not been read to this day."""
        from aava_rules.decision.cautions import all_cautions

        return all_cautions(self, self.states)

    @property
    def states(self) -> tuple[State, ...]:
        """The states of all that was asked: outcomes, requirements and steps, in this order."""
        return (*(outcome.state for outcome in self.outcomes.values()), *self._others)

    def explain(self, name: str, language: str = "fi", audience: Audience | None = None) -> Explanation:
        """Why an answer is as it is: a tree that reads aloud.

        Args:
            name: An outcome, a requirement, the key of a finding, or a step; ``step:NAME`` and ``requirement:NAME``
                tell the two apart where they have one name.
            language: ``fi``, ``sv`` or ``en``.
            audience: ``worker`` or ``client``; None for that of the decision, a worker unless `for_audience` chose.

        Raises:
            UnknownName: The decision has no such answer.
            ValueError: There are no texts in that language, or for that audience.
        """
        from aava_rules.decision.explain.explanation import explain, nothing_to_judge

        require_language(language)
        context = self.for_audience(audience)
        states = [state for state in self._states_named(str(name)) if name in self._names_of(state)]
        if states:
            return explain(context, states, language)
        without_items = nothing_to_judge(context, name, language)
        if without_items is not None:
            return without_items
        raise UnknownName(f"The decision has no answer named {str(name)[:60]!r}. {self._explained(str(name))}".strip())

    def _explained(self, name: str) -> str:
        """What may be explained in place of a name that is that of no answer."""
        from aava_rules.rulebook.asked import groups_of  # only a mistake needs them
        from aava_rules.rulebook.titles import hint_of

        answers = {answer.rpartition(":")[2] for answer in groups_of(self.parts.rulesets).get(name, ())}
        if answers:
            return f"It answers {', '.join(sorted(answers))}: explain one of these."
        parts, names = self.parts, self.inquiry.names
        asked = None if names is None else {answer.rpartition(":")[2] for answer in names}
        titles = {
            answer: declared.title
            for kind in (parts.steps, parts.requirements, parts.outcomes)
            for answer, declared in kind.items()
            if asked is None or answer in asked
        }
        return hint_of(name, titles) or nearest(name, titles)

    def _states_named(self, name: str) -> Iterator[State]:
        """The states of the answers that may be asked for by ``name``; what has another name is not worked out."""
        before_item = name.partition("@")[0]
        names = {before_item, before_item.partition(":")[2]}
        yield from (self.outcomes[outcome].state for outcome in self.inquiry.outcomes if outcome in names)
        if any(question.name in names for group in self.inquiry.groups for question in group.questions):
            yield from self._others

    def _names_of(self, state: State) -> tuple[str, ...]:
        """The names by which an explanation of an answer is asked for."""
        item = self.item_key(state)
        return state.name, f"{state.kind}:{state.name}", f"{state.name}@{item}", f"{state.kind}:{state.name}@{item}"

    def with_findings(self, keep: Callable[[Finding], bool]) -> Self:
        """The same decision, of whose findings some are shown.

        Args:
            keep: whether a finding is one of them.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.__dict__["findings"] = tuple(filter(keep, self.findings))
        return other

    # -- output

    def to_dict(
        self, audience: Audience | None = None, *, detail: Detail = "full", languages: Iterable[str] | None = None,
        not_applicable: bool = False, tables: bool = True,
    ) -> dict[str, Any]:  # fmt: skip
        """The decision in the decision format; ``aava-rules schema decision`` prints the JSON Schema.

        Args:
            audience: Whom its texts speak to, as for `explain`.
            detail: ``full``: all of it, every answer with its texts and citations; ``short``: each citation once, in
                tables that answers refer to, and of what does not apply the name alone.
            languages: Of ``short``: the languages of texts (``["sv"]``); none (``[]``) for codes alone; None for
                Finnish.
            not_applicable: Of ``short``: whether what does not apply is told as all else.
            tables: Of ``short``: whether the tables are in it; else they come from `Rulebook.tables`, once a batch.

        Raises:
            ValueError: There is no such audience, detail or language, or of ``full`` something else is asked.
        """
        decision = self.for_audience(audience)
        self._refuse_form(detail, languages, not_applicable, tables)
        if detail == "short":
            from aava_rules.decision.short import short_form

            return short_form(decision, languages_of(languages), not_applicable, tables)
        if decision is not self:
            return decision.to_dict()
        return {
            "record_id": self.record_id,
            "on": self.on.isoformat(),
            "rulebook": self.rulebook,
            "engine": self.engine,
            "outcomes": {name: outcome.to_dict() for name, outcome in sorted(self.outcomes.items())},
            "findings": [finding.to_dict() for finding in self.findings],
            "next_steps": [step.to_dict() for step in self.next_steps],
            "missing": [fact.to_dict() for fact in self.missing],
            "notices": [notice.to_dict() for notice in self.notices],
            "cautions": [caution.to_dict() for caution in self.cautions],
        }

    def to_json(
        self, indent: int | None = None, audience: Audience | None = None, *, detail: Detail = "full",
        languages: Iterable[str] | None = None, not_applicable: bool = False, tables: bool = True,
    ) -> str:  # fmt: skip
        """The decision as JSON text; the same record, day, rulebook, engine and arguments give the same bytes.

        Args:
            indent: The number of spaces a level; None for one line.
            audience: Whom its texts speak to, as for `explain`.
            detail: As for `to_dict`, and so are the arguments after it. One line of ``short`` has no spaces between
                its parts.
            languages: The languages of texts.
            not_applicable: Whether what does not apply is told as all else.
            tables: Whether the tables are in it.

        Raises:
            ValueError: As for `to_dict`.
        """
        if indent is None:
            from aava_rules.decision.json_writer import json_of

            self._refuse_form(detail, languages, not_applicable, tables)
            chosen = languages_of(languages) if detail == "short" else LANGUAGES
            return json_of(self.for_audience(audience), detail, chosen, not_applicable, tables)
        form = self.to_dict(audience, detail=detail, languages=languages, not_applicable=not_applicable, tables=tables)
        return json.dumps(form, ensure_ascii=False, indent=indent)

    @staticmethod
    def _refuse_form(detail: str, languages: Iterable[str] | None, not_applicable: bool, tables: bool) -> None:
        """Raises ValueError if there is no such form."""
        if detail == "short":
            return
        if detail != "full":
            raise ValueError("The detail of a decision is full or short.")
        if languages is not None or not_applicable or not tables:
            raise ValueError('The full form has all languages, all answers and no tables; choose detail="short".')

    @staticmethod
    def from_dict(form: Mapping[str, Any]) -> StoredDecision:
        """The decision that was written down: what was said then, with texts and citations and without the rules.

        Args:
            form: What `to_dict` gave, or the JSON object of `to_json`; the short form is made whole by
                `aava_rules.expanded` first.

        Raises:
            ValueError: It is no decision in the full form.
        """
        from aava_rules.decision.stored import StoredDecision

        return StoredDecision.from_dict(form)

    # -- as a value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Decision):
            return NotImplemented
        return (
            self._question == other._question
            and self._record == other._record
            and self.keys_of_items == other.keys_of_items
        )

    def __hash__(self) -> int:
        return hash((self._record.id, self._question))

    @property
    def _question(self) -> tuple[Any, ...]:
        """What was asked, of which rules and by which engine, on which day, and whom the texts speak to."""
        inquiry = self.inquiry
        return inquiry.book.parts.sha256, self.engine, inquiry.names, self.on, self.audience

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _INTERNAL or name.startswith("__")]

    def __repr__(self) -> str:
        return f"<Decision of {self.inquiry.identity['rulebook']['name']} on {self.on}: {len(self.outcomes)} outcomes>"


_INTERNAL: Final = frozenset([*vars(DecisionContext), "conclusion", "conclusions", "inquiry", "states"]) - {
    "audience", "for_audience", "record",
}  # fmt: skip
"""What a decision has for the library itself, and completion does not offer."""
