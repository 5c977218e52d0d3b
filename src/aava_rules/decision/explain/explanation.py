"""Why an answer is as it is: the fewest tests that make it so, as a tree that reads aloud."""

from __future__ import annotations

from collections.abc import Iterator

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.program import NOT_APPLICABLE, Feature, RuleForms
from aava_rules.decision.cautions import cautions_of
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.explain.lines import LineBuilder
from aava_rules.decision.explain.supposing import gives_the_same, supposing
from aava_rules.decision.explain.tree import Explanation, Node
from aava_rules.decision.explain.unanswered import explain_doubt, explain_open, explain_out_of_force, unknown_tests
from aava_rules.decision.grounds import answer_word, deciding_rules
from aava_rules.decision.reasons import unread
from aava_rules.decision.text.catalogue import text, texts
from aava_rules.decision.text.values import label
from aava_rules.engine.conclude import conclude
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import Reading, State
from aava_rules.language.syntax import All, Always, Any_, Condition, Expr, Not
from aava_rules.language.values import LANGUAGES, plain
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import Rule, Text


def explain(context: DecisionContext, states: list[State], language: str) -> Explanation:
    """Explain the answers to one name.

    Args:
        context: what was asked, and of which record.
        states: the answers: one of an outcome, or one of each item.
        language: in which the explanation is written unless another is asked for.

    Returns:
        A tree for each answer.
    """
    return Explanation([Explainer(context, state).tree() for state in states], language)


def nothing_to_judge(context: DecisionContext, name: str, language: str) -> Explanation | None:
    """Explain why there is no answer to a requirement or step of items: the record has none, or does not say.

    Args:
        context: what was asked, and of which record.
        name: of the requirement or step.
        language: in which the explanation is written unless another is asked for.

    Returns:
        The explanation; None if ``name`` is not asked of items.
    """
    for question in context.session.book.questions.values():
        list_name = LIST_OF_ITEM.get(question.each)
        if question.name != name or list_name is None:
            continue
        known = getattr(context.session.facts.record, list_name) is not None
        title = label(context.parts, name)
        key = "explain.no_items" if known else "explain.unknown_items"
        line = {k: f"{title[k]}: {text(key, k, list=list_name)}" for k in LANGUAGES}
        return Explanation([Node("nothing", line)], language)
    return None


MOST_SUFFICIENT_FACTS = 2
"""Facts that settle an answer against more rules than they are stand alone, up to this number of facts."""


class Explainer:
    """Explains one answer.

    Attributes:
        context: what was asked, and of which record.
        state: the answer.
        lines: builds the lines of the explanation.
    """

    def __init__(self, context: DecisionContext, state: State) -> None:
        self.context, self.state = context, state
        self.lines = LineBuilder(context, state)

    def tree(self) -> Node:
        """The answer, and below it what it rests on."""
        state = self.state
        root = Node("answer", self._heading())
        if state.stated:
            reads = ({"fact": state.name, "where": "", "value": plain(state.value), "origin": "given"},)
            root.children.append(Node("given", texts("explain.ready_made"), reads=reads))
        elif not state.readings or unread(state):
            root.children.append(explain_doubt(self.lines))
        elif state.status in ("unknown", "open"):
            root.children += explain_open(self.lines)
        elif state.status == "not_applicable" and not state.readings[0].question.rules:
            grounds = self._days() + explain_out_of_force(self.lines)
            root.children += grounds + self._further(grounds)
        else:
            grounds = self._days() + self._decided(state.readings[0])
            root.children += grounds + self._further(grounds) + self._edges(state.readings[0])
        root.children += self._cautions()
        return root

    def _cautions(self) -> list[Node]:
        """A line for each caution; that the law was not verified is explained where the answer is."""
        cautions = cautions_of(self.state, self.context)
        prefixes = texts("report.caution")
        return [
            Node("caution", {k: f"{prefixes[k]}: {caution.text(k)}" for k in LANGUAGES})
            for caution in cautions
            if caution.code != "law_not_verified"
        ]

    def _edges(self, reading: Reading) -> list[Node]:
        """Counts that are just enough: with one more or one less the answer would be another, as deciding so shows."""
        if self.state.kind == "step" or self.state.day_open:
            return []
        edges: list[Node] = []
        for feature in reading.program.features:
            partition, term = feature.partition, feature.terms[0] if feature.terms else None
            if not partition.at or term is None or term.type != "integer":
                continue
            scope = reading.scopes[feature.scope]
            value = reader(term)(scope)
            if type(value) is not int:
                continue
            for neighbour in (value - 1, value + 1):
                cell = partition.at[partition.place(neighbour)]
                if not cell or cell & reading.known or (neighbour < 0 and feature.never_negative):
                    continue  # no rule of this answer tells the two counts apart
                other = supposing(self.context, self.state, term, scope, neighbour)
                if other is not None and not self._same_answer(other):
                    edges.append(self.lines.edge(term, neighbour, other, scope))
        return [node for place, node in enumerate(edges) if node not in edges[:place]]  # several features ask one count

    def _same_answer(self, other: State) -> bool:
        """Whether another answer says the same, of a set what is surely in it."""
        return (other.status, other.answer) == (self.state.status, self.state.answer)

    def _days(self) -> list[Node]:
        """The days on which the rules are judged, where that is not the day of decision."""
        state = self.state
        terms: dict[str, Expr] = {}
        for rule, _ in self.context.session.book.rules_of(state.kind, state.name):
            if rule.judged_on is not None and LIST_OF_ITEM.get(rule.each, "") == state.list_name:
                terms.setdefault(str(rule.judged_on), rule.judged_on)
        # the day is read on the day of decision, not on itself
        scope = Scope(self.context.session.facts, self.context.on, state.list_name, state.item)
        return [self.lines.judged(term, scope) for term in terms.values()]

    def _further(self, grounds: list[Node]) -> list[Node]:
        """What the answer rests on besides: named where the facts of the lines above would not give it alone."""
        state = self.state
        if state.list_name or state.kind == "step":
            return self._of_other_days(grounds)
        reads = [read for node in grounds for leaf in node.leaves() for read in leaf.reads]
        names = {read["fact"] for read in reads if not read["where"]}
        events = any(read["where"] for read in reads)
        nodes: list[Node] = []
        for node in [None, *self._known_features(names)]:
            if node is not None:
                nodes.append(node)
                names |= {read["fact"] for leaf in node.leaves() for read in leaf.reads if not read["where"]}
            if gives_the_same(self.context, state, names, events):
                break
        return [Node("further", texts("explain.further"), children=nodes)] if nodes else []

    def _of_other_days(self, grounds: list[Node]) -> list[Node]:
        """What is known of the other days that an unknown judged day may be; the lines above are those of the first."""
        named = _places_read(grounds)
        nodes: list[Node] = []
        for reading in self.state.readings[1:]:
            for feature in reading.program.features:
                node = self.lines.feature(feature, reading)
                if node is not None and not _places_read([node]) <= named:
                    nodes.append(node)
                    named |= _places_read([node])
        return [Node("further", texts("explain.further"), children=nodes)] if nodes else []

    def _known_features(self, names: set[str]) -> Iterator[Node]:
        """A line for each thing known that the rules of the answer read, and that is not among ``names``."""
        layers = [layer for reading in self.state.readings for layer in (reading, reading.layered) if layer is not None]
        for layer in layers:
            nodes = [self.lines.feature(feature, layer) for feature in layer.program.features]
            for case in layer.question.cases:
                nodes += self.lines.values(case.expr, layer.scopes[case.scope]) if case.expr is not None else []
            for node in nodes:
                if node is not None and not {read["fact"] for leaf in node.leaves() for read in leaf.reads} <= names:
                    yield node

    def _heading(self) -> Text:
        where = self.context.where(self.state)
        at = f" ({where})" if where else ""
        title = label(self.context.parts, self.state.name)
        return {
            language: f"{title[language]}{at}: {answer_word(self.state, self.context, language)}"
            for language in LANGUAGES
        }

    # -- answers without a deciding rule

    def _decided(self, reading: Reading) -> list[Node]:
        justified = self._by_rules(reading)
        if justified is not None:
            return justified
        return self._either_way(reading)

    def _by_rules(self, reading: Reading) -> list[Node] | None:
        state = self.state
        if state.kind == "requirement":
            return self._requirement(reading)
        deciding = deciding_rules(state)
        if state.kind == "outcome" and state.status in ("known", "conflict") and deciding:
            return self._outcome(reading, deciding)
        if state.kind == "step" and state.status == "suggested":
            return _complete([self._holding(forms) for forms in deciding])
        if state.kind == "outcome" and state.status == "known":
            return self._by_default(reading)
        return _complete([self._failing(forms) or self._overridden(reading, forms) for forms in reading.question.rules])

    def _by_default(self, reading: Reading) -> list[Node] | None:
        """No rule holds: the few facts that settle it alone, else what fails in each rule."""
        rules = list(reading.question.rules)
        if not isinstance(self.state.value, frozenset):
            rules = [forms for forms in rules if not self._concludes_the_same(forms, reading)]
        settling = self._settling(reading)
        if len(settling) <= MOST_SUFFICIENT_FACTS < len(rules):
            nodes = [self.lines.feature(feature, reading) for feature in settling]
            return [Node("enough", texts("explain.enough"), children=[node for node in nodes if node is not None])]
        return _complete([self._failing(forms) or self._overridden(reading, forms) for forms in rules])

    def _outcome(self, reading: Reading, deciding: tuple[RuleForms, ...]) -> list[Node] | None:
        if any(not reading.surely(forms.active) for forms in deciding):
            return None
        needed = self._needed(deciding)
        nodes = [self._holding(forms) for forms in needed]
        exceptions = self._exceptions_to(deciding)
        for forms in reading.question.rules:
            if forms in deciding or self._concludes_the_same(forms, reading) or forms.bound.rule.id in exceptions:
                continue
            overridden = any(forms.bound.rule.id in rule.bound.rule.overrides for rule in deciding)
            if not overridden and self.state.status == "known":
                nodes.append(
                    self._failing(forms) if reading.state(forms.holds) is False else self._overridden(reading, forms)
                )
        if len(needed) < len(deciding):
            others = _complete([self._holding(forms) for forms in deciding if forms not in needed])
            nodes.append(None if others is None else Node("also", texts("explain.also"), children=others))
        return _complete(nodes)

    def _needed(self, deciding: tuple[RuleForms, ...]) -> list[RuleForms]:
        """The first of the deciding rules that suffice: of one value the first, of a set those that add a word."""
        if self.state.status == "conflict":
            return list(deciding)
        needed: list[RuleForms] = []
        words: frozenset[str] = frozenset()
        for forms in deciding:
            concluded = forms.bound.then[self.state.name]
            added = concluded if isinstance(concluded, frozenset) else frozenset([""])
            if not added <= words:
                needed.append(forms)
                words |= added
        return needed

    def _exceptions_to(self, rules: tuple[RuleForms, ...]) -> set[str]:
        """The ids of the rules that override some of these rules: explained there, as exceptions that do not apply."""
        overriding = self.context.session.book.overriding
        return {rule.id for forms in rules for rule, _ in overriding.get(forms.bound.rule.id, ())}

    def _concludes_the_same(self, forms: RuleForms, reading: Reading) -> bool:
        """Whether a rule could only add to the same answer, so that it needs no explanation."""
        concluded = forms.bound.then[self.state.name]
        if isinstance(concluded, frozenset):
            return True
        return bool(reading.value(concluded, forms.bound.scope) == self.state.value)

    def _holding(self, forms: RuleForms) -> Node | None:
        """A rule that holds, with what makes it hold, and the exceptions to it that do not."""
        rule, scope = with_rule_dates(forms.bound.rule), self.lines.scope(forms)
        why, undoubted = self._justify(rule.when, scope, True), self._undoubted(forms, rule, scope)
        if why is None or undoubted is None:
            return None
        node = self.lines.rule(forms, why + undoubted)
        node.children += self.lines.judgement(forms.bound.rule, scope) + self.lines.conclusion(forms, scope)
        if rule.unless is not None:
            outside = self._justify(rule.unless, scope, False)
            if outside:
                node.children.append(Node("exception", texts("explain.exception_fails"), children=outside))
            elif outside is None:
                # a step is suggested, and a requirement met, also while the exception is open
                if self.state.status not in ("met", "suggested"):
                    return None
                node.children.append(
                    Node(
                        "exception",
                        texts("explain.exception_open"),
                        children=unknown_tests(rule.unless, scope, self.lines),
                    )
                )
        for exception, _ in self.context.session.book.overriding.get(rule.id, ()):
            failing = self._exception_fails(exception)
            if failing is None:
                return None
            node.children += failing
        return node

    def _undoubted(self, forms: RuleForms, rule: Rule, scope: Scope) -> list[Node] | None:
        """Why the doubt about the law of a rule does not concern the answer; None if it may."""
        if not forms.bound.in_doubt:
            return []
        if forms.bound.doubt_where is None or rule.doubt_where is None:
            return None
        why = self._justify(rule.doubt_where, scope, False)
        return why and [Node("undoubted", texts("explain.undoubted"), children=why)]

    def _exception_fails(self, exception: Rule) -> list[Node] | None:
        forms = self.state.readings[0].program.rules.get(exception.id)
        if forms is None:
            return []  # not in force that day
        rule, scope = with_rule_dates(exception), self.lines.scope(forms)
        why = self._unmet(forms, rule, scope)
        if why is None and rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
        if why is None:
            return None
        return [
            Node(
                "exception",
                self.lines.title(exception, "explain.exception_fails"),
                self.lines.cites(exception),
                children=why,
            )
        ]

    def _failing(self, forms: RuleForms) -> Node | None:
        """A rule that does not hold, with the least that fails in it."""
        rule, scope = with_rule_dates(forms.bound.rule), self.lines.scope(forms)
        why = self._unmet(forms, rule, scope)
        if why is None and rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
        if why is None and forms.bound.rule.needs_judgement:
            why = self.lines.judgement(forms.bound.rule, scope) or None
        if why is None:
            return None
        return self.lines.rule(forms, why, "explain.fails")

    def _unmet(self, forms: RuleForms, rule: Rule, scope: Scope) -> list[Node] | None:
        """The least that fails in the conditions of a rule, and why its law is not in doubt; None if they may hold."""
        why, undoubted = self._justify(rule.when, scope, False), self._undoubted(forms, rule, scope)
        if why is None or undoubted is None:
            return None
        return why + [node for node in undoubted if any(child not in why for child in node.children)]

    def _overridden(self, reading: Reading, forms: RuleForms) -> Node | None:
        """A rule that holds or may hold and is overridden by one that does."""
        for rule, _ in self.context.session.book.overriding.get(forms.bound.rule.id, ()):
            overriding = reading.program.rules.get(rule.id)
            if overriding is not None and reading.surely(overriding.holds):
                node = self._holding(overriding)
                if node is not None:
                    node.children.append(Node("overridden", self.lines.title(forms.bound.rule, "explain.overrides")))
                return node
        return None

    def _requirement(self, reading: Reading) -> list[Node] | None:
        status = self.state.status
        nodes: list[Node | None] = []
        chosen = deciding_rules(self.state) if status in ("met", "broken") else reading.question.rules
        for forms in chosen:
            rule, scope = with_rule_dates(forms.bound.rule), self.lines.scope(forms)
            if status == "not_applicable":
                nodes.append(self._not_applying(forms, rule, scope))
                continue
            node = self._holding(forms)
            if node is None or rule.require is None:
                nodes.append(node)
                continue
            why = self._justify(rule.require, scope, status == "met")
            if why is None:
                return None
            node.children.append(Node("require", texts(f"explain.requirement.{status}"), children=why))
            nodes.append(node)
        if status == "met":
            explained = self._exceptions_to(chosen)
            # a rule whose own exception is open need not override another
            sure = (forms for forms in chosen if reading.surely(forms.holds))
            explained |= {overridden for forms in sure for overridden in forms.bound.rule.overrides}
            explained |= {forms.bound.rule.id for forms in chosen}
            rest = (forms for forms in reading.question.rules if forms.bound.rule.id not in explained)
            nodes += [self._no_breach(reading, forms) for forms in rest]
        return _complete(nodes)

    def _no_breach(self, reading: Reading, forms: RuleForms) -> Node | None:
        """A rule of a requirement that is met by others: it does not apply, or what it requires holds, too."""
        rule, scope = with_rule_dates(forms.bound.rule), self.lines.scope(forms)
        if reading.state(forms.holds) is False:
            return self._not_applying(forms, rule, scope)
        why = None if rule.require is None else self._justify(rule.require, scope, True)
        if why is None:
            return self._overridden(reading, forms)
        return self.lines.rule(forms, [Node("require", texts("explain.requirement.met"), children=why)])

    def _not_applying(self, forms: RuleForms, rule: Rule, scope: Scope) -> Node | None:
        if rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
            if why is not None:
                return self.lines.rule(forms, why, "explain.exception_holds")
        return self._failing(forms)

    def _either_way(self, reading: Reading) -> list[Node]:
        """The tests that settle the answer together, though no rule alone is settled."""
        nodes = [self.lines.feature(feature, reading, settling=True) for feature in self._settling(reading)]
        children = [node for at, node in enumerate(nodes) if node is not None and node not in nodes[:at]]
        rules = [self.lines.rule(forms, []) for forms in deciding_rules(self.state)]
        outside = reading.question.form_of(NOT_APPLICABLE) if self.state.status == "met" else None
        key = "explain.either_way" if outside is None or reading.state(outside) is False else "explain.met_either_way"
        return [Node("either_way", texts(key), children=children), *rules]

    def _settling(self, reading: Reading) -> list[Feature]:
        """Few features that settle the answer: those of the smallest prime implicant that is satisfied.

        Where prime implicants are not worked out, what changes nothing is left out of all that is known.
        """
        question = reading.question
        best: list[Feature] | None = None
        forms = () if question.members else (*(case.form for case in question.cases), question.conflict)
        for form in forms:
            for prime in form.primes() or ():
                if reading.known & ~prime:
                    continue
                used = [feature for feature in reading.program.features if prime & feature.bits != feature.bits]
                if best is None or len(used) < len(best):
                    best = used
        return best if best is not None else self._without_needless(reading)

    def _without_needless(self, reading: Reading) -> list[Feature]:
        """The features without which the answer would be open, those that are read last left out first."""
        answer, known = conclude(reading), reading.known
        needed = []
        for feature in reversed(reading.program.features):
            if known & feature.bits == feature.bits:
                continue
            if conclude(reading.supposing(known | feature.bits)) == answer:
                known |= feature.bits
            else:
                needed.append(feature)
        return needed[::-1]

    # -- the least that makes a condition true or false

    def _justify(self, condition: Condition, scope: Scope, wanted: bool) -> list[Node] | None:
        """The fewest tests that make a condition what is wanted, true or false; None if it is not."""
        if tester(condition)(scope) is not wanted:
            return None
        match condition:
            case Always():
                return []
            case Not(item):
                return self._justify(item, scope, not wanted)
            case All(items) | Any_(items):
                every = isinstance(condition, All) is wanted
                reasons = [self._justify(item, scope, wanted) for item in items]
                if every:
                    nodes = [node for nodes in reasons if nodes is not None for node in nodes]
                    # alternatives that all fail stand under one heading, or each would read as if it were required
                    alternatives = isinstance(condition, Any_) and len(nodes) > 1
                    return [Node("none_of", texts("explain.none_holds"), children=nodes)] if alternatives else nodes
                enough = [nodes for nodes in reasons if nodes is not None]
                return min(enough, key=lambda nodes: sum(node.size() for node in nodes))
        return [self.lines.test(condition, scope, wanted)]


def _complete(nodes: list[Node | None]) -> list[Node] | None:
    """The nodes; None if any of them is missing."""
    return None if any(node is None for node in nodes) else [node for node in nodes if node is not None]


def _places_read(nodes: list[Node]) -> set[tuple[str, str]]:
    """The facts and fields that some lines and those below them read, each with its place in the record."""
    return {(read["fact"], read["where"]) for node in nodes for leaf in node.leaves() for read in leaf.reads}
