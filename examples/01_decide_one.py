"""One record in, one answer out, with the reason in the client's language."""

import json
from pathlib import Path

import aava_rules

record = json.loads((Path(__file__).parent / "records" / "a-17.json").read_text(encoding="utf-8"))

rulebook = aava_rules.load("finland")
decision = rulebook.decide(record, on="2014-05-05")

outcome = decision.outcomes["target_group"]
print(outcome.value, outcome.by, [citation.text["en"] for citation in outcome.citations])
print(decision.explain("target_group", language="fi"))
