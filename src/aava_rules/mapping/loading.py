"""Loading a mapping file: read, checked and linked, or refused with every fault at its line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from aava_rules.adapters import unreadable
from aava_rules.language.errors import MappingError
from aava_rules.mapping.file_schema import MappingFile
from aava_rules.mapping.link import Linker
from aava_rules.mapping.link_fields import Vocabulary
from aava_rules.mapping.source_mapping import SourceMapping
from aava_rules.record.items import STEPS
from aava_rules.rulebook.loader.documents import Document, Faults, TooManyFaults
from aava_rules.rulebook.loader.yaml_nodes import Mapping, read_yaml
from aava_rules.rulebook.model import Parts


class HasParts(Protocol):
    """A rulebook that was loaded."""

    _parts: Parts


def load(
    source: str | os.PathLike[str] | bytes, rulebook: HasParts | None = None, key: bytes | None = None
) -> SourceMapping:
    """The mapping in a file, checked against the record format and, of facts, against a rulebook.

    Args:
        source: the path of the file, or its text as bytes.
        rulebook: the rulebook that will decide; it knows the types of its facts, and its own steps. Without one, each
            fact of the mapping says its type.
        key: the host's secret with which ids are hashed, where the mapping asks for that; at least 16 bytes.

    Raises:
        MappingError: the mapping is wrong; the error has every fault with its line.
        AdapterError: the file cannot be read.
    """
    if isinstance(source, bytes):
        name, data = "mapping", source
    else:
        path = Path(source)
        name = path.name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise unreadable(path, error) from None
    faults = Faults()
    mapping = None
    with suppress(TooManyFaults):
        mapping = _linked(Document(name, 0, read_yaml(data), faults), rulebook, key)
    if faults.by_place or mapping is None:
        raise MappingError(name, faults.in_order())
    return mapping


def _linked(document: Document, rulebook: HasParts | None, key: bytes | None) -> SourceMapping | None:
    root = document.file.root
    if root is None or document.faults.by_place:
        return None
    if not isinstance(root, Mapping):
        document.fault(root, "AR008", "a mapping file is a mapping of its parts", "", "Begin with mapping: 1")
        return None
    file = document.check(MappingFile, root, missing={})
    if file is None:
        return None
    linker = Linker(document, file, None if rulebook is None else _vocabulary(rulebook._parts))
    clients, sections = linker.clients(), linker.sections()
    linker.complete()
    tables = linker.tables((clients, *sections))
    if document.faults.by_place:
        return None
    complete_from: dict[str, Any] = dict(file.complete_from)
    return SourceMapping(
        document.name, clients, sections, tables, linker.forms, file.complete, complete_from, key, document.file.lines
    )


def _vocabulary(parts: Parts) -> Vocabulary:
    return Vocabulary({**parts.outcomes, **parts.facts}, tuple(sorted(set(parts.steps) - set(STEPS))))
