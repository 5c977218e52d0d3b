"""What is used where the distribution is installed: the commands, and a log if the environment names one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aava_rules import hookimpl
from aava_rules_audit.log import AuditLog
from aava_rules_audit.rows import AuditLogError, read_key

if TYPE_CHECKING:
    import typer

LOG: Final = "AAVA_RULES_AUDIT_LOG"
"""The variable of the environment with the path of the log."""
KEY_FILE: Final = "AAVA_RULES_AUDIT_KEY_FILE"
"""The variable with the path of the file that has the key."""
SYNC: Final = "AAVA_RULES_AUDIT_SYNC"
"""The variable that says whether a row is on the disk before its decision is given: ``yes``, the default, or ``no``."""


class Commands:
    """The commands, without a log: no decision is noted, and a strict audit does not load."""

    @hookimpl
    def register_commands(self, app: typer.Typer) -> None:
        """Add ``audit verify`` and ``replay`` to ``app``, the typer application."""
        from aava_rules_audit.commands import add_to

        add_to(app)


class CommandsAndLog(AuditLog, Commands):
    """The commands, and the log that the environment names."""


def _plugin() -> Commands:
    """The plugin as the environment wants it. Raises AuditLogError, whereupon it is left out and named."""
    path = os.environ.get(LOG)
    if not path:
        return Commands()
    key_file = os.environ.get(KEY_FILE)
    if not key_file:
        raise AuditLogError(f"{LOG} names a log, and {KEY_FILE} no key.")
    sync = os.environ.get(SYNC, "yes")
    if sync not in ("yes", "no"):
        raise AuditLogError(f"{SYNC} is yes or no.")
    return CommandsAndLog(Path(path), read_key(key_file), sync=sync == "yes")


plugin = _plugin()
