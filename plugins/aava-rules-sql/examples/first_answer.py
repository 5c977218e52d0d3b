"""The first answer from a client register in SQLite: one mapping file, and these lines."""

from aava_rules_sql import SqlRegister

import aava_rules
from aava_rules.mapping import load

rulebook = aava_rules.load("finland")
register = SqlRegister("clients.sqlite", load("clients.yaml", rulebook))
for row in register.rows():
    print(row.record["id"], rulebook.decide(row.record, on="2014-05-05").outcomes["target_group"].value)
