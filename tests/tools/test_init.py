"""``aava-rules init``: what is begun loads, is complete, and has its schemas where its files look for them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules.rulebook.loader.yaml_nodes import plain, read_yaml
from aava_rules.tools import lint as checking
from aava_rules.tools.cases.run import rulebook_cases, run_cases
from aava_rules.tools.cli import build


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["init", *arguments])


def schemas_of(folder: Path) -> list[tuple[Path, Path]]:
    """Each rule file with the schema that its first line names."""
    files = sorted(folder.rglob("*.yaml"))
    lines = [file.read_text(encoding="utf-8").partition("\n")[0] for file in files]
    return [
        (file, (file.parent / line.removeprefix("# yaml-language-server: $schema=")).resolve())
        for file, line in zip(files, lines, strict=True)
    ]


def accepts(schema: Path, file: Path) -> None:
    """An editor finds nothing wrong with a file, by the schema that it names."""
    reference = json.loads(schema.read_text(encoding="utf-8"))["$ref"]
    whole = json.loads((schema.parent / reference.partition("#")[0]).read_text(encoding="utf-8"))
    root = read_yaml(file.read_bytes()).root
    assert root is not None
    of_file = {**whole, "anyOf": [{"$ref": f"#{reference.partition('#')[2]}"}]}
    jsonschema.Draft7Validator(of_file).validate(json.loads(json.dumps(plain(root), default=str)))


@pytest.mark.parametrize("base", ["aava", "finland==2026.1"])
def test_a_local_rulebook_is_complete(base: str, tmp_path: Path) -> None:
    """It lies on what was named, lacks no case, passes those it has, and an editor accepts every file."""
    folder = tmp_path / "our_town"
    assert run("local", str(folder), "--of", base).exit_code == 0
    rulebook = aava_rules.load(folder, plugins=False)
    assert (rulebook.name, rulebook.weight) == ("our_town", "local")
    assert checking.find_remarks(rulebook) == []
    own = [case for case in rulebook_cases(rulebook) if not case.rulebook]
    report = run_cases(rulebook, own)
    assert (report.failed, report.passed) == (0, 6)
    for file, schema in schemas_of(folder):
        accepts(schema, file)


def test_an_amendment_changes_nothing_yet(tmp_path: Path) -> None:
    """Its head is whole, names the version that there is, and every answer is still that of the law."""
    folder = tmp_path / "act_2028"
    assert run("amendment", str(folder)).exit_code == 0
    amended, plain_law = (aava_rules.load("finland", plugins=False, amend=amend) for amend in ([folder], []))
    layer = amended._parts.layers[1]
    assert layer.amendment is not None
    assert (layer.amendment.amends, layer.amendment.status, layer.amendment.touched) == ("finland", "assumed", ())
    assert amended._parts.rulesets == plain_law._parts.rulesets
    assert "finland==2026.1" in (folder / "rulebook.yaml").read_text(encoding="utf-8")
    assert checking.find_remarks(aava_rules.load(folder, plugins=False)) == []
    for file, schema in schemas_of(folder):
        accepts(schema, file)


def test_a_copy_is_the_same_and_its_own(tmp_path: Path) -> None:
    """The whole stack is copied byte by byte, uses its own members, and its schemas are where its files look."""
    folder = tmp_path / "our_stack"
    assert run("copy", str(folder), "--of", "hartola_sysma").exit_code == 0
    copied = aava_rules.load(folder / "rulesets" / "hartola_sysma", plugins=False)
    assert copied.sha256 == aava_rules.load("hartola_sysma", plugins=False).sha256
    assert {path.name for path in (folder / "rulesets").iterdir()} == {"hartola_sysma", "aava", "finland"}
    assert all(schema.is_file() for _, schema in schemas_of(folder))
    head = folder / "rulesets" / "finland" / "rulebook.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace('"2026.1"', '"2026.1-own"'), encoding="utf-8")
    changed = aava_rules.load(folder / "rulesets" / "hartola_sysma", plugins=False)
    assert [layer.version for layer in changed._parts.layers] == ["2026.1-own", "2026.1", "2026.1"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder that is not empty, a name that is none, and a rulebook that is not there, are refused."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x", encoding="utf-8")
    for kind in ("local", "amendment", "copy"):
        refused = run(kind, str(tmp_path / "full"))
        assert refused.exit_code == 2
        assert "not empty" in refused.output
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["x"]
    refused = run("local", str(tmp_path / "Our Town"))
    assert (refused.exit_code, (tmp_path / "Our Town").exists()) == (2, False)
    refused = run("copy", str(tmp_path / "new"), "--of", "nosuch")
    assert (refused.exit_code, (tmp_path / "new").exists()) == (2, False)
