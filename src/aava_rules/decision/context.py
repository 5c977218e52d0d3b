"""What is asked, and of which record: all that answers, explanations, notices and cautions look into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Self, TypeVar

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.compiler.inputs import gives_facts_alone
from aava_rules.decision.items import item_keys, item_path
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.engine.choice import engine as engine_of
from aava_rules.engine.diagram.diagram import EMPTY, Diagram, diagram_of
from aava_rules.engine.diagram.leaves import Leaf
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import EarlierLaw, Session
from aava_rules.engine.states import Engine, State
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.record import Record
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import AUDIENCES, Audience, Cite, Parts, Rule

Alone = TypeVar("Alone")
MOST_DAYS: Final = 64
"""Days of decision for which it is kept what holds of all records of facts alone; callers choose them."""


class Inquiry:
    """What is asked of a rulebook by one engine; made once for each choice of names, then asked of any record.

    ``names`` are those that were asked for (None: all), ``outcomes`` the outcomes among them, and ``identity``
    what a decision says of its rulebook and engine. ``secret`` is that with which the host has keys of items hashed.
    """

    def __init__(
        self, book: CompiledRulebook, names: frozenset[str] | None, outcomes: tuple[str, ...], engine: Engine,
        identity: Mapping[str, Any], secret: bytes | None = None,
    ) -> None:  # fmt: skip
        self.book = book
        self.names = names
        self.outcomes = outcomes
        self.engine = engine
        self.identity = identity
        self.secret = secret
        self.alone = names is not None and len(names) == len(outcomes) == 1 and not book.other_groups(names)
        """Whether one outcome is all that is asked."""
        self.latest: dict[str, tuple[date, Diagram]] = {}
        """Of each outcome the day of decision that was asked last, with its diagram, if there is one."""
        self.citations: dict[Cite, Citation] = {}
        """The citations that answers have shown, at most those of the rulebook."""

    def __reduce__(self) -> tuple[Any, ...]:
        # without the secret: a decision that is pickled brings the keys of its items along
        return _unpickled_inquiry, (self.book, self.names, self.outcomes, self.engine.name, self.identity)

    @cached_property_unlocked
    def groups(self) -> tuple[QueryGroup, ...]:
        """The requirements and steps that are asked."""
        return self.book.other_groups(self.names)

    @cached_property_unlocked
    def questions(self) -> dict[str, int]:
        """The number of requirements and steps that are asked of each item, by list."""
        return {group.list_name: len(group.questions) for group in self.groups if group.list_name}

    def diagram(self, name: str, on: date, gives_facts: bool = True) -> Diagram:
        """The diagram of an outcome on a day of decision; an empty one, where there is none.

        Args:
            name: the outcome.
            on: the day of decision.
            gives_facts: whether the record that is decided gives ready-made facts.
        """
        # diagrams are part of the reference engine; and on another day than that of decision, not every fact counts
        if self.engine is not REFERENCE or not (group := self.book.outcome_group(name)).undated:
            return EMPTY
        diagram = diagram_of(group.program((group.segment(on),)), self.book, gives_facts)
        if diagram is None:
            return EMPTY
        self.latest[name] = (on, diagram)
        return diagram


def _unpickled_inquiry(book: CompiledRulebook, names: Any, outcomes: Any, engine: str, identity: Any) -> Inquiry:
    """What was asked when it was pickled. Raises ValueError where the engine is not installed."""
    return Inquiry(book, names, outcomes, engine_of(engine), identity)


class DecisionContext:
    """One record on one day of decision, and what one rulebook is asked of it.

    Answers and everything that explains them take this, and not the decision that is made of them.
    """

    # not cached properties: before Python 3.12 these take a lock, which costs as much as an answer
    _session: Session | None = None
    _earlier: EarlierLaw | None = None
    _keys: dict[str, list[str]] | None = None
    audience: Audience = "worker"
    """Whom the texts speak to: a worker, of the client in the third person, or the client, in the second."""
    last_remarks: tuple[dict[Any, Any], tuple[Scope, ...], dict[Any, Any]] | None = None
    """What was said of whom the same is known, in which scopes, and what is kept of it; see `stretches.remarks_of`."""

    def __init__(self, inquiry: Inquiry, record: Record, on: date, facts: Mapping[str, Any], all_count: bool) -> None:
        """The context of one record.

        Args:
            inquiry: What is asked, of which rulebook and by which engine.
            record: The record of one client.
            on: The day of decision.
            facts: The ready-made facts of the record, typed.
            all_count: Whether each of these facts counts on this day as it is.
        """
        self.inquiry = inquiry
        self._record = record
        self._facts = facts
        self._all_count = all_count
        self.on: date = on
        self.conclusions: dict[str, Leaf | State] = {}
        """The answers to the outcomes that have been looked at so far, by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        # what was worked out is worked out again: answers hold functions, which are not pickled
        return _unpickled, (type(self), self.inquiry, self._record, self.on, self.audience, self.keys_of_items)

    @property
    def record(self) -> Record:
        """The record that was decided on. It never changes."""
        return self._record

    @property
    def parts(self) -> Parts:
        """What the rulebook is made of, with the messages and words that speak to the audience."""
        book = self.inquiry.book
        return book.parts if self.audience == "worker" else book.client_parts

    def for_audience(self, audience: Audience | None) -> Self:
        """The same answers, told to ``audience``: ``worker`` or ``client``; None: as they are told now.

        Raises:
            ValueError: there is no such audience.
        """
        if audience is None or audience == self.audience:
            return self
        if audience not in AUDIENCES:
            raise ValueError(f"Texts speak to a {' or a '.join(AUDIENCES)}; name one of the two as the audience.")
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.audience = audience
        return other

    @property
    def of_facts_alone(self) -> bool:
        """Whether the record says nothing of its client but ready-made facts."""
        return gives_facts_alone(self._record)

    def kept_of_facts_alone(self, what: str, make: Callable[[CompiledRulebook, date], Alone]) -> Alone | None:
        """What holds of all records of facts alone on the day of decision, kept with the rulebook.

        Args:
            what: the name by which it is kept.
            make: works it out, of the rulebook and the day.

        Returns:
            It; None where the record says more, or the law of another day judges, which may give other facts.
        """
        if not self.of_facts_alone or self.session.__class__ is not Session:
            return None
        book = self.inquiry.book
        by_day: dict[date, Alone] = book.compiled.setdefault(what, {})
        of_day = by_day.get(self.on)
        if of_day is None:
            if len(by_day) >= MOST_DAYS:
                by_day.clear()
            of_day = by_day[self.on] = make(book, self.on)
        return of_day

    @property
    def session(self) -> Session:
        """The record as the rules read it; made when something is asked that no diagram tells."""
        session = self._session
        if session is None:
            inquiry = self.inquiry
            session = self._session = Session(inquiry.book, self._record, self.on, inquiry.engine, self._facts)
        return session

    def earlier_law(self, law: date) -> Session:
        """The same record, judged by the law of ``law`` with the facts of the day of decision."""
        earlier = self._earlier
        if earlier is None or earlier.law != law:
            earlier = self._earlier = EarlierLaw(self.session, self._facts, law)
        return earlier

    def key_of(self, state: State) -> str:
        """What names ``state`` among all answers: its name, that of its item, and of a step that it is one, if need be.

        See `CompiledRulebook.name_apart`.
        """
        name, item = self.inquiry.book.name_apart(state.kind, state.name), self.item_key(state)
        return f"{name}@{item}" if item else name

    def item_key(self, state: State) -> str:
        """What names the item of ``state``, whatever the order of its list; empty for the client."""
        if state.item is None:
            return ""
        return self._keys_of(state.list_name)[state.position]

    @property
    def keys_of_items(self) -> dict[str, list[str]]:
        """What names the items of each list: that may follow from a secret of the host, which stays with the host."""
        return {name: self._keys_of(name) for name in lists() if getattr(self._record, name)}

    @property
    def states(self) -> tuple[State, ...]:
        """The states of all that was asked: outcomes, requirements and steps, in this order."""
        outcomes = (self.session.outcome(name) for name in self.inquiry.outcomes)
        return (*outcomes, *self.session.ask_all(self.inquiry.groups))

    def _keys_of(self, list_name: str) -> list[str]:
        """What names each item of the list ``list_name``."""
        if self._keys is None:
            self._keys = {}
        keys = self._keys.get(list_name)
        if keys is None:
            items = getattr(self._record, list_name)
            protected = self._record.client.protected is True
            keys = self._keys[list_name] = item_keys(list_name, items, self.inquiry.secret, protected)
        return keys

    def where(self, state: State) -> str:
        """The path of the item of ``state`` and of the field that it is about; empty for the client."""
        if state.item is None:
            return ""
        field = self.session.book.field_of(state.kind, state.name)
        return item_path(state.list_name, state.item, state.position) + (f".{field}" if field else "")

    def citation(self, cite: Cite) -> Citation:
        """``cite`` of the rulebook as people read it; an answer shows the same ones as many others do."""
        citations = self.inquiry.citations
        shown = citations.get(cite)
        if shown is None:
            shown = citations[cite] = citation(cite, self.parts.sources)
        return shown

    def first_rule(self, state: State) -> Rule:
        """A rule that answers the question of ``state`` on some day, for when none is in force."""
        return self.session.book.rules_of(state.kind, state.name)[0][0]


def _unpickled(
    kind: type[DecisionContext], inquiry: Inquiry, record: Record, on: date, audience: Audience,
    keys: dict[str, list[str]],
) -> DecisionContext:  # fmt: skip
    """The context that was pickled; ``keys`` name the items of its lists."""
    facts, all_count = inquiry.book.vocabulary.inputs.read(record, on)
    context = kind(inquiry, record, on, facts, all_count)
    context.audience = audience
    context._keys = dict(keys)
    return context
