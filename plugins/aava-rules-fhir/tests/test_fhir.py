"""What resources say in a record, what is told instead of guessed, and what is written."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import aava_rules_fhir
import pytest
from aava_rules_fhir import (
    Codes,
    Fhir,
    FhirLines,
    FhirReport,
    detected_issues,
    load_codes,
    operation_outcome,
    rows,
    tasks,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import AdapterError

HOST = "https://municipality.example"
EXAMPLES = Path(__file__).parents[1] / "examples"
CODES = load_codes(EXAMPLES / "codes.json")
PATIENT = {"resourceType": "Patient", "id": "A-1"}
REFERENCE = {"reference": "Patient/A-1"}
CANARY = "Kanarialintu-7041"


def concept(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept of the host of the examples."""
    return {"coding": [{"system": f"{HOST}/{system}", "code": code}]}


EPISODE = {
    "resourceType": "EpisodeOfCare",
    "id": "J-1",
    "status": "active",
    "patient": REFERENCE,
    "type": [concept("episode-types", "KTT")],
    "period": {"start": "2015-01-07"},
}
PLAN = {
    "resourceType": "CarePlan",
    "id": "P-1",
    "status": "active",
    "intent": "plan",
    "subject": REFERENCE,
    "category": [concept("plan-types", "AKTIVOINTI")],
    "period": {"start": "2015-01-02"},
}
TASK = {
    "resourceType": "Task",
    "id": "T-1",
    "status": "completed",
    "intent": "order",
    "for": REFERENCE,
    "code": concept("tasks", "ENSITAPAAMINEN"),
    "executionPeriod": {"end": "2015-01-05"},
}


def response(day: str | None, *answers: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A QuestionnaireResponse of the form of the examples."""
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": REFERENCE,
        "questionnaire": f"{HOST}/forms/situation",
        "authored": day,
        "item": [{"linkId": link, "answer": [value]} for link, value in answers],
        **more,
    }


def read(*resources: dict[str, Any], codes: Codes = CODES) -> list[Row | BadRow]:
    """The rows of a Bundle of resources."""
    return list(rows({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}, codes))


def record(*resources: dict[str, Any], codes: Codes = CODES) -> dict[str, Any]:
    """The only record of a Bundle with the usual Patient and these resources."""
    (row,) = read(
        *(resources if resources and resources[0]["resourceType"] == "Patient" else (PATIENT, *resources)), codes=codes
    )
    assert isinstance(row, Row), row
    return dict(row.record)


def reason(*resources: dict[str, Any], codes: Codes = CODES) -> str:
    """Why the only client of a Bundle with the usual Patient cannot be read."""
    (row,) = read(
        *(resources if resources and resources[0]["resourceType"] == "Patient" else (PATIENT, *resources)), codes=codes
    )
    assert isinstance(row, BadRow), row
    return row.reason


class TestPatient:
    @pytest.mark.parametrize(
        ("birth", "read_as"), [("1980-02-29", date(1980, 2, 29)), ("1980-02", None), ("1980", None), (None, None)]
    )
    def test_a_birth_date_is_never_filled_in(self, birth: str | None, read_as: date | None) -> None:
        """A birth date of which the year or the month alone is known is unknown."""
        client = record(PATIENT | {"birthDate": birth}).get("client", {})
        assert client == ({"birth_date": read_as} if read_as else {})

    @pytest.mark.parametrize(
        "birth", ["1980-02-30", "80", "1.2.1980", "1980-13", "1980-00", 1980, "1980-02-01T10:00", CANARY]
    )
    def test_a_birth_date_that_is_none(self, birth: Any) -> None:
        """What is no date of FHIR is told, without it."""
        assert reason(PATIENT | {"birthDate": birth}) == "Patient: birthDate is no date of FHIR, such as 2015-06-01."

    @pytest.mark.parametrize(
        ("birth", "bounds"),
        [
            ("1980", {"at_least": 34, "at_most": 35}),
            ("1980-05", {"at_least": 35, "at_most": 35}),
            ("1980-06", {"at_least": 34, "at_most": 35}),
            ("1980-07", {"at_least": 34, "at_most": 34}),
            ("2016", None),
        ],
    )
    def test_a_year_of_birth_bounds_the_age(self, birth: str, bounds: dict[str, int] | None) -> None:
        """On the day for which facts are known, the age lies between two numbers, and both can be."""
        facts = record(PATIENT | {"birthDate": birth}, response("2015-06-15", ("unemployed", {"valueBoolean": True})))[
            "facts"
        ]
        assert facts == {"unemployed": True} | ({"age": bounds} if bounds else {})
        if bounds:
            month = f"{birth}-01" if len(birth) == 4 else birth
            first, last = (
                date.fromisoformat(f"{month}-01"),
                date.fromisoformat(f"{birth}-12-31" if len(birth) == 4 else f"{birth}-28"),
            )
            on = date(2015, 6, 15)
            ages = {on.year - born.year - ((on.month, on.day) < (born.month, born.day)) for born in (first, last)}
            assert (min(ages), max(ages)) == (bounds["at_least"], bounds["at_most"])

    @pytest.mark.parametrize(
        ("spoken", "language"),
        [
            ([("fi", None)], "fi"),
            ([("sv-FI", None)], "sv"),
            ([("fi", None), ("sv", True)], "sv"),
            ([("fi", None), ("sv", None)], None),
            ([("ru", None)], None),
            ([], None),
        ],
    )
    def test_language(self, spoken: list[tuple[str, bool | None]], language: str | None) -> None:
        """The preferred language, or the only one, if texts are in it."""
        communication = [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}, "preferred": preferred}
            for code, preferred in spoken
        ]
        assert record(PATIENT | {"communication": communication}).get("client", {}).get("language") == language

    @pytest.mark.parametrize("code", ["TURVAKIELTO", "turvakielto"])
    def test_turvakielto_protects(self, code: str) -> None:
        """The label of the base profiles protects, whatever its system is; where the client lives is left out."""
        label = {"security": [{"system": "https://hl7.fi/fhir/labels", "code": code}]}
        home = [{"url": "x", "valueCoding": {"system": "urn:oid:1.2.246.537.6.21", "code": "081"}}]
        assert record(PATIENT | {"meta": label, "extension": home})["client"] == {"protected": True}
        assert record(PATIENT | {"extension": home})["client"] == {"municipality": "Hartola"}

    def test_further_labels_protect(self) -> None:
        """A host names further labels; others do not protect."""
        label = {"security": [{"system": "urn:x", "code": "R"}]}
        assert "client" not in record(PATIENT | {"meta": label})
        assert record(PATIENT | {"meta": label}, codes=Codes(protected=["urn:x|R"]))["client"] == {"protected": True}

    def test_the_key_may_be_an_identifier(self) -> None:
        """A host whose key is an identifier names its system; without one, or with two, the client is told."""
        codes = Codes(id_system="urn:host:client")
        one = {"system": "urn:host:client", "value": "77"}
        assert (
            record(PATIENT | {"identifier": [one, {"system": "urn:other", "value": "88"}]}, codes=codes)["id"] == "77"
        )
        assert "has no key, or several" in reason(PATIENT, codes=codes)
        assert "has no key, or several" in reason(PATIENT | {"identifier": [one, one]}, codes=codes)

    @pytest.mark.parametrize("code", ["010594-903X", "010594Y9032", "250810A999Y", "010190-999X"])
    def test_identity_codes_are_no_keys(self, code: str) -> None:
        """An identity code is no key, also one whose check character is wrong, nor is its system one of keys."""
        text = reason(PATIENT | {"id": code})
        assert text.startswith("Patient: its key is an identity code.")
        assert code not in text
        codes = Codes(id_system="urn:oid:1.2.246.21")
        identifier = [{"system": "urn:oid:1.2.246.21", "value": code}]
        assert "its key is an identity code" in reason(PATIENT | {"identifier": identifier}, codes=codes)

    def test_a_patient_that_is_replaced(self) -> None:
        """A Patient that was merged into another one is told."""
        assert "replaced by another" in reason(PATIENT | {"link": [{"type": "replaced-by", "other": {}}]})

    def test_names_and_addresses_are_not_read(self) -> None:
        """Nothing of a Patient is in the record but what rules read."""
        more = {
            "name": [{"family": CANARY}],
            "address": [{"city": CANARY}],
            "telecom": [{"value": CANARY}],
            "gender": "female",
        }
        assert record(PATIENT | more) == record(PATIENT)


HISTORY = [
    {"status": "planned", "period": {"start": "2014-09-01", "end": "2014-09-14"}},
    {"status": "active", "period": {"start": "2014-09-15", "end": "2014-09-21"}},
    {"status": "onhold", "period": {"start": "2014-09-22", "end": "2014-09-24"}},
    {"status": "active", "period": {"start": "2014-09-25", "end": "2014-12-19"}},
]


class TestEpisodes:
    @pytest.mark.parametrize(
        ("changes", "period"),
        [
            ({}, {"start": date(2015, 1, 7)}),
            (
                {"period": {"start": "2015-01-07", "end": "2015-06-30"}},
                {"start": date(2015, 1, 7), "agreed_end": date(2015, 6, 30)},
            ),
            ({"period": {"start": "2015-01", "end": "2015-06"}}, {}),
            ({"period": {"start": "2015"}, "status": "onhold"}, {}),
            ({"status": "planned"}, {}),
            (
                {"status": "waitlist", "period": {"start": "2015-01-07", "end": "2015-06-30"}},
                {"agreed_end": date(2015, 6, 30)},
            ),
            (
                {"status": "planned", "extension": [{"url": f"{HOST}/planned-start", "valueDate": "2015-02-02"}]},
                {"start": date(2015, 2, 2)},
            ),
            (
                {"status": "onhold", "extension": [{"url": f"{HOST}/planned-start", "valueDate": "2015-02-02"}]},
                {"start": date(2015, 1, 7)},
            ),
            ({"status": "finished", "period": {"start": "2015", "end": "2015-06-30"}}, {"end": date(2015, 6, 30)}),
            (
                {"status": "finished", "period": {"start": "2015-01-07T23:30:00Z", "end": "2015-06-29T21:00:00Z"}},
                {"start": date(2015, 1, 8), "end": date(2015, 6, 30)},
            ),
        ],
    )
    def test_without_a_history(self, changes: dict[str, Any], period: dict[str, Any]) -> None:
        """What goes on has an agreed end; days that are not whole are unknown; moments are days in Finland; what is
        planned begins on a day that an extension may tell, which the real one goes before.
        """
        assert record(EPISODE | changes)["periods"] == [{"id": "J-1", "kind": "rehabilitative_work"} | period]

    @pytest.mark.parametrize(
        ("changes", "period"),
        [
            ({"period": {"start": "2014-09-01"}}, {"start": date(2014, 9, 15)}),
            (
                {"period": {"start": "2014-09-01", "end": "2014-12-20"}, "status": "finished"},
                {"start": date(2014, 9, 15), "end": date(2014, 12, 20)},
            ),
            (
                {"period": {"start": "2014-09-01"}, "status": "finished"},
                {"start": date(2014, 9, 15), "end": date(2014, 12, 19)},
            ),
            (
                {"status": "cancelled", "period": {"end": "2014-12-20"}},
                {"start": date(2014, 9, 15), "end": date(2014, 12, 20), "ended_because": "other"},
            ),
            ({"statusHistory": HISTORY[:1]}, {}),
            ({"statusHistory": [{"status": "active", "period": {"start": "2014"}}, *HISTORY[1:]]}, {}),
        ],
    )
    def test_with_a_history(self, changes: dict[str, Any], period: dict[str, Any]) -> None:
        """Work begins when the episode was first active, and not when it was planned; a break lies inside."""
        episode = EPISODE | {"statusHistory": HISTORY} | changes
        assert record(episode)["periods"] == [{"id": "J-1", "kind": "rehabilitative_work"} | period]

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"status": "finished"}, "has ended, and period.end is not there"),
            (
                {"status": "finished", "period": {"end": "2015-06"}},
                "period.end names no day, and without it the period would go on",
            ),
            ({"status": "cancelled"}, "was cancelled, and no statusHistory says"),
            ({"status": "resting"}, "status is none that EpisodeOfCare has"),
            ({"type": [concept("episode-types", CANARY)]}, "type has no code that the file of codes names"),
            ({"type": []}, "type has no code"),
            (
                {"type": [concept("episode-types", "KTT"), concept("episode-types", "TUTUSTUMINEN")]},
                "say different things",
            ),
            ({"modifierExtension": [{"url": "x", "valueBoolean": True}]}, "modifierExtension"),
            ({"period": {"start": "2015-01-07", "modifierExtension": [{"url": "x"}]}}, "modifierExtension"),
            ({"implicitRules": "urn:x"}, "implicitRules"),
            ({"extension": [{"url": f"{HOST}/days-per-week", "valueQuantity": {}}]}, "of a type that is not read"),
            ({"extension": [{"url": f"{HOST}/days-per-week", "valueInteger": True}]}, "of another type"),
            ({"extension": [{"url": f"{HOST}/days-per-week", "valueInteger": 3}] * 2}, "is there several times"),
            (
                {"extension": [{"url": f"{HOST}/place", "valueCoding": {"system": "x", "code": CANARY}}]},
                "answers does not name",
            ),
            (
                {"extension": [{"url": f"{HOST}/place", "valueString": "on 010594Y9032 y"}]},
                "would hold an identity code",
            ),
        ],
    )
    def test_what_is_told(self, changes: dict[str, Any], fault: str) -> None:
        """What cannot be said in a record, or is not known, is told; nothing is chosen instead."""
        text = reason(EPISODE | changes)
        assert fault in text
        assert CANARY not in text
        assert "010594Y9032" not in text

    def test_cancelled_while_active_needs_a_reason(self) -> None:
        """A host that does not say why cancelled episodes end is told."""
        assert CODES.periods is not None
        codes = CODES.model_copy(update={"periods": CODES.periods.model_copy(update={"cancelled": None})})
        episode = EPISODE | {"status": "cancelled", "statusHistory": HISTORY, "period": {"end": "2014-12-20"}}
        assert "periods.cancelled" in reason(episode, codes=codes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "entered-in-error"},
            {"type": [concept("episode-types", "ASUMINEN")]},
            {"status": "cancelled", "statusHistory": HISTORY[:1]},
        ],
    )
    def test_what_is_no_period(self, changes: dict[str, Any]) -> None:
        """What was entered in error, is another service, or never began is no period, and then there are none."""
        assert record(EPISODE | changes)["periods"] == []

    def test_all_faults_at_once(self) -> None:
        """All that is wrong with a client is told, each with the place of its resource."""
        wrong = [EPISODE | {"status": "finished"}, PLAN | {"status": "unknown"}, EPISODE]
        assert [line.partition(":")[0] for line in reason(PATIENT | {"birthDate": "x"}, *wrong).splitlines()] == [
            "Patient", "EpisodeOfCare at entry 2", "CarePlan at entry 3", "EpisodeOfCare at entry 4",
        ]  # fmt: skip


class TestPlans:
    @pytest.mark.parametrize(
        ("changes", "plan"),
        [
            ({}, {"made_on": date(2015, 1, 2)}),
            ({"created": "2014-01-01", "period": {}}, {}),
            (
                {"period": {"start": "2015-01-02", "end": "2015-07-01"}},
                {"made_on": date(2015, 1, 2), "ends_on": date(2015, 7, 1)},
            ),
            ({"status": "revoked", "period": {"end": "2015-07-01"}}, {"ends_on": date(2015, 7, 1)}),
        ],
    )
    def test_days(self, changes: dict[str, Any], plan: dict[str, Any]) -> None:
        """The day of making is where the host says that it stands, and nowhere else."""
        assert record(PLAN | changes)["plans"] == [{"id": "P-1", "kind": "activation_plan"} | plan]

    @pytest.mark.parametrize(
        "changes", [{"status": "draft"}, {"status": "entered-in-error"}, {"intent": "proposal"}, {"intent": "option"}]
    )
    def test_what_is_no_plan_yet(self, changes: dict[str, Any]) -> None:
        """A draft, a proposal and an error are no plans."""
        assert record(PLAN | changes)["plans"] == []

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"status": "completed"}, "it would be in force until the next one"),
            ({"period": {"end": "2015"}}, "would be in force until the next one"),
            ({"status": "unknown"}, "does not say whether the plan was made"),
            ({"intent": None}, "does not say whether the plan was made"),
        ],
    )
    def test_what_is_told(self, changes: dict[str, Any], fault: str) -> None:
        """A plan that is over on a day that is not known cannot be said: it would be in force."""
        assert fault in reason(PLAN | changes)

    @pytest.mark.parametrize(
        ("activities", "includes"),
        [
            ([("KTT", "scheduled")], True),
            ([("VELKANEUVONTA", "scheduled"), ("KTT", "in-progress")], True),
            ([("VELKANEUVONTA", "scheduled")], False),
            ([("VELKANEUVONTA", "scheduled"), ("OTHER", "scheduled")], None),
            ([("KTT", "cancelled")], None),
            ([], None),
        ],
    )
    def test_what_is_agreed(self, activities: list[tuple[str, str]], includes: bool | None) -> None:
        """An activity of which nobody says what it is leaves open whether work is agreed."""
        made = [{"detail": {"status": status, "code": concept("services", code)}} for code, status in activities]
        assert record(PLAN | {"activity": made})["plans"][0].get("includes_rehabilitative_work") is includes


class TestTasksAndForms:
    def test_a_task_that_was_done(self) -> None:
        """It is a step on the day on which it was done; the list is whole from the day that the host says."""
        assert record(TASK)["events"] == [{"id": "T-1", "step": "first_meeting", "on": date(2015, 1, 5)}]
        assert record(TASK)["complete_from"] == {"events": date(2015, 1, 1)}

    @pytest.mark.parametrize(
        "changes", [{"status": "in-progress"}, {"status": "cancelled"}, {"code": concept("tasks", "LASKUTUS")}]
    )
    def test_one_that_was_not(self, changes: dict[str, Any]) -> None:
        """What was not done, or is another thing, is no step."""
        assert record(TASK | changes)["events"] == []

    def test_answers_of_every_type(self) -> None:
        """Numbers are exact, coded answers are what the host says, and answers inside answers are read."""
        nested = {"linkId": "g", "item": [{"linkId": "daily", "answer": [{"valueDecimal": Decimal("9.30")}]}]}
        coded = {"valueCoding": {"system": f"{HOST}/yes-no", "code": "N"}}
        form = response(
            "2015-06-01", ("unemployed", coded), ("days", {"valueInteger": 310}), ("joint", {"valueDate": "2015-02"})
        )
        read_record = record(
            form | {"item": [*form["item"], nested, {"linkId": "other", "answer": [{"valueString": CANARY}]}]}
        )
        assert read_record["facts"] == {"unemployed": False, "subsidy_days": 310, "daily_compensation": Decimal("9.30")}
        assert read_record["facts_on"] == date(2015, 6, 1)

    def test_the_latest_day_alone(self) -> None:
        """Facts of the day of an earlier form do not hold on a later day, so they are not carried over."""
        earlier = response("2015-05-01", ("days", {"valueInteger": 290}), ("unemployed", {"valueBoolean": True}))
        later = response("2015-06-01", ("days", {"valueInteger": 310}))
        assert record(later, earlier)["facts"] == {"subsidy_days": 310}
        draft = response("2015-07-01", ("days", {"valueInteger": 1}), status="in-progress")
        assert record(later, earlier, draft)["facts"] == {"subsidy_days": 310}

    def test_what_is_told(self) -> None:
        """Answers without a day, and answers that contradict, are told."""
        one = response("2015-06-01", ("days", {"valueInteger": 310}))
        assert "answered twice on one day" in reason(one, response("2015-06-01", ("days", {"valueInteger": 311})))
        assert record(one, one | {"id": "other"})["facts"] == {"subsidy_days": 310}
        assert "authored names no day" in reason(response("2015-06", ("days", {"valueInteger": 310})))
        assert "authored names no day" in reason(response(None, ("days", {"valueInteger": 310})))

    def test_what_has_no_table_is_not_read(self) -> None:
        """Without codes the lists stay unknown: not empty."""
        assert record(PATIENT, EPISODE, PLAN, TASK, codes=Codes()) == {"id": "A-1"}


class TestBundles:
    @pytest.mark.parametrize(
        "reference",
        [
            {"reference": "Patient/A-1"},
            {"reference": "Patient/A-1/_history/3"},
            {"reference": "urn:uuid:0c3151bd"},
            {"identifier": {"system": "urn:oid:1.2.246.21", "value": "010594Y9032"}},
        ],
    )
    def test_references(self, reference: dict[str, Any]) -> None:
        """A resource finds its Patient by relative reference, by the address of its entry, or by identifier."""
        patient = PATIENT | {"identifier": [{"system": "urn:oid:1.2.246.21", "value": "010594Y9032"}]}
        entries = [
            {"fullUrl": "urn:uuid:0c3151bd", "resource": patient},
            {"resource": EPISODE | {"patient": reference}},
        ]
        (row,) = rows({"resourceType": "Bundle", "entry": entries}, CODES)
        assert isinstance(row, Row)
        assert len(row.record["periods"]) == 1
        assert "010594" not in str(row.record)

    @pytest.mark.parametrize(("server", "there"), [("https://a.example/fhir", True), ("https://b.example/fhir", False)])
    def test_absolute_references(self, server: str, there: bool) -> None:
        """A Patient of another server is another one, also with the same id."""
        entries = [
            {"fullUrl": "https://a.example/fhir/Patient/A-1", "resource": PATIENT},
            {"resource": EPISODE | {"patient": {"reference": f"{server}/Patient/A-1"}}},
        ]
        read_rows = list(rows({"resourceType": "Bundle", "entry": entries}, CODES))
        assert len(read_rows) == (1 if there else 2)
        assert isinstance(read_rows[0], Row)
        assert len(read_rows[0].record["periods"]) == (1 if there else 0)
        assert there or read_rows[1] == BadRow(
            "entry 2", "EpisodeOfCare: refers to no Patient that is here. Give that one too."
        )

    def test_one_page_of_several(self) -> None:
        """A page of a search lacks what is on the next one, so that nothing is read of it."""
        page = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}], "entry": [{"resource": PATIENT}]}
        (row,) = rows(page, CODES)
        assert isinstance(row, BadRow)
        assert "one page of several" in row.reason

    def test_versions_of_one_resource(self) -> None:
        """A resource that stands twice is told: a period would be counted twice."""
        assert "stands at entry 2 too" in reason(EPISODE, EPISODE | {"status": "planned"})

    @pytest.mark.parametrize(
        "text",
        ["{", "[]", '"x"', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, b"\xff", '{"a": ' + "9" * 5000 + "}"],
    )
    def test_what_is_no_json(self, text: str | bytes) -> None:
        """A text that is no object of JSON is one bad row, and a line of it does not stop the next one."""
        data = text if isinstance(text, bytes) else text.encode()
        (row,) = Fhir(CODES).read(io.BytesIO(data))
        assert isinstance(row, BadRow)
        good = json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT}]}).encode()
        assert [type(row) for row in FhirLines(CODES).read(io.BytesIO(data + b"\n\n" + good))] == [BadRow, Row]

    def test_lines_of_resources(self) -> None:
        """Resources a line, in any order, are one Bundle; each is told by its line."""
        lines = "\n".join(
            json.dumps(one)
            for one in (EPISODE, PATIENT, EPISODE | {"id": "J-2", "patient": {"reference": "Patient/B"}})
        )
        first, second = FhirLines(CODES).read(io.BytesIO(lines.encode()))
        assert isinstance(first, Row)
        assert (first.place, len(first.record["periods"])) == ("line 2", 1)
        assert isinstance(second, BadRow)
        assert second.place == "line 3"


def nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every key or position in a value of JSON, with what holds it."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [pair for key, inner in pairs for pair in [(value, key), *nodes(inner)]]


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.just(Decimal("1E+400"))
    | st.sampled_from([CANARY, "", "2015-06-01"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "code", CANARY]), inner, max_size=2)
    ),
    max_leaves=4,
)


@cache
def finland() -> aava_rules.Rulebook:
    """The law."""
    return aava_rules.load("finland", plugins=False)


class TestHostileBundles:
    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_anything_in_place_of_anything(self, data: st.DataObject) -> None:
        """Whatever stands anywhere in a Bundle, rows come out, reasons hold no contents, and deciding does not fail."""
        form = response("2015-06-01", ("days", {"valueInteger": 310}), ("unemployed", {"valueBoolean": True}))
        history = EPISODE | {"statusHistory": HISTORY, "status": "cancelled", "period": {"end": "2014-12-20"}}
        patient = PATIENT | LABEL | {"birthDate": "1980", "communication": [{"language": concept("x", "fi")}]}
        resources = (patient, history, BROKEN | {"id": "J-2"}, RECENT, TASK, form)
        bundle = deepcopy({"resourceType": "Bundle", "link": [], "entry": [{"resource": one} for one in resources]})
        for _ in range(data.draw(st.integers(1, 3))):
            holder, key = data.draw(st.sampled_from(nodes(bundle)))
            if isinstance(holder, list) or data.draw(st.integers(0, 3)):
                holder[key] = deepcopy(data.draw(JUNK))
            else:
                del holder[key]
        decided = finland()
        for row in rows(bundle, CODES):
            if isinstance(row, BadRow):
                assert row.reason
                assert CANARY not in row.reason + row.place
                continue
            try:
                decided.decide(row.record, on="2015-09-15", only=["target_group"])
            except aava_rules.RecordError as error:
                assert CANARY not in str(error)


class TestCodes:
    def test_all_faults_at_once(self, tmp_path: Path) -> None:
        """A wrong file of codes is told with every fault and its path."""
        path = tmp_path / "codes.json"
        content = {
            "periods": {"kinds": {"KTT": "rehabilitative_work", "a|b": "work"}, "all": True},
            "plans": {"kinds": {}, "made_on": "created"},
            "municipality": {},
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(AdapterError) as caught:
            load_codes(path)
        places = [line.removeprefix(f"{path}: ").partition(": ")[0] for line in str(caught.value).splitlines()]
        assert places == ["periods.kinds.KTT.[key]", "periods.kinds.a|b", "plans", "municipality"]

    def test_a_field_that_is_not_there(self, tmp_path: Path) -> None:
        """An extension for a field that no record has is told."""
        path = tmp_path / "codes.json"
        path.write_text(
            json.dumps({"periods": {"kinds": {}, "all": True, "extensions": {"x": "day_per_week"}}}), encoding="utf-8"
        )
        with pytest.raises(AdapterError, match=r"periods.extensions: day_per_week is no field of periods"):
            load_codes(path)

    @pytest.mark.parametrize("content", [b"{", b"\xff", None])
    def test_a_file_that_cannot_be_read(self, tmp_path: Path, content: bytes | None) -> None:
        """A file of codes that is not there, or is no JSON, ends the source and not the plugin."""
        path = tmp_path / "codes.json"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(AdapterError, match=r"codes\.json"):
            list(Fhir(path).read(io.BytesIO(b"{}")))


BROKEN = EPISODE | {
    "period": {"start": "2015-09-01", "end": "2015-12-01"},
    "extension": [
        {"url": f"{HOST}/days-per-week", "valueInteger": 5},
        {"url": f"{HOST}/plan-made-on", "valueDate": "2015-08-01"},
        {"url": f"{HOST}/place", "valueCoding": {"system": f"{HOST}/places", "code": "Y"}},
    ],
}
RECENT = PLAN | {"period": {"start": "2015-08-01"}}
LABEL = {"meta": {"security": [{"system": "x", "code": "TURVAKIELTO"}]}}
ON = "2015-09-15"


@pytest.fixture(scope="module")
def rulebook() -> aava_rules.Rulebook:
    """The model with the law below it."""
    return aava_rules.load("aava", plugins=False)


class TestWhatIsWritten:
    def test_findings_and_steps(self, rulebook: aava_rules.Rulebook) -> None:
        """Each broken requirement is a DetectedIssue without severity, each next step a Task with its last day."""
        decision = rulebook.decide(record(BROKEN, RECENT, TASK), on=ON)
        broken = [finding for finding in decision.findings if finding.status == "broken"]
        issues = detected_issues(decision, "en")
        assert [one["code"]["coding"][0]["code"] for one in issues] == [finding.requirement for finding in broken]
        assert any(one["code"]["coding"][0]["code"] == "days_per_week_max" for one in issues)
        assert not any("severity" in one for one in issues)
        made = tasks(decision, "en")
        assert [one["code"]["coding"][0]["code"] for one in made] == [step.step for step in decision.next_steps]
        for task, step in zip(made, decision.next_steps, strict=True):
            end = task.get("restriction", {}).get("period", {}).get("end")
            assert end == (step.due.isoformat() if isinstance(step.due, date) else None)
            assert ("_end" in str(task)) == (step.due is aava_rules.UNKNOWN)

    def test_a_protected_client(self, rulebook: aava_rules.Rulebook) -> None:
        """Of a protected client titles are written and no messages, which quote the record."""
        decisions = [rulebook.decide(record(patient, BROKEN, RECENT), on=ON) for patient in (PATIENT, PATIENT | LABEL)]
        for write in (
            detected_issues,
            tasks,
            lambda decision, language: operation_outcome(decision, language)["issue"],
        ):
            plain, masked = (
                [one.get("detail") or one.get("description") or one.get("diagnostics") for one in write(decision, "en")]
                for decision in decisions
            )
            titles = [
                one.get("code", {}).get("text", "") if isinstance(one.get("code"), dict) else one["details"]["text"]
                for one in write(decisions[1], "en")
            ]
            assert masked == titles
            assert plain != masked

    def test_another_reference(self, rulebook: aava_rules.Rulebook) -> None:
        """A host whose key is an identifier refers by it."""
        decision = rulebook.decide(record(BROKEN, RECENT), on=ON)
        (issue, *_) = detected_issues(decision, refer=lambda key: {"identifier": {"system": "urn:x", "value": key}})
        assert issue["patient"] == {"identifier": {"system": "urn:x", "value": "A-1"}}

    def test_an_outcome_has_an_issue(self, rulebook: aava_rules.Rulebook) -> None:
        """Where nothing is broken and all is known, there is one issue that says so, since there must be one."""
        decision = rulebook.decide({"id": "a", "periods": [], "plans": []}, on=ON, only=["days_per_week_max"])
        assert operation_outcome(decision)["issue"] == [{"severity": "information", "code": "informational"}]

    def test_they_are_resources_of_r4(self, rulebook: aava_rules.Rulebook) -> None:
        """Models of FHIR that others made accept all that is written, in every language."""
        models = pytest.importorskip(
            "fhir.resources.R4B", reason="fhir.resources is not installed: pip install plugins/aava-rules-fhir[tests]"
        )
        decisions = [
            rulebook.decide(record(patient, *resources), on=ON)
            for patient in (PATIENT, PATIENT | LABEL)
            for resources in ((), (BROKEN, RECENT, TASK))
        ]
        count = 0
        for decision in decisions:
            for language in ("fi", "sv", "en"):
                for one in (
                    *detected_issues(decision, language),
                    *tasks(decision, language),
                    operation_outcome(decision, language),
                ):
                    models.get_fhir_model_class(one["resourceType"]).model_validate(one)
                    count += 1
            out = io.StringIO()
            FhirReport().write([decision], out, "fi")
            models.get_fhir_model_class("Bundle").model_validate(json.loads(out.getvalue()))
        assert count > 12

    def test_a_bundle_of_nothing(self) -> None:
        """Without decisions the report is a Bundle without entries, and not one with an empty list, which FHIR forbids."""
        out = io.StringIO()
        FhirReport().write([], out, "fi")
        assert json.loads(out.getvalue()) == {"resourceType": "Bundle", "type": "collection"}


class TestTogether:
    def test_it_is_a_plugin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Given to a rulebook, it adds its adapters and its report, with the codes of the environment."""
        monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        monkeypatch.setenv("AAVA_RULES_FHIR_CODES", str(EXAMPLES / "codes.json"))
        plugins = aava_rules.load("finland", plugins=[aava_rules_fhir]).plugins
        assert plugins is not None
        assert plugins.broken == []
        assert {"fhir", "fhir-lines"} <= {adapter.name for adapter in plugins.adapters()}
        adapter = next(one for one in plugins.adapters() if one.name == "fhir")
        first = next(iter(adapter.read(EXAMPLES / "register.fhir.json")))
        assert isinstance(first, Row)
        assert first.record["periods"][0]["days_per_week"] == 5

    def test_the_example(self) -> None:
        """The example in the README runs, and no identity code or name comes out of it."""
        done = subprocess.run([sys.executable, str(EXAMPLES / "answer.py")], capture_output=True, text=True, check=True)
        *written, told = done.stdout.splitlines()
        assert "days_per_week_max" in json.loads(written[0])["code"]["coding"][0]["code"]
        assert told.startswith("entry 5: EpisodeOfCare at entry 6: period.end names no day")
        assert not any(secret in done.stdout for secret in ("010594", "Testinen", "Turva"))

    def test_at_the_command_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """``aava-rules check`` reads a Bundle by its suffix and writes one with --format fhir."""
        from typer.testing import CliRunner

        from aava_rules.decision.plugins import manager
        from aava_rules.tools.cli import build

        monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        monkeypatch.setenv("AAVA_RULES_FHIR_CODES", str(EXAMPLES / "codes.json"))
        plugins = manager([aava_rules_fhir])
        monkeypatch.setattr("aava_rules.decision.plugins.manager", lambda given=None: plugins)
        monkeypatch.setattr("aava_rules.decision.choose_plugins.installed", lambda: [object()])
        arguments = ["check", str(EXAMPLES / "register.fhir.json"), "--on", ON, "--format", "fhir"]
        result = CliRunner().invoke(build(plugins), arguments)
        assert result.exit_code == 2, result.stderr
        assert json.loads(result.stdout)["entry"][0]["resource"]["resourceType"] == "DetectedIssue"
        assert "EpisodeOfCare at entry 6" in result.stderr

    def test_the_readme_shows_the_example(self) -> None:
        """The lines of Python in the README are those of the example, which the test above runs."""
        text = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
        shown = text.partition("```python\n")[2].partition("```")[0]
        assert shown.strip()
        assert shown in (EXAMPLES / "answer.py").read_text(encoding="utf-8")
