"""Why an answer is as it is: the least that makes it so, as a tree that reads aloud."""

from __future__ import annotations

from typing import Any

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.program import NOT_APPLICABLE, RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.explain.tree import Explanation, Node
from aava_rules.decision.explain.unanswered import Unanswered
from aava_rules.decision.grounds import answer_word, deciding_rules
from aava_rules.decision.reasons import unread
from aava_rules.decision.text.catalogue import text, texts
from aava_rules.decision.text.values import label
from aava_rules.engine.conclude import conclude
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import Reading, State
from aava_rules.language.syntax import All, Always, Any_, Condition, Not
from aava_rules.language.values import LANGUAGES, plain
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import Rule, Text


def explain(context: DecisionContext, states: list[State], language: str) -> Explanation:
    """The explanation of states of one name."""
    return Explanation([_Explainer(context, state).tree() for state in states], language)


def nothing_to_judge(context: DecisionContext, name: str, language: str) -> Explanation | None:
    """The explanation of a requirement or step of items of which the record has none; None for other names."""
    for question in context.run.book.questions.values():
        list_name = LIST_OF_ITEM.get(question.each)
        if question.name != name or list_name is None:
            continue
        known = getattr(context.run.facts.record, list_name) is not None
        title = label(context.parts, name)
        key = "explain.no_items" if known else "explain.unknown_items"
        line = {k: f"{title[k]}: {text(key, k, list=list_name)}" for k in LANGUAGES}
        return Explanation([Node("nothing", line)], language)
    return None


FEW = 2
"""So many facts are told on their own where they settle an answer against more rules than that."""


class _Explainer(Unanswered):
    def tree(self) -> Node:
        state = self.state
        root = Node("answer", self._heading())
        if state.given:
            reads = ({"fact": state.name, "where": "", "value": plain(state.value), "origin": "given"},)
            root.children.append(Node("given", texts("explain.ready_made"), reads=reads))
        elif not state.readings or unread(state):
            root.children += self.doubt()
        elif state.status in ("unknown", "open"):
            root.children += self.open()
        elif state.status == "not_applicable" and not state.readings[0].question.rules:
            root.children += self.out_of_force()
        else:
            root.children += self._decided(state.readings[0]) + self._edges(state.readings[0])
        return root

    def _edges(self, reading: Reading) -> list[Node]:
        """Counts that are just enough: with one more or one less the answer would be another."""
        if self.state.kind == "step" or len(self.state.readings) != 1:
            return []
        found = []
        for variable in reading.program.features:
            partition = variable.partition
            value = reader(variable.terms[0])(reading.scopes[variable.scope]) if partition.at else None
            if type(value) is not int or variable.terms[0].type != "integer":
                continue
            for other in (value - 1, value + 1):
                cell = partition.at[partition.place(other)] if other >= 0 else 0
                changed = reading.supposing(reading.known & ~variable.bits | cell)
                if cell and conclude(changed) != (self.state.status, self.state.value):
                    found.append(Node("edge", self.leaves.edge(variable.terms[0], other)))
        return found

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
            return self._all([self._holding(forms) for forms in deciding])
        if state.kind == "outcome" and state.status == "known":
            return self._by_default(reading)
        return self._all([self._failing(forms) or self._beaten(reading, forms) for forms in reading.question.rules])

    def _by_default(self, reading: Reading) -> list[Node] | None:
        """No rule holds: the few facts that settle it alone, else what fails in each rule."""
        rules = list(reading.question.rules)
        if not isinstance(self.state.value, frozenset):
            rules = [forms for forms in rules if not self._says_the_same(forms, reading)]
        settling = self._settling(reading)
        if len(settling) <= FEW < len(rules):
            leaves = [self.leaves.variable(variable, reading) for variable in settling]
            return [Node("enough", texts("explain.enough"), children=[leaf for leaf in leaves if leaf is not None])]
        return self._all([self._failing(forms) or self._beaten(reading, forms) for forms in rules])

    def _outcome(self, reading: Reading, deciding: tuple[RuleForms, ...]) -> list[Node] | None:
        nodes = [self._holding(forms) for forms in deciding]
        if any(not reading.surely(forms.active) for forms in deciding):
            return None
        others = [f for f in reading.question.rules if f not in deciding and not self._says_the_same(f, reading)]
        shown = {
            other.id for one in deciding for other, _ in self.context.run.book.overriding.get(one.bound.rule.id, ())
        }
        for forms in others:
            if forms.bound.rule.id in shown:
                continue  # told as an exception that does not apply
            overridden = any(forms.bound.rule.id in one.bound.rule.overrides for one in deciding)
            if not overridden and self.state.status == "known":
                nodes.append(
                    self._failing(forms) if reading.state(forms.holds) is False else self._beaten(reading, forms)
                )
        return self._all(nodes)

    def _says_the_same(self, forms: RuleForms, reading: Reading) -> bool:
        """Whether a rule could only add to the same answer, so that it need not be told."""
        concluded = forms.bound.then[self.state.name]
        if isinstance(concluded, frozenset):
            return True
        return bool(reading.value(concluded, forms.bound.scope) == self.state.value)

    def _holding(self, forms: RuleForms) -> Node | None:
        """A rule that holds, with what makes it hold, and the exceptions to it that do not."""
        rule, scope = with_rule_dates(forms.bound.rule), self.scope(forms)
        why = self._justify(rule.when, scope, True)
        if why is None:
            return None
        node = Node("rule", self.title(forms.bound.rule), self.cites(forms.bound.rule, forms), children=why)
        node.children += self.leaves.judgement(forms.bound.rule, scope) + self.leaves.conclusion(forms, scope)
        if rule.unless is not None:
            outside = self._justify(rule.unless, scope, False)
            if outside:
                node.children.append(Node("exception", texts("explain.exception_fails"), children=outside))
            elif outside is None:
                # a step is suggested, and a requirement met, also while the exception is open
                if self.state.status not in ("met", "suggested"):
                    return None
                node.children.append(
                    Node("exception", texts("explain.exception_open"), children=self.unknown_tests(rule.unless, scope))
                )
        for other, _ in self.context.run.book.overriding.get(rule.id, ()):
            failing = self._exception_fails(other, forms)
            if failing is None:
                return None
            node.children += failing
        return node

    def _exception_fails(self, other: Rule, forms: RuleForms) -> list[Node] | None:
        bound = self._bound(forms, other.id)
        if bound is None:
            return []  # not in force that day
        rule, scope = with_rule_dates(other), self.state.readings[0].scopes[bound.scope]
        why = self._justify(rule.when, scope, False)
        if why is None and rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
        if why is None:
            return None
        return [Node("exception", self.title(other, "explain.exception_fails"), self.cites(other), children=why)]

    def _bound(self, forms: RuleForms, rule_id: str) -> Any:
        forms_in_force = self.state.readings[0].program.rules.get(rule_id)
        return None if forms_in_force is None else forms_in_force.bound

    def _failing(self, forms: RuleForms) -> Node | None:
        """A rule that does not hold, with the least that fails in it."""
        rule, scope = with_rule_dates(forms.bound.rule), self.scope(forms)
        why = self._justify(rule.when, scope, False)
        if why is None and rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
        if why is None and forms.bound.rule.needs_judgement:
            why = self.leaves.judgement(forms.bound.rule, scope) or None
        if why is None:
            return None
        return Node(
            "rule", self.title(forms.bound.rule, "explain.fails"), self.cites(forms.bound.rule, forms), children=why
        )

    def _beaten(self, reading: Reading, forms: RuleForms) -> Node | None:
        """A rule that holds or may hold and is overridden by one that does."""
        for other in self.context.run.book.overriding.get(forms.bound.rule.id, ()):
            beating = reading.program.rules.get(other[0].id)
            if beating is not None and reading.surely(beating.holds):
                node = self._holding(beating)
                if node is not None:
                    node.children.append(Node("overridden", self.title(forms.bound.rule, "explain.overrides")))
                return node
        return None

    def _requirement(self, reading: Reading) -> list[Node] | None:
        status = self.state.status
        nodes: list[Node | None] = []
        chosen = deciding_rules(self.state) if status in ("met", "broken") else reading.question.rules
        for forms in chosen:
            rule, scope = with_rule_dates(forms.bound.rule), self.scope(forms)
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
            told = {
                other.id
                for forms in chosen
                for other, _ in self.context.run.book.overriding.get(forms.bound.rule.id, ())
            }
            told |= {overridden for forms in chosen for overridden in forms.bound.rule.overrides}
            rest = (
                forms for forms in reading.question.rules if forms not in chosen and forms.bound.rule.id not in told
            )
            nodes += [self._no_breach(reading, forms) for forms in rest]
        return self._all(nodes)

    def _no_breach(self, reading: Reading, forms: RuleForms) -> Node | None:
        """A rule of a requirement that is met by others: it does not apply, or what it requires is kept, too."""
        rule, scope = with_rule_dates(forms.bound.rule), self.scope(forms)
        if reading.state(forms.holds) is False:
            return self._not_applying(forms, rule, scope)
        why = None if rule.require is None else self._justify(rule.require, scope, True)
        if why is None:
            return self._beaten(reading, forms)
        kept = Node("require", texts("explain.requirement.met"), children=why)
        return Node("rule", self.title(rule), self.cites(rule, forms), children=[kept])

    def _not_applying(self, forms: RuleForms, rule: Rule, scope: Scope) -> Node | None:
        if rule.unless is not None:
            why = self._justify(rule.unless, scope, True)
            if why is not None:
                return Node(
                    "rule",
                    self.title(forms.bound.rule, "explain.exception_holds"),
                    self.cites(forms.bound.rule, forms),
                    children=why,
                )
        return self._failing(forms)

    def _either_way(self, reading: Reading) -> list[Node]:
        """The tests that settle the answer together, though no rule alone is settled."""
        known = [self.leaves.variable(v, reading) for v in self._settling(reading)]
        children = [node for node in known if node is not None]
        rules = [
            Node("rule", self.title(f.bound.rule), self.cites(f.bound.rule, f)) for f in deciding_rules(self.state)
        ]
        outside = reading.question.form_of(NOT_APPLICABLE) if self.state.status == "met" else None
        key = "explain.either_way" if outside is None or reading.state(outside) is False else "explain.met_either_way"
        return [Node("either_way", texts(key), children=children), *rules]

    def _settling(self, reading: Reading) -> list[Any]:
        """The variables of the smallest prime implicant of the answer that is satisfied."""
        question, best = reading.question, None
        if question.members:
            return list(reading.program.features)
        for form in [*(case.form for case in question.cases), question.conflict]:
            for prime in form.primes() or ():
                if reading.known & ~prime:
                    continue
                used = [v for v in reading.program.features if prime & v.bits != v.bits]
                if best is None or len(used) < len(best):
                    best = used
        return best if best is not None else list(reading.program.features)

    # -- the least that makes a condition true or false

    def _justify(self, condition: Condition, scope: Scope, wanted: bool) -> list[Node] | None:
        if tester(condition)(scope) is not wanted:
            return None
        match condition:
            case Always():
                return []
            case Not(item):
                return self._justify(item, scope, not wanted)
            case All(items) | Any_(items):
                every = isinstance(condition, All) is wanted
                found = [self._justify(item, scope, wanted) for item in items]
                if every:
                    nodes = [node for nodes in found if nodes is not None for node in nodes]
                    # alternatives that all fail are told together, lest each sounds as if it were required
                    alternatives = isinstance(condition, Any_) and len(nodes) > 1
                    return [Node("none_of", texts("explain.none_holds"), children=nodes)] if alternatives else nodes
                enough = [nodes for nodes in found if nodes is not None]
                return min(enough, key=lambda nodes: sum(node.size() for node in nodes))
        return [self.leaves.test(condition, scope, wanted)]

    # -- small parts

    def _all(self, nodes: list[Node | None]) -> list[Node] | None:
        return None if any(node is None for node in nodes) else [node for node in nodes if node is not None]
