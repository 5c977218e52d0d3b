"""How far a command is, on standard error while it works, if that is a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console

T = TypeVar("T")
_MEGABYTE = 2**20


class Progress:
    """How much has been read: a bar for each source of known size, and one count of all other records.

    Where several files are read, the bar of all other records is that of the files. Without a terminal (``bar`` is
    None) it shows nothing.
    """

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar
        self._task: Any = None
        self._megabytes = False
        self._total: int | None = None
        self._done = 0
        self._records = 0
        self._files = 0
        self._all_files = 0

    def files(self, total: int) -> None:
        """There are ``total`` files to read in all; one alone has no bar of its own."""
        self._all_files = total if total > 1 else 0
        self._update()

    def next_file(self) -> None:
        """Count one more file as read."""
        self._files += 1
        self._update()

    def source(self, name: str, total: int, *, in_bytes: bool = False) -> None:
        """Begin with a source of known size.

        Args:
            name: what the bar is labelled with.
            total: how many rows or bytes the source has.
            in_bytes: whether ``total`` is in bytes, which are shown as megabytes.
        """
        self._megabytes = in_bytes
        self._begin(name, total, 0)

    def records(self) -> None:
        """Go on with records whose number is not known in advance."""
        if self._task is None or self._total is not None:
            self._megabytes = False
            self._begin("", None, self._records)

    def advance(self, by: int = 1) -> None:
        """Count ``by`` more records, rows or bytes as read."""
        self._done += by
        if self._total is None:
            self._records = self._done
        self._update()

    def _begin(self, name: str, total: int | None, done: int) -> None:
        self._done, self._total = done, total
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, **self._shown())

    def _update(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, **self._shown())

    def _shown(self) -> dict[str, Any]:
        """How far the bar is, of how much, and in words."""
        if self._total is None and self._all_files:
            amount = f"{self._files} / {self._all_files} files, {self._done} records"
            return {"completed": self._files, "total": self._all_files, "amount": amount}
        return {"completed": self._done, "total": self._total, "amount": self._amount()}

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """The ``items``, each counted when it is asked for; the display ends with them."""
        self.records()
        for item in items:
            self.advance()
            yield item
        if self._bar is not None:
            self._bar.stop()

    def _amount(self) -> str:
        unit = _MEGABYTE if self._megabytes else 1
        of = "" if self._total is None else f" / {self._total // unit}"
        return f"{self._done // unit}{of}{' MB' if self._megabytes else ''}"


@contextmanager
def progress(console: Console, *, wanted: bool = True) -> Iterator[Progress]:
    """The display of a console while something is done.

    Args:
        console: standard error.
        wanted: whether to show anything; nothing is shown either if ``console`` is no terminal.
    """
    if not wanted or not console.is_terminal:
        yield Progress()
        return
    from rich.progress import BarColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class BarOfKnownTotal(BarColumn):
        """A bar where the total is known; else it would only run to and fro."""

        def render(self, task: Task) -> Any:
            return Text() if task.total is None else super().render(task)

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarOfKnownTotal(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeElapsedColumn(),
    )
    # By default the bar takes over standard output and writes the report to standard error.
    with Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield Progress(bar)
