"""The hash of rule files, by which a rulebook is named and a pack is known to be stale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def rule_files(folder: Path) -> list[tuple[str, bytes]]:
    """Every rule file of a rulebook's folder: its path in the folder, and its bytes."""
    found = []
    for child in sorted(folder.iterdir()):
        if child.name.startswith((".", "_")):
            continue
        if child.suffix == ".yaml":
            found.append((child.name, child.read_bytes()))
        elif child.is_dir():
            inner = [file for file in sorted(child.glob("*.yaml")) if not file.name.startswith((".", "_"))]
            found += [(f"{child.name}/{file.name}", file.read_bytes()) for file in inner]
    return found


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """The sha256 of named files: names, lengths and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name, data in sorted(files):
        total.update(f"{len(name.encode())}:{name}{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()
