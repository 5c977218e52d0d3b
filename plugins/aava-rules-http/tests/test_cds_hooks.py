"""CDS Hooks: discovery, cards, feedback, and every call that gets none; each answer fits the schema of the wire."""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from aava_rules_http import Settings, SettingsError, create_app
from aava_rules_http.books import Books
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient

import aava_rules
from aava_rules import hookimpl

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((Path(__file__).parent / "cds_hooks.schema.json").read_text(encoding="utf-8"))
CODES = ROOT / "plugins" / "aava-rules-fhir" / "examples" / "codes.json"
ENTRIES = json.loads((CODES.parent / "register.fhir.json").read_text(encoding="utf-8"))["entry"]
CANARY = "Kanarialintu-020579"
PATH = "/cds-services/work-rehabilitation"
SETTINGS = Settings(
    rulebooks=("aava",), cds_codes=CODES, cds_language="en", cors_origins=("https://ehr.example",), read_seconds=1
)


def empty() -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "total": 0}


def found(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource} for resource in resources]}


def resource(kind: str, id: str) -> dict[str, Any]:
    (match,) = (e["resource"] for e in ENTRIES if (e["resource"]["resourceType"], e["resource"]["id"]) == (kind, id))
    return copy.deepcopy(match)


def call(on: str | None = "2016-02-01", **changes: Any) -> dict[str, Any]:
    """A call about the client of the example whose period has five days a week, which is broken in 2016."""
    patient = resource("Patient", "A-17")
    patient.pop("meta")
    request = {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": "A-17"},
        "prefetch": {
            "patient": patient,
            "episodes": found(resource("EpisodeOfCare", "J-1")),
            "plans": found(resource("CarePlan", "P-1")),
            "tasks": empty(),
        },
        "extension": {"fi.aava-rules": {"on": on}} if on else {},
    }
    request["prefetch"].update(changes.pop("prefetch", {}))
    return {**request, **changes}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        books = Books(SETTINGS)
        books.load()
        with TestClient(create_app(SETTINGS, books)) as client:
            yield client


def valid(definition: str, value: Any) -> None:
    jsonschema.Draft7Validator({"$ref": f"#/definitions/{definition}", **SCHEMA}).validate(value)


def no_nulls(value: Any, inside_cards: bool = False) -> bool:
    """Whether nothing is null or empty, but the list of cards."""
    if isinstance(value, dict):
        return bool(value) and all((key == "cards" and item == []) or no_nulls(item) for key, item in value.items())
    if isinstance(value, list):
        return bool(value) and all(map(no_nulls, value))
    return value not in (None, "")


def cards(client: TestClient, request: dict[str, Any]) -> list[dict[str, Any]]:
    valid("request", request)
    response = client.post(PATH, json=request)
    assert response.status_code == 200, response.text
    valid("response", response.json())
    assert no_nulls(response.json())
    return response.json()["cards"]  # type: ignore[no-any-return]


class TestDiscovery:
    def test_the_service(self, client: TestClient) -> None:
        """It names the hook, itself and what is to be prefetched, by tokens of the context alone."""
        response = client.get("/cds-services")
        assert response.headers["content-type"] == "application/json"
        valid("discovery", response.json())
        assert no_nulls(response.json())
        (service,) = response.json()["services"]
        assert (service["hook"], service["id"]) == ("patient-view", "work-rehabilitation")
        assert service["prefetch"] == {
            "patient": "Patient/{{context.patientId}}",
            "episodes": "EpisodeOfCare?patient={{context.patientId}}",
            "plans": "CarePlan?patient={{context.patientId}}",
            "tasks": "Task?patient={{context.patientId}}",
            "answers": "QuestionnaireResponse?patient={{context.patientId}}",
        }

    def test_a_page_of_the_record_system_may_ask(self, client: TestClient) -> None:
        """A browser is told that its page may ask, and a page of another origin is not."""
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        allowed = client.options(PATH, headers={"Origin": "https://ehr.example", **asked})
        assert allowed.headers["access-control-allow-origin"] == "https://ehr.example"
        other = client.options(PATH, headers={"Origin": "https://evil.example", **asked})
        assert "access-control-allow-origin" not in other.headers

    def test_the_openapi_document_has_it(self, client: TestClient) -> None:
        """Discovery, calls, cards, feedback and refusals are what the document says."""
        whole = client.get("/openapi.json").json()
        OpenAPIV31SpecValidator(whole).validate()

        def fits(method: str, path: str, response: httpx.Response) -> None:
            told = whole["paths"][path][method]["responses"][str(response.status_code)]
            schema = told["content"]["application/json"]["schema"]
            whole_schema = {**schema, "components": whole["components"]}
            jsonschema.Draft202012Validator(whole_schema).validate(response.json())

        fits("get", "/cds-services", client.get("/cds-services"))
        asked = {**whole["components"]["schemas"]["cds_call"], "components": whole["components"]}
        for request in (call(), without("plans"), call(hook="order-sign"), call(prefetch={"plans": None})):
            response = client.post(PATH, json=request)
            fits("post", PATH, response)
            assert jsonschema.Draft202012Validator(asked).is_valid(request) is (response.status_code == 200)


class TestCards:
    def test_what_is_broken(self, client: TestClient) -> None:
        """A card for each broken requirement: what, why, on whose authority, and the paragraph with its link."""
        broken = [
            card for card in cards(client, call()) if card["indicator"] == "warning" and "suggestions" not in card
        ]
        (card,) = [card for card in broken if "days" in card["summary"] and "week" in card["summary"]]
        assert "189/2001" in card["source"]["label"]
        assert card["source"]["url"].startswith("https://www.finlex.fi/")
        assert len({card["uuid"] for card in cards(client, call())}) == len(cards(client, call()))

    def test_what_comes_next(self, client: TestClient) -> None:
        """A card for each step, which suggests a Task to add; the user takes it or leaves it."""
        done = {
            "resourceType": "Task", "id": "T-1", "status": "completed", "intent": "order",
            "code": {"coding": [{"system": "https://municipality.example/tasks", "code": "ENSITAPAAMINEN"}]},
            "for": {"reference": "Patient/A-17"}, "executionPeriod": {"end": "2015-09-01"},
        }  # fmt: skip
        answers = cards(client, call("2015-11-15", prefetch={"tasks": found(done)}))
        steps = [card for card in answers if "suggestions" in card]
        assert steps
        for card in steps:
            assert card["summary"].startswith("Next step: ")
            assert card["selectionBehavior"] == "at-most-one"
            ((action,),) = (suggestion["actions"] for suggestion in card["suggestions"])
            assert (action["type"], action["resource"]["resourceType"]) == ("create", "Task")
            assert action["resource"]["for"] == {"reference": "Patient/A-17"}
            assert "id" not in action["resource"]

    def test_what_is_not_known(self, client: TestClient) -> None:
        """One card names what to ask, the most useful first."""
        last = cards(client, call())[-1]
        assert last["summary"].startswith("Facts that are missing: ")
        assert last["indicator"] == "info"
        assert last["source"]["label"]

    def test_the_same_decision_as_the_library(self, client: TestClient) -> None:
        """There are as many cards as the library has broken requirements and steps, and one for what is not known."""
        import aava_rules_fhir

        request = call()
        bundle = {"resourceType": "Bundle", "entry": [{"resource": request["prefetch"]["patient"]}]}
        bundle["entry"] += request["prefetch"]["plans"]["entry"] + request["prefetch"]["episodes"]["entry"]
        (row,) = aava_rules_fhir.rows(bundle, aava_rules_fhir.load_codes(CODES))
        decision = aava_rules.load("aava", plugins=False).decide(row.record, on="2016-02-01")
        broken = [finding for finding in decision.findings if finding.status == "broken"]
        assert len(cards(client, request)) == len(broken) + len(decision.next_steps) + 1

    def test_a_protected_client(self, client: TestClient) -> None:
        """Cards show titles in place of messages, which quote the record."""
        protected = cards(client, call(prefetch={"patient": resource("Patient", "A-17")}))
        plain = cards(client, call())
        assert len(protected) == len(plain)
        texts = json.dumps([card.get("detail") for card in protected])
        assert "periods" not in texts
        assert [card["summary"] for card in protected] != [card["summary"] for card in plain]

    def test_today(self, client: TestClient) -> None:
        """Without an extension the day is today's, and the answer has its form."""
        cards(client, call(on=None))

    def test_summaries_are_short(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """A summary of 140 characters and more is cut at 139."""
        monkeypatch.setattr("aava_rules_http.cds.shown_text", lambda *_: "x" * 300)
        assert max(len(card["summary"]) for card in cards(client, call())) == 139

    def test_markdown_is_shown_as_it_is(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a text holds is no markup."""
        monkeypatch.setattr("aava_rules_http.cds.shown_text", lambda *_: "[a](https://x) *b* <c>")
        details = [card["detail"] for card in cards(client, call())]
        assert any(r"\[a\](https://x) \*b\* \<c\>" in detail for detail in details)


def test_nothing_else_is_sent(client: TestClient) -> None:
    """Cards have these members and no others, and an answer has cards alone."""
    response = client.post(PATH, json=call())
    assert set(response.json()) == {"cards"}
    for card in response.json()["cards"]:
        assert set(card) <= {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior"}
        assert set(card["source"]) <= {"label", "url"}
        for suggestion in card.get("suggestions", ()):
            assert set(suggestion) == {"label", "uuid", "actions"}
            assert all(set(action) == {"type", "description", "resource"} for action in suggestion["actions"])


def test_the_table_of_demands_names_tests_that_there_are() -> None:
    """Every SHALL for services stands in the table once, and each row names a test of these files."""
    table = (ROOT / "plugins" / "aava-rules-http" / "cds_hooks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", table, re.MULTILINE)
    ids = [int(number) for number, _ in rows]
    assert ids == sorted(set(ids))
    assert len(ids) == 73
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = {number: re.findall(r"`(test_\w+)`", shown) for number, shown in rows}
    assert [number for number, names in named.items() if not names] == []
    wrong = {name for names in named.values() for name in names if f"def {name}(" not in tests}
    assert wrong == set()


def without(key: str) -> dict[str, Any]:
    request = call()
    del request["prefetch"][key]
    return request


class TestNoCards:
    @pytest.mark.parametrize(
        ("request_values", "status", "text"),
        [
            (without("patient"), 412, "prefetch lacks patient"),
            (without("episodes"), 412, "prefetch lacks episodes"),
            (without("tasks"), 412, "prefetch lacks tasks"),
            (call(prefetch={"plans": None}), 412, "prefetch lacks plans"),
            (
                {key: value for key, value in call().items() if key != "prefetch"},
                412,
                "prefetch lacks patient, episodes",
            ),
            (call(prefetch={"plans": {"resourceType": "OperationOutcome"}}), 412, "the query failed"),
            (call(prefetch={"plans": found({"resourceType": "OperationOutcome"})}), 412, "a query failed"),
            (call(prefetch={"plans": {"resourceType": "CarePlan"}}), 412, "is no Bundle"),
            (
                call(prefetch={"plans": {**empty(), "link": [{"relation": "next", "url": "x"}]}}),
                412,
                "one page of several",
            ),
            (call(prefetch={"patient": {"resourceType": "Group"}}), 412, "is no Patient"),
            (
                call(prefetch={"episodes": found({**resource("EpisodeOfCare", "J-1"), "type": []})}),
                412,
                "cannot be read",
            ),
            (call(hook="order-sign"), 400, "patient-view alone"),
            (call(hookInstance="1"), 400, "hookInstance"),
            (call(context={"userId": "Practitioner/1"}), 400, "context.patientId"),
            (
                call(context={"userId": "Practitioner/1", "patientId": "A-18"}),
                412,
                "another one than context.patientId",
            ),
            (call(on="2016-02-30"), 400, "day of decision"),
            (call(extension={"fi.aava-rules": {"on": 20160201}}), 400, "is no day"),
            (call(extension={"fi.aava-rules": [None]}), 400, "is no object"),
            (call(extension={"fi.aava-rules": None}), 400, "is no object"),
            (call(extension={"fi.aava-rules": {"day": "2016-02-01"}}), 400, "is no object"),
            (call(prefetch={"plans": {**empty(), "link": 1}}), 412, "is no Bundle"),
            (call(prefetch={"answers": {}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "link": [None]}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "link": [["next"]]}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "entry": {}}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "entry": None}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "entry": {"resource": {}}}}), 412, "is no Bundle"),
            (call(prefetch={"plans": {**empty(), "entry": ["x"]}}), 412, "something else than CarePlan"),
            ({}, 400, "context, hook, hookInstance"),
        ],
    )
    def test_what_is_wrong_or_lacking(self, client: TestClient, request_values: Any, status: int, text: str) -> None:
        """412 where data is lacking or cannot be read, so that nothing is guessed; 400 where the call is wrong."""
        response = client.post(PATH, json=request_values)
        assert response.status_code == status
        assert text in response.json()["error"]["text"]

    def test_paths_bodies_and_media_types(self, client: TestClient) -> None:
        """Another service, no JSON, and another media type."""
        assert client.post("/cds-services/other", json=call()).status_code == 404
        assert client.post(PATH, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
        assert client.post(PATH, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
        assert client.get(PATH).status_code == 405

    def test_no_contents_in_errors(self, client: TestClient) -> None:
        """No error repeats what a call holds."""
        for request in (
            call(hook=CANARY), call(hookInstance=CANARY), call(**{CANARY: 1}, context={CANARY: 1}),
            call(prefetch={"plans": found({**resource("CarePlan", "P-1"), "category": [{"coding": [{"code": CANARY}]}]})}),
        ):  # fmt: skip
            response = client.post(PATH, json=request)
            assert response.status_code in (400, 412)
            assert CANARY not in response.text


class TestFeedback:
    def outcome(self, **changes: Any) -> dict[str, Any]:
        values = {
            "card": str(uuid.uuid4()),
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-30T10:00:00Z",
            **changes,
        }
        return {"feedback": [values]}

    def test_it_is_counted(self, client: TestClient) -> None:
        """Accepted and overridden cards are counted; a comment of the user is kept nowhere."""
        overridden = self.outcome(overrideReason={"userComment": CANARY})
        accepted = self.outcome(outcome="accepted", acceptedSuggestions=[{"id": str(uuid.uuid4())}])
        for feedback in (overridden, accepted):
            valid("feedback", feedback)
            assert client.post(f"{PATH}/feedback", json=feedback).status_code == 200
        text = client.get("/metrics").text
        assert 'aava_rules_cards_total{outcome="overridden"} 1.0' in text
        assert 'aava_rules_cards_total{outcome="accepted"} 1.0' in text
        assert CANARY not in text

    def test_what_is_none(self, client: TestClient) -> None:
        """Feedback that lacks what it must have is refused, as the schema has it."""
        for feedback in (
            {}, {"feedback": []}, self.outcome(outcome="seen"), self.outcome(card=""),
            self.outcome(outcomeTimestamp="today"), self.outcome(outcome="accepted"),
        ):  # fmt: skip
            with pytest.raises(jsonschema.ValidationError):
                valid("feedback", feedback)
            assert client.post(f"{PATH}/feedback", json=feedback).status_code == 400


class TestSettings:
    def test_without_codes_there_are_no_hooks(self) -> None:
        """A service that nobody set up for it answers no hooks."""
        settings = Settings(rulebooks=("finland",))
        books = Books(settings, lambda *_, **__: aava_rules.load("finland", plugins=False))
        books.load()
        with TestClient(create_app(settings, books)) as client:
            assert client.get("/cds-services").status_code == 404

    def test_codes_that_cannot_be_read(self, tmp_path: Path) -> None:
        """It is told before the service listens."""
        with pytest.raises(SettingsError, match="cds_codes"):
            create_app(SETTINGS.model_copy(update={"cds_codes": tmp_path / "x"}), Books(SETTINGS))

    def test_a_decision_has_its_row(self) -> None:
        """A card is given only with a row in the audit log, if the host wants that; the purpose tells the service."""
        heard: list[Any] = []

        class Log:
            fails = False

            @hookimpl
            def decided(self, context: Any) -> None:
                if self.fails:
                    raise OSError
                heard.append(context["purpose"])

        log = Log()
        books = Books(SETTINGS, lambda *_, **__: aava_rules.load("aava", plugins=[log], audit="strict"))
        books.load()
        with TestClient(create_app(SETTINGS, books)) as client:
            assert client.post(PATH, json=call()).status_code == 200
            log.fails = True
            assert client.post(PATH, json=call()).status_code == 503
        assert heard == ["CDS Hooks work-rehabilitation"]
