"""Where a command writes its result: standard output, or a file that is whole or not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
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
        _replace(unfinished, path)
    except OSError as error:
        raise _unwritten(path, error) from None


@contextmanager
def output_folder(path: Path) -> Iterator[Path]:
    """A folder for what becomes the file ``path``: the file of that name in it, which takes its place at the end.

    The folder lies beside ``path``, and is removed. An error leaves ``path`` as it was.

    Raises:
        AavaRulesError: the file cannot be written.
    """
    try:
        with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
            _replace(Path(folder) / path.name, path)
    except OSError as error:
        raise _unwritten(path, error) from None


def _replace(unfinished: Path, path: Path) -> None:
    if os.name == "posix":
        unfinished.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
    unfinished.replace(path)


def _unwritten(path: Path, error: OSError) -> AavaRulesError:
    return AavaRulesError(f"{path}: cannot be written ({error.strerror or type(error).__name__}).")


def _umask() -> int:
    """The permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
