"""ZEN Engine: a decision graph of an expression node and a decision table, evaluated in Rust."""

from __future__ import annotations

import json
from itertools import pairwise

import zen

COLUMNS = (
    "integration_plan_entitled",
    "in_scope",
    "employment_plan_made",
    "jobseeker_interview_held",
    "age",
    "subsidy_days_last_12_months",
    "allowance_exhausted",
    "social_assistance_months",
    "subsidy_days",
    "subsidy_days_after_allowance",
)
PLANNED = {"in_scope": "true", "employment_plan_made": "true"}
YOUNG, ADULT = {"age": "< 25"}, {"age": ">= 25"}
ROWS = {
    "TG-80": ("false", {"integration_plan_entitled": "true"}),
    "TG-11": ("true", PLANNED | YOUNG | {"subsidy_days_last_12_months": ">= 180"}),
    "TG-12": ("true", PLANNED | YOUNG | {"allowance_exhausted": "true"}),
    "TG-13": (
        "true",
        {"in_scope": "true", "jobseeker_interview_held": "true", "social_assistance_months": ">= 4"} | YOUNG,
    ),
    "TG-21": ("true", PLANNED | ADULT | {"subsidy_days": ">= 500"}),
    "TG-22": ("true", PLANNED | ADULT | {"allowance_exhausted": "true", "subsidy_days_after_allowance": ">= 180"}),
    "TG-23": ("true", PLANNED | ADULT | {"social_assistance_months": ">= 12"}),
    "otherwise": ("false", {}),
}


def graph() -> dict[str, object]:
    """The decision graph in the JSON Decision Model; the first row of the table that fits gives the answer."""
    rows = [
        {"_id": rule, "value": value, "rule": json.dumps(rule), **{column: tests.get(column, "") for column in COLUMNS}}
        for rule, (value, tests) in ROWS.items()
    ]
    scope = "unemployed and (subsidy_entitled or receives_social_assistance)"
    contents = {
        "facts": ("inputNode", {}),
        "scope": (
            "expressionNode",
            {"passThrough": True, "expressions": [{"id": "scope", "key": "in_scope", "value": scope}]},
        ),
        "grounds": (
            "decisionTableNode",
            {
                "hitPolicy": "first",
                "inputs": [{"id": column, "name": column, "field": column} for column in COLUMNS],
                "outputs": [
                    {"id": "value", "name": "target group", "field": "target_group"},
                    {"id": "rule", "name": "rule", "field": "rule"},
                ],
                "rules": rows,
            },
        ),
        "answer": ("outputNode", {}),
    }
    names = list(contents)
    nodes = [
        {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, "content": content}
        for name, (kind, content) in contents.items()
    ]
    edges = [
        {"id": f"{start}-{end}", "type": "edge", "sourceId": start, "targetId": end} for start, end in pairwise(names)
    ]
    return {"nodes": nodes, "edges": edges}


class Loaded:
    """The graph held by a static loader, which compiles it once: the fastest way of evaluating one decision."""

    def __init__(self) -> None:
        self.engine = zen.ZenEngine({"loader": {"type": "static", "content": {"target_group": graph()}}})

    def ready(self, facts: dict[str, int]) -> dict[str, int]:
        return facts

    def one(self, case: dict[str, int]) -> dict[str, object]:
        return self.engine.evaluate("target_group", case)["result"]

    def told(self, answer: dict[str, object]) -> object:
        return answer["target_group"]


class Created(Loaded):
    """The graph through `create_decision`, as its quickstart shows."""

    def __init__(self) -> None:
        self.decision = zen.ZenEngine().create_decision(json.dumps(graph()))

    def one(self, case: dict[str, int]) -> dict[str, object]:
        return self.decision.evaluate(case)["result"]
