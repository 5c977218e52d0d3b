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
    rulebook: Annotated[
        list[str] | None,
        typer.Option(
            "--rulebook",
            metavar="NAME",
            help="Name of a rulebook, or the path of its folder, each amendment after a +. Repeatable. "
            "Default: finland, and that is told.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Where it listens. Default: 127.0.0.1.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Default: 8080.", show_default=False)] = None,
) -> None:
    """Answer requests over HTTP.

    Settings: options, before variables AAVA_RULES_HTTP_RULEBOOKS (separated by commas), …_HOST, …_PORT of the
    environment, before rulebooks, host, port in a TOML file. Further settings, by variable and file alone:
    tls_certificate, tls_key, token_keys, token_issuer, token_audience, token_algorithms, token_leeway (30), body_bytes
    (4194304), read_seconds (10), body_seconds (60), answer_seconds (30), answer_at_once_bytes (8192), at_once (64),
    workers (1), stop_seconds (30), audit, cds_codes, cds_language (fi), cors_origins. The plugin's README.md says what
    each means.

    SIGTERM: stop, once what was accepted is answered. SIGHUP: load the rulebooks anew.

    \b
    Exit codes:
      0    it was stopped
      1    a worker failed
      2    the settings or a rulebook are wrong, or the address is taken

    \b
    Examples:
      aava-rules http
      aava-rules http --rulebook finland --rulebook aava --port 9000
      aava-rules http --config service.toml
      AAVA_RULES_HTTP_RULEBOOKS=finland,aava AAVA_RULES_HTTP_PORT=9000 aava-rules http
    \f

    Args:
        config: the file of the settings; None for none.
        rulebook: names or paths of folders; None for those of the environment or the file.
        host: where it listens; None as above.
        port: the port; None as above.

    Raises:
        Exit: with the code.
    """
    from aava_rules_http.server import run
    from aava_rules_http.settings import read_settings

    try:
        code = run(read_settings(config, options={"rulebooks": rulebook or None, "host": host, "port": port}))
    except aava_rules.AavaRulesError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    raise typer.Exit(code)
