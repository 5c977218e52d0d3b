"""What a month gives: days payable, compensation, the state's reimbursement, absences, each as far as it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from aava_rules.decision.answers import Outcome, state_of
from aava_rules.decision.missing import Missing
from aava_rules.decision.months.attendance import Absence, Attendance
from aava_rules.decision.months.weeks import WeekDay, beyond, extremes, within
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.decision.text.values import format_quantity, format_value, label
from aava_rules.language.dates import ONE_DAY, add_months, parse_day
from aava_rules.language.structs import Struct
from aava_rules.language.texts import Texts
from aava_rules.language.values import FIRST_DAY, LANGUAGES, LAST_DAY, Interval
from aava_rules.record import Record
from aava_rules.rulebook.model import Parts

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision
    from aava_rules.decision.look_ahead import LookAhead

COMPENSATION: Final = "compensation"
REIMBURSEMENT: Final = "state_reimbursement"
ABSENCE: Final = "absence_paid"
WEEK: Final = "attended_days_per_week"
ANSWERS: Final = (COMPENSATION, REIMBURSEMENT, ABSENCE, WEEK)
"""What a rulebook answers of a month: amounts for `DAYS`, whether benefit is paid for an absence, and what a week may
have."""
DAYS: Final = "attended_days"
REASON: Final = "absence_reason"
CHILD_AGE: Final = "absence_child_age"
IN_A_ROW: Final = "absence_days_in_row"
_ABSENCE_KEYS: Final = {REASON: "reason", CHILD_AGE: "child_age", IN_A_ROW: "days_in_row"}
_WEEK_DAYS: Final = 7
_NOTHING: Final = Decimal("0.00")

AmountStatus = Literal["known", "bounded", "unknown", "not_applicable"]


class DayCount(Struct):
    """A number of days that lies between two bounds, which may be the same: ``at_least`` and ``at_most``."""

    at_least: int
    at_most: int

    @property
    def known(self) -> bool:
        """Whether it is one number."""
        return self.at_least == self.at_most

    def text(self, language: str = "fi") -> str:
        """The number as it is written in ``language``, or its bounds."""
        value = self.at_least if self.known else Interval(self.at_least, self.at_most)
        return format_value(value, "", language, {})

    def to_dict(self) -> dict[str, int]:
        """The bounds as JSON has them."""
        return {"at_least": self.at_least, "at_most": self.at_most}


class Amount(Struct):
    """An amount of money of a month.

    Attributes:
        at_least, at_most: its bounds in euros; None: nothing bounds it. The same where it is known.
        rules: the rules that decide the amount for a day, by id.
        citations: their paragraphs.
        reasons: why it is not known, as of an outcome (``facts_missing``, ``law_not_verified``...); with
            ``days_not_known``, since it is not known on which days the client took part.
        applies: whether the rulebook has an answer for such days at all.
    """

    at_least: Decimal | None
    at_most: Decimal | None
    rules: tuple[str, ...]
    citations: tuple[Citation, ...]
    reasons: tuple[str, ...]
    applies: bool = True

    @property
    def status(self) -> AmountStatus:
        """``known``, ``bounded``, ``unknown``, or ``not_applicable``: no rule gives anything for such days."""
        if not self.applies:
            return "not_applicable"
        if self.at_least is None or self.at_most is None:
            return "unknown"
        return "known" if self.at_least == self.at_most else "bounded"

    def text(self, language: str = "fi") -> str:
        """The amount in words of ``language``."""
        if self.status in ("unknown", "not_applicable"):
            return text(f"answer.{self.status}", language)
        if self.status == "known":
            return format_quantity(self.at_least, "EUR", language)
        return format_value(Interval(self.at_least, self.at_most), "EUR", language, {})

    def to_dict(self) -> dict[str, Any]:
        """The amount as JSON has it, euros as texts."""
        return {
            "status": self.status, "at_least": _euros(self.at_least), "at_most": _euros(self.at_most),
            "rules": list(self.rules), "citations": [cite.to_dict() for cite in self.citations],
            "reasons": list(self.reasons),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Amount:
        """The amount that `to_dict` gave as ``form``. Raises KeyError and ValueError as `Month.from_dict` does."""
        low, high = (None if form[key] is None else Decimal(form[key]) for key in ("at_least", "at_most"))
        cites = tuple(map(Citation.from_dict, form["citations"]))
        return cls(low, high, tuple(form["rules"]), cites, tuple(form["reasons"]), form["status"] != "not_applicable")


def _euros(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


class MonthAbsence(Struct):
    """The days of absence of a month for one reason.

    Attributes:
        reason: the reason as a word; None: it is not recorded.
        days: the days.
        paid: for how many of them unemployment benefit is paid.
        rules: the rules that decide so.
        citations: their paragraphs.
    """

    reason: str | None
    days: tuple[date, ...]
    paid: DayCount
    rules: tuple[str, ...]
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        """The absences as JSON has them."""
        return {
            "reason": self.reason, "days": [day.isoformat() for day in self.days], "paid": self.paid.to_dict(),
            "rules": list(self.rules), "citations": [cite.to_dict() for cite in self.citations],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> MonthAbsence:
        """The absences that `to_dict` gave as ``form``. Raises KeyError and ValueError as `Month.from_dict` does."""
        days = tuple(map(date.fromisoformat, form["days"]))
        cites = tuple(map(Citation.from_dict, form["citations"]))
        return cls(form["reason"], days, DayCount(**form["paid"]), tuple(form["rules"]), cites)


class Month(Struct):
    """What a month gives for one client.

    Attributes:
        record_id: the id of the record.
        first: the first day of the month.
        on: the day up to which attendance counts; of later days it is not known.
        attended: how many days of participation the month has.
        payable: how many of these count: at most so many in a calendar week as the law of the day allows.
        beyond: how many are beyond that.
        week_limits: how many days of a calendar week count by the law of the month's days, in their order.
        week_citations: the paragraphs that say so.
        compensation: what is paid to the client for the days that count.
        reimbursement: what the state pays to the organiser for them.
        absences: the days of absence, by reason.
        contradicted: days that are given both as days of participation and of absence: of these it is not known.
        missing: what to ask so that it is known.
        cautions: what it rests on that is not verified.
        texts: all of it in one sentence.
        protected: whether the client's data is under special protection: people are then shown no reasons of absences.
    """

    record_id: str
    first: date
    on: date
    attended: DayCount
    payable: DayCount
    beyond: DayCount
    week_limits: tuple[int, ...]
    week_citations: tuple[Citation, ...]
    compensation: Amount
    reimbursement: Amount
    absences: tuple[MonthAbsence, ...]
    contradicted: tuple[date, ...]
    missing: tuple[Missing, ...]
    cautions: tuple[Caution, ...]
    texts: Texts
    protected: bool = False

    @property
    def name(self) -> str:
        """The month as ``2024-05``."""
        return f"{self.first:%Y-%m}"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The paragraphs of all of it, each once."""
        every = [*self.week_citations, *self.compensation.citations, *self.reimbursement.citations]
        every += [cite for absence in self.absences for cite in absence.citations]
        return tuple(dict.fromkeys(every))

    def text(self, language: str = "fi") -> str:
        """All of it in one sentence of ``language``: ``fi``, ``sv`` or ``en``. Raises ValueError of another one."""
        return self.texts(language)

    def to_dict(self) -> dict[str, Any]:
        """The month as JSON has it."""
        return {
            "record_id": self.record_id, "month": self.name, "on": self.on.isoformat(),
            "attended": self.attended.to_dict(), "payable": self.payable.to_dict(), "beyond": self.beyond.to_dict(),
            "week_limits": list(self.week_limits),
            "week_citations": [cite.to_dict() for cite in self.week_citations],
            "compensation": self.compensation.to_dict(), "reimbursement": self.reimbursement.to_dict(),
            "absences": [absence.to_dict() for absence in self.absences],
            "contradicted": [day.isoformat() for day in self.contradicted],
            "missing": [fact.to_dict() for fact in self.missing],
            "cautions": [caution.to_dict() for caution in self.cautions], "text": dict(self.texts),
            "protected": self.protected,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Month:
        """The month that `to_dict` gave as ``form``.

        Raises:
            KeyError: a part is lacking.
            ValueError: a day, an amount or a text is none.
        """
        from aava_rules.decision.cautions import Caution
        from aava_rules.language.texts import texts_of

        attended, payable, over = (DayCount(**form[key]) for key in ("attended", "payable", "beyond"))
        return cls(
            form["record_id"], month_named(form["month"]), date.fromisoformat(form["on"]), attended, payable, over,
            tuple(form["week_limits"]), tuple(map(Citation.from_dict, form["week_citations"])),
            Amount.from_dict(form["compensation"]), Amount.from_dict(form["reimbursement"]),
            tuple(map(MonthAbsence.from_dict, form["absences"])),
            tuple(map(date.fromisoformat, form["contradicted"])), tuple(map(Missing.from_dict, form["missing"])),
            tuple(map(Caution.from_dict, form["cautions"])), texts_of(form["text"]), form["protected"],
        )  # fmt: skip


def month_named(month: date | str) -> date:
    """The first day of a ``month``: a text such as ``2024-05``, or any day of it.

    Raises:
        ValueError: it is no month of the years 1900-2200.
    """
    day = parse_day(f"{month}-01") if isinstance(month, str) and len(month) == len("2024-05") else month
    day = parse_day(day) if isinstance(day, str) else day
    if not isinstance(day, date) or not FIRST_DAY <= (first := date(day.year, day.month, 1)) <= LAST_DAY:
        raise ValueError(f"A month is written 2024-05, from {FIRST_DAY.year} to {LAST_DAY.year}.")
    return first


def months_between(since: date | str, until: date | str) -> tuple[date, ...]:
    """The first days of the months from ``since`` to ``until``, both included. Raises ValueError as `month_named`."""
    first, last = month_named(since), month_named(until)
    if last < first:
        raise ValueError("The last month is before the first. Give them in order.")
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(add_months(first, number) for number in range(count))


class Answers(Struct):
    """How a rulebook is asked about a month.

    Attributes:
        parts: its rules and words.
        week: the decision on what a week may have, on a day.
        amounts: the amounts for one day of participation, looked ahead from one day to another.
        absence: the decision on a day of absence, with the facts of it.
    """

    parts: Parts
    week: Callable[[date], Decision]
    amounts: Callable[[date, date], LookAhead]
    absence: Callable[[date, Mapping[str, Any]], Decision]


def month_of(record: Record, first: date, on: date, absences: tuple[Absence, ...], answers: Answers) -> Month:
    """What a month gives for the client of a record.

    Args:
        record: the record.
        first: the first day of the month.
        on: the day up to which attendance counts.
        absences: the days of absence, of any time.
        answers: how the rulebook is asked.
    """
    return _Month(record, first, on, Attendance(record, on, absences), answers).month()


class _Month:
    def __init__(self, record: Record, first: date, on: date, attendance: Attendance, answers: Answers) -> None:
        self.record, self.first, self.on, self.attendance, self.answers = record, first, on, attendance, answers
        last = add_months(first, 1) - ONE_DAY
        self.days = [first + ONE_DAY * number for number in range((last - first).days + 1)]
        self.cautions: dict[Any, Caution] = {}
        self.missing: dict[tuple[str, str], Missing] = {}
        self.week_citations: dict[Citation, None] = {}
        self.week_limits: dict[int, None] = {}

    def month(self) -> Month:
        weeks = list(self._weeks())
        every = [(day, inside) for week in weeks for day, inside in week]
        attended = [inside.attended for _, inside in every if inside.counted]
        payable, over = _sum_of_days(weeks, _payable), _sum_of_days(weeks, beyond)
        amounts = self._amounts(weeks, payable)
        absences = tuple(self._absences())
        contradicted = tuple(day for day in self.days if self.attendance.contradicts(day))
        self._ask_for_days()
        counted = DayCount(attended.count(True), len(attended) - attended.count(False))
        texts = Texts({
            language: text(
                "months.text", language, record=self.record.id, month=f"{self.first:%Y-%m}",
                payable=payable.text(language), compensation=amounts[COMPENSATION].text(language),
                reimbursement=amounts[REIMBURSEMENT].text(language),
            )
            for language in LANGUAGES
        })  # fmt: skip
        return Month(
            self.record.id, self.first, self.on, counted, payable, over, tuple(self.week_limits),
            tuple(self.week_citations), amounts[COMPENSATION], amounts[REIMBURSEMENT], absences, contradicted,
            tuple(self.missing.values()), tuple(self.cautions.values()), texts, self.record.client.protected is True,
        )  # fmt: skip

    # -- days

    def _weeks(self) -> Iterator[list[tuple[date, WeekDay]]]:
        """The calendar weeks of the month, each from its Monday on up to the month's last day."""
        monday = self.days[0] - ONE_DAY * self.days[0].weekday()
        while monday <= self.days[-1]:
            week = [monday + ONE_DAY * number for number in range(_WEEK_DAYS)]
            yield [(day, self._week_day(day)) for day in week if day <= self.days[-1]]
            monday += ONE_DAY * _WEEK_DAYS

    def _week_day(self, day: date) -> WeekDay:
        counted = day >= self.first
        attended = self.attendance.took_part(day)
        if attended is False:
            return WeekDay(attended, counted, (0, _WEEK_DAYS))
        decision = self.answers.week(day)
        (finding,) = decision.findings
        limit = finding.limit
        if counted:
            self.cautions |= {caution.about: caution for caution in decision.cautions}
            self.week_citations |= dict.fromkeys(finding.citations)
        if not isinstance(limit, int):
            return WeekDay(attended, counted, (0, _WEEK_DAYS))
        if counted:
            self.week_limits[limit] = None
        return WeekDay(attended, counted, (limit, limit))

    def _ask_for_days(self) -> None:
        """Name what the record would have to say of the days of which it is not known."""
        for name, path in self.attendance.open_fields(self.days):
            fields = (f"{path}.{name.partition('.')[2]}" if path else name,)
            if name == "periods":
                titles = Texts({language: text("months.periods", language) for language in LANGUAGES})
            else:
                titles = Texts(label(self.answers.parts, name))
            self._ask(Missing(name, path, fields, (), (COMPENSATION, REIMBURSEMENT), titles))

    def _ask(self, fact: Missing) -> None:
        self.missing.setdefault((fact.fact, fact.where), fact)

    # -- money

    def _amounts(self, weeks: list[list[tuple[date, WeekDay]]], payable: DayCount) -> dict[str, Amount]:
        ahead = self.answers.amounts(self.days[0], self.days[-1])
        days = sorted({self.days[0], *(change.day for change in ahead)})
        decisions = {day: ahead.decision(day) for day in days}
        for decision in (*decisions.values(), ahead.decision(self.days[-1])):
            self.cautions |= {caution.about: caution for caution in decision.cautions}
        decision_on = {day: decisions[max(start for start in days if start <= day)] for day in self.days}
        return {name: self._amount(name, weeks, payable, decision_on) for name in (COMPENSATION, REIMBURSEMENT)}

    def _amount(
        self, name: str, weeks: list[list[tuple[date, WeekDay]]], payable: DayCount,
        decision_on: Mapping[date, Decision],
    ) -> Amount:  # fmt: skip
        perhaps = [
            day for week in weeks for day, inside in week
            if inside.counted and inside.attended is not False
        ]  # fmt: skip
        asked = {id(decision_on[day]): decision_on[day] for day in (perhaps or self.days[:1])}
        outcomes: list[Outcome] = [decision.outcomes[name] for decision in asked.values()]
        rules = tuple(dict.fromkeys(rule for outcome in outcomes for rule in outcome.by))
        cites = tuple(dict.fromkeys(cite for outcome in outcomes for cite in outcome.citations))
        if all(outcome.status == "not_applicable" for outcome in outcomes):
            return Amount(None, None, (), (), (), applies=False)
        bounds = {day: _bounds(decision_on[day].outcomes[name]) for day in perhaps}
        reasons: list[str] = [reason for outcome in outcomes for reason in outcome.reasons] if perhaps else []
        if not payable.known:
            reasons.append("days_not_known")
        low, high = self._sum(weeks, bounds)
        if low is None or low != high:
            for decision in asked.values():
                for fact in decision.missing_for(name):
                    self._ask(fact)
        return Amount(low, high, rules, cites, tuple(dict.fromkeys(reasons)))

    def _sum(
        self, weeks: list[list[tuple[date, WeekDay]]], bounds: Mapping[date, tuple[Decimal | None, Decimal | None]]
    ) -> tuple[Decimal | None, Decimal | None]:
        """The least and the greatest sum; None where a day that may count has no such bound."""
        sums: list[Decimal | None] = []
        for side in (0, 1):
            of_days = {day: both[side] for day, both in bounds.items()}
            if None in of_days.values():
                sums.append(None)
                continue
            total = sum((_sum_of_week(week, of_days)[side] for week in weeks), _NOTHING)
            sums.append(total)
        return sums[0], sums[1]

    # -- absence

    def _absences(self) -> Iterator[MonthAbsence]:
        by_reason: dict[str | None, list[Absence]] = {}
        for day in self.days:
            absence = self.attendance.absences.get(day)
            if absence is not None:
                by_reason.setdefault(absence.reason, []).append(absence)
        for reason in sorted(by_reason, key=lambda word: (word is None, word or "")):
            least = most = 0
            rules: dict[str, None] = {}
            cites: dict[Citation, None] = {}
            for absence in by_reason[reason]:
                decision = self.answers.absence(absence.on, self._facts_of(absence))
                self.cautions |= {caution.about: caution for caution in decision.cautions}
                outcome = decision.outcomes[ABSENCE]
                rules |= dict.fromkeys(outcome.by)
                cites |= dict.fromkeys(outcome.citations)
                least += outcome.status == "known" and outcome.value is True
                most += outcome.status != "known" or outcome.value is True
                for fact in decision.missing_for(ABSENCE) if outcome.status == "unknown" else ():
                    self._ask(_of_absence(fact, absence))
            days = tuple(absence.on for absence in by_reason[reason])
            yield MonthAbsence(reason, days, DayCount(least, most), tuple(rules), tuple(cites))

    def _facts_of(self, absence: Absence) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if absence.reason is not None:
            facts[REASON] = absence.reason
        if absence.child_age is not None:
            facts[CHILD_AGE] = absence.child_age
        least, most = self.attendance.days_in_row(absence.on)
        facts[IN_A_ROW] = least if least == most else {"at_least": least, "at_most": most}
        return facts


def _of_absence(fact: Missing, absence: Absence) -> Missing:
    """The ``fact`` to ask for, by the key of the day of absence that it would come from."""
    key = _ABSENCE_KEYS.get(fact.fact)
    if key is None:
        return fact
    where = f"absences[on={absence.on}]"
    return Missing(fact.fact, where, (f"{where}.{key}",), fact.settles, fact.affects, fact.titles)


def _bounds(outcome: Outcome) -> tuple[Decimal | None, Decimal | None]:
    """The bounds of the amount for a day; None where there is none, and nothing where no rule gives anything."""
    if outcome.status == "not_applicable":
        return _NOTHING, _NOTHING
    value = state_of(outcome).value
    if isinstance(value, Interval):
        return (None, None) if value.absent else (value.low, value.high)
    return (value, value) if outcome.status == "known" and isinstance(value, Decimal) else (None, None)


def _sum_of_week(week: list[tuple[date, WeekDay]], of_days: Mapping[date, Decimal | None]) -> tuple[Decimal, Decimal]:
    """The least and the greatest sum of a week, of whose days ``of_days`` has the amounts."""
    worth = {id(inside): of_days.get(day) or _NOTHING for day, inside in week}

    def gain(day: WeekDay, before: int) -> tuple[Decimal, Decimal]:
        return within(day, before, worth[id(day)], worth[id(day)], _NOTHING)

    return extremes([inside for _, inside in week], gain, _NOTHING)


def _payable(day: WeekDay, before: int) -> tuple[int, int]:
    return within(day, before, 1, 1, 0)


def _sum_of_days(
    weeks: Iterable[list[tuple[date, WeekDay]]], gain: Callable[[WeekDay, int], tuple[int, int]]
) -> DayCount:
    sums = [extremes([inside for _, inside in week], gain, 0) for week in weeks]
    return DayCount(sum(low for low, _ in sums), sum(high for _, high in sums))
