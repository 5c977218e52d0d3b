"""The money of a month, from attendance: days payable, compensation, the state's reimbursement, and what to ask."""

import csv
from pathlib import Path

import aava_rules

folder = Path(__file__).parent / "months"
with (folder / "absences.csv").open(encoding="utf-8", newline="") as stream:
    rows = list(csv.DictReader(stream))
rulebook = aava_rules.load("finland")

for client in (folder / "clients.jsonl").read_text(encoding="utf-8").splitlines():
    record = aava_rules.Record.model_validate_json(client)
    absences = [
        {
            "on": row["on"],
            "reason": row["reason"] or None,
            "child_age": int(row["child_age"]) if row["child_age"] else None,
        }
        for row in rows
        if row["client"] == record.id
    ]
    month = rulebook.month_of(record, "2024-05", on="2024-06-03", absences=absences)
    print(month.text("en"))
    for absence in month.absences:
        print(
            f"   absent, {absence.reason or 'reason not recorded'}: {len(absence.days)}, paid {absence.paid.text('en')}"
        )
    for fact in month.missing:
        print("   to ask:", fact.text("en"))
