"""The client path as a Mermaid flowchart, with a client's place on it if there is one."""

from __future__ import annotations

import re
from typing import TextIO

from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.path_graph import edges, path_order
from aava_rules.decision.text.catalogue import text
from aava_rules.rulebook.model import Parts
from aava_rules.tools.markup.style import MARKS, STATE_COLOURS
from aava_rules.tools.pages.path import state_line

_PLAIN = re.compile(r"[^\w .,()/:–§✓→·?-]")


def write(
    parts: Parts, title: str, out: TextIO, language: str, path: ClientPath | None, decision: Decision | None
) -> None:
    """Write the flowchart.

    Args:
        parts: the stack of rulebooks, which has the steps.
        title: the title of the rulebook.
        out: the text stream to write to.
        language: the language of texts.
        path: a client's place on the path; None to show the path alone.
        decision: the decision on that client; None with ``path``.
    """
    numbers = {step.name: number for number, step in enumerate(path_order(parts), 1)}
    header = f"{text('page.path', language)}: {title}"
    if decision is not None:
        header += f", {decision.record_id}"
    lines = ["flowchart TD", f"    accTitle: {_one_line(header)}"]
    for name, number in numbers.items():
        place = path.steps[number - 1] if path is not None else None
        label = "<br/>".join([f"{number}. {safe(parts.steps[name].title[language])}", *_place(place, language)])
        lines.append(f'    s{number}["{label}"]')
    lines += [f"    s{numbers[before]} --> s{numbers[after]}" for before, after in edges(parts)]
    if path is not None:
        for state, (ground, colour) in STATE_COLOURS.items():
            nodes = [f"s{step.number}" for step in path.steps if step.state == state]
            if nodes:
                lines.append(f"    classDef {state} fill:{ground},stroke:{colour},color:{colour}")
                lines.append(f"    class {','.join(nodes)} {state}")
    out.write("\n".join(lines) + "\n")


def safe(text: str) -> str:
    """``text`` for a label in quotes: what Mermaid or HTML could take for markup becomes a character code."""
    return _PLAIN.sub(lambda match: f"#{ord(match[0])};", " ".join(text.split()))


def _one_line(text: str) -> str:
    """Text for a line of its own, where no codes are read."""
    return " ".join(_PLAIN.sub(" ", text).split())


def _place(step: PathStep | None, language: str) -> list[str]:
    if step is None:
        return []
    return [safe(f"{MARKS[step.state]} {state_line(step, language)}")]
