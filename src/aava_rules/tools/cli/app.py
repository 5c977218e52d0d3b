"""The program ``aava-rules``: the typer application with the commands of all plugins."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

import aava_rules
from aava_rules.language.errors import AavaRulesError
from aava_rules.tools.cli.configuration import find_configuration, read_defaults
from aava_rules.tools.cli.ending import CLOSED_PIPE, drop_output, stop
from aava_rules.tools.cli.index import add_needed_to
from aava_rules.tools.cli.told import forget_language

if TYPE_CHECKING:
    from aava_rules.decision.plugins import Plugins

_COMPLETING: Final = "_AAVA_RULES_COMPLETE"
"""The variable by which a shell asks for completions, beside others of its own."""


class Program(TyperGroup):
    """The commands, those of plugins too: whatever one of them raises ends with 2, and never with 1.

    1 says that there are findings or failures, and nothing else may say so."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """As any group; ``--help`` and ``--version`` are written here.

        Args:
            args: as of any group.
            extra: as of any group.
        """
        with _ended_with_2():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """As any group; the commands run here.

        Args:
            ctx: the context of the group.
        """
        with _ended_with_2():
            return super().invoke(ctx)


@contextmanager
def _ended_with_2() -> Iterator[None]:
    """Tell the errors of the library, and let none reach the library of the command line, which ends some with 1."""
    try:
        yield
    except AavaRulesError as error:
        stop(error)
    except BrokenPipeError:
        drop_output()
        raise typer.Exit(CLOSED_PIPE) from None
    except (EOFError, typer.Abort) as error:
        _tell_failure(error)
        raise typer.Exit(2) from None


def build(plugins: Plugins | None = None, arguments: Sequence[str] | None = None) -> typer.Typer:
    """The command line with the commands of all plugins; the library's own come from the built-in plugin.

    Args:
        plugins: the plugins to use; None for the installed ones.
        arguments: what the program was called with, so that it has no more commands than it needs; None for all.
    """

    def installed() -> Plugins:
        nonlocal plugins
        if plugins is None:
            from aava_rules.decision.plugins import manager  # who asks for the version does not wait for it

            plugins = manager()
        return plugins

    # A traceback with local variables could show what a record holds. Help and errors are plain text: frames around
    # them break lines that are to be copied, and brackets and colons in them are no markup.
    app = typer.Typer(
        name="aava-rules",
        cls=Program,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    )

    @app.callback()
    def start(
        context: typer.Context,
        config: Annotated[
            Path | None,
            typer.Option("--config", metavar="FILE", help="File with settings. Default: as below.", show_default=False),
        ] = None,
        no_config: Annotated[bool, typer.Option("--no-config", help="Read no file with settings.")] = False,
        version: Annotated[
            bool,
            typer.Option("--version", "-V", help="Show the version and exit.", is_eager=True, callback=_show_version),
        ] = False,
    ) -> None:
        """Dated, cited rules of Finnish work rehabilitation: check plans, decide, explain, test rulebooks.

        Settings are read from aava-rules.toml, or the section [tool.aava-rules] of pyproject.toml, in this folder or
        the nearest one above it: rulebook, language, audience, format and fail-on, and in a table with the name of a
        command its own options. docs/configuration.md tells more.

        \b
        Exit codes:
          0    clean
          1    findings, failures or remarks
          2    bad input or usage, or a fault of the program
          130  interrupted
          141  nobody reads the output any more

        \b
        Examples:
          aava-rules check plans/ --on 2025-06-01
          aava-rules --install-completion
        \f
        """
        forget_language()
        if not no_config:
            path = config or find_configuration(Path.cwd())
            if path is not None:
                commands: Any = context.command
                context.default_map = read_defaults(path, commands.commands, installed().reports())

    if arguments is None:
        installed().add_commands(app)
    else:
        add_needed_to(app, arguments, installed)
    for command in app.registered_commands:
        if command.callback is not None and inspect.signature(command.callback).parameters:
            from aava_rules.tools.cli.options import with_search_path  # a list of commands does without options

            command.callback = with_search_path(command.callback)
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
            build(arguments=sys.argv[1:])(prog_name="aava-rules")
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
        if isinstance(error, KeyError) and _COMPLETING in os.environ:
            sys.stderr.write(f"{_COMPLETING} is set by a shell that completes a line: see --install-completion.\n")
        else:
            _tell_failure(error)
        sys.exit(2)


def _tell_failure(error: BaseException) -> None:
    # neither message nor traceback is shown, since both may quote a record; the places in the code do not
    places = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)[-4:])
    )
    sys.stderr.write(f"aava-rules failed with {type(error).__name__} ({places}). Please report it with this line.\n")
