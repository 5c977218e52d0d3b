"""The built-in plugin: what the library itself adds comes through the same hooks as anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.hookspecs import Report, hookimpl
from aava_rules.rulebook.locate import shipped_folder, shipped_names

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter

# Each hook imports what it gives, so that a host does not pay for reports or a command line.


class BuiltIn:
    """The adapters, rulebooks, reports and commands of the library."""

    @hookimpl
    def register_adapters(self) -> Iterable[Adapter]:
        """JSON, JSON Lines and Parquet."""
        from aava_rules.tools.inputs.json import Json, JsonLines
        from aava_rules.tools.inputs.parquet import Parquet

        return (Json(), JsonLines(), Parquet())

    @hookimpl
    def register_rulebooks(self) -> Mapping[str, Path]:
        """The shipped rulebooks; what is registered here, no other plugin can replace."""
        folder = shipped_folder()
        return {name: folder / name for name in shipped_names()}

    @hookimpl
    def register_reports(self) -> Iterable[Report]:
        """The formats of ``aava-rules check``."""
        from aava_rules.tools.reports.report import BUILT_IN

        return BUILT_IN

    @hookimpl
    def register_commands(self, app: typer.Typer) -> None:
        """The commands of ``aava-rules``."""
        from aava_rules.tools.cli.commands import add_to

        add_to(app)
