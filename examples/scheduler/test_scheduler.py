"""What a vendor writes to test a scheduler: a property, and the clients that it is to hold for."""

from datetime import date
from typing import Any

import pytest
from scheduler import schedule, schedule_by_calendar

import aava_rules
from aava_rules.testing import breaks_no_limit, situations

RULEBOOK = aava_rules.load("finland")


def with_a_plan(situation: tuple[dict[str, Any], date]) -> tuple[dict[str, Any], date]:
    """The client of a drawn situation with a plan and no period yet: of others the scheduler plans nothing."""
    record, on = situation
    return record | {"plans": [{"kind": "activation_plan", "made_on": on}], "periods": []}, on


CLIENTS = situations(RULEBOOK).map(with_a_plan)


def test_the_scheduler_breaks_no_limit() -> None:
    """Whatever the client and the day, what is planned keeps every limit of the law."""
    breaks_no_limit(schedule_by_calendar, RULEBOOK, records=CLIENTS)


@pytest.mark.xfail(reason="it takes 90 days for three months: see README.md", strict=True)
def test_the_first_version_breaks_no_limit() -> None:
    """The version before counted 90 days, which are three months for most clients that somebody thinks of."""
    breaks_no_limit(schedule, RULEBOOK, records=CLIENTS)
