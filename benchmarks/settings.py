"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Sizes and rounds of a whole run."""

    seed: int = 1
    rounds: int = 15
    table_rounds: int = 7
    checked: int = 20_000
    sample: int = 5_000
    before: int = 50_000
    few: int = 100_000
    many: int = 1_000_000
    growing: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    national: int = 350_000
    national_rounds: int = 3
    compared: int = 350_000
    lines: int = 3_000


def quick(seed: int) -> Settings:
    """Sizes and rounds of a trial, which tells whether all works and nothing of how fast."""
    return Settings(
        seed=seed,
        rounds=3,
        table_rounds=2,
        checked=2_000,
        sample=500,
        before=1_000,
        few=10_000,
        many=50_000,
        growing=(1_000, 5_000, 10_000),
        national=10_000,
        national_rounds=1,
        compared=10_000,
        lines=300,
    )
