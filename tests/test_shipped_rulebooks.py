"""The rulebooks that are shipped: right, cited, worked through, in three languages."""

from pathlib import Path

import pytest

import aava_rules
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Rule
from aava_rules.tools.lint import find_remarks

RULESETS = Path(__file__).parent.parent / "rulesets"
NAMES = sorted(path.parent.name for path in RULESETS.glob("*/rulebook.yaml"))


def rules(name: str) -> list[Rule]:
    """Every rule of a rulebook and of those below it."""
    parts = aava_rules.load(name, plugins=False)._parts
    return [rule for ruleset in parts.rulesets for rule in ruleset.rules]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_rulebook_has_no_fault(name: str) -> None:
    """The checker finds nothing wrong with it."""
    assert aava_rules.check(RULESETS / name) == []


@pytest.mark.parametrize("name", NAMES)
def test_all_worked_cases_of_a_shipped_rulebook_pass(name: str) -> None:
    """Every case that lies beside its rules, and beside those below it, has the answer it names."""
    report = aava_rules.run_cases(aava_rules.load(name, plugins=False)).to_dict()
    assert report["failures"] == []
    assert report["passed"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_cited_titled_and_has_a_message(name: str) -> None:
    """No rule stands without a ground, a name in three languages, or words for the client."""
    for rule in rules(name):
        assert rule.cite, rule.id
        assert all(rule.title[language] for language in ("fi", "sv", "en")), rule.id
        assert rule.message or rule.kind == "decide", rule.id


@pytest.mark.parametrize("name", NAMES)
def test_every_source_has_a_title_in_three_languages_and_an_act_has_an_address(name: str) -> None:
    """A citation can be followed to the text that it names."""
    for key, source in aava_rules.load(name, plugins=False)._parts.sources.items():
        assert all(source.title[language] for language in ("fi", "sv", "en")), key
        if source.number:
            assert source.link.startswith("https://"), key


def test_the_labels_of_the_record_fields_are_those_that_the_code_has() -> None:
    """Every field of every list of a record has a label in the national vocabulary, and no label is of a field that is not."""
    fields = aava_rules.load("finland", plugins=False)._parts.fields
    known = {f"{info.singular}.{field}" for info in lists().values() for field in info.fields if field != "id"}
    assert known == {name for name in fields if "." in name and not name.startswith("client.")}


def test_only_law_is_law() -> None:
    """Rules of weight law stand in the national rulebook alone, and in amendments of it."""
    layers = [layer for name in NAMES for layer in aava_rules.load(name, plugins=False)._parts.layers]
    of_law = {layer.name for layer in layers if layer.amendment is not None and layer.amendment.amends == "finland"}
    assert of_law == {"bill_109_2025"}
    assert {rule.rulebook for name in NAMES for rule in rules(name) if rule.weight == "law"} == {"finland", *of_law}


def test_no_shipped_amendment_is_applied_unless_it_is_named() -> None:
    """What is shipped as an amendment reaches nobody who loads the rulebooks alone."""
    for name in ("finland", "aava", "hartola_sysma"):
        assert all(layer.amendment is None for layer in aava_rules.load(name, plugins=False)._parts.layers)


def test_the_bill_says_what_the_papers_say() -> None:
    """Under the bill of 2025 days of benefit are no ground from 2026; where the papers are silent, nothing is guessed."""
    facts = {
        "age": 40, "unemployed": True, "subsidy_entitled": True, "receives_social_assistance": False,
        "employment_plan_made": True, "subsidy_days": 500, "activation_plan_made": False,
        "integration_plan_valid": False, "integration_plan_due": False,
    }  # fmt: skip
    plain = aava_rules.load("aava", plugins=False)
    bill = aava_rules.load("aava", plugins=False, amend=["bill_109_2025"])

    def answer(rulebook: aava_rules.Rulebook, on: str = "2026-06-01", **more: object) -> object:
        decision = rulebook.decide({"id": "a", "facts": facts | more}, on=on, only=["target_group"])
        return decision.outcomes["target_group"].value

    assert answer(plain) is aava_rules.UNKNOWN
    assert answer(bill) is False
    assert answer(plain, "2025-12-31") is answer(bill, "2025-12-31") is True
    assert answer(bill, receives_social_assistance=True) is aava_rules.UNKNOWN
    assert answer(bill, activation_plan_made=True) is aava_rules.UNKNOWN
    decision = bill.decide({"id": "a", "facts": facts}, on="2026-06-01", only=["target_group"])
    (caution,) = [caution for caution in decision.cautions if caution.code == "bill"]
    assert caution.affects == ("target_group",)
    assert {cite.cite for cite in caution.citations} == {"bill-109-2025", "report-27-2025"}


@pytest.mark.parametrize("name", NAMES)
def test_ids_of_rules_are_unique_over_all_layers(name: str) -> None:
    """A rule can be named by its id alone."""
    ids = [rule.id for rule in rules(name)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_has_nothing_to_remark(name: str) -> None:
    """Every rule, boundary, day of change, missing fact and exception has a case, and nothing is unused."""
    assert [str(remark) for remark in find_remarks(aava_rules.load(name, plugins=False))] == []


def test_every_shipped_rule_file_names_its_schema() -> None:
    """An editor completes and checks a rule file by the schema that its first line names."""
    for file in RULESETS.rglob("*.yaml"):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("# yaml-language-server: $schema="), file
        assert (file.parent / first.partition("$schema=")[2]).resolve().is_file(), file
