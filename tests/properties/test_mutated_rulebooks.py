"""Whatever happens to the files of a rulebook, it loads or is refused with faults; nothing else is raised."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.language.errors import RulebookError, RulebookNotFound
from aava_rules.rulebook.loader import load_parts
from aava_rules.rulebook.pack import dump, load

GOOD = Path(__file__).parents[1] / "rulebook" / "good"
ODD = [
    "", " ", "  ", "\n", "\t", "- ", ": ", "~", "null", "[]", "{}", "[", "]", "{", "}", '"', "'", "&a ", "*a", "!x ",
    "<<", "? ", "|", ">", "#", "%", "@", "`", "0", "1", "-1", "2", "1e9", "9" * 40, "1.5", "2020-01-01", "2020-02-30",
    "true", "none", "\x00", "\u2028", "\u202e", "é", "𝟙", "not: ", "any: ", "all: ", "(", ")", "x.y", "period.start",
    "plan.kind", "event.step", "item.x", "param.", "rule.from", "decision_date", "min(age, age)", "done(call)",
    "row(param.ladder, age, days)", "value_on(param.age_limit, birth_date)",
    "day_in(plan)", "age == ", " is none", " is known", " in [red]", " + 1", " and ", "lambda: 0", "__import__",
]  # fmt: skip


def find(name: str) -> Path:
    path = GOOD / name
    if not re.fullmatch("[a-z]+", name) or not path.is_dir():
        raise RulebookNotFound(f"No rulebook is named {name[:40]!r}.")
    return path


@cache
def files(name: str) -> dict[str, str]:
    folder = GOOD / name
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml"))}


@cache
def tokens() -> list[str]:
    texts = "\n".join(files("everything").values())
    return sorted({*re.findall(r"\w+(?:\.\w+)?", texts), *ODD})


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    name = draw(st.sampled_from(["adults", "everything"]))
    found = dict(files(name))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(found)))
        found[path] = draw(mutations(found[path]))
    return found


@st.composite
def mutations(draw: st.DrawFn, text: str) -> str:
    """The text with a character, word, line or key deleted, doubled, swapped or replaced."""
    kind = draw(st.sampled_from(["cut", "insert", "word", "word", "drop line", "double line", "swap lines", "indent"]))
    if kind in ("cut", "insert"):
        at = draw(st.integers(0, len(text)))
        return text[:at] + (
            text[at + draw(st.integers(1, 5)) :] if kind == "cut" else draw(st.sampled_from(tokens())) + text[at:]
        )
    if kind == "word":
        words = list(re.finditer(r"\w+(?:\.\w+)?", text))
        if not words:
            return text
        word = draw(st.sampled_from(range(len(words))))
        return text[: words[word].start()] + draw(st.sampled_from(tokens())) + text[words[word].end() :]
    lines = text.split("\n")
    one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    if kind == "drop line":
        del lines[one]
    elif kind == "double line":
        lines.insert(other, lines[one])
    elif kind == "swap lines":
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one] = lines[one][2:] if draw(st.booleans()) else f"  {lines[one]}"
    return "\n".join(lines)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_a_mutated_rulebook_loads_or_is_refused(found: dict[str, str]) -> None:
    """A rulebook with random changes loads, and then also packs; or RulebookError tells its faults."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "mutated"
        for path, text in found.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8", newline="")
        refusal, parts = None, None
        try:
            parts = load_parts(root, find)
        except RulebookError as error:
            refusal = error
    if refusal is not None:
        assert refusal.faults
        assert str(refusal).startswith("mutated: ")
    else:
        assert parts is not None
        assert load(dump(parts)) == parts
