"""A month's worklist: what is to be done for whom, by when, whom it falls on, and on which paragraph it rests."""

from pathlib import Path

import aava_rules

clients = (Path(__file__).parent / "county" / "clients.jsonl").read_text(encoding="utf-8").splitlines()
rulebook = aava_rules.load("finland")

lines = [line for client in clients for line in rulebook.due(client, on="2024-06-03", until="2024-07-03")]
for line in sorted(lines, key=lambda line: line.pressing):
    by_when = f"by {line.due}" if line.due else "by a day that is not known"
    late = f", late since {line.overdue_since}" if line.overdue_since else ""
    charged = f" ({', '.join(line.falls_on)})" if line.falls_on else ""
    print(f"{line.record_id}: {line.name} {by_when}{late}{charged}: {', '.join(line.cites)}")
