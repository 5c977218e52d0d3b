"""The hooks: what a plugin may add, and when each hook is called.

A plugin is a module or an object with ordinary functions of these names, none ``async``, marked with ``hookimpl``. A
function may take fewer arguments than its hook has. ``plugins/README.md`` shows how to write a plugin.

What a hook takes or gives is named here by protocol, so that a plugin author reads one page, and so that this
module needs none of the rooms above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, TypedDict

import pluggy

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter

__all__ = [
    "PROJECT",
    "Context",
    "DecisionView",
    "Report",
    "TableView",
    "WorklistFormat",
    "decided",
    "decided_table",
    "hookimpl",
    "hookspec",
    "register_adapters",
    "register_commands",
    "register_reports",
    "register_rulebooks",
    "register_worklists",
]

PROJECT: Final = "aava_rules"
"""The name under which pluggy knows the hooks; also the group of the entry points of plugins."""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class Context(TypedDict):
    """The question behind a decision. It holds nothing of the record.

    ``rulebook`` is the name of the rulebook; ``only`` has the names that were asked for, None if all. ``actor`` and
    ``purpose`` are what the host said of who asks and for what, by `aava_rules.asked_by`; None if it said nothing.
    """

    rulebook: str
    only: frozenset[str] | None
    actor: str | None
    purpose: str | None


class DecisionView(Protocol):
    """The part of an `aava_rules.Decision` that an audit log needs; hooks receive the whole decision."""

    @property
    def record_id(self) -> str:
        """The id of the record, as the host gave it."""

    @property
    def on(self) -> date:
        """The day of decision."""

    @property
    def record(self) -> Any:
        """The `aava_rules.Record` that was decided on."""

    @property
    def rulebook(self) -> dict[str, Any]:
        """Name, version, sha256 and layers of the rulebook that answered."""

    @property
    def engine(self) -> str:
        """The name of the engine that answered."""

    def to_dict(self) -> dict[str, Any]:
        """The whole decision in the decision format (``aava-rules schema decision``)."""

    def to_json(self, indent: int | None = None) -> str:
        """The whole decision as JSON text; ``indent`` is the number of spaces a level, None for one line."""


class TableView(Protocol):
    """A block of a table that was answered at once, for an audit log: what was asked, and how many got which answer."""

    on: date
    """The day of decision."""
    rulebook: dict[str, Any]
    """Name, version, sha256 and layers of the rulebook that answered."""
    engine: str
    """The name of the engine that answered: ``columnar``."""
    ids: Sequence[str]
    """The ids of the clients that were answered, in the order of the table."""
    outcomes: Mapping[str, Mapping[str, int]]
    """Of each outcome, how many clients have each status."""
    findings: Mapping[str, Mapping[str, int]]
    """Of each requirement, how many clients or items have each status, those to which it does not apply left out."""
    next_steps: Mapping[str, int]
    """How many times each step is suggested."""


class Report(Protocol):
    """A format of ``aava-rules check``.

    A report that shows ``decision.notices`` has an attribute ``shows_notices`` that is true; those of the decisions
    that any other report writes are told on standard error. One that has ``takes_unanswered`` is given, in their
    places, the records and sources too that could not be answered: `aava_rules.tools.reports.unanswered.Unanswered`.
    """

    @property
    def name(self) -> str:
        """The word for ``--format``."""

    @property
    def streams(self) -> bool:
        """Whether it writes while decisions are still being made."""

    def write(self, decisions: Iterable[Any], out: TextIO, language: str) -> None:
        """Write all decisions.

        Args:
            decisions: `aava_rules.Decision` objects, whose texts speak to the audience that was chosen; they can be
                read once, and may be very many. Once all are read, ``decisions.unread`` says how many rows, files and
                folders of the sources are not among them.
            out: The text stream to write to.
            language: The language of texts: ``fi``, ``sv`` or ``en``.
        """


class WorklistFormat(Protocol):
    """A format of ``aava-rules due``."""

    @property
    def name(self) -> str:
        """The word for ``--format``."""

    def write(self, worklist: Any, out: TextIO, language: str) -> None:
        """Write a worklist.

        Args:
            worklist: `aava_rules.tools.reports.worklist.Worklist`: ``on``, ``until``, ``rulebook``, ``lines(language)``
                with a line for each thing to do, the most pressing first, and what is not known.
            out: The text stream to write to.
            language: The language of texts: ``fi``, ``sv`` or ``en``.
        """


@hookspec
def register_adapters() -> Iterable[Adapter]:  # type: ignore[empty-body]
    """The adapters that read further kinds of sources. Called once, when a manager is made."""


@hookspec
def register_rulebooks() -> Mapping[str, Path | str]:  # type: ignore[empty-body]
    """Further rulebooks by name, each as the path of its folder. Called once, when a manager is made.

    ``load`` knows them by that name, and so does ``extends:``.
    """


@hookspec
def register_reports() -> Iterable[Report]:  # type: ignore[empty-body]
    """Further formats for ``aava-rules check --format``. Called once, when a manager is made."""


@hookspec
def register_worklists() -> Iterable[WorklistFormat]:  # type: ignore[empty-body]
    """Further formats for ``aava-rules due --format``. Called once, when a manager is made."""


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add commands to ``app``, the command line. Called once, when ``aava-rules`` starts; never by the library."""


@hookspec
def decided(decision: DecisionView, context: Context) -> None:
    """Take note of a decision, for the host's audit log. Called after each decision, in the thread that asked for it.

    It runs before the caller gets the decision, so it should be quick. What it raises is logged by
    the name of its type and otherwise ignored, unless the rulebook was loaded with ``audit="strict"``: then nobody gets
    the decision. It must not change the decision.

    Args:
        decision: The `aava_rules.Decision` that was made.
        context: The rulebook and the names that were asked for.
    """


@hookspec
def decided_table(block: TableView, context: Context) -> None:
    """Take note of many decisions at once. Called once for each block of a table, before the caller gets its answers.

    `aava_rules.Rulebook.decide_table` answers blocks of up to a million clients without a decision of each, so that
    ``decided`` is not called for them. Clients that it decides on one by one, and decisions that are asked of it, are
    told to ``decided``. For what it raises the same holds as for ``decided``.

    Args:
        block: What was asked of whom, and how many got which answer.
        context: The rulebook and the names that were asked for.
    """
