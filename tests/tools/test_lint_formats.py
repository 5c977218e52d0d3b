"""Faults and remarks for other tools, and the page of each code."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from aava_rules.decision.loading import check, load
from aava_rules.language.errors import Fault
from aava_rules.tools import lint as checking
from aava_rules.tools.cli.app import build
from aava_rules.tools.lint.codes import codes
from aava_rules.tools.lint.formats import as_github, as_json, as_sarif, level

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINT = HERE / "lint"
BAD = ROOT / "tests" / "rulebook" / "bad"
FOLDERS = sorted(path.parent for folder in (LINT, BAD) for path in folder.glob("*/rulebook.yaml"))
SOURCE = ROOT / "src" / "aava_rules"


def faults_of(folder: Path) -> list[Fault]:
    return list(check(str(folder)) or checking.find_remarks(load(folder, plugins=False)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["lint", *arguments])


class TestPages:
    def test_every_code_has_its_four_parts(self) -> None:
        """What a check of rulebooks can tell has a page with what, why, an example and what to write instead."""
        text = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
        assert set(codes()) == set(re.findall(r'"(AR[02]\d{2})"', text))
        for code in codes().values():
            assert all((code.title, code.what, code.why, code.example, code.instead)), code.code
            assert code.example.strip() != code.instead.strip(), code.code
            assert code.what.endswith(".")
            assert code.why.endswith(".")

    def test_pages_are_those_of_the_documentation(self) -> None:
        """`make docs` has been run since the pages last changed, and none is left over."""
        pages = runpy.run_path(str(ROOT / "docs" / "write_codes.py"))["pages"]()
        folder = ROOT / "docs" / "codes"
        assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == pages


class TestSarif:
    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
    def test_a_log_is_one_of_sarif(self, folder: Path) -> None:
        """A log fits the model that is made of the schema of SARIF 2.1.0, which allows no other field."""
        model = pytest.importorskip("pydantic_sarif.model", reason="an extra of development")
        log = as_sarif(faults_of(folder), folder.parent, "1.0")
        model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate_json(json.dumps(log))

    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
    def test_a_result_points_at_its_line_and_its_rule(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each result has the code of its rule, and a region of the file that begins where the fault does."""
        monkeypatch.chdir(ROOT)
        faults = faults_of(folder)
        (log,) = as_sarif(faults, folder.parent, "1.0")["runs"]
        assert len(log["results"]) == len(faults)
        for fault, result in zip(faults, log["results"], strict=True):
            assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == fault.code
            location = result["locations"][0]["physicalLocation"]
            region = location["region"]
            assert fault.what in result["message"]["text"]
            if "snippet" in region:
                assert location["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
                file = ROOT / location["artifactLocation"]["uri"]
                line = file.read_text(encoding="utf-8").splitlines()[region["startLine"] - 1]
                shown = region["snippet"]["text"].removesuffix("...")
                # characters that cannot be seen are shown as question marks
                assert re.match(re.escape(shown).replace(r"\?", "."), line)

    def test_a_result_keeps_its_fingerprint_when_lines_move(self) -> None:
        """A fault is the same one after lines have been added above it."""
        before = Fault("a/r.yaml:3:1", "AR213", "x")
        after = Fault("a/r.yaml:9:1", "AR213", "x")
        other = Fault("a/r.yaml:3:1", "AR213", "y")
        prints = [
            result["partialFingerprints"]
            for result in as_sarif([before, after, other], None, "1")["runs"][0]["results"]
        ]
        assert prints[0] == prints[1] != prints[2]

    def test_the_command_writes_it(self) -> None:
        """The command writes the log, with the example of a clash, and ends with 1."""
        result = run(str(LINT / "ar213_may_clash"), "--format", "sarif")
        assert result.exit_code == 1
        (log,) = json.loads(result.output)["runs"]
        (finding,) = log["results"]
        assert finding["properties"]["example"] == {
            "date": "2010-01-01", "given": {"age": 18, "poor": True}, "expect": {"member": "conflict"},
        }  # fmt: skip
        assert finding["level"] == "warning"

    def test_a_rulebook_without_faults(self) -> None:
        """A log without results is a log, and the command ends with 0."""
        result = run(str(LINT / "complete"), "--format", "sarif")
        assert result.exit_code == 0
        (log,) = json.loads(result.output)["runs"]
        assert log["results"] == []


class TestGithub:
    def test_a_line_for_each_fault(self) -> None:
        """Each fault is an annotation of its grade at its line, in which nothing ends the line or a field early."""
        faults = [
            Fault("a/r.yaml:3:5", "AR012", "50 %, years: days", "Why.\nReally.", width=4, column=5),
            Fault("a/r.yaml:4:1", "AR213", "clash", example='{"date": "2020-01-01"}'),
            Fault("a/r.yaml", "AR230", "open"),
        ]
        assert list(as_github(faults, None)) == [
            "::error file=a/r.yaml,line=3,col=5,endColumn=9,title=AR012 50 %25%2C years%3A days::50 %25, years: days. Why.%0AReally.",
            '::warning file=a/r.yaml,line=4,col=1,endColumn=2,title=AR213 clash::clash. Example: {"date": "2020-01-01"}',
            "::notice file=a/r.yaml,line=1,col=1,endColumn=2,title=AR230 open::open.",
        ]

    def test_the_command_writes_them(self) -> None:
        """The command writes annotations and nothing else."""
        result = run(str(LINT / "ar213_may_clash"), "--format", "github")
        assert result.exit_code == 1
        assert [line[:10] for line in result.output.splitlines()] == ["::warning "]


class TestJson:
    def test_a_fault_as_json(self) -> None:
        """A fault has its place, code, level and texts, and its example as a case has it."""
        fault = Fault("a/r.yaml:4:1", "AR215", "gap", "Why.", "Do.", "- id: R", 7, 1, '{"date": "2020-01-01"}')
        assert as_json([fault]) == [
            {
                "place": "a/r.yaml:4:1", "code": "AR215", "level": "warning", "what": "gap", "why": "Why.", "hint": "Do.",
                "source": "- id: R", "example": {"date": "2020-01-01"},
            }
        ]  # fmt: skip

    def test_the_command_writes_it(self) -> None:
        """The command writes a list, empty where nothing is wrong."""
        listed: list[dict[str, Any]] = json.loads(run(str(LINT / "ar212_unused"), "--format", "json").output)
        assert {each["code"] for each in listed} == {"AR212"}
        assert json.loads(run(str(LINT / "complete"), "--format", "json").output) == []


class TestWhatIsNotSettled:
    def test_it_is_told_and_is_no_fault(self) -> None:
        """What could not be settled is written, and the command ends with 0."""
        result = run(str(LINT / "ar230_not_settled"))
        assert result.exit_code == 0
        assert "AR230" in result.output
        assert result.output.endswith("ar230_not_settled: 1 not settled\n")

    def test_levels(self) -> None:
        """A rulebook that does not load has errors, one that does has warnings."""
        assert [level(code) for code in ("AR001", "AR073", "AR201", "AR229", "AR230")] == [
            "error", "error", "warning", "warning", "note",
        ]  # fmt: skip


class TestSelectedCodes:
    @pytest.mark.parametrize(
        ("selected", "count"), [(["AR202"], 1), (["ar20"], 1), (["AR213", "AR202"], 1), (["AR213"], 0), (["AR2"], 1)]
    )
    def test_remarks_of_other_codes_are_neither_told_nor_counted(self, selected: list[str], count: int) -> None:
        """A code, the beginning of several, or more than one; what is not told makes no exit code."""
        options = [part for code in selected for part in ("--select", code)]
        result = run(str(LINT / "ar202_never_failing"), "--format", "json", *options)
        assert [each["code"] for each in json.loads(result.output)] == ["AR202"] * count
        assert result.exit_code == count

    def test_faults_are_always_told(self) -> None:
        """A rulebook with a fault does not load, and that is no remark."""
        folder = next(path for path in FOLDERS if path.parent == BAD)
        result = run(str(folder), "--format", "json", "--select", "AR213")
        assert result.exit_code == 1
        assert json.loads(result.output)

    @pytest.mark.parametrize("selected", ["AR9", "AR012", "", "never"])
    def test_a_code_that_no_remark_has(self, selected: str) -> None:
        """It is a mistake, so that nobody waits for remarks that never come; the codes that there are are told."""
        result = run(str(LINT / "complete"), "--select", selected)
        assert result.exit_code == 2
        assert "No remark has the code" in result.stderr and "AR201" in result.stderr
