"""What every explainer of an answer has at hand: its leaves, the titles of rules and their citations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aava_rules.compiler.lower import RuleForms
from aava_rules.decision.explain.lines import Leaves
from aava_rules.decision.grounds import judged_day
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.engine.reference.evaluate import Scope
from aava_rules.engine.session import State
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Rule, Text

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class Teller:
    """One state of a decision, with what is needed to tell of its rules."""

    def __init__(self, decision: Decision, state: State) -> None:
        self.decision, self.state = decision, state
        self.leaves = Leaves(decision, state)
        self.open_terms: set[str] | None = None
        """The terms of which some value would change an open answer; None if it is not open."""

    def scope(self, forms: RuleForms) -> Scope:
        """The facts, item and judged day on which a rule is judged."""
        return self.state.readings[0].scopes[forms.bound.scope]

    def title(self, rule: Rule, before: Text | None = None) -> Text:
        """The title of a rule with its id, after some words."""
        return {k: (f"{before[k]} " if before else "") + f"{rule.title[k]} ({rule.id})" for k in LANGUAGES}

    def cites(self, rule: Rule, forms: RuleForms | None = None) -> tuple[Citation, ...]:
        """The citations of a rule on its judged day."""
        on = judged_day(self.state, forms) if forms is not None else self.decision.on
        return tuple(citation(one, self.decision.parts.sources) for one in in_force(rule.cite, on))
