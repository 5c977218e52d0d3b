"""Seeded clients as ready-made facts, close to every limit that the target-group rules know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

BOOLEANS = {
    "unemployed": 0.95,
    "subsidy_entitled": 0.8,
    "receives_social_assistance": 0.4,
    "employment_plan_made": 0.85,
    "jobseeker_interview_held": 0.85,
    "allowance_exhausted": 0.35,
    "integration_plan_entitled": 0.1,
}
"""The share of clients for whom each is true."""

NUMBERS = {
    "age": ((24, 25), 18, 64),
    "subsidy_days_last_12_months": ((179, 180, 181), 0, 260),
    "social_assistance_months": ((3, 4, 5, 11, 12, 13), 0, 36),
    "subsidy_days": ((499, 500, 501), 0, 2000),
    "subsidy_days_after_allowance": ((179, 180, 181), 0, 1000),
}
"""Values about the limits, which half of the clients have, and the range of all others."""

GAPS = (0.05, 0.2, 0.5)
"""Of each client with missing facts, one of these shares of the facts is missing."""


def clients(count: int, seed: int, gaps: bool = False) -> pl.DataFrame:
    """So many clients, the same for the same seed; with ``gaps``, some facts of theirs are null."""
    random = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {"id": pl.Series(np.char.add("c", np.arange(count).astype(str)))}
    missing = random.choice(GAPS, count) if gaps else np.zeros(count)
    for name, share in BOOLEANS.items():
        columns[name] = _with_gaps(random.random(count) < share, missing, random)
    for name, (edges, low, high) in NUMBERS.items():
        at_edge = random.choice(edges, count)
        anywhere = random.integers(low, high + 1, count)
        chosen = np.where(random.random(count) < 0.5, at_edge, anywhere).astype(np.int32)
        columns[name] = _with_gaps(chosen, missing, random)
    return pl.DataFrame(columns)


def _with_gaps(values: np.ndarray, missing: np.ndarray, random: np.random.Generator) -> pl.Series:
    there = random.random(len(values)) >= missing
    series = pl.Series(values)
    return series if there.all() else pl.select(pl.when(pl.Series(there)).then(series)).to_series()


def write(frame: pl.DataFrame, folder: Path, name: str) -> Path:
    """The clients as Parquet, and beside it as JSON Lines for those who take one client at a time."""
    path = folder / f"{name}.parquet"
    frame.write_parquet(path)
    frame.drop("id").write_ndjson(path.with_suffix(".jsonl"))
    return path
