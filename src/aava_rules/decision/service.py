"""The way in: a loaded rulebook, and what it is asked.

From the name or folder of a rulebook to a `Rulebook`, or to every fault in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.inputs import NOBODY, read_given
from aava_rules.decision.context import Inquiry
from aava_rules.decision.decision import Decision
from aava_rules.decision.entry_points import installed
from aava_rules.engine.choice import NAMES as ENGINES
from aava_rules.engine.choice import engine as engine_of
from aava_rules.language.dates import parse_day
from aava_rules.language.errors import (
    AavaRulesError,
    Fault,
    RecordError,
    RulebookError,
    RulebookNotFound,
    UnknownName,
    nearest,
)
from aava_rules.language.structs import Struct
from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.record import Record, read
from aava_rules.record.facts import ReadyMadeFacts
from aava_rules.record.items import STEPS
from aava_rules.rulebook.locate import find
from aava_rules.rulebook.model import Parts, Text

if TYPE_CHECKING:
    from aava_rules.decision.plugins import Plugins
    from aava_rules.decision.table import TableDecisions


Source = Mapping[str, Any] | bytes | str | Record
"""A record as a host has it: a dict in the record format, JSON text or bytes, or a Record."""

Table = Any
"""A polars DataFrame or LazyFrame, an Arrow table, or the path of a file that polars reads."""


MOST_INQUIRIES = 1000
"""Choices of names that are kept ready; callers choose them, so what is kept is bounded."""


class RecordFailure(Struct):
    """A record of `decide_many` that could not be answered: its position, its id if known, and why."""

    position: int
    record_id: str | None
    error: AavaRulesError


class Rulebook:
    """A loaded rulebook. It never changes, keeps nothing of any record, and is safe to share by threads."""

    def __init__(
        self, parts: Parts, plugins: Plugins | Callable[[], Plugins] | None = None, folder: Path | None = None
    ) -> None:
        """``plugins``: those loaded, or what loads them if anyone asks; None: there are to be none."""
        self.parts = parts
        self.folder = folder
        """Where its files lie, if it was loaded from files."""
        self.book = CompiledRulebook(parts)
        self._plugins = None if callable(plugins) else plugins
        self._load_plugins = plugins if callable(plugins) else None
        top = parts.layers[-1]
        self.name: str = top.name
        self.version: str = top.version
        self.title: Text = top.title
        self.weight: str = top.weight
        self.sha256: str = parts.sha256
        layers = [{"name": layer.name, "version": layer.version, "weight": layer.weight} for layer in parts.layers]
        rulebook = {"name": self.name, "version": self.version, "sha256": self.sha256, "layers": layers}
        self._identities = {name: {"rulebook": rulebook, "engine": name} for name in ENGINES}
        self._steps = tuple(sorted(set(parts.steps) - set(STEPS)))
        self._outcomes = tuple(sorted(q.name for q in self.book.questions.values() if q.kind == "outcome"))
        self._names = frozenset(q.name for q in self.book.questions.values())
        self._inquiries: dict[tuple[str | tuple[str, ...] | None, str | None], Inquiry] = {}
        self._latest: tuple[Any, str | None, Any] = ((), None, None)
        """The list of names and the engine that were asked last, with what is asked by them; no list at first."""
        self._latest_day = LAST_DAY
        self._typist = self.book.vocabulary.typist
        self._plain = self._typist.plain

    @property
    def plugins(self) -> Plugins | None:
        """The plugins with which it was loaded; None if it was loaded without any."""
        if self._plugins is None and self._load_plugins is not None:
            self._plugins = self._load_plugins()
        return self._plugins

    def decide(
        self, record: Source, on: date | str | None = None, only: Iterable[str] | None = None, engine: str | None = None
    ) -> Decision:
        """The answers to one record on one day (today, if none is named).

        ``only`` names the outcomes, requirements and steps to ask. ``engine`` is ``reference`` or
        ``durable``, which give the same answers; without one, durable answers where it is installed.
        Raises RecordError with every fault of a wrong record, UnknownName for a name that the
        rulebook lacks, and ValueError for a day that is none or an engine that is not there.
        """
        # most callers ask one and the same of one record after the other
        names, by_engine, inquiry = self._latest
        if only.__class__ is not list or only != names or engine != by_engine:
            inquiry = self._inquiry_of(only, engine)
        if on is not self._latest_day:
            on = self._latest_day = decision_day(on)
        return self._decide(record, on, inquiry)

    def _inquiry_of(self, only: Iterable[str] | None, engine: str | None) -> Inquiry:
        """What a caller asks; a list of names is remembered, since the next call mostly gives the same."""
        names = only if only is None or isinstance(only, str) else tuple(only)
        inquiry = self._inquiry(names, engine)
        if only.__class__ is list and isinstance(names, tuple):
            self._latest = (list(names), engine, inquiry)
        return inquiry

    def decide_many(
        self, records: Iterable[Source], on: date | str | None = None, only: Iterable[str] | None = None,
        engine: str | None = None,
    ) -> Iterator[Decision | RecordFailure]:  # fmt: skip
        """The answers to many records, lazily and in order; a wrong record comes out as a RecordFailure."""
        if isinstance(records, (Mapping, str, bytes, Record)):
            raise TypeError("decide_many takes many records; give one to decide, or put it in a list.")
        inquiry = self._inquiry_of(only, engine)
        return self._many(records, decision_day(on), inquiry)

    def _many(self, records: Iterable[Source], day: date, inquiry: Inquiry) -> Iterator[Decision | RecordFailure]:
        for position, record in enumerate(records):
            try:
                yield self._decide(record, day, inquiry)
            except AavaRulesError as error:
                yield RecordFailure(position, _id_of(record), error)

    def decide_table(
        self, clients: Table, benefits: Table | None = None, plans: Table | None = None, periods: Table | None = None,
        events: Table | None = None, *, on: date | str | None = None, only: Iterable[str] | None = None,
    ) -> TableDecisions:  # fmt: skip
        """The answers to a whole register on one day, as polars data frames: the same as `decide` gives.

        Each table is a polars DataFrame or LazyFrame, an Arrow table, or the path of a Parquet, CSV,
        NDJSON or Arrow file. ``clients`` has a row a client: ``id``, the fields of the client,
        ready-made facts as columns, and ``<list>_known``. The others have a row an item: ``client``
        (the id of its client), ``id`` and the fields of the list. A table that is given is complete;
        of one that is not, nothing is known. Clients that are not valid become rows of ``invalid``.

        Raises ImportError without the extra ``aava-rules[table]``, RecordError for a table that cannot
        be read or has a column of no known name, and what `decide` raises of ``on`` and ``only``.
        """
        day, names = decision_day(on), self._asked(only)
        try:
            from aava_rules.decision.table import TableDecisions
            from aava_rules.engine.table.input.tables import load as load_tables
        except ModuleNotFoundError as error:
            if error.name not in ("numpy", "polars"):
                raise
            raise ImportError("decide_table needs polars and numpy: pip install aava-rules[table]") from error
        given = {"clients": clients, "benefits": benefits, "plans": plans, "periods": periods, "events": events}
        tables = load_tables({name: one for name, one in given.items() if one is not None}, day, self.book.vocabulary)
        inquiry = self._inquiry(None if names is None else tuple(names), "reference")
        return TableDecisions(tables, self.book, names, lambda record: self._decide(record, day, inquiry))

    def _inquiry(self, only: str | tuple[str, ...] | None, engine: str | None) -> Inquiry:
        """What is asked, ready to be asked of any record. Raises what ``decide`` raises of names and engines."""
        found = self._inquiries.get((only, engine))
        if found is None:
            asked = engine_of(engine)
            names = self._asked(only)
            outcomes = self._outcomes if names is None else tuple(name for name in self._outcomes if name in names)
            found = Inquiry(self.book, names, outcomes, asked, self._identities[asked.name])
            if len(self._inquiries) < MOST_INQUIRIES:
                self._inquiries[only, engine] = found
        return found

    def _asked(self, only: Iterable[str] | None) -> frozenset[str] | None:
        if only is None:
            return None
        names = frozenset([only] if isinstance(only, str) else only)
        for name in sorted(map(str, names - self._names)):
            hint = nearest(name, self._names)
            raise UnknownName(f"Rulebook {self.name} answers nothing named {name[:60]!r}. {hint}".strip())
        return names

    def _decide(self, source: Source, on: date, inquiry: Inquiry) -> Decision:
        record = source if source.__class__ is Record else self._read(source)
        said = record.__dict__
        facts, direct = said["facts"], None
        if facts.__class__ is ReadyMadeFacts and said["client"] is NOBODY and said["facts_on"] is None:
            direct = self._plain.get(facts.signature)  # most records that have facts are like one before
        if direct is None:
            facts, direct = self._typist.read(record, on)
        decision = Decision(inquiry, record, on, facts, direct)
        plugins = self._plugins  # of those that nobody has asked for, none listens
        if plugins is not None and plugins.listeners:
            plugins.decided(decision, {"rulebook": self.name, "only": inquiry.names})
        return decision

    def _read(self, source: Source) -> Record:
        try:
            return read(source, steps=self._steps)
        except RecordError as error:
            # the faults of ready-made facts are told with all the others, not after them
            seen = {fault.place for fault in error.faults}
            faults = [*error.faults, *(fault for fault in self._more_faults(source) if fault.place not in seen)]
            raise RecordError(error.subject, faults) from None

    def _more_faults(self, source: Source) -> list[Fault]:
        try:
            raw = _raw(source).get("facts")
            if isinstance(raw, Mapping) and all(isinstance(key, str) for key in raw):
                return read_given(raw, self.parts.facts, self.parts.outcomes)[1]
        except Exception:
            pass  # a value whose own code fails; what it raised may hold contents, so it is dropped
        return []

    def __repr__(self) -> str:
        return f"<Rulebook {self.name} {self.version} {self.sha256[:12]}>"


def _raw(source: Source) -> Mapping[str, Any]:
    """The keys and values of a record that could not be read; none if it is not even JSON."""
    if isinstance(source, Mapping):
        return source
    if isinstance(source, Record):
        return {"id": source.id}
    if not isinstance(source, (str, bytes, bytearray)):
        return {}
    from aava_rules.record.json_text import parse

    try:
        found = parse(source)
    except RecordError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _id_of(source: Source) -> str | None:
    try:
        found = _raw(source).get("id")
    except Exception:  # a mapping whose own code fails
        return None
    return found if isinstance(found, str) and len(found) <= 200 else None


def decision_day(on: date | str | None) -> date:
    """The day of decision: today if none is named. Raises ValueError for what is no day of 1900-2200."""
    if on is None:
        return date.today()
    if isinstance(on, str):
        day = parse_day(on)
        if day is None:
            raise ValueError("The day of decision is a date such as 2014-05-05.")
    else:
        day = on
    if isinstance(day, datetime):
        raise ValueError("The day of decision is a date without a time; give moment.date().")
    if type(day) is not date or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"The day of decision is a date from {FIRST_DAY.year} to {LAST_DAY.year}.")
    return day


def load(rulebook: str | os.PathLike[str], *, plugins: bool | Iterable[object] = True) -> Rulebook:
    """Load a rulebook by its name (``aava``, ``finland==2026.1``) or the path of its folder.

    ``plugins``: False for none, True for those installed, or objects with hooks to use besides them.
    Raises RulebookNotFound, or RulebookError with every fault of the rulebook and of those below it.
    """
    from aava_rules.rulebook.pack import packed

    found: Plugins | Callable[[], Plugins] | None = None
    more: Mapping[str, Path] = {}
    if plugins is True and not installed():
        found = _only_built_in  # making a manager takes its time, and it would add nothing
    elif plugins is not False:
        from aava_rules.decision.plugins import manager

        found = manager(None if plugins is True else plugins)
        more = found.rulebooks()
    name, _, version = os.fspath(rulebook).partition("==")
    folder = find(name, more)
    parts = packed(folder) or _read(folder, more)
    there = parts.layers[-1].version
    if version and there != version:
        advice = "Ask for the one there is, or install the other."
        raise RulebookNotFound(f"Rulebook {name} is of version {there}, not {version[:40]}. {advice}")
    return Rulebook(parts, found, folder)


def _only_built_in() -> Plugins:
    from aava_rules.decision.plugins import manager

    return manager()


def _read(folder: Path, more: Mapping[str, Path]) -> Parts:
    from aava_rules.rulebook.loader import load_parts

    def below(extends: str) -> Path:
        return find(extends.partition("==")[0], more, folder.parent)

    return load_parts(folder, below)


def check(rulebook: str | os.PathLike[str]) -> list[Fault]:
    """Every fault of a rulebook (by name or path) and of those below it; none if it is right.

    Raises RulebookNotFound.
    """
    from aava_rules.decision.plugins import manager

    more = manager().rulebooks()
    folder = find(os.fspath(rulebook).partition("==")[0], more)
    try:
        _read(folder, more)
    except RulebookError as error:
        return list(error.faults)
    return []
