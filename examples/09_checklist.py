"""The plan being written: what must stand in it, ticked where the record has it, and when it is next reviewed."""

import aava_rules

draft = {"kind": "joint_plan", "entries": ["goal", "place", "job_search_duty"], "includes_rehabilitative_work": True}
made = aava_rules.load("finland").checklist("joint_plan", on="2025-06-03", record={"id": "K-9", "plans": [draft]})

for item in made.items:
    box = "[x]" if item.done else "[ ]"
    print(f"{box} {item.section}: {item.text('fi')} ({item.weight}: {item.citations[0].text['fi']})")
for line in made.dates:
    print(f"{line.name} by {line.due}")
