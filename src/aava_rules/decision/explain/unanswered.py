"""Why an answer is not given: law that has not been verified, rules not in force, facts that are not known."""

from __future__ import annotations

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.composition import outcomes_read
from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE
from aava_rules.compiler.rounds import in_any_round
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.essential import essential
from aava_rules.decision.explain.lines import LineBuilder
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.grounds import judged_day, last_known_of, last_known_text, open_rules, successor_of
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


def explain_doubt(lines: LineBuilder) -> Node:
    """The line that the law of the day has not been verified, and below it what is to be read and was known last.

    ``lines`` builds the lines of the answer.
    """
    successor = successor_of(lines.state, lines.context)
    line = texts("explain.law_not_verified")
    acts: dict[str, Citation] = {}
    for _, ruleset in lines.context.session.book.rules_of(lines.state.kind, lines.state.name):
        for act in ruleset.to_read:
            acts.setdefault(str(act), citation(act, lines.parts.sources))
    node = Node("doubt", {k: f"{line[k]}: {successor[k]}" for k in LANGUAGES} if successor else line)
    if acts:
        listed = {k: ", ".join(act.text[k] for act in acts.values()) for k in LANGUAGES}
        node.children.append(Node("to_read", {k: f"{text('page.to_read', k)}: {listed[k]}" for k in LANGUAGES}))
    known = last_known_of(lines.state, lines.context) if lines.state.kind == "outcome" else None
    if known is not None:
        line = {k: last_known_text(known, lines.state, lines.context, k) for k in LANGUAGES}
        rules = lines.context.session.book.rules_of("outcome", lines.state.name)
        cites = {str(cite): cite for rule, _ in rules if rule.id in known.by for cite in in_force(rule.cite, known.day)}
        node.children.append(Node("last_known", line, tuple(citation(c, lines.parts.sources) for c in cites.values())))
    return node


def explain_out_of_force(lines: LineBuilder) -> list[Node]:
    """A line for each rule of the answer of ``lines``, with the time in which it is in force."""
    nodes = []
    for rule, _ in lines.context.session.book.rules_of(lines.state.kind, lines.state.name):
        reason = _without_value(rule, lines) or {k: _time_in_force(rule, k) for k in LANGUAGES}
        nodes.append(Node("not_in_force", {k: f"{rule.title[k]}: {reason[k]}" for k in LANGUAGES}, lines.cites(rule)))
    return nodes


def _without_value(rule: Rule, lines: LineBuilder) -> Text | None:
    """What a rule lacks that is in force by its own days: a number that has no value on the judged day."""
    on = judged_day(lines.state) or lines.context.on
    if (rule.start is not None and on < rule.start) or (rule.until is not None and on > rule.until):
        return None
    facts, parts = lines.context.session.facts, lines.parts
    names = [name for name in parts.reads[rule.id].parameters if facts.parameter(name, on) is NONE]
    if not names:
        return None
    titles = {k: ", ".join(parts.parameters[name].title[k] for name in names) for k in LANGUAGES}
    return {k: text("explain.no_value", k, day=format_day(on, k), names=titles[k]) for k in LANGUAGES}


def _time_in_force(rule: Rule, language: str) -> str:
    first = format_day(rule.start, language) if rule.start else ""
    last = format_day(rule.until, language) if rule.until else ""
    return text("explain.in_force", language, first=first, last=last)


def explain_open(lines: LineBuilder) -> list[Node]:
    """The rules of the answer of ``lines`` that may still count, with what is open in them, and what to ask."""
    state, nodes = lines.state, []
    doubt: Node | None = None
    essential_terms = _essential_terms(state, lines.context)
    for forms in open_rules(state):
        rule, scope = with_rule_dates(forms.bound.rule), lines.scope(forms)
        node = lines.rule(forms, [], "explain.open")
        if forms.bound.in_doubt:
            if doubt is None:
                nodes.append(doubt := explain_doubt(lines))
            doubt.children.append(node)
            continue
        for condition in (rule.when, rule.unless, rule.require):
            if condition is not None:
                node.children += unknown_tests(condition, scope, lines, essential_terms)
        node.children += lines.conclusion(forms, scope)
        if rule.needs_judgement and not lines.judgement(rule, scope):
            node.children.append(Node("judgement", texts("explain.judgement")))
        nodes.append(node)
    for fact, where in dict.fromkeys((need.fact, need.where) for need in needs(state, lines.context)):
        title = label(lines.parts, fact)
        at = f" ({where})" if where else ""
        nodes.append(Node("missing", {k: f"{text('explain.ask', k)}: {title[k]}{at}" for k in LANGUAGES}))
    return nodes


def _essential_terms(state: State, context: DecisionContext) -> set[str]:
    """The terms of which some value would change an answer, and the outcomes that wait for the same facts as it."""
    features = [feature for reading in state.readings for feature in essential(reading)]
    terms = {str(in_any_round(term)) for feature in features for term in feature.terms}
    through = [reading.layered for reading in state.readings if reading.layered is not None]
    if not through:
        return terms
    waits = {(need.fact, need.where) for need in needs(state, context)}
    for reading in through:
        for read in outcomes_read(reading.program, reading.question, context.session.book.vocabulary):
            lower = context.session.outcome(read.name)
            blocked = lower.status in (CONFLICT, NOT_APPLICABLE)
            if blocked or (lower.open and any((need.fact, need.where) in waits for need in needs(lower, context))):
                terms.add(read.name)
    return terms


def unknown_tests(condition: Condition, scope: Scope, lines: LineBuilder, terms: set[str] | None = None) -> list[Node]:
    """The lines of the tests of a condition that are open.

    Args:
        condition: the condition.
        scope: facts, item and judged day.
        lines: builds the lines.
        terms: only tests of these terms, of which some value would change the answer; None: all.

    Returns:
        A node for each test, in the order of the condition.
    """
    match condition:
        case All(items) | Any_(items):
            return [node for item in items for node in unknown_tests(item, scope, lines, terms)]
        case Not(item):
            return unknown_tests(item, scope, lines, terms)
        case Always():
            return []
    matters = terms is None or any(str(term) in terms for term in lines.terms(condition))
    return [lines.test(condition, scope, None)] if matters and tester(condition)(scope) is None else []
