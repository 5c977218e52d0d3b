"""Mermaid flowcharts: the client path, with a client's place on it if there is one; a rule; the rules of a question."""

from __future__ import annotations

import re
from typing import TextIO

from aava_rules.decision.client_path import ClientPath, PathStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.path_graph import edges, path_order
from aava_rules.decision.text.catalogue import text
from aava_rules.rulebook.model import Parts
from aava_rules.tools.markup.style import MARKS, STATE_COLOURS
from aava_rules.tools.pages.diagram import Diagram, RuleTable
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


_KINDS = {
    "met": ("#e3f2e6", "#0b3d1c"),
    "broken": ("#fbe9e9", "#8b0000"),
    "outside": ("#f2f2f2", "#3d3d3d"),
    "result": ("#dce9ff", "#00296b"),
}


def write_picture(picture: Diagram | RuleTable, out: TextIO, language: str) -> None:
    """Write the diagram of a rule, or the rules of a question with those that take precedence over others.

    Args:
        picture: what is drawn.
        out: the text stream to write to.
        language: the language of texts.
    """
    lines = ["flowchart TD", f"    accTitle: {_one_line(picture.title)}"]
    lines += _chain(picture, language) if isinstance(picture, Diagram) else _rules(picture, language)
    out.write("\n".join(lines) + "\n")


def _chain(diagram: Diagram, language: str) -> list[str]:
    lines = [f"    accDescr: {_one_line(diagram.note)}"]
    yes, no = safe(text("answer.true", language)), safe(text("answer.false", language))
    kinds: dict[str, list[str]] = {}
    for number, check in enumerate(diagram.checks, 1):
        shown = "<br/>".join(map(safe, (check.heading, *check.lines)))
        # a remark asks nothing
        lines.append(f'    c{number}["{shown}"]' if check.leaves_on is None else f'    c{number}{{{{"{shown}"}}}}')
        after = f"c{number + 1}" if number < len(diagram.checks) else "result"
        if check.leads_to is None:
            lines.append(f"    c{number} --> {after}")
            continue
        kinds.setdefault(check.leads_to.kind, []).append(f"e{number}")
        lines.append(f'    e{number}["{"<br/>".join(map(safe, check.leads_to.lines))}"]')
        lines.append(f"    c{number} -- {yes if check.leaves_on else no} --> e{number}")
        lines.append(f"    c{number} -- {no if check.leaves_on else yes} --> {after}")
    kinds.setdefault(diagram.end.kind, []).append("result")
    lines.append(f'    result["{"<br/>".join(map(safe, diagram.end.lines))}"]')
    return lines + _coloured(kinds)


def _rules(table: RuleTable, language: str) -> list[str]:
    lines = [f'    question["{safe(table.title)}"]']
    for number, row in enumerate(table.rows, 1):
        shown = "<br/>".join(
            f"{safe(head)}: {'; '.join(map(safe, cell))}" if place else "; ".join(map(safe, cell))
            for place, (head, cell) in enumerate(zip(table.heads, row, strict=True))
        )
        lines += [f'    r{number}["{shown}"]', f"    question --> r{number}"]
    numbers = {rule_id: number for number, rule_id in enumerate(table.ids, 1)}
    over = safe(text("page.overrides", language))
    lines += [f'    r{numbers[first]} -. "{over}" .-> r{numbers[second]}' for first, second in table.overrides]
    return lines + _coloured({"result": ["question"]})


def _coloured(kinds: dict[str, list[str]]) -> list[str]:
    lines = []
    for kind, nodes in kinds.items():
        ground, colour = _KINDS[kind]
        lines.append(f"    classDef {kind} fill:{ground},stroke:{colour},color:{colour}")
        lines.append(f"    class {','.join(nodes)} {kind}")
    return lines


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
