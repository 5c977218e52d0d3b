"""On what an answer rests: the deciding rules, their citations and messages, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from .binding import parameters_behind
from .citations import Citation, citation, in_force
from .engines.reference import Reading, State, suggests
from .evaluation import is_known, reader
from .facts import DERIVED_FIRST
from .folding import RuleForms
from .frames import in_doubt
from .missing import essential, is_open, reasons
from .parts import ParamValue, Rule, Text
from .values import LANGUAGES, NONE, UNKNOWN, Interval
from .wording import SAYINGS, filled, label, said

if TYPE_CHECKING:
    from .decision import Decision


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in the record that does not fit together, in three languages."""

    code: str
    texts: Text
    fields: tuple[str, ...] = ()

    def text(self, language: str = "fi") -> str:
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.texts, "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class Caution:
    """What some answers rest on that is not verified; ``affects`` names these answers."""

    code: str
    texts: Text
    affects: tuple[str, ...]
    citations: tuple[Citation, ...] = ()

    def text(self, language: str = "fi") -> str:
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        cites = [one.to_dict() for one in self.citations]
        return {"code": self.code, "text": self.texts, "affects": list(self.affects), "citations": cites}


# -- rules


def deciding_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules that give the answer: those that surely count, else those that between them must."""
    if not state.readings:
        return ()
    reading = state.readings[0]
    rules = [rule for rule in reading.question.rules if _may_decide(state, reading, rule)]
    sure = tuple(rule for rule in rules if _counts(state, reading, rule))
    if state.status in ("unknown", "open", "none"):
        return sure if state.kind == "outcome" and isinstance(state.value, Interval) else ()
    if sure or _by_default(state, reading):
        return sure
    return tuple(rules)


def _by_default(state: State, reading: Reading) -> bool:
    """Whether `otherwise` may be what answers: no rule that merely might hold is then named."""
    fallback = reading.question.otherwise_form
    return fallback is not None and fallback.state(reading.known) is not False


def _counts(state: State, reading: Reading, rule: RuleForms) -> bool:
    if state.kind == "step":
        return suggests(rule, reading.known) is True
    return rule.active.surely(reading.known)


def _may_decide(state: State, reading: Reading, rule: RuleForms) -> bool:
    if state.kind == "step":
        return suggests(rule, reading.known) is not False
    if rule.active.state(reading.known) is False:
        return False
    if state.kind == "requirement":
        breaks = rule.requires is None or rule.requires.state(reading.known) is not True
        return breaks if state.status == "broken" else True
    if state.status != "known":
        return True
    concluded = rule.then[state.name]
    if isinstance(concluded, frozenset):
        sure = state.value.low if isinstance(state.value, Interval) else state.value
        return bool(concluded & sure)
    return bool(concluded(reading.scopes[rule.bound.scope]) == state.value)


def open_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules of an unknown answer that may still count."""
    if not state.readings:
        return ()
    reading = state.readings[0]
    if state.kind == "step":
        return tuple(rule for rule in reading.question.rules if suggests(rule, reading.known) is None)
    return tuple(rule for rule in reading.question.rules if rule.active.state(reading.known) is not False)


def suggesting_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules that suggest a step."""
    reading = state.readings[0]
    return tuple(rule for rule in reading.question.rules if suggests(rule, reading.known))


def due_day(state: State) -> Any:
    """The earliest day by which a suggested step is due; None if no source names one, UNKNOWN if it depends."""
    scopes = state.readings[0].scopes
    dues = [rule.due(scopes[rule.bound.scope]) for rule in suggesting_rules(state) if rule.due is not None]
    if any(due is UNKNOWN or due.__class__ is Interval for due in dues):
        return UNKNOWN
    return min((due for due in dues if due is not NONE), default=None)


def judged_day(state: State, rule: RuleForms | None = None) -> date | None:
    """The day on which a state (or one of its rules) was judged; None if it is not known."""
    if not state.readings:
        return None
    return state.readings[0].scopes[rule.bound.scope if rule else 0].judged


# -- citations and messages


def citations_of(state: State, decision: Decision) -> tuple[Citation, ...]:
    """The citations of the deciding rules; of those in force, where no single rule decides."""
    chosen = deciding_rules(state) or open_rules(state) or (state.readings[0].question.rules if state.readings else ())
    found: dict[str, Citation] = {}
    for rule in chosen:
        for cite in in_force(rule.bound.rule.cite, judged_day(state, rule)):
            found.setdefault(str(cite), citation(cite, decision.parts.sources))
    return tuple(found.values())


def message_of(state: State, decision: Decision, language: str) -> str:
    """The messages of the deciding rules for this state, else what is said of every answer."""
    word = _state_word(state)
    texts: list[str] = []
    for rule in deciding_rules(state) or open_rules(state):
        messages = decision.parts.messages.get(rule.bound.rule.message, {})
        message = messages.get(word) or messages.get("value" if state.kind == "outcome" else "")
        if message is None or (state.status == "unknown" and word not in messages):
            continue
        scope = state.readings[0].scopes[rule.bound.scope]
        due = _due_text(state, decision, language)

        def fill(name: str, scope: Any = scope, due: str = due) -> str:
            return due if name == "due" else placeholder(name, scope, decision, language)

        text = filled(message[language], fill)
        if text not in texts:
            texts.append(text)
    return " ".join(texts) or _general(state, decision, word, language)


def _general(state: State, decision: Decision, word: str, language: str) -> str:
    for _, ruleset in decision.run.book.rules_of(state.kind, state.name):
        message = decision.parts.messages.get(f"{ruleset.name}/{state.name}", {}).get(word)
        if message is not None:
            return filled(message[language], lambda name: placeholder(name, None, decision, language))
    title = label(decision.parts, state.name)[language]
    return f"{title}: {answer_word(state, decision, language)}"


def _state_word(state: State) -> str:
    if state.kind == "outcome" and state.status == "known":
        return {True: "true", False: "false"}.get(state.value, "value") if isinstance(state.value, bool) else "value"
    return state.status


def answer_word(state: State, decision: Decision, language: str) -> str:
    """The answer itself, in words."""
    if state.kind == "outcome" and state.status == "known":
        definition = decision.parts.outcomes.get(state.name)
        return said(state.value, definition.unit if definition else "", language, decision.parts.words)
    if state.kind == "step" and state.status == "none":
        return SAYINGS["not suggested"][language]
    return SAYINGS.get(state.status, SAYINGS["unknown"])[language]


def _due_text(state: State, decision: Decision, language: str) -> str:
    return said(due_day(state), "", language, {}) if state.kind == "step" and state.readings else ""


def placeholder(name: str, scope: Any, decision: Decision, language: str) -> str:
    """What stands for a placeholder of a message: a fact, a parameter or a field of the item."""
    parts, facts = decision.parts, decision.run.facts
    owner, _, rest = name.partition(".")
    if owner == "param" and rest:
        day = scope.judged if scope is not None else decision.on
        return said(facts.parameter(rest, day), "", language, parts.words)
    if owner == "item" and rest and scope is not None:
        value = getattr(scope.item, rest, None)
        if value is None:
            singular = decision.run.book.singular(scope.list_name)
            definition = parts.facts.get(f"{singular}.{rest}")
            value = facts.item_fact(f"{singular}.{rest}", scope) if definition else UNKNOWN
        return said(value, "", language, parts.words)
    # the message itself names the unit, so that it can be inflected
    return said(facts.value(name, scope.judged if scope is not None else decision.on), "", language, parts.words)


# -- why an answer is unknown


def reasons_unknown(state: State, decision: Decision) -> tuple[str, ...]:
    """Why an answer is unknown: facts are missing, the law is not verified, an official must judge."""
    return reasons(state, decision)


def successor_of(state: State, decision: Decision) -> Text | None:
    """The text that names what is expected to hold instead."""
    doubted = any(reading.question.in_doubt for reading in state.readings)
    if state.status != "not_applicable" and not doubted and not _doubted_rules(state):
        return None
    for _, ruleset in decision.run.book.rules_of(state.kind, state.name):
        if ruleset.successor:
            return ruleset.successor
    return None


def _doubted_rules(state: State) -> set[str]:
    """The rules that nobody has read to this day and that leave the answer open."""
    if not is_open(state):
        return set()
    found = (one for reading in state.readings for one in essential(state, reading))
    return {variable.word for variable in found if variable.kind == "doubt"}


# -- notices and cautions


def find_notices(decision: Decision) -> tuple[Notice, ...]:
    """Facts that are given and follow from the record too, with another value."""
    facts, parts = decision.run.facts, decision.parts
    found = []
    for name, given in sorted(facts.given.items()):
        if not facts.counts_on(name, decision.on) or not _has_origin(name, decision):
            continue
        derived = _client_value(name, decision) if name in ("birth_date", "municipality") else facts.derived(name, decision.on)
        if derived is UNKNOWN or not _differ(given, derived):
            continue
        texts = {
            language: _DIFFERS[name in DERIVED_FIRST][language].format(label(parts, name)[language])
            for language in LANGUAGES
        }
        found.append(Notice("facts_differ", texts, (f"facts.{name}", *_origins(name, decision))))
    return tuple(found)


_DIFFERS = {
    False: {
        "fi": "Valmiina annettu tieto ({}) poikkeaa siitä, mitä tietueen muista tiedoista seuraa. Annettua tietoa käytettiin.",
        "sv": "Den färdigt angivna uppgiften ({}) avviker från det som följer av postens övriga uppgifter. Den angivna uppgiften användes.",
        "en": "The ready-made fact ({}) differs from what the rest of the record says. The given one was used.",
    },
    True: {
        "fi": "Valmiina annettu tieto ({}) poikkeaa siitä, mitä tietueen muista tiedoista seuraa. Johdettua tietoa käytettiin.",
        "sv": "Den färdigt angivna uppgiften ({}) avviker från det som följer av postens övriga uppgifter. Den härledda uppgiften användes.",
        "en": "The ready-made fact ({}) differs from what the rest of the record says. The derived one was used.",
    },
}


def _has_origin(name: str, decision: Decision) -> bool:
    definition = decision.parts.facts.get(name)
    return name in ("birth_date", "municipality") or (definition is not None and definition.derivation is not None)


def _client_value(name: str, decision: Decision) -> Any:
    client = decision.run.facts.record.client
    value = getattr(client, name, None)
    return UNKNOWN if value is None else value


def _origins(name: str, decision: Decision) -> tuple[str, ...]:
    if name in ("birth_date", "municipality"):
        return (f"client.{name}",)
    if name == "age":
        return ("client.birth_date",)
    derivation = decision.parts.facts[name].derivation
    return (derivation.over,) if derivation is not None and derivation.over else ()


def _differ(given: Any, derived: Any) -> bool:
    """Whether two values exclude one another; bounds do not exclude what lies within them."""
    from .evaluation import orders

    if not is_known(given) or not is_known(derived):
        return "=" not in orders(given, derived) if derived.__class__ is not frozenset else False
    return bool(given != derived)


def find_cautions(decision: Decision) -> tuple[Caution, ...]:
    """Every caution, with the answers that it concerns."""
    found: dict[tuple[str, str], tuple[Text, list[str], tuple[Citation, ...]]] = {}
    for state in decision.states:
        if state.status in ("none",) or state.given:
            continue
        for key, texts, cites in _cautions(state, decision):
            entry = found.setdefault(key, (texts, [], cites))
            if state.name not in entry[1]:
                entry[1].append(state.name)
    return tuple(
        Caution(code, texts, tuple(sorted(names)), cites) for (code, _), (texts, names, cites) in sorted(found.items(), key=lambda x: x[0])
    )


_Found = tuple[tuple[str, str], Text, tuple[Citation, ...]]


def _cautions(state: State, decision: Decision) -> Iterable[_Found]:
    sources = decision.parts.sources
    doubted = _doubted_rules(state)
    for rule, ruleset in decision.run.book.rules_of(state.kind, state.name):
        day = _day_of(rule, state, decision)
        if day is None:
            continue
        if in_doubt(ruleset, None, day) or in_doubt(ruleset, state.name, day) or rule.id in doubted:
            yield ("law_not_verified", ruleset.name), _not_read(ruleset.title, ruleset.successor), ()
        elif ruleset.read_until is not None and day > ruleset.read_until and state.status != "not_applicable":
            until = ruleset.read_until
            yield ("law_read_until", f"{ruleset.name}{until}"), _read_until(ruleset.title, until), ()
    for forms in _resting_on(state):
        rule = forms.bound.rule
        day = judged_day(state, forms)
        if rule.status != "verified":
            cites = tuple(citation(one, sources) for one in in_force(rule.cite, day))
            yield (rule.status, rule.id), _unverified(rule.status, rule.title), cites
        for name in sorted(parameters_behind(rule, decision.parts)):
            value = _value_in_force(decision.parts.parameters[name].values, day)
            if value is not None and value.status != "verified":
                cites = tuple(citation(one, sources) for one in value.cite)
                yield (value.status, f"{name}{value.start}"), _unverified(value.status, decision.parts.parameters[name].title), cites


def _day_of(rule: Rule, state: State, decision: Decision) -> date | None:
    if not state.readings:
        return None
    for forms in state.readings[0].question.rules:
        if forms.bound.rule.id == rule.id:
            return judged_day(state, forms)
    if rule.judged_on is None:
        return decision.on
    value = reader(rule.judged_on)(state.readings[0].scopes[0])
    return value if isinstance(value, date) else None


def _resting_on(state: State) -> tuple[RuleForms, ...]:
    """The rules that an answer rests on: the deciding ones, or (for a no, or an unknown) all in force."""
    if not state.readings or state.status == "not_applicable":
        return ()
    return deciding_rules(state) or state.readings[0].question.rules


def _value_in_force(values: tuple[ParamValue, ...], day: date | None) -> ParamValue | None:
    found = None
    for value in values:
        if value.start is None or (day is not None and value.start <= day):
            found = value
    return found


def _read_until(title: Text, until: date) -> Text:
    from .wording import day

    return {
        "fi": f"{title['fi']}: lakia on luettu {day(until, 'fi')} asti; myöhempiä muutoksia ei ole otettu huomioon.",
        "sv": f"{title['sv']}: lagen har lästs till och med {day(until, 'sv')}; senare ändringar har inte beaktats.",
        "en": f"{title['en']}: the law has been read up to {day(until, 'en')}; later changes are not taken into account.",
    }


def _not_read(title: Text, successor: Text) -> Text:
    named = {language: f" ({successor[language]})" if successor else "" for language in LANGUAGES}
    return {
        "fi": f"{title['fi']}: lakiin on odotettavissa muutos{named['fi']}, jota ei ole voitu tarkistaa. Vastausta ei anneta.",
        "sv": f"{title['sv']}: en lagändring{named['sv']} är att vänta som inte har kunnat kontrolleras. Inget svar ges.",
        "en": f"{title['en']}: a change of law{named['en']} is expected that could not be verified. No answer is given.",
    }


def _unverified(status: str, title: Text) -> Text:
    secondary = status == "secondary"
    return {
        "fi": f"{title['fi']}: tieto perustuu " + ("muuhun kuin säädöstekstiin." if secondary else "tarkistamattomaan lähteeseen."),
        "sv": f"{title['sv']}: uppgiften bygger på " + ("annat än författningstexten." if secondary else "en okontrollerad källa."),
        "en": f"{title['en']}: this rests on " + ("a secondary source, not on the text of the act." if secondary else "a source that has not been verified."),
    }
