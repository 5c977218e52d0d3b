"""What schemathesis is told beside the document: days of the calendar, and what no JSON Schema can say."""

from __future__ import annotations

import json
from datetime import date

import schemathesis
from hypothesis import strategies as st

from aava_rules.language.values import FIRST_DAY, LAST_DAY

CONTRADICTIONS = {"AR119", "AR118"}
"""Codes that a record may get though it fits its schema: values that contradict one another, a length that leads past the last
day, a number with more decimals than are read."""
NOT_PRINTABLE = "AR121"
"""Signs that cannot be printed: no pattern that every reader of JSON Schema knows has all of them."""

schemathesis.openapi.format("date", st.dates(FIRST_DAY, LAST_DAY).map(date.isoformat))


@schemathesis.check
def only_what_no_schema_says_is_refused(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A record that fits the document is refused for nothing that the document could have said."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    faults = json.loads(response.content)["error"]["faults"]
    told = {(fault["code"], fault["what"]) for fault in faults}
    unsaid = {(code, what) for code, what in told if code not in CONTRADICTIONS | {NOT_PRINTABLE}}
    assert not unsaid, f"The document does not say: {sorted(unsaid)}"
