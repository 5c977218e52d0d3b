"""Every mutant of one rulebook: its linked parts with one change, and where in its files the change stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from aava_rules.decision.loading import places_of
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.dependencies import reads_of
from aava_rules.rulebook.loader.documents import Document, Faults
from aava_rules.rulebook.loader.folders import LayerFolder, LayerStack
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import FactDef, Parameter, Parts, Proof
from aava_rules.tools.mutate.mutant import Mutant, new_mutant
from aava_rules.tools.mutate.of_names import changed_condition, changed_facts, changed_values
from aava_rules.tools.mutate.of_rules import RuleMutants
from aava_rules.tools.mutate.trees import Named


def mutants_of(rulebook: Rulebook, folder: Path | None = None) -> list[Mutant]:
    """Every mutant of a rulebook's own files, in the order of files and lines; those below it are not changed.

    Of an amendment, or a rulebook with amendments, what the amendments say is changed, and nothing that they change.

    Args:
        rulebook: the rulebook.
        folder: its folder; None to look it up.

    Raises:
        RulebookNotFound: its files are not there.
    """
    places = places_of(rulebook)
    folder = folder or rulebook.folder or places.find(rulebook.name)
    stack = LayerStack(Faults(), lambda name: places.find(name, folder.parent))
    stack.read(folder, rulebook.amendments)
    own = stack.of(folder)
    amending = [layer for layer in stack.layers if layer.info.amends]
    layers = amending if amending and not own.info.amends else [own]
    collected = [
        mutant
        for layer in layers
        for mutant in sorted(_Maker(parts_of(rulebook), layer, stack.layers).run(), key=lambda m: (m.file, m.line))
    ]
    return [replace(mutant, number=number) for number, mutant in enumerate(collected)]


class _Maker:
    def __init__(self, whole: Parts, layer: LayerFolder, stack: Iterable[LayerFolder]) -> None:
        self.parts, self.layer, self.name = whole, layer, layer.info.name
        self.amended = next((below for below in stack if below.info.name == layer.info.amends), None)

    def run(self) -> Iterator[Mutant]:
        """The mutants, without their numbers."""
        owners = (self.name, self.layer.info.amends)
        for folder in self.layer.rulesets:
            root = folder.rules.file.root
            ruleset = next(
                entry for entry in self.parts.rulesets if entry.rulebook in owners and entry.name == folder.name
            )
            assert isinstance(root, Mapping)
            yield from RuleMutants(self.parts, folder.rules, root, ruleset, self._named_below(folder.name)).run()
        yield from self._parameters()
        yield from self._facts()
        yield from self._steps()

    def _named_below(self, ruleset: str) -> Named | None:
        """The named conditions of a ruleset that is amended, as they are written; None if nothing is amended."""
        if self.amended is None:
            return None
        roots = (folder.rules.file.root for folder in self.amended.rulesets if folder.name == ruleset)
        conditions = next((root.get("conditions") for root in roots if isinstance(root, Mapping)), None)
        return {key.text: node for key, node in conditions.pairs} if isinstance(conditions, Mapping) else {}

    def _section(self, file: str, *path: str) -> tuple[Document, list[tuple[Scalar, Node]]] | None:
        document = self.layer.top.get(file)
        node: Node | None = None if document is None else document.file.root
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        return (document, node.pairs) if document is not None and isinstance(node, Mapping) else None

    # -- parameters

    def _parameters(self) -> Iterator[Mutant]:
        section = self._section("parameters.yaml")
        for key, node in section[1] if section else ():
            parameter = self.parts.parameters[key.text]
            listed = node.get("values") if isinstance(node, Mapping) else None
            assert section is not None
            assert isinstance(listed, Mapping)
            by_start = {None if pair.text == "always" else pair.text: pair for pair, _ in listed.pairs}
            for place, value in enumerate(parameter.values):
                at = by_start.get(None if value.start is None else value.start.isoformat())
                if at is None:  # of an amendment: a value of what it amends
                    continue
                for kind, before, after, changed in changed_values(parameter, place):
                    yield self._of_parameter(section[0], at, kind, f"{key.text}: {before}", after, changed)

    def _of_parameter(
        self, document: Document, at: Node, kind: str, before: str, after: str, changed: Parameter
    ) -> Mutant:
        name = changed.name
        return new_mutant(
            document, at, kind, before, after, {("parameter", name)},
            lambda whole: replace(whole, parameters=whole.parameters | {name: changed}),
        )  # fmt: skip

    # -- derived facts

    def _facts(self) -> Iterator[Mutant]:
        section = self._section("vocabulary.yaml", "facts")
        for key, node in section[1] if section else ():
            assert section is not None
            assert isinstance(node, Mapping)
            definition = self.parts.facts[key.text]
            for at, kind, before, after, changed in changed_facts(key, node, definition):
                yield self._of_fact(section[0], at, kind, f"{key.text}: {before}", after, changed)

    def _of_fact(self, document: Document, at: Node, kind: str, before: str, after: str, changed: FactDef) -> Mutant:
        name = changed.name

        def make(whole: Parts) -> Parts:
            facts = whole.facts | {name: changed}
            rules = (rule for ruleset in whole.rulesets for rule in ruleset.rules)
            return replace(whole, facts=facts, reads={rule.id: reads_of(rule, facts) for rule in rules})

        return new_mutant(document, at, kind, before, after, {("fact", name)}, make)

    # -- proofs of steps

    def _steps(self) -> Iterator[Mutant]:
        section = self._section("vocabulary.yaml", "steps")
        for key, node in section[1] if section else ():
            assert section is not None
            step = self.parts.steps[key.text]
            listed = node.get("proof") if isinstance(node, Mapping) else None
            for place, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
                proof = step.proof[place]
                rest = step.proof[:place] + step.proof[place + 1 :]
                field = f"{proof.over}.{proof.field}"
                yield self._of_step(section[0], item, "proof", key.text, f"proof {field}", "", rest)
                where = item.get("where") if isinstance(item, Mapping) else None
                for at, variant, tree in changed_condition(where, proof.where, {}):
                    other = Proof(proof.over, proof.field, None if tree == TRUE else tree)
                    proofs = (*step.proof[:place], other, *step.proof[place + 1 :])
                    yield self._of_step(section[0], at, variant.kind, key.text, variant.before, variant.after, proofs)

    def _of_step(
        self, document: Document, at: Node, kind: str, name: str, before: str, after: str, proofs: tuple[Proof, ...]
    ) -> Mutant:
        changed = replace(self.parts.steps[name], proof=proofs)
        return new_mutant(
            document, at, kind, f"{name}: {before}", after, {("step", name)},
            lambda whole: replace(whole, steps=whole.steps | {name: changed}),
        )  # fmt: skip
