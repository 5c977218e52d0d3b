"""Amendments: which rulebook each of them changes, in which order, and what two of them may not both touch.

[ADR 15](docs/adr/0015-amendments.md) tells why they are as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.symbols import LayerInfo
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node
from aava_rules.rulebook.locate import is_name

MAX_AMENDMENTS = 20
"""Amendments of one stack."""


@dataclass(slots=True)
class Head:
    """The folder of a rulebook with its rulebook.yaml; of an amendment with the name of what it amends by a path."""

    path: Path
    document: Document
    content: bytes
    head: file_schema.RulebookFile
    amended: str = ""

    def fault(self, key: str, code: str, what: str, why: str = "", hint: str = "") -> None:
        """Report a fault in rulebook.yaml.

        Args:
            key: the key at whose value it is; the whole file, if that lacks the key.
            code: the stable code, such as AR080.
            what: what is wrong.
            why: why it is wrong.
            hint: what to do about it.
        """
        root = self.document.file.root
        self.document.fault(root.get(key) if isinstance(root, Mapping) else None, code, what, why, hint)


def order_amendments(chain: Sequence[Head], amendments: Sequence[Head]) -> dict[str, list[Head]] | None:
    """The amendments of each rulebook, in the order in which they take effect.

    They come in the order given, but each after those that it names in ``after``.

    Args:
        chain: the rulebooks of the stack.
        amendments: the amendments that were named, each once.

    Returns:
        By the name of the amended rulebook its amendments; None after a fault.
    """
    below = {each.head.rulebook: each for each in chain}
    known: dict[str, Head] = {}
    is_sound = True
    for amendment in amendments:
        amendment.amended = _named_by_path(amendment, chain)
    for number, amendment in enumerate(amendments):
        if number >= MAX_AMENDMENTS:
            amendment.fault("amends", "AR080", f"more than {MAX_AMENDMENTS} amendments are named")
            return None
        is_sound = _check_head(amendment, below, known) and is_sound
        known.setdefault(amendment.head.rulebook, amendment)
    for amendment in amendments:
        for name in amendment.head.after if is_sound else ():
            other = known.get(name)
            if other is None:
                hint = nearest(name, known) or "Name it too when loading, or take it out of after."
                what = f"it comes after {name[:60]}, which is not among those named"
                amendment.fault("after", "AR082", what, "", hint)
                is_sound = False
            elif other.head.amends is not None and amends(other) != amends(amendment):
                why = f"{name} amends {amends(other)}, and {amendment.head.rulebook} amends {amends(amendment)}."
                amendment.fault("after", "AR082", f"it comes after {name[:60]}, which amends another rulebook", why)
                is_sound = False
    return _in_order(amendments, known) if is_sound else None


def amends(amendment: Head) -> str:
    """The name of the rulebook that ``amendment`` changes; empty if it is none."""
    return amendment.amended or (amendment.head.amends or "").partition("==")[0]


def _named_by_path(amendment: Head, chain: Sequence[Head]) -> str:
    """The name of the rulebook of ``chain`` that an amendment names by a path; empty if it names none so."""
    written = (amendment.head.amends or "").partition("==")[0]
    if not written or is_name(written):
        return ""
    folder = (amendment.path / written).resolve()
    return next((each.head.rulebook for each in chain if each.path.resolve() == folder), "")


def _check_head(amendment: Head, below: dict[str, Head], known: dict[str, Head]) -> bool:
    """Whether an amendment can be one of these rulebooks; its faults are reported.

    Args:
        amendment: the amendment.
        below: the rulebooks of the stack, by name.
        known: the amendments that were named before it.
    """
    head = amendment.head
    if head.amends is None:
        why = "Only what says amends: NAME in its rulebook.yaml changes a rulebook."
        amendment.fault("rulebook", "AR080", f"the rulebook {head.rulebook} is no amendment", why)
        return False
    if head.extends is not None:
        why = "An amendment changes a rulebook from a day on; a rulebook on top adds to it."
        amendment.fault("extends", "AR080", "amends stands beside extends", why, "Keep one of them.")
        return False
    lacking = [key for key in file_schema.AMENDMENT_KEYS if getattr(head, key.replace("from", "from_")) is None]
    if lacking:
        why = "An amendment says what it is worth, from which day it holds, who has read it and when, and cites it."
        amendment.fault("amends", "AR008", f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing", why)
        return False
    name, version = amends(amendment), head.amends.partition("==")[2]
    base = below.get(name)
    if (other := known.get(head.rulebook)) is not None:
        why = f"The other stands in {other.path.name}/."
        amendment.fault("rulebook", "AR082", f"two amendments are named {head.rulebook}", why, "Give one another name.")
        return False
    if head.rulebook in below:
        why = "Its name is that of a rulebook of the stack." if head.rulebook != name else ""
        what = f"the amendment {head.rulebook} amends {'itself' if head.rulebook == name else name}"
        amendment.fault("rulebook", "AR080", what, why, "Give the amendment a name of its own.")
        return False
    if base is None:
        hint = nearest(name, below) or f"There are {', '.join(below)}."
        if name in known:
            hint = f"Amend what {name} amends, and write after: [{name}]."
        amendment.fault("amends", "AR080", f"the rulebook {name[:60]} is not among those loaded", "", hint)
        return False
    if version and base.head.version != version:
        what = f"the rulebook {name} is of version {base.head.version[:40]}, not {version[:40]}"
        hint = "Look whether the amendment still fits, then write that version; or install the other."
        amendment.fault("amends", "AR080", what, "", hint)
        return False
    if head.weight not in (None, base.head.weight):
        what = f"an amendment of weight {head.weight} amends a rulebook of weight {base.head.weight}"
        why = "Law is changed by law alone, and a model by its authors."
        hint = "To ask for more beside it, write a rulebook that extends it."
        amendment.fault("weight", "AR083", what, why, hint)
        return False
    return True


def _in_order(amendments: Sequence[Head], known: dict[str, Head]) -> dict[str, list[Head]] | None:
    done: dict[str, Head] = {}
    waiting = list(amendments)
    while waiting:
        ready = next((each for each in waiting if all(name in done for name in each.head.after)), None)
        if ready is None:
            names = [each.head.rulebook for each in waiting]
            why = f"None of {', '.join(names)} can be the first."
            waiting[0].fault("after", "AR082", "amendments come after one another in a circle", why)
            return None
        waiting.remove(ready)
        done[ready.head.rulebook] = ready
    by_base: dict[str, list[Head]] = {}
    for amendment in done.values():
        by_base.setdefault(amends(amendment), []).append(amendment)
    return by_base


@dataclass(slots=True)
class Touched:
    """What amendments change of the rulebooks that they amend, each thing with the amendments that do.

    Attributes:
        by_thing: by what is changed (``rule PL-40``), the layers that change it and where, in their order.
    """

    by_thing: dict[str, list[tuple[LayerInfo, Document, Node]]] = field(default_factory=dict)

    def add(self, thing: str, layer: LayerInfo, document: Document, node: Node) -> None:
        """Note a change; a fault if another amendment changes the same, and neither says that it comes after.

        Args:
            thing: what is changed.
            layer: the amendment.
            document: the file that says so.
            node: where it says so.
        """
        changes = self.by_thing.setdefault(thing, [])
        for other, other_document, other_node in changes:
            if other is not layer and other.name not in layer.follows:
                place = other_document.place(other_node)
                why = f"{other.name} changes it too, in {place}."
                hint = f"Write after: [{other.name}] in the rulebook.yaml of the one that has the last word."
                document.fault(node, "AR082", f"two amendments change the {thing}", why, hint)
        changes.append((layer, document, node))

    def of(self, name: str) -> tuple[str, ...]:
        """What the amendment ``name`` changes, sorted."""
        mine = (thing for thing, by in self.by_thing.items() if any(info.name == name for info, _, _ in by))
        return tuple(sorted(mine))


def is_changed_too_early(document: Document, node: Node, layer: LayerInfo, day: date | None) -> bool:
    """Whether something would change before the day of the amendment ``layer``; that is reported at ``node``.

    Args:
        document: the file.
        node: what says the day.
        layer: the amendment.
        day: the first day on which something is otherwise; None: it always is.
    """
    start = layer.start
    if day is not None and day >= start:
        return False
    what = f"the amendment changes what holds before {start}"
    why = f"{'It always holds' if day is None else f'It is otherwise from {day}'}; the amendment holds from {start}."
    document.fault(node, "AR081", what, why, "Write a later day here, or an earlier one after from: in rulebook.yaml.")
    return True
