"""The program ``aava-rules``: the typer application with the commands of all plugins."""

from __future__ import annotations

import sys

import typer

from aava_rules.decision.plugins import Plugins, manager


def build(plugins: Plugins | None = None) -> typer.Typer:
    """The command line with the commands of all plugins; the library's own come from the built-in plugin.

    Args:
        plugins: the plugins to use; None for the installed ones.
    """
    # Completion would write to the user's start-up files; and a traceback with local variables
    # could show what a record holds.
    app = typer.Typer(
        name="aava-rules",
        help="Dated, cited rules of Finnish work rehabilitation: check plans, decide, explain, test rulebooks.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def start() -> None:
        """A callback keeps the names of commands also where there is only one."""

    (plugins or manager()).add_commands(app)
    return app


def main() -> None:
    """Run the command line. Exit codes: 0 clean, 1 findings or failures, 2 bad input or usage."""
    for stream in (sys.stdout, sys.stderr):
        # What is written is UTF-8 on every system, as JSON has to be.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        build()(prog_name="aava-rules")
    except OSError as error:
        sys.stderr.write(f"The output cannot be written: {error.strerror or type(error).__name__}.\n")
        sys.exit(2)
