"""From a Bundle and a file of codes to findings and next steps as resources of FHIR."""

import json
from pathlib import Path

import aava_rules_fhir

import aava_rules
from aava_rules.adapters import BadRow

FOLDER = Path(__file__).parent
ON = "2015-09-15"

rulebook = aava_rules.load("aava", plugins=False)
adapter = aava_rules_fhir.Fhir(FOLDER / "codes.json")
for row in adapter.read(FOLDER / "register.fhir.json"):
    if isinstance(row, BadRow):
        print(f"{row.place}: {row.reason}")
        continue
    decision = rulebook.decide(row.record, on=ON)
    for resource in aava_rules_fhir.detected_issues(decision, "en") + aava_rules_fhir.tasks(decision, "en"):
        print(json.dumps(resource, ensure_ascii=False))
