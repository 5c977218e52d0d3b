"""Why an answer is as it is: in three languages, with the values read, the limits and the citations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_rulebooks import decide

import aava_rules
from aava_rules import Decision
from aava_rules.decision.decision import inside
from aava_rules.language.errors import UnknownName


def _lines(construct: str, on: str, name: str, language: str = "en", **record: Any) -> list[str]:
    return decide(construct, on, **record).explain(name, language).text().splitlines()


KEPT = {"applies": True, "exempt": False, "kept": True}


# -- requirements


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("fi", [
            "siisti: täyttyy", "  Siisti (KE-1)  [Esimerkki 1 §]", "    koskee: kyllä (annettu)",
            "    Poikkeusta ei sovelleta:", "      vapautettu: ei (annettu)",
            "    Vaatimus täyttyy:", "      noudatettu: kyllä (annettu)",
        ]),
        ("sv", [
            "städad: uppfylls", "  Städad (KE-1)  [Exempel 1 §]", "    gäller: ja (angivet)",
            "    Undantaget tillämpas inte:", "      befriad: nej (angivet)",
            "    Kravet uppfylls:", "      följd: ja (angivet)",
        ]),
        ("en", [
            "tidy: met", "  Tidy (KE-1)  [An example section 1]", "    applies: yes (given)",
            "    This exception does not apply:", "      exempt: no (given)",
            "    What is required is kept:", "      kept: yes (given)",
        ]),
    ],
)  # fmt: skip
def test_what_is_met(language: str, lines: list[str]) -> None:
    """A requirement that is met tells why it applies and what is kept."""
    assert _lines("requirements", "2020-01-01", "tidy", language, facts=KEPT) == lines


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("fi", [
            "siisti: ei täyty", "  Siisti (KE-1)  [Esimerkki 1 §]", "    koskee: kyllä (annettu)",
            "    Poikkeusta ei sovelleta:", "      vapautettu: ei (annettu)",
            "    Vaatimus ei täyty:", "      noudatettu: ei (annettu)",
        ]),
        ("sv", [
            "städad: uppfylls inte", "  Städad (KE-1)  [Exempel 1 §]", "    gäller: ja (angivet)",
            "    Undantaget tillämpas inte:", "      befriad: nej (angivet)",
            "    Kravet uppfylls inte:", "      följd: nej (angivet)",
        ]),
        ("en", [
            "tidy: broken", "  Tidy (KE-1)  [An example section 1]", "    applies: yes (given)",
            "    This exception does not apply:", "      exempt: no (given)",
            "    What is required is not kept:", "      kept: no (given)",
        ]),
    ],
)  # fmt: skip
def test_what_is_broken(language: str, lines: list[str]) -> None:
    """A requirement that is broken tells why it applies and what is not kept."""
    assert _lines("requirements", "2020-01-01", "tidy", language, facts=KEPT | {"kept": False}) == lines


def test_what_is_unknown() -> None:
    """An unknown answer tells the open tests and what is to be asked."""
    facts = {"applies": True, "kept": False}
    assert _lines("requirements", "2020-01-01", "tidy", facts=facts) == [
        "tidy: not known", "  Open: Tidy (KE-1)  [An example section 1]", "    exempt: not known",
        "  To be asked: exempt",
    ]  # fmt: skip
    assert _lines("requirements", "2020-01-01", "tidy", "fi", facts=facts) == [
        "siisti: ei tiedossa", "  Ratkaisematta: Siisti (KE-1)  [Esimerkki 1 §]", "    vapautettu: ei tiedossa",
        "  Kysyttävä: vapautettu",
    ]  # fmt: skip
    assert _lines("requirements", "2020-01-01", "tidy", "sv", facts=facts)[-1] == "  Fråga: befriad"


def test_what_does_not_apply() -> None:
    """A requirement that does not apply tells which condition fails."""
    assert _lines("requirements", "2020-01-01", "tidy", facts={"applies": False}) == [
        "tidy: does not apply", "  Not met: Tidy (KE-1)  [An example section 1]", "    applies: no (given)",
    ]  # fmt: skip


def test_an_exception() -> None:
    """Where an exception holds, it is the exception that is told."""
    facts = {"applies": True, "exempt": True, "kept": False}
    for language, said in (
        ("fi", "Poikkeusta sovelletaan:"),
        ("sv", "Undantaget tillämpas:"),
        ("en", "An exception applies:"),
    ):
        lines = _lines("requirements", "2020-01-01", "tidy", language, facts=facts)
        assert len(lines) == 3
        assert lines[1].strip().startswith(said)
    assert lines[2] == "    exempt: yes (given)"


def test_each_item_has_its_own_explanation() -> None:
    """A requirement of items is told item by item, and one of them by its key."""
    periods = [
        {"id": "p", "kind": "rehabilitative_work", "days_per_week": 4, "client_consents": False},
        {"id": "q", "kind": "rehabilitative_work", "days_per_week": 3},
    ]
    decision = decide("requirements", "2020-01-01", periods=periods)
    both = decision.explain("short_week", "en").text().splitlines()
    assert [line for line in both if not line.startswith(" ")] == [
        "a short week (periods[id=p].days_per_week): broken", "a short week (periods[id=q].days_per_week): met",
    ]  # fmt: skip
    one = decision.explain("short_week@periods:q", "en").text().splitlines()
    assert one == both[both.index(one[0]) :]
    assert one[-2].endswith("3 days a week – required: at most 3 days a week  [An example section 1]")
    assert one[-1] == "  It would be otherwise with: days per week: 4 days a week (then: not known)"


# -- outcomes


def test_a_yes_tells_the_least_that_makes_it_so() -> None:
    """Of an any that several tests satisfy, one is enough."""
    lines = _lines("kleene", "2020-01-01", "either", facts={"sun": True, "rain": True})
    assert lines == [
        "sun or rain: yes", "  Sun or rain (WE-2)  [An example section 2]", "    the sun shines: yes (given)",
    ]  # fmt: skip


def test_a_no_tells_the_least_that_fails() -> None:
    """Of an all that fails in several tests, one is enough."""
    lines = _lines("kleene", "2020-01-01", "both", facts={"sun": False, "rain": False})
    assert lines == [
        "sun and rain: no", "  Not met: Sun and rain (WE-1)  [An example section 1]", "    the sun shines: no (given)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("fi", "suunta: ristiriita"), ("sv", "riktning: motstridigt"),
        ("en", "direction: conflict"),
    ],
)  # fmt: skip
def test_a_conflict_tells_every_side(language: str, heading: str) -> None:
    """Rules that contradict one another are all told, each with what makes it hold."""
    facts = {"left_sign": True, "right_sign": True, "second_left_sign": False}
    lines = _lines("conflict", "2020-01-01", "direction", language, facts=facts)
    assert lines[0] == heading
    assert [("SI-1" in line, "SI-3" in line) for line in lines[1::2]] == [(True, False), (False, True)]
    assert len(lines) == 5


def test_an_answer_that_reads_a_conflict_says_so() -> None:
    """What is unknown because of a conflict below names the conflict."""
    facts = {"left_sign": True, "right_sign": True, "second_left_sign": False}
    lines = _lines("conflict", "2020-01-01", "turns_left", facts=facts)
    assert lines[-1] == "    direction: conflict – required: left"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "Tämän päivän lakia ei ole tarkistettu: Uusi laki"),
        ("sv", "Lagen för denna dag har inte kontrollerats: Ny lag"),
        ("en", "The law of this day has not been verified: A new act"),
    ],
)  # fmt: skip
def test_doubt_names_the_successor(language: str, said: str) -> None:
    """An answer that nobody can give tells why, and what is expected to come."""
    lines = _lines("doubt", "2021-01-01", "whole", language, facts={"a": True})
    assert lines[1:] == [f"  {said}"]


def test_a_rule_in_doubt_says_so() -> None:
    """Where one rule is in doubt it is named, and no fact is asked for."""
    assert _lines("doubt", "2021-01-01", "by_rule", facts={"a": False, "b": False})[1:] == [
        "  The law of this day has not been verified: A partial reform",
        "    Open: A doubted rule (PA-2)  [An example section 4]",
    ]


def test_judgement_is_named() -> None:
    """What an official must judge is told, with the fact that records it if there is one."""
    assert _lines("judgement", "2020-01-01", "early_start", facts={"age": 24})[1:] == [
        "  Open: An early start for the young (DE-1)  [An example section 1]",
        "    It calls for an official's judgement.", "  To be asked: the authority supports it",
    ]  # fmt: skip
    assert _lines("judgement", "2020-01-01", "special_help", facts={"needy": True})[2:] == [
        "    It calls for an official's judgement."
    ]
    decided = _lines("judgement", "2020-01-01", "early_start", facts={"age": 24, "support_early_start": True})
    assert decided[-2] == "    the authority supports it: yes (given)"


def test_the_same_answer_either_way() -> None:
    """Where no rule alone is settled but the answer is, the facts that settle it are told, and the rules between."""
    facts = {"subsidy_days": 500}
    assert _lines("needless_questions", "2020-01-01", "eligible", facts=facts) == [
        "eligible: yes", "  The answer is the same whatever the missing facts are:",
        "    days of subsidy: 500 days (given)", "  Young (AN-1)  [An example section 1]",
        "  Other (AN-2)  [An example section 2]", "  It would be otherwise with: days of subsidy: 499 days (then: not known)",
    ]  # fmt: skip
    assert _lines("needless_questions", "2020-01-01", "eligible", "fi", facts=facts)[1] == (
        "  Vastaus on sama, olivatpa puuttuvat tiedot mitä tahansa:"
    )
    assert _lines("needless_questions", "2020-01-01", "eligible", "sv", facts=facts)[1] == (
        "  Svaret är detsamma oavsett vad de saknade uppgifterna är:"
    )


def test_exceptions_that_do_not_apply_are_told() -> None:
    """A rule that another one would override holds because that one does not."""
    lines = _lines("overrides", "2020-06-01", "dated", facts={"a": True, "b": False})
    assert lines[3:] == [
        "    This exception does not apply: An exception of 2020 (CH-6)  [An example section 6]", "      b: no (given)",
    ]  # fmt: skip


def test_an_exception_that_is_not_in_force_is_not_told() -> None:
    """Outside its time an exception is no reason."""
    assert _lines("overrides", "2021-01-01", "dated", facts={"a": True, "b": False})[3:] == []


def test_an_answer_that_an_override_takes_away() -> None:
    """An overridden rule is told with the one that takes precedence, also where that one says nothing."""
    facts = {"a": True, "b": True, "c": False, "d": False}
    for name in ("extra", "labels"):
        lines = _lines("overrides", "2020-01-01", name, facts=facts)
        assert lines[1] == "  The second (CH-2)  [An example section 2]"
        assert "    It takes precedence over: The first (CH-1)" in lines


def test_an_empty_set_tells_what_fails() -> None:
    """A set without words tells the rule that would have given one, and a fallback what made it speak."""
    facts = {"a": False, "b": False}
    for name, heading in (("bare_set", "bare set: none"), ("marks", "marks: nothing")):
        lines = _lines("otherwise", "2020-01-01", name, facts=facts)
        assert lines == [heading, "  Not met: The answer (AN-1)  [An example section 1]", "    a: no (given)"]


def test_an_answer_out_of_force_tells_its_days() -> None:
    """Where no rule is in force the days of the rules are told."""
    lines = _lines("otherwise", "2019-12-31", "late", facts={"a": True})
    assert lines == ["late: does not apply", "  The later one: in force 1 January 2020–  [An example section 3]"]
    lines = _lines("in_force", "2021-01-01", "until_only", "fi")
    assert lines[1] == "  Saakka: voimassa –31.12.2020  [Esimerkki 2 §]"


def test_a_rule_whose_number_is_gone_tells_the_number() -> None:
    """A rule that is out of force because its parameter has no value says which one."""
    assert _lines("in_force", "2022-06-01", "few", facts={"count": 9})[1] == (
        "  Few: has no value on 1 June 2022: limit  [An example section 9]"
    )


def test_a_given_answer_says_that_it_is_given() -> None:
    """An official's decision needs no rules."""
    assert _lines("conflict", "2020-01-01", "direction", facts={"direction": "left"}) == [
        "direction: left", "  The answer was given ready-made (an official's decision).",
    ]  # fmt: skip


# -- limits, origins and derived facts


def test_a_limit_tells_since_when_it_holds() -> None:
    """A dated number comes with its day and its own source; one that always held has no day."""
    lines = _lines("in_force", "2021-06-01", "few", facts={"count": 9})
    assert lines[-1] == (
        "      count: 9 times (given) – required: at most 2 times (in force since 1 January 2021)"
        "  [An example section 2]"
    )
    lines = _lines("in_force", "2021-06-01", "few", "fi", facts={"count": 9})
    assert "ehto: enintään 2 kertaa (voimassa 1.1.2021 alkaen)" in lines[-1]
    lines = _lines("cautions", "2020-06-01", "grown_up", facts={"age": 18})
    assert "since" not in lines[-1]


def test_a_limit_is_that_of_the_judged_day() -> None:
    """A period that began under the old limit is explained by it."""
    lines = _lines("judged_on", "2016-01-01", "week_at_start", periods=[{"start": "2015-06-30", "days_per_week": 5}])
    assert lines[-2].endswith("at most 5 days a week (in force since 1 January 2010)  [An example section 1]")


def test_an_age_tells_the_day_of_birth() -> None:
    """A worked-out age names the day of birth, a given one does not."""
    lines = _lines("cautions", "2020-06-01", "grown_up", client={"birth_date": "2002-06-02"})
    assert lines[-2].startswith("    age: 17 years (born 2 June 2002) – required: at least 18 years")
    lines = _lines("cautions", "2020-06-01", "grown_up", "sv", client={"birth_date": "2002-06-02"})
    assert "ålder: 17 år (född 2.6.2002)" in lines[-2]


def test_a_total_tells_its_rows() -> None:
    """A total names the rows that it counted, with as many days of each as can lie in the window."""
    across = {"start": "2020-02-27", "end": "2020-03-04", "days": 4}
    inside = {"start": "2020-05-04", "end": "2020-05-05", "days": 2}
    outside = {"start": "2019-05-06", "end": "2019-05-07", "days": 2}
    other = {"start": "2020-05-04", "end": "2020-05-05", "days": 2, "kind": "social_assistance"}
    reason = {"kind": "labour_market_subsidy", "because_of_unemployment": True}
    rows = [reason | across, reason | inside, reason | outside, reason | other]
    lines = _lines("totals", "2021-03-01", "enough", benefits=rows)
    assert lines[-1].startswith(
        "    days in a year: 4–5 benefit days (27 February 2020–4 March 2020: 2–3, 4 May 2020–5 May 2020: 2) – required"
    )


def test_a_total_of_many_rows_says_how_many_more() -> None:
    """A line names a few rows and counts the others."""
    rows = [{"start": f"2020-05-{day:02}", "end": f"2020-05-{day:02}", "days": 1} for day in (4, 5, 6, 7, 8, 11)]
    lines = _lines("totals", "2021-03-01", "in_all", benefits=rows)
    assert lines[-1].endswith("7 May 2020–7 May 2020: 1 and 2 more)")
    assert _lines("totals", "2021-03-01", "in_all", "fi", benefits=rows)[-1].endswith("ja 2 muuta)")


def test_a_derived_fact_tells_what_it_follows_from() -> None:
    """A fact that an expression derives is explained by the test in it, of the client and of an item."""
    rows = [{"start": "2020-05-04", "end": "2020-05-08", "days": 5}]
    lines = _lines("cautions", "2020-06-01", "by_derived_fact", benefits=rows)
    assert lines[-1].startswith("  Caution: ")
    assert lines[-3:-1] == [
        "    over the limit: no (worked out)",
        "      days: 5 benefit days (4 May 2020–8 May 2020: 5) – required: over 5 benefit days  [An example section 3]",
    ]
    plans = [{"id": "a", "options": ["training"]}]
    lines = _lines("item_facts", "2020-06-01", "choice", facts={"urgent": False}, plans=plans)
    assert lines[-2:] == ["      a choice: no", "        options: 1 – required: over 1"]


def test_a_computed_answer_tells_what_it_is_worked_out_from() -> None:
    """The operands stand below the rule, numbers of the rulebook with their source."""
    assert _lines("computed", "2020-01-01", "amount", facts={"worked_days": 3}) == [
        "amount: 27.45 euros", "  The amount (SU-1)  [An example section 1]",
        "    daily rate: 9.15 euros a day  [An example section 2]", "    days worked: 3 days (given)",
    ]  # fmt: skip
    assert _lines("computed", "2020-01-01", "amount", "fi", facts={"worked_days": 3})[0] == "määrä: 27,45 euroa"
    assert _lines("computed", "2020-01-01", "amount")[-2:] == [
        "    days worked: not known", "  To be asked: days worked",
    ]  # fmt: skip


def test_bounds_are_told_as_bounds() -> None:
    """What is only known to be at least a number is told so."""
    facts = {"days": {"at_least": 300}}
    assert "days: at least 300 days (given)" in _lines("numbers", "2020-01-01", "many", facts=facts)[-1]
    assert "vähintään 300 päivää" in _lines("numbers", "2020-01-01", "many", "fi", facts=facts)[-1]
    assert "minst 300 dagar" in _lines("numbers", "2020-01-01", "many", "sv", facts=facts)[-1]


# -- steps


def test_a_step_tells_every_reason() -> None:
    """A suggested step tells each rule that suggests it."""
    facts = {"wanted": True, "busy": False, "urgent": True, "asked_on": "2020-01-01", "alarm_on": "2020-01-02"}
    lines = _lines("suggestions", "2020-01-20", "visit", facts=facts)
    assert lines[0] == "visit: a next step"
    assert [line for line in lines if line.startswith("  ") and not line.startswith("   ")] == [
        "  A visit that is wanted (VI-1)  [An example section 1]", "  An urgent visit (VI-2)  [An example section 2]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("fi", "kirjaa ikä: ei nyt ajankohtainen"), ("sv", "anteckna åldern: inte aktuellt nu"),
        ("en", "note the age: not a next step"),
    ],
)  # fmt: skip
def test_a_step_that_is_not_suggested_tells_why(language: str, heading: str) -> None:
    """A step that is not to be taken tells what fails."""
    lines = _lines("suggestions", "2020-01-20", "note_age", language, facts={"wanted": False})
    assert lines[0] == heading
    assert len(lines) == 3


def test_a_step_that_may_be_taken_tells_what_is_open() -> None:
    """A step whose conditions are unknown tells what to ask."""
    assert _lines("suggestions", "2020-01-20", "ask_age", facts={"busy": False})[-1] == "  To be asked: wanted"


# -- the tree


def test_the_tree_has_the_values_that_were_read() -> None:
    """Every leaf names the facts it read, their values and where they come from."""
    rows = [{"start": "2020-05-04", "end": "2020-05-08", "days": 5}]
    client = {"birth_date": "2002-06-02"}
    decision = decide("cautions", "2020-06-01", client=client, benefits=rows, facts={"a": True})
    read = {
        name: [one for tree in decision.explain(name).trees for leaf in tree.leaves() for one in leaf.reads]
        for name in ("grown_up", "verified", "by_unverified_number")
    }
    assert read["grown_up"] == [
        {"fact": "age", "where": "", "value": 17, "origin": "derived"},
        {"fact": "age", "where": "", "value": 18, "origin": "supposed"},
    ]
    assert read["verified"] == [{"fact": "a", "where": "", "value": True, "origin": "given"}]
    assert read["by_unverified_number"] == [{"fact": "days_in_all", "where": "", "value": 5, "origin": "derived"}]


def test_the_tree_is_json_in_three_languages() -> None:
    """The tree can be stored, and shown later in any language."""
    explanation = decide("requirements", "2020-01-01", facts=KEPT).explain("tidy", "sv")
    stored = json.loads(json.dumps(explanation.to_dict()))
    (tree,) = stored["trees"]
    assert tree["text"] == {"fi": "siisti: täyttyy", "sv": "städad: uppfylls", "en": "tidy: met"}
    assert [child["kind"] for child in tree["children"]] == ["rule"]
    assert tree["children"][0]["citations"][0]["cite"] == "sample.1"
    assert explanation.text("fi").splitlines()[0] == "siisti: täyttyy"
    assert str(explanation).splitlines()[0] == "städad: uppfylls"


def test_a_name_that_the_decision_does_not_answer_is_refused() -> None:
    """A typing mistake gets the nearest name."""
    with pytest.raises(UnknownName, match="tidy"):
        decide("requirements", "2020-01-01").explain("tidi")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PL-40", "It answers days_per_week_max: explain one of these."),
        ("rule:PL-40", "It answers days_per_week_max: explain one of these."),
        ("päivien enimmäismäärä viikossa", "Did you mean days_per_week_max?"),
        ("Kuuluu kohderyhmään", "Did you mean target_group?"),
        ("giraffe", ""),
    ],
)
def test_what_may_be_explained_instead_is_told(name: str, hint: str) -> None:
    """A rule or a ruleset tells what it answers, and a title whose it is."""
    decision = aava_rules.load("finland", plugins=False).decide({"id": "x"}, "2015-09-15")
    with pytest.raises(UnknownName) as caught:
        decision.explain(name)
    assert str(caught.value) == f"The decision has no answer named {name!r}. {hint}".strip()


def test_a_count_that_is_just_enough_tells_so() -> None:
    """Where one day more or less would turn the answer, the explanation says with which count; else it says nothing."""
    edge = "  It would be otherwise with: days of subsidy: 499 days (then: not known)"
    assert _lines("needless_questions", "2020-01-01", "eligible", facts={"subsidy_days": 500})[-1] == edge
    assert edge not in _lines("needless_questions", "2020-01-01", "eligible", facts={"subsidy_days": 501})


def test_an_exception_that_is_open() -> None:
    """What is required is kept, so the answer stands; that the exception is open is told, lest it be overlooked."""
    facts = {"applies": True, "kept": True}
    assert _lines("requirements", "2020-01-01", "tidy", facts=facts) == [
        "tidy: met", "  Tidy (KE-1)  [An example section 1]", "    applies: yes (given)",
        "    It is not known whether this exception applies:", "      exempt: not known",
        "    What is required is kept:", "      kept: yes (given)",
    ]  # fmt: skip
    for language, said in (("fi", "Ei tiedetä, sovelletaanko"), ("sv", "Det är inte känt om detta undantag")):
        assert any(
            line.strip().startswith(said)
            for line in _lines("requirements", "2020-01-01", "tidy", language, facts=facts)
        )


TITLE = "title: {fi: x, sv: x, en: x}"
TWO_RULES = f"""
ruleset: r
{TITLE}
rules:
  - {{id: K-1, {TITLE}, unless: [any: [b, c]], requirement: k, require: [a], cite: book}}
  - {{id: K-2, {TITLE}, when: [c], unless: [b], requirement: k, require: [a], cite: book}}
"""


def _of_rules(rules: str, folder: Path, facts: dict[str, bool]) -> Decision:
    """What is decided by rules on the requirement `k`, of the facts `a`, `b` and `c`."""
    book = folder / "book"
    (book / "r").mkdir(parents=True)
    names = "".join(f"  {name}: {{type: boolean, {TITLE}}}\n" for name in "abc")
    files = {
        "rulebook.yaml": f'rulebook: book\nversion: "1"\n{TITLE}\nweight: law\n',
        "sources.yaml": f"book: {{{TITLE}}}\n",
        "vocabulary.yaml": f"facts:\n{names}requirements:\n  k: {{each: client, {TITLE}}}\n",
        "r/rules.yaml": rules,
    }
    for name, text in files.items():
        (book / name).write_text(text, encoding="utf-8")
    return aava_rules.load(book).decide({"id": "R", "facts": facts}, on="2020-01-01")


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        ({"a": True}, "met", "What is required is kept or does not apply, whatever the missing facts are:"),
        ({"a": True, "b": False}, "met", "The answer is the same whatever the missing facts are:"),
        ({"a": False, "b": False}, "broken", "The answer is the same whatever the missing facts are:"),
    ],
)
def test_what_is_kept_by_several_rules(tmp_path: Path, facts: dict[str, Any], status: str, said: str) -> None:
    """Where an exception to all of them is open, the answer may still be that the requirement does not apply."""
    decision = _of_rules(TWO_RULES, tmp_path, facts)
    assert [one.status for one in decision.findings] == [status]
    assert decision.explain("k", "en").text().splitlines()[1].strip() == said


DOUBTED = f"""
ruleset: r
{TITLE}
rules:
  - {{id: K-1, {TITLE}, requirement: k, when: [b], require: [a], in_doubt_from: 2019-01-01, in_doubt_where: [c], cite: book}}
"""


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"a": True, "b": True, "c": False}, "met"),
        ({"b": False, "c": False}, "not_applicable"),
        ({"a": True, "b": True}, "unknown"),
        ({"b": False}, "unknown"),
    ],
)
def test_why_a_doubt_does_not_concern_an_answer_is_told(tmp_path: Path, facts: dict[str, Any], status: str) -> None:
    """Where the law of a rule is in doubt for some, what keeps it from being so here belongs to the answer."""
    decision = _of_rules(DOUBTED, tmp_path, facts)
    assert [one.status for one in decision.findings] == [status]
    (tree,) = decision.explain("k").trees
    named = {read["fact"] for leaf in tree.leaves() for read in leaf.reads if read["origin"] != "unknown"}
    assert status == "unknown" or named == facts.keys()


OVERRIDING = f"""
ruleset: r
{TITLE}
rules:
  - {{id: K-1, {TITLE}, requirement: k, require: [a], cite: book}}
  - {{id: K-2, {TITLE}, requirement: k, require: [b], unless: [c], overrides: [K-1], cite: book}}
"""


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"a": True, "b": True}, "met"),
        ({"b": True}, "unknown"),  # with the exception K-1 counts
        ({"b": True, "c": False}, "met"),
        ({"a": True, "c": True}, "met"),
    ],
)
def test_a_rule_that_may_be_excepted_need_not_override(tmp_path: Path, facts: dict[str, Any], status: str) -> None:
    """Where the exception to a rule is open, it is told that the one below it is not broken either."""
    decision = _of_rules(OVERRIDING, tmp_path, facts)
    assert [one.status for one in decision.findings] == [status]
    (tree,) = decision.explain("k").trees
    named = {read["fact"] for leaf in tree.leaves() for read in leaf.reads if read["origin"] != "unknown"}
    assert status == "unknown" or named == facts.keys()


def test_a_step_whose_exception_is_open() -> None:
    """A step is suggested while its exception is open; its own rule is told, with what is not known."""
    events = [
        {"step": "client_relationship_starts", "on": "2024-01-10"},
        {"step": "responsible_worker_named", "on": "2024-01-11"},
    ]
    aava = aava_rules.load("aava")
    told = {}
    for name, plans in (
        ("open", {}),
        ("none", {"plans": []}),
        ("made", {"plans": [{"kind": "activation_plan", "made_on": "2024-01-20"}]}),
    ):
        decision = aava.decide({"id": "R", "events": events, **plans}, on="2024-02-01")
        assert ("first_meeting" in [one.step for one in decision.next_steps]) == (name != "made")
        told[name] = decision.explain("first_meeting", "en").text().splitlines()
    head = "  The first meeting with the responsible worker (CP-30)"
    assert told["open"][1].startswith(head)
    assert told["open"][-2:] == [
        "    It is not known whether this exception applies:",
        "      First activation plan: not known",
    ]
    assert told["none"][:-2] == told["open"][:-2]
    assert told["none"][-2:] == ["    This exception does not apply:", "      First activation plan: no"]


def test_the_days_of_an_item_are_named_with_the_day_on_which_it_is_judged() -> None:
    """A requirement of a period that begins later is judged on its first day, and the explanation names that field."""
    period = {"id": "p", "kind": "rehabilitative_work", "bought_part": "support_and_guidance", "start": "2022-05-03"}
    decision = aava_rules.load("aava", plugins=False).decide({"id": "x", "periods": [period]}, "2020-01-02")
    (tree,) = decision.explain("not_bought_from_company").trees
    (judged,) = [node for node in tree.children if node.kind == "judged"]
    assert ("periods[id=p].start", "2022-05-03") in [(read["where"], read["value"]) for read in judged.reads]


def test_of_a_day_that_is_not_known_every_law_that_may_count_is_explained() -> None:
    """A plan of unknown day was made before its entries were asked for, or is a joint plan: both are told."""
    plan = {"id": "p", "kind": "joint_plan"}
    decision = aava_rules.load("finland", plugins=False).decide({"id": "x", "plans": [plan]}, "2011-08-31")
    (tree,) = decision.explain("requirement:plan_background").trees
    assert (
        next(state for state in inside(decision).states if state.name == "plan_background").status == "not_applicable"
    )
    assert "plans[id=p].kind" in [read["where"] for leaf in tree.leaves() for read in leaf.reads]


@pytest.mark.parametrize(("on", "rule"), [("2026-01-31", "CO-140"), ("2026-02-01", "CO-143"), ("2026-05-01", "CO-143")])
def test_a_value_that_is_worked_out_from_the_days_of_its_rule(on: str, rule: str) -> None:
    """What a rule computes from the day on which it begins is explained with that day, in three languages."""
    facts = {"conduct_on": "2014-02-10", "refuses_plan": True, "unemployed": True, "subsidy_entitled": True}
    decision = aava_rules.load("finland", plugins=False).decide({"id": "x", "facts": facts}, on)
    assert decision.outcomes["basic_amount_cut_ends_on"].status == "unknown"
    for language, months in (("fi", "2 kuukautta"), ("sv", "2 månader"), ("en", "2 months")):
        told = decision.explain("basic_amount_cut_ends_on", language).text()
        assert f"({rule})" in told
        assert months in told
