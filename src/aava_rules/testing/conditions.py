"""Random tests and conditions, and the facts that they read."""

from __future__ import annotations

from random import Random
from typing import Any

from aava_rules.testing.features import Features

DAYS = (
    "2008-02-29",
    "2010-01-01",
    "2011-06-15",
    "2012-02-29",
    "2012-03-01",
    "2013-12-31",
    "2015-07-01",
    "2016-02-29",
    "2017-01-01",
    "2018-10-31",
    "2020-02-29",
)
"""Days on which something may change; leap days among them."""
WORDS = ("low", "middle", "high")
_ORDER = ("<", "<=", ">", ">=", "==", "!=")


def titled(text: str) -> dict[str, str]:
    """The same ``text`` in the three languages."""
    return {"fi": text, "sv": text, "en": text}


class ConditionWriter:
    """Writes tests of facts, outcomes and item fields.

    Without ``features.computed`` every fact is compared with constants only, and a date always with the same kind of
    day, so that no two variables of a formula depend on one fact.

    Attributes:
        used: the parameters that the tests read since ``take`` was called last.
        outcomes: the types of the outcomes that may be read, by name.
        first_days: the first day of each parameter, by name; empty for one that has always had a value.
        derived: whether the fact ``x`` is derived.
    """

    def __init__(
        self, random: Random, features: Features, outcomes: dict[str, str], first_days: dict[str, str], days: list[str]
    ) -> None:
        self.random, self.features, self.outcomes = random, features, outcomes
        self.first_days, self.days = first_days, days
        self.used: set[str] = set()
        self.derived = random.random() < 0.5

    def take(self) -> set[str]:
        """The parameters read since the last call."""
        used, self.used = self.used, set()
        return used

    def parameter(self, prefix: str = "p") -> str:
        """A parameter whose name begins with ``prefix``, as an expression names it; it counts as used."""
        name = self.random.choice([name for name in self.first_days if name.startswith(prefix)])
        self.used.add(name)
        return f"param.{name}"

    # -- facts

    def facts(self) -> dict[str, Any]:
        """The facts that tests read, as vocabulary.yaml has them."""
        random = self.random
        facts: dict[str, Any] = {f"b{i}": {"type": "boolean", "of_the_day": random.random() < 0.2} for i in range(4)}
        facts |= {f"n{i}": {"type": "integer", "unit": "days"} for i in range(3)}
        facts["n2"]["of_the_day"] = True
        facts["m"] = {"type": "decimal", "unit": "hours/week"}
        facts["c"] = {"type": "choice", "words": list(WORDS)}
        facts["s"] = {"type": "set", "words": list(WORDS)}
        facts |= {name: {"type": "date"} for name in ("d0", "d1", "dj")}
        facts["x"] = {"type": "boolean"} | ({"value": f"n2 >= {self.parameter()}"} if self.derived else {})
        if self.features.computed:
            facts["dd"] = {"type": "date", "default": "decision_date"}
        if self.features.lists:
            facts |= self._derived_from_lists()
        return {name: fact | {"title": titled(name)} for name, fact in facts.items()}

    def _derived_from_lists(self) -> dict[str, Any]:
        benefit_days = {"type": "integer", "unit": "benefit days"}
        kind = "benefit.kind in [labour_market_subsidy, general_support]"
        attended: dict[str, Any] = {
            "type": "integer",
            "unit": "days",
            "peak": "period.attended_on",
            "within": {"months": 12},
        }
        if self.random.random() < 0.5:
            attended["since"] = "param.p0"
        if self.random.random() < 0.3:
            attended["within"] = {"weeks": 1}
        return {
            "total": benefit_days | {"total": "benefit.days", "where": [kind, "benefit.because_of_unemployment"]},
            "recent": benefit_days
            | {"total": "benefit.days", "within": {"months": 12, "before": "decision_date"}, "of_the_day": True},
            "after": benefit_days
            | {"total": "benefit.days", "within": {"from": "add_days(last, 1)", "to": "decision_date"}},
            "last": {"type": "date", "latest": "benefit.end", "where": [kind]},
            "first": {"type": "date", "earliest": "period.start", "where": ["period.kind == rehabilitative_work"]},
            "number": {
                "type": "integer",
                "unit": "count",
                "count": "period",
                "where": ["period.days_per_week >= param.w"],
            },
            "some": {"type": "boolean", "any": "period", "where": ["period.replaces_employee"]},
            "period.long": {"type": "boolean", "value": "period.days_per_week > param.w"},
            "longs": {"type": "integer", "unit": "count", "count": "period", "where": ["period.long"]},
            "peak": attended,
            "plan.number": {"type": "integer", "unit": "count", "count": "plan.options"},
            "plan.last_review": {"type": "date", "latest": "plan.reviewed_on"},
            "period.first_day": {"type": "date", "earliest": "period.attended_on"},
            "plan.reviewed": {
                "type": "boolean",
                "gaps_at_most": {
                    "dates": "plan.reviewed_on",
                    "months": 3,
                    "from": "plan.made_on",
                    "to": "day_in(plan)",
                },
            },
        }

    # -- conditions

    def condition(self, singular: str, level: int, suggests: bool, depth: int = 2) -> Any:
        """A test, or a group of conditions, as YAML has it.

        Args:
            singular: the item whose fields may be read, ``period`` or ``plan``; empty for none.
            level: how many of the outcomes, from the first on, may be read.
            suggests: whether it is for a suggested step, so that it may read steps and whether facts are known.
            depth: how deep groups may be nested; 0 gives a test.
        """
        random = self.random
        if depth == 0 or random.random() < 0.5:
            return self.test(singular, level, suggests)
        kind = random.choice(["any", "any", "all", "not"])
        if kind == "not":
            return {"not": self.condition(singular, level, suggests, depth - 1)}
        return {kind: [self.condition(singular, level, suggests, depth - 1) for _ in range(random.randint(2, 3))]}

    def test(self, singular: str, level: int, suggests: bool) -> str:
        """A single test, as one line.

        Args:
            singular: the item whose fields may be read; empty for none.
            level: how many of the outcomes, from the first on, may be read.
            suggests: whether it is for a suggested step.
        """
        random = self.random
        if singular and random.random() < 0.65:
            return self._of_item(singular)
        if level and random.random() < 0.35:
            name = random.choice(list(self.outcomes)[:level])
            return self._of(name, self.outcomes[name])
        if suggests and random.random() < 0.4:
            return random.choice(
                ["b0 is known", "n1 is unknown", "done(first_meeting)", "done(consideration)", "done(own_step)"]
            )
        if self.features.lists and random.random() < 0.35:
            return self._of_lists()
        if self.features.computed and random.random() < 0.2:
            return self._of_two()
        return self._of(*random.choice(_FACTS))

    def _of(self, name: str, kind: str) -> str:
        random = self.random
        if kind == "boolean":
            return random.choice([name, name, f"{name} == true", f"{name} != true"])
        if kind == "choice":
            return self._of_word(name, WORDS)
        if kind == "set":
            return f"{random.choice(WORDS)} in {name}"
        if kind == "date":
            day = "decision_date" if name == "d1" else "rule.from"
            if self.features.computed and name == "d0":
                day = random.choice(["rule.from", "d1", f"add_days(decision_date, {self.parameter()})"])
            return f"{name} {random.choice(_ORDER)} {day}" if name.startswith("d") else f"{name} > d0"
        limit = self.parameter({"m": "q"}.get(name, "p"))
        return f"{name} {random.choice(_ORDER)} {random.choice([limit, limit, limit, '1'])}"

    def _of_word(self, term: str, words: tuple[str, ...]) -> str:
        first, second = self.random.sample(words, 2)
        return self.random.choice([f"{term} == {first}", f"{term} != {first}", f"{term} in [{first}, {second}]"])

    def _of_two(self) -> str:
        return self.random.choice(
            [
                "n0 < n1",
                "n0 == n1",
                f"n0 + n1 >= {self.parameter()}",
                "d0 <= d1",
                "dd >= d0",
                f"max(n0, n1) <= {self.parameter()}",
                f"row(param.t, n0, amount) > {self.parameter()}",
                "days_between(d0, d1) > 1",
                "months_between(d0, d1) >= 1",
                "add_months(d0, -1) <= d1",
                "add_days(d1, -1) == d0",
                "n0 - n1 < 1",
            ]
        )

    def _of_lists(self) -> str:
        return self.random.choice(
            [
                "total > 1",
                "recent >= 1",
                "after == 0",
                "last <= decision_date",
                "last is none",
                "first is none",
                "number > 1",
                "some",
                "longs > 1",
                "longs == 1",
                f"peak <= {self.parameter()}",
                "first < last",
            ]
        )

    def _of_item(self, singular: str) -> str:
        random = self.random
        if singular == "plan":
            choices = [
                self._of_word("plan.kind", ("activation_plan", "joint_plan", "client_plan", "employment_plan")),
                "plan.consequences_told",
                "plan.refused_all",
                "client in plan.present",
                "kela in plan.present",
                f"plan.notice_given_on {random.choice(_ORDER)} rule.from",
                "plan.notice_given_on is none",
                "plan.consequences_told is none",
                self._of_word("plan.chosen_option", ("work_trial", "training", "other")),
            ]
            choices += ["plan.number > 1", "plan.reviewed"] if self.features.lists else []
            choices += ["plan.notice_given_on <= plan.made_on"] if self.features.computed else []
            return random.choice(choices)
        choices = [
            self._of_word("period.kind", ("rehabilitative_work", "introductory")),
            self._of_word("period.producer", ("municipality", "state", "company")),
            "period.outside_commuting_area",
            "period.client_consents",
            "period.replaces_employee is none",
            f"period.decision_on {random.choice(_ORDER)} rule.from",
            "period.decision_on is none",
        ]
        choices += ["period.long"] if self.features.lists else []
        choices += (
            ["period.decision_on <= period.start", "period.end > decision_date"] if self.features.computed else []
        )
        if random.random() < 0.4:
            field, prefix = random.choice([("days_per_week", "w"), ("hours_per_day", "h")])
            return f"period.{field} {random.choice(_ORDER)} {self.parameter(prefix)}"
        return random.choice(choices)


_FACTS = (
    ("b0", "boolean"),
    ("b1", "boolean"),
    ("b2", "boolean"),
    ("b3", "boolean"),
    ("x", "boolean"),
    ("n0", "integer"),
    ("n1", "integer"),
    ("n2", "integer"),
    ("n0", "integer"),
    ("m", "decimal"),
    ("c", "choice"),
    ("s", "set"),
    ("d0", "date"),
    ("d1", "date"),
)
"""Facts and their types, the more useful ones twice."""
