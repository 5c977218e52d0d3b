"""What a row says, its form as bytes, and the codes under the key of the host."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aava_rules import AavaRulesError, Record

FORM: Final = 1
"""The number of the form of rows. A later form gets another one, and old rows go on being verified by theirs."""
KEY_MIN: Final = 32
"""Fewest bytes of a key."""
START: Final = "0" * 64
"""What stands in the first row in place of the code of the one before."""


class AuditLogError(AavaRulesError):
    """A log or its key cannot be used."""


def read_key(path: Path | str) -> bytes:
    """The key in a file: its bytes without white space at the ends.

    Args:
        path: the file, which nobody but the host should be able to read.

    Raises:
        AuditLogError: the file cannot be read, or the key is too short to be a secret.
    """
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise AuditLogError(f"The key of the audit log cannot be read ({error.strerror}).") from None
    return checked_key(key)


def checked_key(key: bytes) -> bytes:
    """``key``, if it is long enough to be a secret. Raises AuditLogError."""
    if len(key) < KEY_MIN:
        advice = "Make one, such as by: openssl rand -hex 32"
        raise AuditLogError(f"The key of the audit log has fewer than {KEY_MIN} bytes. {advice}")
    return key


def code(key: bytes, what: str, data: bytes) -> str:
    """The code of some bytes under a key (HMAC-SHA-256), in hexadecimal.

    Args:
        key: the key of the host.
        what: what the bytes are, so that equal bytes of two kinds have two codes.
        data: the bytes.
    """
    return hmac.new(key, what.encode() + b"\x00" + data, hashlib.sha256).hexdigest()


def record_bytes(record: Record) -> bytes:
    """A record in the one form in which it is coded: what is not known is left out, and keys are sorted.

    Args:
        record: the record; two that say the same have the same bytes, however they were written.
    """
    values = json.loads(record.model_dump_json(exclude_defaults=True), parse_float=str)
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """The bytes of a row over which its own code is made: all of it but that code, keys sorted."""
    values = {key: value for key, value in row.items() if key != "code"}
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def sealed(row: dict[str, Any], key: bytes) -> bytes:
    """A row with its code under ``key``, as a line of the log, the end of the line included."""
    return json.dumps({**row, "code": code(key, "row", row_bytes(row))}, ensure_ascii=True).encode("ascii") + b"\n"
