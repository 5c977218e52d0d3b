"""Why a file cannot be read as YAML: the cause in the lines, in place of the symptom that a reader of YAML meets."""

from __future__ import annotations

import re
from typing import Any

_LOOK: str = "Look at the brackets, quotes, colons and indentation here and on the line above."
_BLOCK = re.compile(r"expected (key|'-' indicator|<block end>)")
_ENTRY = re.compile(r"( *)((?:- +)*)(\S?)")
_KEY = re.compile(r"(?:- +)*[\w.-]+:(?: |$)")


def cause(error: Any, line: int, lines: list[str]) -> tuple[str, str]:
    """Why a file cannot be read, and what to do.

    Args:
        error: what the reader of YAML raised.
        line: the line of the problem, from 1.
        lines: the lines of the file.
    """
    source = lines[line - 1]
    problem = str(getattr(error, "problem", None) or "")
    opened = getattr(error, "context_mark", None)
    context = str(getattr(error, "context", None) or "")
    where = f"line {opened.line + 1}, column {opened.column + 1}" if opened is not None else ""
    indentation = source[: len(source) - len(source.lstrip())]
    if "\t" in indentation:
        return _LOOK, "Indent with spaces, not tabs."
    if re.search(r"[\[{].*\bin \[", source):
        return _LOOK, "A test with brackets stands on its own `- ` line, or in quotes."
    if "quoted scalar" in context:
        return f"The quote on {where} is not closed.", "Close it on its line."
    if "flow sequence" in context or "flow mapping" in context:
        sign = "[" if "sequence" in context else "{"
        return f"The bracket {sign} on {where} is not closed before this.", "Close it, or put it in quotes in a text."
    if _BLOCK.search(problem) and source.strip():
        return _not_in_line(line, lines)
    if problem.startswith("mapping values") and _KEY.match(source.strip()):
        drawn_in = _drawn_in(line, lines)
        if drawn_in is not None:
            return drawn_in
    if re.search(r":.*: |: .*#", source):
        return _LOOK, "Put a text that holds `: ` or ` #` in quotes."
    return _LOOK, ""


def _columns(source: str) -> tuple[list[int], int]:
    """The columns, from 1, of the hyphens that begin a line, and that of what follows them."""
    match = _ENTRY.match(source)
    assert match is not None
    spaces, hyphens = len(match[1]), match[2]
    return [spaces + place + 1 for place, sign in enumerate(hyphens) if sign == "-"], spaces + len(hyphens) + 1


def _is_text(source: str) -> bool:
    return bool(source.strip()) and not source.lstrip().startswith("#")


def _not_in_line(line: int, lines: list[str]) -> tuple[str, str]:
    """A line that begins where nothing above it does."""
    source = lines[line - 1]
    hyphens, column = _columns(source)
    begins = hyphens[0] if hyphens else column
    is_item = bool(hyphens)
    items: list[int] = []
    keys: list[int] = []
    deepest = begins + 1000
    for above in reversed(lines[: line - 1]):
        if not _is_text(above):
            continue
        above_hyphens, above_column = _columns(above)
        first = above_hyphens[0] if above_hyphens else above_column
        if first < deepest:
            items += [place for place in above_hyphens if place not in items]
            if _KEY.match(above.strip()) and above_column not in keys:
                keys.append(above_column)
            deepest = first
        if first == 1:
            break
    open_columns = sorted(items if is_item else keys) or sorted({*items, *keys})
    if not open_columns:
        return _LOOK, ""
    listed = " and ".join(filter(None, (", ".join(map(str, open_columns[:-1])), str(open_columns[-1]))))
    what = "items" if is_item else "keys"
    nearest_column = min(open_columns, key=lambda place: (abs(place - begins), -place))
    why = f"It begins at column {begins}, and the {what} above it begin at column {listed}."
    if begins in open_columns:
        before = "a hyphen" if not is_item else "a key"
        return f"It begins at column {begins}, where {before} is expected.", "Begin it at the column of its like."
    return why, f"Begin it at column {nearest_column} if it belongs with what begins there."


def _drawn_in(line: int, lines: list[str]) -> tuple[str, str] | None:
    """A key that is indented more than the key above it, which has its value already; None if this is not so."""
    _, column = _columns(lines[line - 1])
    for number in range(line - 1, 0, -1):
        above = lines[number - 1]
        if _is_text(above):
            _, above_column = _columns(above)
            if above_column < column and _KEY.match(above.strip()) and not above.rstrip().endswith(":"):
                why = f"It is indented more than line {number}, so that it would go on with the value of that line."
                return why, f"Begin it at column {above_column}."
            return None
    return None
