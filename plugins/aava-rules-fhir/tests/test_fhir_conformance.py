"""Both adapters pass the conformance kit, with records written as resources of FHIR."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from aava_rules_fhir import Codes, Fhir, FhirLines

from aava_rules.testing import AdapterConformance

HOST = "https://municipality.example"
FORM = f"{HOST}/forms/situation"
AUTHORED = date(2015, 6, 1)
EXTENSIONS = {
    "periods": ("days_per_week", "hours_per_day", "client_consents", "plan_made_on", "attended_on"),
    "plans": ("refused_all", "signed_by"),
}
FACTS = ("unemployed", "subsidy_days", "daily_compensation", "joint_service_started")
CODES = Codes.model_validate(
    {
        "periods": {
            "kinds": {f"{HOST}/episodes|KTT": "rehabilitative_work"},
            "extensions": {f"{HOST}/{name}": name for name in EXTENSIONS["periods"]},
            "all": True,
        },
        "plans": {
            "kinds": {f"{HOST}/plans|AKT": "activation_plan"},
            "made_on": "created",
            "activities": {f"{HOST}/services|KTT": "rehabilitative_work"},
            "extensions": {f"{HOST}/{name}": name for name in EXTENSIONS["plans"]},
            "all": True,
        },
        "events": {"kinds": {f"{HOST}/tasks|ENSI": "first_meeting"}, "all": True},
        "facts": {FORM: {name: name for name in FACTS}},
    }
)


def text(resource: Any) -> str:
    """A resource as JSON whose decimals have the digits that they had."""
    numbers: dict[str, str] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        key = f"@{len(numbers)}@"
        numbers[f'"{key}"'] = str(value)
        return key

    written = json.dumps(resource, default=plain, ensure_ascii=False)
    for key, number in numbers.items():
        written = written.replace(key, number)
    return written


def concept(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept of the host."""
    return {"coding": [{"system": f"{HOST}/{system}", "code": code}]}


def valued(value: Any) -> dict[str, Any]:
    """A value[x]."""
    kinds = ((bool, "Boolean"), (int, "Integer"), (Decimal, "Decimal"), (date, "Date"), (str, "String"))
    return {f"value{next(name for kind, name in kinds if isinstance(value, kind))}": value}


def extensions(item: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """What FHIR has no element for, as extensions of the host; a list as many of them."""
    return [
        {"url": f"{HOST}/{field}", **valued(value)}
        for field in EXTENSIONS[name]
        if field in item
        for value in (item[field] if isinstance(item[field], list) else [item[field]])
    ]


def resources(record: Mapping[str, Any], identity_code: str | None = None) -> list[dict[str, Any]]:
    """A record as the resources of one client."""
    client = record.get("client", {})
    patient: dict[str, Any] = {"resourceType": "Patient", "id": record["id"], "name": [{"family": "Testinen"}]}
    reference: dict[str, Any] = {"reference": f"Patient/{record['id']}"}
    if identity_code:
        patient["identifier"] = [{"system": "urn:oid:1.2.246.21", "value": identity_code}]
        reference = {"identifier": patient["identifier"][0]}
    if "birth_date" in client:
        patient["birthDate"] = client["birth_date"]
    if "language" in client:
        patient["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "fi-FI"}]}}]
    if "municipality" in client:
        place = {"system": "urn:oid:1.2.246.537.6.21.2003", "code": "081", "display": client["municipality"]}
        patient["extension"] = [{"url": f"{HOST}/municipality", "valueCoding": place}]
    if client.get("protected"):
        patient["meta"] = {"security": [{"system": f"{HOST}/labels", "code": "turvakielto"}]}
    made = [patient]
    for plan in record.get("plans", []):
        activity = [{"detail": {"status": "scheduled", "code": concept("services", "KTT")}}]
        period = {"end": plan["ends_on"]} if "ends_on" in plan else {}
        made.append(
            {
                "resourceType": "CarePlan",
                "id": plan["id"],
                "status": "active",
                "intent": "plan",
                "subject": reference,
                "category": [concept("plans", "AKT")],
                "created": plan["made_on"],
                "period": period,
                "activity": activity,
                "extension": extensions(plan, "plans"),
            }
        )
    for period in record.get("periods", []):
        span = {"start": period["start"]} | ({"end": period["end"]} if "end" in period else {})
        made.append(
            {
                "resourceType": "EpisodeOfCare",
                "id": period["id"],
                "patient": reference,
                "period": span,
                "status": "finished" if "end" in period else "active",
                "type": [concept("episodes", "KTT")],
                "extension": extensions(period, "periods"),
            }
        )
    for event in record.get("events", []):
        made.append(
            {
                "resourceType": "Task",
                "id": event["id"],
                "status": "completed",
                "intent": "order",
                "for": reference,
                "code": concept("tasks", "ENSI"),
                "executionPeriod": {"end": event["on"]},
            }
        )
    if facts := record.get("facts"):
        items = [{"linkId": name, "answer": [valued(value)]} for name, value in facts.items()]
        made.append(
            {
                "resourceType": "QuestionnaireResponse",
                "id": f"Q-{record['id']}",
                "status": "completed",
                "questionnaire": f"{FORM}|1.0",
                "subject": reference,
                "authored": AUTHORED,
                "item": items,
            }
        )
    return made


def bundle(made: Iterable[Mapping[str, Any]]) -> str:
    """A Bundle of resources."""
    return text({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in made]})


BAD = {"resourceType": "Patient", "id": "bad"}


class _Fhir(AdapterConformance):
    ids = ("0017", "1e5", "-5", "true", "A.17")

    def says(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Benefits have no resource; what is not protected, and an empty extension, cannot be said; lists are whole."""
        said = deepcopy({key: value for key, value in record.items() if key != "benefits"})
        client = said.get("client", {})
        if client.get("protected"):
            client.pop("municipality", None)
        else:
            client.pop("protected", None)
        for name in ("plans", "periods", "events"):
            items = said.setdefault(name, [])
            for item in items:
                for field in [field for field, value in item.items() if value == []]:
                    del item[field]
        if said.get("facts"):
            said["facts_on"] = AUTHORED
        return said


class TestBundle(_Fhir):
    """One Bundle of all clients."""

    def adapter(self) -> Fhir:
        """The adapter with the codes of this file."""
        return Fhir(CODES)

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        """One Bundle."""
        return self._write((one for record in records for one in resources(record)), folder)

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path:
        """A Patient whose birth date is none."""
        first, *others = ([*resources(record)] for record in records)
        bad = BAD | {"birthDate": canary, "name": [{"family": canary}]}
        return self._write([*first, bad, *(one for made in others for one in made)], folder)

    def write_with_codes(self, records: Sequence[Mapping[str, Any]], codes: Sequence[str], folder: Path) -> Path:
        """Identity codes where the base profiles have them, and references by them."""
        pairs = zip(records, codes, strict=True)
        return self._write((one for record, code in pairs for one in resources(record, code)), folder)

    def _write(self, made: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        path = folder / "register.fhir.json"
        path.write_text(bundle(made), encoding="utf-8")
        return path


class TestLines(_Fhir):
    """A Bundle a line."""

    def adapter(self) -> FhirLines:
        """The adapter with the codes of this file."""
        return FhirLines(CODES)

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        """A Bundle for each client."""
        return self._write((bundle(resources(record)) for record in records), folder)

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path:
        """A line that is cut off."""
        first, *others = (bundle(resources(record)) for record in records)
        return self._write([first, f'{{"resourceType": "Bundle", "id": "{canary}', *others], folder)

    def write_with_codes(self, records: Sequence[Mapping[str, Any]], codes: Sequence[str], folder: Path) -> Path:
        """Identity codes where the base profiles have them, and references by them."""
        pairs = zip(records, codes, strict=True)
        return self._write((bundle(resources(record, code)) for record, code in pairs), folder)

    def _write(self, lines: Iterable[str], folder: Path) -> Path:
        path = folder / "register.fhir.ndjson"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines)
        return path


class TestLooseLines(TestLines):
    """A resource a line, as other systems export them: all Patients first."""

    def adapter(self) -> FhirLines:
        """The adapter; it holds all resources, so it is not measured as one that streams."""
        adapter = FhirLines(CODES)
        adapter.capabilities = frozenset()  # type: ignore[misc]
        return adapter

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        """All resources, those of one kind together."""
        made = sorted(
            (one for record in records for one in resources(record)), key=lambda one: one["resourceType"] != "Patient"
        )
        return self._write(map(text, made), folder)

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path:
        """A line that is no resource."""
        first, *others = [text(one) for record in records for one in resources(record)]
        return self._write([first, f'["{canary}"]', *others], folder)
