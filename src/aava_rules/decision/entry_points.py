"""The entry points of plugins: which are installed, found without loading anything."""

from __future__ import annotations

import os
from importlib import metadata
from typing import Final

GROUP: Final = "aava_rules"
"""The group of the entry points. `hookspecs.PROJECT` is the same word, but to import it would import pluggy."""
DISABLE: Final = "AAVA_RULES_DISABLE_PLUGINS"
"""The environment variable that disables plugins: ``1`` for all of them, else their names, separated by commas."""


def installed() -> list[metadata.EntryPoint]:
    """The entry points of the plugins that are not disabled, sorted by name.

    A plugin is disabled by its own name or by that of its distribution.
    """
    disabled = {name.strip() for name in os.environ.get(DISABLE, "").split(",") if name.strip()}
    if "1" in disabled:
        return []
    points = sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return [point for point in points if not disabled & {point.name, point.dist.name if point.dist else ""}]
