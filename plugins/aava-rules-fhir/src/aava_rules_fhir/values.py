"""Values of FHIR as a record has them: days, codes, references; and what is never read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

IDENTITY_CODES: Final = "urn:oid:1.2.246.21"
"""The system of Finnish identity codes (henkilötunnus), as HL7 Finland's base profiles have it."""
MUNICIPALITIES: Final = "urn:oid:1.2.246.537.6.21"
"""The beginning of the system of Finnish municipalities in those profiles; a year may follow."""
TURVAKIELTO: Final = "TURVAKIELTO"
"""The code of non-disclosure for personal safety in ``meta.security``, of which capital letters make no difference."""
HELSINKI: Final = ZoneInfo("Europe/Helsinki")
"""The time by which a moment is a day."""

_IDENTITY_CODE = re.compile(r"(?<![0-9A-Za-z])[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-Y](?![0-9A-Za-z])", re.IGNORECASE)
_PARTIAL = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Unclear(Exception):
    """What stands there cannot be read; the text says where and why, without contents."""


def is_identity_code(text: Any) -> bool:
    """Whether an identity code stands in ``text``, by its form: the check character of samples is often wrong."""
    return isinstance(text, str) and _IDENTITY_CODE.search(text) is not None


def day(value: Any, path: str) -> date | None:
    """The day that a date, dateTime or instant names; None if it is absent or names a month or a year only.

    Args:
        value: What stands in the resource.
        path: Where it stands, for the error.

    Raises:
        Unclear: It is no date.
    """
    if value is None:
        return None
    if isinstance(value, str):
        if _PARTIAL.fullmatch(value):
            return None
        try:
            if _DAY.fullmatch(value):
                return date.fromisoformat(value)
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            # a moment belongs to the day that it is in Finland, whatever the offset in which it was written
            return moment.astimezone(HELSINKI).date()
    raise Unclear(f"{path} is no date of FHIR, such as 2015-06-01.")


def whole_day(value: Any, path: str, why: str) -> date | None:
    """As `day`, for an element that must be whole where it is given.

    Args:
        value: What stands in the resource.
        path: Where it stands, for the error.
        why: What the record would say without it.

    Raises:
        Unclear: It is no date, or names a month or a year only.
    """
    if value is None:
        return None
    named = day(value, path)
    if named is None:
        raise Unclear(f"{path} names no day, and without it {why}. Give the day.")
    return named


def all_known(days: Iterable[date | None]) -> list[date]:
    """The ``days``; none of them where one is not known, since then nobody knows the first of them, nor the last."""
    listed = list(days)
    known = [each for each in listed if each is not None]
    return known if len(known) == len(listed) else []


def codes_of(concept: Any) -> Iterator[str]:
    """The codes of a CodeableConcept, ``system|code`` each; ``concept`` may be anything."""
    for coding in objects(concept, "coding"):
        if isinstance(coding.get("system"), str) and isinstance(coding.get("code"), str):
            yield f"{coding['system']}|{coding['code']}"


def objects(resource: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects in the element ``name`` of a resource or of a part of one; those that are no objects are left out."""
    value = resource.get(name) if isinstance(resource, Mapping) else None
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def part(resource: Any, *names: str) -> Any:
    """The value of a nested element of ``resource``, by its ``names``; None if it is not there."""
    for name in names:
        resource = resource.get(name) if isinstance(resource, Mapping) else None
    return resource
