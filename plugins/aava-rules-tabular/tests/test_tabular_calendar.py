"""The calendar of a worklist is iCalendar as other programs read it, with an event for each line that has a day."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import aava_rules_tabular
import pytest
from typer.testing import CliRunner

import aava_rules
from aava_rules.decision.plugins import manager
from aava_rules.tools.cli import build
from aava_rules.tools.reports.worklist import Worklist

icalendar = pytest.importorskip("icalendar", reason="a dependency of the plugin that is not installed here")
BOOK = aava_rules.load("finland", plugins=False)
PLAN = {"kind": "activation_plan", "made_on": "2023-03-01", "reviewed_on": [], "includes_rehabilitative_work": False}
REVIEWED = {
    "id": "reviewed",
    "plans": [PLAN | {"id": "p"}, PLAN | {"id": "q", "reviewed_on": None}],
    "periods": [],
    "events": [],
}


def events(on: date, until: date, language: str = "en") -> list[Any]:
    worklist = Worklist(BOOK, on, until)
    worklist.items.extend(BOOK.due(REVIEWED, on, until))
    out = io.StringIO()
    aava_rules_tabular.Calendar().write(worklist, out, language)
    calendar = icalendar.Calendar.from_ical(out.getvalue())
    return list(calendar.walk("VEVENT"))


def test_a_line_is_an_event_of_its_whole_day_and_an_unknown_day_has_none() -> None:
    """The event begins on the due day and ends before the next one; it names record, rule, place, and paragraph."""
    (event,) = events(date(2023, 5, 2), date(2023, 6, 1))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2023, 6, 1), date(2023, 6, 2))
    assert str(event["SUMMARY"]) == "reviewed: First review of the plan within three months"
    for part in ("1 June 2023", "plans[id=p]", "employment authority", "Act 189/2001 section 9(3)"):
        assert part in str(event["DESCRIPTION"])


def test_what_is_late_stands_on_the_first_day_under_the_same_uid() -> None:
    """A later worklist moves the event instead of adding another one, also in another language."""
    (in_time,), (late,) = events(date(2023, 6, 1), date(2023, 6, 1)), events(date(2023, 6, 2), date(2023, 6, 2), "fi")
    assert in_time["DTSTART"].dt == date(2023, 6, 1)
    assert late["DTSTART"].dt == date(2023, 6, 2)
    assert "myöhässä 2.6.2023 alkaen" in str(late["DESCRIPTION"])
    assert in_time["UID"] == late["UID"]


def test_the_command_knows_the_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`aava-rules due --format ics` writes it: lines that end as the standard says, at most 75 bytes each."""
    monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
    monkeypatch.setattr(
        "aava_rules.tools.cli.options.load", lambda name, **_: aava_rules.load(name, plugins=[aava_rules_tabular])
    )
    path = tmp_path / "client.json"
    path.write_text(json.dumps(REVIEWED), encoding="utf-8")
    arguments = ["due", str(path), "--from", "2023-05-02", "--until", "2023-06-01", "--rulebook", "finland"]
    done = CliRunner().invoke(build(manager()), [*arguments, "--format", "ics"], catch_exceptions=False)
    lines = done.stdout_bytes.split(b"\r\n")
    assert (lines[0], lines[-2], done.exit_code) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR", 0)
    assert max(map(len, lines)) <= 75
