"""Decides every example record on the day that examples/records/README.md names for it."""

import re
from pathlib import Path

import aava_rules

RECORDS = Path(__file__).parent / "records"
ROW = re.compile(r"\| (\S+\.json) \| ([\d, -]+) \| (.+) \|")


def main() -> None:
    """Print one paragraph for each record and day, and one explanation in full."""
    rulebook = aava_rules.load("aava")
    print(f"{rulebook.title['en']}, version {rulebook.version}, on {aava_rules.load('finland').title['en']}\n")
    for file, days, shows in ROW.findall((RECORDS / "README.md").read_text(encoding="utf-8")):
        for day in days.split(", "):
            tell(rulebook.decide((RECORDS / file).read_bytes(), on=day), f"{file} on {day}: {shows}")
    decision = rulebook.decide((RECORDS / "a-17.json").read_bytes(), on="2014-05-05")
    print("Why is the client of a-17.json in the target group?\n")
    print(decision.explain("target_group", language="en"))


def tell(decision: aava_rules.Decision, heading: str) -> None:
    """Print what a worker would want to see first."""
    print(heading)
    print("  " + decision.outcomes["target_group"].text("en"))
    for finding in decision.findings:
        if finding.status == "broken":
            print(f"  broken ({finding.weight}): {finding.text('en')}")
    for step in decision.next_steps:
        print(f"  next: {step.text('en')}" + by_when(step))
    asked = [missing.text("en") for missing in decision.missing if "target_group" in missing.affects]
    if asked:
        print("  ask: " + "; ".join(asked))
    for caution in decision.cautions:
        print("  caution: " + caution.text("en"))
    print()


def by_when(step: aava_rules.NextStep) -> str:
    """Until when the step is to be taken; a day that is not known yet is UNKNOWN, which is neither true nor false."""
    if step.due is aava_rules.UNKNOWN:
        return " The day by which is not known yet."
    return f" Due {step.due}." if step.due else ""


if __name__ == "__main__":
    main()
