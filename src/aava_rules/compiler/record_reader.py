"""Records as hosts have them, read with the steps and facts of a rulebook."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aava_rules.compiler.inputs import read_inputs
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record import Record, read
from aava_rules.record.host_values import as_mapping
from aava_rules.record.items import STEPS
from aava_rules.rulebook.model import Parts

Source = Mapping[str, Any] | bytes | str | os.PathLike[str] | Record
"""A record as a host has it: a dict in the record format, JSON text or bytes, the Path of such a file, or a Record."""


class RecordReader:
    """Reads records for one rulebook: its steps and facts besides what every record may have."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._steps = tuple(sorted(set(parts.steps) - set(STEPS)))
        # of tables that are read for no rulebook the columns are the facts: their names may be anything
        self._facts = frozenset([*parts.facts, *parts.outcomes] if parts.layers else ())

    def read(self, source: Source) -> Record:
        """The record of ``source``. Raises RecordError with all its faults, those of ready-made facts among them."""
        try:
            return read(source, steps=self._steps, facts=self._facts)
        except RecordError as error:
            faults = self.with_faults_of_facts(error, source)
        raise RecordError("record", faults)

    def with_faults_of_facts(self, error: RecordError, source: Source) -> list[Fault]:
        """All that is wrong with a record: the faults of its ready-made facts come with the others, not later.

        Args:
            error: why the record was refused.
            source: the record.
        """
        places = {fault.place for fault in error.faults}
        return [*error.faults, *(fault for fault in self._faults_of_facts(source) if fault.place not in places)]

    def _faults_of_facts(self, source: Source) -> list[Fault]:
        try:
            from aava_rules.record.normalise import normalised  # only a wrong record needs it

            facts = normalised(raw(source)).get("facts")
            if isinstance(facts, Mapping) and all(isinstance(key, str) for key in facts):
                return read_inputs(facts, self._parts.facts, self._parts.outcomes)[1]
        except Exception:
            pass  # a value whose own code fails; what it raised may hold contents, so it is dropped
        return []


def id_of(source: Source) -> str | None:
    """The id of the record ``source`` that could not be read; None if it has none that may be told."""
    try:
        identifier = raw(source).get("id")
    except Exception:  # a mapping whose own code fails
        return None
    return identifier if isinstance(identifier, str) and len(identifier) <= 200 else None


def raw(source: Source) -> Mapping[str, Any]:
    """The keys and values of the record ``source`` that could not be read; none if it is not even JSON."""
    if isinstance(source, Record):
        return {"id": source.id}
    if not isinstance(source, (str, bytes, bytearray, os.PathLike)):
        return as_mapping(source) or {}
    from aava_rules.record.json_text import parse
    from aava_rules.record.reader import content

    try:
        document = parse(content(source) if isinstance(source, os.PathLike) else source)
    except RecordError:
        return {}
    return document if isinstance(document, Mapping) else {}
