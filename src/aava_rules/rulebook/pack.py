"""Packs: loaded rulebooks as bytes, made when the wheel is built, so that a program starts without YAML and pydantic.

A pack is one line of JSON, the head, and then the rulebook as ``dump`` writes it: JSON too, and nothing but data. The
head names the layers and has the hashes of their rule files, of the rest of the pack, and of the code that made it. A
pack is used only if they are still those of what is there; a stale one is never read.

A pack is as good as the code that made it, so only those of the package's own rulebooks are read: what lies beside the
files of any other rulebook is ignored, whatever it claims to be made of.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from aava_rules.language import syntax, values
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import FrozenDict, Struct
from aava_rules.rulebook import model
from aava_rules.rulebook.digest import digest, rule_files
from aava_rules.rulebook.model import Parts

FILE: Final = "rulebook.pack"
"""The name of a pack, in the folder of its rulebook."""
SOURCE_ROOMS: Final = ("language", "record", "rulebook")
"""The rooms whose code reads rule files and makes the parts of a rulebook of them. A pack depends on all of it."""

_BODY_START: Final = b"aava-rules parts 3\n"
_CLASSES: Final[dict[str, type[Struct]]] = {
    name: member
    for module in (syntax, model)
    for name, member in sorted(vars(module).items())
    if isinstance(member, type) and issubclass(member, Struct) and member.__module__ == module.__name__
}
"""The parts of a rulebook, by the names of their classes."""


def make(folder: Path, find: Callable[[str], Path]) -> bytes:
    """The pack of a rulebook.

    Args:
        folder: the folder of its rule files.
        find: the folder of a rulebook that it extends, by name.

    Raises what ``rulebook.loader.load_parts`` raises of a wrong rulebook.
    """
    from aava_rules.rulebook.loader import load_parts

    parts = load_parts(folder, find)
    body = dump(parts)
    layers = [layer.name for layer in parts.layers]
    head = {"maker": _maker(), "layers": layers, "sha256": parts.sha256, "body": hashlib.sha256(body).hexdigest()}
    return json.dumps(head).encode() + b"\n" + body


def packed(folder: Path) -> Parts | None:
    """The rulebook in the pack in ``folder``; None if there is no pack, or it is stale or damaged.

    The rulebooks that it extends are looked for in the folders next to ``folder``. Of a rulebook that is none of the
    package's own, no pack is read: see `is_own`.
    """
    try:
        line, _, body = (folder / FILE).read_bytes().partition(b"\n")
        head = json.loads(line)
        layers = [(name, folder if name == folder.name else folder.parent / name) for name in head["layers"]]
        files = [(f"{name}/{file}", content) for name, path in layers for file, content in rule_files(path)]
        if head["maker"] != _maker() or head["sha256"] != digest(files):
            return None
        if head["body"] != hashlib.sha256(body).hexdigest():
            return None
        return load(body)
    except (AavaRulesError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def is_own(folder: Path) -> bool:
    """Whether ``folder`` is that of a rulebook which the installed package brings with it."""
    return folder.parent == Path(__file__).parent.parent / "rulesets"


def is_amendment(folder: Path) -> bool:
    """Whether the rulebook in ``folder`` is an amendment; it has no pack, since it is read with what it amends."""
    return re.search(rb"^amends:", (folder / "rulebook.yaml").read_bytes(), re.MULTILINE) is not None


def _maker() -> str:
    """The hash of all code that a pack depends on."""
    package = Path(__file__).parent.parent
    files = sorted(path for room in SOURCE_ROOMS for path in (package / room).rglob("*.py"))
    return digest([(path.relative_to(package).as_posix(), path.read_bytes()) for path in files])


def dump(parts: Parts) -> bytes:
    """The rulebook ``parts`` as bytes, for ``load`` of the same version of the library."""
    table = _Table()
    table.place(parts)
    return _BODY_START + json.dumps(table.rows, ensure_ascii=False, separators=(",", ":")).encode()


class _Table:
    """The parts of a rulebook as rows, each part once: the name of its kind, and the places of what it is made of."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._places: dict[int, int] = {}
        self._alive: list[Any] = []

    def place(self, part: Any) -> int:
        """The place of ``part`` among the rows; what it is made of stands before it."""
        if id(part) not in self._places:
            row = self._row(part)
            self._alive.append(part)  # an id is that of one part only as long as the part is there
            self._places[id(part)] = len(self.rows)
            self.rows.append(row)
        return self._places[id(part)]

    def _row(self, part: Any) -> Any:
        if part is None or isinstance(part, (str, bool, int)):
            return part
        if part is values.NONE or part is values.UNKNOWN:
            return ["none" if part is values.NONE else "unknown"]
        if isinstance(part, date):
            return ["date", part.isoformat()]
        if isinstance(part, Decimal):
            return ["decimal", str(part)]
        if isinstance(part, Struct):
            name = part.__class__.__name__
            return [name, *(self.place(getattr(part, field)) for field in part.__class__._names)]
        if isinstance(part, dict):
            kind = "table" if isinstance(part, values.Table) else "dict"
            return [kind, *map(self.place, part), *map(self.place, part.values())]
        kind = {tuple: "tuple", list: "list", frozenset: "set"}[part.__class__]
        return [kind, *map(self.place, sorted(part) if kind == "set" else part)]


def load(data: bytes) -> Parts:
    """The rulebook that ``dump`` wrote as ``data``. Raises AavaRulesError for any other bytes."""
    if not data.startswith(_BODY_START):
        raise AavaRulesError("these bytes are no packed rulebook of this version; load it from its folder")
    try:
        parts = _parts(json.loads(data[len(_BODY_START) :]))
    except Exception as error:
        raise AavaRulesError(f"the packed rulebook is damaged: {type(error).__name__}") from error
    if not isinstance(parts, Parts):
        raise AavaRulesError("these bytes hold no rulebook")
    return parts


def _parts(rows: list[Any]) -> Any:
    """The part of the last row."""
    parts: list[Any] = []
    add, at = parts.append, parts.__getitem__
    new, makers = object.__new__, {name: (struct, struct._put) for name, struct in _CLASSES.items()}
    # so many parts at once are no rubbish: looking for it meanwhile takes longer than reading them
    collects = gc.isenabled()
    gc.disable()
    try:
        for row in rows:
            if row.__class__ is not list:
                add(row)
                continue
            kind = row[0]
            if kind in makers:
                struct, puts = makers[kind]
                part = new(struct)
                del row[0]
                for put, place in zip(puts, row, strict=True):
                    put(part, parts[place])
                add(part)
            elif kind == "tuple":
                add(tuple([parts[place] for place in row[1:]]))
            else:
                add(_OTHERS[kind](row[1:], at))
    finally:
        if collects:
            gc.enable()
    return parts[-1]


def _dict(places: list[int], at: Callable[[int], Any]) -> FrozenDict[Any, Any]:
    half = len(places) // 2
    return FrozenDict(zip(map(at, places[:half]), map(at, places[half:]), strict=True))


_OTHERS: Final[dict[str, Callable[[list[Any], Callable[[int], Any]], Any]]] = {
    "dict": _dict,
    "table": lambda places, at: values.Table(_dict(places, at)),
    "list": lambda places, at: list(map(at, places)),
    "set": lambda places, at: frozenset(map(at, places)),
    "date": lambda written, at: date.fromisoformat(written[0]),
    "decimal": lambda written, at: Decimal(written[0]),
    "none": lambda _, at: values.NONE,
    "unknown": lambda _, at: values.UNKNOWN,
}
"""What makes the parts that are no struct, by the name of their kind."""
