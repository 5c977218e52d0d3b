"""The options that several commands share, and how a command tells that something is wrong.

How far a command is, on standard error while it works, if that is a terminal.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console

from aava_rules.decision.plugins import Plugins
from aava_rules.decision.service import Rulebook, decision_day, load
from aava_rules.engine.choice import engine as engine_of
from aava_rules.language.errors import AavaRulesError, RecordError, nearest

P = ParamSpec("P")
R = TypeVar("R")


class Language(StrEnum):
    """A language of texts."""

    FI = "fi"
    SV = "sv"
    EN = "en"


class FailOn(StrEnum):
    """The weakest finding that makes ``check`` exit with 1."""

    LAW = "law"
    MODEL = "model"
    LOCAL = "local"
    ADVICE = "advice"
    UNKNOWN = "unknown"
    NEVER = "never"


class View(StrEnum):
    """How one answer is written."""

    TEXT = "text"
    JSON = "json"


def day(text: str) -> date:
    """The day of ``--on``."""
    try:
        return decision_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def engine(name: str | None) -> str | None:
    """The engine of ``--engine``, if it is there."""
    try:
        return None if name is None else engine_of(name).name
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


RulebookName = Annotated[str, typer.Option("--rulebook", help="Name of a rulebook, or the path of its folder.")]
Day = Annotated[
    date | None,
    typer.Option("--on", parser=day, metavar="DATE", help="Day of decision. Default: today.", show_default=False),
]
LanguageName = Annotated[Language, typer.Option("--language", help="Language of texts.")]
Records = Annotated[
    list[str], typer.Argument(metavar="RECORDS", help="Files, folders, or - for standard input.", show_default=False)
]


def tells_errors(command: Callable[P, R]) -> Callable[P, R]:
    """A command that tells the library's errors on standard error, without a traceback, and exits with 2."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except AavaRulesError as error:
            stop(error)

    return told


def stop(error: AavaRulesError | str) -> NoReturn:
    """Tell an error and exit with 2."""
    lines = fault_lines(error) if isinstance(error, RecordError) else [str(error)]
    for line in lines:
        say(line)
    raise typer.Exit(2)


def fault_lines(error: RecordError) -> list[str]:
    """The faults of a record, a line each: path, what, why, what to do, code. Never contents."""
    lines = []
    for fault in error.faults:
        advice = " ".join(part for part in (fault.why, fault.hint) if part)
        lines.append(f"{fault.place} {fault.what} [{fault.code}]. {advice}".strip())
    return lines


def say(text: str, console: Console | None = None) -> None:
    """Write a line for the person who runs the program: to standard error, as it is."""
    shown = "".join(one if one.isprintable() or one == "\n" else "?" for one in text)
    console = console or Console(stderr=True)
    console.print(shown, markup=False, highlight=False, soft_wrap=True)


def loaded(name: str) -> Rulebook:
    """The rulebook of ``--rulebook``, with a word on plugins that were left out."""
    rulebook = load(name)
    if rulebook.plugins is not None:
        say_broken(rulebook.plugins)
    return rulebook


def say_broken(plugins: Plugins) -> None:
    """Name the plugins that were left out."""
    for one in plugins.broken:
        of = f"{one.distribution} {one.version}".strip()
        say(f"The plugin {one.name}{f' ({of})' if of else ''} was left out: {one.reason}")


def chosen(kind: str, name: str, known: Iterable[str]) -> str:
    """The name of something that plugins may add. Raises BadParameter if there is none such."""
    names = list(known)
    if name in names:
        return name
    hint = nearest(name, names) or ""
    text = f"There is no {kind} {name[:40]}. {hint} There are {', '.join(names)}.".replace("  ", " ")
    raise typer.BadParameter(text, param_hint=f"--{kind}")


def plugins_of(rulebook: Rulebook) -> Plugins:
    """The plugins of a rulebook that ``loaded`` has loaded."""
    plugins: Any = rulebook.plugins
    assert isinstance(plugins, Plugins)
    return plugins


T = TypeVar("T")
_MEGABYTE = 2**20


class Progress:
    """How much has been read: a bar for each source of which that is known, and one count of all other records.

    Without a terminal (``bar`` is None) it shows nothing.
    """

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar
        self._task: Any = None
        self._megabytes = False
        self._total: int | None = None
        self._done = 0
        self._records = 0

    def source(self, name: str, total: int, *, in_bytes: bool = False) -> None:
        """Begin with a source of so many rows or bytes."""
        self._megabytes = in_bytes
        self._begin(name, total, 0)

    def records(self) -> None:
        """Go on with records of which nobody knows how many there are."""
        if self._task is None or self._total is not None:
            self._megabytes = False
            self._begin("", None, self._records)

    def advance(self, by: int = 1) -> None:
        """So many more records, rows or bytes have been read."""
        self._done += by
        if self._total is None:
            self._records = self._done
        if self._task is not None:
            self._bar.update(self._task, completed=self._done, told=self._told())

    def _begin(self, name: str, total: int | None, done: int) -> None:
        self._done, self._total = done, total
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=total, completed=done, told=self._told())

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """The items, each counted when it is asked for; the display ends with them."""
        self.records()
        for item in items:
            self.advance()
            yield item
        if self._bar is not None:
            self._bar.stop()

    def _told(self) -> str:
        unit = _MEGABYTE if self._megabytes else 1
        of = "" if self._total is None else f" / {self._total // unit}"
        return f"{self._done // unit}{of}{' MB' if self._megabytes else ''}"


@contextmanager
def progress(console: Console, *, wanted: bool = True) -> Iterator[Progress]:
    """The display of a console while something is done; none if it is not wanted, or is no terminal."""
    if not wanted or not console.is_terminal:
        yield Progress()
        return
    from rich.progress import BarColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Known(BarColumn):
        """A bar where it is known how much there is; else it would only run to and fro."""

        def render(self, task: Task) -> Any:
            return Text() if task.total is None else super().render(task)

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        Known(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
    )
    # Left alone, it would take standard output over and write the report to standard error.
    with Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield Progress(bar)
