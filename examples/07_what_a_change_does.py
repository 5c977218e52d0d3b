"""Two rulebooks, or two days, are compared: whose answers change, from what to what, and by which rules."""

from pathlib import Path

import aava_rules

folder = Path(__file__).parent / "records"
records = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
law, model = aava_rules.load("finland"), aava_rules.load("aava")

comparison = law.compare(model, records, on="2015-09-15")
print(f"{len(comparison.law.rules)} rules differ")
for client in comparison:
    steps = [change for change in client.changes if change.kind == "step"]
    for change in steps:
        before, after = change.texts("en")
        print(f"{client.record_id}: {change.title('en')}: {before} -> {after} ({', '.join(change.after.by)})")
print(f"{comparison.counts.compared} records compared; clients by answer, small numbers closed:")
for count in comparison.counts.cells[:3]:
    print(count.to_dict())

# between two days, what time alone changes is told apart from what the law changes
for client in law.compare(records=records, on="2014-12-31", until="2015-01-01", only=["duty_to_organise"]):
    for change in client.changes:
        print(f"{client.record_id}: {change.key}: {' -> '.join(change.texts('en'))}, because of {change.cause}")
