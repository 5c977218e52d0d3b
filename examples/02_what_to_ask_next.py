"""An unknown answer says which facts would settle it, and in which fields of the record they belong."""

import aava_rules

record = {
    "id": "example",
    "facts": {"unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "subsidy_days": 300},
}
decision = aava_rules.load("finland").decide(record, on="2014-03-03", only=["target_group"])

outcome = decision.outcomes["target_group"]
assert outcome.value is aava_rules.UNKNOWN
print(outcome.status, outcome.reasons)
for missing in decision.missing:
    print(f"- {missing.text('en')}: {', '.join(missing.fields)}")
