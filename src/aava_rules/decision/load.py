"""From the name or folder of a rulebook to a `Rulebook`, or to every fault in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.decision.entry_points import installed
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import Fault, RulebookError, RulebookNotFound
from aava_rules.rulebook.locate import find
from aava_rules.rulebook.model import Parts

if TYPE_CHECKING:
    from aava_rules.decision.plugins import Plugins


def load(rulebook: str | os.PathLike[str], *, plugins: bool | Iterable[object] = True) -> Rulebook:
    """Load a rulebook by its name (``aava``, ``finland==2026.1``) or the path of its folder.

    ``plugins``: False for none, True for those installed, or objects with hooks to use besides them.
    Raises RulebookNotFound, or RulebookError with every fault of the rulebook and of those below it.
    """
    from aava_rules.rulebook.pack import packed

    found: Plugins | Callable[[], Plugins] | None = None
    more: Mapping[str, Path] = {}
    if plugins is True and not installed():
        found = _only_built_in  # making a manager takes its time, and it would add nothing
    elif plugins is not False:
        from aava_rules.decision.plugins import manager

        found = manager(None if plugins is True else plugins)
        more = found.rulebooks()
    name, _, version = os.fspath(rulebook).partition("==")
    folder = find(name, more)
    parts = packed(folder) or _read(folder, more)
    there = parts.layers[-1].version
    if version and there != version:
        advice = "Ask for the one there is, or install the other."
        raise RulebookNotFound(f"Rulebook {name} is of version {there}, not {version[:40]}. {advice}")
    return Rulebook(parts, found, folder)


def _only_built_in() -> Plugins:
    from aava_rules.decision.plugins import manager

    return manager()


def _read(folder: Path, more: Mapping[str, Path]) -> Parts:
    from aava_rules.rulebook.loader import load_parts

    def below(extends: str) -> Path:
        return find(extends.partition("==")[0], more, folder.parent)

    return load_parts(folder, below)


def check(rulebook: str | os.PathLike[str]) -> list[Fault]:
    """Every fault of a rulebook (by name or path) and of those below it; none if it is right.

    Raises RulebookNotFound.
    """
    from aava_rules.decision.plugins import manager

    more = manager().rulebooks()
    folder = find(os.fspath(rulebook).partition("==")[0], more)
    try:
        _read(folder, more)
    except RulebookError as error:
        return list(error.faults)
    return []
