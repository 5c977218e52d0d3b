"""What is left of a limit: days counted, the most there may be, and the last day at the agreed days a week."""

import json
from pathlib import Path

import aava_rules

record = json.loads((Path(__file__).parent / "records" / "178-days-of-attendance.json").read_text(encoding="utf-8"))
period = record["periods"][0]
period["attended_on"] = [day for day in period["attended_on"] if day <= "2021-10-01"]

decision = aava_rules.load("finland").decide(
    record, on="2021-10-01", only=["participation_days_cap", "planned_days_fit", "days_per_week_max"]
)
for finding in decision.findings:
    print(f"{finding.key}: {finding.status}, {finding.measured} of {finding.limit} {finding.unit}, {finding.left} left")
    if finding.last_day is not None:
        print(f"    met up to {finding.last_day} at the agreed days a week")
    print("   ", finding.text("en"))
