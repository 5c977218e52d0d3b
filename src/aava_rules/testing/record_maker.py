"""Random records for a rulebook: realistic ones, with much missing and much at the edges of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.dates import ONE_DAY, add_months, weekdays
from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.record.fields import lists
from aava_rules.record.items import benefit_flaws, period_flaws, plan_flaws, settled_days
from aava_rules.testing.edges import Edges

_FLAWS = {"benefits": benefit_flaws, "plans": plan_flaws, "periods": period_flaws}
_USUAL: dict[str, tuple[str, ...]] = {
    "benefits": ("kind", "start", "end", "days", "because_of_unemployment"),
    "plans": ("kind", "made_on"),
    "periods": ("kind", "start"),
    "events": ("step", "on"),
}
"""Fields that an item seldom lacks."""
_SELDOM = ("agreed_end", "ended_because", "days_per_week_least", "days_per_week_most")
"""Fields that most items lack: without them a period runs, or ends as it was agreed, and its weeks are alike."""

Part = Callable[[Callable[[Random], Any]], Any]
"""Calls what makes a part of a record with a source of randomness, and gives what it makes."""


class RecordMaker:
    """Makes random records for one rulebook.

    Values of a record are Python's: dates and Decimals, as ``Rulebook.decide`` takes them; `as_json` gives what JSON
    has. All randomness comes from the ``random`` of each call.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.edges = Edges(rulebook)
        facts = parts_of(rulebook).facts
        self.facts = [name for name in facts if "." not in name]
        self.outcomes = list(parts_of(rulebook).outcomes)

    def day(self, random: Random) -> date:
        """A day of decision: mostly on, before or after a dated change; ``random`` is the source of randomness."""
        return self.edges.day(random)

    def record(self, random: Random, on: date, part: Part | None = None) -> dict[str, Any]:
        """A record that is right in form.

        Args:
            random: the source of randomness.
            on: the day of decision, which its days are near.
            part: makes each fact, list, item and field with a source of randomness of its own, so that one can be left
                out without a change of the others; None for all of one source.
        """
        part = part or (lambda make: make(random))
        missing = random.choice([3, 1, 6, 9])  # tenths that are missing of what could be said
        record: dict[str, Any] = {"id": f"R-{random.randrange(1000)}"}
        if random.randrange(3) == 0:
            record["client"] = self._client(random, on)
        facts = self._facts(part, random, on, missing)
        if facts:
            record["facts"] = facts
        if random.randrange(8) == 0:
            record["facts_on"] = random.choice([on, on - ONE_DAY if on > FIRST_DAY else on, on])
        for name in lists():
            record |= part(partial(self._list, part=part, name=name, on=on, missing=missing, record=record))
        if random.randrange(3) == 0:
            fields = [f"{name}.{field}" for name, info in lists().items() for field in info.fields]
            record["complete"] = sorted(random.sample(fields, random.randint(1, 6)))
        return record

    def _list(
        self, random: Random, part: Part, name: str, on: date, missing: int, record: dict[str, Any]
    ) -> dict[str, Any]:
        """The list called ``name``, with the day from which it is complete, if it has one; empty for no such list."""
        if random.randrange(10) < missing // 2 + 3:
            return {}
        contents: dict[str, Any] = {
            name: [
                part(partial(self.item, list_name=name, on=on, missing=missing, number=number, part=part))
                for number in range(random.choice([1, 0, 2, 3]))
            ]
        }
        if random.randrange(4) == 0:
            contents["complete_from"] = record.get("complete_from", {}) | {name: self.edges.day(random, on)}
        return contents

    def _client(self, random: Random, on: date) -> dict[str, Any]:
        birth = self.edges.field(random, "client", "birth_date", on)
        return {"birth_date": birth} | ({"municipality": "Hartola", "language": "fi"} if random.randrange(2) else {})

    def _facts(self, part: Part, random: Random, on: date, missing: int) -> dict[str, Any]:
        facts: dict[str, Any] = {}

        def fact(random: Random, name: str) -> dict[str, Any]:
            return {name: self._fact(random, name, on)} if random.randrange(10) >= missing else {}

        for name in self.edges.read:
            facts |= part(partial(fact, name=name))
        for names in (self.facts, self.outcomes):
            if names and random.randrange(6) == 0:
                name = random.choice(names)
                facts[name] = self._fact(random, name, on)
        return facts

    def _fact(self, random: Random, name: str, on: date) -> Any:
        value = self.edges.fact(random, name, on)
        if type(value) is not int or random.randrange(8):
            return value
        return random.choice(
            [{"at_least": value}, {"at_most": value}, {"at_least": value, "at_most": value + random.randrange(3)}]
        )

    def item(
        self, random: Random, list_name: str, on: date, missing: int = 4, number: int = 0, part: Part | None = None
    ) -> dict[str, Any]:
        """An item of a list whose fields do not contradict one another.

        Args:
            random: the source of randomness.
            list_name: the list: ``benefits``, ``plans``, ``periods`` or ``events``.
            on: the day of decision, which its days are near.
            missing: how many tenths of its fields are missing; usual fields are missing less often.
            number: what its id ends with, if it has one.
            part: makes each field, as for `record`.
        """
        part = part or (lambda make: make(random))
        item: dict[str, Any] = {}
        if random.randrange(3):
            item["id"] = f"{list_name[0]}{list_name[1]}{number}"
        for field in lists()[list_name].fields:
            if field != "length_months":
                part(partial(self._field, list_name=list_name, item=item, field=field, on=on, missing=missing))
        if list_name == "periods" and random.randrange(8) == 0:
            bounded = item | {"length_months": random.randint(1, 30)}
            return bounded if is_sound(list_name, bounded) else item
        return item

    def _field(self, random: Random, list_name: str, item: dict[str, Any], field: str, on: date, missing: int) -> None:
        if random.randrange(10) < (missing // 3 if field in _USUAL[list_name] else missing):
            return
        if field in _SELDOM and random.randrange(4):
            return
        for _ in range(3):
            value = self.value_of_field(random, list_name, item, field, on)
            if is_sound(list_name, item | {field: value}):
                item[field] = value
                return

    def value_of_field(self, random: Random, list_name: str, item: Mapping[str, Any], field: str, on: date) -> Any:
        """A value for a field that mostly agrees with the other fields of its item.

        Args:
            random: the source of randomness.
            list_name: the list of the item.
            item: its fields so far.
            field: the field to draw a value for.
            on: the day of decision.
        """
        start = item.get("start") or item.get("made_on")
        if field in ("end", "agreed_end") and start is not None and random.randrange(8):
            length = random.choice([0, 1, 3, 3, 6, 12, 24, 24, random.randrange(30)])
            return min(add_months(start, length) + timedelta(days=random.randrange(-2, 2)), LAST_DAY)
        if field == "days" and start is not None and item.get("end") is not None:
            return random.choice(
                [0, full := weekdays(start, item["end"] + ONE_DAY), full // 2, random.randint(0, full)]
            )
        if field == "attended_on" and start is not None:
            last = min(item.get("end") or max(on, start), add_months(start, 30))
            span = max((last - start).days, 0) + 1
            step, count = random.choice([1, 1, 2, 7]), random.choice([0, 1, 5, 40, 240])
            return [start + timedelta(days=i * step) for i in range(count) if i * step < span]
        return self.edges.field(random, list_name, field, start or on)


def is_sound(list_name: str, item: Mapping[str, Any]) -> bool:
    """Whether the fields of an item agree: in order, no more paid days than weekdays, attended within.

    Args:
        list_name: the list of the item.
        item: its fields; those that are missing agree with everything.
    """
    fields = dict.fromkeys(lists()[list_name].fields) | dict(item)
    check = _FLAWS.get(list_name)
    if check is not None and check(fields):
        return False
    start, end = fields.get("start"), fields.get("end")
    if list_name == "benefits" and start is not None and end is not None and fields["days"] is not None:
        return bool(fields["days"] <= weekdays(start, end + ONE_DAY))
    if list_name == "periods" and fields["attended_on"]:
        _, end = settled_days(fields)
        return (start is None or start <= min(fields["attended_on"])) and (
            end is None or end >= max(fields["attended_on"])
        )
    return True


def as_json(value: Any) -> Any:
    """``value``, a record or a part of one, with days as text and Decimals as numbers, ready for ``json.dumps``."""
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value
