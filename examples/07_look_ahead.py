"""What will be otherwise if nothing happens but time, from which day on, and what makes it so."""

from datetime import date
from pathlib import Path

import aava_rules

facts = {"unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False}
subsidy = {"kind": "labour_market_subsidy", "because_of_unemployment": True}
record = {
    "id": "ahead",
    "client": {"birth_date": "1980-02-01"},
    "facts": facts | {"allowance_exhausted": False},
    "benefits": [subsidy | {"start": "2012-10-01", "end": "2014-02-28", "days": 370}],
    "events": [],
}
rulebook = aava_rules.load("finland")
assume = {"benefits": "continue", "facts": "continue"}  # said with every change

for change in rulebook.look_ahead(record, on=date(2014, 2, 28), only=["target_group"], assume=assume):
    print(change.text("en"))
    for cause in change.causes:
        print("   ", change.cause_text(cause, "en"))

# the first day on which one answer may be another: a finding of five days a week, the plan being older than July 2015
path = Path(__file__).parent / "records" / "five-days-a-week-2015.json"
for finding in rulebook.decide(path.read_bytes(), on=date(2015, 9, 15), only=["days_per_week_max"]).findings:
    print(finding.key, finding.status, "to be looked at again on", finding.recheck_on)
