"""The content of a random rulebook, file by file, before it is written as YAML."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from aava_rules.testing.conditions import DAYS, WORDS, ConditionWriter, titled
from aava_rules.testing.features import Features

_KINDS = ("boolean", "choice", "set", "integer", "boolean", "integer")
CITE = "act-1-2000"
STEPS = ("client_relationship_starts", "first_meeting", "consideration", "follow_up_contact", "own_step")


class RuleWriter:
    """Writes one rulebook. Outcomes are numbered, and the rules of each read only those before it."""

    def __init__(self, random: Random, features: Features) -> None:
        self.random, self.features = random, features
        self.days = sorted(random.sample(DAYS, 4))
        kinds = [random.choice(_KINDS) for _ in range(random.randint(2, 4))]
        if features.computed and random.random() < 0.3:
            kinds.append("date")
        self.outcomes = {f"o{i}": kind for i, kind in enumerate(kinds)}
        self.parameters = self._parameters()
        self.tests = ConditionWriter(random, features, self.outcomes, self._first_days(), self.days)
        self.written: dict[str, list[dict[str, Any]]] = {}
        self.numbers = 0

    def write(self) -> dict[str, Any]:
        """The content of every file by its path."""
        rulesets = self._rulesets()
        files: dict[str, Any] = {
            "rulebook.yaml": {
                "rulebook": "random",
                "version": "1",
                "title": titled("random"),
                "weight": self.random.choice(["law", "model"]),
            },
            "sources.yaml": {CITE: {"title": titled("act"), "number": "1/2000"}},
            "parameters.yaml": self.parameters,
            "vocabulary.yaml": self._vocabulary(),
        }
        for ruleset in rulesets:
            files[f"{ruleset['ruleset']}/rules.yaml"] = ruleset
            files[f"{ruleset['ruleset']}/messages.yaml"] = self._messages()
        return files

    # -- names and numbers

    def _parameters(self) -> dict[str, Any]:
        whole = list(range(6))
        parameters = {f"p{i}": self._parameter("integer", "days", whole) for i in range(3)}
        parameters["q"] = self._parameter("decimal", "hours/week", [0, 0.5, 1, 2.5, 4])
        parameters["w"] = self._parameter("integer", "days/week", whole)
        parameters["h"] = self._parameter("decimal", "hours/day", [0, 0.5, 1, 7.5])
        if self.features.computed:
            rows = {n: {"amount": self.random.randint(0, 5)} for n in sorted(self.random.sample(whole, 2))}
            parameters["t"] = {
                "title": titled("t"),
                "type": "table",
                "columns": {"amount": {"type": "integer", "unit": "days"}},
                "values": {"always": {"rows": rows, "cite": CITE, "status": "verified"}},
            }
        return parameters

    def _parameter(self, kind: str, unit: str, numbers: list[Any]) -> dict[str, Any]:
        starts = ["always"]
        if self.random.random() < 0.7:
            starts = sorted(self.random.sample(self.days, self.random.randint(1, 3)))
        values: dict[str, Any] = {}
        for start in starts:
            gone = bool(values) and self.random.random() < 0.08
            status = self.random.choice(["verified", "verified", "secondary", "unverified"])
            values[start] = {"value": None if gone else self.random.choice(numbers), "cite": CITE, "status": status}
        return {"title": titled(kind), "type": kind, "unit": unit, "values": values}

    def _first_days(self) -> dict[str, str]:
        starts = {name: min(parameter["values"]) for name, parameter in self.parameters.items()}
        return {name: "" if start == "always" else start for name, start in starts.items()}

    def _vocabulary(self) -> dict[str, Any]:
        outcomes: dict[str, Any] = {}
        for name, kind in self.outcomes.items():
            outcomes[name] = {"type": kind, "title": titled(name)}
            if kind in ("choice", "set"):
                outcomes[name]["words"] = list(WORDS)
            if kind == "integer":
                outcomes[name]["unit"] = "days"
        requirements = {name: {"each": each, "title": titled(name)} for name, each in self.requirements.items()}
        steps: dict[str, Any] = {name: {"title": titled(name)} for name in STEPS}
        if self.features.lists:
            steps["consideration"]["proof"] = [{"date": "plan.made_on", "where": ["plan.kind == activation_plan"]}]
        return {"facts": self.tests.facts(), "outcomes": outcomes, "requirements": requirements, "steps": steps}

    def _messages(self) -> dict[str, Any]:
        text = titled("{n0} {param.p0}")
        return {"said": dict.fromkeys(("broken", "unknown", "met", "true", "value", "suggested"), text)}

    # -- rulesets

    def _rulesets(self) -> list[dict[str, Any]]:
        random, names = self.random, list(self.outcomes)
        self.requirements: dict[str, str] = {}
        owners = sorted(random.choice(["first", "second"]) for _ in names)
        rulesets = []
        for name in dict.fromkeys(owners):
            own_outcomes = [outcome for outcome, owner in zip(names, owners, strict=True) if owner == name]
            rulesets.append(self._deciding(name, own_outcomes))
        if random.random() < 0.8:
            rulesets.append(self._requiring())
        return rulesets

    def _head(self, name: str, each: str, rules: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
        random = self.random
        head: dict[str, Any] = {"ruleset": name, "title": titled(name), "each": each}
        if names:
            head["decides"] = names
        if random.random() < 0.3:
            head["read_until"] = random.choice(self.days)
            if name == "second":
                head["to_read"] = CITE
        if self.features.doubt and random.random() < 0.15:
            day = random.choice(self.days)
            head["in_doubt_from"] = {random.choice(names): day} if names and random.random() < 0.5 else day
            head["successor"] = titled("bill")
        return head | {"rules": rules}

    def _deciding(self, name: str, outcomes: list[str]) -> dict[str, Any]:
        random = self.random
        named = {"named": self.tests.condition("", 0, False, depth=2)}
        while "rule.from" in str(named):  # what is named belongs to no rule, and so has no days
            named = {"named": self.tests.condition("", 0, False, depth=2)}
        needs = self.tests.take()
        rules: list[dict[str, Any]] = []
        for outcome in outcomes:
            for _ in range(random.randint(1, 3)):
                concluded = {outcome}
                if random.random() < 0.25:
                    concluded.add(random.choice(outcomes))
                rules.append(self._decision(sorted(concluded), rules, needs))
        head = self._head(name, "client", rules, outcomes)
        otherwise = {outcome: self._value(self.outcomes[outcome], 0) for outcome in outcomes if random.random() < 0.5}
        self.tests.take()
        head = self._judged(head, "")
        if len({rule.get("judged_on", head.get("judged_on")) for rule in rules}) > 1:
            # a value that changes with the judged day would be that of none of them
            otherwise = {name: value for name, value in otherwise.items() if not self._changes(value)}
        return head | ({"otherwise": otherwise} if otherwise else {}) | {"conditions": named, "rules": rules}

    def _changes(self, value: Any) -> bool:
        """Whether a computed value reads a parameter that has a day."""
        return any(self.tests.first_days.get(name, "") for name in re.findall(r"param\.(\w+)", str(value)))

    def _decision(self, names: list[str], before: list[dict[str, Any]], named: set[str]) -> dict[str, Any]:
        random, lowest = self.random, int(names[0][1:])
        rule = self._rule()
        if random.random() < 0.9:
            rule["when"] = [self.tests.condition("", lowest, False) for _ in range(random.randint(1, 3))]
            if random.random() < 0.2:
                rule["when"].append("named")
                self.tests.used |= named
        rule["then"] = {name: self._value(self.outcomes[name], lowest) for name in names}
        if random.random() < 0.15:
            rule["needs_judgement"] = True if self.features.doubt and random.random() < 0.2 else "b3"
        # what is overridden concludes outcomes of the same number or a later one, so that nothing runs in a circle
        rivals = [other["id"] for other in before if all(int(name[1:]) >= lowest for name in other["then"])]
        if rivals and random.random() < 0.35:
            rule["overrides"] = sorted(random.sample(rivals, random.randint(1, len(rivals))))
        return self._finished(rule, "")

    def _requiring(self) -> dict[str, Any]:
        random, features = self.random, self.features
        each = random.choice(["client", "period", "plan"]) if features.items else "client"
        singular = "" if each == "client" else each
        rules: list[dict[str, Any]] = []
        for name in ["r0", "r1"][: random.randint(1, 2)]:
            self.requirements[name] = each
            for _ in range(random.randint(1, 3)):
                rules.append(self._requirement(name, singular, rules))
        if features.steps and not singular:
            rules += [self._suggestion() for _ in range(random.randint(1, 3))]
        return self._judged(self._head("third", each, rules, []), singular)

    def _requirement(self, name: str, singular: str, before: list[dict[str, Any]]) -> dict[str, Any]:
        random, level = self.random, len(self.outcomes)
        rule = self._rule() | {"requirement": name}
        if random.random() < 0.8:
            rule["when"] = [self.tests.condition(singular, level, False)]
        rule["require"] = [self.tests.condition(singular, level, False, depth=1) for _ in range(random.randint(1, 2))]
        if random.random() < 0.4:
            rule["unless"] = [self.tests.condition(singular, level, False, depth=1)]
        rivals = [other["id"] for other in before if other.get("requirement") == name]
        if rivals and random.random() < 0.4:
            rule["overrides"] = [random.choice(rivals)]
        return self._finished(rule, singular)

    def _suggestion(self) -> dict[str, Any]:
        random, level = self.random, len(self.outcomes)
        rule = self._rule() | {"suggest": random.choice(STEPS)}
        rule["when"] = [self.tests.condition("", level, True, depth=1) for _ in range(random.randint(1, 2))]
        if random.random() < 0.3:
            rule["unless"] = [self.tests.condition("", level, True, depth=0)]
        if random.random() < 0.5:
            rule["due"] = (
                f"add_days({random.choice(['d0', f'date_of({random.choice(STEPS)})'])}, {self.tests.parameter()})"
            )
        return self._finished(rule, "")

    def _rule(self) -> dict[str, Any]:
        self.tests.take()
        self.numbers += 1
        return {"id": f"R-{self.numbers}", "title": titled(f"rule {self.numbers}")}

    def _finished(self, rule: dict[str, Any], singular: str) -> dict[str, Any]:
        random = self.random
        starts = [start for name in self.tests.take() if (start := self.tests.first_days.get(name, ""))]
        if random.random() < 0.5 or "rule.from" in str(rule):
            starts.append(random.choice(self.days))
        days = {"from": max(starts)} if starts else {}
        later = [day for day in self.days if day > days.get("from", "")]
        if later and random.random() < 0.3:
            days["until"] = random.choice(later)
        if days:
            rule["in_force"] = days
        if self.features.doubt and random.random() < 0.05:
            rule["in_doubt_from"] = random.choice(self.days)
            if "when" in rule and random.random() < 0.5:
                rule["in_doubt_where"] = rule["when"]
        rule |= {"cite": CITE, "message": "said", "status": random.choice(["verified", "verified", "secondary"])}
        return self._judged(rule, singular, rate=0.1)

    def _judged(self, part: dict[str, Any], singular: str, rate: float = 0.3) -> dict[str, Any]:
        if self.features.judged and self.random.random() < rate:
            days = {
                "": ["dj"],
                "period": ["period.start", "day_in(period)", "dj"],
                "plan": ["plan.made_on", "day_in(plan)", "dj"],
            }
            part["judged_on"] = self.random.choice(days[singular])
        return part

    def _value(self, kind: str, level: int) -> Any:
        random = self.random
        if kind == "boolean":
            return random.random() < 0.6
        if kind == "choice":
            return random.choice(WORDS)
        if kind == "set":
            return sorted(random.sample(WORDS, random.randint(1, 2)))
        if kind == "date":
            return random.choice(["d0", "decision_date", f"add_days(d0, {self.tests.parameter()})"])
        if self.features.computed and random.random() < 0.5:
            lower = [name for name in list(self.outcomes)[:level] if self.outcomes[name] == "integer"]
            operand = random.choice(["n0", "n1", *lower])
            return random.choice(
                [
                    operand,
                    f"{operand} + {self.tests.parameter()}",
                    f"max(n0, {operand})",
                    f"row(param.t, {operand}, amount)",
                ]
            )
        return random.choice([0, 1, self.tests.parameter(), self.tests.parameter()])
