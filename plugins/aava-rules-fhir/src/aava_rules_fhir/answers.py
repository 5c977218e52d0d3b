"""Answers as resources of FHIR R4: what is broken as DetectedIssue or OperationOutcome, what is to be done as Task.

DetectedIssue has no severity here: the words of FHIR for it are about harm to health. Of a client under special
protection, titles take the place of messages, which quote the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final, TextIO

from aava_rules import UNKNOWN, Decision
from aava_rules.decision.answers import Finding, NextStep

SYSTEM: Final = "urn:aava-rules"
"""The beginning of the systems of codes and identifiers: ``urn:aava-rules:RULEBOOK`` has its names."""
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_SEVERITY: Final = {"law": "error", "model": "warning", "local": "warning", "advice": "information"}
_STATUS: Final = "http://hl7.org/fhir/StructureDefinition/issue-status"

Resource = dict[str, Any]
Reference = Callable[[str], Resource]


def patient(record_id: str) -> Resource:
    """The reference to the Patient whose id is ``record_id``. A host with other keys gives a function of its own."""
    return {"reference": f"Patient/{record_id}"}


def detected_issues(decision: Decision, language: str = "fi", refer: Reference = patient) -> list[Resource]:
    """A DetectedIssue for each requirement that is broken.

    Args:
        decision: The decision.
        language: The language of texts: ``fi``, ``sv`` or ``en``.
        refer: Makes the reference to the client from the id of the record.
    """
    return [_issue(finding, decision, language, refer) for finding in decision.findings if finding.status == "broken"]


def _issue(finding: Finding, decision: Decision, language: str, refer: Reference) -> Resource:
    issue: Resource = {
        "resourceType": "DetectedIssue",
        "language": language,
        "identifier": [{"system": f"{SYSTEM}:finding", "value": f"{decision.record_id}/{finding.key}"}],
        "status": "final",
        "code": _concept(finding, language),
        "patient": refer(decision.record_id),
        "identifiedDateTime": decision.on.isoformat(),
        "detail": _text(finding, decision, language),
    }
    links = [citation.link for citation in finding.citations if citation.link]
    return issue | ({"reference": links[0]} if links else {})


def tasks(decision: Decision, language: str = "fi", refer: Reference = patient) -> list[Resource]:
    """A Task for each step that is to be taken next: a proposal, with its last day where a source names one.

    Args:
        decision: The decision.
        language: The language of texts: ``fi``, ``sv`` or ``en``.
        refer: Makes the reference to the client from the id of the record.
    """
    return [_task(step, decision, language, refer) for step in decision.next_steps]


def _task(step: NextStep, decision: Decision, language: str, refer: Reference) -> Resource:
    task: Resource = {
        "resourceType": "Task",
        "language": language,
        "status": "requested",
        "intent": "proposal",
        "code": _concept(step, language),
        "description": _text(step, decision, language),
        "for": refer(decision.record_id),
        "authoredOn": decision.on.isoformat(),
    }
    if isinstance(step.due, date):
        task["restriction"] = {"period": {"end": step.due.isoformat()}}
    elif step.due is UNKNOWN:
        # a day that depends on what is not known is another thing than no day
        task["restriction"] = {"period": {"_end": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}}}
    return task


def operation_outcome(decision: Decision, language: str = "fi") -> Resource:
    """One OperationOutcome with an issue for each requirement that is broken or of which that is not known.

    What is broken is an error if the law says so, else a warning or information; what is not known is information.

    Args:
        decision: The decision.
        language: The language of texts: ``fi``, ``sv`` or ``en``.
    """
    issues = [
        {
            "severity": _SEVERITY[finding.weight] if finding.status == "broken" else "information",
            "code": "business-rule" if finding.status == "broken" else "informational",
            "details": _concept(finding, language),
            "diagnostics": _text(finding, decision, language),
            "expression": [finding.where] if finding.where else [],
        }
        for finding in decision.findings
        if finding.status in ("broken", "unknown")
    ]
    # an element without values must be left out, and there must be one issue
    issues = [{name: value for name, value in issue.items() if value != []} for issue in issues]
    return {
        "resourceType": "OperationOutcome",
        "language": language,
        "issue": issues or [{"severity": "information", "code": "informational"}],
    }


class FhirReport:
    """The format ``fhir`` of ``aava-rules check``: one Bundle with what is broken, and what is to be done next."""

    name = "fhir"
    streams = True

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        """Write the Bundle, a line an entry.

        Args:
            decisions: What is written; read once.
            out: The text stream to write to.
            language: The language of texts.
        """
        out.write('{"resourceType": "Bundle", "type": "collection"')
        separator, end = ', "entry": [\n', "}\n"
        for decision in decisions:
            for resource in (*detected_issues(decision, language), *tasks(decision, language)):
                out.write(separator + json.dumps({"resource": resource}, ensure_ascii=False))
                separator, end = ",\n", "\n]}\n"
        out.write(end)


def _concept(answer: Finding | NextStep, language: str) -> Resource:
    name = answer.requirement if isinstance(answer, Finding) else answer.step
    title = answer.title(language)
    return {"coding": [{"system": f"{SYSTEM}:{answer.rulebook}", "code": name, "display": title}], "text": title}


def _text(answer: Finding | NextStep, decision: Decision, language: str) -> str:
    return answer.title(language) if decision.protected else answer.text(language)
