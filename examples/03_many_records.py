"""A register is read lazily; a record that is wrong comes out as a failure and never stops the others."""

from pathlib import Path

import aava_rules

folder = Path(__file__).parent / "records"
sources = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
sources.append(b'{"id": "wrong", "facts": {"unemployd": true}, "periods": [{"start": "2014-02-30"}]}')

rulebook = aava_rules.load("aava")
for answer in rulebook.decide_many(sources, on="2015-09-15"):
    if isinstance(answer, aava_rules.RecordFailure):
        print(f"record {answer.position} ({answer.record_id}): {answer.error}")
        continue
    broken = [finding.key for finding in answer.findings if finding.status == "broken"]
    print(f"{answer.record_id}: {answer.outcomes['target_group'].status}, broken: {broken}")
