"""A rulebook as amended: what it answers, what it says of itself, and that it is never taken for the plain one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.schema import decision_schema, short_schema
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.errors import RulebookError, RulebookNotFound
from aava_rules.testing.record_maker import RecordMaker

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "three_days_a_week"
NAMES = ["days_per_week_max", "days_per_week_together", "plans_updated", "hours_per_day_max"]


def loaded(name: str = "finland", **options: Any) -> aava_rules.Rulebook:
    return aava_rules.load(name, plugins=False, **options)


@pytest.fixture(scope="module")
def plain() -> aava_rules.Rulebook:
    return loaded()


@pytest.fixture(scope="module")
def amended() -> aava_rules.Rulebook:
    return loaded(amend=[EXAMPLE])


def client(days: int = 4, plan: str = "2027-10-20", start: str = "2027-11-01") -> dict[str, Any]:
    period = {"kind": "rehabilitative_work", "start": start, "end": "2028-10-30", "days_per_week": days}
    return {"id": "A", "periods": [period | {"plan_made_on": plan}]}


def answers(rulebook: aava_rules.Rulebook, record: dict[str, Any], on: Any) -> Any:
    decision = rulebook.decide(record, on=on, only=NAMES)
    return (
        [(finding.requirement, finding.status) for finding in decision.findings],
        [(step.step, step.due) for step in decision.next_steps],
    )


def limit(rulebook: aava_rules.Rulebook) -> str:
    (finding,) = rulebook.decide(client(), on="2028-04-01", only=["days_per_week_max"]).findings
    return finding.status


def test_nothing_is_otherwise_before_its_day(plain: aava_rules.Rulebook, amended: aava_rules.Rulebook) -> None:
    """Up to the day before, every answer is that of the rulebook without the amendment."""
    for on in ("2014-05-05", "2015-12-31", "2027-12-31"):
        for days in (3, 4, 5):
            record = client(days, "2013-10-20", "2013-11-01") if on < "2027" else client(days)
            assert answers(plain, record, on) == answers(amended, record, on)


def test_it_answers_as_rules_written_by_hand(amended: aava_rules.Rulebook, tmp_path: Path) -> None:
    """On every day around its days, the amended rulebook answers as a copy of the law with the same changes in it."""
    copy = tmp_path / "finland_by_hand"
    shutil.copytree(ROOT / "rulesets" / "finland", copy)
    head = copy / "rulebook.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("rulebook: finland", "rulebook: finland_by_hand"), "utf-8")
    values = copy / "parameters.yaml"
    last = "    2021-01-01: {value: 4, cite: act-189-2001.13b.2, status: verified}\nattended_days_per_week_max:"
    assert values.read_text(encoding="utf-8").count(last) == 1
    new = "    2028-01-01: {value: 3, cite: act-189-2001.13b.2, status: unverified}\n"
    values.write_text(
        values.read_text(encoding="utf-8").replace(last, last.replace("attended", new + "attended")), "utf-8"
    )
    rules = copy / "period_limits" / "rules.yaml"
    text = rules.read_text(encoding="utf-8")

    def part(rule_id: str) -> str:
        begin = text.index(f"  - id: {rule_id}\n")
        return text[begin : text.index("  - id: ", begin + 5)]

    transition = "in_force: {from: 2028-01-01, until: 2028-03-31}"
    in_2015, since_2016 = "in_force: {from: 2015-07-01, until: 2015-12-31}", "in_force: {from: 2016-01-01}"
    late = part("PL-43").replace("PL-43", "X-4").replace(since_2016, "in_force: {from: 2028-04-01}")
    within = part("PL-43").replace("PL-43", "X-3").replace(since_2016, transition)
    within = within.replace("due: add_days(rule.from, 0 - 1)", "due: rule.until")
    too_many = "period.plan_made_on) > param.days_per_week_max\n"
    of_four = "period.plan_made_on) == param.days_per_week_max + 1\n"
    assert part("PL-43").count(too_many) == 1
    within, late = (
        rule.replace(too_many, of_four).replace("    suggest:", "    overrides: [PL-43]\n    suggest:")
        for rule in (within, late)
    )
    of_the_plan, of_the_day_before = "period.plan_made_on)\n", "add_days(rule.from, 0 - 1))\n"
    assert part("PL-41").count(of_the_plan) == 1
    more = [part("PL-41").replace("PL-41", "X-1").replace(in_2015, transition)]
    more[0] = more[0].replace(of_the_plan, of_the_day_before)
    more += [part("PL-48").replace("PL-48", "X-2").replace(in_2015, transition), within, late]
    rules.write_text(text.replace("  - id: PL-45\n", "".join(more) + "  - id: PL-45\n"), "utf-8")
    by_hand = loaded(str(copy))
    records = [client(days, plan) for days in (3, 4, 5) for plan in ("2027-10-20", "2027-12-31", "2028-01-01")]
    records += [client(days, plan) for days in (4, 5) for plan in ("2014-11-20", "2015-06-30", "2015-07-01")]
    records += [
        {"id": "B", "facts": {"overlapping_periods": True, "days_per_week_together": days}} for days in (3, 4, 5)
    ]
    without_plan = client()
    del without_plan["periods"][0]["plan_made_on"]
    day = date(2027, 12, 20)
    while day <= date(2028, 4, 10):
        for record in [*records, without_plan]:
            assert answers(by_hand, record, day) == answers(amended, record, day), (day, record)
        day += timedelta(days=1)


def test_it_is_named_wherever_the_rulebook_is(plain: aava_rules.Rulebook, amended: aava_rules.Rulebook) -> None:
    """Name and version are those of the rulebook; layers and hash tell that it is amended, in every form."""
    assert (amended.name, amended.version) == (plain.name, plain.version)
    assert amended.sha256 != plain.sha256
    decision = amended.decide(client(), on="2028-04-01")
    layer = {
        "name": "three_days_a_week", "version": "2026-11-30", "weight": "law", "amends": "finland",
        "status": "assumed", "from": "2028-01-01",
    }  # fmt: skip
    assert decision.to_dict()["rulebook"]["layers"][1] == layer
    assert amended.tables()["layers"][1] == layer
    import jsonschema

    jsonschema.validate(json.loads(decision.to_json()), decision_schema())
    jsonschema.validate(json.loads(decision.to_json(detail="short")), short_schema())


def test_what_is_no_law_is_a_caution_of_every_decision(amended: aava_rules.Rulebook) -> None:
    """The caution names the answers that the amendment touches; where it touches none, it is there all the same."""
    decision = amended.decide(client(), on="2028-04-01", only=NAMES)
    (caution,) = [caution for caution in decision.cautions if caution.code == "assumed"]
    assert caution.affects == ("days_per_week_max", "days_per_week_together", "plans_updated")
    assert [str(cite.cite) for cite in caution.citations] == ["supposition"]
    assert "1 January 2028" in caution.text("en")
    by_name = {finding.requirement: finding for finding in decision.findings}
    assert "assumed" in {caution.code for caution in by_name["days_per_week_max"].cautions}
    assert "assumed" not in {caution.code for caution in by_name["hours_per_day_max"].cautions}
    elsewhere = amended.decide(client(), on="2014-05-05", only=["hours_per_day_max"])
    assert next((caution.code, caution.affects) for caution in elsewhere.cautions) == ("assumed", ())
    assert elsewhere.to_dict()["cautions"][0]["affects"] == []


def test_an_enacted_amendment_is_no_caution(tmp_path: Path) -> None:
    """What is enacted and read is law, and needs no more words than the rest of the law."""
    folder = tmp_path / "three_days_a_week"
    shutil.copytree(EXAMPLE, folder)
    for file in (folder / "rulebook.yaml", folder / "parameters.yaml"):
        text = file.read_text(encoding="utf-8").replace("status: assumed", "status: enacted")
        file.write_text(text.replace("status: unverified", "status: verified"), encoding="utf-8")
    decision = loaded(amend=[folder]).decide(client(), on="2028-04-01", only=["days_per_week_max"])
    assert [finding.status for finding in decision.findings] == ["broken"]
    assert {caution.code for caution in decision.cautions} == {"law_may_end", "presumed"}


def test_what_is_known_to_touch_an_answer(plain: aava_rules.Rulebook, amended: aava_rules.Rulebook) -> None:
    """Beside an amendment that was applied, people do not read that no amendment is known to touch the answer."""
    only = ["days_per_week_max"]
    (without,), (beside,) = (
        [
            caution
            for caution in book.decide(client(), on="2028-04-01", only=only).cautions
            if caution.code == "presumed"
        ]
        for book in (plain, amended)
    )
    assert "; no amendment is known to touch this" in without.text("en")
    (title,) = (layer.title for layer in parts_of(amended).layers if layer.amendment is not None)
    for language, words in {
        "fi": "muun muutoksen kuin",
        "sv": "någon annan ändring än",
        "en": "apart from what",
    }.items():
        assert words in beside.text(language)
        assert f"({title[language]})" in beside.text(language)
        assert title[language] not in without.text(language)


def test_law_that_was_read_to_a_day_and_an_amendment(amended: aava_rules.Rulebook) -> None:
    """The same is told where no act waits to be read."""
    rulesets = tuple(replace(ruleset, to_read=()) for ruleset in parts_of(amended).rulesets)
    rulebook = Rulebook(replace(parts_of(amended), rulesets=rulesets))
    decision = rulebook.decide(client(), on="2028-04-01", only=["days_per_week_max"])
    texts = [caution.text("en") for caution in decision.cautions if caution.code == "law_read_until"]
    assert texts == [
        "The law has been read up to 31 December 2025; of later changes only what was applied here is taken into "
        "account (supposition: at most three days a week)."
    ]


def test_rulebooks_that_lie_on_top_are_amended_too(plain: aava_rules.Rulebook) -> None:
    """An amendment of the law reaches the model and the local rules above it; without it being named, nothing does."""
    model = loaded("aava", amend=[EXAMPLE])
    assert [layer["name"] for layer in model.decide(client(), on="2028-04-01").rulebook["layers"]] == [
        "finland", "three_days_a_week", "aava",
    ]  # fmt: skip
    assert limit(model) == limit(loaded(amend=[EXAMPLE])) == "broken"
    assert limit(loaded("aava")) == limit(plain) == "met"


def test_plain_and_amended_live_side_by_side(plain: aava_rules.Rulebook, amended: aava_rules.Rulebook) -> None:
    """Asked in turn, of the same record, day and names, each goes on answering by its own rules."""
    for _ in range(3):
        assert (limit(plain), limit(amended)) == ("met", "broken")


def test_tables_answer_as_records(amended: aava_rules.Rulebook) -> None:
    """A register under an amended rulebook gets the answers of one record after another."""
    random, maker = Random(5), RecordMaker(amended)
    records = [maker.record(random, date(2028, 2, 1)) | {"id": f"c{number}"} for number in range(60)]
    records += [client(days) | {"id": f"d{days}"} for days in (3, 4, 5)]
    tables = tables_of(records, amended._book.vocabulary)
    assert tables.pop("invalid").is_empty()
    for on in ("2028-01-01", "2028-04-01"):
        findings = amended.decide_table(**tables, on=on, only=NAMES).findings
        of_table = sorted(findings.select("id", "requirement", "status").rows())
        decisions = [amended.decide(record, on=on, only=NAMES) for record in records]
        assert of_table == sorted(
            (d.record_id, f.requirement, f.status)
            for d in decisions
            for f in d.findings
            if f.status != "not_applicable"
        )
        codes = {caution.code for decision in decisions for caution in decision.cautions}
        assert "assumed" in codes


def test_one_name_in_place_of_a_list_is_refused() -> None:
    """A text is no list of amendments, and its letters are not looked for."""
    with pytest.raises(TypeError, match="amend is a list"):
        loaded(amend="bill")
    with pytest.raises(TypeError, match="amend is a list"):
        loaded(amend=EXAMPLE)
    with pytest.raises(RulebookNotFound, match="nosuch"):
        loaded(amend=["nosuch"])
    with pytest.raises(RulebookNotFound, match="is of version 2026-11-30, not 2027"):
        loaded(amend=[f"{EXAMPLE}==2027"])
    with pytest.raises(RulebookError, match="is no amendment"):
        loaded("aava", amend=["finland"])
