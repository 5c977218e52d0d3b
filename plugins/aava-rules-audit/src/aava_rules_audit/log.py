"""The log itself: a row for each decision and each block of a table, appended to a file of JSON Lines."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from aava_rules import Decision, hookimpl
from aava_rules.hookspecs import Context, TableView
from aava_rules_audit.rows import FORM, START, AuditLogError, checked_key, code, record_bytes, sealed

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_TAIL: Final = 64 * 1024
"""How many bytes from the end of a log its last row is looked for in; a row has about 1,000."""


def _now() -> datetime:
    return datetime.now(UTC)


class AuditLog:
    """A log as a plugin: ``aava_rules.load("finland", plugins=[AuditLog(path, key)], audit="strict")``.

    Threads may share one. Where the system can lock files (not on Windows), so may processes: each takes up the chain
    where another one left it.
    """

    def __init__(self, path: Path | str, key: bytes, *, sync: bool = True, now: Callable[[], datetime] = _now) -> None:
        """Open a log, which is made if it is not there.

        Args:
            path: the file.
            key: the secret of the host, of at least 32 bytes, under which rows and what they are of are coded.
            sync: whether a row is on the disk before the caller gets the decision. Without it the last rows may be lost
                where the whole machine fails, not where the program does.
            now: the clock.

        Raises:
            AuditLogError: the file cannot be written, ends in the middle of a row, or the key is too short.
        """
        self.path = Path(path)
        self._key = checked_key(key)
        self._sync = sync
        self._now = now
        self._lock = threading.Lock()
        self._library = version("aava-rules")
        self._end = -1
        """Where the file ended after the last row that was written or read here; -1 before that."""
        self._number, self._last = 0, START
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise AuditLogError(f"{self.path}: the audit log cannot be opened ({error.strerror}).") from None
        with self._alone():
            self._take_up()

    def close(self) -> None:
        """Close the file. A decision after that is not noted: its hook fails."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    @hookimpl
    def decided(self, decision: Decision, context: Context) -> None:
        """Append the row of a decision.

        Args:
            decision: what was decided. Its answer is worked out whole, since the row has a code of all of it.
            context: what was asked, by whom and for what.

        Raises:
            OSError: the row cannot be written.
        """
        self._append(
            {
                "kind": "decision",
                "record_id": decision.record_id,
                **self._asked(decision, context),
                "input": code(self._key, "record", record_bytes(decision.record)),
                "output": code(self._key, "decision", decision.to_json().encode("utf-8", "surrogatepass")),
            }
        )

    @hookimpl
    def decided_table(self, block: TableView, context: Context) -> None:
        """Append the row of a block of a table.

        Args:
            block: what was answered, and how many clients got which answer.
            context: what was asked, by whom and for what.

        Raises:
            OSError: the row cannot be written.
        """
        ids = json.dumps(list(block.ids)).encode("ascii")
        self._append(
            {
                "kind": "table",
                **self._asked(block, context),
                "clients": len(block.ids),
                "ids": code(self._key, "ids", ids),
                "outcomes": {name: dict(counts) for name, counts in block.outcomes.items()},
                "findings": {name: dict(counts) for name, counts in block.findings.items()},
                "next_steps": dict(block.next_steps),
            }
        )

    def _asked(self, answer: Decision | TableView, context: Context) -> dict[str, Any]:
        only = context["only"]
        return {
            "actor": context["actor"],
            "purpose": context["purpose"],
            "on": answer.on.isoformat(),
            "only": None if only is None else sorted(only),
            "rulebook": {name: answer.rulebook[name] for name in ("name", "version", "sha256")},
            "engine": answer.engine,
            "library": self._library,
        }

    def _append(self, values: dict[str, Any]) -> None:
        with self._alone():
            self._take_up()
            time = self._now().astimezone(UTC).isoformat(timespec="microseconds")
            row = {"form": FORM, "number": self._number + 1, "time": time, **values, "previous": self._last}
            line = sealed(row, self._key)
            written = os.write(self._file, line)
            if written != len(line):
                os.ftruncate(self._file, self._end)  # half a row would end the chain for all that follow
                raise OSError("The audit log took only a part of a row; is the disk full?")
            if self._sync:
                os.fsync(self._file)
            self._end += written
            self._number, self._last = self._number + 1, json.loads(line)["code"]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep out other threads, and other processes."""
        with self._lock:
            if self._file < 0:
                raise OSError("The audit log is closed.")
            if fcntl is None:
                yield
                return
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take_up(self) -> None:
        """Find the last row, if another process has written since. Raises AuditLogError if it is not whole."""
        end = os.lseek(self._file, 0, os.SEEK_END)
        if end == self._end:
            return
        if end < max(self._end, 0):
            raise AuditLogError(f"{self.path}: the audit log is shorter than it was. Verify it, and begin another one.")
        number, last = 0, START
        if end:
            os.lseek(self._file, max(0, end - _TAIL), os.SEEK_SET)
            number, last = self._last_row(os.read(self._file, _TAIL))
        self._end, self._number, self._last = end, number, last

    def _last_row(self, tail: bytes) -> tuple[int, str]:
        try:
            assert tail.endswith(b"\n")
            row = json.loads(tail.splitlines()[-1])
            return int(row["number"]), str(row["code"])
        except (AssertionError, ValueError, KeyError, TypeError):
            pass
        advice = "Verify it, put it aside, and begin another one."
        raise AuditLogError(f"{self.path}: the audit log does not end with a whole row. {advice}")
