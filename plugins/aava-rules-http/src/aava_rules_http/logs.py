"""The log: a line of JSON for each request, and for what the service does by itself. Never contents."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

LOGGER: Final = logging.getLogger("aava_rules_http")


class JsonFormatter(logging.Formatter):
    """A line of JSON for each entry: time, level, what happened, and what ``extra={"fields": {...}}`` has.

    Of an exception the type alone is told: its message and its traceback may quote a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of ``record``."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, Any] = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            entry.update(fields)
        if record.exc_info and record.exc_info[0] is not None:
            entry["event"] = f"{record.name} raised"
            entry["error"] = record.exc_info[0].__name__
        return json.dumps(entry, ensure_ascii=True)


def to_stream(stream: TextIO | None = None) -> None:
    """Send the log of the service and of uvicorn to a stream; None for standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("aava_rules_http", "uvicorn", "aava_rules.plugins"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
