"""Records as they come from systems: everything filled in, rows that overlap, come twice or lie after the day of
decision, leap days, no ids, open ends; and then up to three gaps.
"""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from library import Features, Parts, RecordMaker, Rulebook, lists, on_top_of, shipped, small, titled, written
from naive_days import ONE_DAY, add_months, weekdays
from naive_facts import ALWAYS
from naive_law import FIRST_DAY, LAST_DAY

SEEDS_OF_BOOKS = 1_000_000
_FIRST = {"plan": "made_on", "period": "start", "benefit": "start", "event": "on"}
"""The field with the first day of each kind of item."""
_DAYS = ("start", "end", "agreed_end", "made_on", "ends_on", "on", "decision_on", "options_decided_by")
_TELLING = (
    "kind", "start", "end", "days", "made_on", "ends_on", "step", "on", "needs_services", "attended_on", "reviewed_on",
    "evaluated_on", "days_per_week", "because_of_unemployment",
)  # fmt: skip
"""Fields on which most answers rest."""
_LEAP_DAYS = tuple(date(year, 2, 29) for year in (2004, 2008, 2012, 2016, 2020, 2024))


class SystemRecords:
    """Makes records for one rulebook, the same from the same ``random``."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.maker = RecordMaker(rulebook)
        self.parts = rulebook._parts

    def day(self, random: Random) -> date:
        """A day of decision."""
        return random.choice(_LEAP_DAYS) if random.randrange(8) == 0 else self.maker.day(random)

    def record(self, random: Random, on: date) -> dict[str, Any]:
        """A record of one of three kinds: complete, with up to three gaps, or with many."""
        kind = random.randrange(5)
        if kind == 4:
            return self.maker.record(random, on)
        record = self.complete(random, on)
        for _ in range(kind):
            self._gap(random, record, on)
        if random.randrange(4) == 0:
            self._too_many(random, record)
        return record

    def _too_many(self, random: Random, record: dict[str, Any]) -> None:
        """Give a row of benefits more paid days than it has weekdays."""
        rows = [row for row in record["benefits"] or () if None not in (row.get("start"), row.get("end"))]
        if rows:
            row = random.choice(rows)
            row["days"] = len(weekdays(row["start"], row["end"])) + random.choice([1, 200])

    def spare(self, random: Random, on: date) -> dict[str, list[dict[str, Any]]]:
        """Items that a list may hold which a record does not give."""
        return {name: [self.maker.item(random, name, on, 2)] for name in lists()}

    # -- complete records

    def complete(self, random: Random, on: date) -> dict[str, Any]:
        """A record in which nothing is open but on which of its days a benefit was paid."""
        record: dict[str, Any] = {"id": "S", "facts": {}, "complete": []}
        for name in self.maker.facts:
            if name == "birth_date":
                continue
            derived = self.parts.facts[name].derivation is not None
            if random.randrange(8) == 0 if derived else True:
                record["facts"][name] = self.maker.edges.fact(random, name, on)
        birth = self.maker.edges.field(random, "client", "birth_date", on) if "birth_date" in self.parts.facts else on
        record["client"] = {"birth_date": birth}
        for name in lists():
            record[name] = self._rows(random, name, on)
        lacking = {
            f"{name}.{field}"
            for name, info in lists().items()
            for field in info.fields
            if (name, field) not in ALWAYS and field not in ("length_months", "ended_because")
            and any(item.get(field) is None for item in record[name])
        }  # fmt: skip
        record["complete"] = sorted(lacking)
        return record

    def _rows(self, random: Random, name: str, on: date) -> list[dict[str, Any]]:
        rows = [self.maker.item(random, name, on, 0, number) for number in range(random.choice([0, 1, 2, 2, 3]))]
        for row in [*rows]:
            if random.randrange(4) == 0:
                rows.append(self._again(random, row))
        for row in rows:
            if random.randrange(3) == 0:
                row.pop("id", None)
            if name == "periods" and random.randrange(4) == 0:
                for field in ("end", "agreed_end", "ended_because", "length_months"):
                    row.pop(field, None)
            for field in ("start", "end", "made_on", "on"):
                # there is always such a day, also where an item was made without
                if field in lists()[name].fields and row.get(field) is None and (name, field) != ("periods", "end"):
                    row[field] = max(on, row.get("start") or on)
            if name == "events":
                row.setdefault("step", random.choice([*self.parts.steps, "first_meeting"]))
            if row.get("end") is not None and row["start"] <= on and random.randrange(5) == 0:
                row["end"] = on
            for field in ("reviewed_on", "evaluated_on"):
                if field in lists()[name].fields and random.randrange(3) == 0:
                    row[field] = self._regularly(random, row.get("made_on") or row.get("start"))
            if name == "benefits" and row.get("days") is not None:
                row["days"] = min(row["days"], len(weekdays(row["start"], row.setdefault("end", row["start"]))))
        random.shuffle(rows)
        return rows

    def _regularly(self, random: Random, first: date) -> list[date]:
        """Days that follow one another after whole months, or a day earlier or later."""
        months = random.choice([1, 3, 3, 6, 12])
        days = [
            add_months(first, months * number) + random.choice([-1, 0, 0, 0, 1]) * ONE_DAY for number in range(1, 9)
        ]
        return [day for day in days if day <= LAST_DAY]

    def _again(self, random: Random, row: dict[str, Any]) -> dict[str, Any]:
        """The same row once more, or one that overlaps it, or one after the day of decision."""
        other = copy.deepcopy(row)
        shift = random.choice([0, 0, 1, 30, 400, 2000])
        if other.get("agreed_end") is not None:
            other.pop("length_months", None)
        for field in _DAYS:
            if other.get(field) is not None:
                other[field] = min(other[field] + timedelta(days=shift), LAST_DAY)
        for field in ("attended_on", "reviewed_on", "evaluated_on"):
            if other.get(field) is not None:
                other[field] = [min(day + timedelta(days=shift), LAST_DAY) for day in other[field]]
        if random.randrange(2):
            other.pop("id", None)
        return other

    # -- gaps

    def _gap(self, random: Random, record: dict[str, Any], on: date) -> None:
        """Leave one thing open."""
        kind = random.randrange(16)
        facts = record["facts"]
        whole = [name for name in facts if type(facts[name]) is int and self.parts.facts[name].type == "integer"]
        held = [name for name in lists() if record.get(name)]
        if kind < 4 and facts:
            facts.pop(random.choice(sorted(facts)))
        elif kind == 4 and whole:
            name = random.choice(sorted(whole))
            facts[name] = {random.choice(["at_least", "at_most"]): facts[name]}
        elif kind == 5:
            record["client"] = {}
        elif kind == 6 and held:
            name = random.choice(held)
            record[name] = None
        elif kind == 7 and held:
            record["complete_from"] = {
                random.choice(held): max(on - timedelta(days=random.choice([30, 400])), FIRST_DAY)
            }
        elif kind == 8:
            record["facts_on"] = on - ONE_DAY
        elif held:
            name = random.choice(held)
            item = random.choice(record[name])
            some = [field for field in _TELLING if field in lists()[name].fields]
            field = random.choice(some if random.randrange(3) else sorted(lists()[name].fields))
            item.pop(field, None)
            if field == "end":
                item.pop("length_months", None)
            record["complete"] = [path for path in record["complete"] if path != f"{name}.{field}"]


# -- random rulebooks


def random_book(seed: int, features: Features, everything: bool = True) -> Rulebook:
    """A random rulebook of the library's maker; with ``everything`` more is added to it.

    That is every function of the language, numbers below zero, and an outcome for each derived fact.
    """
    random = Random(SEEDS_OF_BOOKS + seed)

    def extend(content: dict[str, Any]) -> None:
        if everything:
            _extend(content, random)
            _add(content, mirror(small(content)._parts, "dj"))

    return written(random, features, extend)


@cache
def mirrored(name: str) -> Rulebook:
    """A shipped rulebook with an outcome for each fact that it derives."""
    return on_top_of(name, mirror(shipped(name)._parts, "conduct_on"))


def mirror(parts: Parts, judged_on: str) -> dict[str, Any]:
    """Files that state every derived fact and every step, on the day of decision and on a judged day.

    Rules often ask only whether a count is over a limit; what is stated here is compared to the last day.
    """
    starts = [
        min(value.start for value in p.values if value.start) for p in parts.parameters.values() if p.values[0].start
    ]
    common = {
        "title": titled("x"),
        "in_force": {"from": max(starts).isoformat()} if starts else {},
        "cite": next(iter(parts.sources)),
    }
    outcomes: dict[str, Any] = {}
    requirements: dict[str, Any] = {}
    rules: list[dict[str, Any]] = []

    def state(name: str, kind: str, unit: str, term: str, day: dict[str, Any]) -> None:
        outcomes[name] = {"type": kind, "title": titled("x")} | ({"unit": unit} if unit else {})
        concluded = {"when": [term], "then": {name: True}} if kind == "boolean" else {"then": {name: term}}
        rules.append({"id": f"M-{len(rules)}"} | common | concluded | day)

    for prefix, day in (("m", {}), ("j", {"judged_on": judged_on})):
        for fact in parts.facts.values():
            if fact.derivation is not None and not fact.item:
                state(f"{prefix}_{fact.name}", fact.type, fact.unit, fact.name, day)
        for step in parts.steps:
            state(f"{prefix}_day_of_{step}", "date", "", f"date_of({step})", day)
            state(f"{prefix}_done_{step}", "boolean", "", f"done({step})", day)
        for fact in parts.facts.values():
            if fact.derivation is not None and fact.item in ("plan", "period"):
                name = f"{prefix}_{fact.name.replace('.', '_')}"
                requirements[name] = {"each": fact.item, "title": titled("x")}
                test = {"boolean": fact.name, "date": f"{fact.name} > {fact.item}.{_FIRST[fact.item]}"}.get(
                    fact.type, f"{fact.name} > 1"
                )
                demand = {"each": fact.item, "requirement": name, "require": [test]}
                rules.append({"id": f"M-{len(rules)}"} | common | demand | day)
    otherwise = {name: False for name, outcome in outcomes.items() if outcome["type"] == "boolean"}
    return {
        "vocabulary.yaml": {"outcomes": outcomes, "requirements": requirements},
        "mirror/rules.yaml": {
            "ruleset": "mirror", "title": titled("x"), "decides": list(outcomes), "otherwise": otherwise, "rules": rules,
        },
    }  # fmt: skip


def _add(content: dict[str, Any], more: dict[str, Any]) -> None:
    for section, names in more.pop("vocabulary.yaml").items():
        content["vocabulary.yaml"].setdefault(section, {}).update(names)
    content.update(more)


def _extend(content: dict[str, Any], random: Random) -> None:
    def add(file: str, section: str | None, more: dict[str, Any]) -> None:
        target = content[file] if section is None else content[file].setdefault(section, {})
        target.update({name: part | {"title": titled(name)} for name, part in more.items()})

    def dated(values: list[Any]) -> dict[str, Any]:
        days = ["always"] if random.randrange(3) == 0 else ["2010-01-01", "2016-02-29"]
        return {day: {"value": random.choice(values), "cite": "act-1-2000", "status": "verified"} for day in days}

    numbers = {
        "days": ("days/week", [1, 2, 3, 4, 5]),
        "limit": ("days", [0, 1, 2, 3, 5]),
        "months": ("months", [1, 6, 12]),
        "tasks": ("working days", [0, 1, 10]),
    }
    add("parameters.yaml", None, {
        name: {"type": "integer", "unit": unit, "values": dated(values)} for name, (unit, values) in numbers.items()
    } | {"daily": {"type": "money", "unit": "EUR/day", "values": dated([8, 9])}})  # fmt: skip
    facts: dict[str, Any] = {
        "meetings": {"type": "integer", "unit": "count", "count": "event", "where": ["event.step == first_meeting"]},
        "contacted": {"type": "boolean", "any": "event", "where": ["event.step == follow_up_contact"]},
        "fewer": {"type": "integer", "unit": "days", "value": "n1 - n0"},
        "plan.lead": {"type": "integer", "unit": "days", "value": "days_between(plan.notice_given_on, plan.made_on)"},
        "met": {"type": "date", "latest": "event.on", "where": ["event.step == first_meeting"]},
        "paid_first": {"type": "date", "earliest": "benefit.start", "where": ["benefit.kind == unemployment_allowance"]},
        "lately": {
            "type": "integer", "unit": "benefit days", "total": "benefit.days",
            "within": {"months": "param.months", "before": "decision_date"},
        },
        "since_then": {
            "type": "integer", "unit": "benefit days", "total": "benefit.days",
            "within": {"from": "d0", "to": "add_days(decision_date, 1)"},
        },
        "joint": {"type": "boolean", "any": "plan", "where": ["plan.kind == joint_plan", "plan.made_on <= d0"]},
        "plan.notice": {"type": "boolean", "value": "plan.notice_given_on <= add_days(plan.made_on, param.limit)"},
        "noticed": {"type": "integer", "unit": "count", "count": "plan", "where": ["plan.notice"]},
        "period.often": {"type": "boolean", "value": "period.days_per_week >= param.days"},
        "often": {"type": "integer", "unit": "count", "count": "period", "where": ["period.often"]},
        "period.late": {"type": "boolean", "value": "period.decision_on > period.start"},
    }  # fmt: skip
    add("vocabulary.yaml", "facts", facts)
    days, euros = {"type": "integer", "unit": "days"}, {"type": "money", "unit": "EUR"}
    add("vocabulary.yaml", "outcomes", {
        "left": days, "rest": days, "elapsed": days, "until": {"type": "date"}, "pay": euros, "few": {"type": "boolean"},
        "then": {"type": "integer", "unit": "count"}, "now": {"type": "integer", "unit": "count"},
    })  # fmt: skip
    add(
        "vocabulary.yaml",
        "requirements",
        {"kept": {"each": "client"}, "told": {"each": "plan"}, "ready": {"each": "period"}},
    )
    begins = {"in_force": {"from": "2010-01-01"}, "cite": "act-1-2000"}
    judged = random.choice([{}, {"judged_on": "dj"}])

    def rules(*parts: dict[str, Any], start: int) -> list[dict[str, Any]]:
        return [{"id": f"X-{start + i}", "title": titled("x")} | begins | part for i, part in enumerate(parts)]

    ends = [
        "working_days_after(d0, param.tasks)",
        "end_of_month(add_months(d0, param.months))",
        "add_months(d0, -1)",
        "add_days(d1, -1)",
        "min(d0, d1)",
        "met",
    ]
    content["extra/rules.yaml"] = {
        "ruleset": "extra", "title": titled("extra"), "each": "client",
        "decides": ["left", "rest", "elapsed", "until", "pay", "few", "then", "now"],
        "otherwise": {"few": False, "rest": "left"},
        "rules": rules(
            {"then": {"left": random.choice(["n0 - n1", "n0 - param.limit", "n1 - n0 * n2"])}},
            {"when": [random.choice(["left < n1", "left >= param.limit", "left != n0", "left >= 0", "left < 0", "b1"])], "then": {"rest": "left - n2"}},
            {"then": {"elapsed": "days_between(d0, until)"}},
            judged | {"then": {"until": random.choice(ends)}},
            judged | {"when": ["few"], "then": {"pay": "param.daily * n0"}},
            {"when": [random.choice(["rest < n1", "rest <= 0", "rest > 0", "elapsed > n0", "elapsed < 0", "meetings >= 1",
                                     "meetings >= 0", "noticed > 1", "lately > 1", "fewer <= 0", "fewer != 0"])],
             "then": {"few": True}},
            {"when": [random.choice(["joint", "b0"])], "overrides": ["X-6"], "then": {"few": False}},
            {"judged_on": "dj", "then": {"then": "often"}},
            {"then": {"now": "often"}},
            start=1,
        ),
    }  # fmt: skip
    content["demands/rules.yaml"] = {
        "ruleset": "demands", "title": titled("demands"),
        "rules": rules(
            {"requirement": "kept", "when": [random.choice(["few", "b2"])], "require": ["until >= d1", {"not": "joint"}],
             "unless": [random.choice(["elapsed >= param.limit", "fewer >= 0", "contacted"])]},
            {"requirement": "told", "each": "plan", "require": [random.choice(["plan.notice", "noticed > 1", "plan.lead >= 0", "plan.lead < 0", "fewer < 0"])],
             "judged_on": random.choice(["plan.made_on", "day_in(plan)", "dj"])},
            {"requirement": "ready", "each": "period", "when": [{"not": "period.late"}],
             "require": [random.choice(["years_between(period.start, decision_date) < 1",
                                        "months_between(period.start, decision_date) > 1",
                                        "param.limit <= value_on(param.limit, period.start)"])]},
            start=20,
        ),
    }  # fmt: skip
