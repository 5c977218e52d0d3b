"""The commands of ``aava-rules`` by name: where each is, and what it does in a line.

A program that is called with one command imports that one, and help lists all without importing any.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.entry_points import installed
from aava_rules.language.errors import AavaRulesError
from aava_rules.tools.cli.configuration import find_configuration

if TYPE_CHECKING:
    import typer

    from aava_rules.decision.plugins import Plugins

COMMANDS: Final[dict[str, tuple[str, str, str]]] = {
    "check": ("check", "check", "Check plans and periods against the rules."),
    "decide": ("commands", "decide", "Answer all that is asked of records."),
    "explain": ("commands", "explain", "Explain an answer: why or why not, by what paragraph."),
    "next": ("show", "next_steps", "Show a client's place on the client path, and what is due."),
    "show": ("show", "show", "Show a rulebook to read, as law reads."),
    "diff": ("diff", "diff", "Show what a change of rules or of the day does."),
    "test": ("commands", "run_cases", "Run the worked cases of a rulebook and of those below it."),
    "lint": ("lint", "lint", "Tell every fault of a rulebook, or what it lacks."),
    "mutate": ("mutate", "mutate", "Tell which changes of a rulebook no case would notice."),
    "schema": ("commands", "schema", "Print a JSON Schema of what goes in or comes out."),
    "plugins": ("commands", "plugins", "List the plugins, what each adds, and why some are broken."),
    "map": ("map_source", "map_source", "Propose a mapping file for the tables of a system."),
    "names": ("names", "names", "List what can be named in records, rules and options."),
    "serve": ("serve", "serve", "Answer requests of another program, line by line."),
    "ahead": ("look_ahead", "ahead", "Tell on which day which answer will be another."),
    "due": ("due", "due", "List what is to be done within a time."),
    "checklist": ("checklist", "checklist", "List what must stand in a plan of a kind and a day."),
    "counts": ("counts", "counts", "Count clients by answer, municipality and quarter."),
    "months": ("months", "months", "Tell the money of a month, from attendance."),
    "init": ("init", "init", "Begin a local rulebook, an amendment, or a copy."),
}
"""Of each command its module in this folder, its function there, and the first paragraph of its help."""
_ABOUT: Final = (["--help"], ["-h"], ["--version"], ["-V"])
"""With these arguments no command runs."""


def add_to(app: typer.Typer, names: Iterable[str] = COMMANDS) -> None:
    """Add commands of the library to ``app``.

    Args:
        app: the typer application.
        names: the commands; all of them by default.
    """
    for name in names:
        module, function, _ = COMMANDS[name]
        app.command(name)(getattr(import_module(f"aava_rules.tools.cli.{module}"), function))


def add_needed_to(app: typer.Typer, arguments: Sequence[str], plugins: Callable[[], Plugins]) -> None:
    """Add those commands to ``app`` that a call needs: of all of them the name and the line if none of them runs.

    Where plugins add commands, or a file has settings for any of them, all are added as they are.

    Args:
        app: the typer application.
        arguments: what the program was called with.
        plugins: gives the plugins, which are loaded only where there are any that might add commands.
    """
    is_plain = not any(name.endswith("_COMPLETE") for name in os.environ) and not _has_settings()
    if is_plain and installed():
        is_plain = len([plugin for plugin in plugins().loaded if "register_commands" in plugin.hooks]) == 1
    if is_plain and list(arguments) in _ABOUT:
        for name, (_, _, line) in COMMANDS.items():
            app.command(name)(_named(line))
    elif is_plain and arguments and arguments[0] in COMMANDS:
        add_to(app, arguments[:1])
    else:
        plugins().add_commands(app)


def _has_settings() -> bool:
    try:
        return find_configuration(Path.cwd()) is not None
    except (AavaRulesError, OSError):
        return True  # what is wrong with them is told where they are read


def _named(line: str) -> Callable[[], Any]:
    """A command that does nothing; its help is ``line``."""

    def command() -> None:
        return None

    command.__doc__ = line
    return command
