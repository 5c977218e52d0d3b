"""Amendments change exactly what they say, from their day on, in an order that is said, or are refused."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aava_rules.language.errors import RulebookError
from aava_rules.rulebook.loader import load_parts
from aava_rules.rulebook.model import Parts, Rule

GOOD = Path(__file__).parent / "good"
TEXT = "{fi: x, sv: x, en: x}"
FEWER = {"parameters.yaml": "days_max:\n  values:\n    2028-01-01: {value: 3, cite: bill, status: secondary}\n"}


def find(name: str) -> Path:
    return GOOD / name.partition("==")[0]


def amendment(folder: Path, name: str, files: dict[str, str], **head: Any) -> Path:
    """An amendment of ``adults`` from 2028 on, with more lines of its head and files."""
    lines = {
        "rulebook": name, "amends": "adults", "status": "bill", "from": "2028-01-01",
        "read": "{by: x, on: 2026-11-30}", "cite": "bill",
        **{key.rstrip("_"): value for key, value in head.items()},
    }  # fmt: skip
    text = "".join(f"{key}: {value}\n" for key, value in lines.items())
    source = f"bill: {{title: {TEXT}}}\n"
    if name != "first":
        source, text = f"bill-{name}: {{title: {TEXT}}}\n", text.replace("cite: bill", f"cite: bill-{name}")
        files = {file: content.replace("cite: bill", f"cite: bill-{name}") for file, content in files.items()}
    for file, content in {"rulebook.yaml": text, "sources.yaml": source, **files}.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder / name


def amended(*folders: Path, base: str = "adults") -> Parts:
    return load_parts(GOOD / base, find, folders)


def faults(*folders: Path, base: str = "adults") -> list[tuple[str, str]]:
    with pytest.raises(RulebookError) as caught:
        amended(*folders, base=base)
    return [(fault.code, fault.what) for fault in caught.value.faults]


def rule(parts: Parts, rule_id: str) -> Rule:
    return next(rule for ruleset in parts.rulesets for rule in ruleset.rules if rule.id == rule_id)


def test_values_are_otherwise_from_the_day_on(tmp_path: Path) -> None:
    """A value of an amendment follows the earlier ones, and one of the same day takes its place."""
    later = amended(amendment(tmp_path, "first", FEWER))
    assert [(value.start, value.value) for value in later.parameters["days_max"].values] == [
        (date(2001, 9, 1), 5), (date(2015, 7, 1), 4), (date(2028, 1, 1), 3),
    ]  # fmt: skip
    at_once = {"parameters.yaml": FEWER["parameters.yaml"].replace("2028-01-01", "2015-07-01")}
    same_day = amended(amendment(tmp_path, "second", at_once, from_="2015-07-01"))
    values = same_day.parameters["days_max"].values
    assert [(value.start, value.value, value.status) for value in values] == [
        (date(2001, 9, 1), 5, "verified"), (date(2015, 7, 1), 3, "secondary"),
    ]  # fmt: skip
    always = {"parameters.yaml": "age_limit:\n  values:\n    2028-01-01: {value: 20, cite: bill, status: secondary}\n"}
    values = amended(amendment(tmp_path, "third", always)).parameters["age_limit"].values
    assert [(value.start, value.value) for value in values] == [(None, 18), (date(2028, 1, 1), 20)]


def test_a_rule_is_replaced_from_the_day_on(tmp_path: Path) -> None:
    """The replaced rule ends the day before; the new one has of it all that it does not say itself."""
    text = "ruleset: limits\nrules:\n  - {id: B-1, replaces: L-1, require: ['period.days_per_week <= 1'], cite: bill}\n"
    parts = amended(amendment(tmp_path, "first", {"limits/rules.yaml": text}))
    old, new = rule(parts, "L-1"), rule(parts, "B-1")
    assert (old.start, old.until) == (date(2001, 9, 1), date(2027, 12, 31))
    assert (new.start, new.until, new.rulebook, new.ruleset) == (date(2028, 1, 1), None, "first", "limits")
    assert (new.when, new.name, new.each, new.judged_on, new.message) == (
        old.when, old.name, old.each, old.judged_on, old.message,
    )  # fmt: skip
    assert new.require != old.require
    (layer,) = [layer for layer in parts.layers if layer.amendment is not None]
    assert layer.amendment is not None
    assert layer.amendment.touched == ("rule L-1",)
    assert layer.version == "2026-11-30"
    assert layer.title == {"fi": "x", "sv": "x", "en": "x"}


def test_a_rule_is_ended_with_its_citation(tmp_path: Path) -> None:
    """A rule that ends without another in its place ends on the day that is said, and the layer says by what."""
    text = "ruleset: limits\nends:\n  L-1: {until: 2028-03-31, cite: bill.4}\n"
    parts = amended(amendment(tmp_path, "first", {"limits/rules.yaml": text}))
    assert rule(parts, "L-1").until == date(2028, 3, 31)
    change = parts.layers[-1].amendment
    assert change is not None
    assert [(rule_id, day, [str(cite) for cite in cites]) for rule_id, day, cites in change.ended] == [
        ("L-1", date(2028, 3, 31), ["bill.4"])
    ]


def test_what_overrides_a_replaced_rule_overrides_the_new_one(tmp_path: Path) -> None:
    """An exception of the amended rulebook goes on as one of the rule in the place of the one that it named."""
    exception = (
        "ruleset: limits\nrules:\n  - {id: B-1, like: L-1, overrides: [L-1], "
        "when: ['period.days_per_week == 1'], cite: bill}\n"
    )
    replaced = "ruleset: limits\nrules:\n  - {id: C-1, replaces: L-1, cite: bill}\n"
    first = amendment(tmp_path, "first", {"limits/rules.yaml": exception})
    second = amendment(tmp_path, "second", {"limits/rules.yaml": replaced})
    assert rule(amended(first, second), "B-1").overrides == ("L-1", "C-1")


def test_words_are_added(tmp_path: Path) -> None:
    """An amendment adds words to a set of the rulebook that it amends, and rules that use them."""
    words = {
        "vocabulary.yaml": "outcomes:\n  grounds: {words: [middle]}\n",
        "answers/rules.yaml": (
            f"ruleset: answers\nrules:\n  - {{id: B-1, title: {TEXT}, when: [adult], then: {{grounds: [middle]}}, "
            "cite: bill}\n"
        ),
    }
    change = amendment(tmp_path, "first", words, amends="everything")
    parts = amended(change, base="everything")
    assert parts.outcomes["grounds"].words == ("young", "old", "middle")
    assert rule(parts, "B-1").then == {"grounds": frozenset({"middle"})}
    assert [layer.name for layer in parts.layers] == ["adults", "everything", "first"]


def test_amendments_lie_right_above_what_they_amend(tmp_path: Path) -> None:
    """Of a stack any rulebook can be amended, and one that extends it goes on lying on top."""
    parts = amended(amendment(tmp_path, "first", FEWER), base="everything")
    assert [layer.name for layer in parts.layers] == ["adults", "first", "everything"]
    assert parts.layers[1].weight == "law"


def test_the_folder_of_an_amendment_is_what_it_amends_with_it(tmp_path: Path) -> None:
    """To load an amendment is to load what it amends with it: the same rules and the same hash; plain is another."""
    change = amendment(tmp_path, "first", FEWER)
    alone = load_parts(change, find)
    assert alone.sha256 == amended(change).sha256 != load_parts(GOOD / "adults", find).sha256
    assert alone.parameters == amended(change).parameters
    assert load_parts(change, find, [change]).sha256 == alone.sha256


def test_an_amendment_names_by_a_path_what_it_amends(tmp_path: Path) -> None:
    """A path from its own folder is as good as a name, alone and beside the rulebook; one to another rulebook is not."""
    by_name = amendment(tmp_path, "first", FEWER)
    told = amended(by_name)
    path = os.path.relpath(GOOD / "adults", by_name)
    by_path = amendment(tmp_path, "first", FEWER, amends=path)
    alone = load_parts(by_path, lambda name: Path(name).resolve())
    for parts in (alone, amended(by_path)):
        assert parts.parameters == told.parameters
        assert [(layer.name, layer.amendment and layer.amendment.amends) for layer in parts.layers] == [
            ("adults", None), ("first", "adults"),
        ]  # fmt: skip
    elsewhere = amendment(tmp_path, "first", FEWER, amends=os.path.relpath(GOOD / "everything", by_name))
    assert [code for code, _ in faults(elsewhere)] == ["AR080"]


def test_the_hash_tells_what_an_amendment_says(tmp_path: Path) -> None:
    """Two amendments of one name that say different things are told apart."""
    other = {"parameters.yaml": FEWER["parameters.yaml"].replace("value: 3", "value: 2")}
    first, second = amendment(tmp_path / "a", "first", FEWER), amendment(tmp_path / "b", "first", other)
    assert amended(first).sha256 != amended(second).sha256


def test_two_amendments_of_one_thing_need_an_order(tmp_path: Path) -> None:
    """Without an order the error names both places; with one, the later has the last word, however they are named."""
    first = amendment(tmp_path, "first", FEWER)
    more = {"parameters.yaml": FEWER["parameters.yaml"].replace("value: 3", "value: 2")}
    second = amendment(tmp_path, "second", more)
    with pytest.raises(RulebookError) as caught:
        amended(first, second)
    (fault,) = caught.value.faults
    assert (fault.code, fault.place) == ("AR082", "second/parameters.yaml:1:1")
    assert fault.why == "first changes it too, in first/parameters.yaml:1:1."
    ordered = amendment(tmp_path / "later", "second", more, after="[first]")
    for folders in ((first, ordered), (ordered, first)):
        parts = amended(*folders)
        assert parts.parameters["days_max"].values[-1].value == 2
        assert [layer.name for layer in parts.layers] == ["adults", "first", "second"]


def test_an_order_reaches_through_others(tmp_path: Path) -> None:
    """What comes after the second comes after the first."""
    first = amendment(tmp_path, "first", FEWER)
    second = amendment(tmp_path, "second", {}, after="[first]")
    more = {"parameters.yaml": FEWER["parameters.yaml"].replace("value: 3", "value: 2")}
    third = amendment(tmp_path, "third", more, after="[second]")
    assert amended(third, second, first).parameters["days_max"].values[-1].value == 2


def test_orders_that_cannot_be(tmp_path: Path) -> None:
    """An order in a circle, after what is not named, and two amendments of one name."""
    first = amendment(tmp_path, "first", {}, after="[second]")
    second = amendment(tmp_path, "second", {}, after="[first]")
    assert faults(first, second) == [("AR082", "amendments come after one another in a circle")]
    assert faults(second) == [("AR082", "it comes after first, which is not among those named")]
    twin = amendment(tmp_path / "twin", "second", {})
    assert ("AR082", "two amendments are named second") in faults(amendment(tmp_path / "x", "second", {}), twin)


def test_what_can_be_amended(tmp_path: Path) -> None:
    """No amendment of itself, of another amendment, of what is not in the stack; and no plain rulebook amends."""
    itself = amendment(tmp_path, "itself", {}, amends="itself")
    assert faults(itself)[0][0] == "AR080"
    first = amendment(tmp_path, "first", FEWER)
    other = amendment(tmp_path, "other", {}, amends="first")
    circle = [amendment(tmp_path, name, {}, amends=f"../{target}") for name, target in (("a", "b"), ("b", "a"))]
    for folder, target in zip(circle, "ba", strict=True):
        with pytest.raises(RulebookError) as refused:
            load_parts(folder, lambda path: Path(path).resolve())
        assert [(fault.code, fault.what) for fault in refused.value.faults] == [
            ("AR080", f"the rulebook {target} is an amendment")
        ]
    assert faults(first, other) == [("AR080", "the rulebook first is not among those loaded")]
    model = amendment(tmp_path, "model", {}, amends="everything")
    assert faults(model) == [("AR080", "the rulebook everything is not among those loaded")]
    assert faults(GOOD / "everything") == [("AR080", "the rulebook everything is no amendment")]
    assert faults(amendment(tmp_path, "adults", {})) == [("AR080", "the amendment adults amends itself")]


def test_only_what_the_named_rulebook_has_is_amended(tmp_path: Path) -> None:
    """An amendment of the model changes nothing of the law below it."""
    change = amendment(tmp_path, "first", FEWER, amends="everything", weight="model")
    assert faults(change, base="everything") == [("AR080", "everything has no parameter days_max to amend")]
    override = "ruleset: own\ntitle: " + TEXT + "\neach: period\nrules:\n  - {id: B-1, title: " + TEXT + ", "
    override += "requirement: two_options, each: plan, require: [adult], overrides: [L-1], cite: bill}\n"
    other = amendment(tmp_path, "other", {"own/rules.yaml": override}, amends="everything", weight="model")
    assert ("AR065", "B-1 overrides L-1") in faults(other, base="everything")


def test_a_rule_that_has_ended_or_not_begun_is_not_ended(tmp_path: Path) -> None:
    """A rule cannot end later than it does, nor before it begins, nor if its answers depend on its last day."""
    first = amendment(
        tmp_path, "first",
        {"limits/rules.yaml": "ruleset: limits\nrules:\n  - {id: B-1, like: L-1, in_force: {from: 2030-01-01, "
         "until: 2030-12-31}, when: ['period.start <= rule.until'], cite: bill}\n"},
    )  # fmt: skip
    for until, what in (
        ("2029-06-30", "the rule B-1 would end before it begins"),
        ("2031-01-01", "the rule B-1 has ended before 2031-01-01 already"),
        ("2030-06-30", "the rule B-1 reads rule.until"),
    ):
        text = f"ruleset: limits\nends:\n  B-1: {{until: {until}, cite: bill}}\n"
        second = amendment(tmp_path / until, "second", {"limits/rules.yaml": text}, after="[first]")
        assert faults(first, second) == [("AR081", what)]


def test_doubts_end_and_begin(tmp_path: Path) -> None:
    """A doubt of a later day is moved or taken out; one that began before ends with the day of the amendment."""

    def doubts(start: str, said: str) -> tuple[Any, Any]:
        name = f"first{len(list(tmp_path.iterdir()))}"
        text = f"ruleset: answers\nread_until: 2026-12-31\nin_doubt_from: {said}\n"
        change = amendment(tmp_path, name, {"answers/rules.yaml": text}, amends="everything", from_=start)
        (ruleset,) = [each for each in amended(change, base="everything").rulesets if each.name == "answers"]
        assert ruleset.read_until == date(2026, 12, 31)
        return dict(ruleset.doubted), dict(ruleset.doubt_ends)

    assert doubts("2026-01-01", "{pay: none}") == ({}, {})
    assert doubts("2025-06-01", "{pay: 2025-07-01}") == ({"pay": date(2025, 7, 1)}, {})
    assert doubts("2027-01-01", "{pay: none}") == ({"pay": date(2026, 1, 1)}, {"pay": date(2027, 1, 1)})
    assert doubts("2027-01-01", "{grounds: 2028-01-01}")[0] == {"pay": date(2026, 1, 1), "grounds": date(2028, 1, 1)}
    text = {"answers/rules.yaml": "ruleset: answers\nin_doubt_from: {pay: 2028-01-01}\n"}
    late = amendment(tmp_path, "late", text, amends="everything", from_="2027-01-01")
    what = "the doubt that began on 2026-01-01 cannot begin again on 2028-01-01"
    assert faults(late, base="everything") == [("AR081", what)]
    early = amendment(tmp_path, "early", text, amends="everything", from_="2029-01-01")
    assert ("AR081", "the amendment changes what holds before 2029-01-01") in faults(early, base="everything")


def test_new_rulesets_and_names_are_added(tmp_path: Path) -> None:
    """A ruleset, outcome and parameter of an amendment of law are law, and begin when its rules do."""
    files = {
        "vocabulary.yaml": f"outcomes:\n  elder: {{type: boolean, title: {TEXT}}}\n",
        "parameters.yaml": f"elder_age:\n  title: {TEXT}\n  type: integer\n  unit: years\n  values:\n"
        "    2028-01-01: {value: 65, cite: bill, status: secondary}\n",
        "elders/rules.yaml": f"ruleset: elders\ntitle: {TEXT}\ndecides: [elder]\nrules:\n"
        f"  - {{id: B-1, title: {TEXT}, when: [age >= param.elder_age], then: {{elder: true}}, cite: bill}}\n",
    }
    parts = amended(amendment(tmp_path, "first", files))
    new = rule(parts, "B-1")
    assert (new.weight, new.start, new.rulebook) == ("law", date(2028, 1, 1), "first")
    assert parts.outcomes["elder"].rulebook == "first"
