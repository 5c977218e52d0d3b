"""A day of decision in another form is refused, and told how it is to be written where only one day can be meant."""

from __future__ import annotations

import pytest
from brute import shipped
from typer.testing import CliRunner

import aava_rules
from aava_rules.tools.cli import build


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1.3.2015", "2015-03-01"), ("01.03.2015", "2015-03-01"), ("31.3.2015", "2015-03-31"), (" 1.3.2015 ", "2015-03-01"),
        ("13/3/2015", "2015-03-13"), ("3/13/2015", "2015-03-13"), ("3/3/2015", "2015-03-03"), ("1/3/2015", ""),
        ("2015.3.1", "2015-03-01"), ("2015/03/01", "2015-03-01"), ("2015-3-1", "2015-03-01"), ("20150301", "2015-03-01"),
        ("2015301", ""), ("2015-3.1", ""), ("31.2.2015", ""), ("1.13.2015", ""), ("0.3.2015", ""), ("1.3.15", ""),
        ("1.3.1899", ""), ("1.3.2201", ""), ("2015-02-30", ""), ("soon", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_day_in_another_form_is_told_how_it_is_written(written: str, told: str) -> None:
    """The order of year, month and day is always told, and the day where it is plain; one that may be two is not."""
    said = f"is a date such as 2014-05-05: year, month, day{f'; write {told}' if told else ''}."
    with pytest.raises(ValueError, match="The day of decision") as caught:
        shipped("finland").decide({"id": "a"}, on=written)
    assert str(caught.value) == f"The day of decision {said}"
    with pytest.raises(ValueError, match="The last day of a look ahead") as caught:
        shipped("finland").look_ahead({"id": "a"}, on="2014-05-01", until=written)
    assert str(caught.value).endswith(said.partition(": ")[2])


def test_the_option_says_so_and_a_record_is_not_quoted() -> None:
    """``--on 1.3.2015`` is answered with what to write; a day of a record is told its form alone."""
    result = CliRunner().invoke(build(), ["check", "-", "--on", "1.3.2015"])
    assert result.exit_code == 2 and "write 2015-03-01" in " ".join(result.stderr.replace("│", " ").split())
    with pytest.raises(aava_rules.RecordError) as caught:
        shipped("finland").decide({"id": "a", "client": {"birth_date": "27.3.1985"}}, on="2014-05-05")
    assert "YYYY-MM-DD" in str(caught.value) and "1985" not in str(caught.value)
