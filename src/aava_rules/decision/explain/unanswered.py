"""Why an answer is not given: law that nobody read, rules not in force, facts that are not known.

What every explainer of an answer has at hand: its leaves, the titles of rules and their citations.
"""

from __future__ import annotations

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.program import RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.essential import essential
from aava_rules.decision.explain.lines import Leaves
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.grounds import judged_day, open_rules, successor_of
from aava_rules.decision.missing import needs
from aava_rules.decision.text.catalogue import text, texts
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.decision.text.values import format_day, label
from aava_rules.engine.reference.evaluate import tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import State
from aava_rules.language.syntax import All, Always, Any_, Condition, Not
from aava_rules.language.values import LANGUAGES, NONE
from aava_rules.rulebook.model import Rule, Text


class Teller:
    """One state of a decision, with what is needed to tell of its rules."""

    def __init__(self, context: DecisionContext, state: State) -> None:
        self.context, self.state = context, state
        self.leaves = Leaves(context, state)
        self.open_terms: set[str] | None = None
        """The terms of which some value would change an open answer; None if it is not open."""

    def scope(self, forms: RuleForms) -> Scope:
        """The facts, item and judged day on which a rule is judged."""
        return self.state.readings[0].scopes[forms.bound.scope]

    def title(self, rule: Rule, before: str = "") -> Text:
        """The title of ``rule`` with its id, after the text of the catalogue with the key ``before``."""
        return {k: (f"{text(before, k)} " if before else "") + f"{rule.title[k]} ({rule.id})" for k in LANGUAGES}

    def cites(self, rule: Rule, forms: RuleForms | None = None) -> tuple[Citation, ...]:
        """The citations of a rule on its judged day."""
        on = judged_day(self.state, forms) if forms is not None else self.context.on
        return tuple(citation(one, self.context.parts.sources) for one in in_force(rule.cite, on))


class Unanswered(Teller):
    """Tells of answers that no rule decides."""

    def doubt(self) -> list[Node]:
        """The line that the law of the day has not been verified, and what is expected."""
        successor = successor_of(self.state, self.context)
        line = texts("explain.law_not_verified")
        return [Node("doubt", {k: f"{line[k]}: {successor[k]}" for k in LANGUAGES} if successor else line)]

    def out_of_force(self) -> list[Node]:
        """A line for each rule, with the time in which it is in force."""
        found = []
        for rule, _ in self.context.run.book.rules_of(self.state.kind, self.state.name):
            without = self.without_value(rule)
            line = {k: f"{rule.title[k]}: {without[k] if without else _in_force(rule, k)}" for k in LANGUAGES}
            found.append(Node("not_in_force", line, self.cites(rule)))
        return found

    def without_value(self, rule: Rule) -> Text | None:
        """What a rule lacks that is in force by its own days: a number that has no value on the judged day."""
        on = judged_day(self.state) or self.context.on
        if (rule.start is not None and on < rule.start) or (rule.until is not None and on > rule.until):
            return None
        facts, parts = self.context.run.facts, self.context.parts
        names = [name for name in parts.reads[rule.id].parameters if facts.parameter(name, on) is NONE]
        named = {k: ", ".join(parts.parameters[name].title[k] for name in names) for k in LANGUAGES}
        if not names:
            return None
        return {k: text("explain.no_value", k, day=format_day(on, k), names=named[k]) for k in LANGUAGES}

    def open(self) -> list[Node]:
        """The rules that may still count, with what is open in them, and what to ask."""
        children = []
        self.open_terms = {
            str(term) for reading in self.state.readings for variable in essential(reading) for term in variable.terms
        }
        for forms in open_rules(self.state):
            node = Node("rule", self.title(forms.bound.rule, "explain.open"), self.cites(forms.bound.rule, forms))
            rule = with_rule_dates(forms.bound.rule)
            scope = self.scope(forms)
            for condition in (rule.when, rule.unless, rule.require):
                node.children += self.unknown_tests(condition, scope) if condition is not None else []
            node.children += self.leaves.conclusion(forms, scope)
            if forms.bound.in_doubt:
                node.children = self.doubt()
            elif rule.needs_judgement and not self.leaves.judgement(rule, scope):
                node.children.append(Node("judgement", texts("explain.judgement")))
            children.append(node)
        asked = dict.fromkeys((need.fact, need.where) for need in needs(self.state, self.context))
        for fact, where in asked:
            title = label(self.context.parts, fact)
            line = {k: f"{text('explain.ask', k)}: {title[k]}" + (f" ({where})" if where else "") for k in LANGUAGES}
            children.append(Node("missing", line))
        return children

    def unknown_tests(self, condition: Condition, scope: Scope) -> list[Node]:
        """The tests of a condition that are open and, of an open answer, could change it."""
        match condition:
            case All(items) | Any_(items):
                return [node for item in items for node in self.unknown_tests(item, scope)]
            case Not(item):
                return self.unknown_tests(item, scope)
            case Always():
                return []
        wanted = self.open_terms
        matters = wanted is None or any(str(term) in wanted for term in self.leaves.terms(condition))
        return [self.leaves.test(condition, scope, None)] if matters and tester(condition)(scope) is None else []


def _in_force(rule: Rule, language: str) -> str:
    first = format_day(rule.start, language) if rule.start else ""
    last = format_day(rule.until, language) if rule.until else ""
    return text("explain.in_force", language, first=first, last=last)
