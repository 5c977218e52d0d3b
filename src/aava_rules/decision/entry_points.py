"""The entry points of plugins: which are installed, found without loading anything."""

from __future__ import annotations

import os
from importlib import metadata
from typing import Final

GROUP: Final = "aava_rules"
"""The group of the entry points. `hookspecs.PROJECT` is the same word, but to import it would import pluggy."""
DISABLE: Final = "AAVA_RULES_DISABLE_PLUGINS"
"""The environment variable that disables plugins: ``1`` all of them, else the names in a comma list."""


def installed() -> list[metadata.EntryPoint]:
    """The entry points of the plugins that are not disabled, by their names or those of their distributions."""
    disabled = {name.strip() for name in os.environ.get(DISABLE, "").split(",") if name.strip()}
    if "1" in disabled:
        return []
    found = sorted(metadata.entry_points(group=GROUP), key=lambda one: (one.name, one.value))
    return [one for one in found if not disabled & {one.name, one.dist.name if one.dist else ""}]
