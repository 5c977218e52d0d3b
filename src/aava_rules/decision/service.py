"""The way in: a loaded rulebook is asked.

`Rulebook.decide` is the main road of the library: the record is read, its ready-made facts are typed, and a
`Decision` is made, which works out what it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.record_reader import RecordReader, Source, id_of
from aava_rules.decision.asking import Asking, asking
from aava_rules.decision.choose_plugins import choose_plugins
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import Inquiry
from aava_rules.decision.days import decision_day, worklist_days
from aava_rules.decision.decision import Decision, book_name, inside, languages_of
from aava_rules.engine.choice import NAMES as ENGINES
from aava_rules.engine.choice import EngineName
from aava_rules.engine.choice import engine as engine_of
from aava_rules.language.dates import add_months
from aava_rules.language.errors import (
    AavaRulesError,
    RecordError,
    nearest,
)
from aava_rules.language.extras import how_to_install
from aava_rules.language.structs import FrozenDict, Struct, cached_property_unlocked, public
from aava_rules.language.texts import Texts
from aava_rules.language.values import LAST_DAY
from aava_rules.record import Record
from aava_rules.record.limits import LIMITS, Limits
from aava_rules.record.limits import check as check_limits
from aava_rules.rulebook.model import Layer, Parts, Weight

if TYPE_CHECKING:
    from aava_rules.decision.checklist import Checklist
    from aava_rules.decision.compare.comparison import Comparison, TableComparison
    from aava_rules.decision.compare.sides import Side, Sides
    from aava_rules.decision.counts.counts import StatusCounts, Tally
    from aava_rules.decision.due_table import DueTable
    from aava_rules.decision.look_ahead import LookAhead
    from aava_rules.decision.months.month import Answers, Month
    from aava_rules.decision.plugins import Plugins
    from aava_rules.decision.table import TableBlock, TableDecisions
    from aava_rules.decision.worklist import DueItem
    from aava_rules.engine.table.input.tables import Tables
    from aava_rules.rulebook.names import Name


Table = Any
"""A polars DataFrame or LazyFrame, an Arrow table, or the path of a file that polars reads."""

KEY_MIN: Final = 16
"""The fewest bytes of a host's secret."""
CHECKLIST_MONTHS: Final = 24
"""How far ahead the days are told that follow from a plan: as far as a period may reach."""
INQUIRIES_MAX: Final = 1000
"""Choices of names that are remembered, compiled; callers choose them, so their number is bounded."""


@public
class RecordFailure(Struct):
    """A record of `Rulebook.decide_many` that could not be answered.

    ``position`` is its number in the input, from 0; ``record_id`` its id, None if that could not be read; ``error``
    says why, and quotes nothing of its contents.
    """

    position: int
    record_id: str | None
    error: AavaRulesError


@public
class Rulebook:
    """A loaded rulebook. It never changes, keeps nothing of any record, and is safe to share by threads.

    ``name``, ``version``, ``title`` and ``weight`` are those of its topmost layer that is no amendment; ``sha256`` is
    the digest of all its rules and amendments, in hexadecimal; ``folder`` is the folder of its files, None if it was
    not loaded from files, ``amendments`` are the folders of those named with ``amend``, ``path`` is the search path
    with which it was loaded, and ``limits`` is how much one client may have.

    It can be pickled, and sent to other processes, unless the host gave it objects of its own as plugins, or a key.
    """

    _shared_plugins: bool = False
    """Whether another process can have the same plugins: those installed."""
    _strict: bool = False
    """Whether it gives no decision of which no plugin took note."""

    def __init__(
        self, parts: Parts, plugins: Plugins | Callable[[], Plugins] | None = None, folder: Path | None = None,
        limits: Limits = LIMITS, key: bytes | None = None, book: CompiledRulebook | None = None,
        amendments: Iterable[Path] = (), path: Iterable[Path] = (),
    ) -> None:  # fmt: skip
        """A rulebook of linked rules; hosts call `load` instead.

        Args:
            parts: The linked rules.
            plugins: The loaded plugins, or a function that loads them when `plugins` is first read; None for none.
            folder: The folder of the rulebook's files.
            limits: How much one client may have.
            key: The host's secret of at least 16 bytes; see `load`.
            book: What the rules compile to, if that is there.
            amendments: The folders of the amendments that were named beside it.
            path: The folders that were searched for rulebooks, besides those that always are.

        Raises:
            ValueError: The key is shorter.
        """
        if key is not None and len(key) < KEY_MIN:
            raise ValueError(f"The key has fewer than {KEY_MIN} bytes, so that it could be guessed; give a longer one.")
        self.limits = limits
        self._key = key
        self._parts = parts
        self.folder = folder
        self.amendments: tuple[Path, ...] = tuple(amendments)
        self.path: tuple[Path, ...] = tuple(path)
        self._book = book or CompiledRulebook(parts)
        self._plugins = None if callable(plugins) else plugins
        self._load_plugins = plugins if callable(plugins) else None
        top = next((layer for layer in reversed(parts.layers) if layer.amendment is None), parts.layers[-1])
        self.name: str = top.name
        self.version: str = top.version
        self.title: Texts = Texts(top.title)
        self.weight: Weight = top.weight
        self.sha256: str = parts.sha256
        layers = tuple(map(FrozenDict, self._layers()))
        rulebook = FrozenDict(name=self.name, version=self.version, sha256=self.sha256, layers=layers)
        self._identities: dict[str, Mapping[str, Any]] = {
            name: FrozenDict(rulebook=rulebook, engine=name) for name in ENGINES
        }
        self._reader = RecordReader(parts)
        self._outcomes = tuple(sorted(q.name for q in self._book.questions.values() if q.kind == "outcome"))
        self._inputs = self._book.vocabulary.inputs
        self._weeks: dict[date, Decision] = {}
        """What a calendar week may have, by day: of the rules alone, so that it is the same for all clients."""
        self._inquiries: dict[tuple[str | tuple[str, ...] | None, str | None], Inquiry] = {}
        self._latest: tuple[Any, list[str], str | None, Any] = (self, [], None, None)
        """The day, names and engine of the latest call, and what `_question` made of them; at first no day at all."""

    def _layers(self) -> list[dict[str, str]]:
        layers = self._parts.layers
        return [
            {"name": layer.name, "version": layer.version, "weight": layer.weight} | _more_of(layer) for layer in layers
        ]

    @property
    def label(self) -> str:
        """What people call it: its name and version, and those of the amendments that it has."""
        return book_name({"name": self.name, "version": self.version, "layers": self._layers()})

    @property
    def plugins(self) -> Plugins | None:
        """The plugins with which it was loaded; None if it was loaded without any."""
        if self._plugins is None and self._load_plugins is not None:
            self._plugins = self._load_plugins()
        return self._plugins

    def decide(
        self,
        record: Source,
        on: date | str | None = None,
        only: Iterable[str] | None = None,
        engine: EngineName | None = None,
    ) -> Decision:
        """The answers to one record on one day.

        Args:
            record: A dict in the record format, JSON text or bytes, the Path of a file of it, or a Record.
            on: The day of decision, a date or text such as ``2014-05-05``; today if None.
            only: What to ask: the names of outcomes, requirements and steps, and of rulesets and rules for all that
                these answer; everything if None, but `Decision.missing` then lists facts for `questions` alone.
                ``step:NAME``, ``requirement:NAME``, ``ruleset:NAME`` and ``rule:ID`` tell names apart.
            engine: ``reference`` or ``durable``, which give the same answers; if None, ``durable`` where it is
                installed, else ``reference``.

        Raises:
            RecordError: The record is wrong; the error has every fault, by path and without contents.
            UnknownName: The rulebook answers nothing of a name in ``only``.
            ValueError: ``on`` is no day of the years 1900-2200, or there is no engine of that name.
            AuditError: The audit is strict, and the decision could not be noted.
        """
        # most callers ask one thing of one record after another: to know that again takes 30 ns in place of 350
        latest_day, latest_names, latest_engine, question = self._latest
        if on is not latest_day or type(only) is not list or only != latest_names or engine != latest_engine:
            question = self._question(on, only, engine)
        day, inquiry = question
        return self._decide(record, day, inquiry)

    def _decide(self, source: Source, on: date, inquiry: Inquiry, asked: Asking | None = None) -> Decision:
        """The main road: read the record, type its facts, and let plugins know of the decision."""
        record = source if type(source) is Record else self._read(source)
        lists = record.__dict__
        if lists["plans"] or lists["periods"] or lists["events"] or lists["benefits"]:
            check_limits(record, inquiry.questions, self.limits)
        facts, all_count = self._inputs.read(record, on)
        decision = Decision(Conclusions(inquiry, record, on, facts, all_count))
        plugins = self._plugins  # while none have been loaded, none listen
        if plugins is not None and plugins.listeners:
            plugins.decided(decision, (asked or asking()).context(self.name, inquiry.names))
        return decision

    def _question(
        self, on: date | str | None, only: Iterable[str] | None, engine: EngineName | None
    ) -> tuple[date, Inquiry]:
        """The day of decision and what is asked, remembered for the next call. Raises what `decide` raises of these."""
        inquiry = self._inquiry(only, engine)
        question = (decision_day(on), inquiry)
        if type(only) is list and type(on) in (date, str):
            self._latest = (on, list(only), engine, question)  # a copy, since callers may change their list
        return question

    def _inquiry(self, only: Iterable[str] | None, engine: EngineName | None) -> Inquiry:
        """What is asked, ready for any record. Raises what `decide` raises of names and engines."""
        key = (only if only is None or isinstance(only, str) else tuple(only), engine)
        inquiry = self._inquiries.get(key)
        if inquiry is None:
            chosen_engine = engine_of(engine)
            names = self._chosen_names(key[0])
            outcomes = self._outcomes if names is None else tuple(name for name in self._outcomes if name in names)
            inquiry = Inquiry(
                self._book, names, outcomes, chosen_engine, self._identities[chosen_engine.name], self._key
            )
            # a choice may name things any number of times: so long a key is not worth keeping
            is_short = only is None or len(key[0] or ()) <= len(self._book.answer_names)
            if is_short and len(self._inquiries) < INQUIRIES_MAX:
                self._inquiries[key] = inquiry
        return inquiry

    def _chosen_names(self, only: Iterable[str] | None) -> frozenset[str] | None:
        """The names in ``only``; None if all are asked. Raises UnknownName."""
        if only is None:
            return None
        return self._book.chosen([only] if isinstance(only, str) else only)

    def decide_many(
        self, records: Iterable[Source], on: date | str | None = None, only: Iterable[str] | None = None,
        engine: EngineName | None = None,
    ) -> Iterator[Decision | RecordFailure]:  # fmt: skip
        """The answers to many records, lazily and in order; a wrong record comes out as a RecordFailure.

        Args:
            records: Any number of records, each as `decide` takes them.
            on: The day of decision, as for `decide`.
            only: The names to ask, as for `decide`.
            engine: The engine, as for `decide`.

        Raises:
            TypeError: ``records`` is a single record.
            UnknownName: As for `decide`.
            ValueError: As for `decide`.
        """
        if isinstance(records, (Mapping, str, bytes, os.PathLike, Record)):
            raise TypeError("decide_many takes many records; give one to decide, or put it in a list.")
        if hasattr(records, "columns"):
            raise TypeError("decide_many takes records; give a frame to decide_table, or read it through a mapping.")
        day, inquiry = self._question(on, only, engine)
        return self._many(records, day, inquiry, asking())

    def _many(
        self, records: Iterable[Source], day: date, inquiry: Inquiry, asked: Asking
    ) -> Iterator[Decision | RecordFailure]:
        for position, record in enumerate(records):
            try:
                yield self._decide(record, day, inquiry, asked)
            except AavaRulesError as error:
                yield RecordFailure(position, id_of(record), error)

    def look_ahead(
        self, record: Source, on: date | str | None = None, until: date | str | None = None,
        only: Iterable[str] | None = None, assume: Mapping[str, Any] | None = None,
    ) -> LookAhead:  # fmt: skip
        """Each day on which an answer will be another if nothing happens but time, and what makes it so.

        It is what deciding on every single day would show. Ready-made facts of the day count for the day that the
        record names, else for ``on``: what follows from them is not known later. On days whose law was not read the
        changes carry the caution of the answers, or are of what the law read last gives.

        Args:
            record: One record, as `decide` takes it.
            on: The day from which on, as for `decide`.
            until: The last day, a date or text, at most ten years later; None for a year.
            only: The names to ask, as for `decide`.
            assume: What is assumed besides: ``{"benefits": "continue"}``, each benefit that is being paid goes on as it
                is; ``{"attendance": 4}``, so many days of participation a week in the period that is going on;
                ``{"facts": "continue"}``, facts of the day stay as they are, but for numbers and days.

        Returns:
            The changes, the earliest first, each with the day, the answer before and after, and its causes.

        Raises:
            RecordError: As for `decide`.
            AssumptionError: There is no such assumption, or the record contradicts it.
            UnknownName: As for `decide`.
            ValueError: ``on`` or ``until`` is no day, or ``until`` is before ``on`` or more than ten years away.
            AuditError: The audit is strict, and what is told could not be noted.
        """
        from aava_rules.decision.look_ahead import last_day, look_ahead

        day = decision_day(on)
        last = last_day(day, until)
        inquiry, asked = self._inquiry(only, "reference"), asking()
        known = self._decide(record, day, inquiry, asked).record
        changes = look_ahead(inquiry, known, day, last, assume or {})
        plugins = self._plugins
        if plugins is not None and plugins.listeners:
            # what is told of a later day is a decision like any other, and is noted as one
            for later in dict.fromkeys(change.day for change in changes):
                plugins.decided(changes.decision(later), asked.context(self.name, inquiry.names))
        return changes

    def decide_table(
        self, clients: Table, benefits: Table | None = None, plans: Table | None = None, periods: Table | None = None,
        events: Table | None = None, *, on: date | str | None = None, only: Iterable[str] | None = None,
    ) -> TableDecisions:  # fmt: skip
        """The answers to a whole register on one day, as polars data frames: the same as `decide` gives.

        Each table is a polars DataFrame or LazyFrame, an Arrow table, or the path of a Parquet, CSV,
        NDJSON or Arrow file. A table that is there is complete; of one that is not, nothing is known.
        Clients that are not valid become rows of ``invalid``.

        Args:
            clients: A row for each client: ``id``, the fields of the client, ready-made facts as columns, and
                ``<list>_known``.
            benefits: A row for each benefit: ``client`` (the id of its client), ``id`` and the fields of the list.
            plans: The same for plans.
            periods: The same for periods.
            events: The same for events.
            on: The day of decision, as for `decide`.
            only: The names to ask, as for `decide`.

        Raises:
            ImportError: The extra ``table`` is not installed.
            RecordError: A table cannot be read, or has a column of no known name.
            UnknownName: As for `decide`.
            ValueError: ``on`` is no day of the years 1900-2200.
            AuditError: The audit is strict, and no plugin takes note of tables.
        """
        day, names = decision_day(on), self._chosen_names(only)
        load_tables = _table_loader("decide_table")
        from aava_rules.decision.table import TableDecisions

        present = _present_tables(clients, benefits, plans, periods, events)
        inquiry, asked = self._inquiry(names, "reference"), asking()
        note = self._table_note(asked, names)
        tables = load_tables(present, day, self._book.vocabulary, self.limits, inquiry.questions)
        rulebook: Any = self._identities["reference"]["rulebook"]
        return TableDecisions(
            tables, self._book, names, lambda record: self._decide(record, day, inquiry, asked), rulebook, note
        )

    def due(
        self, record: Source, on: date | str | None = None, until: date | str | None = None,
        only: Iterable[str] | None = None,
    ) -> tuple[DueItem, ...]:  # fmt: skip
        """What is to be done for one client within a time, the most pressing first.

        These are the steps that the rules suggest on the first day and that are due by the last one, those that are
        late already included, and the requirements that are not broken on the first day and will be on the last if
        nothing happens but time, each by the last day on which it is kept. What no source names a day for is left out;
        what is to be done by a day that is not known comes last, without a day.

        Args:
            record: A record, as for `decide`.
            on: The first day, which is the day of decision; today if None.
            until: The last day; a month after the first if None.
            only: The requirements and steps to ask, by name; all if None.

        Raises:
            RecordError: As for `decide`.
            UnknownName: As for `decide`.
            ValueError: A day is none of the years 1900-2200, or the last is before the first.
            AuditError: As for `decide`.
        """
        first, last = worklist_days(on, until)
        return self.due_by(self._decide(record, first, self._inquiry(only, None)), last)

    def due_by(self, decision: Decision, until: date) -> tuple[DueItem, ...]:
        """What is to be done up to a day by a decision of this rulebook, as `due` tells it.

        Args:
            decision: The decision of the first day; what was asked then is asked of the later days too.
            until: The last day, not before the first.
        """
        from aava_rules.decision.worklist import due_items

        asked = inside(decision).inquiry.names

        def decide(day: date, names: frozenset[str] | None) -> Decision:
            return (
                decision if day == decision.on and names is None else self._forecast(decision.record, day, asked, names)
            )

        return due_items(decide, decision.on, until)

    def checklist(self, kind: str, on: date | str | None = None, record: Source | None = None) -> Checklist:
        """What must stand in a plan of a kind that is made on a day, who signs it, and what comes before and after.

        Made of the rules alone: the requirements that apply, or may apply, to such a plan, with the condition where it
        is not known whether they do. What the record has is ticked.

        Args:
            kind: ``activation_plan``, ``joint_plan``, ``client_plan`` or ``employment_plan``.
            on: The day on which the plan is made; today if None.
            record: The client's record, as for `decide`: its last plan of that kind that has this day or none is the
                plan that is written, else one is added. None: nothing is known of the client.

        Raises:
            RecordError: As for `decide`.
            ValueError: There is no such kind, or the day is none of the years 1900-2200.
        """
        from aava_rules.decision.checklist import KINDS, checklist, with_plan

        if kind not in KINDS:
            raise ValueError(f"A plan is of one of the kinds {', '.join(KINDS)}. {nearest(str(kind), KINDS)}".strip())
        day = decision_day(on)
        read_record = self._read({"id": "-"} if record is None else record)
        planned, number = with_plan(read_record, kind, day)
        asked = [q.name for q in self._book.questions.values() if q.kind != "outcome"]
        decision = self._decide(planned, day, self._inquiry(sorted(set(asked)), None))
        until = min(add_months(day, CHECKLIST_MONTHS), LAST_DAY)
        return checklist(decision, number, kind, until, None if record is None else read_record.id)

    def month_of(
        self, record: Source, month: date | str, on: date | str | None = None, absences: Iterable[Any] = ()
    ) -> Month:
        """What a month gives for one client: days payable, compensation, the state's reimbursement, absences by reason.

        Days of participation count, at most so many in a calendar week as the law of the day allows, Monday to Sunday,
        also where the week began in the month before. Amounts are the rulebook's ``compensation`` and
        ``state_reimbursement`` for each of these days. What is not known has bounds, and names what to ask.

        Args:
            record: A record, as for `decide`. Days of participation are ``attended_on`` of its periods of
                rehabilitative work; ready-made ``attended_days`` are not read.
            month: The month, as ``2024-05``, or any day of it.
            on: The day up to which attendance counts; of later days it is not known. Today if None.
            absences: The days of absence: `Absence` objects or mappings with ``on``, ``reason`` (a word of the fact
                ``absence_reason``), ``child_age`` and ``days_in_row``; on days that are not there, there was none.

        Raises:
            RecordError: The record or an absence is wrong; the error has every fault.
            UnknownName: The rulebook answers none of what a month is made of.
            ValueError: ``month`` or ``on`` is none of the years 1900-2200.
            AuditError: As for `look_ahead`.
        """
        from aava_rules.decision.months.month import month_named

        first = month_named(month)
        return self.months(record, first, first, on, absences)[0]

    def months(
        self, record: Source, since: date | str, until: date | str, on: date | str | None = None,
        absences: Iterable[Any] = (),
    ) -> tuple[Month, ...]:  # fmt: skip
        """What each month from ``since`` to ``until`` gives for one client, as `month_of` tells it.

        Args:
            record: As for `month_of`.
            since: The first month.
            until: The last month, not before the first.
            on: As for `month_of`.
            absences: As for `month_of`, of any of the months.

        Raises:
            RecordError: As for `month_of`.
            UnknownName: As for `month_of`.
            ValueError: As for `month_of`, or the last month is before the first.
            AuditError: As for `look_ahead`.
        """
        from aava_rules.decision.months.attendance import read_absences
        from aava_rules.decision.months.month import REASON, month_of, months_between

        day, firsts = decision_day(on), months_between(since, until)
        known = self._read(record)
        answers = self._of_months(known, day)
        days_absent = read_absences(absences, self._parts.facts[REASON].words)
        return tuple(month_of(known, first, day, days_absent, answers) for first in firsts)

    def _of_months(self, record: Record, on: date) -> Answers:
        """How this rulebook is asked about months of a record. Raises UnknownName."""
        from aava_rules.decision.months.month import ABSENCE, ANSWERS, COMPENSATION, DAYS, REIMBURSEMENT, WEEK, Answers

        self._chosen_names(ANSWERS)
        # of these it is asked here; what the record itself says of them is of other days
        others = {name: value for name, value in record.facts.items() if name not in (DAYS, *ANSWERS)}
        asked_of = {"facts_on": record.facts_on or on} if record.facts else {}

        def known_with(facts: Mapping[str, Any]) -> Record:
            return record.model_copy(update={"facts": others | dict(facts), **asked_of})

        def week(day: date) -> Decision:
            decision = self._weeks.get(day)
            if decision is None:
                if len(self._weeks) >= INQUIRIES_MAX:
                    self._weeks.clear()
                decision = self._weeks[day] = self._forecast({"id": "-", "periods": []}, day, [WEEK], None)
            return decision

        day_of_participation = known_with({DAYS: 1})
        return Answers(
            self._parts, week,
            lambda first, last: self.look_ahead(day_of_participation, first, last, [COMPENSATION, REIMBURSEMENT]),
            lambda day, facts: self.decide(known_with(facts), day, [ABSENCE]),
        )  # fmt: skip

    def _forecast(
        self, source: Source, day: date, only: Iterable[str] | None, names: frozenset[str] | None
    ) -> Decision:
        """What the answers will be on a later day if nothing happens; nobody is told that it was asked."""
        record = source if type(source) is Record else self._read(source)
        facts, all_count = self._inputs.read(record, day)
        inquiry = self._inquiry(only if names is None else sorted(names), None)
        return Decision(Conclusions(inquiry, record, day, facts, all_count))

    def due_table(
        self, clients: Table, benefits: Table | None = None, plans: Table | None = None, periods: Table | None = None,
        events: Table | None = None, *, on: date | str | None = None, until: date | str | None = None,
        only: Iterable[str] | None = None,
    ) -> DueTable:  # fmt: skip
        """What is to be done for every client of a register within a time: the same as `due` tells of each.

        ``lines`` of what comes back is a polars data frame with a row for each, the most pressing first; ``perhaps``
        has the clients and steps of which it is not known whether they are to be taken, and ``invalid`` what is wrong
        with clients that could not be answered.

        Args:
            clients: As for `decide_table`.
            benefits: The same.
            plans: The same.
            periods: The same.
            events: The same.
            on: The first day, as for `due`.
            until: The last day, as for `due`.
            only: The names to ask, as for `due`.

        Raises:
            ImportError: As for `decide_table`.
            RecordError: As for `decide_table`.
            UnknownName: As for `decide`.
            ValueError: As for `due`.
            AuditError: As for `decide_table`.
        """
        first, last = worklist_days(on, until)
        names = self._chosen_names(only)
        load_tables = _table_loader("due_table")
        present = _present_tables(clients, benefits, plans, periods, events)
        questions = self._inquiry(names, "reference").questions
        return due_of(self, load_tables(present, first, self._book.vocabulary, self.limits, questions), last, only)

    def _table_note(self, asked: Asking, names: frozenset[str] | None) -> Callable[[TableBlock], None] | None:
        """What tells plugins of blocks of a table; None where none listens. Raises AuditError."""
        plugins = self._plugins
        if plugins is None or not (plugins.listeners or plugins.table_listeners):
            return None
        plugins.unheard_table()
        context = asked.context(self.name, names)
        return partial(plugins.decided_table, context=context) if plugins.table_listeners else None

    def compare(
        self, other: Rulebook | None = None, records: Iterable[Source] = (), *, on: date | str | None = None,
        until: date | str | None = None, only: Iterable[str] | None = None,
    ) -> Comparison[RecordFailure]:  # fmt: skip
        """What another rulebook, or another day, changes: which rules and values differ, and whose answers.

        Iterating the comparison gives the changes of each record of which an answer differs, lazily and in order.
        Outcomes, findings and next steps with their due days are compared; what a rulebook does not ask does not apply.

        Args:
            other: The rulebook of the answers after; None for this one, on a later day.
            records: Any number of records, each as `decide` takes them; none to compare the rules alone.
            on: The day of decision; today if None.
            until: The day of the answers after, if that is a later one. What time alone changes is then told apart from
                what the law does: on that day the answers are also asked of this rulebook as it stood on ``on``.
            only: The names to ask, as for `decide`; each must be one of either rulebook.

        Raises:
            TypeError: ``records`` is a single record.
            UnknownName: Neither rulebook answers anything of a name in ``only``.
            ValueError: A day is none of the years 1900-2200, ``until`` is before ``on``, or there is neither another
                rulebook nor another day.
        """
        from aava_rules.decision.compare.comparison import Comparison

        if isinstance(records, (Mapping, str, bytes, Record)):
            raise TypeError("compare takes many records; put a single one in a list.")
        return Comparison(self._sides(other, on, until, only), records, _failed)

    def compare_table(
        self, other: Rulebook | None, clients: Table, benefits: Table | None = None, plans: Table | None = None,
        periods: Table | None = None, events: Table | None = None, *, on: date | str | None = None,
        until: date | str | None = None, only: Iterable[str] | None = None,
    ) -> TableComparison:  # fmt: skip
        """What another rulebook, or another day, changes for a whole register; the same as `compare` gives.

        The tables are read once, by the facts that both rulebooks have. A plugin that takes note of tables is told of
        each block twice, as `decide_table` tells it: before and after.

        Args:
            other: The rulebook of the answers after; None for this one, on a later day.
            clients: The tables, as for `decide_table`.
            benefits: The same for benefits.
            plans: The same for plans.
            periods: The same for periods.
            events: The same for events.
            on: The day of decision, as for `compare`.
            until: The day of the answers after, as for `compare`.
            only: The names to ask, as for `compare`.

        Raises:
            AavaRulesError: Each rulebook has facts that the other lacks, so that no table fits both.
            AuditError: The audit is strict, and no plugin takes note of tables.
            ImportError: The extra ``table`` is not installed.
            RecordError: A table cannot be read, or has a column of no known name.
            UnknownName: As for `compare`.
            ValueError: As for `compare`.
        """
        from aava_rules.decision.compare.comparison import TableComparison

        sides = self._sides(other, on, until, only)
        load_tables = _table_loader("compare_table")
        from aava_rules.decision.compare.columns import ComparedTable, narrower, questions_of

        before = replace(sides.before, note=self._table_note(asking(), sides.before.names))
        after = replace(sides.after, note=(other or self)._table_note(asking(), sides.after.names))
        sides = replace(sides, before=before, after=after)
        book = narrower([side.book for side in sides.all])
        if book is None:
            raise AavaRulesError("Each rulebook has facts, words or steps that the other lacks. Use compare.")
        present = _present_tables(clients, benefits, plans, periods, events)
        tables = load_tables(present, sides.before.on, book.vocabulary, self.limits, questions_of(sides))
        return TableComparison(sides, ComparedTable(tables, sides, sides.wording))

    def counts(
        self, records: Iterable[Source], on: date | str | Iterable[date | str] | None = None,
        only: Iterable[str] | None = None,
    ) -> StatusCounts:  # fmt: skip
        """How many clients of each municipality have which answer on which day, without telling of few.

        Each client is counted once in every question on every day: by the most serious answer where it is asked of each
        plan or period. Numbers of fewer than ten clients are closed, and with them those from which they could be
        worked out. Records that cannot be answered are counted in ``failed`` alone.

        Args:
            records: Any number of records, each as `decide` takes them; they are read once.
            on: The days of decision: dates, texts such as ``2024-03-31``, quarters (``2024-Q1``: its last day) and
                years (``2024``: the last days of its quarters). None: the last quarter that is over.
            only: The names to ask, as for `decide`; all requirements if None.

        Raises:
            TypeError: ``records`` is a single record.
            UnknownName: As for `decide`.
            ValueError: A day is none of the years 1900-2200, or there is none.
            AuditError: As for `decide`.
        """
        if isinstance(records, (Mapping, str, bytes, os.PathLike, Record)):
            raise TypeError("counts takes many records; put a single one in a list.")
        tally = self.tally(on, only)
        for record in records:
            try:
                self.count(tally, record)
            except RecordError:
                tally.failed += 1
        return self.counted(tally)

    def counts_table(
        self, clients: Table, benefits: Table | None = None, plans: Table | None = None, periods: Table | None = None,
        events: Table | None = None, *, on: date | str | Iterable[date | str] | None = None,
        only: Iterable[str] | None = None,
    ) -> StatusCounts:  # fmt: skip
        """How many clients of a register have which answer, as `counts` gives it; through columns.

        Args:
            clients: As for `decide_table`.
            benefits: The same.
            plans: The same.
            periods: The same.
            events: The same.
            on: The days of decision, as for `counts`.
            only: The names to ask, as for `counts`.

        Raises:
            ImportError: As for `decide_table`.
            RecordError: As for `decide_table`.
            UnknownName: As for `decide`.
            ValueError: As for `counts`.
            AuditError: As for `decide_table`.
        """
        tally = self.tally(on, only)
        load_tables = _table_loader("counts_table")
        present = _present_tables(clients, benefits, plans, periods, events)
        questions = self._inquiry(tally.names, "reference").questions
        self.count_tables(tally, load_tables(present, tally.days[0], self._book.vocabulary, self.limits, questions))
        return self.counted(tally)

    def tally(self, on: date | str | Iterable[date | str] | None = None, only: Iterable[str] | None = None) -> Tally:
        """An empty tally, in which `count` and `count_tables` count clients, and which `counted` tells.

        Args:
            on: The days of decision, as for `counts`.
            only: The names to ask, as for `counts`.

        Raises:
            UnknownName: As for `decide`.
            ValueError: As for `counts`.
        """
        from aava_rules.decision.counts.codes import questions_of, requirements_of
        from aava_rules.decision.counts.counts import Tally
        from aava_rules.decision.counts.quarters import last_quarter, spread

        days = sorted({decision_day(day) for day in ([last_quarter(date.today())] if on is None else spread(on))})
        if not days:
            raise ValueError("Name a day of decision, or a quarter such as 2024-Q1.")
        names = self._chosen_names(only)
        if names is None:
            names = requirements_of(self._book)
        return Tally(self._book, tuple(sorted(names)), questions_of(self._book, names), days)

    def count(self, tally: Tally, record: Source) -> None:
        """Count the client of ``record`` in ``tally``; who cannot be is not counted at all.

        Raises RecordError and AuditError as `decide` does.
        """
        from aava_rules.decision.counts.codes import answers_by

        known = record if type(record) is Record else self._read(record)
        inquiry, asked = self._inquiry(tally.names, None), asking()
        decisions = [self._decide(known, day, inquiry, asked) for day in tally.days]
        tally.add(known.client.municipality, [answers_by(decision, tally.questions) for decision in decisions])

    def count_tables(self, tally: Tally, tables: Tables) -> None:
        """Count the clients of ``tables``, which have been loaded, in ``tally``; those that are not valid as failed.

        Raises AuditError as `decide_table` does.
        """
        from aava_rules.decision.counts.columns import CountedTable

        inquiry, asked, names = self._inquiry(tally.names, "reference"), asking(), frozenset(tally.names)
        rulebook: Any = self._identities["reference"]["rulebook"]
        CountedTable(
            tables, self._book, names, tally.questions, tally.days,
            lambda record, day: self._decide(record, day, inquiry, asked), rulebook, self._table_note(asked, names),
        ).count(tally)  # fmt: skip
        tally.failed += tables.size - int(tables.valid.sum())

    def counted(self, tally: Tally) -> StatusCounts:
        """What may be told of the clients that were counted in ``tally``."""
        return tally.counts(self._identities["reference"]["rulebook"])

    def _sides(
        self, other: Rulebook | None, on: date | str | None, until: date | str | None, only: Iterable[str] | None
    ) -> Sides:
        """What is compared. Raises what `compare` raises of days and names."""
        from aava_rules.decision.compare.sides import Sides

        first = decision_day(on)
        last = first if until is None else decision_day(until)
        after = self if other is None else other
        if last < first:
            raise ValueError("The second day is before the first; compare an earlier day with a later one.")
        if after is self and until is None:
            raise ValueError("There is nothing to compare: name another rulebook, or a later day as until.")
        names = None if only is None else frozenset([only] if isinstance(only, str) else only)
        if names is not None:
            after._chosen_names(names - self._book.nameable)
        by_time = None if first == last else self._standing_side(first, last, names)
        return Sides(self._side(first, names), after._side(last, names), by_time)

    def _side(self, day: date, names: frozenset[str] | None) -> Side:
        """This rulebook as one side of a comparison; of ``names`` those are asked that it answers."""
        from aava_rules.decision.compare.sides import Side

        own = None if names is None else self._book.chosen(names & self._book.nameable)
        outcomes = self._outcomes if own is None else tuple(name for name in self._outcomes if name in own)
        chosen = None if own is None else tuple(sorted(own))
        identity: Mapping[str, Any] = self._identities["reference"]["rulebook"]
        rulebook = {**identity, "layers": [dict(layer) for layer in identity["layers"]]}
        return Side(self._book, rulebook, day, outcomes, own, partial(self.decide, on=day, only=chosen))

    def _standing_side(self, law: date, on: date, names: frozenset[str] | None) -> Side:
        """What this rulebook says on the day ``on`` by the law of the earlier day of decision ``law``.

        No plugin is told of such decisions, which nobody acts on.
        """
        from aava_rules.decision.compare.standing import moving_parameters, standing

        parts = standing(self._parts, law)
        # where nothing that derived facts read moves in between, what is compiled for the earlier day will do
        book = None if moving_parameters(self._parts, parts, law, on) else self._book
        rulebook = Rulebook(parts if book is None else self._parts, None, self.folder, self.limits, self._key, book)
        side = rulebook._side(on, names)
        inquiry = rulebook._inquiry(None if side.names is None else sorted(side.names), None)

        return replace(side, decide=partial(rulebook._decide_standing, inquiry, law, on), law=law)

    def _decide_standing(self, inquiry: Inquiry, law: date, on: date, source: Source) -> Decision:
        """The decision on a record on the day ``on``, this being a rulebook that stands still since ``law``."""
        from aava_rules.decision.compare.standing import standing_decision

        record = source if type(source) is Record else self._read(source)
        check_limits(record, inquiry.questions, self.limits)
        return standing_decision(inquiry, record, law, on, self._inputs.read(record, on)[0])

    @cached_property_unlocked
    def names(self) -> tuple[Name, ...]:
        """Everything that can be named in a record, in ``only`` and in rules, with titles, types, words and rules.

        Facts come first, then outcomes, requirements, steps and fields of items, each by name.
        """
        from aava_rules.rulebook.names import names_of

        return names_of(self._parts)

    def _named(self, kind: str) -> Mapping[str, Name]:
        from aava_rules.rulebook.names import Names

        return Names({name.name: name for name in self.names if name.kind == kind})

    @property
    def facts(self) -> Mapping[str, Name]:
        """The facts that ``facts`` of a record may give, by name."""
        return self._named("fact")

    @property
    def outcomes(self) -> Mapping[str, Name]:
        """The outcomes that are decided, by name."""
        return self._named("outcome")

    @property
    def requirements(self) -> Mapping[str, Name]:
        """The requirements that plans, periods or the client's case must meet, by name."""
        return self._named("requirement")

    @property
    def steps(self) -> Mapping[str, Name]:
        """The steps of the client path, by name."""
        return self._named("step")

    @property
    def fields(self) -> Mapping[str, Name]:
        """The fields of the items of a record's lists, and the facts that follow from them, by name."""
        return self._named("field")

    @property
    def questions(self) -> tuple[str, ...]:
        """What a decision on everything asks facts for, as ``questions`` of the rulebook says; sorted, for ``only``."""
        return tuple(sorted(self._book.default_answers))

    def tables(self, languages: Iterable[str] | None = None) -> dict[str, Any]:
        """The tables to which decisions in the short form refer, of all rules: written once for a batch.

        Args:
            languages: The languages of titles and citations (``["fi", "sv"]``); none (``[]``) for codes alone; None
                for Finnish.

        Returns:
            ``layers``, the rulebooks that it is made of; ``names`` of what is asked, with their titles; ``rules``,
            with weight, rulebook and citations; ``citations``, with source; ``sources``, with title and link.

        Raises:
            ValueError: There are no texts in one of the languages.
        """
        from aava_rules.decision.short import tables_of

        return tables_of(self._book, self._layers(), languages_of(languages))

    def _read(self, source: Source) -> Record:
        """The record of ``source``. Raises RecordError, which hints what name is meant by a key that is a title."""
        try:
            return self._reader.read(source)
        except RecordError as error:
            faults = error.faults
            if not any(" key " in fault.place for fault in faults):
                raise
        from aava_rules.decision.key_hints import with_titles  # only a wrong record needs it

        raise RecordError("record", with_titles(faults, source, self._parts))

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self._key is not None:
            raise TypeError("A rulebook with a key is not pickled: the key stays with you. Load it where it is used.")
        if (self._plugins is not None or self._load_plugins is not None) and not self._shared_plugins:
            raise TypeError("A rulebook with plugins of your own is not pickled; load it, with them, where it is used.")
        of_files = (self.folder, self.limits, self.amendments, self.path)
        return _unpickled, (self._book, self._shared_plugins, self._strict, *of_files)

    def __repr__(self) -> str:
        return f"<Rulebook {self.name} {self.version} {self.sha256[:12]}>"


def parts_of(rulebook: Rulebook) -> Parts:
    """The linked rules of a loaded ``rulebook``, for the rest of the library."""
    return rulebook._parts


def book_of(rulebook: Rulebook) -> CompiledRulebook:
    """What the rules of a loaded ``rulebook`` compile to, for the rest of the library."""
    return rulebook._book


def is_listened(rulebook: Rulebook) -> bool:
    """Whether a plugin takes note of the decisions of a loaded ``rulebook``."""
    plugins = rulebook._plugins
    return plugins is not None and bool(plugins.listeners or plugins.table_listeners)


def due_of(rulebook: Rulebook, tables: Tables, until: date, only: Iterable[str] | None = None) -> DueTable:
    """The worklist of tables that have been loaded, as `Rulebook.due_table` gives it.

    Args:
        rulebook: a loaded rulebook.
        tables: the tables, loaded for the first day.
        until: the last day.
        only: the names to ask.

    Raises:
        UnknownName: as for `Rulebook.decide`.
        AuditError: as for `Rulebook.decide_table`.
    """
    from aava_rules.decision.due_table import DueTable

    names = rulebook._chosen_names(only)
    inquiry, asked = rulebook._inquiry(names, "reference"), asking()
    identity: Any = rulebook._identities["reference"]["rulebook"]
    return DueTable(
        tables, rulebook._book, names, lambda record: rulebook._decide(record, tables.on, inquiry, asked),
        lambda record, day, some: rulebook._forecast(record, day, names, some), until, identity,
        rulebook._table_note(asked, names),
    )  # fmt: skip


def _unpickled(
    book: CompiledRulebook,
    plugins: bool,
    strict: bool,
    folder: Path | None,
    limits: Limits,
    amendments: tuple[Path, ...],
    path: tuple[Path, ...],
) -> Rulebook:
    """The rulebook that was pickled, with the plugins that are installed here. Raises PluginError as `load` does."""
    chosen = choose_plugins(plugins, "strict" if strict else None)
    rulebook = Rulebook(book.parts, chosen, folder, limits, book=book, amendments=amendments, path=path)
    rulebook._shared_plugins, rulebook._strict = plugins, strict
    return rulebook


def _failed(position: int, source: Source, error: AavaRulesError) -> RecordFailure:
    return RecordFailure(position, id_of(source), error)


def _present_tables(
    clients: Table, benefits: Table | None, plans: Table | None, periods: Table | None, events: Table | None
) -> dict[str, Table]:
    """The tables that were handed over, by the name of what a row is one of."""
    by_name = {"clients": clients, "benefits": benefits, "plans": plans, "periods": periods, "events": events}
    return {name: table for name, table in by_name.items() if table is not None}


def _table_loader(what: str) -> Callable[..., Tables]:
    """What loads tables, for the method ``what``. Raises ImportError where columns are not installed."""
    try:
        from aava_rules.engine.table.input.tables import load as load_tables
    except ModuleNotFoundError as error:
        if error.name not in ("numpy", "polars"):
            raise
        raise ImportError(f"{what} needs polars and numpy: {how_to_install('table')}") from error
    return load_tables


def _more_of(layer: Layer) -> dict[str, Any]:
    """What a decision says of a layer that is an amendment, or a changed copy of a shipped rulebook."""
    more: dict[str, Any] = {"changed": True} if layer.changed else {}
    amendment = layer.amendment
    if amendment is not None:
        more |= {"amends": amendment.amends, "status": amendment.status, "from": amendment.start.isoformat()}
    return more
