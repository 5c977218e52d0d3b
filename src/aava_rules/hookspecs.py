"""The hooks: what a plugin may add, and when each hook is called.

A plugin is a module or an object with functions of these names, marked with ``hookimpl``. A
function may take fewer arguments than its hook has. ``plugins/README.md`` shows how to write one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import pluggy

from aava_rules.decision.entry_points import PROJECT

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter
    from aava_rules.decision.decision import Decision
    from aava_rules.tools.reports.report import Report

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class Context(TypedDict):
    """How a decision came to be asked for. It holds nothing of the record.

    ``rulebook`` is the name of the rulebook; ``only`` has the names that were asked for, None if all.
    """

    rulebook: str
    only: frozenset[str] | None


@hookspec
def register_adapters() -> Iterable[Adapter]:  # type: ignore[empty-body]
    """Give the adapters that read further kinds of sources. Called once, when a manager is made."""


@hookspec
def register_rulebooks() -> Mapping[str, Path | str]:  # type: ignore[empty-body]
    """Give rulebooks by name, each as the path of its folder. Called once, when a manager is made.

    ``load`` finds them by that name, and ``extends:`` as well.
    """


@hookspec
def register_reports() -> Iterable[Report]:  # type: ignore[empty-body]
    """Give further formats for ``aava-rules check --format``. Called once, when a manager is made."""


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add commands to the command line. Called once, when ``aava-rules`` starts; never by the library."""


@hookspec
def decided(decision: Decision, context: Context) -> None:
    """Take note of a decision, for the host's audit log. Called after each one, in the thread that asked.

    It runs before the caller gets the decision, so it should be quick. What it raises is logged by
    the name of its type and otherwise ignored. It must not change the decision.
    """
