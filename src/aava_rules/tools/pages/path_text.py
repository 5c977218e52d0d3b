"""The client path as text: every step with the client's place on it, and what is to be done now."""

from __future__ import annotations

from typing import TextIO

from aava_rules.decision.client_path import ClientPath
from aava_rules.decision.decision import Decision
from aava_rules.decision.text.values import day
from aava_rules.tools.pages.path import due_of, missing_rows, reason_of, round_text, told
from aava_rules.tools.pages.plain_text import clean, columns, wrapped
from aava_rules.tools.pages.words import MARKS, word
from aava_rules.tools.reports.shown import sources_text
from aava_rules.tools.reports.shown import word as ask


def write_path(path: ClientPath, decision: Decision, out: TextIO, language: str) -> None:
    """Write a client's place on the path."""
    rulebook = decision.rulebook
    lines = [clean(f"{decision.record_id}  {day(decision.on, language)}  {rulebook['name']} {rulebook['version']}")]
    if path.steps:
        lines += [*wrapped(round_text(path, decision, language)), ""]
        lines += [*path_lines(path, language), ""]
        lines += now_lines(path, decision, language)
        if missing := missing_lines(decision, language):
            lines += ["", *missing]
    else:
        lines.append(word("no_path", language))
    if cautions := [caution.text(language) for caution in decision.cautions]:
        lines += ["", *(line for text in cautions for line in wrapped(text))]
    out.write("\n".join(lines) + "\n")


def path_lines(path: ClientPath, language: str) -> list[str]:
    """A line for each step: number, mark, name, state, and what is known of it."""
    rows = [(f"{one.number:>2}", MARKS[one.state], one.title(language), told(one, language)) for one in path.steps]
    return columns(rows, 0)


def now_lines(path: ClientPath, decision: Decision, language: str) -> list[str]:
    """What is to be done now, the earliest due first, each with its reason and source."""
    if not path.next:
        return [word("nothing_now", language)]
    lines = [f"{word('now', language)}:"]
    for one in path.next:
        due = due_of(one, language)
        lines += wrapped(one.title(language) + (f" – {due}" if due else ""), 2, 2)
        if why := reason_of(one, decision, language):
            lines += wrapped(why, 4)
        ground = [one.where, sources_text(one, language)]
        lines += wrapped("; ".join(filter(None, ground)), 4)
    return lines


def missing_lines(decision: Decision, language: str) -> list[str]:
    """What to ask next, the most useful first."""
    rows = missing_rows(decision, language)
    return [f"{ask('missing', language)}:", *(line for row in rows for line in wrapped(row, 2, 2))] if rows else []
