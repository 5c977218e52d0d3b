"""The service: its paths and answers, tokens, limits, what is logged, and its own description."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import jwt
import pytest
import typer
from aava_rules_http import Settings, SettingsError, create_app
from aava_rules_http.books import Books
from aava_rules_http.command import http
from aava_rules_http.logs import LOGGER, JsonFormatter
from aava_rules_http.openapi import document
from aava_rules_http.server import tell_default
from aava_rules_http.settings import is_loopback, read_settings
from cryptography.hazmat.primitives.asymmetric import ec
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient
from typer.testing import CliRunner

import aava_rules
from aava_rules import hookimpl
from aava_rules.tools.cli.options import DEFAULT_RULEBOOK

ROOT = Path(__file__).resolve().parents[3]
CANARY = "Kanarialintu-020579"
RECORD = json.loads((ROOT / "examples" / "records" / "a-17.json").read_text(encoding="utf-8"))
ASK = {"id": "x", "record": RECORD, "on": "2014-05-05", "only": ["target_group"]}
SETTINGS = Settings(rulebooks=("finland", "aava"), body_bytes=20_000, read_seconds=0.3)


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")


@pytest.fixture(scope="module")
def books() -> Books:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        loaded = Books(SETTINGS)
        loaded.load()
    return loaded


@pytest.fixture
def client(books: Books) -> Iterator[TestClient]:
    with TestClient(create_app(SETTINGS, books)) as client:
        yield client


def call(app: Any, body: Any, path: str = "/v1/decide", headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What the application sends for a request whose body comes in pieces; a number is a pause in seconds."""
    sent: list[dict[str, Any]] = []

    async def run() -> None:
        pieces = iter(body)

        async def receive() -> dict[str, Any]:
            for piece in pieces:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                elif piece is None:
                    return {"type": "http.disconnect"}
                else:
                    return {"type": "http.request", "body": piece, "more_body": True}
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        given = {"host": "localhost", "content-type": "application/json"} | (headers or {})
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()], "http_version": "1.1",
            "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        await app(scope, receive, send)

    asyncio.run(run())
    return sent


class TestAnswers:
    def test_a_decision(self, client: TestClient, books: Books) -> None:
        """It is that of the library; the answer is not to be kept, and has the id of the request."""
        response = client.post("/v1/decide", json=ASK, headers={"X-Request-ID": "r-1"})
        assert books.current is not None
        decision = books.current.default.decide(RECORD, on="2014-05-05", only=["target_group"])
        assert response.json() == {"id": "x", "decision": json.loads(decision.to_json())}
        assert response.status_code == 200
        assert response.headers["X-Request-ID"] == "r-1"
        assert response.headers["Cache-Control"] == "no-store"

    def test_below_another_path(self, books: Books) -> None:
        """Where a host puts the service below a path of its own, it answers as before."""
        with TestClient(create_app(SETTINGS, books), root_path="/rules") as client:
            assert client.post("/rules/v1/decide", json=ASK).json()["id"] == "x"
            assert client.get("/rules/v1/decide").status_code == 405

    def test_each_path_asks_its_own(self, client: TestClient) -> None:
        """check asks requirements alone, explain one answer, next the path; another verb in the request is wrong."""
        request = {"record": RECORD, "on": "2015-09-15", "rulebook": "aava", "language": "sv"}
        check = client.post("/v1/check", json=request).json()["decision"]
        assert (check["outcomes"], check["next_steps"]) == ({}, [])
        assert check["findings"]
        explanation = client.post("/v1/explain", json={**request, "name": "target_group"}).json()["explanation"]
        assert list(explanation["text"]) == ["sv"]
        assert client.post("/v1/next", json=request).json()["path"]["steps"]
        wrong = client.post("/v1/next", json={**request, "do": "decide"})
        assert wrong.status_code == 400
        assert wrong.json()["error"]["faults"][0]["place"] == "do"

    @pytest.mark.parametrize(
        ("body", "status", "kind", "place"),
        [
            (b"", 400, "request", "line 1 column 1"),
            (b"{", 400, "request", "line 1 column 2"),
            (b"\xff", 400, "request", "byte 0"),
            (b"[" * 10_000, 400, "request", "request"),
            (b"[]", 400, "request", "request"),
            (b'{"record": {"id": "a"}, "on": "2014-02-30"}', 400, "request", "on"),
            (b'{"record": {"id": "a"}, "rulebook": "x"}', 404, "request", "rulebook"),
            (b'{"record": {"id": "a", "perods": []}}', 422, "record", "key 2"),
            (b'{"record": {"id": "a"}, "only": ["target_grup"]}', 404, "name", None),
        ],
    )
    def test_what_is_wrong(self, client: TestClient, body: bytes, status: int, kind: str, place: str | None) -> None:
        """The status says whose fault it is, and the error has each place."""
        response = client.post("/v1/decide", content=body, headers={"Content-Type": "application/json"})
        error = response.json()["error"]
        assert (response.status_code, error["kind"]) == (status, kind)
        assert [fault["place"] for fault in error["faults"]] == ([] if place is None else [place])

    def test_paths_and_methods(self, client: TestClient) -> None:
        """What there is not is told as every error is."""
        for response, status in (
            (client.get("/v1/decide"), 405),
            (client.get(f"/{CANARY}"), 404),
            (client.get("/v1/rulebooks/mine"), 404),
            (client.post("/v1/decide", content=b"x", headers={"Content-Type": "text/plain"}), 415),
        ):
            assert response.status_code == status
            assert response.json()["error"]["text"]
            assert CANARY not in response.text

    def test_rulebooks_and_their_names(self, client: TestClient, books: Books) -> None:
        """A caller learns which names it may ask and give, with titles, types and words."""
        assert books.current is not None
        listed = client.get("/v1/rulebooks").json()["rulebooks"]
        assert [book["name"] for book in listed] == ["finland", "aava"]
        named = client.get("/v1/rulebooks/aava").json()
        book = books.current.by_name["aava"]
        assert named["sha256"] == listed[1]["sha256"] == book.sha256
        assert [outcome["name"] for outcome in named["outcomes"]] == list(book._parts.outcomes)
        age = next(fact for fact in named["facts"] if fact["name"] == "age")
        assert (age["type"], set(age["title"])) == ("integer", {"fi", "sv", "en"})

    def test_lines(self, client: TestClient) -> None:
        """A request a line, an answer a line, bad ones too; the media type is that of lines."""
        lines = [json.dumps(ASK).encode(), b"", b'{"id"', b"x" * 30_000, json.dumps({**ASK, "id": "y"}).encode()]
        response = client.post("/v1/check", content=b"\n".join(lines), headers={"Content-Type": "application/jsonl"})
        answers = [json.loads(line) for line in response.text.splitlines()]
        assert [(answer["id"], answer["line"], "error" in answer) for answer in answers] == [
            ("x", 1, False), (None, 2, True), (None, 3, True), (None, 4, True), ("y", 5, False),
        ]  # fmt: skip
        assert answers[3]["error"]["faults"][0]["code"] == "AR120"
        assert response.headers["content-type"].startswith("application/jsonl")

    def test_lines_are_answered_at_once(self, books: Books) -> None:
        """The answer to a line is sent before the next line comes, however the body is cut into pieces."""
        line = json.dumps(ASK).encode() + b"\n"
        order: list[str] = []

        def body() -> Iterator[bytes]:
            for number in range(3):
                order.append(f"piece {number}")
                yield line[:20]
                yield line[20:]

        app = create_app(SETTINGS, books)

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            async def noting(message: dict[str, Any]) -> None:
                if message.get("body"):
                    order.append("answer")
                await send(message)

            await app(scope, receive, noting)

        call(watched, body(), headers={"content-type": "application/x-ndjson"})
        assert order == ["piece 0", "answer", "piece 1", "answer", "piece 2", "answer"]

    def test_answers_fit_the_document(self, client: TestClient) -> None:
        """What is answered is what the OpenAPI document says, and the document is right itself."""
        whole = client.get("/openapi.json").json()
        OpenAPIV31SpecValidator(whole).validate()
        asked = [
            ("/v1/decide", ASK), ("/v1/check", {**ASK, "only": None, "rulebook": "aava"}), ("/v1/next", {"record": RECORD}),
            ("/v1/explain", {**ASK, "only": None, "name": "target_group"}), ("/v1/decide", {}),
            ("/v1/decide", {**ASK, "detail": "short"}), ("/v1/decide", {"record": {"id": "a", "x": 1}}),
        ]  # fmt: skip
        for path, request in asked:
            response = client.post(path, json=request)
            fits(whole, path, "post", response)
            body = whole["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
            assert validator(whole, body).is_valid(request) is (response.status_code == 200)
        for path in ("/v1/rulebooks", "/v1/rulebooks/{name}", "/health", "/ready", "/openapi.json"):
            fits(whole, path, "get", client.get(path.replace("{name}", "finland")))

    @pytest.mark.parametrize(
        ("facts", "rulebook", "fits_document"),
        [
            ({"age": 40}, None, True),
            ({"age": {"at_least": 40, "at_most": None}}, "finland", True),
            ({"age": 1_000_000_000}, None, True),
            ({"age": 1_000_000_001}, None, False),
            ({"age": "40"}, None, False),
            ({"age": {"at_least": None}}, None, False),
            ({"agee": 40}, None, False),
            ({"target_group": True}, None, True),
            ({"birth_date": "1974-02-03"}, None, True),
            ({"birth_date": "1874-02-03"}, None, False),
            ({"unemployed": None}, "aava", True),
            ({"unemployed": 1}, "aava", False),
        ],
    )
    def test_the_document_says_which_facts_a_record_may_name(
        self, client: TestClient, facts: dict[str, Any], rulebook: str | None, fits_document: bool
    ) -> None:
        """A request fits the document if, and only if, it is answered: by name, type and limits of the facts of each rulebook."""
        whole = client.get("/openapi.json").json()
        request = {"record": {"id": "a", "facts": facts}, "rulebook": rulebook, "only": ["target_group"]}
        assert validator(whole, whole["components"]["schemas"]["request_decide"]).is_valid(request) is fits_document
        assert client.post("/v1/decide", json=request).status_code == (200 if fits_document else 422)


def validator(whole: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**schema, "components": whole["components"]})


def fits(whole: dict[str, Any], path: str, method: str, response: httpx.Response) -> None:
    """Hold a response against what the document says of it."""
    told = whole["paths"][path][method]["responses"][str(response.status_code)]
    validator(whole, told["content"]["application/json"]["schema"]).validate(response.json())


class TestLimits:
    def test_a_body_that_is_too_large(self, books: Books) -> None:
        """It is refused by what it says of itself, or once too much of it has come; nothing more is read."""
        app = create_app(SETTINGS, books)
        read = []

        def endless() -> Iterator[bytes]:
            while True:
                read.append(1)
                yield b" " * 10_000

        assert call(app, endless())[0]["status"] == 413
        assert len(read) == 3
        assert call(app, endless(), headers={"content-length": str(100 * 2**20)})[0]["status"] == 413
        assert len(read) == 3

    def test_a_client_that_is_too_slow(self, books: Books) -> None:
        """A body that stops coming is given up."""
        assert call(create_app(SETTINGS, books), [b'{"record"', 5.0])[0]["status"] == 408

    def test_lines_that_stop_coming(self, books: Books) -> None:
        """What came before is answered, and the end is told."""
        line = json.dumps(ASK).encode() + b"\n"
        sent = call(create_app(SETTINGS, books), [line, b"{", 5.0], headers={"content-type": "application/jsonl"})
        first, second = (json.loads(line) for line in b"".join(m.get("body", b"") for m in sent).splitlines())
        assert first["id"] == "x"
        assert "too long" in second["error"]["text"]

    def test_a_client_that_leaves(self, books: Books, caplog: pytest.LogCaptureFixture) -> None:
        """It is noted, and nothing fails."""
        app = create_app(SETTINGS, books)
        with caplog.at_level(logging.INFO):
            call(app, [b'{"rec', None])
            call(app, [json.dumps(ASK).encode() + b"\n", None], headers={"content-type": "application/jsonl"})
        assert [record.getMessage() for record in caplog.records if record.name == "aava_rules_http"] == [
            "answered"
        ] * 2

    def test_too_many_at_once(self, books: Books) -> None:
        """The request that is one too many is told to come again; health and readiness are always told."""
        entered, go_on = threading.Event(), threading.Event()
        real = aava_rules.Rulebook.decide

        def waits(*arguments: Any, **named: Any) -> Any:
            entered.set()
            go_on.wait(20)
            return real(*arguments, **named)

        settings = SETTINGS.model_copy(update={"at_once": 1, "answer_at_once_bytes": 0})
        with pytest.MonkeyPatch.context() as patch, TestClient(create_app(settings, books)) as client:
            patch.setattr(aava_rules.Rulebook, "decide", waits)
            answers: list[int] = []
            thread = threading.Thread(target=lambda: answers.append(client.post("/v1/decide", json=ASK).status_code))
            thread.start()
            assert entered.wait(20)
            refused = client.post("/v1/decide", json=ASK)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert client.get("/health").status_code == client.get("/ready").status_code == 200
            go_on.set()
            thread.join()
            assert answers == [200]
            assert client.post("/v1/decide", json=ASK).status_code == 200

    @pytest.mark.parametrize(("most", "heard", "own"), [(8192, False, False), (8192, True, True), (0, False, True)])
    def test_a_small_request_is_answered_where_it_is_read(self, most: int, heard: bool, own: bool) -> None:
        """By the thread that reads; by one of its own if it may take long: it is large, or a plugin takes note of it."""
        seen: list[tuple[str, str]] = []

        class Recorder:
            @aava_rules.hookimpl
            def decided(self, decision: Any, context: Any) -> None:
                seen.append(("noted", threading.current_thread().name))

        real = aava_rules.Rulebook.decide

        def noted(*arguments: Any, **named: Any) -> Any:
            seen.append(("decided", threading.current_thread().name))
            return real(*arguments, **named)

        settings = SETTINGS.model_copy(update={"answer_at_once_bytes": most})
        plugins: Any = [Recorder()] if heard else False
        books = Books(settings, lambda name, **named: aava_rules.load(name, plugins=plugins))
        books.load()
        with pytest.MonkeyPatch.context() as patch, TestClient(create_app(settings, books)) as client:
            patch.setattr(aava_rules.Rulebook, "decide", noted)
            assert client.post("/v1/decide", json=ASK).status_code == 200
        assert [name.startswith("decide") for _, name in seen] == [own] * (2 if heard else 1)

    def test_an_answer_that_takes_too_long(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        """The caller is told, and others are served."""
        real = aava_rules.Rulebook.decide
        slow = [True]

        def waits(*arguments: Any, **named: Any) -> Any:
            if slow.pop() if slow else False:
                time.sleep(0.5)
            return real(*arguments, **named)

        monkeypatch.setattr(aava_rules.Rulebook, "decide", waits)
        settings = SETTINGS.model_copy(update={"answer_seconds": 0.1, "answer_at_once_bytes": 0})
        with TestClient(create_app(settings, books)) as client:
            assert client.post("/v1/decide", json=ASK).status_code == 503
            time.sleep(0.6)  # the work that was begun ends by itself
            slow.append(True)
            lines = json.dumps(ASK).encode() + b"\n" + json.dumps(ASK).encode()
            response = client.post("/v1/decide", content=lines, headers={"Content-Type": "application/jsonl"})
            first, second = map(json.loads, response.text.splitlines())
            assert "too long" in first["error"]["text"]
            assert (first["line"], second["line"]) == (1, 2)

    def test_the_service_is_not_ready_before_rulebooks_are_loaded(self) -> None:
        """It is alive and says that it is not ready; once they are loaded, it is."""
        go_on = threading.Event()

        def load(*arguments: Any, **named: Any) -> Any:
            go_on.wait(20)
            return aava_rules.load("finland", plugins=False)

        books = Books(Settings(rulebooks=("finland",)), load)
        thread = threading.Thread(target=books.load)
        thread.start()
        with TestClient(create_app(SETTINGS, books)) as client:
            assert client.get("/health").status_code == 200
            for response in (client.get("/ready"), client.post("/v1/decide", json=ASK), client.get("/v1/rulebooks")):
                assert response.status_code == 503
            go_on.set()
            thread.join()
            assert client.get("/ready").json() == {"status": "ready"}
            assert client.post("/v1/decide", json=ASK).status_code == 200


class TestLogs:
    def test_a_line_for_each_request_without_contents(self, books: Books, caplog: pytest.LogCaptureFixture) -> None:
        """Id, path as it is declared, status, time, rulebook; nothing of the request, its query or its headers."""
        with TestClient(create_app(SETTINGS, books)) as client, caplog.at_level(logging.INFO):
            client.post(
                f"/v1/decide?{CANARY}", json={**ASK, "id": CANARY}, headers={"X-Request-ID": "r-1", "X-A": CANARY}
            )
            client.post(
                "/v1/decide", json={"record": {"id": CANARY, CANARY: CANARY}}, headers={"X-Request-ID": CANARY * 9}
            )
            client.get(f"/{CANARY}")
        entries = [json.loads(JsonFormatter().format(r)) for r in caplog.records if r.name == "aava_rules_http"]
        assert books.current is not None
        assert [(entry["route"], entry["status"]) for entry in entries] == [
            ("/v1/decide", 200), ("/v1/decide", 422), ("none", 404),
        ]  # fmt: skip
        assert entries[0]["request_id"] == "r-1"
        assert entries[0]["rulebook"] == books.current.default.sha256
        assert entries[0]["ms"] > 0
        assert CANARY not in json.dumps(entries)

    def test_a_fault_of_the_service(self, books: Books, caplog: pytest.LogCaptureFixture) -> None:
        """It is told by its type and its place; the caller gets the id under which the log tells more."""

        def fails(*_: Any) -> None:
            raise ValueError(CANARY)

        with pytest.MonkeyPatch.context() as patch, TestClient(create_app(SETTINGS, books)) as client:
            patch.setattr("aava_rules_http.app.summary", fails)
            response = client.get("/v1/rulebooks", headers={"X-Request-ID": "r-9"})
        assert response.status_code == 500
        assert "r-9" in response.json()["error"]["text"]
        assert CANARY not in caplog.text + response.text
        assert any("ValueError" in str(getattr(record, "fields", "")) for record in caplog.records)

    def test_metrics(self, client: TestClient) -> None:
        """Requests by path and status, times, and answers by their kind."""
        client.post("/v1/decide", json=ASK)
        client.post("/v1/decide", json={})
        text = client.get("/metrics").text
        assert 'aava_rules_requests_total{method="POST",route="/v1/decide",status="200"} 1.0' in text
        assert 'aava_rules_requests_total{method="POST",route="/v1/decide",status="400"} 1.0' in text
        assert 'aava_rules_answers_total{result="answered"} 1.0' in text
        assert "aava_rules_ready 1.0" in text
        assert 'aava_rules_request_seconds_count{route="/v1/decide"} 2.0' in text
        assert 'aava_rules_request_seconds_bucket{le="+Inf",route="/v1/decide"} 2.0' in text
        assert "aava_rules_requests_at_once 1.0" in text  # this one

    def test_an_exception_in_the_log_is_told_by_its_type(self) -> None:
        """Whatever logs an exception, its message is not in the line."""
        try:
            raise ValueError(CANARY)
        except ValueError:
            record = logging.LogRecord("uvicorn.error", logging.ERROR, "x", 1, f"failed {CANARY}", (), sys.exc_info())
        line = JsonFormatter().format(record)
        assert json.loads(line)["error"] == "ValueError"
        assert CANARY not in line


KEY = ec.generate_private_key(ec.SECP384R1())


def jwks(*keys: Any) -> str:
    """A set of public keys."""
    algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA384)
    listed = [
        {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": f"k{number}"} for number, key in enumerate(keys)
    ]
    return json.dumps({"keys": listed})


def token(key: Any = KEY, algorithm: str = "ES384", kid: str | None = "k0", **claims: Any) -> str:
    """A token that is right but for what is said otherwise; a claim that is None is left out."""
    whole = {
        "iss": "https://ehr.example",
        "aud": "https://rules.example",
        "sub": "worker-17",
        "exp": time.time() + 3600,
    }
    payload = {name: value for name, value in {**whole, **claims}.items() if value is not None}
    return jwt.encode(payload, key, algorithm, headers={"kid": kid} if kid else None)


class TestTokens:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        keys = tmp_path / "keys.json"
        keys.write_text(jwks(KEY), encoding="utf-8")
        return SETTINGS.model_copy(
            update={
                "token_keys": keys,
                "token_issuer": "https://ehr.example",
                "token_audience": ("https://rules.example",),
            }
        )

    @pytest.fixture
    def secured(self, settings: Settings, books: Books) -> Iterator[TestClient]:
        with TestClient(create_app(settings, books), base_url="http://rules.example") as client:
            yield client

    def test_a_right_token(self, secured: TestClient) -> None:
        """Whoever has one is answered, under any name of the service."""
        for right in (token(), token(kid=None), token(aud=["https://other.example", "https://rules.example"])):
            response = secured.post("/v1/decide", json=ASK, headers={"Authorization": f"Bearer {right}"})
            assert response.status_code == 200, response.text

    @pytest.mark.parametrize(
        ("header", "text"),
        [
            (None, "needed"),
            ("Basic YTpi", "needed"),
            ("Bearer ", "needed"),
            ("Bearer x.y.z", "not valid"),
            (f"Bearer {token(exp=time.time() - 3600)}", "expired"),
            (f"Bearer {token(exp=None)}", "does not say exp"),
            (f"Bearer {token(aud='https://other.example')}", "another service"),
            (f"Bearer {token(aud=None)}", "does not say aud"),
            (f"Bearer {token(iss='https://other.example')}", "another issuer"),
            (f"Bearer {token(kid='k1')}", "not known here"),
            (f"Bearer {token(ec.generate_private_key(ec.SECP384R1()))}", "not valid"),
            (f"Bearer {jwt.encode({'sub': 'a'}, None, 'none', headers={'kid': 'k0'})}", "not valid"),
            (f"Bearer {token('x' * 64, 'HS256')}", "not valid"),
            (f"Bearer {token()[:-6]}AAAAAA", "not valid"),
        ],
    )  # fmt: skip
    def test_any_other(self, secured: TestClient, header: str | None, text: str) -> None:
        """A missing, foreign, expired or forged token gets 401 with the reason, and nothing of the token."""
        response = secured.post("/v1/decide", json=ASK, headers={"Authorization": header} if header else {})
        assert response.status_code == 401
        assert text in response.json()["error"]["text"]
        assert response.headers["WWW-Authenticate"].startswith("Bearer")

    def test_what_is_open(self, secured: TestClient) -> None:
        """Health, readiness and the description need none; all that answers, and metrics, do."""
        assert [secured.get(path).status_code for path in ("/health", "/ready", "/openapi.json")] == [200] * 3
        assert [secured.get(path).status_code for path in ("/metrics", "/v1/rulebooks", "/x")] == [401] * 3
        assert secured.post("/health").status_code == 401
        assert secured.get("/openapi.json").json()["security"] == [{"token": []}]

    def test_who_asks_is_noted(self, settings: Settings) -> None:
        """A plugin that takes note of decisions is told whom the token speaks of, unless the request says who asks."""
        heard: list[Any] = []

        class Log:
            @hookimpl
            def decided(self, context: Any) -> None:
                heard.append((context["actor"], context["purpose"]))

        books = Books(settings, lambda name, **_: aava_rules.load(name, plugins=[Log()]))
        books.load()
        with TestClient(create_app(settings, books)) as client:
            for request in (ASK, {**ASK, "actor": "official-1", "purpose": "review"}):
                client.post("/v1/decide", json=request, headers={"Authorization": f"Bearer {token()}"})
        assert heard == [("worker-17", None), ("official-1", "review")]

    def test_without_tokens_only_localhost_is_answered(self, books: Books) -> None:
        """A page that a browser has open under another name cannot reach it."""
        with TestClient(create_app(SETTINGS, books), base_url="http://evil.example") as client:
            assert client.post("/v1/decide", json=ASK).status_code == 421
        with TestClient(create_app(SETTINGS, books), base_url="http://127.0.0.1:8080") as client:
            assert client.post("/v1/decide", json=ASK).status_code == 200

    def test_keys_that_are_none(self, settings: Settings, books: Books) -> None:
        """A file that is not there, is no set of keys, or has a shared secret, is refused."""
        assert settings.token_keys is not None
        for text in ("", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'):
            settings.token_keys.write_text(text)
            with pytest.raises(SettingsError, match="token_keys"):
                create_app(settings, books)
        settings.token_keys.unlink()
        with pytest.raises(SettingsError, match="cannot be read"):
            create_app(settings, books)


def test_a_host_without_the_service_does_not_import_what_it_needs() -> None:
    """The plugin adds a command, and brings in nothing of a service before that is run."""
    code = (
        "import sys, aava_rules_http.commands;"
        "print([name for name in ('starlette', 'uvicorn', 'jwt', 'prometheus_client', 'typer') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"


class TestSettings:
    def test_the_rulebook_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where none is named it is that of the commands, and the log says so; where one is named, it does not."""
        assert read_settings(None, {}).rulebooks == (DEFAULT_RULEBOOK,) == ("finland",)
        told: list[tuple[str, dict[str, Any]]] = []
        monkeypatch.setattr(LOGGER, "info", lambda event, extra: told.append((event, extra["fields"])))
        tell_default(read_settings(None, {}))
        ((event, fields),) = told
        assert (event, fields["rulebooks"]) == ("no rulebook is named", ["finland"])
        assert "AAVA_RULES_HTTP_RULEBOOKS" in fields["named_by"]
        tell_default(read_settings(None, {"AAVA_RULES_HTTP_RULEBOOKS": "finland"}))
        assert len(told) == 1

    def test_file_and_environment(self, tmp_path: Path) -> None:
        """The environment goes before the file; lists are separated by commas there."""
        path = tmp_path / "http.toml"
        path.write_text('rulebooks = ["finland"]\nport = 9000\n')
        settings = read_settings(path, {"AAVA_RULES_HTTP_PORT": "9001", "OTHER": "x"})
        assert (settings.rulebooks, settings.port) == (("finland",), 9001)
        assert read_settings(None, {"AAVA_RULES_HTTP_RULEBOOKS": "aava, finland"}).rulebooks == ("aava", "finland")

    def test_options_go_before_both(self, tmp_path: Path) -> None:
        """What an option says holds; what none says is that of the environment or the file."""
        path = tmp_path / "http.toml"
        path.write_text('rulebooks = ["aava"]\nport = 9000\n')
        named = {"AAVA_RULES_HTTP_PORT": "9001"}
        options = {"rulebooks": ["finland", "aava"], "port": 9002, "host": None}
        settings = read_settings(path, named, options)
        assert (settings.rulebooks, settings.port, settings.host) == (("finland", "aava"), 9002, "127.0.0.1")
        assert settings.names_rulebooks
        settings = read_settings(path, named, {"rulebooks": None, "port": None})
        assert (settings.rulebooks, settings.port) == (("aava",), 9001)
        with pytest.raises(SettingsError, match="port"):
            read_settings(path, named, {"port": 70_000})

    def test_the_command_takes_options_and_names_every_setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its help has each setting, with the default of those that are numbers."""
        ran: list[Settings] = []
        monkeypatch.setattr("aava_rules_http.server.run", lambda settings: ran.append(settings) or 0)
        app = typer.Typer()
        app.command()(http)
        result = CliRunner().invoke(app, ["--rulebook", "finland", "--rulebook", "aava", "--port", "9003"])
        assert result.exit_code == 0 and (ran[0].rulebooks, ran[0].port) == (("finland", "aava"), 9003)
        told = " ".join(str(http.__doc__).split())
        for name, field in Settings.model_fields.items():
            if name not in ("rulebooks", "host", "port"):
                assert f"{name} ({field.default})" in told if isinstance(field.default, int) else name in told

    @pytest.mark.parametrize(
        ("environment", "texts"),
        [
            ({"HOST": "0.0.0.0"}, ["token_keys: is missing"]),
            ({"HOST": "rules.example"}, ["token_keys: is missing"]),
            ({"TOKEN_KEYS": "k"}, ["token_issuer, token_audience: are needed"]),
            ({"TOKEN_ISSUER": "x"}, ["would mean nothing"]),
            ({"TLS_KEY": "k"}, ["both are needed"]),
            (
                {"PORT": "x", "BODY_BYTES": "1", "PROT": "1"},
                ["port: ", "body_bytes: ", "prot: there is no such setting"],
            ),
            ({"TOKEN_ALGORITHMS": "HS256"}, ["token_algorithms"]),
            ({"TOKEN_ALGORITHMS": "none"}, ["token_algorithms"]),
        ],
    )
    def test_every_fault_is_told(self, environment: dict[str, str], texts: list[str]) -> None:
        """All at once, by name, and never by value."""
        named = {f"AAVA_RULES_HTTP_{name}": value for name, value in environment.items()}
        with pytest.raises(SettingsError) as raised:
            read_settings(None, named)
        assert all(text in str(raised.value) for text in texts)
        assert len(str(raised.value).splitlines()) == len(texts)

    def test_files_that_are_none(self, tmp_path: Path) -> None:
        """A file that is not there, or is no TOML."""
        with pytest.raises(SettingsError, match="cannot be read"):
            read_settings(tmp_path / "x", {})
        (tmp_path / "x").write_text("= 1")
        with pytest.raises(SettingsError, match="is no TOML"):
            read_settings(tmp_path / "x", {})

    def test_loopbacks(self) -> None:
        """Addresses that only this machine reaches."""
        assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.1.2.3")] == [True] * 4
        assert [is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "")] == [False] * 5

    def test_the_document_says_whether_tokens_are_asked_for(self) -> None:
        """Without them it has no security."""
        assert "security" not in document(SETTINGS)
