"""What to ask next, what does not fit together and what is not verified: worked out through the record path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision
    from aava_rules.decision.notices import Notice

_TEXTS = pl.List(pl.String)
MISSING: Final[dict[str, Any]] = {
    "id": pl.String, "fact": pl.String, "where": pl.String, "fields": _TEXTS, "settles": _TEXTS, "affects": _TEXTS
}  # fmt: skip
_SAID: Final[dict[str, Any]] = {"text_fi": pl.String, "text_sv": pl.String, "text_en": pl.String}
CAUTIONS: Final[dict[str, Any]] = {"id": pl.String, "code": pl.String, "affects": _TEXTS} | _SAID
NOTICES: Final[dict[str, Any]] = {"id": pl.String, "code": pl.String, "fields": _TEXTS} | _SAID


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
        _said(decision, one) | {"affects": list(one.affects)} for decision in decisions for one in decision.cautions
    ]
    return pl.DataFrame(rows, schema=CAUTIONS)


def notices_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The notices, client by client."""
    rows = [_said(decision, one) | {"fields": list(one.fields)} for decision in decisions for one in decision.notices]
    return pl.DataFrame(rows, schema=NOTICES)


def _said(decision: Decision, one: Caution | Notice) -> dict[str, Any]:
    texts = {f"text_{language}": text for language, text in one.texts.items()}
    return {"id": decision.record_id, "code": one.code, **texts}
