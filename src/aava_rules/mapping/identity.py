"""Identity codes, which no record may hold: how they are recognised, and how ids are hashed instead.

A Finnish personal identity code is a day of birth, a sign of the century, a number of three digits and a check
character: the remainder of the nine digits divided by 31, as a character of 31 (Digital and Population Data Services
Agency; signs of the reform of 2023 included).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

KEY_MIN: Final = 16
"""The fewest bytes of a key with which ids are hashed."""

_SHAPE = re.compile(r"(\d{6})[-+A-FU-Y](\d{3})([0-9A-FHJ-NPR-Y])", re.ASCII)
_CHECK: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_identity_code(text: str) -> bool:
    """Whether ``text`` is a Finnish personal identity code: of the right form and with the right check character.

    Codes of the numbers 900 to 999, which are given for a time or for tests, count as well.
    """
    match = _SHAPE.fullmatch(text.strip().upper())
    if match is None:
        return False
    day, month = int(match[1][:2]), int(match[1][2:4])
    return 1 <= day <= 31 and 1 <= month <= 12 and _CHECK[int(match[1] + match[2]) % 31] == match[3]


def looks_like_identity_code(text: str) -> bool:
    """Whether ``text`` has the form of an identity code, its check character right or not, as samples often have it."""
    return _SHAPE.fullmatch(text.strip().upper()) is not None


def canonical_key(text: str) -> str:
    """A key of which an id is hashed, ``text``, in its one spelling: identity codes count the same in small letters."""
    key = text.strip()
    return key.upper() if looks_like_identity_code(key) else key


def hashed(text: str, key: bytes) -> str:
    """The opaque key of an id: HMAC-SHA256 in hexadecimal digits, so that nobody without the key finds the id.

    Args:
        text: the id as text. An identity code counts the same in small and capital letters.
        key: the host's own secret, of at least KEY_MIN bytes.
    """
    return hmac.new(key, canonical_key(text).encode(), hashlib.sha256).hexdigest()
