"""Worklists as iCalendar (RFC 5545), which every calendar program opens."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from icalendar import Event


class Calendar:
    """A worklist as a calendar (``aava-rules due --format ics > work.ics``): an event of a whole day for each line.

    What is late stands on the first day of the worklist. A line by a day that is not known has no event. An event has
    the same UID in every run, so that a calendar program puts a later one in its place.
    """

    name = "ics"

    def write(self, worklist: Any, out: TextIO, language: str) -> None:
        """Write the calendar.

        Args:
            worklist: what is written.
            out: the text stream to write to; bytes go to the stream below it, if there is one.
            language: the language of texts.
        """
        from icalendar import Calendar as Document  # what only a calendar needs is imported when one is written

        document = Document()
        document.add("prodid", f"-//aava-rules//{worklist.book.name} {worklist.book.version}//{language.upper()}")
        document.add("version", "2.0")
        document.add("method", "PUBLISH")
        document.add("x-wr-calname", worklist.title(language))
        stamp = datetime.combine(worklist.on, time(), UTC)
        for line in worklist.lines(language):
            if line.item.due is not None:
                document.add_component(_event(line, worklist.on, stamp, language))
        data = document.to_ical()
        target = getattr(out, "buffer", None)
        if target is None:
            out.write(data.decode())
            return
        out.flush()
        target.write(data)
        target.flush()


def _event(line: Any, on: Any, stamp: datetime, language: str) -> Event:
    from icalendar import Event

    item = line.item
    day = max(item.due, on)
    event = Event()
    event.add("uid", _uid(item))
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")  # something to do takes no time of the day
    event.add("summary", f"{item.record_id}: {line.what(language)}")
    told = [line.by_when(language), line.where, line.falls_on, *(cite.text[language] for cite in line.citations)]
    event.add("description", "\n".join(filter(None, told)))
    event.add("categories", [item.weight])
    return event


def _uid(item: Any) -> str:
    """What names a line in every run: it does not hang on the day, which may be put off."""
    place = item.item if item.item is not None else item.position
    named = json.dumps([item.record_id, item.kind, item.name, item.list, place, sorted(item.rules)])
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@aava-rules"
