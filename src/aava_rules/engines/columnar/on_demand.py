"""What to ask next, and what answers rest on that is not verified: worked out through the record path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from ...decision import Decision

_TEXTS = pl.List(pl.String)
MISSING: Final[dict[str, Any]] = {
    "id": pl.String, "fact": pl.String, "where": pl.String, "fields": _TEXTS, "settles": _TEXTS, "affects": _TEXTS
}  # fmt: skip
CAUTIONS: Final[dict[str, Any]] = {
    "id": pl.String, "code": pl.String, "affects": _TEXTS, "text_fi": pl.String, "text_sv": pl.String,
    "text_en": pl.String,
}  # fmt: skip


def missing_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The facts to ask for, client by client, the most useful first."""
    rows: list[dict[str, Any]] = [
        {
            "id": decision.record_id, "fact": one.fact, "where": one.where, "fields": list(one.fields),
            "settles": list(one.settles), "affects": list(one.affects),
        }
        for decision in decisions
        for one in decision.missing
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=MISSING)


def cautions_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The cautions, client by client."""
    rows = [
        {
            "id": decision.record_id, "code": one.code, "affects": list(one.affects),
            **{f"text_{language}": text for language, text in one.texts.items()},
        }
        for decision in decisions
        for one in decision.cautions
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CAUTIONS)
