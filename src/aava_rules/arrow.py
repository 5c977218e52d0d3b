"""Rules past one machine: a pure function from batches of Arrow to batches of Arrow.

A cluster's system gives each of its processes some rows at a time and takes back rows; it does not
need to know what they mean. Everything of a client is in one row, its lists nested inside, so any
partitioning of the rows is right, and nothing is kept from one batch to the next::

    rules = arrow_function("finland", "2015-09-15", answers="findings")
    found = nested.mapInArrow(rules, rules.ddl)  # a data frame of PySpark

Needs the extra ``spark``, of which this module itself uses polars and pyarrow only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from aava_rules.decision.days import decision_day
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import RulebookNotFound, nearest
from aava_rules.language.extras import how_to_install
from aava_rules.rulebook.locate import shipped_names

__all__ = ["Answers", "ArrowFunction", "ArrowTable", "RecordBatch", "arrow_function"]

Answers = Literal["outcomes", "findings", "next_steps", "notices", "invalid"]
RecordBatch = Any
"""A ``pyarrow.RecordBatch``."""
ArrowTable = Any
"""A ``pyarrow.Table``."""


@dataclass(frozen=True, slots=True)
class ArrowFunction:
    """One question to a rulebook, as a function from batches of clients to batches of answers.

    A batch has a row a client: the columns of the table ``clients`` of `Rulebook.decide_table`, and for
    each of ``benefits``, ``plans``, ``periods`` and ``events`` a column of that name with a list of
    structs, whose fields are those of the list. A list that is null, or whose column is not there, is not
    known; an empty one says that there are none. The answers are the rows that `decide_table` gives, in
    plain types; exact numbers are texts such as ``54.1``, and ``invalid`` has no number of a row.

    It holds the name of the rulebook and not the rulebook, so it can be pickled. Each process loads the
    rulebook on first use, and refuses it if it is not the one with which the function was made.
    Rows are answered each by itself, so an id that two rows have is answered twice.

    Calling it raises RecordError for columns that are unknown or of the wrong type, AdapterError for a
    batch that cannot be read, and RulebookNotFound where the process has another rulebook, or none.
    """

    rulebook: str
    sha256: str
    on: date
    answers: Answers
    only: tuple[str, ...] | None
    amend: tuple[str, ...] = ()

    def __call__(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """The answers to batches of clients, batch by batch."""
        from_batches = _pyarrow().Table.from_batches
        for batch in batches:
            yield from self.table(from_batches([batch])).to_batches()

    def table(self, clients: ArrowTable) -> ArrowTable:
        """The answers to one table of clients ``clients``, for systems that give and take whole tables."""
        schema = self.schema
        from aava_rules.engine.table.input.nested import apart

        tables, refused = apart(clients)
        return self._answers(tables, refused).to_arrow().cast(schema)

    @property
    def schema(self) -> Any:
        """The columns of the answers, as a ``pyarrow.Schema``."""
        arrow = _pyarrow()
        types = {
            "string": arrow.string(),
            "bigint": arrow.int64(),
            "boolean": arrow.bool_(),
            "date": arrow.date32(),
            "array<string>": arrow.list_(arrow.string()),
        }
        return arrow.schema([(name, types[kind]) for name, kind in _columns(self).items()])

    @property
    def ddl(self) -> str:
        """The columns of the answers as SQL declares them, such as ``id string, due date``; PySpark reads it."""
        return ", ".join(f"{name} {kind}" for name, kind in _columns(self).items())

    def _answers(self, tables: dict[str, Any], refused: Any) -> Any:
        """The answers as a data frame of polars, in plain types."""
        import polars

        from aava_rules.engine.table.input.nested import plain

        decisions = _loaded(self.rulebook, self.sha256, self.amend).decide_table(**tables, on=self.on, only=self.only)
        if self.answers != "invalid":
            return plain(getattr(decisions, self.answers))
        return polars.concat([refused, decisions.invalid]).drop("row")


def arrow_function(
    rulebook: str | os.PathLike[str],
    on: date | str,
    *,
    answers: Answers = "findings",
    only: Iterable[str] | None = None,
    amend: Iterable[str | os.PathLike[str]] = (),
) -> ArrowFunction:
    """A function from batches of Arrow to batches of Arrow, which asks a rulebook about one day.

    ``on`` is the day of decision. ``rulebook`` is a name (``finland``, ``finland==2026.1``) that every process
    knows, or the path of a folder that all of them can read. ``answers`` is which table of `Rulebook.decide_table`
    comes out, ``only`` names the outcomes, requirements and steps to ask, and ``amend`` amendments, as for `load`.

    Raises ImportError without the extra ``spark``, ValueError for answers or a day that
    are none, UnknownName for a name that the rulebook lacks, and what `load` raises.
    """
    _pyarrow()
    if answers not in get_args(Answers):
        hint = nearest(str(answers), get_args(Answers)) or f"There are {', '.join(get_args(Answers))}."
        raise ValueError(f"There are no answers {str(answers)[:40]!r}. {hint}")
    amend = amend if isinstance(amend, (str, os.PathLike)) else list(amend)
    rules = load(rulebook, amend=amend)
    names = None if only is None else tuple(sorted({only} if isinstance(only, str) else set(only)))
    lasting = tuple(_lasting(named, folder) for named, folder in zip(amend, rules.amendments, strict=True))
    of = _lasting(rulebook, rules.folder)
    function = ArrowFunction(of, rules.sha256, decision_day(on), answers, names, lasting)
    _columns(function)
    return function


def _lasting(rulebook: str | os.PathLike[str], folder: Path | None) -> str:
    """What names a rulebook or amendment in another process, which may have another working directory.

    Args:
        rulebook: what names it here.
        folder: its folder; None if it has none.
    """
    name, version, number = os.fspath(rulebook).partition("==")
    if name in shipped_names() or folder is None or Path(name).resolve() != folder.resolve():
        return os.fspath(rulebook)
    return f"{folder.resolve()}{version}{number}"


@lru_cache(maxsize=8)
def _loaded(rulebook: str, sha256: str, amend: tuple[str, ...] = ()) -> Rulebook:
    """The rulebook, once a process."""
    rules = load(rulebook, amend=amend)
    if rules.sha256 != sha256:
        what = f"Rulebook {rules.name} of this process is not the one with which the function was made"
        hint = "Install the same version of it, and of aava-rules, everywhere."
        raise RulebookNotFound(f"{what} ({rules.sha256[:12]}, not {sha256[:12]}). {hint}")
    return rules


@lru_cache(maxsize=64)
def _columns(function: ArrowFunction) -> dict[str, str]:
    """The columns of the answers and their types as SQL calls them: those of the answers to no clients at all."""
    from aava_rules.engine.table.input.nested import PLAIN, apart

    tables, refused = apart(_pyarrow().table({"id": _pyarrow().array([], "string")}))
    return {name: PLAIN[kind] for name, kind in function._answers(tables, refused).schema.items()}


def _pyarrow() -> Any:
    try:
        return import_module("pyarrow")
    except ModuleNotFoundError as error:
        raise ImportError(f"Batches of Arrow need pyarrow: {how_to_install('spark')}") from error
