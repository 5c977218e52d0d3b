"""What a vendor writes to test a scheduler: one line for a property, and pytest runs it."""

import pytest
from scheduler import schedule, schedule_by_calendar

import aava_rules
from aava_rules.testing import breaks_no_limit

RULEBOOK = aava_rules.load("finland")


def test_the_scheduler_breaks_no_limit() -> None:
    """Whatever the client and the day, what is planned keeps every limit of the law."""
    breaks_no_limit(schedule_by_calendar, RULEBOOK)


@pytest.mark.xfail(reason="it takes 90 days for three months: see README.md", strict=True)
def test_the_first_version_breaks_no_limit() -> None:
    """The version before counted 90 days, which are three months for most clients that somebody thinks of."""
    breaks_no_limit(schedule, RULEBOOK)
