"""Findings have keys that survive re-sorting, so a host can track them; next steps have due days."""

from datetime import date
from pathlib import Path

import aava_rules

folder = Path(__file__).parent / "records"
rulebook = aava_rules.load("aava")

decision = rulebook.decide((folder / "limits-broken.json").read_bytes(), on=date(2022, 4, 1))
for finding in decision.findings:
    if finding.status == "broken":
        print(f"{finding.key} [{finding.weight}] {finding.text('sv')}")

decision = rulebook.decide((folder / "follow-up-call.json").read_bytes(), on=date(2015, 9, 15))
for step in decision.next_steps:
    print(f"{step.step}, due {step.due}, overdue: {step.overdue}: {step.text('fi')}")
