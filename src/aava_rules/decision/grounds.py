"""On what an answer rests: the deciding rules, their citations and messages, and what is doubtful."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from aava_rules.compiler.program import Program, RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.due import due_day
from aava_rules.decision.essential import essential
from aava_rules.decision.reasons import unread
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, in_force
from aava_rules.decision.text.values import fill_placeholders, format_day, format_value, label
from aava_rules.engine.conclude import suggests
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import OPEN, Reading, State
from aava_rules.language.structs import Struct, public
from aava_rules.language.texts import Texts
from aava_rules.language.values import LANGUAGES, UNKNOWN, Interval, plain
from aava_rules.rulebook.model import Text

_DOUBTS: Final = "rules not read"

# -- rules


def deciding_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules that give the answer ``state``: those that surely count, else those of which some must."""
    return _worked_out("deciding", _deciding, state)


def _deciding(state: State) -> tuple[RuleForms, ...]:
    if not state.readings:
        return ()
    reading = state.readings[0]
    open_ = state.status in OPEN or state.status == "none"
    if open_ and not (state.kind == "outcome" and isinstance(state.value, Interval)):
        return ()
    rules = reading.question.rules
    sure = tuple(rule for rule in rules if _counts(state, reading, rule) and _may_decide(state, reading, rule))
    if sure or open_ or _by_default(state, reading):
        return sure
    return tuple(rule for rule in rules if _may_decide(state, reading, rule))


def _by_default(state: State, reading: Reading) -> bool:
    """Whether `otherwise` may be what answers: no rule that merely might hold is then named."""
    default = reading.question.default
    return default is not None and reading.state(default.form) is not False


def _counts(state: State, reading: Reading, rule: RuleForms) -> bool:
    if state.kind == "step":
        return suggests(rule, reading) is True
    return reading.surely(rule.active)


def _may_decide(state: State, reading: Reading, rule: RuleForms) -> bool:
    if state.kind == "step":
        return suggests(rule, reading) is not False
    if reading.state(rule.active) is False:
        return False
    if state.kind == "requirement":
        breaks = rule.requires is None or reading.state(rule.requires) is not True
        return breaks if state.status == "broken" else True
    if state.status != "known":
        return True
    concluded = rule.bound.then[state.name]
    if isinstance(concluded, frozenset):
        sure = state.value.low if isinstance(state.value, Interval) else state.value
        return bool(concluded & sure)
    return bool(reading.value(concluded, rule.bound.scope) == state.value)


def open_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules of the unknown answer ``state`` that may still count."""
    return _worked_out("open", _open, state)


def _worked_out(what: str, work_out: Callable[[State], tuple[RuleForms, ...]], state: State) -> tuple[RuleForms, ...]:
    """``what`` of ``state``, worked out once for all of whom the same is known."""
    rules: tuple[RuleForms, ...] | None = state.memo.get(what)
    if rules is None:
        reading = state.shared
        rules = reading.memo.get((what, reading.question)) if reading is not None else None
        if rules is None:
            rules = work_out(state)
            if reading is not None:
                reading.memo[what, reading.question] = rules
        state.memo[what] = rules
    return rules


def _open(state: State) -> tuple[RuleForms, ...]:
    if not state.readings:
        return ()
    reading = state.readings[0]
    if state.kind == "step":
        return tuple(rule for rule in reading.question.rules if suggests(rule, reading) is None)
    return tuple(rule for rule in reading.question.rules if reading.state(rule.active) is not False)


def suggesting_rules(state: State) -> tuple[RuleForms, ...]:
    """The rules that suggest the step ``state``."""
    reading = state.readings[0]
    return tuple(rule for rule in reading.question.rules if suggests(rule, reading))


def judged_day(state: State, rule: RuleForms | None = None) -> date | None:
    """The day on which ``state`` was judged, or ``rule``, one of its rules; None if the day is not known."""
    if not state.readings:
        return None
    judged = state.readings[0].scopes[rule.bound.scope if rule else 0].judged
    return judged if isinstance(judged, date) else None


# -- citations and messages


def rules_cited(state: State) -> tuple[RuleForms, ...]:
    """The rules that ``state`` is shown with: those that decide it; else those that may; else all in force."""
    return deciding_rules(state) or open_rules(state) or (state.readings[0].question.rules if state.readings else ())


def citations_of(state: State, context: DecisionContext) -> tuple[Citation, ...]:
    """The citations of the rules that decide ``state``, as ``context`` has them; of all in force if none decides."""
    citations: dict[str, Citation] = {}
    for rule in rules_cited(state):
        for cite in in_force(rule.bound.rule.cite, judged_day(state, rule)):
            citations.setdefault(str(cite), context.citation(cite))
    return tuple(citations.values())


def message_of(state: State, context: DecisionContext, language: str) -> str:
    """The messages of the rules that surely give an answer, else the general text of such answers.

    A message that would quote what is not known is not used: it would assert more than is known.

    Args:
        state: the answer.
        context: what was asked, and of which record.
        language: ``fi``, ``sv`` or ``en``.

    Returns:
        One or more sentences, or the title with the answer.
    """
    word = _state_word(state)
    sentences: list[str] = []
    for rule, message in _messages(state, context, word):
        scope = state.readings[0].scopes[rule.bound.scope]
        sentence = _filled(message[language], scope, state, context, language)
        if sentence is not None and sentence not in sentences:
            sentences.append(sentence)
    if sentences:
        return " ".join([*sentences, *_possible_words(state, context, language)])
    general = _general_message(state, context, word)
    return _bare_answer(state, context, language) if general is None else _general(general, context, language)


def _possible_words(state: State, context: DecisionContext, language: str) -> list[str]:
    """Of a set that may still gain words, the sentence that tells them."""
    if state.kind != "outcome" or not isinstance(state.value, Interval) or state.status != "known":
        return []
    more = format_value(state.value.high - state.value.low, "", language, context.parts.words)
    possibly = text("report.possibly", language)
    return [f"{possibly[:1].upper()}{possibly[1:]}: {more}."]


class Wording:
    """The message of an outcome of the day of decision, but for what it quotes of a record.

    It says what `message_of` says, of any record in which the same is known.
    """

    def __init__(self, state: State, context: DecisionContext) -> None:
        word = _state_word(state)
        self._messages = [message for _, message in _messages(state, context, word)]
        self._general = _general_message(state, context, word)
        self._more = {language: _possible_words(state, context, language) for language in LANGUAGES}
        self._bare = {language: _bare_answer(state, context, language) for language in LANGUAGES}

    def in_words(self, context: DecisionContext, language: str) -> str:
        """The message in ``language``, with what the record of ``context`` says."""
        scope = Scope(context.session.facts, context.on)
        sentences: list[str] = []
        for message in self._messages:
            sentence = _filled(message[language], scope, None, context, language)
            if sentence is not None and sentence not in sentences:
                sentences.append(sentence)
        if sentences:
            return " ".join([*sentences, *self._more[language]])
        return self._bare[language] if self._general is None else _general(self._general, context, language)


def _messages(state: State, context: DecisionContext, word: str) -> Iterator[tuple[RuleForms, Text]]:
    """The messages that may tell the answer ``state``, which is called ``word``, each with its rule."""
    for rule in _sure_rules(state) or (open_rules(state) if state.status in ("unknown", "open") else ()):
        messages = context.parts.messages.get(rule.bound.rule.message, {})
        message = messages.get(word) or messages.get("value" if state.kind == "outcome" else "")
        if message is not None and (state.status != "unknown" or word in messages):
            yield rule, message


def quotes_record(state: State, context: DecisionContext) -> bool:
    """Whether the message of ``state`` quotes what the record says; else it follows from what is known of it alone.

    ``context`` has the record, day and rulebook.
    """
    word = _state_word(state)
    messages = [message for _, message in _messages(state, context, word)]
    if not messages:
        rules = context.session.book.rules_of(state.kind, state.name)
        general = (context.parts.messages.get(f"{ruleset.name}/{state.name}", {}).get(word) for _, ruleset in rules)
        messages = [message for message in general if message is not None][:1]
    return any("{" in text for message in messages for text in message.values())


def _sure_rules(state: State) -> tuple[RuleForms, ...]:
    """The deciding rules that hold whatever the missing facts are; not those that only between them must."""
    rules = state.memo.get("sure")
    if rules is None:
        reading = state.readings[0] if state.readings else None
        sure = (rule for rule in deciding_rules(state) if reading is not None and _counts(state, reading, rule))
        rules = state.memo["sure"] = tuple(sure)
    return rules


def _filled(message: str, scope: Scope, state: State | None, context: DecisionContext, language: str) -> str | None:
    """The message with its placeholders filled in; None if one of them is not known. Only a ``state`` has a due day."""
    if "{" not in message:
        return message
    unknown = text("answer.unknown", language)
    parts: list[str] = []

    def fill(name: str) -> str:
        if name == "due":
            parts.append("" if state is None else _due_text(state, context, language))
        elif name in context.parts.outcomes:
            # an outcome is one for the whole decision, whatever day its rules were judged on
            parts.append(format_value(context.session.outcome(name).value, "", language, context.parts.words))
        else:
            parts.append(placeholder(name, scope, context, language))
        return parts[-1]

    filled = fill_placeholders(message, fill, language)
    return None if unknown in parts else filled


def _general_message(state: State, context: DecisionContext, word: str) -> Text | None:
    """What is said of the answer ``state``, which is called ``word``, where no rule says it."""
    for _, ruleset in context.session.book.rules_of(state.kind, state.name):
        message = context.parts.messages.get(f"{ruleset.name}/{state.name}", {}).get(word)
        if message is not None:
            return message
    return None


def _general(message: Text, context: DecisionContext, language: str) -> str:
    return fill_placeholders(message[language], lambda name: placeholder(name, None, context, language), language)


def _bare_answer(state: State, context: DecisionContext, language: str) -> str:
    return f"{label(context.parts, state.name)[language]}: {answer_word(state, context, language)}"


def _state_word(state: State) -> str:
    if state.kind == "outcome" and state.status == "known":
        return {True: "true", False: "false"}.get(state.value, "value") if isinstance(state.value, bool) else "value"
    return state.status


def answer_word(state: State, context: DecisionContext, language: str) -> str:
    """The answer ``state`` itself in the words of ``context`` and ``language``: "täyttyy", "180 benefit days"."""
    if state.kind == "outcome" and state.status == "known":
        definition = context.parts.outcomes.get(state.name)
        return format_value(state.value, definition.unit if definition else "", language, context.parts.words)
    if state.kind == "step" and state.status == "none":
        return text("answer.not_suggested", language)
    return text(f"answer.{state.status}", language)


def _due_text(state: State, context: DecisionContext, language: str) -> str:
    return format_value(due_day(state), "", language, {}) if state.kind == "step" and state.readings else ""


def placeholder(name: str, scope: Any, context: DecisionContext, language: str) -> str:
    """What stands for a placeholder of a message.

    Args:
        name: a fact, ``param.`` and a parameter, or ``item.`` and a field of the item.
        scope: item and judged day of the rule; None for a message of no single rule.
        context: what was asked, and of which record.
        language: ``fi``, ``sv`` or ``en``.

    Returns:
        The value in words, without its unit.
    """
    parts, facts = context.parts, context.session.facts
    owner, _, rest = name.partition(".")
    if owner == "param" and rest:
        day = scope.judged if scope is not None else context.on
        return format_value(facts.parameter(rest, day), "", language, parts.words)
    if owner == "item" and rest and scope is not None:
        value = getattr(scope.item, rest, None)
        if value is None:
            singular = context.session.book.singular(scope.list_name)
            definition = parts.facts.get(f"{singular}.{rest}")
            value = facts.item_fact(f"{singular}.{rest}", scope) if definition else UNKNOWN
        return format_value(value, "", language, parts.words)
    # the message names the unit itself, so that its case fits the sentence
    return format_value(facts.value(name, scope.judged if scope is not None else context.on), "", language, parts.words)


# -- why an answer is unknown


@public
class LastKnown(Struct):
    """What the law that was read last gives, where that of the day has not been verified.

    Attributes:
        value: the answer; the facts are those of the day of decision.
        day: the last day for which the law was read.
        by: the ids of the deciding rules.
    """

    value: Any
    day: date
    by: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {"value": plain(self.value), "day": self.day.isoformat(), "by": list(self.by)}


def last_known_of(state: State, context: DecisionContext) -> LastKnown | None:
    """What the law read last gives for the outcome ``state`` of ``context``; None if that is not known either."""
    read = [ruleset.read_until for _, ruleset in context.session.book.rules_of(state.kind, state.name)]
    days = [day for day in read if day is not None]
    if not days:
        return None
    earlier = context.earlier_law(min(days)).outcome(state.name)
    if earlier.status != "known":
        return None
    return LastKnown(earlier.answer, min(days), tuple(rule.bound.rule.id for rule in deciding_rules(earlier)))


def last_known_text(known: LastKnown, state: State, context: DecisionContext, language: str) -> str:
    """``known``, what the law read last gives for ``state`` of ``context``, as a line in ``language``."""
    definition = context.parts.outcomes[state.name]
    answer = format_value(known.value, definition.unit, language, context.parts.words)
    return text("explain.last_known", language, day=format_day(known.day, language), answer=answer)


def successor_of(state: State, context: DecisionContext) -> Texts | None:
    """What is expected to hold instead of the law behind ``state``, by language; None if ``context`` names nothing."""
    rules = context.session.book.rules_of(state.kind, state.name)
    successor = next((ruleset.successor for _, ruleset in rules if ruleset.successor), None)
    if successor is None:  # of most law nothing is expected, so that it need not be asked whether it is in doubt
        return None
    if state.status != "not_applicable" and not unread(state) and not doubted_rules(state):
        return None
    return Texts(successor)


def doubted_rules(state: State) -> set[str]:
    """The ids of the rules that have not been read to the judged day and that leave ``state`` open."""
    if not state.open:
        return set()
    return {
        feature.word
        for reading in state.readings
        if _may_doubt(reading.program)
        for feature in essential(reading)
        # not those of outcomes that it reads
        if feature.kind == "doubt" and feature.word in (reading.layered or reading).program.rules
    }


def _may_doubt(program: Program) -> bool:
    """Whether a rule of ``program`` has not been read to some judged day, worked out once."""
    doubts: bool | None = program.compiled.get(_DOUBTS)
    if doubts is None:
        doubts = program.compiled[_DOUBTS] = any(feature.kind == "doubt" for feature in program.features)
    return doubts
