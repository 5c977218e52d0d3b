"""What the conformance kit does to sources and to what is read of them: damage, streams, and texts of errors."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from aava_rules.adapters import BadRow, Row


class OneWay(io.RawIOBase):
    """A stream of bytes that can only be read on, as standard input and sockets are."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As other streams: fill ``buffer``, and tell by how many bytes."""
        return self._data.readinto(buffer)


def new_folder(folder: Path, name: str) -> Path:
    """A new folder called ``name`` in ``folder``."""
    (folder / name).mkdir()
    return folder / name


def key_of(row: Row | BadRow) -> str:
    """The id of the record of ``row``, empty if it has none."""
    return str(row.record.get("id")) if isinstance(row, Row) else ""


def shown(row: Row | BadRow) -> Any:
    """All that comes out of an adapter with ``row``."""
    return [row.place, dict(row.record) if isinstance(row, Row) else row.reason]


def chain_texts(error: BaseException | None) -> Iterator[str]:
    """What could land in a log of ``error``, and of all errors behind it."""
    passed: set[int] = set()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in passed:
            continue
        passed.add(id(error))
        yield f"{error} {error!r} {error.args!r} {getattr(error, '__notes__', '')} {vars(error)!r}"
        waiting += [error.__cause__, error.__context__]


def files_of(source: Path) -> list[Path]:
    """The files of ``source``, which is a file or a folder of them."""
    return [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())


def size_of(source: Path) -> int:
    """The bytes of the files of ``source``."""
    return sum(file.stat().st_size for file in files_of(source))


_DAMAGE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "empty": lambda data: b"",
    "cut off": lambda data: data[: len(data) * 3 // 5],
    "overwritten in the middle": lambda data: data[: len(data) // 2] + b"\xff\x00{;" * 5 + data[len(data) // 2 + 20 :],
    "begun with other bytes": lambda data: b"\x00\xfe<?" + data,
}


def damaged(source: Path, folder: Path) -> Iterator[Path]:
    """Copies of a source that are empty, cut off, or have other bytes in them, with the names of what they are.

    Args:
        source: a file or a folder.
        folder: where the copies are put; those of before are replaced.
    """
    for name, damage in _DAMAGE.items():
        place = folder / f"{name}{source.suffix}" if source.is_file() else folder / name / source.name
        shutil.rmtree(place, ignore_errors=True)
        if source.is_file():
            place.unlink(missing_ok=True)
            shutil.copy(source, place)
        else:
            shutil.copytree(source, place)
        for file in files_of(place):
            file.write_bytes(damage(file.read_bytes()))
        yield place
