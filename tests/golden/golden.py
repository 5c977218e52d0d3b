"""Every output of the library, hashed, so that a change of the code can be shown to change none of them.

    python tests/golden/golden.py             compares with hashes.json: exit code 0 equal, 1 different
    python tests/golden/golden.py --write     writes hashes.json, always the whole of it
    python tests/golden/golden.py --quick     a tenth of the shards
    python tests/golden/golden.py --smoke     one shard of the sections that take seconds
    python tests/golden/golden.py --dump DIR  writes the outputs themselves too, to be compared with `diff -r`

Outputs are those of the public interface alone: decisions and explanations of the three shipped rulebooks on each day
of change and the days beside it, over the example records, the client stories and drawn records; table frames; what
every command prints and exits with; faults of wrong records and rulebooks; remarks of lint; schemas. A commit that
changes an output on purpose writes the hashes anew and says which and why.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import hashlib
import io
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random
from typing import Any

os.environ["AAVA_RULES_DISABLE_PLUGINS"] = "1"
os.environ["COLUMNS"] = "200"
os.environ["NO_COLOR"] = "1"

import polars as pl

import aava_rules
from aava_rules.testing import RecordMaker, as_json, change_days, random_rulebook

ROOT = Path(__file__).resolve().parents[2]
HASHES = Path(__file__).with_name("hashes.json")
RULEBOOKS = ("finland", "aava", "hartola_sysma")
LANGUAGES = ("fi", "sv", "en")
DRAWN = 2000
"""Drawn records of each rulebook."""
SHARDS = 20
LISTS = ("benefits", "plans", "periods", "events")
ONE_DAY = timedelta(days=1)


@cache
def rulebook(name: str) -> aava_rules.Rulebook:
    """A shipped rulebook, loaded once a process."""
    return aava_rules.load(name, plugins=False)


@cache
def judged_days(name: str) -> list[date]:
    """Each day from which the rulebook answers otherwise, the day before and the day after; one day of the present."""
    changes = change_days(rulebook(name))
    return sorted({day + ONE_DAY * offset for day in changes for offset in (-1, 0, 1)} | {date(2026, 11, 30)})


@cache
def record_files() -> list[Path]:
    """The example records and the records of the client stories."""
    return sorted(path for folder in ("records", "stories") for path in (ROOT / "examples" / folder).glob("*.json"))


def drawn(name: str, shard: int) -> Iterator[tuple[dict[str, Any], date]]:
    """Drawn records of a rulebook, each with a day of decision."""
    maker = RecordMaker(rulebook(name))
    for number in range(shard, DRAWN, SHARDS):
        random = Random(f"{name} {number}")
        day = maker.day(random)
        yield as_json(maker.record(random, day)), day


# -- what is hashed


def whole_decision(decision: aava_rules.Decision, languages: tuple[str, ...], names: list[str] | None = None) -> str:
    """The decision as JSON, and its explanations: of these names, or of every outcome, finding and step."""
    texts = [decision.to_json()]
    if names is None:
        names = [
            *decision.outcomes,
            *(f.key for f in decision.findings),
            *sorted({s.step for s in decision.next_steps}),
        ]
    for language in languages:
        texts += [f"{name} {language}\n{explained(decision, name, language)}" for name in names]
    return "\n".join(texts)


def explained(decision: aava_rules.Decision, name: str, language: str) -> str:
    """An explanation, or the kind of error where there is none."""
    try:
        return str(decision.explain(name, language=language))
    except aava_rules.AavaRulesError as error:
        return f"{type(error).__name__}: {error}"


def examples_on_days(name: str, shard: int) -> str:
    """Every example record and story, on each judged day of this shard."""
    days = judged_days(name)[shard::SHARDS]
    texts = []
    for day in days:
        for number, path in enumerate(record_files()):
            language = LANGUAGES[(number + day.toordinal()) % 3]
            texts.append(f"{path.name} {day}\n{example(name, path, day, (language,))}")
    return "\n".join(texts)


def examples_in_all_languages(name: str, shard: int) -> str:
    """Every example record and story on one day of this shard, explained in three languages."""
    day = judged_days(name)[(shard * 7) % len(judged_days(name))]
    paths = record_files()[shard % 4 :: 4]
    return "\n".join(example(name, path, day, LANGUAGES) for path in paths)


def example(name: str, path: Path, day: date, languages: tuple[str, ...]) -> str:
    """The whole decision on an example record, or why a rulebook that lacks its facts refuses it."""
    try:
        return whole_decision(rulebook(name).decide(path.read_bytes(), on=day, engine="reference"), languages)
    except aava_rules.RecordError as error:
        return str(error)


def drawn_records(name: str, shard: int) -> str:
    """Drawn records, each with the explanations of four outcomes and of every finding in one language."""
    texts = []
    for number, (record, day) in enumerate(drawn(name, shard)):
        decision = rulebook(name).decide(record, on=day, engine="reference")
        outcomes = list(decision.outcomes)
        names = [outcomes[(number * 4 + k) % len(outcomes)] for k in range(4)]
        names += [finding.key for finding in decision.findings[:6]]
        texts.append(whole_decision(decision, (LANGUAGES[number % 3],), names))
        texts.append("\n".join(map(str, decision.cautions)))
    return "\n".join(texts)


def random_rulebooks(name: str, shard: int) -> str:
    """Small random rulebooks with records of their own: constructs that no shipped rulebook uses."""
    texts = []
    for number in range(shard, 200, SHARDS):
        book = random_rulebook(10_000 + number).load()
        maker = RecordMaker(book)
        for trial in range(6):
            random = Random(f"{number} {trial}")
            day = maker.day(random)
            record = as_json(maker.record(random, day))
            decision = book.decide(record, on=day, engine="reference")
            texts.append(whole_decision(decision, (LANGUAGES[trial % 3],), list(decision.outcomes)))
    return "\n".join(texts)


def tables(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Records as tables of clients and items; bounds become their two columns."""
    clients: list[dict[str, Any]] = []
    items: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
    for number, record in enumerate(records):
        row = {"id": f"C-{number}", **record.get("client", {}), "facts_on": record.get("facts_on")}
        for fact, value in record.get("facts", {}).items():
            if isinstance(value, dict):
                row |= {f"{fact}_{bound}": limit for bound, limit in value.items()}
            elif isinstance(value, float):
                row[fact] = str(value)
            else:
                row[fact] = value
        row["complete"] = record.get("complete", [])
        for name in LISTS:
            row[f"{name}_known"] = name in record
            row[f"{name}_complete_from"] = record.get("complete_from", {}).get(name)
            for item in record.get(name, ()):
                items[name].append({"client": row["id"], "id": item.get("id"), **item})
        clients.append(row)
    frames = {"clients": frame(clients)}
    nobody = pl.DataFrame(schema={"client": pl.String})
    return frames | {name: frame(rows) if rows else nobody for name, rows in items.items()}


def number(value: Any) -> bool:
    """Whether a value is an exact number, which may be written as text."""
    return type(value) in (int, float) or (type(value) is str and bool(re.fullmatch(r"-?\d+(\.\d+)?", value)))


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a data frame with the types that the whole column has; days as dates, mixed numbers as exact ones."""
    columns: dict[str, pl.Series] = {}
    for name in dict.fromkeys(key for row in rows for key in row):
        values = [row.get(name) for row in rows]
        kinds = {type(value) for value in values} - {type(None)}
        if kinds and all(v is None or number(v) for v in values) and kinds != {int}:
            series = pl.Series(name, [None if v is None else str(v) for v in values]).cast(pl.Decimal(38, 4))
        else:
            series = pl.Series(name, values, strict=True)
        if (
            series.dtype == pl.String
            and name not in ("id", "client")
            and series.str.contains(r"^\d{4}-\d\d-\d\d$").any()
        ):
            series = series.str.to_date()
        elif series.dtype == pl.List(pl.String) and name.endswith("_on"):
            series = series.list.eval(pl.element().str.to_date())
        columns[name] = series
    return pl.DataFrame(columns)


def table_frames(name: str, shard: int) -> str:
    """The seven frames of a table of drawn records and examples, and how many clients columns could not hold."""
    days = judged_days(name)
    records = [record for record, _ in drawn(name, shard)]
    if name != "finland":  # some examples have facts of the model
        records += [json.loads(path.read_bytes()) for path in record_files()]
    texts = []
    for day in (days[shard % len(days)], days[(shard * 5 + 3) % len(days)]):
        answers = rulebook(name).decide_table(**tables(records), on=day)
        for part in ("outcomes", "findings", "next_steps", "invalid"):
            frame = getattr(answers, part)
            texts += [f"{part} {day} {frame.schema}", frame.write_csv() if not nested(frame) else str(frame.to_dicts())]
        texts.append(str(answers.one_by_one))
        for client in answers.outcomes["id"].to_list()[:3]:
            texts.append(answers.decision(client).to_json())
    few = rulebook(name).decide_table(**tables(records[:12]), on=days[shard % len(days)])
    texts += [str(getattr(few, part).to_dicts()) for part in ("missing", "cautions", "notices")]
    return "\n".join(texts)


def nested(frame: pl.DataFrame) -> bool:
    """Whether a frame has lists, which CSV cannot hold."""
    return any(kind.is_nested() for kind in frame.dtypes)


@cache
def program() -> Callable[[], None]:
    """The function behind the command, as the project declares it."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    return EntryPoint("aava-rules", scripts["aava-rules"], "console_scripts").load()  # type: ignore[no-any-return]


def command(*arguments: str, stdin: str = "") -> str:
    """What a command prints and exits with, run in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before = sys.stdin, sys.argv
    sys.stdin, sys.argv = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"), ["aava-rules", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                program()()
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
    finally:
        sys.stdin, sys.argv = before
    return f"{code}\n{out.getvalue()}\n{err.getvalue()}".replace(str(ROOT), "ROOT")


def commands(name: str, shard: int) -> str:
    """What every command prints, in the languages and formats that it has."""
    language = LANGUAGES[shard % 3]
    examples = str(ROOT / "examples" / "records")
    paths = [str(path) for path in record_files()]
    day = str(judged_days(name)[(shard * 11) % len(judged_days(name))])
    base = ("--rulebook", name, "--language", language, "--on", day)
    form = ("table", "json", "jsonl", "csv", "junit", "html")[shard % 6]
    calls: list[tuple[str, ...]] = [("check", examples, *base, "--format", form)]
    if shard % 6 == 0:
        calls += [("check", examples, *base, "--engine", "columnar"), ("decide", examples, *base, "--format", "text")]
    for path in paths[shard::SHARDS]:
        calls += [("decide", path, *base), ("next", path, *base), ("next", path, *base, "--format", "json")]
        calls += [("explain", path, outcome, *base) for outcome in ("target_group", "plan_initiator")]
    calls.append(("show", name, "--format", ("text", "html", "mermaid")[shard // 3 % 3], "--language", language))
    calls.append(("show", name, "--record", paths[shard % len(paths)], "--on", day, "--format", "mermaid"))
    other = str(judged_days(name)[(shard * 11 + 40) % len(judged_days(name))])
    first, last = sorted((day, other))
    form = ("text", "json")[shard % 2]
    calls.append(("diff", name, examples, "--from", first, "--to", last, "--language", language, "--format", form))
    if shard == 0:
        calls += [("lint", name), ("test", name), ("test", name, "--format", "json"), ("plugins",), ("--help",)]
        calls += [("schema", of) for of in ("record", "decision", "rulebook")]
        calls += [
            (command_name, "--help")
            for command_name in ("check", "decide", "explain", "next", "show", "diff", "test", "lint")
        ]
        calls += [
            ("decide", "no-such-file.json"),
            ("lint", "no_such_rulebook"),
            ("explain", paths[0], "no_name", *base),
        ]
    return "\n".join(f"{' '.join(call).replace(str(ROOT), 'ROOT')}\n{command(*call)}" for call in calls)


def wrong_records(name: str, shard: int) -> str:
    """The faults of drawn records in which one to three values were replaced by wrong ones."""
    wrong = [
        None,
        True,
        -1,
        7,
        1e9,
        0.5,
        "x",
        "2015-13-01",
        "2015-02-30",
        [],
        ["x"],
        {},
        {"at_least": 3},
        "",
        "2300-01-01",
    ]
    texts = []
    for number, (record, day) in enumerate(drawn(name, shard)):
        random = Random(number)
        for _ in range(random.randint(1, 3)):
            damage(random, record, random.choice(wrong))
        try:
            texts.append(rulebook(name).decide(copy.deepcopy(record), on=day, engine="reference").to_json())
        except aava_rules.AavaRulesError as error:
            texts.append(str(error))
    return "\n".join(texts)


def damage(random: Random, value: Any, wrong: Any) -> None:
    """Put a wrong value somewhere into a record, or a key that nobody knows."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys or random.randrange(12) == 0:
            if isinstance(value, dict):
                value["unkown_key"] = wrong
            return
        key = random.choice(keys)
        if isinstance(value[key], (dict, list)) and value[key] and random.randrange(4):
            value = value[key]
            continue
        value[key] = wrong
        return


def wrong_rulebooks(name: str, shard: int) -> str:
    """The text of each wrong rulebook of the tests, and the remarks of lint on the small ones."""
    folders = sorted(
        p
        for kind in ("rulebook/bad", "tools/lint", "rulebook/good")
        for p in (ROOT / "tests" / kind).iterdir()
        if p.is_dir()
    )
    texts = ((folder, command("lint", str(folder))) for folder in folders[shard::SHARDS])
    # where the tests keep a rulebook is no output
    return "\n".join(
        f"{folder.name}\n{text}".replace(f"ROOT/{folder.relative_to(ROOT)}", folder.name) for folder, text in texts
    )


SECTIONS: dict[str, Callable[[str, int], str]] = {
    "examples on days of change": examples_on_days,
    "examples in all languages": examples_in_all_languages,
    "drawn records": drawn_records,
    "table frames": table_frames,
    "commands": commands,
    "wrong records": wrong_records,
}
ONCE: dict[str, Callable[[str, int], str]] = {
    "random rulebooks": random_rulebooks,
    "wrong rulebooks": wrong_rulebooks,
}


def tasks(quick: bool) -> list[tuple[str, str, int]]:
    """The section, rulebook and shard of everything that is hashed; a tenth of it, but of every kind, if quick."""
    every = [(section, name, shard) for shard in range(SHARDS) for section in SECTIONS for name in RULEBOOKS]
    every += [(section, "", shard) for shard in range(SHARDS) for section in ONCE]
    return [task for task in every if task[2] in (0, 9)] if quick else every


def smoke_rulebooks(section: str) -> tuple[str, ...]:
    """The rulebooks of a section in the short comparison."""
    if section in ONCE:
        return ("",)
    return () if section == "examples on days of change" else ("aava",)


def output(task: tuple[str, str, int]) -> tuple[str, str, str]:
    """The key, the hash and the text of one task."""
    section, name, shard = task
    text = (SECTIONS | ONCE)[section](name, shard)
    return f"{section}/{name or 'all'}/{shard:02}", hashlib.sha256(text.encode()).hexdigest()[:24], text


def main() -> int:
    """Hash everything, and compare or write. Returns the exit code."""
    options = argparse.ArgumentParser(description="Hash every output and compare with hashes.json.")
    options.add_argument("--write", action="store_true")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--smoke", action="store_true")
    options.add_argument("--dump", type=Path)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--section", help="only sections whose name begins so")
    chosen = options.parse_args()
    if chosen.write and (chosen.quick or chosen.smoke or chosen.section):
        options.error("--write takes no --quick, --smoke or --section: hashes of the rest would be lost.")
    if chosen.smoke:
        todo = [(section, name, 3) for section in (*SECTIONS, *ONCE) for name in smoke_rulebooks(section)]
    else:
        todo = [task for task in tasks(chosen.quick) if task[0].startswith(chosen.section or "")]
    hashes: dict[str, str] = {}
    with ProcessPoolExecutor(chosen.workers) as pool:
        for key, digest, text in pool.map(output, todo):
            hashes[key] = digest
            if chosen.dump:
                target = chosen.dump / f"{key}.txt"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
    if chosen.write:
        HASHES.write_text(json.dumps(dict(sorted(hashes.items())), indent=0) + "\n", encoding="utf-8")
        print(f"{len(hashes)} hashes written")
        return 0
    expected = json.loads(HASHES.read_text(encoding="utf-8"))
    different = sorted(key for key, digest in hashes.items() if expected.get(key) != digest)
    print(f"{len(hashes)} outputs compared, {len(different)} different")
    for key in different:
        print(f"  {key}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
