"""Packs: rulebooks loaded when the wheel is built, so that starting needs no YAML.

A pack names the hash of the rule files that it was made of. It is used only where the files beside
it still have that hash and the library is the one that made it; a stale pack is never read.

A loaded rulebook as bytes and back, so that starting needs neither YAML nor pydantic.

The bytes are a pickle, but reading them admits nothing except the parts of a rulebook: no other
class or function is ever found, so bytes that were tampered with cannot run anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from aava_rules.language import syntax as expression
from aava_rules.language import values
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct
from aava_rules.rulebook import model as parts
from aava_rules.rulebook.digest import digest, rule_files
from aava_rules.rulebook.model import Parts

FILE = "rulebook.pack"
_LIMIT = 4096


def make(folder: Path, find: Callable[[str], Path]) -> bytes:
    """The pack of a rulebook's folder. Raises RulebookError if the rulebook is wrong."""
    from aava_rules.rulebook.loader import load_parts
    from aava_rules.rulebook.pack import dump

    parts = load_parts(folder, find)
    body = dump(parts)
    layers = [layer.name for layer in parts.layers]
    head = {"maker": _maker(), "layers": layers, "sha256": parts.sha256, "body": hashlib.sha256(body).hexdigest()}
    return json.dumps(head).encode() + b"\n" + body


def packed(folder: Path) -> Parts | None:
    """The parts in the pack beside a rulebook's files, or None if there is none or it is stale."""
    try:
        data = (folder / FILE).read_bytes()
    except OSError:
        return None
    from aava_rules.rulebook.pack import load

    head, _, body = data.partition(b"\n")
    try:
        told = json.loads(head[:_LIMIT])
        layers = [(name, folder if name == folder.name else folder.parent / name) for name in told["layers"]]
        files = [(f"{name}/{file}", data) for name, path in layers for file, data in rule_files(path)]
        if told["maker"] != _maker() or told["sha256"] != digest(files):
            return None
        if told["body"] != hashlib.sha256(body).hexdigest():
            return None
        return load(body)
    except (AavaRulesError, OSError, ValueError, KeyError, TypeError):
        return None


_ROOMS: Final = ("language", "record", "rulebook")
"""The rooms whose code reads rule files and makes the parts of a rulebook of them."""


def _maker() -> str:
    """What a pack depends on besides its files: the source of all that reads rule files, and of the parts."""
    here = Path(__file__).parent.parent
    files = sorted(path for room in _ROOMS for path in (here / room).rglob("*.py"))
    return digest([(path.relative_to(here).as_posix(), path.read_bytes()) for path in files])


_HEADER = b"aava-rules parts 2\n"
_ADMITTED: dict[tuple[str, str], Any] = {
    ("datetime", "date"): date,
    ("decimal", "Decimal"): Decimal,
    ("builtins", "frozenset"): frozenset,
    (values.__name__, "NONE"): values.NONE,
    (values.__name__, "UNKNOWN"): values.UNKNOWN,
    **{
        (module.__name__, name): found
        for module in (parts, expression)
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, Struct) and found.__module__ == module.__name__
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a rulebook") from None


def dump(loaded: Parts) -> bytes:
    """The rulebook as bytes for ``load`` of the same version of the library."""
    return _HEADER + pickle.dumps(loaded, protocol=5)


def load(data: bytes) -> Parts:
    """The rulebook that ``dump`` wrote. Raises AavaRulesError for any other bytes."""
    if not data.startswith(_HEADER):
        raise AavaRulesError("these bytes are no packed rulebook of this version; load it from its folder")
    try:
        found = _Unpickler(io.BytesIO(data[len(_HEADER) :])).load()
    except Exception as error:  # a pickle that is damaged may raise anything
        raise AavaRulesError(f"the packed rulebook is damaged: {type(error).__name__}") from error
    if not isinstance(found, Parts):
        raise AavaRulesError("these bytes hold no rulebook")
    return found
