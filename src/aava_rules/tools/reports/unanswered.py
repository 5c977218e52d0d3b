"""A record that could not be answered, as reports that show such records are given it."""

from __future__ import annotations

from typing import Any

from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct
from aava_rules.tools.protocol.errors import error_dict


class Unanswered(Struct):
    """A record that could not be answered, and why; nothing of the record but its id.

    Attributes:
        place: its place in its source; empty if it is the whole source.
        record_id: its id; None if that is not known.
        error: why there is no answer.
        source: the name of its source, as messages name it.
    """

    place: str
    record_id: str | None
    error: AavaRulesError
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What is told of it, as JSON has it."""
        return {"record_id": self.record_id, "place": self.place, "error": error_dict(self.error)}
