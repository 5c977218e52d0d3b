"""What the resources of one client say in a record.

``Patient``: birth date, language, municipality, protection. ``EpisodeOfCare``: periods. ``CarePlan``: plans. ``Task``
that was done: steps of the client path. ``QuestionnaireResponse``: facts of the day on which it was authored. Nothing
else is read of them, and no name, address, text or identifier but the client's key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.record.fields import lists
from aava_rules_fhir.codes import Codes, Events, Periods, Plans
from aava_rules_fhir.values import (
    IDENTITY_CODES,
    MUNICIPALITIES,
    TURVAKIELTO,
    Unclear,
    all_known,
    codes_of,
    day,
    is_identity_code,
    objects,
    part,
    whole_day,
)

Resource = Mapping[str, Any]

CLIENT_OF: Final = {
    "EpisodeOfCare": "patient",
    "CarePlan": "subject",
    "Task": "for",
    "QuestionnaireResponse": "subject",
}
"""The resources that are read beside Patient, and the element of each that refers to its client."""
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "valueBoolean": (bool,),
    "valueInteger": (int,),
    "valueDecimal": (int, Decimal, float),
    "valueString": (str,),
    "valueCode": (str,),
}
LANGUAGES: Final = ("fi", "sv", "en")


@dataclass(slots=True)
class Client:
    """A Patient with the resources that refer to it, each with its place in the source."""

    place: str
    patient: Resource
    resources: list[tuple[str, Resource]] = field(default_factory=list)


def row(client: Client, codes: Codes) -> Row | BadRow:
    """The record of a client, or everything that is wrong with its resources.

    Args:
        client: The Patient and its resources.
        codes: What the codes of the host mean.
    """
    reading = _Reading(codes)
    record = reading.record(client)
    if reading.faults:
        return BadRow(client.place, "\n".join(reading.faults))
    return Row(client.place, record)


class _Reading:
    """The reading of one client; ``faults`` are all that was wrong, each with its place and without contents."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.faults: list[str] = []

    def record(self, client: Client) -> dict[str, Any]:
        record: dict[str, Any] = {}
        whose = self._take("Patient", self._patient, client.patient)
        if whose:
            record |= whose
        tables = (
            ("periods", "EpisodeOfCare", self._period),
            ("plans", "CarePlan", self._plan),
            ("events", "Task", self._event),
        )
        for name, kind, read in tables:
            table = getattr(self.codes, name)
            if table is None:
                continue
            resources = [pair for pair in client.resources if pair[1]["resourceType"] == kind]
            items = [self._take(f"{kind} at {place}", read, resource, table) for place, resource in resources]
            record[name] = [item for item in items if item]
            if table.all_from is not None:
                record.setdefault("complete_from", {})[name] = table.all_from
        self._answered(client, record)
        self._once(client)
        complete = [name for name in self.codes.complete if name.partition(".")[0] in record]
        if complete:
            record["complete"] = complete
        for path in _identity_codes(record, ""):
            self.faults.append(f"{path} would hold an identity code, which never leaves this adapter.")
        return record

    def _take(self, where: str, read: Any, resource: Resource, *more: Any) -> Any:
        """What ``read`` makes of a resource; what is unclear in it is noted."""
        try:
            if "implicitRules" in resource or _modified(resource):
                raise Unclear("has implicitRules or a modifierExtension, which may change its meaning.")
            return read(resource, *more)
        except Unclear as error:
            self.faults.append(f"{where}: {error}")
            return None

    def _patient(self, patient: Resource) -> dict[str, Any]:
        if any(link.get("type") == "replaced-by" for link in objects(patient, "link")):
            raise Unclear("is replaced by another Patient. Give that one.")
        record: dict[str, Any] = {"id": self._key(patient)}
        protected = self._protected(patient)
        client = {
            "birth_date": day(patient.get("birthDate"), "birthDate"),
            "language": _language(patient),
            # where a protected client lives is not even told to rules
            "municipality": None if protected else self._municipality(patient),
            "protected": protected or None,
        }
        if said := {name: value for name, value in client.items() if value is not None}:
            record["client"] = said
        return record

    def _key(self, patient: Resource) -> str:
        if self.codes.id_system is None:
            keys = [patient.get("id")]
        else:
            identifiers = objects(patient, "identifier")
            keys = [one.get("value") for one in identifiers if one.get("system") == self.codes.id_system]
        if self.codes.id_system == IDENTITY_CODES or any(map(is_identity_code, keys)):
            raise Unclear("its key is an identity code. Name the system of an opaque identifier as id_system.")
        if len(keys) != 1 or not isinstance(keys[0], str) or not keys[0]:
            raise Unclear("has no key, or several. Give it an id, or one identifier of id_system.")
        return keys[0]

    def _protected(self, patient: Resource) -> bool:
        labels = objects(patient.get("meta"), "security")
        codes = {f"{label.get('system')}|{label.get('code')}" for label in labels}
        return any(str(label.get("code")).upper() == TURVAKIELTO for label in labels) or not codes.isdisjoint(
            self.codes.protected
        )

    def _municipality(self, patient: Resource) -> str | None:
        for extension in objects(patient, "extension"):
            coding = extension.get("valueCoding")
            if isinstance(coding, Mapping) and str(coding.get("system")).startswith(MUNICIPALITIES):
                return self.codes.municipalities.get(str(coding.get("code"))) or coding.get("display")
        return None

    # -- lists

    def _period(self, episode: Resource, table: Periods) -> dict[str, Any] | None:
        status = episode.get("status")
        if status == "entered-in-error":
            return None
        kind = _kind(objects(episode, "type"), table.kinds, "type")
        if kind is None:
            return None
        history = objects(episode, "statusHistory")
        active = [entry.get("period") for entry in history if entry.get("status") == "active"]
        period: dict[str, Any] = {"id": episode.get("id"), "kind": kind}
        if active:
            starts = all_known(day(part(one, "start"), "statusHistory.period.start") for one in active)
            period["start"] = min(starts, default=None)
        elif not history and status not in ("planned", "waitlist"):
            period["start"] = day(part(episode, "period", "start"), "period.start")
        # else it begins at some time that is not told: period.start is in use for the day on which planning began, too
        if status in ("planned", "waitlist", "active", "onhold"):
            period["agreed_end"] = day(part(episode, "period", "end"), "period.end")
        elif status == "finished" or (status == "cancelled" and active):
            period["end"] = self._end(episode, active)
            if status == "cancelled":
                if table.cancelled is None:
                    raise Unclear(
                        "was cancelled while it was active. Say in periods.cancelled for which reason those end."
                    )
                period["ended_because"] = table.cancelled
        elif status == "cancelled" and history:
            return None  # it never was active
        elif status == "cancelled":
            raise Unclear("was cancelled, and no statusHistory says whether it had been active before.")
        else:
            raise Unclear("status is none that EpisodeOfCare has.")
        return self._extensions(episode, "periods", table.extensions) | _without_none(period)

    def _end(self, episode: Resource, active: list[Any]) -> date:
        why = "the period would go on"
        end = whole_day(part(episode, "period", "end"), "period.end", why)
        if end is None and active:
            ends = all_known(whole_day(part(one, "end"), "statusHistory.period.end", why) for one in active)
            end = max(ends, default=None)
        if end is None:
            raise Unclear("has ended, and period.end is not there: the period would go on. Give the day.")
        return end

    def _plan(self, plan: Resource, table: Plans) -> dict[str, Any] | None:
        status, intent = plan.get("status"), plan.get("intent")
        if status in ("entered-in-error", "draft") or intent in ("proposal", "option"):
            return None  # no plan was made, or not yet
        kind = _kind(objects(plan, "category"), table.kinds, "category")
        if kind is None:
            return None
        if status not in ("active", "on-hold", "revoked", "completed") or intent not in ("plan", "order"):
            raise Unclear("status or intent does not say whether the plan was made.")
        until = whole_day(part(plan, "period", "end"), "period.end", "the plan would be in force until the next one")
        if until is None and status in ("revoked", "completed"):
            raise Unclear(
                "is over, and period.end is not there: it would be in force until the next one. Give the day."
            )
        made_on = part(plan, *table.made_on.split("."))
        item = {
            "id": plan.get("id"), "kind": kind, "made_on": day(made_on, table.made_on), "ends_on": until,
            "includes_rehabilitative_work": _agreed(plan, table),
        }  # fmt: skip
        return self._extensions(plan, "plans", table.extensions) | _without_none(item)

    def _event(self, task: Resource, table: Events) -> dict[str, Any] | None:
        if task.get("status") != "completed":
            return None
        step = _kind([task.get("code")], table.kinds, "code")
        if step is None:
            return None
        on = day(part(task, "executionPeriod", "end"), "executionPeriod.end")
        item = {"id": task.get("id"), "step": step, "on": on}
        return self._extensions(task, "events", table.extensions) | _without_none(item)

    def _extensions(self, resource: Resource, name: str, table: Mapping[str, str]) -> dict[str, Any]:
        """The fields that extensions tell; what the elements of the resource tell goes before them."""
        values: dict[str, list[Any]] = {}
        for extension in objects(resource, "extension"):
            url = extension.get("url")
            if isinstance(url, str) and url in table:
                value = self._value(extension, "extension")
                if value is not None:
                    values.setdefault(table[url], []).append(value)
        fields = lists()[name].fields
        item: dict[str, Any] = {}
        for key, each in values.items():
            if fields[key].type in ("set", "dates"):
                item[key] = each
            elif len(each) == 1:
                item[key] = each[0]
            else:
                raise Unclear(f"the extension of {key} is there several times.")
        return item

    # -- facts

    def _answered(self, client: Client, record: dict[str, Any]) -> None:
        """The facts of the questionnaires that were authored last: those of another day hold on that day only."""
        by_day: dict[date, dict[str, Any]] = {}
        for place, resource in client.resources:
            names = self._questions(resource)
            if names is not None and resource.get("status") in ("completed", "amended"):
                self._take(f"QuestionnaireResponse at {place}", self._response, resource, names, by_day)
        if not by_day:
            return
        latest = max(by_day)
        facts = by_day[latest]
        bounds = _age(client.patient.get("birthDate"), latest)
        if bounds is not None:
            facts.setdefault("age", bounds)
        if facts:
            record["facts"], record["facts_on"] = facts, latest

    def _questions(self, resource: Resource) -> Mapping[str, str] | None:
        """The facts that the questions of a response answer; None if it is none, or of a questionnaire of others."""
        address = resource.get("questionnaire")
        if resource["resourceType"] != "QuestionnaireResponse" or not isinstance(address, str):
            return None
        return self.codes.facts.get(address) or self.codes.facts.get(address.partition("|")[0])

    def _response(self, response: Resource, names: Mapping[str, str], by_day: dict[date, dict[str, Any]]) -> None:
        authored = day(response.get("authored"), "authored")
        if authored is None:
            raise Unclear("authored names no day, so that nobody knows when its answers hold.")
        facts = by_day.setdefault(authored, {})
        for item in _items(response):
            name = names.get(str(item.get("linkId")))
            answers = [self._value(answer, "item.answer") for answer in objects(item, "answer")]
            given = [answer for answer in answers if answer is not None]
            if name is None or not given:
                continue
            value = given[0] if len(given) == 1 else given
            if facts.setdefault(name, value) != value:
                raise Unclear(f"the fact {name} is answered twice on one day, and not alike.")

    def _value(self, holder: Resource, path: str) -> Any:
        """The value of an extension or of an answer; None if it is none, or a day that is not whole."""
        for key, value in holder.items():
            if key in _TYPES:
                if not isinstance(value, _TYPES[key]) or (isinstance(value, bool) and key != "valueBoolean"):
                    raise Unclear(f"{path}.{key} is of another type.")
                return value
            if key in ("valueDate", "valueDateTime"):
                return day(value, f"{path}.{key}")
            if key == "valueCoding":
                coded = next(codes_of({"coding": [value]}), "")
                if coded not in self.codes.answers:
                    raise Unclear(f"{path}.valueCoding has a code that answers does not name.")
                return self.codes.answers[coded]
            if key.startswith("value"):
                raise Unclear(f"{path}.{key} is of a type that is not read.")
        return None

    def _once(self, client: Client) -> None:
        """Note the resources that stand twice, as several versions of one do."""
        places: dict[tuple[str, str], str] = {}
        for place, resource in client.resources:
            kind, key = resource["resourceType"], resource.get("id")
            if not isinstance(key, str):
                continue
            earlier = places.setdefault((kind, key), place)
            if earlier != place:
                self.faults.append(f"{kind} at {place}: stands at {earlier} too. Give each resource once.")


def _kind(concepts: list[Any], kinds: Mapping[str, str | None], path: str) -> str | None:
    """What the codes of a resource say that it is; None if it is none of ours."""
    named = [kinds[code] for concept in concepts for code in codes_of(concept) if code in kinds]
    words = {word for word in named if word is not None}
    if not named:
        raise Unclear(
            f"{path} has no code that the file of codes names. Name it there, with null if it is none of ours."
        )
    if len(words) > 1:
        raise Unclear(f"{path} has codes that say different things.")
    return words.pop() if words else None


def _agreed(plan: Resource, table: Plans) -> bool | None:
    """Whether rehabilitative work is agreed in a plan; None if an activity is not known, or there are none."""
    details = [part(activity, "detail") for activity in objects(plan, "activity")]
    known: list[Any] = []
    for detail in details:
        off = part(detail, "doNotPerform") is True or part(detail, "status") in (
            "cancelled",
            "stopped",
            "entered-in-error",
        )
        words = [table.activities[code] for code in codes_of(part(detail, "code")) if code in table.activities]
        known.append("off" if off else words[0] if words else "unknown")
    if "rehabilitative_work" in known:
        return True
    return False if known and "unknown" not in known and "off" not in known else None


def _language(patient: Resource) -> str | None:
    """The language in which to write to the client: the preferred one, or the only one, if texts are in it."""
    spoken = objects(patient, "communication")
    preferred = [one for one in spoken if one.get("preferred") is True] or (spoken if len(spoken) == 1 else [])
    codes = {code.rpartition("|")[2].partition("-")[0] for one in preferred for code in codes_of(one.get("language"))}
    return codes.pop() if len(codes) == 1 and codes <= set(LANGUAGES) else None


def _age(birth: Any, on: date) -> dict[str, int] | None:
    """The bounds of the age on a day of whom only the year, or the month, of birth is known."""
    if not isinstance(birth, str) or day(birth, "birthDate") is not None:
        return None
    year, _, month = birth.partition("-")
    first, last = (int(month), int(month)) if month else (1, 12)
    youngest = on.year - int(year) - ((on.month, on.day) < (last, 31))
    oldest = on.year - int(year) - (on.month < first)
    return {"at_least": youngest, "at_most": oldest} if youngest >= 0 else None


def _items(holder: Resource) -> Iterator[Resource]:
    """All items of a response, those inside items and answers too."""
    waiting = objects(holder, "item")
    while waiting:
        item = waiting.pop(0)
        yield item
        waiting += objects(item, "item")
        for answer in objects(item, "answer"):
            waiting += objects(answer, "item")


def _modified(value: Any) -> bool:
    """Whether there is a modifierExtension anywhere: who does not know it must not use what it stands in."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            if value.get("modifierExtension"):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _without_none(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}


def _identity_codes(value: Any, path: str) -> Iterator[str]:
    """The paths of the texts of a record in which an identity code stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _identity_codes(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _identity_codes(inner, f"{path}[{position}]")
    elif is_identity_code(value):
        yield path
