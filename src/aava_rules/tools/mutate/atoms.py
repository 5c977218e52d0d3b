"""What of a record can be set: ready-made facts, fields of items, steps; and which of them a term reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from aava_rules.language.functions import reads_item, reads_step
from aava_rules.language.syntax import Condition, Expr, Fact, ItemField, walk
from aava_rules.record.fields import LIST_OF_ITEM, client_fields, lists
from aava_rules.rulebook.model import Parts

_START: Final = {"plans": "made_on", "periods": "start", "benefits": "start", "events": "on"}
"""The field of the first day of the items of each list."""


class Atom:
    """Something of a record that can be set: ``fact``, ``field`` (of an item of a list), ``step``, or ``on``."""

    __slots__ = ("kind", "list_name", "name", "type", "words")

    def __init__(self, kind: str, name: str, list_name: str = "", type: str = "", words: tuple[str, ...] = ()) -> None:
        self.kind, self.name, self.list_name, self.type, self.words = kind, name, list_name, type, words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.kind, self.name, self.list_name


class Atoms:
    """What can be set of a record to change a term."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._of: dict[tuple[str, str], tuple[Atom, ...]] = {}

    def of(self, terms: Iterable[Expr | Condition], list_name: str = "") -> list[Atom]:
        """The atoms behind some ``terms``, those of derived facts included; ``list_name`` has the item at hand."""
        collected: dict[Atom, None] = {}
        pending = list(terms)
        seen: set[str] = set()
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, (Fact, ItemField)):
                    name = str(node)
                    if name in seen:
                        continue
                    seen.add(name)
                    atom = self._atom(node)
                    if atom is not None:
                        collected[atom] = None
                    definition = self.parts.facts.get(name)
                    if definition is not None:
                        pending += list(definition.trees())
                        derivation = definition.derivation
                        if derivation is not None and derivation.over:
                            collected.update(dict.fromkeys(self._of_list(derivation.over, derivation.field)))
                            for of, field in derivation.also:
                                shown = [Atom("step", field)] if of == "events" else self._of_list(of, field)
                                collected.update(dict.fromkeys(shown))
                elif reads_step(node):
                    step = str(node.args[0])
                    collected[Atom("step", step)] = None
                    definition_of_step = self.parts.steps.get(step)
                    for proof in definition_of_step.proof if definition_of_step else ():
                        collected.update(dict.fromkeys(self._of_list(proof.over, proof.field)))
                        if proof.where is not None:
                            pending.append(proof.where)
                elif reads_item(node):
                    own = str(node.args[0])
                    of_list = LIST_OF_ITEM.get(own, list_name)
                    collected.update(dict.fromkeys(self._of_list(of_list, "")))
        return [
            atom
            for atom in collected
            if not (atom.kind == "step" and atom.name not in self.parts.steps and "." in atom.name)
        ]

    def _of_list(self, list_name: str, field: str) -> list[Atom]:
        start = _START[list_name]
        names = [name for name in (start, "end", field) if name in lists()[list_name].fields]
        return [self._field(list_name, name) for name in dict.fromkeys(names)]

    def _field(self, list_name: str, name: str) -> Atom:
        info = lists()[list_name].fields[name]
        return Atom("field", name, list_name, info.type, tuple(info.words))

    def _atom(self, node: Fact | ItemField) -> Atom | None:
        if isinstance(node, ItemField):
            if node.derived:
                return None
            list_name = LIST_OF_ITEM[node.singular]
            info = lists()[list_name].fields[node.field]
            words = tuple(info.words) + (tuple(self.parts.steps) if node.field == "step" else ())
            return Atom("field", node.field, list_name, info.type, words)
        outcome = self.parts.outcomes.get(node.name)
        if outcome is not None:
            return Atom("fact", node.name, "", outcome.type, tuple(outcome.words))
        definition = self.parts.facts.get(node.name)
        if definition is None:
            of_client_field = client_fields().get(node.name)
            return Atom("fact", node.name, "client", of_client_field.type if of_client_field else "text", ())
        of_client = "client" if node.name == "birth_date" else ""
        return Atom("fact", node.name, of_client, definition.type, tuple(definition.words))


def put(record: dict[str, Any], atom: Atom, value: Any, item: int | None) -> None:
    """Set an atom of a record; ``...`` takes it away.

    Args:
        record: the record, which is changed.
        atom: the atom.
        value: the value; None is that there is none.
        item: the number of the item of its list; None for the last one.
    """
    if atom.kind == "fact":
        place = record.setdefault("client" if atom.list_name == "client" else "facts", {})
        if value is ... or value is None:
            place.pop(atom.name, None)
        else:
            place[atom.name] = value
        return
    if atom.kind == "step":
        events = [event for event in record.get("events") or [] if event.get("step") != atom.name]
        if value is not ... and value is not None:
            events.append({"step": atom.name, "on": value})
        record["events"] = events
        return
    complete = [path for path in record.get("complete") or [] if path != f"{atom.list_name}.{atom.name}"]
    if value is None:
        complete.append(f"{atom.list_name}.{atom.name}")  # what is absent there does not exist
    if complete or "complete" in record:
        record["complete"] = complete
    items = record.setdefault(atom.list_name, [])
    if not items:
        items.append({})
    chosen = items[-1 if item is None or item >= len(items) else item]
    if value is ... or value is None:
        chosen.pop(atom.name, None)
    else:
        chosen[atom.name] = value


def get(record: dict[str, Any], atom: Atom, item: int | None) -> Any:
    """What ``record`` says of ``atom``, of the item number ``item`` of its list (None: the last); None if nothing."""
    if atom.kind == "fact":
        return (record.get("client" if atom.list_name == "client" else "facts") or {}).get(atom.name)
    if atom.kind == "step":
        return next((event.get("on") for event in record.get("events") or [] if event.get("step") == atom.name), None)
    items = record.get(atom.list_name) or []
    return items[-1 if item is None or item >= len(items) else item].get(atom.name) if items else None
