"""The entry points of plugins: which are installed, found without loading anything."""

from __future__ import annotations

import os
from importlib import metadata
from typing import Final

GROUP: Final = "aava_rules"
"""The group of the entry points. `hookspecs.PROJECT` is the same word, but to import it would import pluggy."""
DISABLE: Final = "AAVA_RULES_DISABLE_PLUGINS"
"""The environment variable that disables plugins: a word of ALL for all of them, else names, separated by commas."""
ALL: Final = frozenset({"1", "true", "yes", "on", "all"})
"""The words, in small or capital letters, with which `DISABLE` means all plugins."""


def disabled() -> set[str]:
    """The names, or the word for all, in the environment variable that disables plugins."""
    return {name.strip() for name in os.environ.get(DISABLE, "").split(",") if name.strip()}


def unknown_names() -> list[str]:
    """The names of disabled plugins that no installed one has, sorted: a slip there leaves a plugin in use."""
    names = disabled()
    if not names or ALL & {name.lower() for name in names}:
        return []
    known = {"0", "false", "no", "off", "none"}
    for point in metadata.entry_points(group=GROUP):
        known |= {point.name, point.dist.name if point.dist else ""}
    return sorted(names - known)


def installed() -> list[metadata.EntryPoint]:
    """The entry points of the plugins that are not disabled, sorted by name.

    A plugin is disabled by its own name or by that of its distribution.
    """
    names = disabled()
    if ALL & {name.lower() for name in names}:
        return []
    points = sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return [point for point in points if not names & {point.name, point.dist.name if point.dist else ""}]
