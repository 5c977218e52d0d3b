"""Where a command writes its result: standard output, or a file that is whole or not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, TextIO

import typer

from aava_rules.language.errors import AavaRulesError

OutputPath = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="File to write to, in place of standard output. It is replaced when the result is whole.",
        show_default=False,
    ),
]


@contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
    """The text stream of a result, in UTF-8.

    Args:
        path: the file that takes the place of standard output; None for standard output. What is written lies beside
            it until all is there, so that an error leaves the file as it was.

    Raises:
        AavaRulesError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", newline="\n", dir=path.parent, prefix=f".{path.name}.",
            delete=False,
        ) as stream:  # fmt: skip
            unfinished = Path(stream.name)
            try:
                yield stream  # type: ignore[misc]
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink()
                raise
        if os.name == "posix":
            unfinished.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        unfinished.replace(path)
    except OSError as error:
        raise AavaRulesError(f"{path}: cannot be written ({error.strerror or type(error).__name__}).") from None


def _umask() -> int:
    """The permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
