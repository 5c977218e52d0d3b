"""Packs: loaded rulebooks as bytes, made when the wheel is built, so that a program starts without YAML and pydantic.

A pack is one line of JSON, the head, and then the rulebook as ``dump`` writes it. The head names the layers and has
the hashes of their rule files, of the rest of the pack, and of the code that made it. A pack is used only if they are
still those of what is there; a stale one is never read.

The rulebook itself is a pickle, but reading it admits nothing except the parts of a rulebook: no other class or
function is ever looked up, so bytes that were tampered with cannot run anything.
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

from aava_rules.language import syntax, values
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct
from aava_rules.rulebook import model
from aava_rules.rulebook.digest import digest, rule_files
from aava_rules.rulebook.model import Parts

FILE: Final = "rulebook.pack"
"""The name of a pack, in the folder of its rulebook."""
SOURCE_ROOMS: Final = ("language", "record", "rulebook")
"""The rooms whose code reads rule files and makes the parts of a rulebook of them. A pack depends on all of it."""

_HEAD_MAX: Final = 4096
"""Bytes of a head; a longer one is none."""
_BODY_START: Final = b"aava-rules parts 3\n"
_ADMITTED: Final[dict[tuple[str, str], Any]] = {
    ("datetime", "date"): date,
    ("decimal", "Decimal"): Decimal,
    ("builtins", "frozenset"): frozenset,
    (values.__name__, "NONE"): values.NONE,
    (values.__name__, "UNKNOWN"): values.UNKNOWN,
    **{
        (module.__name__, name): member
        for module in (model, syntax)
        for name, member in vars(module).items()
        if isinstance(member, type) and issubclass(member, Struct) and member.__module__ == module.__name__
    },
}
"""What a pickled rulebook may name, by module and name."""


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

    The rulebooks that it extends are looked for in the folders next to ``folder``.
    """
    try:
        data = (folder / FILE).read_bytes()
    except OSError:
        return None
    line, _, body = data.partition(b"\n")
    try:
        head = json.loads(line[:_HEAD_MAX])
        layers = [(name, folder if name == folder.name else folder.parent / name) for name in head["layers"]]
        files = [(f"{name}/{file}", content) for name, path in layers for file, content in rule_files(path)]
        if head["maker"] != _maker() or head["sha256"] != digest(files):
            return None
        if head["body"] != hashlib.sha256(body).hexdigest():
            return None
        return load(body)
    except (AavaRulesError, OSError, ValueError, KeyError, TypeError):
        return None


def _maker() -> str:
    """The hash of all code that a pack depends on."""
    package = Path(__file__).parent.parent
    files = sorted(path for room in SOURCE_ROOMS for path in (package / room).rglob("*.py"))
    return digest([(path.relative_to(package).as_posix(), path.read_bytes()) for path in files])


def dump(parts: Parts) -> bytes:
    """The rulebook ``parts`` as bytes, for ``load`` of the same version of the library."""
    return _BODY_START + pickle.dumps(parts, protocol=5)


def load(data: bytes) -> Parts:
    """The rulebook that ``dump`` wrote as ``data``. Raises AavaRulesError for any other bytes."""
    if not data.startswith(_BODY_START):
        raise AavaRulesError("these bytes are no packed rulebook of this version; load it from its folder")
    try:
        parts = _Unpickler(io.BytesIO(data[len(_BODY_START) :])).load()
    except Exception as error:  # a pickle that is damaged may raise anything
        raise AavaRulesError(f"the packed rulebook is damaged: {type(error).__name__}") from error
    if not isinstance(parts, Parts):
        raise AavaRulesError("these bytes hold no rulebook")
    return parts


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a rulebook") from None
