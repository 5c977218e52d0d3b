"""Rules as written into linked rules: lines typed, names resolved, conclusions checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast

from aava_rules.language.structs import FrozenDict
from aava_rules.language.syntax import Condition, DecisionDate, Expr, Fact, walk
from aava_rules.rulebook.dependencies import parameters_on_the_day
from aava_rules.rulebook.loader.amendments import is_changed_too_early
from aava_rules.rulebook.loader.conclusions import Conclusions
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.expressions import CitationReader, LineReader, reads_rule_dates
from aava_rules.rulebook.loader.messages import Messages
from aava_rules.rulebook.loader.precedence import Overrides
from aava_rules.rulebook.loader.rulesets import Conditions, RuleEntry, RulesetEntry, Rulesets
from aava_rules.rulebook.loader.symbols import Names
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar
from aava_rules.rulebook.model import WEIGHTS, Cite, MayEnd, Parameter, Rule, Ruleset, Weight

_KINDS = {"then": "decide", "requirement": "require", "suggest": "suggest"}
_STRENGTH = f"From strong to weak: {', '.join(WEIGHTS)}."
_ONLY = {"require": "requirement", "due": "suggest"}


class RuleLinker:
    """Links the rules of all rulesets of all layers."""

    def __init__(self, names: Names, rulesets: Rulesets, parameters: dict[str, Parameter]) -> None:
        self.names, self.rulesets, self.parameters = names, rulesets, parameters
        self.messages = Messages(names, rulesets)
        for entry in rulesets.with_changes:
            for rule in entry.rules:
                _set_kind(rule)
        self.overrides = Overrides(rulesets)
        self._dayless: set[str] = set()
        """Rules whose judged day could not be read."""

    def run(self) -> tuple[Ruleset, ...]:
        """All rulesets, linked; rules with faults are left out."""
        linked = tuple(self._ruleset(entry) for entry in self.rulesets.entries)
        self.overrides.check_circles()
        self.messages.check()
        _check_otherwise(list(zip(self.rulesets.entries, linked, strict=True)), self.parameters, self._dayless)
        return linked

    def _ruleset(self, entry: RulesetEntry) -> Ruleset:
        head, document, layer = entry.whole, entry.document, entry.layer
        if head.weight and WEIGHTS.index(head.weight) < WEIGHTS.index(layer.weight):
            node = entry.node.get("weight")
            document.fault(node, "AR064", f"the weight {head.weight} in a rulebook of weight {layer.weight}", _STRENGTH)
        below: list[Conditions] = []
        rules: list[Rule] = []
        otherwise: dict[str, Any] = {}
        for part in (entry, *entry.changes):
            conditions = Conditions(self.names, part, tuple(below))
            conclusions = Conclusions(self.names, part)
            conclusions.check_decides()
            linked = (self._rule(rule_entry, conditions, conclusions) for rule_entry in part.rules)
            rules += [rule for rule in linked if rule is not None]
            values = conclusions.otherwise(conditions.scope("", is_suggestion=False))
            for name in values.keys() & otherwise.keys():
                why = "It has no day, so what the rulebook answered before the amendment would change with it."
                part.document.fault(part.node.get("otherwise"), "AR060", f"otherwise says {name} again", why)
            otherwise |= values
            below.append(conditions)
        ruleset = Ruleset(
            head.ruleset, layer.name, head.title, cast(Weight, entry.weight), head.each, tuple(rules),
            {name: linked for each in below for name, linked in each.all().items()}, otherwise,
            head.read_until, *self._doubt(entry), head.successor, document.place(entry.node),
            self._to_read(entry), self._may_end(entry),
        )  # fmt: skip
        for change in entry.changes:
            ruleset = self._amended(ruleset, change)
        return ruleset

    def _amended(self, ruleset: Ruleset, change: RulesetEntry) -> Ruleset:
        """The ruleset with what an amendment says of how far its law was read, of its doubts and of its end."""
        head, document, start = change.head, change.document, change.layer.start
        if head.read_until is not None:
            ruleset = replace(ruleset, read_until=head.read_until, to_read=())
        if change.node.get("to_read") is not None:
            ruleset = replace(ruleset, to_read=self._to_read(change, ruleset.read_until))
        if head.successor:
            ruleset = replace(ruleset, successor=head.successor)
        node = change.node.get("may_end")
        if node is not None:
            end = ruleset.may_end
            if end is None and not isinstance(node, Mapping):
                document.fault(node, "AR080", f"the ruleset {change.name} has no may_end to take out")
            if end is None or not is_changed_too_early(document, node, change.layer, end.start):
                ruleset = replace(ruleset, may_end=self._may_end(change))
        node = change.node.get("in_doubt_from")
        if isinstance(node, Mapping):
            for key, value in node.pairs:
                if key.text not in change.decides:
                    hint = nearest(key.text, change.decides)
                    document.fault(key, "AR055", f"this ruleset does not decide {key.text[:60]}", "", hint)
                else:
                    ruleset = self._redoubted(ruleset, change, key.text, value, start)
        elif isinstance(node, Scalar):
            ruleset = self._redoubted(ruleset, change, "", node, start)
        return ruleset

    def _redoubted(self, ruleset: Ruleset, change: RulesetEntry, outcome: str, node: Node, start: date) -> Ruleset:
        """The ruleset with another doubt: of one ``outcome``, or of all if that is empty.

        A doubt that began before the amendment ends with it; one that would begin later is gone.
        """
        document = change.document
        ends = isinstance(node, Scalar) and node.text == "none"
        day = None if ends else CitationReader(self.names, document).day(node)
        old = ruleset.doubted.get(outcome) if outcome else ruleset.in_doubt_from
        if old is None and ends:
            what = f"the ruleset {change.name} has no doubt{f' of {outcome}' if outcome else ''} to end"
            document.fault(node, "AR080", what)
        if day is not None and is_changed_too_early(document, node, change.layer, day):
            return ruleset
        if old is not None and old < start:
            if day is not None:
                what = f"the doubt that began on {old} cannot begin again on {day}"
                hint = "Write none, which ends it, and in_doubt_from in the rules that are in doubt later."
                document.fault(node, "AR081", what, f"The amendment holds from {start}.", hint)
            return replace(ruleset, doubt_ends=FrozenDict(ruleset.doubt_ends | {outcome: start}))
        if outcome:
            doubted = {name: since for name, since in ruleset.doubted.items() if name != outcome}
            return replace(ruleset, doubted=doubted if day is None else doubted | {outcome: day})
        return replace(ruleset, in_doubt_from=day)

    def _may_end(self, entry: RulesetEntry) -> MayEnd | None:
        node, may_end = entry.node.get("may_end"), entry.head.may_end
        if may_end is None or isinstance(may_end, str) or not isinstance(node, Mapping):
            return None
        return MayEnd(may_end.from_, CitationReader(self.names, entry.document).cites(node.get("cite")))

    def _to_read(self, entry: RulesetEntry, read_until: date | None = None) -> tuple[Cite, ...]:
        node = entry.node.get("to_read")
        if node is not None and entry.head.read_until is None and read_until is None:
            why = "Only what was passed after the law was read has to be read still."
            entry.document.fault(
                node, "AR046", "to_read without read_until", why, "Write read_until: the last day read."
            )
        return CitationReader(self.names, entry.document).cites(node)

    def _doubt(self, entry: RulesetEntry) -> tuple[date | None, dict[str, date]]:
        node = entry.node.get("in_doubt_from")
        citer = CitationReader(self.names, entry.document)
        if isinstance(node, Scalar) and node.value is not None:
            return citer.day(node), {}
        doubted: dict[str, date] = {}
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            if key.text not in entry.head.decides:
                hint = nearest(key.text, entry.head.decides)
                entry.document.fault(key, "AR055", f"this ruleset does not decide {key.text[:60]}", "", hint)
            elif (day := citer.day(value)) is not None:
                doubted[key.text] = day
        return None, doubted

    def _rule(self, rule: RuleEntry, conditions: Conditions, conclusions: Conclusions) -> Rule | None:
        entry, m, node = rule.ruleset, rule.model, rule.node
        document, layer = entry.document, entry.layer
        start, until = rule.start, rule.until
        if start and until and start > until and rule.ended is None:
            document.fault(
                node.get("in_force"), "AR031", "the rule ends before it begins", f"{until} is before {start}."
            )
        if m.weight and WEIGHTS.index(m.weight) < WEIGHTS.index(layer.weight):
            what = f"the weight {m.weight} in a rulebook of weight {layer.weight}"
            document.fault(node.get("weight"), "AR064", what, _STRENGTH)
        citer = CitationReader(self.names, document)
        cite, to_read = citer.dated(node.get("cite")), citer.to_read(node, m.status)
        message = self.messages.find(rule)
        overrides = self.overrides.of(rule)
        singular = "" if rule.each == "client" else rule.each
        lines = LineReader(document, conditions.scope(singular, rule.kind == "suggest"))
        when = lines.condition(node.get("when"))
        unless, require = self._tests(lines, rule, "unless"), self._tests(lines, rule, "require")
        doubt_where = self._tests(lines, rule, "in_doubt_where")
        if m.in_doubt_where is not None and m.in_doubt_from is None:
            hint = "Write the day from which the rule is in doubt there."
            document.fault(node.get("in_doubt_where"), "AR050", "in_doubt_where without in_doubt_from", "", hint)
        whole = entry.base or entry
        if (own_day := node.get("judged_on")) is not None or whole is entry:
            judged_node, judge_lines = own_day or entry.node.get("judged_on"), lines
        else:  # the day of the ruleset that is amended, in its own file
            judged_node = whole.node.get("judged_on")
            judge_lines = LineReader(whole.document, conditions.scope(singular, rule.kind == "suggest"))
        judged_on = self._day(judge_lines, judged_node)
        if judged_on is None and judged_node is not None:
            self._dayless.add(m.id)
        due = self._day(lines, node.get("due"))
        judgement = self._judgement(rule)
        if rule.kind is None:
            return None
        then, name = conclusions.of(rule, lines)
        values = [value for value in then.values() if not isinstance(value, frozenset)]
        trees = [when, unless, require, doubt_where, judged_on, due, *values]
        self._check_days(rule, trees, start, until)
        self._check_parameters(rule, trees, start)
        if when is None:
            return None
        return Rule(
            m.id, rule.kind, entry.name, layer.name, cast(Weight, rule.weight), rule.each, m.title,
            document.place(node), when, unless, require, then, name, due, start, until,
            None if isinstance(judged_on, DecisionDate) else judged_on, overrides, judgement, cite, m.status, message,
            m.in_doubt_from, to_read, doubt_where, falls_on=self._falls_on(rule),
        )  # fmt: skip

    def _tests(self, lines: LineReader, rule: RuleEntry, part: str) -> Condition | None:
        node = rule.node.get(part)
        return None if node is None else lines.condition(node)

    def _day(self, lines: LineReader, node: Node | None) -> Expr | None:
        return None if node is None else lines.value(node, "date")

    def _falls_on(self, rule: RuleEntry) -> str:
        """The word for whom a rule charges, which the vocabulary must label, since people read it."""
        word, node, document = rule.model.falls_on, rule.node.get("falls_on"), rule.ruleset.document
        if word is None:
            return ""
        if rule.kind == "decide":
            why = "Only what is to be done falls on somebody."
            document.fault(rule.key("falls_on"), "AR050", "falls_on stands beside then", why)
        elif word not in self.names.words and not self.names.is_broken("words", word):
            hint = nearest(word, self.names.words) or "It must stand under words in vocabulary.yaml."
            document.fault(node, "AR014", f"no word {word[:60]} has a label", "It is told to people.", hint)
        return word

    def _judgement(self, rule: RuleEntry) -> str:
        name, node = rule.model.needs_judgement, rule.node.get("needs_judgement")
        if name is None:
            return ""
        if name is True:
            return "true"
        if self.names.is_broken("facts", str(name)):
            return ""
        entry = self.names.facts.get(str(name))
        if entry is None or "." in str(name):
            hint = nearest(str(name), self.names.facts) or "Write the fact that records the assessment, or true."
            rule.ruleset.document.fault(node, "AR059", f"no fact is named {str(name)[:60]}", "", hint)
        elif entry.model.type != "boolean":
            rule.ruleset.document.fault(node, "AR059", f"{name} is of type {entry.model.type}, not boolean")
        return str(name)

    def _check_days(self, rule: RuleEntry, trees: list[Any], start: date | None, until: date | None) -> None:
        if rule.end is not None and "until" in reads_rule_dates(*trees):
            document, node = rule.end
            why = "Its last day would be another one, and with it what it answered before the amendment."
            hint = "Leave it as it is, and let a new rule override it."
            document.fault(node, "AR081", f"the rule {rule.id} reads rule.until", why, hint)
        for which in sorted(reads_rule_dates(*trees)):
            if (start if which == "from" else until) is None:
                what = f"rule.{which} is read, but the rule has no such day"
                rule.ruleset.document.fault(rule.key("id"), "AR032", what, "", f"Write in_force: {{{which}: day}}.")

    def _check_parameters(self, rule: RuleEntry, trees: list[Any], start: date | None) -> None:
        for name in sorted(parameters_on_the_day(tree for tree in trees if tree is not None)):
            values = self.parameters[name].values
            if not values or values[0].start is None:
                continue
            first = values[0].start
            if start is None or start < first:
                what = f"param.{name} has no value before {first}"
                why = f"The rule holds from {start}." if start else "The rule says no day from which it holds."
                node = rule.node.get("in_force") or rule.key("id")
                hint = f"Write in_force: {{from: {first}}} or add the value."
                rule.ruleset.document.fault(node, "AR030", what, why, hint)


def _set_kind(rule: RuleEntry) -> None:
    document = rule.ruleset.document
    conclusions = [key for key in _KINDS if rule.node.get(key) is not None]
    if len(conclusions) != 1:
        what = f"the rule {rule.id} has {' and '.join(conclusions) or 'no conclusion'}"
        document.fault(rule.key("id"), "AR050", what, "A rule has one of then, requirement with require, and suggest.")
        return
    for part, owner in _ONLY.items():
        if rule.node.get(part) is not None and owner != conclusions[0]:
            document.fault(rule.key(part), "AR050", f"{part} stands without {owner}")
    if conclusions[0] == "requirement" and rule.node.get("require") is None:
        document.fault(
            rule.key("requirement"), "AR050", f"the rule {rule.id} has no require", "A requirement has tests."
        )
    if conclusions[0] == "then" and rule.node.get("unless") is not None:
        why = "Exceptions belong to requirements and suggestions; elsewhere use not: or an overriding rule."
        document.fault(rule.key("unless"), "AR050", "unless stands beside then", why)
    rule.kind = _KINDS[conclusions[0]]  # type: ignore[assignment]


def _check_otherwise(
    linked: list[tuple[RulesetEntry, Ruleset]], parameters: dict[str, Parameter], dayless: set[str]
) -> None:
    """Report each answer by default that changes with the judged day, of an outcome whose rules are judged on several.

    ``dayless`` are rules whose judged day could not be read, which has been reported.
    """
    rules = [rule for _, ruleset in linked for rule in ruleset.rules]
    for entry, ruleset in linked:
        node = entry.node.get("otherwise")
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            answer = ruleset.otherwise.get(key.text)
            if answer is None or isinstance(answer, frozenset) or not _changes_with_the_day(answer, parameters):
                continue
            deciders = _deciders_of(key.text, rules)
            days: dict[str, str] = {}
            for rule in sorted(deciders, key=lambda decider: decider.id):
                days.setdefault("decision_date" if rule.judged_on is None else str(rule.judged_on), rule.id)
            if len(days) > 1 and not any(rule.id in dayless for rule in deciders):
                what = f"{key.text} depends on the judged day, and its rules are judged on several"
                why = " and ".join(f"{rule_id} is judged on {day}" for day, rule_id in days.items())
                hint = "Give a value that no day changes, or judge all on one day."
                entry.document.fault(value, "AR035", what, f"{why}.", hint)


def _changes_with_the_day(value: Expr, parameters: dict[str, Parameter]) -> bool:
    """Whether a value may be another one on another judged day."""
    dated = (parameters[name] for name in parameters_on_the_day([value]) if name in parameters)
    if any(
        len(parameter.values) > 1 or parameter.values[0].start is not None for parameter in dated if parameter.values
    ):
        return True
    return any(isinstance(node, Fact) and node.sensitive for node in walk(value))


def _deciders_of(outcome: str, rules: list[Rule]) -> list[Rule]:
    """The rules on which an outcome depends: those that conclude it, and those that override them, at any depth."""
    deciders = {rule.id: rule for rule in rules if outcome in rule.then}
    pending = list(deciders)
    while pending:
        below = pending.pop()
        for rule in rules:
            if below in rule.overrides and rule.id not in deciders:
                deciders[rule.id] = rule
                pending.append(rule.id)
    return list(deciders.values())
