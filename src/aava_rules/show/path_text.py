"""The client path as text: every step with the client's place on it, and what is to be done now."""

from __future__ import annotations

from typing import TextIO

from ..decision import Decision
from ..path import ClientPath
from ..report_words import sources_text
from ..wording import day
from .place import done_text, due_of, gaps_text, reason_of, round_text
from .plain_text import clean, columns, wrapped
from .words import MARKS, STATES, word


def write_path(path: ClientPath, decision: Decision, out: TextIO, language: str) -> None:
    """Write a client's place on the path."""
    rulebook = decision.rulebook
    lines = [clean(f"{decision.record_id}  {day(decision.on, language)}  {rulebook['name']} {rulebook['version']}")]
    if path.steps:
        lines += [*wrapped(round_text(path, decision, language)), ""]
        lines += [*path_lines(path, language), ""]
        lines += now_lines(path, decision, language)
    else:
        lines.append(word("no_path", language))
    if cautions := [caution.text(language) for caution in decision.cautions]:
        lines += ["", *(line for text in cautions for line in wrapped(text))]
    out.write("\n".join(lines) + "\n")


def path_lines(path: ClientPath, language: str) -> list[str]:
    """A line for each step: number, mark, name, state, and what is known of it."""
    rows = []
    for step in path.steps:
        dues = dict.fromkeys(text for one in step.next if (text := due_of(one, language)))
        about = [*dues, done_text(step, language), gaps_text(step, language)]
        state = STATES[step.state][language]
        told = "; ".join(filter(None, about)) or ("" if step.state == "done" else state)
        shown = told if step.state in ("done", "open") else f"{state}: {told}" if told != state else state
        rows.append((f"{step.number:>2}", MARKS[step.state], step.title(language), shown))
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
