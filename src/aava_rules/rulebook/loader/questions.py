"""The default questions of a stack of rulebooks: for which answers a host that names none is asked for facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aava_rules.rulebook.asked import answers_of, groups_of
from aava_rules.rulebook.loader import yaml_nodes
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.folders import LayerFolder, LayerStack
from aava_rules.rulebook.model import Ruleset


def questions_of(stack: LayerStack, rulesets: tuple[Ruleset, ...]) -> tuple[str, ...]:
    """The answers that ``questions`` of the layers name, sorted; of a rulebook without, all that its rules answer.

    Args:
        stack: the rulebooks, the lowest first; a name that nobody knows is reported.
        rulesets: the linked rulesets of all of them.

    Returns:
        The answers, as `aava_rules.rulebook.asked.answers_of` names them; none, where no layer has ``questions``.
    """
    if all(layer.info.file.questions is None for layer in stack.layers):
        return ()
    groups = groups_of(rulesets)
    asked: set[str] = set()
    for layer in stack.layers:
        names = layer.info.file.questions
        if names is None and layer.info.file.amends is not None:
            continue  # the rulesets that it changes are asked for, or not, as the rulebook says that it amends
        own = [ruleset for ruleset in rulesets if ruleset.rulebook == layer.info.name]
        asked |= _answers(own) if names is None else _named(layer, names, rulesets, groups)
    return tuple(sorted(asked))


def _answers(rulesets: Iterable[Ruleset]) -> set[str]:
    return {answer for ruleset in rulesets for rule in ruleset.rules for answer in answers_of(rule)}


def _named(
    layer: LayerFolder, names: list[str], rulesets: tuple[Ruleset, ...], groups: Mapping[str, frozenset[str]]
) -> set[str]:
    """The answers behind the names that a layer lists."""
    known: dict[str, set[str]] = {}
    for answer in _answers(rulesets):
        for key in {answer, answer.partition(":")[2] or answer}:
            known.setdefault(key, set()).add(answer)
    root = layer.rulebook.file.root
    node = root.get("questions") if isinstance(root, yaml_nodes.Mapping) else None
    items = node.items if isinstance(node, yaml_nodes.Sequence) else []
    asked: set[str] = set()
    for item, name in zip(items, names, strict=False):
        answers = known.get(name) or groups.get(name)
        if answers is None:
            hint = nearest(name, [*known, *groups]) or "Name an outcome, a requirement, a step or a ruleset."
            layer.rulebook.fault(item, "AR011", f"nothing that rules answer is named {name[:60]}", "", hint)
        else:
            asked |= answers
    return asked
