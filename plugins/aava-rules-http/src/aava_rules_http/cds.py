"""CDS Hooks 2.0: a patient's record is opened, and cards tell what is broken, what comes next, and what is not known.

What a client of the record system means in a record is read by ``aava-rules-fhir``, through the host's file of codes.
Nothing is guessed: a list that was not prefetched would read as one that is empty, so the call is refused instead.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aava_rules_fhir
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aava_rules import AavaRulesError, Decision, Finding, NextStep, RecordError, Rulebook
from aava_rules.adapters import Row, reason
from aava_rules.tools.reports.shown import caution_lines, notice_line, shown_text, sources_text, weight_word
from aava_rules_http.settings import SettingsError

SERVICE: Final = "work-rehabilitation"
"""The id of the service."""
HOOK: Final = "patient-view"
"""The hook on which it is called."""
SUMMARY_MAX: Final = 139
"""Most characters of a summary."""
MISSING_MAX: Final = 10
"""Most facts that the card of what is not known names."""
EXTENSION: Final = "fi.aava-rules"
"""The extension by which a client may say the day of decision: ``{"fi.aava-rules": {"on": "2015-09-15"}}``."""

_KINDS: Final = {"episodes": ("periods", "EpisodeOfCare"), "plans": ("plans", "CarePlan"), "tasks": ("events", "Task")}
"""The keys of what is prefetched besides the patient: the table of codes for it, and the kind of resource."""
_TEXTS: Final[dict[str, dict[str, str]]] = {
    "title": {
        "fi": "Kuntouttavan työn säännöt",
        "sv": "Regler för rehabiliterande arbete",
        "en": "Rules of work rehabilitation",
    },
    "description": {
        "fi": "Kertoo rikkoutuneet vaatimukset, seuraavat askeleet ja puuttuvat tiedot säädöskohtineen.",
        "sv": "Berättar vilka krav som bryts, vilka steg som följer och vad som saknas, med lagrum.",
        "en": "Tells which requirements are broken, which steps come next and what is not known, with the paragraphs.",
    },
    "next": {"fi": "Seuraava askel", "sv": "Nästa steg", "en": "Next step"},
    "by": {"fi": "viimeistään", "sv": "senast", "en": "by"},
    "missing": {
        "fi": "Puuttuu tietoja: {count}. Hyödyllisin ensin.",
        "sv": "Uppgifter saknas: {count}. Den nyttigaste först.",
        "en": "Facts that are missing: {count}. The most useful first.",
    },
    "add": {"fi": "Lisää tehtävä", "sv": "Lägg till uppgift", "en": "Add the task"},
}
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>#|~])")

UUID: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
"""The form of ``hookInstance``."""
OUTCOMES_MAX: Final = 1000
"""Most cards of which one call of feedback tells."""
MOMENT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
"""The form of a moment."""


class CdsError(AavaRulesError):
    """A call that gets no cards: ``status`` is that of HTTP, the message says what to do and holds no contents."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, hide_input_in_errors=True)


class _Context(_Model):
    user: str = Field(alias="userId", min_length=1, max_length=200)
    patient: str = Field(alias="patientId", min_length=1, max_length=200)


class _Call(_Model):
    hook: str
    instance: str = Field(alias="hookInstance", pattern=UUID)
    context: _Context
    prefetch: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    extension: dict[str, Any] = Field(default_factory=dict)


class _Accepted(_Model):
    id: str = Field(min_length=1)


class _Outcome(_Model):
    card: str = Field(min_length=1)
    outcome: str = Field(pattern="^(accepted|overridden)$")
    time: str = Field(alias="outcomeTimestamp", pattern=MOMENT)
    accepted: list[_Accepted] = Field(default_factory=list, alias="acceptedSuggestions")
    reason: dict[str, Any] = Field(default_factory=dict, alias="overrideReason")


class _Feedback(_Model):
    feedback: list[_Outcome] = Field(min_length=1, max_length=OUTCOMES_MAX)


class CdsService:
    """The service for one file of codes and one language."""

    def __init__(self, codes: Path, language: str) -> None:
        """Args:
            codes: the file of codes of aava-rules-fhir.
            language: the language of cards.

        Raises:
            SettingsError: the file cannot be read, or is wrong.
        """
        try:
            self._codes = aava_rules_fhir.load_codes(codes)
        except AavaRulesError as error:
            raise SettingsError(f"cds_codes: {error}") from None
        self._language = language
        tables = {key: kind for key, (table, kind) in _KINDS.items() if getattr(self._codes, table) is not None}
        self.lists: dict[str, str] = tables
        """What has to be prefetched besides the patient: key and kind of resource."""
        self.asks_answers = bool(self._codes.facts)
        """Whether answers to questionnaires are read, where they were prefetched."""

    def discovery(self) -> dict[str, Any]:
        """What the service is called on, and what it wants prefetched."""
        prefetch = {"patient": "Patient/{{context.patientId}}"}
        prefetch |= {key: f"{kind}?patient={{{{context.patientId}}}}" for key, kind in self.lists.items()}
        if self.asks_answers:
            prefetch["answers"] = "QuestionnaireResponse?patient={{context.patientId}}"
        service = {
            "hook": HOOK, "id": SERVICE, "title": self._text("title"), "description": self._text("description"),
            "prefetch": prefetch,
            "usageRequirements": "All that is prefetched has to be given, an empty Bundle where there is nothing.",
        }  # fmt: skip
        return {"services": [service]}

    def cards(self, values: Mapping[str, Any], book: Rulebook) -> dict[str, Any]:
        """The cards for a call.

        Args:
            values: the request.
            book: the rulebook that answers.

        Raises:
            CdsError: the request is wrong, or lacks what was to be prefetched.
            AuditError: the audit is strict, and the decision could not be noted.
        """
        call = _read(_Call, values)
        if call.hook != HOOK:
            raise CdsError(400, f"This service is called on {HOOK} alone.")
        own = call.extension.get(EXTENSION, {})
        if not isinstance(own, dict) or own.keys() - {"on"}:  # never today where another day may have been meant
            raise CdsError(400, f'extension.{EXTENSION}: is no object with "on", the day of decision, alone.')
        day = own.get("on")
        record = self._record(call)
        try:
            if not isinstance(day, str | None):
                raise ValueError("is no day.")
            decision = book.decide(record, on=day)
        except RecordError as error:
            raise CdsError(412, f"The record cannot be decided on:\n{reason(error)}") from None
        except ValueError as error:
            raise CdsError(400, f"extension.{EXTENSION}.on: {error}") from None
        return {"cards": list(self._cards(decision, book))}

    def feedback(self, values: Mapping[str, Any]) -> dict[str, int]:
        """How many cards were accepted and overridden, of a call of feedback. Comments are not looked at.

        Args:
            values: the request.

        Raises:
            CdsError: the request is wrong.
        """
        given = _read(_Feedback, values)
        counts = {"accepted": 0, "overridden": 0}
        for outcome in given.feedback:
            if outcome.outcome == "accepted" and not outcome.accepted:
                raise CdsError(400, "feedback: an accepted card names the suggestions that were accepted.")
            counts[outcome.outcome] += 1
        return counts

    def _record(self, call: _Call) -> Mapping[str, Any]:
        """The record of what was prefetched. Raises CdsError."""
        lacking = [key for key in ("patient", *self.lists) if not call.prefetch.get(key)]
        if lacking:
            what = "An empty Bundle says that there is nothing; nothing says that nobody looked."
            raise CdsError(412, f"prefetch lacks {', '.join(lacking)}. {what}")
        keys = ("patient", *self.lists, "answers")
        resources: list[dict[str, Any]] = []
        for key in keys:
            given = call.prefetch.get(key)
            if given is not None:
                resources.extend(_resources(key, given, self.lists.get(key, "QuestionnaireResponse")))
        if resources[0].get("id") != call.context.patient:
            raise CdsError(412, "prefetch.patient is another one than context.patientId.")
        bundle = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
        rows = list(aava_rules_fhir.rows(bundle, self._codes))
        wrong = [f"{row.place}: {row.reason}" for row in rows if not isinstance(row, Row)]
        if wrong or len(rows) != 1:
            raise CdsError(412, "What was prefetched cannot be read as a record:\n" + "\n".join(wrong))
        (row,) = rows
        assert isinstance(row, Row)
        return row.record

    # -- cards

    def _cards(self, decision: Decision, book: Rulebook) -> Iterator[dict[str, Any]]:
        for finding in decision.findings:
            if finding.status == "broken":
                yield self._broken(finding, decision, book)
        for step, task in zip(decision.next_steps, aava_rules_fhir.tasks(decision, self._language), strict=True):
            yield self._next(step, task, decision, book)
        if decision.missing or decision.notices:
            yield self._unknown(decision, book)

    def _broken(self, finding: Finding, decision: Decision, book: Rulebook) -> dict[str, Any]:
        lines = [shown_text(finding, decision, self._language), *caution_lines(finding.cautions, self._language)]
        lines.append(f"{weight_word(finding.weight, self._language)}: {sources_text(finding, self._language)}")
        indicator = "warning" if finding.weight == "law" else "info"
        summary = shown_text(finding, decision, self._language).splitlines()[0]
        return self._card(summary, lines, indicator, finding, book)

    def _next(self, step: NextStep, task: dict[str, Any], decision: Decision, book: Rulebook) -> dict[str, Any]:
        title = step.title(self._language)
        day = str(task.get("restriction", {}).get("period", {}).get("end", ""))
        until = f" ({self._text('by')} {day})" if day else ""
        lines = [shown_text(step, decision, self._language), *caution_lines(step.cautions, self._language)]
        lines.append(f"{weight_word(step.weight, self._language)}: {sources_text(step, self._language)}")
        card = self._card(
            f"{self._text('next')}: {title}{until}", lines, "warning" if step.overdue else "info", step, book
        )
        action = {"type": "create", "description": f"{self._text('add')}: {title}", "resource": task}
        suggestion = {"label": f"{self._text('add')}: {title}", "uuid": str(uuid.uuid4()), "actions": [action]}
        return card | {"suggestions": [suggestion], "selectionBehavior": "at-most-one"}

    def _unknown(self, decision: Decision, book: Rulebook) -> dict[str, Any]:
        missing = decision.missing
        lines = [fact.text(self._language) for fact in missing[:MISSING_MAX]]
        lines += ["…"] if len(missing) > MISSING_MAX else []
        if not decision.protected:  # a notice may quote the record
            lines += [notice_line(notice, self._language) for notice in decision.notices]
        summary = self._text("missing").format(count=len(missing))
        return self._card(summary, lines, "info", None, book)

    def _card(
        self, summary: str, lines: list[str], indicator: str, answer: Finding | NextStep | None, book: Rulebook
    ) -> dict[str, Any]:
        citation = next(iter(answer.citations), None) if answer is not None else None
        source = {"label": f"{book.title[self._language]} {book.version}"}
        if citation is not None:
            source["label"] = citation.text[self._language]
            if citation.link.startswith(("https://", "http://")):
                source["url"] = citation.link
        short = summary if len(summary) <= SUMMARY_MAX else summary[: SUMMARY_MAX - 1].rstrip() + "…"
        detail = "\n\n".join(
            _MARKDOWN.sub(r"\\\1", line) for text in lines for line in text.splitlines() if line.strip()
        )
        card = {"uuid": str(uuid.uuid4()), "summary": short, "indicator": indicator, "source": source}
        return card | ({"detail": detail} if detail else {})

    def _text(self, name: str) -> str:
        return _TEXTS[name][self._language]


def _read(model: type[Any], values: Mapping[str, Any]) -> Any:
    """The model of a request. Raises CdsError with every place that is wrong, without contents."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        flaws = error.errors(include_url=False, include_input=False, include_context=False)
    known = {"hook", "hookInstance", "context", "userId", "patientId", "prefetch", "extension", "feedback", "card"}
    known |= {"outcome", "outcomeTimestamp", "acceptedSuggestions", "overrideReason", "id"}
    places = {".".join(str(p) for p in flaw["loc"] if isinstance(p, int) or p in known) for flaw in flaws[:100]}
    raise CdsError(400, f"The request is missing, or has wrong: {', '.join(sorted(places))}.")


def _resources(key: str, given: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources that were prefetched under a key. Raises CdsError for what is no answer to the query."""
    of = given.get("resourceType")
    if of == "OperationOutcome":
        raise CdsError(412, f"prefetch.{key} is an OperationOutcome: the query failed.")
    if key == "patient":
        if of != "Patient":
            raise CdsError(412, "prefetch.patient is no Patient.")
        return [given]
    if of != "Bundle":
        raise CdsError(412, f"prefetch.{key} is no Bundle.")
    links, entries = given.get("link", []), given.get("entry", [])
    if (
        not isinstance(entries, list)
        or not isinstance(links, list)
        or not all(isinstance(link, dict) for link in links)
    ):
        raise CdsError(412, f"prefetch.{key} is no Bundle.")
    if any(link.get("relation") == "next" for link in links):
        raise CdsError(412, f"prefetch.{key} is one page of several. Give all of them in one Bundle.")
    resources = [entry.get("resource") if isinstance(entry, dict) else None for entry in entries]
    for resource in resources:
        if not isinstance(resource, dict) or resource.get("resourceType") != kind:
            raise CdsError(
                412, f"prefetch.{key} has something else than {kind}: an OperationOutcome tells that a query failed."
            )
    return [resource for resource in resources if isinstance(resource, dict)]
