"""`Rulebook.month_of`: days payable, compensation, the state's reimbursement and absences, as far as they are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.decision.months.attendance import Absence
from aava_rules.decision.months.month import Month, month_named, months_between
from aava_rules.decision.months.weeks import WeekDay, beyond, extremes, within

FINLAND = aava_rules.load("finland", plugins=False)
ALLOWANCE = {"compensated_benefit": "social_assistance", "raised_compensation_grounds": False}
BENEFIT = {"compensated_benefit": "unemployment_benefit"}
WORK = {"id": "w", "kind": "rehabilitative_work", "start": "2001-09-03"}


def record(*attended: str, facts: dict[str, Any] = BENEFIT, **period: Any) -> dict[str, Any]:
    """A client with one period, attended on some days."""
    return {"id": "m", "facts": facts, "periods": [WORK | {"attended_on": list(attended)} | period]}


def month(client: dict[str, Any], name: str = "2024-05", on: str = "2024-06-03", **options: Any) -> Month:
    return FINLAND.month_of(client, name, on=on, **options)


def bounds(count: Any) -> tuple[Any, Any]:
    return count.at_least, count.at_most


# -- amounts, by the law of the day


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        ("2001-09-03", "5.05"), ("2002-12-31", "5.05"), ("2003-01-02", "7.00"), ("2003-12-31", "7.00"),
        ("2004-01-02", "8.00"), ("2009-12-31", "8.00"), ("2010-01-04", "9.00"), ("2012-12-31", "9.00"),
        ("2013-01-02", "9.00"), ("2023-01-02", "9.00"), ("2025-12-31", "9.00"),
    ],
)  # fmt: skip
def test_a_day_is_paid_by_the_law_of_that_day(day: str, amount: str) -> None:
    """The activity allowance on both sides of each change, and the state's reimbursement, which never changed."""
    told = month(record(day, facts=ALLOWANCE), day, on="2026-01-15")
    assert told.compensation.at_least == told.compensation.at_most == Decimal(amount)
    assert bounds(told.reimbursement) == (Decimal("10.09"),) * 2
    assert told.compensation.status == "known"
    assert told.missing == ()


def test_before_the_act_there_is_no_rule() -> None:
    """August 2001: neither amounts nor a limit, and nothing is asked."""
    told = month(record("2001-08-31", facts=ALLOWANCE, start="2001-08-01"), "2001-08")
    assert (told.compensation.status, told.reimbursement.status) == ("not_applicable", "not_applicable")
    assert (told.week_limits, told.missing) == ((), ())


def test_answers_after_the_law_that_was_read_carry_a_caution() -> None:
    """2026 has the amounts of the last text that was read, and says so; 2025 has no caution."""
    late = month(record("2026-02-02"), "2026-02", on="2026-03-02")
    assert late.compensation.at_least == Decimal("9.00")
    assert "presumed" in {caution.code for caution in late.cautions}
    assert month(record("2025-12-01"), "2025-12", on="2026-03-02").cautions == ()


def test_an_amount_that_waits_for_a_fact_is_not_known_and_asks_for_it() -> None:
    """Without the benefit there is no bound; the state's reimbursement does not wait for it."""
    told = month(record("2024-05-06", facts={}))
    assert told.compensation.status == "unknown"
    assert bounds(told.compensation) == (None, None)
    assert "facts_missing" in told.compensation.reasons
    assert "facts.compensated_benefit" in {field for fact in told.missing for field in fact.fields}
    assert told.reimbursement.status == "known"
    assert "not known" in told.text("en")


def test_of_no_days_nothing_is_paid_whatever_the_benefit() -> None:
    """Nothing is asked for a month without a day of participation."""
    told = month(record(facts={}))
    assert bounds(told.compensation) == (Decimal("0.00"), Decimal("0.00"))
    assert told.missing == ()


def test_stated_days_and_sums_are_not_read() -> None:
    """``attended_days`` and sums that the record states are of other days; the payer's decision on the raised amount counts."""
    stated = {"attended_days": 20, "compensation": "500.00", "state_reimbursement": "1.00", "absence_paid": True}
    raised = {"compensated_benefit": "social_assistance", "raised_compensation_grounds": True}
    told = month(record("2024-05-06", "2024-05-07", facts=stated | raised | {"raised_allowance_accepted": True}))
    assert bounds(told.compensation) == (Decimal("36.00"),) * 2
    assert bounds(told.reimbursement) == (Decimal("20.18"),) * 2


def test_an_amendment_changes_the_days_from_its_day_on(tmp_path: Path) -> None:
    """Ten euros and three days a week from the middle of a month: each day goes by its own law."""
    folder = tmp_path / "ten_euros"
    folder.mkdir()
    (folder / "rulebook.yaml").write_text(
        "rulebook: ten_euros\namends: finland\nstatus: assumed\nfrom: 2024-05-15\n"
        "read: {by: Example, on: 2024-01-01}\ncite: supposition\n", encoding="utf-8",
    )  # fmt: skip
    (folder / "sources.yaml").write_text(
        "supposition: {title: {fi: Oletus, sv: Antagande, en: Supposition}}\n", encoding="utf-8"
    )
    value = "status: unverified, cite: supposition.1"
    (folder / "parameters.yaml").write_text(
        f"compensation_per_day: {{values: {{2024-05-15: {{value: 10, {value}}}}}}}\n"
        f"attended_days_per_week_max: {{values: {{2024-05-15: {{value: 3, {value}}}}}}}\n", encoding="utf-8",
    )  # fmt: skip
    book = aava_rules.load("finland", plugins=False, amend=[folder])
    client = record("2024-05-13", "2024-05-14", "2024-05-15", "2024-05-16", "2024-05-20")
    told = book.month_of(client, "2024-05", on="2024-06-03")
    assert told.compensation.at_least == told.compensation.at_most == Decimal("38.00")  # 9 + 9 + 10 + 10
    assert (bounds(told.payable), bounds(told.beyond), told.week_limits) == ((4, 4), (1, 1), (4, 3))
    assert "assumed" in {caution.code for caution in told.cautions}


# -- days that count


@pytest.mark.parametrize(
    ("monday", "payable"),
    [("2015-06-22", 5), ("2015-07-06", 5), ("2015-12-14", 5), ("2016-01-11", 4), ("2021-01-11", 4)],
)
def test_a_week_counts_at_most_as_many_days_as_the_law_of_the_day_allows(monday: str, payable: int) -> None:
    """Five until the end of 2015, when older plans had been revised, then four; the others are told."""
    first = date.fromisoformat(monday)
    days = [(first + timedelta(days=number)).isoformat() for number in range(5)]
    told = month(record(*days, facts=ALLOWANCE), monday, on="2022-01-01")
    assert bounds(told.attended) == (5, 5)
    assert bounds(told.payable) == (payable, payable)
    assert bounds(told.beyond) == (5 - payable, 5 - payable)


def test_a_week_that_lies_in_two_months_is_one_week() -> None:
    """29 April to 3 May 2024: two days in April and two in May count, the third of May is beyond."""
    client = record("2024-04-29", "2024-04-30", "2024-05-01", "2024-05-02", "2024-05-03")
    april, may = FINLAND.months(client, "2024-04", "2024-05", on="2024-06-03")
    assert (bounds(april.payable), bounds(april.beyond)) == ((2, 2), (0, 0))
    assert (bounds(may.attended), bounds(may.payable), bounds(may.beyond)) == ((3, 3), (2, 2), (1, 1))


def test_a_day_of_two_periods_is_one_day() -> None:
    """Days are counted over all periods; those of an introductory period are none of the act."""
    client = record("2024-05-06", "2024-05-07")
    client["periods"].append(WORK | {"id": "other", "attended_on": ["2024-05-07", "2024-05-08"]})
    client["periods"].append(WORK | {"id": "visit", "kind": "introductory", "attended_on": ["2024-05-09"]})
    assert bounds(month(client).payable) == (3, 3)


# -- what is not known of days


def test_days_to_come_are_not_known() -> None:
    """Up to the day of attendance two days; of the rest of May at most four a week: 8-12, 13-19, 20-26, 27-31."""
    told = month(record("2024-05-06", "2024-05-07", "2024-05-20"), on="2024-05-07")
    assert bounds(told.payable) == (2, 16)
    assert bounds(told.compensation) == (Decimal("18.00"), Decimal("144.00"))
    assert told.compensation.status == "bounded"
    assert told.compensation.reasons == ("days_not_known",)
    assert told.missing == ()  # nobody can be asked for what is to come


def test_between_nine_and_thirteen_days() -> None:
    """One period has its days; of another, of the last week of the month, nobody knows."""
    client = record(*(f"2024-05-{day:02}" for day in (2, 6, 7, 8, 13, 14, 15, 20, 21)))
    client["periods"].append({"id": "late", "kind": "rehabilitative_work", "start": "2024-05-27"})
    told = month(client)
    assert bounds(told.payable) == (9, 13)
    assert bounds(told.reimbursement) == (Decimal("90.81"), Decimal("131.17"))
    assert [fact.fields for fact in told.missing] == [("periods[id=late].attended_on",)]


@pytest.mark.parametrize(
    ("client", "payable", "asked"),
    [
        ({"id": "m", "facts": BENEFIT}, (0, 20), ["periods"]),
        ({"id": "m", "facts": BENEFIT, "periods": []}, (0, 0), []),
        (record("2024-05-06", kind=None), (0, 1), ["periods[id=w].kind"]),
        (record("2024-05-06") | {"complete_from": {"periods": "2024-05-13"}}, (1, 8), ["periods"]),
        ({"id": "m", "facts": BENEFIT, "periods": [WORK], "complete": ["periods.attended_on"]}, (0, 0), []),
        ({"id": "m", "facts": BENEFIT, "periods": [WORK | {"end": "2024-05-03"}]}, (0, 3), ["periods[id=w].attended_on"]),
        ({"id": "m", "facts": BENEFIT, "periods": [{"kind": "rehabilitative_work"}]}, (0, 20), ["periods[0].attended_on"]),
    ],
)  # fmt: skip
def test_what_the_record_lacks_gives_bounds_and_is_asked(
    client: dict[str, Any], payable: tuple[int, int], asked: list[str]
) -> None:
    """The list, the kind, the days, days before the list is complete; and what is known to be none."""
    told = month(client)
    assert bounds(told.payable) == payable
    assert [field for fact in told.missing for field in fact.fields] == asked


def test_days_of_absence_are_none_of_participation() -> None:
    """They lessen what is possible where the days are not known."""
    absences = [{"on": f"2024-05-{day:02}", "reason": "incapacity"} for day in range(13, 20)]
    told = month({"id": "m", "facts": BENEFIT, "periods": [WORK]}, absences=absences)
    assert bounds(told.payable) == (0, 16)


def test_a_day_of_participation_and_of_absence_is_not_known_and_is_told() -> None:
    """Neither is taken for true."""
    told = month(record("2024-05-06", "2024-05-07"), absences=[Absence(date(2024, 5, 7), "other")])
    assert bounds(told.payable) == (1, 2)
    assert told.contradicted == (date(2024, 5, 7),)


WEEK = st.lists(
    st.tuples(st.sampled_from([True, None, None, False]), st.booleans(), st.sampled_from([(3, 3), (4, 4), (2, 5), (0, 7)])),
    min_size=1, max_size=7,
)  # fmt: skip
WORTH = st.tuples(st.integers(-3, 9), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(WEEK, st.lists(WORTH, min_size=7, max_size=7))
@example([(None, True, (4, 4))] * 5, [(9, 9)] * 7)
def test_the_bounds_of_a_week_are_those_of_all_that_may_have_been(
    days: list[tuple[bool | None, bool, tuple[int, int]]], worth: list[tuple[int, int]]
) -> None:
    """By trying every attendance, limit and worth: the least and the greatest sum are exact."""
    week = [WeekDay(*day) for day in days]
    place = {id(day): number for number, day in enumerate(week)}
    value = {id(day): worth[number] for number, day in enumerate(week)}
    computed = extremes(week, lambda day, before: within(day, before, *value[id(day)], 0), 0)
    over = extremes(week, beyond, 0)
    sums, overs = zip(*_all_ways(week, [worth[place[id(day)]] for day in week]), strict=True)
    assert computed == (min(sums), max(sums))
    assert over == (min(overs), max(overs))


def _all_ways(week: list[WeekDay], worth: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The sum, and the days beyond the limit, of everything that may have been; limits and worth are at their ends."""
    ways = [(True, False) if day.attended is None else (day.attended,) for day in week]
    for attended in product(*ways):
        low = high = low_over = high_over = count = 0
        for day, took_part, (least, most) in zip(week, attended, worth, strict=True):
            if not took_part:
                continue
            if day.counted:
                by_limit = [(least, most) if count < limit else (0, 0) for limit in set(day.limit)]
                low += min(one for pair in by_limit for one in pair)
                high += max(one for pair in by_limit for one in pair)
                low_over += count >= day.limit[1]
                high_over += count >= day.limit[0]
            count += 1
        yield low, low_over
        yield high, high_over


MAY = [date(2024, 5, 1) + timedelta(days=number) for number in range(31)]


@settings(max_examples=40)
@given(
    st.sets(st.sampled_from([*MAY, date(2024, 4, 29), date(2024, 4, 30)]), max_size=20),
    st.integers(0, 30),
    st.integers(0, 5),
    st.sets(st.sampled_from(MAY), max_size=4),
)
@example({date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1)}, 1, 4, {date(2024, 5, 3)})
def test_the_bounds_of_a_month_are_those_of_all_that_may_have_been(
    attended: set[date], start: int, length: int, absent: set[date]
) -> None:
    """By trying every attendance of the days that are not known, counted week by week: days and euros are exact."""
    client = record(*(day.isoformat() for day in attended - absent))
    first, last = MAY[start], MAY[start] + timedelta(days=length)
    client["periods"].append({"id": "open", "kind": "rehabilitative_work", "start": first, "end": last})
    told = month(client, absences=[{"on": day, "reason": "other"} for day in absent])
    unknown = [day for day in MAY if first <= day <= last and day not in attended | absent]
    payable = []
    for chosen in product((True, False), repeat=len(unknown)):
        days = (attended - absent) | {day for day, took_part in zip(unknown, chosen, strict=True) if took_part}
        weeks: dict[tuple[int, int], list[date]] = {}
        for day in sorted(days):
            weeks.setdefault(day.isocalendar()[:2], []).append(day)
        payable.append(sum(day in MAY for week in weeks.values() for day in week[:4]))
    assert bounds(told.payable) == (min(payable), max(payable))
    assert bounds(told.compensation) == (9 * min(payable), 9 * max(payable))
    assert bounds(told.reimbursement) == (Decimal("10.09") * min(payable), Decimal("10.09") * max(payable))


# -- absences


@pytest.mark.parametrize(
    ("reason", "day", "paid"),
    [
        ("incapacity", "2024-05-06", (1, 1)), ("job_interview", "2024-05-06", (1, 1)), ("other", "2024-05-06", (0, 0)),
        ("public_trust", "2015-12-31", (0, 0)), ("public_trust", "2016-01-04", (1, 1)),
        ("incapacity", "2010-01-04", (1, 1)), ("incapacity", "2009-12-31", (0, 1)), (None, "2024-05-06", (0, 1)),
    ],
)  # fmt: skip
def test_absences_are_told_by_reason(reason: str | None, day: str, paid: tuple[int, int]) -> None:
    """Both sides of each change; without a reason it is not known, and before 2010 no act was read."""
    (absence,) = month(record(), day, on="2024-06-03", absences=[{"on": day, "reason": reason}]).absences
    assert (absence.reason, absence.days) == (reason, (date.fromisoformat(day),))
    assert bounds(absence.paid) == paid


@pytest.mark.parametrize(("age", "paid"), [(9, (1, 1)), (10, (0, 0)), (None, (0, 1))])
def test_a_sick_child_is_under_ten(age: int | None, paid: tuple[int, int]) -> None:
    """Nine is paid and ten is not; of an age that is not recorded it is asked, by the day of absence."""
    absence = {"on": "2024-05-06", "reason": "child_sick", "child_age": age, "days_in_row": 1}
    told = month(record(), absences=[absence])
    assert bounds(told.absences[0].paid) == paid
    asked = [field for fact in told.missing for field in fact.fields]
    assert asked == ([] if age is not None else ["absences[on=2024-05-06].child_age"])


def test_a_sick_child_is_paid_for_four_working_days_at_a_time() -> None:
    """Tuesday to Friday and Monday, of which the fifth is not paid; the day before was one of participation."""
    days = ("2024-05-14", "2024-05-15", "2024-05-16", "2024-05-17", "2024-05-20")
    absences = [{"on": day, "reason": "child_sick", "child_age": 7} for day in days]
    (absence,) = month(record("2024-05-13"), absences=absences).absences
    assert bounds(absence.paid) == (4, 4)


def test_of_an_illness_with_days_between_it_is_not_known_how_long_it_lasted() -> None:
    """Absent on Monday, and on Friday of the same week, not to take part between: one day, or the fifth."""
    absences = [{"on": day, "reason": "child_sick", "child_age": 7} for day in ("2024-05-13", "2024-05-17")]
    told = month(record("2024-05-10"), absences=absences)
    assert bounds(told.absences[0].paid) == (1, 2)
    assert [fact.fields for fact in told.missing] == [("absences[on=2024-05-17].days_in_row",)]
    absences[1] |= {"days_in_row": 1}
    assert bounds(month(record("2024-05-10"), absences=absences).absences[0].paid) == (2, 2)


def test_a_day_of_participation_ends_an_illness() -> None:
    """Absent, there for a day, absent again: both times it is the first day."""
    absences = [{"on": f"2024-05-{day}", "reason": "child_sick", "child_age": 7} for day in (13, 14, 15, 16, 20, 21)]
    assert bounds(month(record("2024-05-10", "2024-05-17"), absences=absences).absences[0].paid) == (6, 6)


# -- what is told


def test_a_month_survives_json() -> None:
    """What `to_dict` writes as JSON, `from_dict` reads back; days and euros are texts, and every text has three languages."""
    absences = [{"on": "2024-05-13", "reason": "child_sick"}, {"on": "2024-05-06"}]
    told = month(record("2024-05-06", "2024-05-07", facts={}), absences=absences)
    form = json.loads(json.dumps(told.to_dict()))
    assert Month.from_dict(form).to_dict() == form
    assert form["reimbursement"]["at_least"] == "10.09"
    assert set(form["text"]) == {"fi", "sv", "en"}
    assert Month.from_dict(form).name == form["month"] == "2024-05"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "m, 2024-05: korvattavia päiviä 1; korvaus 9,00 euroa; valtion korvaus järjestäjälle 10,09 euroa."),
        ("sv", "m, 2024-05: dagar som ersätts 1; ersättning 9,00 euro; statlig ersättning till anordnaren 10,09 euro."),
        ("en", "m, 2024-05: days payable 1; compensation 9.00 euros; the state's reimbursement to the organiser 10.09 euros."),
    ],
)  # fmt: skip
def test_a_month_is_told_in_three_languages(language: str, sentence: str) -> None:
    """One sentence, with the numbers as the language writes them."""
    assert month(record("2024-05-06")).text(language) == sentence


def test_every_number_has_its_paragraph() -> None:
    """The limit of the week, the compensation and the reimbursement, each with rules and citations."""
    told = month(record("2024-05-06"))
    assert [cite.cite for cite in told.week_citations] == ["act-189-2001.13b.2"]
    assert (told.compensation.rules, told.reimbursement.rules) == (("MO-30",), ("MO-40",))
    assert "act-189-2001.24" in {cite.cite for cite in told.reimbursement.citations}
    assert {cite.cite for cite in told.citations} >= {"act-189-2001.13b.2", "act-189-2001.24", "act-1290-2002.10-6.2"}


# -- bad input


@pytest.mark.parametrize(
    ("absence", "place", "code"),
    [
        ({"on": "2024-05-32"}, "absences[0].on", "AR116"), ({"reason": "other"}, "absences[0].on", "AR114"),
        ({"on": "2024-05-06", "reason": "Kanarialintu"}, "absences[0].reason", "AR117"),
        ({"on": "2024-05-06", "child_age": -1}, "absences[0].child_age", "AR118"),
        ({"on": "2024-05-06", "days_in_row": 0}, "absences[0].days_in_row", "AR118"),
        ({"on": "2024-05-06", "child_age": True}, "absences[0].child_age", "AR118"),
        ({"on": "2024-05-06", "Kanarialintu": 1}, "absences[0]", "AR113"),
    ],
)  # fmt: skip
def test_a_wrong_absence_is_refused_without_its_contents(absence: dict[str, Any], place: str, code: str) -> None:
    """Each fault has its path and code, and nothing of what stood there."""
    with pytest.raises(aava_rules.RecordError) as refused:
        month(record(), absences=[absence])
    assert [(fault.place, fault.code) for fault in refused.value.faults] == [(place, code)]
    assert "Kanarialintu" not in str(refused.value)


def test_a_day_of_absence_stands_once() -> None:
    """Two reasons for one day would leave open which counts."""
    twice = [{"on": "2024-05-06", "reason": "other"}, {"on": date(2024, 5, 6), "reason": "incapacity"}]
    with pytest.raises(aava_rules.RecordError, match="twice"):
        month(record(), absences=twice)


@pytest.mark.parametrize("name", ["2024-13", "May", "1899-12", "2201-01", "2024"])
def test_what_is_no_month_is_refused(name: str) -> None:
    """With the form that is right."""
    with pytest.raises(ValueError, match="2024-05"):
        month(record(), name)


def test_months_come_in_order() -> None:
    """Both ends included; any day stands for its month; the last is not before the first."""
    assert months_between("2023-12", date(2024, 2, 20)) == (date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))
    assert month_named(date(2024, 2, 29)) == month_named("2024-02") == month_named("2024-02-10") == date(2024, 2, 1)
    assert [told.name for told in FINLAND.months(record(), "2023-12", "2024-01", on="2024-06-03")] == [
        "2023-12",
        "2024-01",
    ]
    with pytest.raises(ValueError, match="before the first"):
        FINLAND.months(record(), "2024-02", "2024-01")


def test_a_rulebook_that_answers_no_months_says_what_it_lacks() -> None:
    """A small rulebook has neither amounts nor a limit of the week."""
    book = aava_rules.load(Path(__file__).parents[1] / "language" / "gaps", plugins=False)
    with pytest.raises(aava_rules.UnknownName):
        book.month_of({"id": "m"}, "2024-05")
