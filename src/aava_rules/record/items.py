"""The fields of a record's client, benefits, plans, periods and events: their types, closed words and meanings.

The one file to change for another field. A field is declared with its type and, in the same annotation, what it means
in English; closed words are a ``Literal``. The JSON Schema, the loader of rules and tables take it from here. Its
labels in Finnish, Swedish and English belong under ``fields`` in ``rulesets/finland/vocabulary.yaml``, and ``make
docs`` writes the schemas anew. The contract of the format is ``tests/record/record_vocabulary.yaml``; the tests name
what is missing.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import core_schema

from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.errors import Fault, RecordError
from aava_rules.language.values import LAST_DAY
from aava_rules.record.checks import (
    CHOICE,
    SET,
    BenefitDays,
    Boolean,
    Day,
    Days,
    DaysPerWeek,
    FieldType,
    Flaw,
    HoursPerDay,
    Months,
    Text,
    flawed,
    word_hint,
)

# No `from __future__ import annotations`: pydantic would have to evaluate every annotation from text, which doubles the
# time to import.

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
EndReason = Literal["completed", "work", "training", "retirement", "sickness", "client", "organiser", "other"]
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
        return value if value is None or type(value) is str else str.__str__(value)
    raise flawed(("", "AR117", "is not one of the steps", partial(word_hint, (*STEPS, *sorted(added)))))


_STEP = FieldType(
    "choice",
    "",
    lambda source: core_schema.with_info_plain_validator_function(_read_step),
    {"anyOf": [{"type": "string", "examples": list(STEPS)}, {"type": "null"}]},
)

CONFIG: Final = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


_FROZEN: Final = (
    "A record and its items never change: make another one, with model_copy(update={...}), which is checked."
)


UNREADABLE: Final = (
    Fault("record", "AR111", "cannot be read", hint="A value of it raised an error when it was looked at."),
)
"""The one fault of a record that cannot be looked at. What was raised may hold contents, so it is dropped."""


class Quiet(BaseModel):
    """A model whose repr shows none of its contents, since reprs land in logs and tracebacks."""

    _faults_of: ClassVar[Callable[[ValidationError, Any, type[BaseModel]], tuple[Fault, ...]]]
    """What tells faults from pydantic's error; it knows every model, and is set where all of them are."""

    def __init__(self, /, **data: Any) -> None:
        """What ``data`` holds, checked. Raises RecordError; the faults hold no value."""
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
            return
        except ValidationError as error:
            faults = type(self)._faults_of(error, data, type(self))
        except Exception:
            faults = UNREADABLE
        # Raised outside the handler: a chained ValidationError would carry the values into logs.
        raise RecordError("record", faults)

    # The mark with which pydantic knows an __init__ that adds nothing to validation; without it,
    # reading would go through this method and lose the context that holds the rulebook's steps.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return repr(self)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: pydantic's own refusal would quote the value."""
        raise TypeError(_FROZEN)

    def __delattr__(self, name: str) -> None:
        raise TypeError(_FROZEN)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, ``deep`` or not, of which the fields in ``update`` are others; these are read as those of a new one.

        Raises:
            RecordError: one of them is wrong; the faults hold no value.
        """
        copy = super().model_copy(deep=deep)
        if not update:
            return copy
        fields = {name: value for name, value in copy.__dict__.items() if name in self.model_fields_set}
        return self._checked(fields | dict(update))

    @classmethod
    def _checked(cls, data: dict[str, Any]) -> Self:
        return cls.model_validate(data)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """What ``values`` hold, checked: nothing that is decided on is made without. Raises RecordError.

        Which fields are set follows from ``values``, whatever ``_fields_set`` says.
        """
        return cls._checked(values)

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # type: ignore[override]
        """What `model_copy` makes, with ``update`` and ``deep`` as there: pydantic's own would check nothing."""
        return self.model_copy(update=update, deep=deep)

    @classmethod
    def parse_raw(cls, b: str | bytes) -> Self:  # type: ignore[override]
        """What `model_validate_json` makes of ``b``: pydantic's own error would quote it."""
        return cls.model_validate_json(b)

    @classmethod
    def parse_file(cls, path: str | Path) -> Self:  # type: ignore[override]
        """What `model_validate_json` makes of the file at ``path``: pydantic's own error would quote it."""
        return cls.model_validate_json(Path(path).read_bytes())

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """What ``obj`` holds, with the ``options`` of pydantic.

        Raises:
            RecordError: something is wrong with it; the faults hold no value, which pydantic's own error would.
        """
        return cls._read(super().model_validate, obj, options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """What the JSON text ``json_data`` holds, with pydantic's ``options``. Raises RecordError."""
        return cls._read(super().model_validate_json, json_data, options)

    @classmethod
    def model_validate_strings(cls, obj: Any, **options: Any) -> Self:
        """What ``obj`` holds as texts, with pydantic's ``options``. Raises RecordError as `model_validate` does."""
        return cls._read(super().model_validate_strings, obj, options)

    @classmethod
    def _read(cls, validate: Callable[..., Self], data: Any, options: dict[str, Any]) -> Self:
        try:
            return validate(data, **options)
        except ValidationError as error:
            faults = cls._faults_of(error, data if isinstance(data, Mapping) else {}, cls)
        # Raised outside the handler: a chained ValidationError would carry the values into logs.
        raise RecordError("record", faults)


Model = TypeVar("Model", bound=Quiet)


def unchecked_copy(model: Model, update: Mapping[str, Any]) -> Model:
    """A copy of ``model`` with the fields in ``update``, which nobody checks: for values that the library makes."""
    return BaseModel.model_copy(model, update=dict(update))


class Client(Quiet):
    """The client: no name and no identity code, only what rules and reports read."""

    model_config = CONFIG

    birth_date: Annotated[Day, "day of birth, for age"] = None
    municipality: Annotated[Text, "municipality of residence; selects a local rulebook"] = None
    language: Annotated[Language | None, CHOICE, "language of the client"] = None
    protected: Annotated[Boolean, "personal data under special protection (turvakielto); hosts and reports mask"] = None


class Benefit(Quiet):
    """Days of one benefit that were paid between ``start`` and ``end``, both included."""

    model_config = CONFIG

    id: Text = None
    kind: Annotated[
        BenefitKind | None, CHOICE, "general_support (yleistuki, from 1.5.2026) counts as labour market subsidy"
    ] = None
    start: Annotated[Day, "first day"] = None
    end: Annotated[Day, "last day; absent: unknown"] = None
    days: Annotated[BenefitDays, "paid days, at most 5 a calendar week"] = None
    because_of_unemployment: Annotated[
        Boolean, "paid on the basis of unemployment (not, e.g., for the time of a service)"
    ] = None
    main_livelihood: Annotated[Boolean, "of social assistance: it was the main livelihood"] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if flaws := benefit_flaws(self.__dict__):
            raise flawed(*flaws)
        return self


class Plan(Quiet):
    """A plan made with the client. Without ``ends_on`` it is in force until the next of its kind."""

    model_config = CONFIG

    id: Text = None
    kind: Annotated[PlanKind | None, CHOICE, "kind of plan"] = None
    made_on: Annotated[Day, "day on which the plan was made"] = None
    ends_on: Annotated[Day, "last day; absent: in force until the next plan of its kind"] = None
    includes_rehabilitative_work: Annotated[Boolean, "rehabilitative work is agreed in the plan"] = None
    situation_surveyed_on: Annotated[Day, "day on which the client's situation was surveyed"] = None
    notice_given_on: Annotated[Day, "day on which the client was told of the plan, orally or in writing"] = None
    present: Annotated[frozenset[Present] | None, SET, "who were present when the plan was made"] = None
    signed_by: Annotated[frozenset[Signer] | None, SET, "who have signed the plan"] = None
    entries: Annotated[frozenset[Entry] | None, SET, "what the plan records"] = None
    job_search_exempt: Annotated[Boolean, "the client is exempt from the duty to seek work"] = None
    options: Annotated[frozenset[Option] | None, SET, "options offered to the client"] = None
    options_decided_by: Annotated[Day, "the client considers the options until this day"] = None
    chosen_option: Annotated[Option | None, CHOICE, "the option that the client chose"] = None
    refused_all: Annotated[Boolean, "the client refused every option"] = None
    consequences_told: Annotated[Boolean, "the client was told what refusing leads to"] = None
    reviewed_on: Annotated[Days, "days on which the plan was reviewed"] = None
    evaluation_on: Annotated[Day, "latest day agreed for evaluating effects and deciding on follow-up"] = None
    benefits_told_on: Annotated[Day, "day on which the client was told of benefits and compensations"] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if flaws := plan_flaws(self.__dict__):
            raise flawed(*flaws)
        return self


class Period(Quiet):
    """A period of work. ``agreed_end`` is its last day as agreed in the plan, ``end`` the last day on which it ran.

    Each stands in for the other where it is absent, and ``length_months`` for ``agreed_end`` if ``start`` is known:
    ``settled_days`` says how. Without any of them the period is still running.
    """

    model_config = CONFIG

    id: Text = None
    kind: Annotated[PeriodKind | None, CHOICE, "kind of period"] = None
    start: Annotated[Day, "first day"] = None
    end: Annotated[
        Day, "last day on which it really ran; absent: as agreed_end, and without any agreed end still running"
    ] = None
    agreed_end: Annotated[Day, "last day as agreed in the plan; absent: as end, unless it ended before its time"] = None
    ended_because: Annotated[EndReason | None, CHOICE, "why it ended; completed: it ran to the agreed end"] = None
    length_months: Annotated[Months, "agreed length, instead of agreed_end; turned into it when read"] = None
    days_per_week: Annotated[DaysPerWeek, "days in a calendar week, the same in every week"] = None
    days_per_week_least: Annotated[DaysPerWeek, "where the days vary: those of the week with the fewest"] = None
    days_per_week_most: Annotated[DaysPerWeek, "where the days vary: those of the week with the most"] = None
    hours_per_day: Annotated[HoursPerDay, "hours in a day"] = None
    plan_made_on: Annotated[Day, "day of the plan in which the period was agreed"] = None
    place_kind: Annotated[PlaceKind | None, CHOICE, "kind of workplace"] = None
    producer: Annotated[Producer | None, CHOICE, "who produces the service"] = None
    bought_part: Annotated[BoughtPart | None, CHOICE, "which part of the service is bought"] = None
    outside_commuting_area: Annotated[Boolean, "the place is outside the commuting area"] = None
    client_consents: Annotated[Boolean, "the client consents to a place outside the commuting area"] = None
    replaces_employee: Annotated[Boolean, "the work would replace someone in an employment relationship"] = None
    decision_on: Annotated[Day, "day of the decision of social services"] = None
    shop_steward_told_on: Annotated[Day, "day on which the shop steward was told"] = None
    visit_on: Annotated[Day, "day of the getting-to-know visit"] = None
    place_informed_on: Annotated[Day, "day on which the place was informed"] = None
    info_package_on: Annotated[Day, "day on which the client got the information package"] = None
    evaluated_on: Annotated[Days, "days on which the period was evaluated"] = None
    attended_on: Annotated[Days, "days of participation"] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        fields = self.__dict__
        if flaws := period_flaws(fields):
            raise flawed(*flaws)
        fields["agreed_end"], fields["end"] = settled_days(fields)
        return self


class Event(Quiet):
    """A step of the client path that was taken ``on`` a day."""

    model_config = CONFIG

    id: Text = None
    step: Annotated[str | None, _STEP, "step of the client path; a rulebook may add its own"] = None
    on: Annotated[Day, "day of the event"] = None
    origin: Annotated[Origin | None, CHOICE, "of client_relationship_starts: who made the contact"] = None
    direction: Annotated[Direction | None, CHOICE, "of first_meeting: which way the client goes on"] = None
    reason: Annotated[Reason | None, CHOICE, "of client_relationship_ends: why"] = None
    needs_services: Annotated[Boolean, "of follow_up_contact: the client needs adult social work again"] = None


MODELS: Final[dict[str, type[BaseModel]]] = {"benefits": Benefit, "plans": Plan, "periods": Period, "events": Event}
"""The lists of a record and the model of their items."""


def _last_day(start: date, months: int) -> date:
    return add_months(start, months) - ONE_DAY


def settled_days(fields: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """The agreed last day of a period and its last day, where one follows from the other; None: not known.

    A length of n months ends on the day before the same day n months later. A period that ended for another reason
    than that it was completed shows nothing of what was agreed, nor does what was agreed show when it ended.

    Args:
        fields: the values of the period by name, those that are absent None.
    """
    start, months, agreed, end = (fields[name] for name in ("start", "length_months", "agreed_end", "end"))
    as_agreed = fields["ended_because"] in (None, "completed")
    if agreed is None:
        if months is None:
            agreed = end if as_agreed else None
        elif start is not None:
            agreed = _last_day(start, months)
    return agreed, agreed if end is None and as_agreed else end


def _order_flaws(fields: Mapping[str, Any], first: str, last: str) -> list[Flaw]:
    start, end = fields.get(first), fields.get(last)
    if start is None or end is None or end >= start:
        return []
    return [(f".{last}", "AR119", f"is before {first}", f"{last} is the last day and cannot be before {first}.")]


def benefit_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """The contradictions in a benefit: ``fields`` are its values by name, without those that are wrong or absent."""
    return _order_flaws(fields, "start", "end")


def plan_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """The contradictions in a plan: ``fields`` are its values by name, without those that are wrong or absent."""
    return _order_flaws(fields, "made_on", "ends_on")


def _week_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """What contradicts itself in the days a week: the same in every week, or the fewest and the most."""
    every, least, most = (fields.get(f"days_per_week{name}") for name in ("", "_least", "_most"))
    hint = "Give days_per_week where every week is alike, else days_per_week_least and days_per_week_most."
    flaws: list[Flaw] = []
    for name, other in (("_least", least), ("_most", most)):
        if every is not None and other is not None and other != every:
            flaws.append((f".days_per_week{name}", "AR119", "is not days_per_week", hint))
    if least is not None and most is not None and most < least and not flaws:
        flaws.append((".days_per_week_most", "AR119", "is less than days_per_week_least", hint))
    return flaws


def period_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """The contradictions in a period, and a length that leads past LAST_DAY.

    Args:
        fields: its values by name, without those that are wrong or absent. A length of n months ends on the day before
            the same day n months later.
    """
    flaws = [*_order_flaws(fields, "start", "end"), *_order_flaws(fields, "start", "agreed_end")]
    flaws += _week_flaws(fields)
    start, agreed, months = fields.get("start"), fields.get("agreed_end"), fields.get("length_months")
    if start is None or months is None:
        return flaws
    last = _last_day(start, months)
    if last > LAST_DAY:
        flaws.append((".length_months", "AR118", f"leads past {LAST_DAY}", ""))
    elif agreed is not None and agreed != last and not _order_flaws(fields, "start", "agreed_end"):
        hint = "n months end on the day before the same day n months later. Give length_months or agreed_end, not both."
        flaws.append((".length_months", "AR119", "does not lead to agreed_end", hint))
    return flaws
