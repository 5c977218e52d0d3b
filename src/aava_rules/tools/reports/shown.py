"""What reports show of an answer: its message or title, its weight, sources and cautions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, label
from aava_rules.record.fields import ITEM_OF_LIST

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding, NextStep, Outcome
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.notices import Notice

MOST_PATHS: Final = 20
"""Most paths of a notice that people are shown."""


def weight_word(weight: str, language: str) -> str:
    """On whose authority something is required, as a word: ``weight`` in ``language``."""
    return text(f"weight.{weight}", language)


def reasons_text(reasons: Iterable[str], language: str) -> str:
    """The ``reasons`` why something is not known, in words of ``language``."""
    return "; ".join(text(f"reason.{reason}", language) for reason in reasons)


def protected(decision: Decision) -> bool:
    """Whether the personal data of the client of ``decision`` is under special protection (turvakielto)."""
    return decision.protected


def shown_text(answer: Finding | NextStep | Outcome, decision: Decision, language: str) -> str:
    """The message of an answer; for a protected client its title, since messages quote the record.

    Args:
        answer: the answer.
        decision: the decision that it belongs to.
        language: the language of texts.
    """
    return answer.title(language) if protected(decision) else answer.message(language)


def sources_text(answer: Finding | NextStep | Outcome, language: str, most: int | None = None) -> str:
    """The citations of an answer, in words.

    Args:
        answer: the answer.
        language: the language of texts.
        most: how many citations to show at most; None for all.
    """
    texts = [cite.text[language] for cite in answer.citations]
    return "; ".join(texts if most is None or len(texts) <= most else [*texts[:most], "…"])


def caution_lines(cautions: Iterable[Caution], language: str) -> list[str]:
    """A line for each of ``cautions``, in ``language``."""
    return [f"{text('report.caution', language)}: {caution.text(language)}" for caution in cautions]


def caution_numbers(answer: Finding | NextStep | Outcome, decision: Decision) -> list[int]:
    """The places, from 1, of the cautions of ``answer`` among those of ``decision``."""
    numbers = {caution.about: number for number, caution in enumerate(decision.cautions, 1)}
    return sorted({numbers[caution.about] for caution in answer.cautions})


def paths_text(notice: Notice) -> str:
    """Where in the record ``notice`` is about, as paths; of very many the first."""
    return ", ".join(notice.fields[:MOST_PATHS]) + (" …" if len(notice.fields) > MOST_PATHS else "")


def notice_line(notice: Notice, language: str) -> str:
    """``notice`` in one line of ``language``: where, and what does not fit together."""
    return f"{text('report.notice', language)}: {paths_text(notice)}: {notice.text(language)}"


def unread(decisions: Any) -> int:
    """How many rows, files and folders could not be read or answered, if what gives ``decisions`` knows, so far."""
    count: int = getattr(decisions, "unread", 0)
    return count


def applicable_findings(decision: Decision) -> Iterator[Finding]:
    """The findings of ``decision`` that reports show: all but those of requirements that do not apply."""
    return (finding for finding in decision.findings if finding.status != "not_applicable")


def open_findings(decision: Decision) -> list[Finding]:
    """The findings of ``decision`` that ask for something: the broken ones, then the unknown ones."""
    broken = [finding for finding in decision.findings if finding.status == "broken"]
    return broken + [finding for finding in decision.findings if finding.status == "unknown"]


_PATH: Final = re.compile(r"(\w+)(?:\[(?:id=(.+)|(\d+))\])?(?:\.(\w+))?")
_FIRST_DAY: Final = {"periods": "start", "benefits": "start", "plans": "made_on", "events": "on"}
"""The field by whose day people know an item of each list."""


def place_text(path: str, decision: Decision, language: str) -> str:
    """A path of the record in words: ``periods[id=p1].days_per_week`` is "period p1, 1 September 2015: days a week".

    Of a protected client the day of an item is left out, as all else is that its record holds.

    Args:
        path: the path, as ``where`` of an answer and ``fields`` of what is missing have it.
        decision: the decision on the record.
        language: the language of texts.

    Returns:
        The place in words; a path of another form, and an empty one, as it is.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return path
    name, item_id, number, field = match.groups()
    item_name = ITEM_OF_LIST.get(name)
    if item_name is None:  # of the client, or a ready-made fact
        return label(inside(decision).parts, field or name)[language]
    field_title = label(inside(decision).parts, f"{item_name}.{field}")[language] if field else ""
    if item_id is None and number is None:
        item_title = text(f"derivation.list.{name}", language)
    else:
        shown = item_id if number is None else str(int(number) + 1)
        item_title = f"{text(f'place.{name}', language)} {shown}{_day_of(name, item_id, number, decision, language)}"
    return f"{item_title}: {field_title}" if field_title else item_title


def _day_of(name: str, item_id: str | None, number: str | None, decision: Decision, language: str) -> str:
    """The day of an item of the list ``name``, after a comma; empty where it is not known, or not shown."""
    items = getattr(decision.record, name) or ()
    matches = [item for item in items if item.id == item_id] if number is None else items[int(number) :][:1]
    day = getattr(matches[0], _FIRST_DAY[name], None) if matches else None
    return "" if day is None or protected(decision) else f", {format_day(day, language)}"


def places_text(paths: Iterable[str], decision: Decision, language: str) -> str:
    """Several paths in words, of very many the first.

    Args:
        paths: the paths.
        decision: the decision on the record.
        language: the language of texts.
    """
    texts = list(dict.fromkeys(place_text(path, decision, language) for path in paths))
    return "; ".join(texts[:MOST_PATHS]) + (" …" if len(texts) > MOST_PATHS else "")
