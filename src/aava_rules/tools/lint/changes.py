"""Whether cases are judged on every day on which a rule or a number changes, and on the day before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from aava_rules.compiler.bind import ONE_DAY
from aava_rules.language.values import plain
from aava_rules.rulebook.model import Parameter, ParamValue, Rule
from aava_rules.tools.lint.files import Files, Spot
from aava_rules.tools.lint.reads import judged_parameters
from aava_rules.tools.lint.trials import Trials, said_answers
from aava_rules.tools.lint.words import listed


@dataclass(slots=True)
class Change:
    """A day from which an answer may come out otherwise, the first place that says so, and what changes."""

    spot: Spot
    days: tuple[date, ...]
    """Those of the day and the day before on which no case is judged."""
    causes: list[str] = field(default_factory=list)


def look(files: Files, trials: Trials, seen: set[str]) -> None:
    """Tell the days of change without a case; rules of one question that change together are one remark."""
    found: dict[tuple[str, tuple[date, ...]], Change] = {}
    for rule, _ in trials.own_rules():
        if rule.id not in seen:
            continue
        judged = {one.judged_day(rule) for one in trials.asked(rule)}
        for day, spot, cause in _changes(files, trials, rule):
            lacking = tuple(one for one in (day - ONE_DAY, day) if one not in judged)
            if lacking:
                change = found.setdefault((said_answers(rule), lacking), Change(spot, lacking))
                if cause not in change.causes:
                    change.causes.append(cause)
    for (answers, _), change in found.items():
        days = " and none on ".join(day.isoformat() for day in change.days)
        hint = f"Add one of {answers} judged on {'that day' if len(change.days) == 1 else 'each of them'}."
        files.tell(change.spot, "AR204", f"no case is judged on {days}", f"{listed(change.causes, '; ')}.", hint)


def _changes(files: Files, trials: Trials, rule: Rule) -> Iterator[tuple[date, Spot, str]]:
    """The days on which a rule begins, has ended, or reads another number than the day before."""
    if rule.start is not None:
        yield rule.start, files.rule(rule.id, "in_force"), f"{rule.id} begins on {rule.start}"
    if rule.until is not None and rule.until < date.max:
        yield rule.until + ONE_DAY, files.rule(rule.id, "in_force"), f"{rule.id} ends with {rule.until}"
    for name in sorted(judged_parameters(rule, trials.parts)):
        parameter = trials.parts.parameters[name]
        for start, value in _new_values(parameter):
            if (rule.start is None or rule.start < start) and (rule.until is None or start <= rule.until):
                spot = files.value_of(name, start) or files.rule(rule.id)
                yield start, spot, f"{name} is {_shown(value)} from {start}"


def _new_values(parameter: Parameter) -> Iterator[tuple[date, ParamValue]]:
    """The values that differ from the one before, each with its first day."""
    before = None
    for value in parameter.values:
        if value.start is not None and value.value != before:
            yield value.start, value
        before = value.value


def _shown(value: ParamValue) -> str:
    if value.value is None:
        return "no more"
    return "another table" if isinstance(value.value, dict) else str(plain(value.value))
