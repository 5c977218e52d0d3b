"""aava-rules itself, through its public calls."""

from __future__ import annotations

from copy import copy
from datetime import date
from typing import Any

import aava_rules

DAY = date(2014, 5, 5)
ONLY = ["target_group"]


class Dict:
    """One decision on a dict in the record format, the reading of which is part of the call."""

    engine = "reference"

    def __init__(self) -> None:
        self.rulebook = aava_rules.load("finland")

    def ready(self, facts: dict[str, object]) -> object:
        return {"id": "client", "facts": facts}

    def one(self, case: object) -> tuple[object, tuple[str, ...], tuple[object, ...]]:
        decision = self.rulebook.decide(case, on=DAY, only=ONLY, engine=self.engine)
        outcome = decision.outcomes["target_group"]
        return outcome.value, outcome.by, decision.missing

    def told(self, answer: tuple[object, tuple[str, ...], tuple[object, ...]]) -> tuple[object, list[str], list[str]]:
        value, rules, missing = answer
        return value if isinstance(value, bool) else None, sorted(rules), sorted(one.fact for one in missing)


class Record(Dict):
    """One decision on a Record that was read before."""

    def ready(self, facts: dict[str, object]) -> object:
        return aava_rules.Record(id="client", facts=facts)


class Durable(Record):
    """The same through durable-rules."""

    engine = "durable"


class Table:
    """A whole frame of clients, with their ready-made facts as columns: from the frame to the answers."""

    def __init__(self) -> None:
        self.rulebook = aava_rules.load("finland")

    def load(self, path: str) -> Any:
        import polars as pl

        return pl.read_parquet(path)

    def made(self, table: Any) -> Any:
        return table

    def many(self, table: Any) -> Any:
        return self.rulebook.decide_table(clients=table, on=DAY, only=ONLY).outcomes

    def listed(self, answers: Any) -> list[bool | None]:
        return answers["target_group"].to_list()


class Rules(Table):
    """The rules alone: the frame has been checked and lies in arrays, as a frame of polars lies in memory.

    What has been answered is kept, so each round asks a copy that has answered nothing.
    """

    def load(self, path: str) -> Any:
        return self.rulebook.decide_table(clients=super().load(path), on=DAY, only=ONLY)

    def made(self, table: Any) -> Any:
        return copy(table)

    def many(self, table: Any) -> Any:
        return table.outcomes
