"""The program ``aava-rules``: the typer application with the commands of all plugins."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from traceback import extract_tb
from typing import Annotated

import typer

import aava_rules
from aava_rules.decision.plugins import Plugins, manager
from aava_rules.tools.cli.options import CLOSED_PIPE, drop_output


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
    def start(
        version: Annotated[
            bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
        ] = False,
    ) -> None:
        """A callback keeps the names of commands also where there is only one."""

    (plugins or manager()).add_commands(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"aava-rules {aava_rules.__version__}\n")
        raise typer.Exit


def main() -> None:
    """Run the command line. Exit codes: 0 clean, 1 findings or failures, 2 bad input or usage, or a fault of ours.

    A reader of the output that has gone (``| head``) ends it with 141, as other programs.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  as long as the program
    if sys.stdout is None:
        sys.stderr.write("The output cannot be written: standard output is closed.\n")
        sys.exit(2)
    for stream in (sys.stdout, sys.stderr):
        # What is written is UTF-8 on every system, as JSON has to be.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        try:
            build()(prog_name="aava-rules")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
        sys.exit(CLOSED_PIPE)
    except OSError as error:
        sys.stderr.write(f"The output cannot be written: {error.strerror or type(error).__name__}.\n")
        sys.exit(2)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        # neither message nor traceback is shown, since both may quote a record; the places in the code do not
        places = " < ".join(
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)[-4:])
        )
        sys.stderr.write(
            f"aava-rules failed with {type(error).__name__} ({places}). Please report it with this line.\n"
        )
        sys.exit(2)
