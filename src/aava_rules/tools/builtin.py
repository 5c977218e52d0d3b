"""The built-in plugin: what the library itself adds is registered through the same hooks as any plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.hookspecs import Report, WorklistFormat, hookimpl
from aava_rules.rulebook.locate import shipped_folder, shipped_names

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter

# Each hook imports what it gives, so that a host does not pay for reports or a command line.


class BuiltIn:
    """The adapters, rulebooks, reports and commands of the library, as a plugin of pluggy.

    Each hook imports what it returns when it is called, so that a host does not pay for reports or for a command
    line.
    """

    @hookimpl
    def register_adapters(self) -> Iterable[Adapter]:
        """JSON, JSON Lines and Parquet."""
        from aava_rules.tools.inputs.json import Json, JsonLines
        from aava_rules.tools.inputs.parquet import Parquet

        return (Json(), JsonLines(), Parquet())

    @hookimpl
    def register_rulebooks(self) -> Mapping[str, Path]:
        """The shipped rulebooks, by name, each as its folder; no other plugin can replace a name registered here."""
        folder = shipped_folder()
        return {name: folder / name for name in shipped_names()}

    @hookimpl
    def register_reports(self) -> Iterable[Report]:
        """The formats of ``aava-rules check``."""
        from aava_rules.tools.reports.report import BUILT_IN

        return BUILT_IN

    @hookimpl
    def register_worklists(self) -> Iterable[WorklistFormat]:
        """The formats of ``aava-rules due``."""
        from aava_rules.tools.reports.worklist import BUILT_IN

        return BUILT_IN

    @hookimpl
    def register_commands(self, app: typer.Typer) -> None:
        """Add the commands of ``aava-rules`` to ``app``, its typer application."""
        from aava_rules.tools.cli.index import add_to

        add_to(app)
