"""Table 1: the target group, asked of aava-rules and of its peers."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import agreement
import facts
from contestants import BY_KEY, CONTESTANTS
from report import ratio, seconds, short, table
from settings import Settings
from workers import Failed, alternate, run, starts

Figures = dict[str, dict[str, float]]
COLUMNS = {"one": "ours", "few": "ours-table", "many": "ours-table", "load": "ours-table", "cold": "ours", "mb": "ours"}
"""What is measured, and whose figure the ratios of a column are taken to."""


def measure(settings: Settings, folder: Path, absent: dict[str, str]) -> None:
    """Check that all agree, measure them, and print the table. Raises agreement.Disagreement."""
    full = facts.write(facts.clients(settings.checked, settings.seed), folder, "full")
    gaps = facts.write(facts.clients(settings.checked, settings.seed + 1, gaps=True), folder, "gaps")
    kept, failed, told = agreement.check(folder, full, gaps, absent)
    print(f"\n{told}", flush=True)
    for key, why in failed.items():
        print(f"Left out: {BY_KEY[key].title}: {why}", flush=True)

    one = facts.write(facts.clients(settings.sample, settings.seed + 2), folder, "one")
    some = facts.write(facts.clients(settings.sample, settings.seed + 3, gaps=True), folder, "some")
    facts.write(facts.clients(settings.before, settings.seed + 5), folder, "one-before")
    facts.write(facts.clients(settings.before, settings.seed + 6, gaps=True), folder, "some-before")
    asked = [key for key in kept if BY_KEY[key].one]
    figures: Figures = {name: {} for name in COLUMNS}
    figures["one"] = alternate("one", asked, one, settings.rounds)[0]
    unknown = alternate("one", [key for key in asked if BY_KEY[key].gaps], some, settings.rounds)[0]
    print(_few_columns("One warm decision, facts missing", unknown), flush=True)
    print(_few_columns("One warm decision, every fact known", figures["one"]), flush=True)

    _tables(settings, folder, kept, figures)
    figures["cold"] = starts(_first_decisions([key for key in asked if not BY_KEY[key].variant], one), settings.rounds)
    for key in kept:
        if not BY_KEY[key].variant:
            try:
                figures["mb"][key] = run("memory", key, str(folder / "few.parquet"))["mb"]
            except Failed as error:
                print(f"No memory figure for {key}: {error}", flush=True)
    print(_all(settings, kept, figures), flush=True)
    print(_targets(figures | {"gaps": unknown}), flush=True)


def _tables(settings: Settings, folder: Path, kept: list[str], figures: Figures) -> None:
    """Tables of two sizes; for whoever takes one client at a time, the time of one decision times the count."""
    columns = [key for key in kept if BY_KEY[key].many]
    for name, count in (("few", settings.few), ("many", settings.many)):
        path = facts.write(facts.clients(count, settings.seed + 4), folder, name)
        figures[name], figures["load"] = alternate("many", columns, path, settings.table_rounds)
        figures[name] |= {key: one * count for key, one in figures["one"].items() if not BY_KEY[key].many}


def _first_decisions(keys: list[str], path: Path) -> dict[str, str]:
    """Code that imports, loads and decides once."""
    with path.with_suffix(".jsonl").open(encoding="utf-8") as lines:
        client = json.loads(next(lines))
    made = {}
    for key in keys:
        module, _, name = BY_KEY[key].of.partition(":")
        made[key] = f"from peers.{module} import {name}\npeer = {name}()\npeer.one(peer.ready({client!r}))"
    return made


def _versions(key: str) -> str:
    package = BY_KEY[key].package
    return version(package) if package else "Python " + ".".join(map(str, sys.version_info[:3]))


def _few_columns(title: str, figures: dict[str, float]) -> str:
    rows = [
        (BY_KEY[key].title, _versions(key), seconds(value), ratio(value, figures.get("ours")))
        for key, value in figures.items()
    ]
    return table(title, ("", "version", "time", "ratio"), rows)


def _all(settings: Settings, kept: list[str], figures: Figures) -> str:
    header = ("", "version", "one", "ratio", f"{settings.few:,}", "ratio", f"{settings.many:,}", "ratio",
              "load", "cold start", "ratio", "memory", "ratio")  # fmt: skip
    rows = []
    for one in CONTESTANTS:
        if one.key not in kept:
            continue
        row = [one.title, _versions(one.key)]
        for name, base in COLUMNS.items():
            value = figures[name].get(one.key)
            shown = "" if value is None else f"{short(value)} MB" if name == "mb" else seconds(value)
            guess = "≈ " if value is not None and name in ("few", "many") and not one.many else ""
            row.append(guess + shown)
            if name != "load":
                row.append("" if value is None else ratio(value, figures[name].get(base)))
        rows.append(row)
    title = (
        "Table 1. The target group on 5 May 2014, ready-made facts. Ratios: to one Record; of tables, to decide_table"
        f"\n≈ one decision × count. load: {settings.many:,} clients from Parquet. Memory: peak of"
        f" a new process, {settings.few:,} clients from a file to answers"
    )
    return table(title, header, rows)


def _targets(figures: Figures) -> str:
    """What was to be reached, and what was."""
    found = []
    for text, name, slower, faster, target in (
        ("One decision: at least so many times as fast as zen-engine", "one", "zen", "ours", 5),
        ("  the same, of a Record asked before", "one", "zen", "ours-again", 5),
        ("  the same, zen-engine through create_decision", "one", "zen-created", "ours", 5),
        ("One decision: at least so many times as fast as OpenFisca", "one", "openfisca", "ours", 50),
        ("One decision: at most so many times Python by hand with reasons", "one", "ours", "explained", 5),
        ("  the same, of a Record asked before", "one", "ours-again", "explained", 5),
        ("  the same, facts missing", "gaps", "ours", "explained", 5),
        ("The rules of a table: at least so many times as fast as OpenFisca", "many", "openfisca", "ours-rules", 2),
        ("The rules of a table: at most so many times polars by hand", "many", "ours-rules", "polars-three", 1.5),
    ):
        times = figures[name]
        if slower in times and faster in times:
            found.append((text, short(times[slower] / times[faster]), f"{target:g}"))
    return table("Targets", ("", "measured", "target"), found)
