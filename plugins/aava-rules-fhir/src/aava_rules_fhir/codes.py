"""What the codes of a host mean: a file in JSON, checked as a whole, every fault at once.

A code is written ``system|code``. A table that names a code with ``null`` says that such a resource is none of ours; a
code that no table names is told, since nobody knows what it means.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aava_rules.adapters import unreadable
from aava_rules.language.errors import AdapterError
from aava_rules.record.fields import lists
from aava_rules.record.items import STEPS, EndReason, PeriodKind, PlanKind

Code = Annotated[str, Field(pattern=r"^[^|\s]+\|[^|\s]+$")]
"""A code with its system: ``system|code``."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _List(_Table):
    """What the resources of one list of the record say.

    Attributes:
        extensions: By the URL of an extension, the field of the record that it holds.
        all: Whether a bundle has all such resources of its clients, so that none means that there are none.
        all_from: The day from which it has them all.
    """

    extensions: dict[str, str] = {}
    all: bool = False
    all_from: date | None = None

    @model_validator(mode="after")
    def _says_what_is_there(self) -> _List:
        if self.all == (self.all_from is not None):
            raise ValueError("say whether all of them are there: all: true, or all_from with a day")
        return self


class Periods(_List):
    """EpisodeOfCare as periods of work.

    Attributes:
        kinds: What each code of ``type`` is; null: no period of work.
        cancelled: The reason, as a record has it, for which an episode ended that was cancelled while it was active.
    """

    kinds: dict[Code, PeriodKind | None]
    cancelled: EndReason | None = None


class Plans(_List):
    """CarePlan as plans.

    Attributes:
        kinds: What each code of ``category`` is; null: no plan that rules know.
        made_on: The element that has the day on which the plan was made: ``created`` is often that of the system.
        activities: What each code of an activity is: ``rehabilitative_work``, or null for anything else.
    """

    kinds: dict[Code, PlanKind | None]
    made_on: Literal["created", "period.start"]
    activities: dict[Code, Literal["rehabilitative_work"] | None] = {}


class Events(_List):
    """Task that was done as a step of the client path, on the day on which its execution ended.

    Attributes:
        kinds: The step that each code of ``code`` is; null: none.
    """

    kinds: dict[Code, str | None]

    @model_validator(mode="after")
    def _known(self) -> Events:
        wrong = sorted({step for step in self.kinds.values() if step is not None and not step.isidentifier()})
        if wrong:
            raise ValueError(f"a step is a name, such as {STEPS[2]}")
        return self


class Codes(_Table):
    """What the codes of a host mean. What has no table is not read, and stays unknown.

    Attributes:
        id_system: The system of the identifier that is the client's key; None: the id of the resource Patient.
        municipalities: The name of each code of a municipality; a code without one is shown by its display.
        protected: Further codes in ``meta.security`` of protected personal data; ``TURVAKIELTO`` always is one.
        periods: How EpisodeOfCare is read.
        plans: How CarePlan is read.
        events: How Task is read.
        facts: By the canonical address of a questionnaire, the fact that each ``linkId`` answers.
        answers: What each coded answer means: a word, a number or a truth value.
        complete: Fields such as ``periods.decision_on``: where an item lacks one, there is none.
    """

    id_system: str | None = None
    municipalities: dict[str, str] = {}
    protected: list[Code] = []
    periods: Periods | None = None
    plans: Plans | None = None
    events: Events | None = None
    facts: dict[str, dict[str, str]] = {}
    answers: dict[Code, bool | int | str] = {}
    complete: list[str] = []

    @model_validator(mode="after")
    def _fields_are_there(self) -> Codes:
        known = {name: set(information.fields) for name, information in lists().items()}
        unknown = [
            f"{name}.extensions: {field} is no field of {name}"
            for name in ("periods", "plans", "events")
            for field in (getattr(self, name).extensions.values() if getattr(self, name) else ())
            if field not in known[name]
        ]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self


def load_codes(path: Path) -> Codes:
    """The codes in the file ``path``.

    Raises:
        AdapterError: it cannot be read, or is wrong; the error has every fault, with its path in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise AdapterError(f"{path}: is not UTF-8. Save the file as UTF-8.")
    faults = []
    try:
        return Codes.model_validate_json(text)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            place = ".".join(map(str, fault["loc"])) or "the file"
            faults.append(f"{path}: {place}: {fault['msg'].removeprefix('Value error, ')}.")
    raise AdapterError("\n".join(faults))
