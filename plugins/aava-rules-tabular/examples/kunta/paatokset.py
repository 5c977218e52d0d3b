"""Who of the export of a municipality belongs to the target group, and whose plan or period breaks a rule."""

from __future__ import annotations

from pathlib import Path

from aava_rules_tabular import Tabular

import aava_rules
from aava_rules.adapters import BadRow
from aava_rules.mapping import read_mapped

HERE = Path(__file__).parent

book = aava_rules.load("finland")
mapping = aava_rules.load_mapping(HERE / "kartoitus.yaml", book)
for row in read_mapped(Tabular(), HERE / "vienti", mapping):
    if isinstance(row, BadRow):
        print(f"{row.place}: {row.reason}")
        continue
    decision = book.decide(row.record, on="2014-05-05")
    broken = [finding.title("fi") for finding in decision.findings if finding.status == "broken"]
    print(decision.record_id, decision.outcomes["target_group"].text("fi"), *broken, sep="; ")
