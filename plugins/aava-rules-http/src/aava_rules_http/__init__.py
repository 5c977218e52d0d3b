"""aava-rules as a service over HTTP.

A thin layer over the requests and answers of `aava_rules.tools.protocol`: what is asked and answered is as for
``aava-rules serve``, and here are the paths, tokens, limits, metrics and logs. `settings` says what can be set, `app`
makes the application, `gate` stands before every request, `server` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aava_rules_http.app import create_app
    from aava_rules_http.settings import Settings, SettingsError, read_settings

__all__ = ["Settings", "SettingsError", "create_app", "read_settings"]


def __getattr__(name: str) -> Any:
    # the plugin is imported wherever a rulebook is loaded, and only the service needs what a service needs
    if name == "create_app":
        from aava_rules_http.app import create_app

        return create_app
    if name in ("Settings", "SettingsError", "read_settings"):
        from aava_rules_http import settings

        return getattr(settings, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
