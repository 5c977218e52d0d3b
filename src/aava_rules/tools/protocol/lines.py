"""Requests and answers as lines of JSON on two streams: one answer for each line, at once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from aava_rules.language.errors import Fault
from aava_rules.record.json_text import SIZE_MAX
from aava_rules.tools.protocol.answer import Rulebooks, answered, failed
from aava_rules.tools.protocol.errors import RequestError

LINE_MAX: Final = SIZE_MAX
"""Most bytes of a line, its end not counted: as many as one record may have."""
_CHUNK: Final = 2**20


def serve(requests: BinaryIO, answers: BinaryIO, rulebooks: Rulebooks) -> int:
    """Answer every line of a stream, until it ends.

    The answer to a line is written and flushed before the next line is looked for, so that a caller may wait for it.

    Args:
        requests: lines of JSON in UTF-8. The last one need not be ended.
        answers: where answers go, a line for each line, in the same order.
        rulebooks: the rulebooks that may be asked.

    Returns:
        How many lines were answered.

    Raises:
        BrokenPipeError: nobody reads the answers any more.
        OSError: they cannot be written.
    """
    number = 0
    for number, line in enumerate(_lines(requests), 1):
        if line is None:
            what = f"is over {LINE_MAX // 2**20} MB"
            answer = failed(RequestError(None, [Fault("request", "AR120", what, hint="What follows is read.")]))
        else:
            answer = answered(line, rulebooks)
        # half a surrogate, which JSON can name and UTF-8 cannot hold, goes out by its name again
        answers.write(answer.to_json(number).encode("utf-8", "backslashreplace") + b"\n")
        answers.flush()
    return number


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream without their ends; None for one that is too long to be read."""
    while line := stream.readline(LINE_MAX + 2):
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(text) <= LINE_MAX:
            yield text
            continue
        while not line.endswith(b"\n") and (line := stream.readline(_CHUNK)):
            pass
        yield None
