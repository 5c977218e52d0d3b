"""The hash of rule files, by which a rulebook is named and a pack is known to be stale."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def rule_files(folder: Path) -> list[tuple[str, bytes]]:
    """Every rule file of a rulebook's folder: its path in the folder, and its bytes."""
    found = []
    for child in _entries(folder):
        if child.name.endswith(".yaml"):
            found.append((child.name, _read(child)))
        elif os.path.isdir(child):
            inner = [file for file in _entries(child) if file.name.endswith(".yaml")]
            found += [(f"{child.name}/{file.name}", _read(file)) for file in inner]
    return found


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    # a program that starts reads them all, and pathlib would take several times as long
    with os.scandir(folder) as entries:
        return sorted((one for one in entries if not one.name.startswith((".", "_"))), key=lambda one: one.name)


def _read(file: os.DirEntry[str]) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """The sha256 of named files: names, lengths and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name, data in sorted(files):
        total.update(f"{len(name.encode())}:{name}{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()
