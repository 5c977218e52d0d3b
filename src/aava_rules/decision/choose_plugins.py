"""Which plugins a rulebook asks: those installed, those that its host hands over, or none.

Plugins are imported only where there are some: a host without them does not wait for their manager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from aava_rules.decision.entry_points import installed
from aava_rules.language.errors import PluginError

if TYPE_CHECKING:
    from aava_rules.decision.plugins import Plugins


def choose_plugins(
    plugins: bool | Iterable[object], audit: Literal["strict"] | None
) -> Plugins | Callable[[], Plugins] | None:
    """The plugins of a rulebook, or what loads them; None for none.

    Args:
        plugins: True for those installed, False for none, or objects with hooks to use besides those installed.
        audit: ``strict`` where a plugin has to note every decision, else None.

    Raises:
        PluginError: One of them cannot be used, or the audit is strict and would not be kept.
    """
    if plugins is True and audit is None and not installed():
        return _only_built_in  # making a manager takes its time, and it would add nothing
    if plugins is not False:
        from aava_rules.decision.plugins import manager, refuse_broken

        chosen = manager(None if plugins is True else plugins)
        refuse_broken(chosen)
        if audit is not None:
            chosen.need_audit()
        return chosen
    if audit is not None:
        raise PluginError("The audit is strict, and no plugin is to be loaded that could take note of decisions.")
    return None


def _only_built_in() -> Plugins:
    from aava_rules.decision.plugins import manager

    return manager()
