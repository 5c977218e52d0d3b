"""A record or source that could not be answered or read, as reports that show such records are given it."""

from __future__ import annotations

from typing import Any, Final

from aava_rules.language.errors import AavaRulesError, RecordError
from aava_rules.language.structs import Struct
from aava_rules.tools.protocol.errors import UnreadFile, error_dict, sentence

ERROR: Final = "error"
UNREAD: Final = "unread"


class Unanswered(Struct):
    """A record that could not be answered, or a file that is not read, and why; nothing of the record but its id.

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

    @property
    def is_fault(self) -> bool:
        """Whether something is wrong with it; a file of a folder that nothing reads is only left out."""
        return not isinstance(self.error, UnreadFile)

    @property
    def status(self) -> str:
        """What stands for it where each line of a format has a status: ``error``, or ``unread`` of a file left out."""
        return ERROR if self.is_fault else UNREAD

    @property
    def where(self) -> str:
        """Its source and its place in it."""
        return ", ".join(filter(None, (self.source, self.place)))

    @property
    def lines(self) -> list[str]:
        """A line for each thing that is wrong: where in the record, what, why, and what to do."""
        if isinstance(self.error, RecordError):
            return [sentence(fault) for fault in self.error.faults]
        return str(self.error).splitlines()

    def to_dict(self) -> dict[str, Any]:
        """What is told of it, as JSON has it."""
        place = {"record_id": self.record_id, "source": self.source, "place": self.place}
        return place | {"error": error_dict(self.error)}
