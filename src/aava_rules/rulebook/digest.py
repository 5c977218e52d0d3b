"""The hash of rule files, by which a rulebook is named and a pack is known to be stale."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def rule_files(folder: Path) -> list[tuple[str, bytes]]:
    """Every rule file in ``folder``, the folder of a rulebook: its path in the folder, and its bytes.

    Names that begin with a dot or an underscore are left out.
    """
    files = []
    for child in _entries(folder):
        if child.name.endswith(".yaml"):
            files.append((child.name, Path(child).read_bytes()))
        elif os.path.isdir(child):
            inner = [file for file in _entries(child) if file.name.endswith(".yaml")]
            files += [(f"{child.name}/{file.name}", Path(file).read_bytes()) for file in inner]
    return files


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    # a program that starts looks at them all, which pathlib would take several times as long for
    with os.scandir(folder) as entries:
        return sorted(
            (entry for entry in entries if not entry.name.startswith((".", "_"))), key=lambda entry: entry.name
        )


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """The sha256, in hexadecimal, of ``files`` (name and bytes of each): names, lengths and bytes, ordered by name."""
    total = hashlib.sha256()
    for name, data in sorted(files):
        total.update(f"{len(name.encode())}:{name}{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()
