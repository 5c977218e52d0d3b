"""The command ``aava-rules http``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import aava_rules


def http(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The settings, in TOML.", show_default=False)
    ] = None,
) -> None:
    """Answer requests over HTTP.

    Settings: a TOML file, and variables AAVA_RULES_HTTP_… of the environment. SIGTERM: stop, once what was accepted is
    answered. SIGHUP: load the rulebooks anew.

    \b
    Exit codes:
      0    it was stopped
      1    a worker failed
      2    the settings or a rulebook are wrong, or the address is taken

    \b
    Examples:
      aava-rules http
      aava-rules http --config service.toml
      AAVA_RULES_HTTP_RULEBOOKS=finland,aava AAVA_RULES_HTTP_PORT=9000 aava-rules http
    \f

    Args:
        config: the file of the settings; None for the environment alone.

    Raises:
        Exit: with the code.
    """
    from aava_rules_http.server import run
    from aava_rules_http.settings import read_settings

    try:
        code = run(read_settings(config))
    except aava_rules.AavaRulesError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    raise typer.Exit(code)
