"""JSON documents and Parquet through a mapping: the built-in adapters' side of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import Fault, MappingError
from aava_rules.mapping.plan import SourceRow
from aava_rules.mapping.source_mapping import SourceMapping, duplicate


def documents_mapped(documents: Iterable[Row | BadRow], mapping: SourceMapping) -> Iterator[Row | BadRow]:
    """The records that a mapping makes of documents, each a client with all that is the client's inside.

    A key that a document lacks is unknown.

    Args:
        documents: the documents, bad ones included.
        mapping: what the records are made by; it may read one table, that of the clients.

    Raises:
        MappingError: the mapping reads several tables, or ids are hashed and there is no key.
    """
    mapping.require_key()
    others = sorted(set(mapping.tables) - {mapping.clients.table})
    if others:
        what = "a source of documents has one table, that of the clients"
        hint = f"Leave out {', '.join(others)}, or write inside: for a list within each document."
        raise MappingError(mapping.name, [Fault(mapping.name, "AR160", what, "", hint)])
    seen: set[str] = set()
    for document in documents:
        if isinstance(document, BadRow):
            yield document
            continue
        client = SourceRow(document.place, document.record)
        if not mapping.counts(mapping.clients, client):
            continue
        key = mapping.key_of(mapping.clients, client)
        if key and key in seen:
            yield duplicate(client, mapping.clients)
            continue
        seen.add(key)
        yield mapping.record(client, {})
