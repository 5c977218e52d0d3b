"""Hints for keys of a record that nobody knows, where they are what a rulebook calls a field or fact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from aava_rules.compiler.record_reader import Source, raw
from aava_rules.language.errors import Fault
from aava_rules.record.items import MODELS
from aava_rules.record.normalise import normalised
from aava_rules.rulebook.model import Parts
from aava_rules.rulebook.titles import hint_of, titles_of_facts, titles_of_fields

_KEY: Final = re.compile(r"(facts|client|(\w+)\[(\d+)\]) key (\d+)\Z", re.ASCII)
"""The place of a key: it is told by its number among the keys of its owner, from 1."""


def with_titles(faults: Sequence[Fault], source: Source, parts: Parts) -> Sequence[Fault]:
    """The faults of a record; of a key that is a title in the rulebook, the hint is the name that has this title.

    Args:
        faults: what is wrong with it.
        source: the record.
        parts: the rulebook.
    """
    try:
        record = normalised(raw(source))
        return [_with_title(fault, record, parts) if " key " in fault.place else fault for fault in faults]
    except Exception:
        return faults  # a value whose own code fails; what it raised may hold contents, so it is dropped


def _with_title(fault: Fault, record: Mapping[str, Any], parts: Parts) -> Fault:
    place = _KEY.match(fault.place)
    if place is None or (place[2] is not None and place[2] not in MODELS):
        return fault
    owner = record[place[1]] if place[2] is None else record[place[2]][int(place[3])]
    key = list(owner)[int(place[4]) - 1]
    if not isinstance(key, str):
        return fault
    name = place[2] or place[1]
    titles = titles_of_facts(parts) if name == "facts" else titles_of_fields(name, parts)
    hint = hint_of(key, titles)
    return replace(fault, hint=hint) if hint else fault
