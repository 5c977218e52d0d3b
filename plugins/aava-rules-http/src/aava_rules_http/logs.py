"""The log: a line of JSON for each request, and for what the service does by itself. Never contents."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

LOGGER: Final = logging.getLogger("aava_rules_http")
_encode: Final = json.JSONEncoder(ensure_ascii=True).encode


class JsonFormatter(logging.Formatter):
    """A line of JSON for each entry: time, level, what happened, and what ``extra={"fields": {...}}`` has.

    Of an exception the type alone is told: its message and its traceback may quote a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of ``record``."""
        fields = getattr(record, "fields", None)
        values = fields if isinstance(fields, dict) else {}
        if record.exc_info and record.exc_info[0] is not None:
            told = {**values, "error": record.exc_info[0].__name__}
            return _line(record.created, record.levelname.lower(), f"{record.name} raised", told)
        return _line(record.created, record.levelname.lower(), record.getMessage(), values)


def _line(moment: float, level: str, event: str, fields: Mapping[str, Any]) -> str:
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return _encode({"time": written, "level": level, "event": event, **fields})


class _Lines(logging.StreamHandler[TextIO]):
    """What writes the lines, each at once."""

    def answered(self, fields: Mapping[str, Any]) -> None:
        """Write the line of a request, which needs nothing that a record of logging finds out about its caller."""
        line = f"{_line(time.time(), 'info', 'answered', fields)}\n"
        self.acquire()
        try:
            self.stream.write(line)
            self.stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads the log any more, which is no reason not to answer
        finally:
            self.release()


def answered(fields: dict[str, Any]) -> None:
    """Note a request that was answered.

    Args:
        fields: what is told of it; no contents.
    """
    if not LOGGER.isEnabledFor(logging.INFO):
        return
    handlers = LOGGER.handlers
    if len(handlers) == 1 and isinstance(handlers[0], _Lines) and not LOGGER.propagate:
        handlers[0].answered(fields)
    else:
        LOGGER.info("answered", extra={"fields": fields})


def to_stream(stream: TextIO | None = None) -> None:
    """Send the log of the service and of uvicorn to a stream; None for standard error."""
    handler = _Lines(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("aava_rules_http", "uvicorn", "aava_rules.plugins"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
