"""The items of a record: the client, and each benefit, plan, period and event, with their closed words."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator
from pydantic_core import core_schema

from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.values import LAST_DAY
from aava_rules.record.checks import (
    CHOICE,
    SET,
    BenefitDays,
    Boolean,
    Day,
    Days,
    DaysPerWeek,
    Flaw,
    HoursPerDay,
    Months,
    Shape,
    Text,
    flawed,
    word_hint,
)

# No `from __future__ import annotations`: see record_shapes.

Language = Literal["fi", "sv", "en"]
BenefitKind = Literal["unemployment_allowance", "labour_market_subsidy", "general_support", "social_assistance"]
PlanKind = Literal["activation_plan", "joint_plan", "client_plan", "employment_plan"]
PeriodKind = Literal["rehabilitative_work", "introductory"]
Present = Literal["client", "social_services", "employment_authority", "kela", "support_person", "work_instructor"]
Signer = Literal["client", "social_services", "employment_authority"]
Entry = Literal[
    "education", "work_history", "earlier_services", "earlier_plans", "measures", "description", "place",
    "daily_duration", "weekly_duration", "start", "length", "goal", "support_and_guidance", "other_services",
    "evaluation_date", "job_search_duty", "options_timetable", "breaks", "long_term_goal", "short_term_goals",
]  # fmt: skip
Option = Literal[
    "rehabilitative_work", "work_trial", "paid_work", "pay_subsidised_work", "training", "employment_service",
    "social_service", "health_service", "rehabilitation", "other",
]  # fmt: skip
PlaceKind = Literal[
    "activity_centre", "municipality", "association", "foundation", "congregation", "state", "company", "other"
]
Producer = Literal[
    "municipality", "wellbeing_services_county", "association", "foundation", "state", "congregation", "company"
]
BoughtPart = Literal["whole", "support_and_guidance"]
Origin = Literal["client", "relative", "authority", "social_services"]
Direction = Literal["activation_plan", "client_plan", "other_services"]
Reason = Literal["work", "training", "retirement", "other_services", "other"]
STEPS: Final = (
    "client_relationship_starts", "responsible_worker_named", "first_meeting", "first_activation_plan",
    "consideration", "second_activation_plan", "rehabilitative_work_starts", "introductory_period",
    "rehabilitative_work", "plans_updated", "plans_supported", "client_relationship_ends", "follow_up_contact",
)  # fmt: skip
"""The steps of the client path that every record may name; a rulebook may add its own."""


def _read_step(value: Any, info: ValidationInfo) -> str | None:
    added = info.context or ()
    if value is None or (isinstance(value, str) and (value in STEPS or value in added)):
        return value
    raise flawed(("", "AR117", "is not one of the steps", partial(word_hint, value, (*STEPS, *sorted(added)))))


_STEP = Shape(
    "choice",
    "",
    lambda source: core_schema.with_info_plain_validator_function(_read_step),
    {"anyOf": [{"type": "string", "examples": list(STEPS)}, {"type": "null"}]},
)

CONFIG: Final = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Quiet(BaseModel):
    """A model that does not show what it holds: its repr lands in logs and tracebacks."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return repr(self)


class Client(Quiet):
    """The client: no name and no identity code, only what rules and reports read."""

    model_config = CONFIG

    birth_date: Day = None
    municipality: Text = None
    language: Annotated[Language | None, CHOICE] = None
    protected: Boolean = None


class Benefit(Quiet):
    """Days of one benefit that were paid between ``start`` and ``end``, both included."""

    model_config = CONFIG

    id: Text = None
    kind: Annotated[BenefitKind | None, CHOICE] = None
    start: Day = None
    end: Day = None
    days: BenefitDays = None
    because_of_unemployment: Boolean = None
    main_livelihood: Boolean = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if flaws := benefit_flaws(self.__dict__):
            raise flawed(*flaws)
        return self


class Plan(Quiet):
    """A plan made with the client. Without ``ends_on`` it is in force until the next of its kind."""

    model_config = CONFIG

    id: Text = None
    kind: Annotated[PlanKind | None, CHOICE] = None
    made_on: Day = None
    ends_on: Day = None
    includes_rehabilitative_work: Boolean = None
    situation_surveyed_on: Day = None
    notice_given_on: Day = None
    present: Annotated[frozenset[Present] | None, SET] = None
    signed_by: Annotated[frozenset[Signer] | None, SET] = None
    entries: Annotated[frozenset[Entry] | None, SET] = None
    job_search_exempt: Boolean = None
    options: Annotated[frozenset[Option] | None, SET] = None
    options_decided_by: Day = None
    chosen_option: Annotated[Option | None, CHOICE] = None
    refused_all: Boolean = None
    consequences_told: Boolean = None
    reviewed_on: Days = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if flaws := plan_flaws(self.__dict__):
            raise flawed(*flaws)
        return self


class Period(Quiet):
    """A period of work. ``end`` is its last day; without ``end`` and length it is still running.

    ``length_months`` is turned into ``end`` when the period is read, if ``start`` is known.
    """

    model_config = CONFIG

    id: Text = None
    kind: Annotated[PeriodKind | None, CHOICE] = None
    start: Day = None
    end: Day = None
    length_months: Months = None
    days_per_week: DaysPerWeek = None
    hours_per_day: HoursPerDay = None
    plan_made_on: Day = None
    place_kind: Annotated[PlaceKind | None, CHOICE] = None
    producer: Annotated[Producer | None, CHOICE] = None
    bought_part: Annotated[BoughtPart | None, CHOICE] = None
    outside_commuting_area: Boolean = None
    client_consents: Boolean = None
    replaces_employee: Boolean = None
    decision_on: Day = None
    shop_steward_told_on: Day = None
    visit_on: Day = None
    place_informed_on: Day = None
    info_package_on: Day = None
    evaluated_on: Days = None
    attended_on: Days = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        fields = self.__dict__
        if flaws := period_flaws(fields):
            raise flawed(*flaws)
        if fields["length_months"] is not None and fields["start"] is not None:
            fields["end"] = _last_day(fields["start"], fields["length_months"])
        return self


class Event(Quiet):
    """A step of the client path that was taken ``on`` a day."""

    model_config = CONFIG

    id: Text = None
    step: Annotated[str | None, _STEP] = None
    on: Day = None
    origin: Annotated[Origin | None, CHOICE] = None
    direction: Annotated[Direction | None, CHOICE] = None
    reason: Annotated[Reason | None, CHOICE] = None
    needs_services: Boolean = None


MODELS: Final[dict[str, type[BaseModel]]] = {"benefits": Benefit, "plans": Plan, "periods": Period, "events": Event}
"""The lists of a record and the model of their items."""


def _last_day(start: date, months: int) -> date:
    return add_months(start, months) - ONE_DAY


def _order_flaws(fields: Mapping[str, Any], first: str, last: str) -> list[Flaw]:
    start, end = fields.get(first), fields.get(last)
    if start is None or end is None or end >= start:
        return []
    return [(f".{last}", "AR119", f"is before {first}", f"{last} is the last day and cannot be before {first}.")]


def benefit_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """Fields of a benefit that contradict each other."""
    return _order_flaws(fields, "start", "end")


def plan_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """Fields of a plan that contradict each other."""
    return _order_flaws(fields, "made_on", "ends_on")


def period_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """Fields of a period that contradict each other, or a length that leads past all days."""
    flaws = _order_flaws(fields, "start", "end")
    start, end, months = fields.get("start"), fields.get("end"), fields.get("length_months")
    if start is None or months is None:
        return flaws
    last = _last_day(start, months)
    if last > LAST_DAY:
        flaws.append((".length_months", "AR118", f"leads past {LAST_DAY}", ""))
    elif end is not None and end != last and not flaws:
        hint = "n months end on the day before the same day n months later. Give length_months or end, not both."
        flaws.append((".length_months", "AR119", "does not lead to end", hint))
    return flaws
