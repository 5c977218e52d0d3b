"""All contestants answer the same clients, and must answer the same, before anything is timed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contestants import BY_KEY, CONTESTANTS
from workers import Failed, run


class Disagreement(Exception):
    """Contestants answer differently; the text says who, and to how many clients."""


def check(folder: Path, full: Path, gaps: Path, absent: dict[str, str]) -> tuple[list[str], dict[str, str], str]:
    """Those that answer as `decide` does, those that cannot answer and why, and what was compared.

    ``absent`` are packages that could not be installed, and why. Raises Disagreement.
    """
    failed: dict[str, str] = {}
    wrong: list[str] = []
    right = _answers(folder, "ours", full), _answers(folder, "ours", gaps)
    for one in CONTESTANTS:
        if one.package in absent:
            failed[one.key] = absent[one.package]
            continue
        try:
            for path, expected in zip((full, gaps) if one.gaps else (full,), right, strict=False):
                for many in [kind for kind, asked in ((False, one.one), (True, one.many)) if asked]:
                    found = _answers(folder, one.key, path, many)
                    bad = sum(map(_differ, found, expected)) if len(found) == len(expected) else len(expected)
                    if bad:
                        wrong.append(f"{one.title}: {bad} of {len(expected)} answers ({path.stem}) differ from decide")
        except Failed as error:
            failed[one.key] = str(error)
    if wrong:
        raise Disagreement("\n".join(wrong))
    kept = [one.key for one in CONTESTANTS if one.key not in failed]
    return kept, failed, _told(right, kept)


def _answers(folder: Path, key: str, path: Path, many: bool = False) -> list[Any]:
    out = folder / "answers.json"
    run("answers-many" if many else "answers", key, str(path), str(out))
    return json.loads(out.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _differ(found: Any, expected: Any) -> bool:
    """Whether an answer is not that of `decide`; rules and missing facts count where the contestant tells them."""
    if not isinstance(found, list):
        return found is not expected[0]
    value, rules, missing = found
    return [value, sorted(rules), sorted(missing)] != expected


def _told(right: tuple[list[Any], list[Any]], kept: list[str]) -> str:
    full, gaps = right
    share = {word: sum(one[0] is word for one in full) for word in (True, False)}
    rules: dict[str, int] = {}
    for _, deciding, _ in full:
        for rule in deciding:
            rules[rule] = rules.get(rule, 0) + 1
    told = ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules.items()))
    open_ = sum(one[0] is None for one in gaps)
    three = [BY_KEY[key].title for key in kept if BY_KEY[key].gaps]
    return (
        f"The same answers from all {len(kept)} to {len(full):,} clients with every fact: {share[True]:,} yes, "
        f"{share[False]:,} no; by {told}.\nThe same answers from {len(three)} to {len(gaps):,} clients with missing "
        f"facts, {open_:,} of them unknown; with the same rules and missing facts where these are told."
    )
