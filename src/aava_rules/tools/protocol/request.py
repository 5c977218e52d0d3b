"""A request: what one program asks about one record, read from JSON with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from aava_rules.language.dates import parse_day
from aava_rules.language.errors import Fault, RecordError, nearest
from aava_rules.language.values import FIRST_DAY, LANGUAGES, LAST_DAY
from aava_rules.record.json_text import parse
from aava_rules.record.model import Record
from aava_rules.tools.protocol.errors import RequestError

Verb = Literal["decide", "check", "explain", "next"]
"""What can be asked: everything; the requirements; why one answer is as it is; the client path and its next steps."""

ID_MAX: Final = 200
"""Most characters of the id of a request."""
WHOLE_MAX: Final = 2**53 - 1
"""The greatest whole number that every reader of JSON holds exactly, for ids that are numbers."""


def _day(text: str) -> str:
    """A day of decision as text. Raises PydanticCustomError, without contents, if it is none."""
    day = parse_day(text)
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise PydanticCustomError("no_day", "is no day")
    return text


def _whole(value: Any) -> Any:
    """A number that is whole, such as 7.0, which JSON does not tell from 7, as an int."""
    is_whole = isinstance(value, Decimal) and abs(value) <= WHOLE_MAX and value == int(value)
    return int(value) if is_whole else value


Day = Annotated[str, AfterValidator(_day)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Id = Annotated[
    Annotated[str, Field(max_length=ID_MAX)] | Annotated[int, Field(ge=-WHOLE_MAX, le=WHOLE_MAX)],
    BeforeValidator(_whole),
]


class Request(BaseModel):
    """One question about one record. It says all that is asked: nothing is kept from one request to the next."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    record: dict[str, Any] = Field(repr=False, description="A record; `aava-rules schema record` describes it.")
    id: Id | None = Field(None, description="The caller's own key of the request; the answer has it again.")
    do: Verb = Field(
        "decide",
        description="decide: all that is asked; check: the requirements alone; explain: why the answer `name` is as it "
        "is; next: the client path, the steps to take next and what they wait for.",
    )
    on: Day | None = Field(None, description="The day of decision, such as 2014-05-05. Default: today.")
    only: tuple[Name, ...] | None = Field(
        None, strict=False, max_length=1000, description="Outcomes, requirements and steps to ask. Default: all."
    )
    name: Name | None = Field(
        None, description="The answer to explain: an outcome, requirement, step or finding's key."
    )
    rulebook: Name | None = Field(
        None, description="A rulebook that is loaded, with its version if that matters. Default: the first one."
    )
    language: Literal["fi", "sv", "en"] | None = Field(
        None, description="The only language that texts of the answer are in. Default: all three."
    )
    audience: Literal["worker", "client"] = Field("worker", description="Whom texts speak to.")
    detail: Literal["full", "short"] = Field(
        "full",
        description="Of a decision, full: every answer with its texts and citations; short: each citation once, and "
        "codes alone unless a language is named.",
    )
    actor: Name | None = Field(None, description="Who asks, by your own opaque key: for the audit log alone.")
    purpose: Name | None = Field(None, description="For what, in your own words: for the audit log alone.")


_WRONG: Final = {
    "missing": ("AR114", "is missing", ""),
    "bool_type": ("AR115", "is not true or false", ""),
    "string_type": ("AR115", "is not a text", ""),
    "dict_type": ("AR115", "is not an object", 'A record begins with { and has an "id".'),
    "tuple_type": ("AR115", "is not a list", 'Give a list of names, such as ["target_group"].'),
    "string_too_long": ("AR121", "is too long", ""),
    "string_too_short": ("AR121", "is empty", ""),
    "no_day": ("AR116", "is no day", f"Give a day such as 2014-05-05, of {FIRST_DAY.year} to {LAST_DAY.year}."),
    "too_long": ("AR120", "has too many names", ""),
}
"""What pydantic finds wrong, by its type: the code, what is told, and what to do."""


def read_request(source: bytes | str, do: Verb | None = None) -> Request:
    """The request in a JSON text.

    Args:
        source: UTF-8, at most as much as one record may have.
        do: what is asked, where the way that the request came says so; a request that says another thing is wrong.

    Raises:
        RequestError: it is no request. The error has every fault, and the id of the request if that could be read.
    """
    faults: tuple[Fault, ...]
    try:
        return request_of(parse(source), do)
    except RecordError as error:
        faults = error.faults
    raise RequestError(None, map(_of_request, faults))


def request_of(values: Mapping[str, Any], do: Verb | None = None) -> Request:
    """The request that plain values are, as a reader of JSON gives them.

    Args:
        values: the members of the request by name.
        do: what is asked, as for `read_request`.

    Raises:
        RequestError: they are no request.
    """
    faults: list[Fault] = []
    try:
        request = Request.model_validate(values if do is None else {"do": do, **values})
        faults = _faults_together(request)
        if do is not None and request.do != do:
            faults = [Fault("do", "AR119", f"is not what is asked here, which is {do}", hint="Leave it out.")]
        if not faults:
            return request
    except ValidationError as error:
        faults = _faults(error, values)
    # raised outside the handler: what pydantic raised holds the record, and must not be chained
    raise RequestError(_id(values), faults)


def _id(values: Mapping[str, Any]) -> str | int | None:
    """The id in values that are no request, if it is one."""
    id = _whole(values.get("id"))
    if isinstance(id, str):
        return id if len(id) <= ID_MAX else None
    return id if type(id) is int and abs(id) <= WHOLE_MAX else None


def _of_request(fault: Fault) -> Fault:
    """A fault of JSON text, which is told of records, told of a request."""
    if fault.code == "AR115":
        return replace(fault, place="request", hint='A request is an object such as {"id": "1", "record": {…}}.')
    return replace(fault, place="request") if fault.place == "record" else fault


def _faults(error: ValidationError, values: Mapping[str, Any]) -> list[Fault]:
    faults: dict[str, Fault] = {}
    unknown = 0
    for flaw in error.errors(include_url=False, include_input=False, include_context=False)[:1000]:
        kind, location = flaw["type"], flaw["loc"]
        if kind == "extra_forbidden":
            unknown += 1
            continue
        field = str(location[0])
        place = field if field != "only" or len(location) == 1 else f"only[{location[1]}]"
        faults.setdefault(place, _fault(place, kind))
    if unknown:
        faults["request"] = _unknown_keys(unknown, values)
    return list(faults.values())


def _fault(place: str, kind: str) -> Fault:
    if place == "id":
        return Fault(place, "AR115", "is no id", hint=f"An id is a text of at most {ID_MAX} characters or a number.")
    if kind == "literal_error":
        words = {
            "do": "decide, check, explain, next", "language": ", ".join(LANGUAGES), "audience": "worker, client",
            "detail": "full, short",
        }  # fmt: skip
        return Fault(place, "AR117", f"is not one of {words[place]}")
    code, what, hint = _WRONG.get(kind, ("AR115", "is not what stands there", ""))
    return Fault(place, code, what, hint=hint)


def _unknown_keys(count: int, values: Mapping[str, Any]) -> Fault:
    """The fault of keys that no request has. They may be of a record, so they are not repeated."""
    what = "has a key that no request has" if count == 1 else f"has {count} keys that no request has"
    known = ", ".join(Request.model_fields)
    in_place = "record" not in values and any(key in Record.model_fields for key in values if key != "id")
    hint = 'Put the record below "record".' if in_place else _near(values) or f"There are {known}."
    return Fault("request", "AR113", what, hint=hint)


def _near(values: Mapping[str, Any]) -> str:
    """The key that was meant, if an unknown one is near to it."""
    known = set(Request.model_fields)
    return next((hint for key in values if key not in known and (hint := nearest(str(key), known))), "")


def _faults_together(request: Request) -> list[Fault]:
    """What each member does not show by itself."""
    faults = []
    if request.do == "explain" and request.name is None:
        faults.append(Fault("name", "AR114", "is missing", hint="Name the answer to explain."))
    if request.detail == "short" and request.do not in ("decide", "check"):
        faults.append(Fault("detail", "AR119", "is of decisions alone", hint="Leave it out."))
    if request.do != "explain" and request.name is not None:
        faults.append(
            Fault("name", "AR119", "stands beside a request that explains nothing", hint='Say "do": "explain".')
        )
    return faults
