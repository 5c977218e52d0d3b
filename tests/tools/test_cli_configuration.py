"""Settings in a file: where it is found, what it sets, what comes before it, and every fault of it at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

RECORD = json.dumps({"id": "a", "plans": [], "periods": []})


@pytest.fixture(autouse=True)
def _in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.delenv("AAVA_RULES_RULEBOOK", raising=False)
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DISABLE, "1")
        return build()


def run(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), input=RECORD)


class TestWhatItSets:
    def test_nothing_without_a_file(self, app: typer.Typer) -> None:
        """The law is asked where nothing else is said, and that is told on standard error."""
        result = run(app, "names", "steps", "--language", "en")
        assert "plan_lapse_decided" in result.stdout
        assert "first_activation_plan" not in result.stdout
        assert result.stderr.startswith("Rulebook finland ")
        assert result.stderr.endswith(", as none is named: --rulebook or aava-rules.toml names another.\n")

    @pytest.mark.parametrize(
        ("name", "head"), [("aava-rules.toml", ""), ("pyproject.toml", "[tool.aava-rules]\n")], ids=["own", "project"]
    )
    def test_a_file_above(self, app: typer.Typer, tmp_path: Path, name: str, head: str) -> None:
        """Either file in a folder above sets the rulebook and the language, and nothing is told."""
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + f'{head}rulebook = "aava"\r\nlanguage = "sv"\r\n'.encode())
        result = run(app, "names", "steps")
        assert "Första aktiveringsplanen" in result.stdout
        assert result.stderr == ""

    def test_the_nearest_file(self, app: typer.Typer, tmp_path: Path) -> None:
        """The nearest file counts, its own file before the project's, and a project without a section does not."""
        (tmp_path / "aava-rules.toml").write_text('language = "sv"\n')
        (tmp_path / "deep" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
        assert "planen" in run(app, "names", "steps").stdout
        (tmp_path / "deep" / "pyproject.toml").write_text('[tool.aava-rules]\nlanguage = "en"\n')
        assert "Plans are updated" in run(app, "names", "steps").stdout
        (tmp_path / "deep" / "aava-rules.toml").write_text('language = "fi"\n')
        assert "Suunnitelmien" in run(app, "names", "steps").stdout

    def test_what_comes_before_it(self, app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An option on the command line comes first, then the variable of the environment, then the file."""
        (tmp_path / "aava-rules.toml").write_text('rulebook = "finland"\n[names]\nlanguage = "sv"\n')
        assert "first_activation_plan" in run(app, "names", "--rulebook", "aava", "steps").stdout
        assert "first_activation_plan" not in run(app, "names", "steps").stdout
        monkeypatch.setenv("AAVA_RULES_RULEBOOK", "aava")
        assert "first_activation_plan" in run(app, "names", "steps").stdout
        assert "Plans are updated" in run(app, "names", "steps", "--language", "en").stdout

    def test_formats_of_those_that_know_them(self, app: typer.Typer, tmp_path: Path) -> None:
        """A format outside of a table is that of the commands that know it, and others keep theirs."""
        (tmp_path / "aava-rules.toml").write_text('rulebook = "finland"\nformat = "jsonl"\n')
        assert json.loads(run(app, "check", "-", "--on", "2015-09-15").stdout)["record_id"] == "a"
        assert run(app, "names", "steps").stdout.startswith("steps\n")

    def test_a_table_of_a_command(self, app: typer.Typer, tmp_path: Path) -> None:
        """A table holds of its command alone: names in a list, a choice, and a flag."""
        settings = 'rulebook = "finland"\n[decide]\nonly = ["target_group"]\ndetail = "short"\ntexts = false\n'
        (tmp_path / "aava-rules.toml").write_text(settings)
        (decision,) = json.loads(run(app, "decide", "-", "--on", "2015-09-15").stdout)
        assert (list(decision["outcomes"]), decision["detail"]) == (["target_group"], "short")

    def test_fail_on(self, app: typer.Typer, tmp_path: Path) -> None:
        """The weakest finding that fails may stand in the file."""
        (tmp_path / "aava-rules.toml").write_text('rulebook = "finland"\nfail-on = "doubt"\n')
        assert run(app, "check", "-", "--on", "2026-02-02").exit_code == 1
        assert run(app, "--no-config", "check", "-", "--on", "2026-02-02", "--rulebook", "finland").exit_code == 0

    def test_a_path_is_relative_to_the_file(self, app: typer.Typer, tmp_path: Path) -> None:
        """A rulebook beside the file is found from every folder below, also by commands that take it as argument."""
        own = tmp_path / "own"
        own.mkdir()
        (own / "rulebook.yaml").write_text("rulebook: own\n")
        (tmp_path / "aava-rules.toml").write_text('rulebook = "own"\n')
        result = run(app, "lint")
        assert result.exit_code == 1
        assert "rulebook.yaml:1:1  AR008 version is missing" in result.stdout

    def test_another_file(self, app: typer.Typer, tmp_path: Path) -> None:
        """``--config`` names a file wherever it is."""
        (tmp_path / "elsewhere.toml").write_text('language = "sv"\n')
        assert "planen" in run(app, "--config", str(tmp_path / "elsewhere.toml"), "names", "steps").stdout


class TestItsFaults:
    def test_all_at_once(self, app: typer.Typer, tmp_path: Path) -> None:
        """Every fault names the file, the key and the nearest right one; nothing is answered, and it exits with 2."""
        settings = (
            'langage = "sv"\nlanguage = "svenska"\nformat = "jsno"\nrulebook = 1\nfail-on = {}\n'
            '[chek]\nfail-on = "law"\n'
            '[check]\nformat = "cvs"\non = "2020-01-01"\ncolour = true\nrecords = "x"\n'
            '[decide]\ndetail = "shrt"\ntexts = 1\nonly = ["a", 1.5]\n'
        )
        path = tmp_path / "aava-rules.toml"
        path.write_text(settings)
        result = run(app, "names", "steps")
        assert (result.exit_code, result.stdout) == (2, "")
        lines = [line.removeprefix(f"{path}: ") for line in result.stderr.splitlines()]
        assert [line.partition(" check has rulebook, ")[0].partition(" It can be table, ")[0] for line in lines] == [
            "language cannot be 'svenska'. It can be fi, sv, en.",
            "format cannot be 'jsno'. Did you mean json?",
            "rulebook should be a text.",
            "langage is unknown. Did you mean language?",
            "fail-on should be a text.",
            "chek is no command. Did you mean check?",
            "check.format cannot be 'cvs'. Did you mean csv?",
            "check.on cannot be set in a file. A day that stands in a file is the wrong one tomorrow.",
            "check.colour is no option of check.",
            "check.records is no option of check.",
            "decide.detail cannot be 'shrt'. Did you mean short? It can be full, short.",
            "decide.texts should be true or false.",
            "decide.only should be a text.",
        ]

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"language = \n", "cannot be read as TOML. Invalid value (at line 1, column 12)."),
            (b"\xff", "is not UTF-8. Save it as UTF-8."),
            (b"[tool]\naava-rules = 1\n", "tool.aava-rules should be a table."),
            (b"[tool.aava-rules]\nlangage = 1\n", "tool.aava-rules.langage is unknown. Did you mean language?"),
        ],
    )
    def test_files_that_cannot_be_read(self, app: typer.Typer, tmp_path: Path, content: bytes, what: str) -> None:
        """What cannot be read is told with its file, and a key of a project with its section."""
        (tmp_path / "pyproject.toml").write_bytes(content)
        result = run(app, "names")
        assert (result.exit_code, result.stderr) == (2, f"{tmp_path / 'pyproject.toml'}: {what}\n")

    def test_no_such_file(self, app: typer.Typer, tmp_path: Path) -> None:
        """A file that is named and not there is told."""
        result = run(app, "--config", "none.toml", "names")
        assert (result.exit_code, result.stderr) == (2, "none.toml: cannot be read (No such file or directory).\n")
