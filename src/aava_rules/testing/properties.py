"""Ready-made properties of what is built on a rulebook: each draws records, and fails with a record that can be read.

A property is called in a test, and raises AssertionError with the smallest record that it found. Hypothesis is needed:
the extra ``testing``. How many records are drawn says the profile of Hypothesis, or ``settings``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Final

import hypothesis
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from aava_rules.decision.answers import Finding
from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook
from aava_rules.language.dates import add_months
from aava_rules.language.errors import AavaRulesError, RecordError
from aava_rules.language.values import LAST_DAY, UNKNOWN
from aava_rules.testing import strategies
from aava_rules.testing.hostile import CANARY
from aava_rules.testing.record_maker import as_json
from aava_rules.testing.reducing import reduced
from aava_rules.testing.rulebook_maker import as_yaml

Record = dict[str, Any]
Scheduler = Callable[[Record, date], Mapping[str, Any] | None]
"""Takes a record and a day, and gives the record with what it plans; None where it plans nothing."""
Answers = Callable[[Record, date], Mapping[str, Any]]
"""Takes a record and a day, and gives what is known, by name; what is UNKNOWN, None or left out is not known."""

_LAST_PLANNED: Final = add_months(LAST_DAY, -60)
"""The last day on which a scheduler is asked to plan: of what is planned later, days may lie past the calendar."""


def readable(record: Any) -> str:
    """A ``record``, or a part of one, as YAML: days as they are written, each thing on its own line."""
    if not isinstance(record, (dict, list)) or not record:
        return repr(record)
    return as_yaml(as_json(record)).rstrip()


def breaks_no_limit(
    scheduler: Scheduler,
    rulebook: Rulebook,
    *,
    records: st.SearchStrategy[tuple[Any, date]] | None = None,
    requirements: Collection[str] | None = None,
    language: str = "en",
    settings: hypothesis.settings | None = None,
) -> None:
    """Holds that no plan which a scheduler makes breaks a limit that the record did not break before.

    What is not known is no breach: a limit of which a fact is missing is left to whoever adds it. Nothing is planned on
    the last days of the calendar (the five years to 2200-12-31), after which no record has a day.

    Args:
        scheduler: takes a record and a day, and gives the record with what it plans; None where it plans nothing.
        rulebook: the rulebook whose requirements are the limits.
        records: pairs of a record and a day to plan for; None for those of ``situations``.
        requirements: the requirements that count; None for all.
        language: the language of the finding in the message: ``fi``, ``sv`` or ``en``.
        settings: how many records are drawn, and how; None for the profile of Hypothesis.

    Raises:
        AssertionError: A plan breaks a limit, or what is planned is no record. It names the requirement, the rules,
            their paragraphs, the day, the record and what the scheduler changed; of what is no record, its faults. What
            the scheduler raises itself goes on.
        UnknownName: The rulebook has no requirement of such a name.
    """
    __tracebackhide__ = True  # the message tells all that a failure means
    only = None if requirements is None else sorted(requirements)

    def breach(situation: tuple[Any, date]) -> tuple[Finding | RecordError, Mapping[str, Any]] | None:
        record, on = situation
        if on > _LAST_PLANNED:
            return None
        planned = scheduler(copy.deepcopy(record), on)
        if planned is None:
            return None
        before = {finding.key for finding in _broken(rulebook.decide(record, on, only))}
        try:
            after = _broken(rulebook.decide(dict(planned), on, only))
        except RecordError as error:
            return error, planned
        finding = next((each for each in after if each.key not in before), None)
        return None if finding is None else (finding, planned)

    rulebook.decide({"id": "-"}, only=only)  # a name that is not there is told before anything is drawn
    situation = _smallest(strategies.situations(rulebook) if records is None else records, breach, _unshrunk(settings))
    if situation is None:
        return
    what, on = _kind(_sure(breach(situation))[0]), situation[1]

    def breaks_it_too(record: Record) -> bool:
        again = breach((record, on))
        return again is not None and _kind(again[0]) == what

    record = reduced(situation[0], breaks_it_too)
    flaw, planned = _sure(breach((record, on)))
    raise AssertionError(
        f"{_text_of(flaw, on, language)}\n\n"
        f"the record:\n{_indented(readable(record))}\n"
        f"what the scheduler made of it:\n{_indented(readable(_changes(as_json(record), planned)))}"
    ) from None


def _kind(flaw: Finding | RecordError) -> object:
    """What a smaller record has to show too: the limit that is broken, or the codes of the faults."""
    return sorted({fault.code for fault in flaw.faults}) if isinstance(flaw, RecordError) else flaw.requirement


def _text_of(flaw: Finding | RecordError, on: date, language: str) -> str:
    if isinstance(flaw, RecordError):
        return f"What is planned on {on} is no record.\n{flaw}"
    place = f" of {flaw.where}" if flaw.where else ""
    paragraphs = "; ".join(citation.text[language] for citation in flaw.citations)
    return (
        f"A plan breaks the limit {flaw.requirement}{place} on {on}.\n"
        f"rule: {', '.join(flaw.by)} ({paragraphs})\n"
        f"says: {flaw.message(language)}"
    )


def more_facts_turn_no_answer(
    rulebook: Rulebook,
    answers: Answers | None = None,
    *,
    records: st.SearchStrategy[tuple[Any, Any, date]] | None = None,
    settings: hypothesis.settings | None = None,
) -> None:
    """Holds that what is known stays as it is, whatever else becomes known of the same client on the same day.

    Args:
        rulebook: the rulebook, for which records are drawn.
        answers: takes a record and a day, and gives what is known, by name; None for the outcomes of the rulebook
            itself, which is of use for a rulebook of one's own.
        records: triples of a record, the same with more facts, and a day; None for those of ``gaps_filled``.
        settings: how many records are drawn, and how; None for the profile of Hypothesis.

    Raises:
        AssertionError: An answer turned. It names the answer, what it was and became, the day, the record and what
            was added.
    """
    __tracebackhide__ = True
    known = answers or (lambda record, on: _outcomes(rulebook.decide(record, on)))

    def turned(situation: tuple[Any, Any, date]) -> tuple[str, Any, Any] | None:
        record, fuller, on = situation
        before, after = known(record, on), known(fuller, on)
        for name, value in before.items():
            if _is_known(value) and not (_is_known(after.get(name)) and after[name] == value):
                return name, value, after.get(name, UNKNOWN)
        return None

    situation = _smallest(strategies.gaps_filled(rulebook) if records is None else records, turned, settings)
    if situation is None:
        return
    (record, fuller, on), (name, was, became) = situation, _sure(turned(situation))
    raise AssertionError(
        f"More facts turn the answer {name} on {on}: it was {was!r}, and becomes {became!r}.\n"
        f"rule: {_rules_of(rulebook, record, on, name)}\n\n"
        f"the record:\n{_indented(readable(record))}\n"
        f"what was added:\n{_indented(readable(_changes(as_json(record), as_json(fuller))))}"
    )


def hostile_input_is_refused(
    take: Callable[[Any], object],
    rulebook: Rulebook,
    *,
    errors: type[Exception] | tuple[type[Exception], ...] = AavaRulesError,
    settings: hypothesis.settings | None = None,
) -> None:
    """Holds that whatever comes in is taken or refused by an error that is meant, without telling what stands in it.

    Args:
        take: takes a record as it comes in: a mapping, JSON as text or bytes, or neither.
        rulebook: the rulebook for which most records were right in form before they were damaged.
        errors: the exceptions by which it refuses.
        settings: how many records are drawn, and how; None for the profile of Hypothesis.

    Raises:
        AssertionError: Another exception came, or the text of one has a text of the record in it.
    """
    __tracebackhide__ = True

    def leak(record: Any) -> str | None:
        try:
            take(record)
        except errors as error:
            return f"{type(error).__name__} shows what stands in the record" if CANARY in str(error) else None
        except Exception as error:
            return f"{type(error).__name__} is raised"
        return None

    record = _smallest(
        strategies.hostile_records(rulebook).map(lambda record: (record,)), lambda drawn: leak(*drawn), settings
    )
    if record is not None:
        raise AssertionError(f"{_sure(leak(*record))}.\n\nthe input:\n{_indented(_repr(record[0]))}")


def _smallest(drawn: st.SearchStrategy[Any], fails: Callable[[Any], object], settings: Any) -> Any:
    """The smallest example for which ``fails`` gives something; None if there is none."""
    # how long a record takes is no part of what is held: the first one of a day compiles the rules of that day
    patient = hypothesis.settings(settings, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    try:
        return hypothesis.find(drawn, lambda example: fails(example) is not None, settings=patient)
    except NoSuchExample:
        return None


def _unshrunk(settings: hypothesis.settings | None) -> hypothesis.settings:
    """The settings without Hypothesis' own shrinking: a record is reduced as a record."""
    chosen = settings or hypothesis.settings()
    phases = [phase for phase in chosen.phases if phase not in (hypothesis.Phase.shrink, hypothesis.Phase.explain)]
    return hypothesis.settings(chosen, phases=phases)


def _sure(result: Any) -> Any:
    __tracebackhide__ = True
    if result is None:
        raise AssertionError("it answers the same record otherwise when it is asked again")
    return result


def _broken(decision: Decision) -> list[Finding]:
    return [finding for finding in decision.findings if finding.status == "broken"]


def _outcomes(decision: Decision) -> dict[str, Any]:
    return {
        name: outcome.value if outcome.status == "known" else outcome.status
        for name, outcome in decision.outcomes.items()
        if outcome.status != "unknown"
    }


def _is_known(value: Any) -> bool:
    return value is not UNKNOWN and value is not None


def _rules_of(rulebook: Rulebook, record: Any, on: date, name: str) -> str:
    outcome = rulebook.decide(record, on).outcomes.get(name)
    if outcome is None:
        return "none of the rulebook's"
    paragraphs = "; ".join(citation.text["en"] for citation in outcome.citations)
    return f"{', '.join(outcome.by) or 'none'} ({paragraphs})" if paragraphs else ", ".join(outcome.by) or "none"


def _changes(record: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``planned`` the record does not have: whole items of lists, and keys of mappings."""
    changes: dict[str, Any] = {}
    for key, value in as_json(dict(planned)).items():
        had = record.get(key)
        if value == had:
            continue
        if isinstance(value, list) and isinstance(had, list):
            value = [item for item in value if item not in had]
        elif isinstance(value, dict) and isinstance(had, dict):
            value = {name: part for name, part in value.items() if had.get(name) != part}
        changes[key] = value
    return changes


def _repr(value: Any) -> str:
    try:
        return repr(value)[:2000]
    except Exception:  # nested too deep, or an object whose own code fails
        return f"an object of the type {type(value).__name__}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
