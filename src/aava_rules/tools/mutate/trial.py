"""Cases run against mutants: which cases may notice a change, and which does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import Inquiry
from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook, book_of, parts_of
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.functions import reads_on_own_day, reads_step
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.syntax import Call, Condition, Expr, Fact, ItemField, Param, walk
from aava_rules.record import Record
from aava_rules.rulebook.dependencies import parameters_of, trees_of, upstream_facts
from aava_rules.rulebook.loader.file_schema import Case
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.cases.compare import mismatches
from aava_rules.tools.cases.run import LoadedCase, record_of
from aava_rules.tools.mutate.mutant import Key, Mutant


class Dependencies:
    """What the answers of a rulebook rest on: rules, facts, parameters, steps, and answers by default."""

    def __init__(self, book: CompiledRulebook) -> None:
        self.book, self.parts = book, book.parts
        self._of: dict[Key, frozenset[Key]] = {}
        self._rules = {rule.id: rule for ruleset in self.parts.rulesets for rule in ruleset.rules}

    def behind(self, key: Key) -> frozenset[Key]:
        """Everything on which the part ``key`` rests, itself included; a part is worked out once."""
        known = self._of.get(key)
        if known is None:
            seen, pending = {key}, [key]
            while pending:
                for below in self._read_by(pending.pop()) - seen:
                    seen.add(below)
                    pending.append(below)
            known = self._of[key] = frozenset(seen)
        return known

    def of_group(self, group: QueryGroup) -> frozenset[Key]:
        """What is bound or read where ``group`` is compiled, outcomes that it reads not looked into."""
        keys: set[Key] = set()
        pending: list[Key] = [("rule", rule.id) for rule, _ in group.rules]
        pending += [("outcome", query.name) for query in group.questions if query.kind == "outcome"]
        while pending:
            key = pending.pop()
            if key in keys:
                continue
            keys.add(key)
            if key[0] in ("rule", "fact", "step"):
                pending += [below for below in self._read_by(key) if below[0] != "outcome"]
        return frozenset(keys)

    def _read_by(self, key: Key) -> set[Key]:
        kind, name = key
        match kind:
            case "rule":
                return self._of_rule(name)
            case "fact":
                definition = self.parts.facts[name]
                since = definition.derivation.since if definition.derivation is not None else ""
                also = definition.derivation.also if definition.derivation is not None else ()
                return (
                    self._of_trees(definition.trees())
                    | ({("parameter", since)} if since else set())
                    | {("step", step) for of, step in also if of == "events" and step in self.parts.steps}
                )
            case "step":
                return self._of_trees([p.where for p in self.parts.steps[name].proof if p.where is not None])
            case "parameter":
                return set()
            case _:
                kind = {"outcome": "outcome", "requirement": "requirement", "suggestion": "step"}[kind]
                keys: set[Key] = {("rule", rule.id) for rule, _ in self.book.rules_of(kind, name)}
                value = self.book.otherwise.get(name) if kind == "outcome" else None
                return keys if value is None or isinstance(value, frozenset) else keys | self._of_trees([value])

    def _of_rule(self, rule_id: str) -> set[Key]:
        rule = self._rules[rule_id]
        keys = self._of_trees(trees_of(rule))
        keys |= {("parameter", name) for name in self.parts.reads[rule_id].parameters}
        keys |= {("rule", over.id) for over, _ in self.book.overriding.get(rule_id, ())}
        return keys

    @property
    def rules(self) -> dict[str, Rule]:
        """Every rule, by its id."""
        return self._rules

    def _of_trees(self, trees: Iterable[Expr | Condition]) -> set[Key]:
        keys: set[Key] = set()
        for tree in trees:
            for node in walk(tree):
                if isinstance(node, (Fact, ItemField)):
                    name = str(node)
                    if name in self.parts.outcomes:
                        keys.add(("outcome", name))
                    elif name in self.parts.facts:
                        keys.add(("fact", name))
                elif isinstance(node, Param):
                    keys.add(("parameter", node.name))
                elif reads_step(node) and (name := str(node.args[0])) in self.parts.steps:
                    keys.add(("step", name))
        return keys


@dataclass(slots=True, eq=False)
class Trial:
    """A case that passes, ready to be asked of mutants.

    Attributes:
        loaded: the case as it was read.
        case: the case.
        record: its record, read.
        names: what it asks, as ``only`` takes it.
        asked: its answers, as keys.
        rests_on: every part of the rulebook on which its answers rest.
    """

    loaded: LoadedCase
    case: Case
    record: Record
    names: frozenset[str]
    asked: frozenset[Key]
    rests_on: frozenset[Key]


class _Alone(Inquiry):
    """What is asked, each requirement and step alone.

    Together they would be compiled anew for every choice of names, and with each of them for the days of all.
    """

    @cached_property_unlocked
    def groups(self) -> tuple[QueryGroup, ...]:
        """The requirements and steps that are asked."""
        names = sorted(name for name in self.names or () if ":" in name)
        return tuple(group for name in names for group in self.book.other_groups(frozenset({name})))


class Subject:
    """A rulebook whose cases are run against mutants of it."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = Rulebook(parts_of(rulebook))  # plugins hear only of the host's own records
        self.book = book_of(self.rulebook)
        self.parts: Parts = parts_of(rulebook)
        self.dependencies = Dependencies(self.book)
        self._groups: dict[int, frozenset[Key]] = {}
        self._single: list[tuple[str, QueryGroup]] | None = None

    def trial(self, loaded: LoadedCase) -> Trial | None:
        """The case ``loaded``, ready to be asked; None if it cannot be read.

        Raises:
            RecordError: its record is wrong.
        """
        case = loaded.case
        if case is None:
            return None
        steps = [step.get("step", "") if isinstance(step, dict) else step for step in case.steps]
        asked: set[Key] = {("outcome", name) for name in case.expect} | {("requirement", name) for name in case.checks}
        asked |= {("suggestion", str(name)) for name in (*steps, *case.no_steps)}
        names = {name for kind, name in asked if kind == "outcome"}
        names |= {f"{'step' if kind == 'suggestion' else kind}:{name}" for kind, name in asked if kind != "outcome"} & {
            query.full_name for query in self.book.questions.values()
        }
        rests_on = frozenset[Key]().union(*map(self.dependencies.behind, asked))
        record = self.read(record_of(case))
        return Trial(loaded, case, record, frozenset(names), frozenset(asked), rests_on)

    def read(self, record: dict[str, Any]) -> Record:
        """The ``record``, in the record format, read. Raises RecordError."""
        return self.rulebook._read(record)

    def questions_of(self, mutant: Mutant) -> list[str]:
        """The keys of the questions that are compiled or read otherwise with ``mutant``, outcomes first."""
        return [key for key, group in self._alone() if not self._untouched(group, mutant)]

    def _alone(self) -> list[tuple[str, QueryGroup]]:
        if self._single is None:
            collected = [
                (key, QueryGroup(query.each, [query], self.book)) for key, query in self.book.questions.items()
            ]
            self._single = sorted(collected, key=lambda pair: pair[1].questions[0].kind != "outcome")
        return self._single

    def reads_on_other_days(self, mutant: Mutant) -> bool:
        """Whether ``mutant`` changes a parameter that is read on other days than rules' judged ones: no cells show it.

        These are days of a record (``value_on``), the day of decision on which a judged day is worked out, and the
        days on which a step is shown as done.
        """
        names = {name for kind, name in mutant.keys if kind == "parameter"}
        if not names:
            return False
        rules, facts = self.dependencies.rules.values(), self.parts.facts
        trees = [tree for rule in rules for tree in trees_of(rule)]
        trees += [tree for fact in facts.values() for tree in fact.trees()]
        for node in (node for tree in trees for node in walk(tree)):
            if reads_on_own_day(node) and isinstance(node.args[0], Param) and node.args[0].name in names:
                return True
        judged = [rule.judged_on for rule in rules if rule.judged_on is not None]
        shown = [proof.where for step in self.parts.steps.values() for proof in step.proof if proof.where is not None]
        behind = [tree for fact in upstream_facts([*judged, *shown], facts).values() for tree in fact.trees()]
        if not names.isdisjoint(parameters_of([*judged, *shown, *behind])):
            return True
        since = {fact.derivation.since for fact in upstream_facts([*judged, *shown], facts).values() if fact.derivation}
        return not names.isdisjoint(since)

    def near(self, asked: Key) -> frozenset[Key]:
        """The questions that rest on the question ``asked``."""
        every: list[Key] = [
            ("suggestion" if q.kind == "step" else q.kind, q.name) for q in self.book.questions.values()
        ]
        return frozenset(key for key in every if asked in self.dependencies.behind(key))

    def terms_of(self, mutant: Mutant) -> list[Any]:
        """The trees of the facts, steps and rules that ``mutant`` changes."""
        collected: list[Any] = []
        for kind, name in mutant.keys:
            if kind == "fact":
                definition = self.parts.facts[name]
                singular = definition.item
                collected.append(
                    ItemField(singular, name.partition(".")[2], definition.type, derived=True)
                    if singular
                    else Fact(name, definition.type)
                )
            elif kind == "step":
                collected.append(Call("done", (name,), "boolean", ""))
            elif kind == "rule":
                collected += trees_of(self.dependencies.rules[name])
            elif kind == "parameter":
                for fact in self.parts.facts.values():
                    if ("parameter", name) in self.dependencies._read_by(("fact", fact.name)):
                        collected += list(fact.trees())
        return collected

    def terms_behind(self, key: str) -> list[Any]:
        """The trees of the rules of the question ``key``."""
        return [tree for rule, _ in self.book.questions[key].rules for tree in trees_of(rule)]

    def passes(self, trial: Trial) -> bool:
        """Whether the case of ``trial`` holds of the rulebook as it is."""
        return not self._notices(self.book, trial)

    def changed(self, mutant: Mutant) -> CompiledRulebook:
        """The rulebook that ``mutant`` is; what the change does not touch is compiled once for all mutants."""
        book = CompiledRulebook(mutant.make(self.parts))
        for name, group in list(self.book._of_outcomes.items()):
            if name in book.questions and self._untouched(group, mutant):
                book._of_outcomes[name] = group
        for names, groups in list(self.book._groups.items()):
            if all(self._untouched(group, mutant) for group in groups):
                book._groups[names] = groups
        return book

    def _untouched(self, group: QueryGroup, mutant: Mutant) -> bool:
        keys = self._groups.get(id(group))
        if keys is None:
            keys = self._groups[id(group)] = self.dependencies.of_group(group)
        return keys.isdisjoint(mutant.keys)

    def notices(self, mutant: Mutant, trials: Iterable[Trial]) -> Trial | None:
        """The first case that fails of a mutant; None if none does.

        Args:
            mutant: the mutant.
            trials: the cases, in the order in which they are tried; those that rest on nothing changed are left out.
        """
        book: CompiledRulebook | None = None
        for trial in trials:
            if trial.rests_on.isdisjoint(mutant.keys):
                continue
            book = book or self.changed(mutant)
            if self._notices(book, trial):
                return trial
        return None

    def decide(self, book: CompiledRulebook, record: Record, case: Case, names: frozenset[str]) -> Decision:
        """The answers of a rulebook that has the names of this one, by its rules and not by its diagrams.

        Args:
            book: the rulebook.
            record: the record.
            case: the case, for its day.
            names: what is asked.
        """
        known = [name for name in names if name in book.questions or name.partition(":")[1]]
        outcomes = tuple(sorted(name for name in known if ":" not in name))
        inquiry = _Alone(book, names, outcomes, REFERENCE, {})
        facts, _ = book.vocabulary.inputs.read(record, case.date)
        return Decision(Conclusions(inquiry, record, case.date, facts, False))

    def _notices(self, book: CompiledRulebook, trial: Trial) -> bool:
        try:
            decision = self.decide(book, trial.record, trial.case, trial.names)
            return any(True for _ in mismatches(trial.case, decision))
        except (AavaRulesError, KeyError):
            return True


def in_order(mutant: Mutant, trials: Iterable[Trial], first: Iterable[Trial]) -> list[Trial]:
    """The cases that may notice a mutant, the likeliest first.

    Args:
        mutant: the mutant.
        trials: all cases.
        first: those that noticed the mutants before, the latest last.
    """
    may = [trial for trial in trials if not trial.rests_on.isdisjoint(mutant.keys)]
    rank = {id(trial): number for number, trial in enumerate(first)}
    rules = set(mutant.rules)
    folder = mutant.file.split("/")[-2] if "/" in mutant.file else ""

    def order(trial: Trial) -> tuple[int, int, int, int]:
        named = rules.isdisjoint(trial.case.by)
        near = f"/{folder}/" not in trial.loaded.place.replace("\\", "/")
        return (-rank.get(id(trial), -1), named, near, len(trial.rests_on))

    return sorted(may, key=order)
