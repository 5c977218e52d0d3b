"""The records of the conformance kit: complete ones, and for each check those that differ from them in one thing.

A complete record says everything that a check could lack, so that an adapter with one fault fails the check of that
fault and no other. The names of facts are those of the rulebook ``finland``.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.record import read

Record = dict[str, Any]

ABSENT: Final = "left out"
"""In place of a value: the key is not there."""
CANARY: Final = "Kanarialintu-7041"
"""A text that is in no message unless the contents of a source are."""
CODES: Final = ("010594Y9032", "020594X903P", "030594W903B")
"""Identity codes of the range that is kept for tests: no person has one."""
IDS: Final = ("0017", "1e5", "-5", "true", "A/17", "Å-17")
"""Ids that a source may have, and that a reader may take for numbers, truth values or another encoding."""
DAYS: Final = (
    FIRST_DAY, date(1900, 2, 28), date(1900, 3, 1), date(1969, 12, 31), date(1970, 1, 1), date(1999, 12, 31),
    date(2000, 2, 29), date(2015, 3, 29), date(2015, 10, 25), date(2015, 12, 31), date(2016, 1, 1), date(2016, 2, 29),
    date(2026, 5, 1), date(2038, 1, 20), LAST_DAY,
)  # fmt: skip
"""Edges of calendars, years, two-digit years, summer time in Finland, seconds in 32 bits, and of records."""
VARIANTS: Final[tuple[tuple[str, Any], ...]] = (
    ("facts", ABSENT), ("facts.unemployed", False), ("facts.unemployed", ABSENT), ("facts.subsidy_days", 0),
    ("facts.subsidy_days", ABSENT), ("client.municipality", ABSENT), ("benefits", []), ("benefits", ABSENT),
    ("plans", []), ("plans", ABSENT), ("periods", []), ("periods", ABSENT), ("events", []), ("events", ABSENT),
    ("benefits.0.because_of_unemployment", False), ("benefits.0.because_of_unemployment", ABSENT),
    ("benefits.0.end", ABSENT), ("plans.0.refused_all", False), ("plans.0.refused_all", ABSENT),
    ("plans.0.signed_by", []), ("plans.0.signed_by", ABSENT), ("periods.0.end", ABSENT),
    ("periods.0.days_per_week", ABSENT), ("periods.0.attended_on", []), ("periods.0.attended_on", ABSENT),
    ("periods.0.client_consents", False), ("periods.0.client_consents", ABSENT),
)  # fmt: skip
"""What differs from a complete record: the path of a value, and what stands there instead."""


def complete(number: int) -> Record:
    """A record that says of everything what it is, with days and numbers that no reader takes for others.

    Args:
        number: from 0 on; it makes the id, and some values.
    """
    day = 11 + number % 9
    return {
        "id": f"K-{number:06}",
        "client": {"birth_date": date(1980, 5, day), "municipality": "Hartola", "language": "fi"},
        "facts": {
            "unemployed": True,
            "subsidy_days": 310 + number % 50,
            "daily_compensation": Decimal("9.34"),
            "joint_service_started": date(2015, 6, day),
        },
        "benefits": [
            {"id": f"B-{number:06}", "kind": "labour_market_subsidy", "start": date(2015, 2, day),
             "end": date(2015, 4, day), "days": 40, "because_of_unemployment": True},
        ],
        "plans": [
            {"id": f"P-{number:06}", "kind": "activation_plan", "made_on": date(2015, 6, day),
             "ends_on": date(2015, 11, day), "includes_rehabilitative_work": True, "refused_all": True,
             "signed_by": ["client", "social_services"]},
        ],
        "periods": [
            {"id": f"J-{number:06}", "kind": "rehabilitative_work", "start": date(2015, 7, day),
             "end": date(2015, 9, day), "days_per_week": 3, "hours_per_day": Decimal("5.5"), "client_consents": True,
             "plan_made_on": date(2015, 6, day), "attended_on": [date(2015, 7, 21), date(2015, 7, 22)]},
        ],
        "events": [{"id": f"T-{number:06}", "step": "first_meeting", "on": date(2015, 5, day)}],
    }  # fmt: skip


def full() -> list[Record]:
    """Complete records, some with several items in their lists, and with texts that separate elsewhere."""
    records = [complete(number) for number in range(5)]
    for record in records[2:]:
        for name in ("benefits", "plans", "periods", "events"):
            (item,) = record[name]
            record[name].append(item | {"id": f"{item['id']}-2"})
    for record, text in zip(
        records, ("Äänekoski", "Pedersöre; Nykarleby", 'Yli-Ii, "Ii"', "Kurikka\\Jurva", "NULL"), strict=True
    ):
        record["client"]["municipality"] = text
    return records


def varied(number: int, path: str, value: Any) -> Record:
    """A complete record with another value.

    Args:
        number: as of `complete`.
        path: the keys and positions that lead to the value, with dots between them.
        value: what stands there; `ABSENT` leaves the key out.
    """
    record = complete(number)
    *way, key = path.split(".")
    holder: Any = record
    for part in way:
        holder = holder[int(part)] if part.isdigit() else holder.setdefault(part, {})
    if value is ABSENT:
        del holder[key]
    else:
        holder[key] = value
    return record


def on_day(number: int, day: date) -> Record:
    """A complete record all of whose days are one day.

    Args:
        number: as of `complete`.
        day: the day.
    """
    return {key: _with_days(value, day) for key, value in complete(number).items()}


def _with_days(value: Any, day: date) -> Any:
    if isinstance(value, dict):
        return {key: _with_days(part, day) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_days(part, day) for part in value]
    return day if isinstance(value, date) else value


def shuffled(count: int) -> list[Record]:
    """So many complete records (``count``) whose ids are in no order."""
    return [complete(number * 17 % count) for number in range(count)]


def late() -> Iterator[Record]:
    """Records of which the last twenty have what none of those before had: decimals, and facts of other names.

    Who takes the type of a column from its first hundred rows loses them.
    """
    for number in range(130):
        record = complete(number)
        record["periods"][0]["hours_per_day"] = Decimal(5)
        record["facts"] = {"subsidy_days": 310}
        if number >= 110:
            record["periods"][0]["hours_per_day"] = Decimal("4.25")
            record["facts"] |= {"unemployed": True, "daily_compensation": Decimal("12.05")}
        yield record


def marked(count: int) -> list[Record]:
    """So many complete records (``count``) whose texts are the canary."""
    records = [complete(number) for number in range(count)]
    for record in records:
        record["client"]["municipality"] = CANARY
    return records


def plain(record: Any) -> dict[str, Any]:
    """A record as JSON has it, read and checked, so that two ways to say the same are equal.

    Args:
        record: a mapping in the record format.

    Raises:
        RecordError: it is no right record; the error has every fault.
    """
    return read(deepcopy(dict(record))).model_dump(mode="json", exclude_defaults=True)
