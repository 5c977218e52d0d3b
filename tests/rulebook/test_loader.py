"""Rulebooks are read into parts: merged, typed, resolved; and faults are told once, in order."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from aava_rules.language.errors import AavaRulesError, RulebookError
from aava_rules.language.syntax import TRUE, All, Compare, Const, DecisionDate, Fact, ItemField, Param, walk
from aava_rules.rulebook.loader import load_cases, load_parts
from aava_rules.rulebook.loader.file_schema import AMENDED_FILES, FILES, rulebook_schema
from aava_rules.rulebook.loader.yaml_nodes import plain, read_yaml
from aava_rules.rulebook.model import Cite, Parts, Rule
from aava_rules.rulebook.pack import dump, load

TESTS = Path(__file__).parents[1]
GOOD = TESTS / "rulebook" / "good"
SHIPPED = TESTS.parent / "rulesets"
EXAMPLE = Path(__file__).parents[2] / "examples" / "three_days_a_week"


def find(name: str) -> Path:
    name = name.partition("==")[0]
    return next(path for path in (GOOD / name, SHIPPED / name) if path.is_dir())


@pytest.fixture(scope="module")
def everything() -> Parts:
    return load_parts(GOOD / "everything", find)


def rule(parts: Parts, id: str) -> Rule:
    return next(rule for ruleset in parts.rulesets for rule in ruleset.rules if rule.id == id)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD / "adults", tmp_path / "adults"))


def refused(path: Path) -> list[str]:
    with pytest.raises(RulebookError) as caught:
        load_parts(path, find)
    return [fault.code for fault in caught.value.faults]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_layers_are_merged_the_lowest_first(everything: Parts) -> None:
    """The rulebook that was asked for is the last layer; names of all layers are there, with their owner."""
    assert [(layer.name, layer.weight) for layer in everything.layers] == [("adults", "law"), ("everything", "model")]
    assert everything.facts["age"].rulebook == "adults"
    assert everything.facts["grown"].rulebook == "everything"
    assert everything.outcomes["adult"].rulebook == "adults"
    assert [ruleset.name for ruleset in everything.rulesets] == ["age", "limits", "answers", "path"]


def test_tests_become_typed_trees(everything: Parts) -> None:
    """Names are resolved, named conditions filled in, and a missing `when` always holds."""
    assert rule(everything, "A-1").when == Compare(
        ">=", Fact("age", "integer", "years"), Param("age_limit", "integer", "years")
    )
    assert rule(everything, "L-1").when == TRUE
    when = rule(everything, "E-3").when
    assert isinstance(when, All)
    assert [str(item) for item in when.items] == ["adult", "grown"]


def test_rules_inherit_from_their_ruleset_and_rulebook(everything: Parts) -> None:
    """Weight, item and judged day come from the ruleset unless a rule has its own."""
    assert (rule(everything, "A-1").weight, rule(everything, "E-1").weight, rule(everything, "P-2").weight) == (
        "law",
        "advice",
        "local",
    )
    assert (rule(everything, "L-1").each, rule(everything, "P-1").each, rule(everything, "P-2").each) == (
        "period",
        "client",
        "plan",
    )
    assert rule(everything, "E-1").judged_on == Fact("conduct_on", "date")
    assert rule(everything, "E-3").judged_on is None, "the day of decision needs no expression"


def test_conclusions_are_typed(everything: Parts) -> None:
    """Words, sets, rows of tables, parameters and days; 0 takes the exact type and unit of its outcome."""
    then = rule(everything, "E-1").then
    assert then["pay"] == Param("daily_pay", "money", "EUR/day")
    assert str(then["consequence"]) == "row(param.ladder, neglects, consequence)"
    assert then["grounds"] == frozenset({"young", "old"})
    answers = everything.rulesets[2]
    assert answers.otherwise == {
        "pay": Const(Decimal(0), "money", "EUR/day"),
        "consequence": Const("none", "choice"),
        "grounds": frozenset(),
        "due_day": DecisionDate(),
    }
    assert answers.doubted == {"pay": date(2026, 1, 1)}
    assert rule(everything, "E-1").needs_judgement == "support"
    assert rule(everything, "E-2").needs_judgement == "true"


def test_citations_are_resolved_and_sorted_by_day(everything: Parts) -> None:
    """A dated citation lists its days in order; the key ends at the first dot."""
    assert rule(everything, "E-1").cite == (
        (date(2020, 1, 1), (Cite("act", "2"),)),
        (date(2022, 5, 2), (Cite("act", "1"), Cite("model"))),
    )


def test_parameters_are_exact_and_sorted(everything: Parts) -> None:
    """Values stand earliest first, money is Decimal, null is None, tables have whole-number rows."""
    pay = everything.parameters["daily_pay"]
    assert [(value.start, value.value) for value in pay.values] == [
        (date(2005, 1, 1), Decimal("8.50")),
        (date(2010, 1, 1), Decimal(9)),
        (date(2012, 1, 1), None),
    ]
    assert everything.parameters["ladder"].values[0].value[2] == {"consequence": "loss", "days": 7}
    assert everything.parameters["age_limit"].values[0].start is None


def test_facts_know_whether_they_may_be_none_or_change_with_the_day(everything: Parts) -> None:
    """Latest days may not exist; what reads parameters, outcomes or is of the day changes with the judged day."""
    terms = {
        node.name: node
        for ruleset in everything.rulesets
        for entry in ruleset.rules
        for node in walk(entry.when)
        if isinstance(node, Fact)
    }
    assert terms["last_benefit"].nullable
    assert not terms["adult"].nullable
    assert not terms["last_benefit"].sensitive
    assert {name for name, term in terms.items() if term.sensitive} == {"adult", "adult_too", "grown"}
    own = everything.facts["later_days"].derivation
    assert own is not None
    assert own.within is not None
    assert own.within.start is not None


def test_facts_of_items_are_fields_of_their_item(everything: Parts) -> None:
    """`plan.option_count` is read like a field of the record, and marked as derived."""
    fields = {node for node in walk(rule(everything, "P-2").require or TRUE) if isinstance(node, ItemField)}
    assert ItemField("plan", "option_count", "integer", "count", nullable=False, derived=True) in fields
    assert everything.facts["plan.option_count"].item == "plan"


def test_overrides_all_means_the_other_deciding_rules(everything: Parts) -> None:
    """Rules that are never in force together may each override all."""
    assert rule(everything, "E-2").overrides == ("E-1", "E-3")
    assert rule(everything, "E-3").overrides == ("E-1", "E-2")


def test_strata_follow_what_outcomes_read(everything: Parts) -> None:
    """An outcome that reads another, also through a fact, lies above it."""
    assert everything.strata == {"adult": 0, "pay": 1, "consequence": 1, "grounds": 1, "due_day": 1}


def test_messages_are_found_in_the_own_ruleset_and_below(copy: Path, tmp_path: Path) -> None:
    """A rule of an upper rulebook may show a message of a ruleset below it."""
    top = Path(shutil.copytree(GOOD / "everything", tmp_path / "everything"))
    change(top / "path" / "rules.yaml", "    weight: local\n", "    weight: local\n    message: shown_above\n")
    change(copy / "limits" / "messages.yaml", "too_many:", "shown_above: {unknown: {fi: x, sv: x, en: x}}\ntoo_many:")
    parts = load_parts(top, lambda name: tmp_path / name)
    assert rule(parts, "P-2").message == "limits/shown_above"
    assert rule(parts, "L-1").message == "limits/too_many"
    assert parts.messages["limits/shown_above"] == {"unknown": {"fi": "x", "sv": "x", "en": "x"}}


def test_the_hash_depends_on_bytes_alone(copy: Path) -> None:
    """The same files anywhere have the same hash; a changed byte changes it; other files do not."""
    before = load_parts(copy, find).sha256
    assert before == load_parts(GOOD / "adults", find).sha256
    (copy / "age" / "NOTES.md").write_text("What was interpreted, and why.", encoding="utf-8")
    assert load_parts(copy, find).sha256 == before
    change(copy / "sources.yaml", "act:", "act: ")
    assert load_parts(copy, find).sha256 != before


@pytest.mark.parametrize(
    "test", ["age >= 0x1", "age >= 1or 0", "age >= 1_0", "age in [red]", "age >= 1e0", "age >= 1.0"]
)
def test_numbers_are_plain_and_lists_of_words_ask_choices(copy: Path, test: str) -> None:
    """Other notations of Python's are no numbers here, and a number has no words."""
    change(copy / "age" / "rules.yaml", "age >= param.age_limit", test)
    assert len(refused(copy)) == 1


def test_order_of_rules_and_files_means_nothing(copy: Path) -> None:
    """The same rules in another order give the same trees."""
    head = (copy / "age" / "rules.yaml").read_text(encoding="utf-8")
    second = "  - id: A-2\n    title: {fi: x, sv: x, en: x}\n    then: {adult: true}\n    cite: act\n"
    start = head.index("  - id: A-1")
    (copy / "age" / "rules.yaml").write_text(head + second, encoding="utf-8")
    first = load_parts(copy, find)
    (copy / "age" / "rules.yaml").write_text(head[:start] + second + head[start:], encoding="utf-8")
    second_order = load_parts(copy, find)
    assert rule(first, "A-1").when == rule(second_order, "A-1").when
    assert [r.id for r in second_order.rulesets[0].rules] == ["A-2", "A-1"]


def test_a_broken_entry_makes_no_shower(copy: Path) -> None:
    """What reads a fact, parameter or source whose own entry is wrong is not told as well."""
    change(copy / "vocabulary.yaml", "age: {type: integer", "age: {type: integr")
    change(copy / "parameters.yaml", "unit: days/week", "unit: days per week")
    change(copy / "sources.yaml", "act:", "act: {title: x}\nother:")
    assert refused(copy) == ["AR042", "AR043", "AR008"]


def test_an_unreadable_file_makes_no_shower(copy: Path) -> None:
    """Where a whole file is lost, nothing is said about the names that stood in it."""
    (copy / "vocabulary.yaml").write_text("facts: [\n", encoding="utf-8")
    assert refused(copy) == ["AR001"]


def test_a_wrong_rule_does_not_hide_the_next(copy: Path) -> None:
    """Each rule is checked alone."""
    end = "    then: {adult: true}\n    cite: act\n"
    text = "".join(
        f"  - id: A-{number}\n    title: {{fi: x, sv: x, en: x}}\n    when: [{test}]\n{end}"
        for number, test in ((2, "agee >= 1"), (3, "age >= 7"), (4, "age >= 1"))
    )
    with (copy / "age" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(text.replace("A-4\n", "A-4\n    tilte: x\n"))
    assert refused(copy) == ["AR011", "AR016", "AR007"]


def test_very_many_faults_end_the_search(copy: Path) -> None:
    """A file full of faults is refused after the first thousand."""
    lines = "".join(f"  fact_{number}: {{type: wrong}}\n" for number in range(3000))
    (copy / "vocabulary.yaml").write_text("facts:\n" + lines, encoding="utf-8")
    codes = refused(copy)
    assert len(codes) == 1001
    assert codes[-1] == "AR003"


def test_conditions_that_double_again_and_again_are_refused(copy: Path) -> None:
    """Named conditions are filled in, so their size is limited before it can explode."""
    steps = "".join(f"  c{n}: [{{any: [c{n - 1}, {{not: c{n - 1}}}, c{n - 1}, c{n - 1}]}}]\n" for n in range(1, 9))
    change(copy / "age" / "rules.yaml", "rules:", f"conditions:\n  c0: [age >= 1]\n{steps}rules:")
    assert set(refused(copy)) == {"AR017"}


def test_a_chain_of_facts_is_limited(copy: Path) -> None:
    """Facts derived from one another are limited in a row, in whatever order they stand."""
    title = "title: {fi: x, sv: x, en: x}"
    facts = "".join(f"  f{n}: {{type: integer, unit: years, {title}, value: f{n + 1}}}\n" for n in range(100))
    change(copy / "vocabulary.yaml", "facts:\n", f"facts:\n{facts}  f100: {{type: integer, unit: years, {title}}}\n")
    assert set(refused(copy)) == {"AR017"}


def test_a_missing_rulebook_file_is_a_fault(tmp_path: Path) -> None:
    """A folder without rulebook.yaml, or no folder at all, is no rulebook."""
    assert refused(tmp_path) == ["AR009"]
    assert refused(tmp_path / "nowhere") == ["AR009"]


def test_faults_name_files_relative_to_the_rulebooks_parent(copy: Path) -> None:
    """`adults/age/rules.yaml:7:9`, wherever the folder lies."""
    change(copy / "age" / "rules.yaml", "age >=", "agee >=")
    with pytest.raises(RulebookError, match=r"adults/age/rules.yaml:9:9  AR011 nothing is named agee") as caught:
        load_parts(copy, find)
    fault = caught.value.faults[0]
    assert (fault.source, fault.column, fault.width) == ("      - agee >= param.age_limit", 9, 4)


def test_packed_parts_are_the_same(everything: Parts) -> None:
    """Packing and loading gives equal parts, and needs no YAML."""
    assert load(dump(everything)) == everything


@pytest.mark.parametrize(
    "data", [b"", b"rubbish", b"aava-rules parts 1\n", b"aava-rules parts 1\ncos\nsystem\n(S'true'\ntR."]
)
def test_foreign_bytes_are_refused(data: bytes) -> None:
    """Nothing but the parts of a rulebook is ever built, whatever the bytes ask for."""
    with pytest.raises(AavaRulesError):
        load(data)


def test_cases_are_read_with_their_places(tmp_path: Path) -> None:
    """Cases are models with a place; wrong ones are told like any other fault."""
    file = tmp_path / "r" / "cases.yaml"
    file.parent.mkdir()
    file.write_text(
        '- case: one\n  date: 2014-05-05\n  given: {age: 20, pay: "9.00"}\n  expect: {adult: true}\n'
        "  ground: STATUTE\n  ref: act\n",
        encoding="utf-8",
    )
    ((case, place),) = load_cases(file)
    assert (case.date, case.facts, place.line) == (date(2014, 5, 5), {"age": 20, "pay": "9.00"}, 1)
    file.write_text("- case: one\n  date: soon\n  ground: GUESS\n  ref: act\n", encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        load_cases(file)
    assert [fault.code for fault in caught.value.faults] == ["AR008", "AR008"]


@pytest.mark.parametrize(
    "path",
    sorted([*GOOD.rglob("*.yaml"), *SHIPPED.rglob("*.yaml"), *EXAMPLE.rglob("*.yaml")]),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_json_schema_accepts_every_right_file(path: Path) -> None:
    """What loads is what an editor with the JSON Schema accepts, file by file."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = rulebook_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    root = read_yaml(path.read_bytes()).root
    assert root is not None
    head = next(folder for folder in path.parents if (folder / "rulebook.yaml").is_file()) / "rulebook.yaml"
    definitions = FILES | AMENDED_FILES if "\namends:" in head.read_text(encoding="utf-8") else FILES
    file_schema = {**schema, "anyOf": [{"$ref": f"#/definitions/{definitions[path.name]}"}]}
    jsonschema.Draft7Validator(file_schema).validate(_as_json(plain(root)))


def _as_json(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.iterdir() if path.is_dir()))
def test_shipped_rulebooks_load(name: str) -> None:
    """Every rulebook of the repository is right."""
    parts = load_parts(SHIPPED / name, find)
    assert parts.layers[-1].name == name
    assert load(dump(parts)) == parts
