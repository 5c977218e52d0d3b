"""The ways in which a parameter and the derivation of a fact are changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from aava_rules.language.syntax import TRUE, Condition, Expr
from aava_rules.language.values import NUMERIC, plain
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import Derivation, FactDef, Parameter, ParamValue
from aava_rules.tools.mutate.mutant import days_beside
from aava_rules.tools.mutate.trees import (
    Change,
    Named,
    Variant,
    droppable,
    parts,
    rebuilt,
    shifted,
    text_of,
    values,
    variants,
)


def changed_values(parameter: Parameter, place: int) -> Iterator[tuple[str, str, str, Parameter]]:
    """The ways in which the value number ``place`` of ``parameter`` is changed: kind, before, after, the parameter."""
    value = parameter.values[place]
    others = (*parameter.values[:place], *parameter.values[place + 1 :])
    since = "always" if value.start is None else str(value.start)

    def with_value(other: ParamValue) -> Parameter:
        return replace(parameter, values=(*parameter.values[:place], other, *parameter.values[place + 1 :]))

    for before, after, changed in _other_values(value.value):
        yield "parameter", f"{since}: {before}", f"{since}: {after}", with_value(replace(value, value=changed))
    start = value.start
    for day in days_beside(start):
        assert start is not None
        starts = [other.start for other in others]
        neighbours = [parameter.values[n].start for n in (place - 1, place + 1) if 0 <= n < len(parameter.values)]
        if day not in starts and all(other is None or (other < day) == (other < start) for other in neighbours):
            yield "day", since, str(day), with_value(replace(value, start=day))
    if len(parameter.values) > 1:
        yield "parameter", f"{since}: {_shown(value.value)}", "", replace(parameter, values=others)


def _other_values(value: Any) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, dict):
        for row, columns in value.items():
            for column, cell in columns.items():
                if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
                    for by in (1, -1):
                        changed = value | {row: columns | {column: cell + by}}
                        yield f"{row} {column} {cell}", f"{row} {column} {cell + by}", changed
            if len(value) > 1:
                yield f"row {row}", "", {key: remaining for key, remaining in value.items() if key != row}
            for by in (1, -1):
                if row + by not in value:
                    rows = {key + by if key == row else key: remaining for key, remaining in value.items()}
                    yield f"row {row}", f"row {row + by}", rows
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        for by in (1, -1):
            yield _shown(value), _shown(value + by), value + by


def _shown(value: Any) -> str:
    return "a table" if isinstance(value, dict) else "none" if value is None else str(plain(value))


# -- derived facts

_Changed = tuple[Node, str, str, str, FactDef]


def _constantly(changed: Condition | None) -> Change:
    return lambda _: changed


def changed_condition(
    written: Node | None, tree: Condition | None, named: Named
) -> Iterator[tuple[Node, Variant, Condition]]:
    """The ways in which a condition is changed, each with its place and the whole tree.

    Args:
        written: the condition as it is written; None if there is none.
        tree: what it was read as.
        named: the named conditions of its file.
    """
    if written is None or tree is None:
        return
    for at, part in parts(written, tree, named):
        for variant in variants(part):
            changed = rebuilt(written, tree, at, _constantly(variant.tree), named)
            yield at, variant, changed or TRUE
    for at, part in droppable(written, tree, named):
        yield at, Variant("test", str(part), "", None), rebuilt(written, tree, at, _constantly(None), named) or TRUE


def changed_facts(key: Scalar, node: Mapping, definition: FactDef) -> Iterator[_Changed]:
    """The ways in which the derivation and default of a fact are changed.

    Args:
        key: the name of the fact as it is written.
        node: its declaration as it is written.
        definition: the fact.
    """
    derivation = definition.derivation
    if definition.default is not None:
        at = node.get("default") or key
        before = f"default {definition.default}"
        for value in values(definition.default, definition.type, definition.words):
            yield at, "value", before, f"default {text_of(value)}", replace(definition, default=value)
        yield at, "value", before, "", replace(definition, default=None)
    if derivation is None:
        return
    written = node.get("where") if node.get("where") is not None else node.get("value")
    for at, variant, tree in changed_condition(written, derivation.where, {}):
        changed = replace(derivation, where=tree)
        yield at, variant.kind, variant.before, variant.after, replace(definition, derivation=changed)
    if derivation.value is not None and definition.type in (*NUMERIC, "date"):
        for value in (shifted(derivation.value, 1), shifted(derivation.value, -1)):
            at = node.get("value") or key
            changed = replace(derivation, value=value)
            yield at, "value", str(derivation.value), str(value), replace(definition, derivation=changed)
    for at, kind, before, after, changed in _changed_derivation(key, node, derivation):
        yield at, kind, before, after, replace(definition, derivation=changed)


def _changed_derivation(
    key: Scalar, node: Mapping, derivation: Derivation
) -> Iterator[tuple[Node, str, str, str, Derivation]]:
    """The ways in which the days that an aggregate counts are changed."""
    window = derivation.within
    written = node.get("within") or node.get(derivation.kind) or key
    if window is not None:
        for field in ("start", "end", "months"):
            term: Expr | int | None = getattr(window, field)
            if term is None:
                continue
            for by in (1, -1):
                other: Any = term + by if isinstance(term, int) else shifted(term, by)
                if isinstance(other, int) and other < 1:
                    continue
                kind = "threshold" if field == "months" else "day"
                changed = replace(derivation, within=replace(window, **{field: other}))
                yield written, kind, f"{field} {term}", f"{field} {other}", changed
    listed = node.get("outside")
    for place, zone in enumerate(derivation.outside):
        at = listed.items[place] if isinstance(listed, Sequence) else key
        rest = (derivation.outside[:place], derivation.outside[place + 1 :])
        for field in ("start", "until"):
            for day in days_beside(getattr(zone, field)):
                moved: Any = {field: day}
                zones = (*rest[0], replace(zone, **moved), *rest[1])
                before, after = f"outside {field} {getattr(zone, field)}", f"outside {field} {day}"
                yield at, "day", before, after, replace(derivation, outside=zones)
        before = f"outside {zone.start} to {zone.until}"
        yield at, "test", before, "", replace(derivation, outside=(*rest[0], *rest[1]))
        zones = (*rest[0], replace(zone, possibly=not zone.possibly), *rest[1])
        surely = "surely" if zone.possibly else "possibly"
        yield at, "comparison", before, f"{before}, {surely}", replace(derivation, outside=zones)
    for place, limit in enumerate(derivation.limits):
        others = (derivation.limits[:place], derivation.limits[place + 1 :])
        for by in (1, -1):
            amount = shifted(limit.amount, by)
            limits = (*others[0], replace(limit, amount=amount), *others[1])
            yield written, "threshold", str(limit.amount), str(amount), replace(derivation, limits=limits)
            if limit.start is not None:
                start = shifted(limit.start, by)
                limits = (*others[0], replace(limit, start=start), *others[1])
                yield written, "day", str(limit.start), str(start), replace(derivation, limits=limits)
