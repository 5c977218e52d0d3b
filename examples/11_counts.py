"""Follow-up without persons: how many clients of each municipality have which answer, quarter by quarter."""

from pathlib import Path

import aava_rules

register = (Path(__file__).parent / "follow_up" / "clients.jsonl").read_text(encoding="utf-8").splitlines()
counts = aava_rules.load("finland").counts(register, on="2024", only=["plan_reviewed_in_time"])

print(counts.text("en"))
for table in counts.tables:
    for row in table.rows:
        told = dict(zip(table.answers, row.counts, strict=True))
        shown = ", ".join(f"{answer} {'..' if clients is None else clients}" for answer, clients in told.items())
        print(f"{table.quarter} {row.area.text('en')} ({row.clients}): {shown}")
