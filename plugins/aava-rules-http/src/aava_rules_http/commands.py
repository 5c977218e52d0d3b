"""The plugin: the command ``aava-rules http``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aava_rules import hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add the command to ``app``, the typer application."""
    from aava_rules_http.command import http  # a host that loads a rulebook does without the command line

    app.command("http")(http)
