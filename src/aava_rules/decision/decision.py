"""What comes out: outcomes, findings, next steps and what is missing, each a lazy view of one record's evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from aava_rules.decision.answers import Finding, NextStep, Outcome
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.missing import Missing
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.language.structs import cached_property_unlocked, public
from aava_rules.language.texts import require_language
from aava_rules.language.values import LANGUAGES
from aava_rules.record import Record
from aava_rules.rulebook.model import Audience

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.explain.tree import Explanation
    from aava_rules.decision.notices import Notice
    from aava_rules.decision.stored import StoredDecision
    from aava_rules.engine.choice import EngineName


Detail = Literal["full", "short"]
"""How much of a decision is written."""


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

    __slots__ = ("_context",)

    def __init__(self, context: Conclusions) -> None:
        self._context = context

    def __getitem__(self, name: str) -> Outcome:
        """The outcome ``name``.

        Raises:
            UnknownName: It was not asked, or there is none; the error, which is a KeyError too, names the nearest.
        """
        context = self._context
        return Outcome(context.conclusion(name), context)

    def __iter__(self) -> Iterator[str]:
        return iter(self._context.inquiry.outcomes)

    def __len__(self) -> int:
        return len(self._context.inquiry.outcomes)

    def __repr__(self) -> str:
        return f"<outcomes: {', '.join(self)}>"


@public
class Decision:
    """The answers of one rulebook to one record on one day.

    The record is read, and its faults are raised, before the decision is made. Each answer, text, citation and
    explanation is worked out when it is first looked at.

    It never changes. Decisions are equal if the same record was asked the same on the same day, of the same rules and
    engine. One that is pickled brings its rules with it, and is read by the version of the library that wrote it; what
    is to be kept is `to_json`.
    """

    _shown: tuple[int, ...] | None = None
    """Which of its findings are shown, by number; None for all."""

    def __init__(self, context: Conclusions, shown: tuple[int, ...] | None = None) -> None:
        """The answers of what is concluded of a record; hosts get them of `Rulebook.decide`.

        Args:
            context: What is concluded.
            shown: Which findings are shown, by number; None for all.
        """
        self._context = context
        if shown is not None:
            self._shown = shown

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self._context.record.id

    @property
    def record(self) -> Record:
        """The record that was decided on. It never changes."""
        return self._context.record

    @property
    def on(self) -> date:
        """The day of decision."""
        return self._context.on

    @property
    def audience(self) -> Audience:
        """Whom the texts speak to: a worker, of the client in the third person, or the client, in the second."""
        return self._context.audience

    def for_audience(self, audience: Audience | None) -> Self:
        """The same answers, told to ``audience``: ``worker`` or ``client``; None: as they are told now.

        Raises:
            ValueError: there is no such audience.
        """
        context = self._context.for_audience(audience)
        return self if context is self._context else type(self)(context, self._shown)

    @property
    def protected(self) -> bool:
        """Whether the client's personal data is under special protection (turvakielto): then show no message, which
        quotes the record, but the title.
        """
        return bool(self._context.record.client.protected)

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version and sha256 of the rulebook that answered."""
        rulebook: dict[str, Any] = self._context.inquiry.identity["rulebook"]
        return rulebook | {"layers": [dict(layer) for layer in rulebook["layers"]]}

    @property
    def engine(self) -> EngineName:
        """The engine that answered: ``reference`` or ``durable``."""
        return cast("EngineName", self._context.inquiry.identity["engine"])

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that were asked, by name."""
        # made anew, since a decision that held what holds it would wait for the garbage collector
        return Outcomes(self._context)

    @cached_property_unlocked
    def findings(self) -> tuple[Finding, ...]:
        """Every requirement of every item, those that do not apply included; in the order of the lists."""
        findings = tuple(Finding(state, self._context) for state in self._context.others if state.kind == "requirement")
        return findings if self._shown is None else tuple([findings[number] for number in self._shown])

    @cached_property_unlocked
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps to take next, those with the earliest due day first, those without one last."""
        steps = [NextStep(state, self._context) for state in self._context.others if state.status == "suggested"]
        return tuple(sorted(steps, key=_due_order))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The facts whose values could change an answer, the most useful first; see `find_missing`.

        The answers that count are those that were asked for by name; where none was, those of `Rulebook.questions`,
        so that an ordinary client is not asked what only another situation would need. `missing_for` tells of others.
        """
        return self._context.missing

    def missing_for(self, names: str | Iterable[str] | None = None) -> tuple[Missing, ...]:
        """The facts whose values could change some of the answers that were asked, the most useful first.

        Args:
            names: Outcomes, requirements, steps, rulesets and rules, as for `Rulebook.decide`; None for all that were
                asked.

        Raises:
            UnknownName: The rulebook answers nothing of one of the names.
        """
        return self._context.missing_for(names)

    @cached_property_unlocked
    def notices(self) -> tuple[Notice, ...]:
        """What does not fit together in the record."""
        from aava_rules.decision.notices import find_notices

        return find_notices(self._context)

    @cached_property_unlocked
    def cautions(self) -> tuple[Caution, ...]:
        """What the answers rest on that has not been verified, or not been read to this day."""
        from aava_rules.decision.cautions import all_cautions

        return all_cautions(self._context, self._context.states)

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
        context = self._context.for_audience(audience)
        states = [state for state in context.states_named(str(name)) if name in context.names_of(state)]
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

        answers = {answer.rpartition(":")[2] for answer in groups_of(self._context.parts.rulesets).get(name, ())}
        if answers:
            return f"It answers {', '.join(sorted(answers))}: explain one of these."
        parts, names = self._context.parts, self._context.inquiry.names
        asked = None if names is None else {answer.rpartition(":")[2] for answer in names}
        titles = {
            answer: declared.title
            for kind in (parts.steps, parts.requirements, parts.outcomes)
            for answer, declared in kind.items()
            if asked is None or answer in asked
        }
        return hint_of(name, titles) or nearest(name, titles)

    def with_findings(self, keep: Callable[[Finding], bool]) -> Self:
        """The same decision, of whose findings some are shown.

        Args:
            keep: whether a finding is one of them.
        """
        numbers = range(len(self.findings)) if self._shown is None else self._shown
        shown = tuple([number for number, finding in zip(numbers, self.findings, strict=True) if keep(finding)])
        return type(self)(self._context, shown)

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

            return short_form(decision, decision._context.inquiry.book, languages_of(languages), not_applicable, tables)
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
        ours, theirs = self._context, other._context
        same = ours.question == theirs.question and ours.record == theirs.record and self._shown == other._shown
        return same and ours.keys_of_items == theirs.keys_of_items

    def __hash__(self) -> int:
        return hash((self.record_id, self._context.question))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._context, self._shown)

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __repr__(self) -> str:
        return f"<Decision of {self.rulebook['name']} on {self.on}: {len(self.outcomes)} outcomes>"


def inside(decision: Decision) -> Conclusions:
    """What a decision is made of, for the rest of the library: hosts do without it, and editors do not offer it.

    Args:
        decision: a decision on one record.
    """
    return decision._context
