"""``aava-rules serve``: a line for each line, at once and in order; every fault told, and nothing of a record in it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import csharp
import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.decision.entry_points import DISABLE
from aava_rules.language.errors import AavaRulesError, Fault
from aava_rules.tools.cli import build
from aava_rules.tools.protocol import lines as protocol_lines
from aava_rules.tools.protocol.answer import Rulebooks, answered
from aava_rules.tools.protocol.lines import serve
from aava_rules.tools.protocol.schema import answer_schema, request_schema

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Kanarialintu-020579"
RECORD = json.loads((ROOT / "examples" / "records" / "a-17.json").read_text(encoding="utf-8"))
BOOKS = Rulebooks([aava_rules.load("finland", plugins=False), aava_rules.load("aava", plugins=False)])
ANSWER = jsonschema.Draft202012Validator(answer_schema())
REQUEST = jsonschema.Draft202012Validator(request_schema())
PROGRAM = [sys.executable, "-c", "from aava_rules.tools.cli import main; main()", "serve"]
ENVIRONMENT = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src")}


def answers(data: bytes) -> list[Any]:
    """The answers to lines, each of which fits the published schema."""
    out = io.BytesIO()
    count = serve(io.BytesIO(data), out, BOOKS)
    read = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(read) == count
    for number, values in enumerate(read, 1):
        ANSWER.validate(values)
        assert values["line"] == number
    return read


def answer(**request: Any) -> Any:
    """The answer to one request."""
    (values,) = answers(json.dumps(request).encode())
    return values


def faults(values: Any) -> list[tuple[str, str]]:
    """The places and codes of the faults in an answer."""
    return [(fault["place"], fault["code"]) for fault in values["error"]["faults"]]


class TestAnswers:
    def test_a_decision_is_that_of_the_library(self) -> None:
        """The answer is what `decide` gives for the same record, day, names and rulebook."""
        decision = BOOKS.by_name["aava"].decide(RECORD, on="2014-05-05", only=["target_group", "days_per_week_max"])
        values = answer(
            id="x", record=RECORD, on="2014-05-05", only=["target_group", "days_per_week_max"], rulebook="aava"
        )
        assert values == {"id": "x", "line": 1, "decision": json.loads(decision.to_json())}

    def test_each_request_says_all_of_its_own(self) -> None:
        """Day, names, rulebook and language of one request are not those of the next."""
        requests = [
            {"id": 1, "record": RECORD, "on": "2014-05-05", "only": ["target_group"], "language": "sv"},
            {"id": 2, "record": RECORD, "on": "2015-01-01", "rulebook": "aava", "do": "check"},
            {"id": 3, "record": RECORD},
        ]
        first, second, third = answers("\n".join(map(json.dumps, requests)).encode())
        assert [first["id"], second["id"], third["id"]] == [1, 2, 3]
        assert first["decision"]["rulebook"]["name"] == third["decision"]["rulebook"]["name"] == "finland"
        assert list(first["decision"]["outcomes"]["target_group"]["text"]) == ["sv"]
        assert second["decision"]["rulebook"]["name"] == "aava"
        assert (second["decision"]["outcomes"], second["decision"]["next_steps"]) == ({}, [])
        assert second["decision"]["findings"]
        assert third["decision"]["on"] == aava_rules.load("finland").decide(RECORD).on.isoformat()
        assert len(third["decision"]["outcomes"]) > 1

    def test_texts_in_one_language_are_those_of_all_three(self) -> None:
        """With a language named, every text is that of the whole answer, and only that one is there."""

        def narrowed(value: Any) -> Any:
            if isinstance(value, dict):
                return (
                    {"fi": value["fi"]}
                    if set(value) == {"fi", "sv", "en"}
                    else {k: narrowed(v) for k, v in value.items()}
                )
            return [narrowed(item) for item in value] if isinstance(value, list) else value

        whole = answer(record=RECORD, on="2026-02-02", rulebook="aava")
        assert answer(record=RECORD, on="2026-02-02", rulebook="aava", language="fi") == narrowed(whole)
        assert '"sv":' not in json.dumps(narrowed(whole))

    def test_the_short_form(self) -> None:
        """It is that of the library: codes alone, or texts in the language that is named."""
        decision = BOOKS.default.decide(RECORD, on="2014-05-05")
        for language in (None, "sv"):
            values = answer(record=RECORD, on="2014-05-05", detail="short", language=language)
            languages = [language] if language else []
            assert values["decision"] == json.loads(decision.to_json(detail="short", languages=languages))
        assert faults(answer(record=RECORD, do="next", detail="short")) == [("detail", "AR119")]

    def test_an_explanation(self) -> None:
        """`explain` gives the text that the command gives, for the audience that is named."""
        decision = BOOKS.default.decide(RECORD, on="2014-05-05")
        for audience in ("worker", "client"):
            values = answer(record=RECORD, on="2014-05-05", do="explain", name="target_group", audience=audience)
            explanation = values["explanation"]
            assert explanation["text"]["en"] == decision.explain("target_group", "en", audience).text("en")
            assert explanation["name"] == "target_group"
        spoken = answer(record=RECORD, on="2014-05-05", only=["target_group"], audience="client")
        assert spoken["decision"]["outcomes"]["target_group"]["text"]["en"].startswith("You belong")

    def test_the_path(self) -> None:
        """`next` asks steps alone, and gives the path with the client's place on it."""
        record = json.loads((ROOT / "examples" / "records" / "follow-up-call.json").read_text(encoding="utf-8"))
        path = answer(record=record, on="2015-11-15", do="next", rulebook="aava", language="fi")["path"]
        assert path["next"]
        assert {step["step"] for step in path["next"]} == {s["step"] for s in path["steps"] if s["state"] == "next"}

    def test_a_version(self) -> None:
        """A rulebook may be asked for with its version, and another version is not answered with."""
        version = BOOKS.default.version
        assert "decision" in answer(record={"id": "a"}, only=["target_group"], rulebook=f"finland=={version}")
        assert faults(answer(record={"id": "a"}, rulebook="finland==1.0")) == [("rulebook", "AR117")]

    def test_half_a_surrogate_goes_out_as_it_came_in(self) -> None:
        """What JSON can name and UTF-8 cannot hold does not end the program."""
        (values,) = answers(b'{"id": "\\ud800", "record": {"id": "a"}, "only": ["target_group"]}')
        assert values["id"] in ("\ud800", None)

    def test_two_versions_and_an_amended_one_of_one_name(self, tmp_path: Path) -> None:
        """Each request is answered by the first that is what it says: name, version, amendments."""
        copied = shutil.copytree(ROOT / "examples" / "own_rulebook", tmp_path / "own_rulebook")
        head = (copied / "rulebook.yaml").read_text(encoding="utf-8")
        version = re.search(r'^version: "(.*)"', head, re.MULTILINE)
        assert version is not None
        (copied / "rulebook.yaml").write_text(head.replace(version[0], 'version: "9.9"'), encoding="utf-8")
        amendment = ROOT / "examples" / "three_days_a_week"
        old = aava_rules.load(ROOT / "examples" / "own_rulebook", plugins=False)
        several = [
            old,
            aava_rules.load(copied, plugins=False),
            aava_rules.load("finland", plugins=False),
            aava_rules.load("finland", plugins=False, amend=[amendment]),
        ]
        books, own = Rulebooks(several), old.name
        finland = several[-1].version
        assert list(books.by_name) == [own, f"{own}==9.9", "finland", "finland+three_days_a_week"]
        assert books.names_of(several[1]) == [f"{own}==9.9"]
        with pytest.raises(AavaRulesError, match="before those with some"):
            Rulebooks([several[3], several[2]])
        for wanted, number in (
            (own, 0), (f"{own}=={version[1]}", 0), (f"{own}==9.9", 1), ("finland", 2),
            ("finland+three_days_a_week", 3), (f"finland=={finland}+three_days_a_week", 3),
        ):  # fmt: skip
            assert books.find(wanted) is several[number]
            line = json.dumps({"record": {"id": "a"}, "rulebook": wanted, "only": ["target_group"]})
            values = json.loads(answered(line, books).to_json())
            assert values["decision"]["rulebook"]["sha256"] == several[number].sha256
        for wanted, what in (("finland==1", f"in version {finland},"), ("finland+other", "with those amendments")):
            found = books.find(wanted)
            assert isinstance(found, Fault)
            assert what in found.what

    def test_two_rulebooks_of_one_name(self) -> None:
        """A request could not choose between them."""
        with pytest.raises(AavaRulesError, match="named twice"):
            Rulebooks([BOOKS.default, BOOKS.default])
        with pytest.raises(AavaRulesError, match="no rulebook"):
            Rulebooks([])


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "id", "found"),
        [
            (b"", None, [("line 1 column 1", "AR111")]),
            (b" \t", None, [("line 1 column 3", "AR111")]),
            (b'{"id": "x", "record"', None, [("line 1 column 21", "AR111")]),
            (b"\xff{}", None, [("byte 0", "AR111")]),
            (b"[1]", None, [("request", "AR115")]),
            (b'{"id": NaN}', None, [("request", "AR118")]),
            (b'{"id": 1, "id": 2}', None, [("request", "AR112")]),
            (b"[" * 10_000, None, [("request", "AR120")]),
            (b'{"record": {"id": "a", "facts": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}", None, [("request", "AR120")]),
            (b'{"id": "x"}', "x", [("record", "AR114")]),
            (b'{"id": true, "record": {"id": "a"}}', None, [("id", "AR115")]),
            (b'{"id": 1.5, "record": {"id": "a"}}', None, [("id", "AR115")]),
            (b'{"id": 9007199254740993, "record": {"id": "a"}}', None, [("id", "AR115")]),
            (b'{"id": "x", "record": []}', "x", [("record", "AR115")]),
            (
                b'{"id": 7, "record": {"id": "a"}, "on": "2014-02-30", "do": "tell", "only": [1, ""], "language": "de"}',
                7,
                [("do", "AR117"), ("on", "AR116"), ("only[0]", "AR115"), ("only[1]", "AR121"), ("language", "AR117")],
            ),
            (b'{"record": {"id": "a"}, "only": "target_group"}', None, [("only", "AR115")]),
            (b'{"record": {"id": "a"}, "do": "explain"}', None, [("name", "AR114")]),
            (b'{"record": {"id": "a"}, "name": "x"}', None, [("name", "AR119")]),
            (b'{"id": "x", "record": {"id": "a"}, "rulebok": "aava"}', "x", [("request", "AR113")]),
            (b'{"id": "x", "record": {"id": "a"}, "rulebook": "../aava"}', "x", [("rulebook", "AR117")]),
            (b'{"id": "x", "record": {"id": "a", "perods": []}}', "x", [("key 2", "AR113")]),
        ],
    )
    def test_every_fault_of_a_line_is_told_and_the_next_is_answered(
        self, line: bytes, id: Any, found: list[tuple[str, str]]
    ) -> None:
        """A line that is no request gets an error with the id, if that could be read, and the next line its answer."""
        good = b'{"id": "good", "record": {"id": "a"}, "only": ["target_group"]}'
        bad, after = answers(line + b"\n" + good + b"\n")
        assert (bad["id"], faults(bad)) == (id, found)
        assert bad["error"]["kind"] == ("record" if found[0][0] == "key 2" else "request")
        assert (after["id"], after["line"]) == ("good", 2)
        assert "decision" in after

    def test_what_was_meant_is_named(self) -> None:
        """A slip gets the nearest right word, and a record that stands alone is told where it belongs."""
        assert "Did you mean rulebook?" in answer(record={"id": "a"}, rulebok="aava")["error"]["text"]
        assert 'Put the record below "record".' in answer(id="a", plans=[])["error"]["text"]
        assert "Did you mean aava?" in answer(record={"id": "a"}, rulebook="aavaa")["error"]["text"]
        error = answer(record={"id": "a"}, only=["target_grup"])["error"]
        assert error["kind"] == "name"
        assert "Did you mean target_group?" in error["text"]

    def test_a_line_that_is_too_long_is_not_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is read to its end and answered, and the lines after it are answered too; the longest line is read."""
        good = b'{"record": {"id": "a"}, "only": ["target_group"]}'
        monkeypatch.setattr(protocol_lines, "LINE_MAX", len(good))
        monkeypatch.setattr(protocol_lines, "_CHUNK", 7)
        for end in (b"\n", b"\r\n"):
            for long in (good + b" ", good + b"  ", good + b" " * 50):
                first, second = answers(long + end + good + end)
                assert faults(first) == [("request", "AR120")], len(long)
                assert "decision" in second
        assert [faults(values) for values in answers(b"x" * 100)] == [[("request", "AR120")]]

    def test_more_items_than_the_limits_allow(self) -> None:
        """The limits that a rulebook was loaded with hold for that record alone."""
        books = Rulebooks([aava_rules.load("finland", plugins=False, limits=aava_rules.Limits(items=1))])
        out = io.BytesIO()
        plans = [{"made_on": "2014-01-01"}, {"made_on": "2014-02-01"}]
        lines = [{"record": {"id": "a", "plans": plans}}, {"record": {"id": "b"}, "only": ["target_group"]}]
        serve(io.BytesIO("\n".join(map(json.dumps, lines)).encode()), out, books)
        first, second = map(json.loads, out.getvalue().splitlines())
        assert faults(first) == [("plans", "AR120")]
        assert "decision" in second

    @pytest.mark.parametrize("error", [KeyError(CANARY), RecursionError(CANARY), SystemExit(CANARY), GeneratorExit()])
    def test_a_fault_of_the_library_is_told_by_its_kind(
        self, error: BaseException, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever is raised is contained and told without its message; the next line is answered."""

        def fails(*_: Any, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(aava_rules.Rulebook, "decide", fails)
            (values,) = answers(b'{"id": "x", "record": {"id": "a"}}')
        assert values["id"] == "x"
        assert values["error"]["kind"] == "internal"
        assert type(error).__name__ in values["error"]["text"]
        assert CANARY not in json.dumps(values)

    def test_no_contents_in_errors(self) -> None:
        """Nothing of a record, and no key that is not of a request, is repeated in an error."""
        for record in (
            {"id": "a", CANARY: 1}, {"id": "b", "facts": {CANARY: 1, "age": CANARY}}, {"id": [CANARY]},
            {"id": "c", "periods": [{"kind": CANARY}], "complete": [CANARY]},
        ):  # fmt: skip
            assert CANARY not in json.dumps(answer(record=record)["error"])
        assert CANARY not in json.dumps(answer(**{"record": {"id": "a"}, CANARY: CANARY}))
        assert CANARY not in json.dumps(answer(record=CANARY, on=CANARY, do=CANARY, language=CANARY, audience=CANARY))

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.binary(max_size=60) | st.text(alphabet='{}[]":,id record1.e-\\u\n', max_size=60).map(str.encode))
    )
    @example([b'{"id"', b"\r", b"\x00", b"\xef\xbb\xbf{}"])
    def test_any_bytes_get_a_line_for_each_line(self, parts: list[bytes]) -> None:
        """Whatever comes, there are as many answers as lines, and each fits the schema."""
        data = b"\n".join(parts)
        assert len(answers(data)) == len(io.BytesIO(data).readlines())


class TestSchemas:
    @pytest.mark.parametrize("schema", [request_schema(), answer_schema()])
    def test_they_are_right_themselves(self, schema: dict[str, Any]) -> None:
        """Each fits the draft that it names."""
        jsonschema.Draft202012Validator.check_schema(schema)

    @pytest.mark.parametrize(
        ("request_line", "fits"),
        [
            ({"record": {"id": "a"}}, True),
            ({"record": RECORD, "id": 1, "do": "explain", "name": "x", "only": ["a"], "language": "fi"}, True),
            ({"record": {"id": "a"}, "do": "explain"}, False),
            ({"record": {"id": "a"}, "name": "x"}, False),
            ({"record": {"id": "a", "perods": []}}, False),
            ({"record": {"id": "a"}, "rulebok": "x"}, False),
            ({"id": "x"}, False),
            ({"record": {"id": "a"}, "id": True}, False),
            ({"record": {"id": "a"}, "id": 7.0}, True),
            ({"record": {"id": "a"}, "id": 7.5}, False),
            ({"record": {"id": "a"}, "id": 1e300}, False),
            ({"record": {"id": "a"}, "do": "next", "detail": "full"}, True),
            ({"record": {"id": "a"}, "do": "next", "detail": "short"}, False),
            ({"record": {"id": "a"}, "do": "check", "detail": "short"}, True),
            ({"record": {"id": "a"}, "only": []}, True),
            ({"record": {"id": "a"}, "only": [""]}, False),
            ({"record": {"id": "a"}, "language": None}, True),
        ],
    )
    def test_the_schema_of_requests_says_what_is_read(self, request_line: dict[str, Any], fits: bool) -> None:
        """What fits the schema is no fault of the request or record, and what does not fit is one."""
        assert REQUEST.is_valid(request_line) is fits
        error = answer(**request_line).get("error", {"kind": ""})
        assert (error["kind"] in ("request", "record")) is not fits


class TestProgram:
    """What only shows in a process of its own."""

    def test_a_caller_may_wait_for_each_answer(self) -> None:
        """A line that is sent is answered before another one is sent; the end of the input ends the program with 0."""
        with subprocess.Popen(
            [*PROGRAM, "--rulebook", "finland"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for number in range(3):
                request = {"id": number, "record": {"id": "Å"}, "only": ["target_group"]}
                process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
                process.stdin.flush()
                values = json.loads(process.stdout.readline())
                assert (values["id"], values["decision"]["record_id"]) == (number, "Å")
            process.stdin.close()
            assert process.stdout.read() == b""
            assert process.wait(30) == 0

    def test_a_reader_that_has_gone_ends_it(self) -> None:
        """Without anybody to read the answers the program ends with 141 and says nothing."""
        with subprocess.Popen(
            [*PROGRAM, "--rulebook", "finland"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
            process.stdout.close()
            process.stdin.write(b"\n")
            process.stdin.flush()
            assert process.wait(30) == 141
            assert process.stderr.read() == b""

    def test_a_rulebook_that_is_not_there(self) -> None:
        """The program ends with 2 before it reads a line, and names the nearest rulebook."""
        done = subprocess.run(
            [*PROGRAM, "--rulebook", "finlnd"], input=b"\n", capture_output=True, check=False, env=ENVIRONMENT
        )
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"Did you mean finland?" in done.stderr

    @pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
    def test_the_example_in_java(self, tmp_path: Path) -> None:
        """It compiles without a warning, asks twice, and prints a decision and an error."""
        source = ROOT / "examples" / "clients" / "LineClient.java"
        subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", str(tmp_path), str(source)], check=True)
        record = ROOT / "examples" / "records" / "a-17.json"
        command = ["java", "-cp", str(tmp_path), "LineClient", str(record), *PROGRAM, "--rulebook", "finland"]
        done = subprocess.run(command, capture_output=True, check=True, env=ENVIRONMENT)
        first, second = map(json.loads, done.stdout.splitlines())
        assert first["decision"]["outcomes"]["target_group"]["value"] is True
        assert faults(second) == [("on", "AR116")]
        assert done.stderr == b""

    @pytest.mark.skipif(bool(csharp.lacking()), reason=csharp.lacking())
    def test_the_example_in_csharp(self, tmp_path: Path) -> None:
        """It compiles without a warning, asks twice, and prints an answer and what is wrong with the second question."""
        record = ROOT / "examples" / "records" / "a-17.json"
        command = [*csharp.compiled(tmp_path), str(record), *PROGRAM, "--rulebook", "finland"]
        done = subprocess.run(command, capture_output=True, check=True, env=ENVIRONMENT)
        first, *_, last = done.stdout.decode().splitlines()
        decision = BOOKS.default.decide(RECORD, on="2014-05-05", only=["target_group"])
        assert first == decision.outcomes["target_group"].text("fi").splitlines()[0]
        assert last.startswith("request: on is no day [AR116].")
        assert done.stderr == b""


class TestThePage:
    def test_it_shows_the_example_as_it_is(self) -> None:
        """The Java on the page stands in the example."""
        page = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
        (block,) = re.findall(r"```java\n(.*?)```", page, re.DOTALL)
        assert block in (ROOT / "examples" / "clients" / "LineClient.java").read_text(encoding="utf-8")

    def test_the_help_names_the_command(self) -> None:
        """The command is one of the program, and says which exit codes it has."""
        from typer.testing import CliRunner

        shown = CliRunner().invoke(build(), ["serve", "--help"]).stdout
        assert all(code in shown for code in ("141", "schema request"))


def test_check_keeps_step_with_a_caller_and_tells_bad_records() -> None:
    """`check -` answers each line before the next one comes, and a bad record has its line among the others."""
    command = [*PROGRAM[:-1], "check", "-", "--format", "jsonl", "--on", "2015-09-15"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        seen = []
        for line in (b'{"id": "a"}', b'{"id": "b", "perods": []}', b'{"id": "c"', b'{"id": "d"}'):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            values = json.loads(process.stdout.readline())
            seen.append((values["record_id"], values.get("place"), "error" in values))
        process.stdin.close()
        assert process.wait(30) == 2
    assert seen == [("a", None, False), ("b", "line 2", True), (None, "line 3", True), ("d", None, False)]
