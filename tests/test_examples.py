"""The examples run, stay short, and cover the records that are shipped."""

import json
import runpy
from pathlib import Path

import pytest

import aava_rules

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(EXAMPLES.glob("[0-9]*.py"))
RECORDS = sorted((EXAMPLES / "records").glob("*.json"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_example_runs_and_prints_something(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every numbered example runs as it stands."""
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_example_is_short_enough_to_read_at_a_glance(script: Path) -> None:
    """No numbered example has more than 40 lines."""
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_demo_tells_of_every_example_record(capsys: pytest.CaptureFixture[str]) -> None:
    """The demonstration names each record file, and none of them comes out as an error."""
    runpy.run_path(str(EXAMPLES / "decide_examples.py"), run_name="__main__")
    told = capsys.readouterr().out
    for record in RECORDS:
        assert record.name in told


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_an_example_record_is_right_and_has_an_id_of_its_own(path: Path) -> None:
    """Each example record can be decided, and no two share an id."""
    rulebook = aava_rules.load("aava", plugins=False)
    assert rulebook.decide(path.read_bytes(), on="2015-09-15").record_id
    ids = [json.loads(other.read_text(encoding="utf-8"))["id"] for other in RECORDS]
    assert len(set(ids)) == len(ids)


def test_the_record_of_the_documentation_is_in_the_target_group_by_500_and_180_days() -> None:
    """From its benefit rows alone, without ready-made totals, by the rule of the second alternative."""
    record = json.loads((EXAMPLES / "records" / "a-17.json").read_text(encoding="utf-8"))
    assert not any(name.startswith(("subsidy_days", "allowance_days", "allowance_exh")) for name in record["facts"])
    decision = aava_rules.load("finland", plugins=False).decide(record, on="2014-05-05")
    outcome = decision.outcomes["target_group"]
    assert outcome.value is True
    assert outcome.by == ("TG-22",)
    assert decision.outcomes["target_group_grounds"].value == frozenset({"adult_allowance_and_subsidy"})
