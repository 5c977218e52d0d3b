"""Python by hand, as a careful person writes it where facts may be missing.

It gives what `decide` gives: true, false or None, the rules that decide, and the missing facts that
matter. Only the age cuts both ways, so each side of it is worked out; with the age given, plain Kleene
logic is exact, since every other fact speaks for the answer, or every time against it.
"""

from __future__ import annotations

Test = tuple[str, int, "bool | None"]
Ground = tuple[str, tuple[Test, ...]]
Answer = tuple["bool | None", tuple[str, ...], tuple[str, ...]]

NO: Answer = (False, (), ())


def target_group(facts: dict[str, int | None]) -> Answer:
    """Whether the client belongs to the target group, by which rules, and which missing facts matter."""
    get = facts.get
    integration = get("integration_plan_entitled")
    if integration:
        return False, ("TG-80",), ()
    unemployed = get("unemployed")
    subsidy, assistance = get("subsidy_entitled"), get("receives_social_assistance")
    entitled = True if subsidy or assistance else None if subsidy is None or assistance is None else False
    if unemployed is False or entitled is False:
        return NO

    age = get("age")
    plan, exhausted = get("employment_plan_made"), get("allowance_exhausted")
    sides: list[tuple[Ground, ...]] = []
    if age is None or age < 25:
        sides.append(
            (
                ("TG-11", (("employment_plan_made", 0, plan), at_least(facts, "subsidy_days_last_12_months", 180))),
                ("TG-12", (("employment_plan_made", 0, plan), ("allowance_exhausted", 0, exhausted))),
                (
                    "TG-13",
                    (
                        ("jobseeker_interview_held", 0, get("jobseeker_interview_held")),
                        at_least(facts, "social_assistance_months", 4),
                    ),
                ),
            )
        )
    if age is None or age >= 25:
        sides.append(
            (
                ("TG-21", (("employment_plan_made", 0, plan), at_least(facts, "subsidy_days", 500))),
                (
                    "TG-22",
                    (
                        ("employment_plan_made", 0, plan),
                        ("allowance_exhausted", 0, exhausted),
                        at_least(facts, "subsidy_days_after_allowance", 180),
                    ),
                ),
                ("TG-23", (("employment_plan_made", 0, plan), at_least(facts, "social_assistance_months", 12))),
            )
        )

    answers, sure, possible = [], [], []
    for grounds in sides:
        answer: bool | None = False
        for rule, tests in grounds:
            state = holds(tests)
            if state:
                answer = True
                sure.append(rule)
                possible.append(rule)
            elif state is None:
                possible.append(rule)
                if not answer:
                    answer = None
        answers.append(answer)
    if not possible:
        return NO
    met = all(answers)
    if met and unemployed and entitled and integration is False:
        # with the age unknown no rule surely holds: those of both sides decide between them
        return True, tuple(possible if age is None else sure), ()
    return None, (), missing(sides, met, facts)


def at_least(facts: dict[str, int | None], name: str, limit: int) -> Test:
    """The test that a number reaches a limit."""
    number = facts.get(name)
    return name, limit, None if number is None else number >= limit


def holds(tests: tuple[Test, ...]) -> bool | None:
    """Whether all tests hold."""
    held: bool | None = True
    for _, _, state in tests:
        if state is False:
            return False
        if state is None:
            held = None
    return held


def missing(sides: list[tuple[Ground, ...]], met: bool, facts: dict[str, int | None]) -> tuple[str, ...]:
    """The unknown facts of which some value would change the answer, sorted."""
    names = {name for name in ("integration_plan_entitled", "unemployed") if facts.get(name) is None}
    entitlements = ("subsidy_entitled", "receives_social_assistance")
    if not any(facts.get(name) for name in entitlements):
        names.update(name for name in entitlements if facts.get(name) is None)
    if not met:
        waits = [waited_for(grounds) for grounds in sides]
        for alternatives in waits:
            names.update(name for tests in alternatives for name, _ in tests)
        if len(waits) == 2 and waits[0] != waits[1]:
            names.add("age")
    return tuple(sorted(names))


def waited_for(grounds: tuple[Ground, ...]) -> set[frozenset[tuple[str, int]]]:
    """What each open ground still waits for; not those that wait for more than another does."""
    found = {
        frozenset((name, limit) for name, limit, state in tests if state is None)
        for _, tests in grounds
        if holds(tests) is not False
    }
    return {tests for tests in found if not any(other < tests for other in found)}


class Explained:
    """The function above."""

    def ready(self, facts: dict[str, int | None]) -> dict[str, int | None]:
        return facts

    def one(self, case: dict[str, int | None]) -> Answer:
        return target_group(case)

    def told(self, answer: Answer) -> Answer:
        return answer
