"""What the tables and columns of a source are, as far as their names and some of their rows tell.

A name is compared with those that systems use (``column_names``) and with the labels of a rulebook; what the cells are
speaks for or against it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final

from aava_rules.adapters import BadRow
from aava_rules.mapping.cells import TRUTH, CellFault, Forms, known, text_of
from aava_rules.mapping.column_names import CHILDREN, CLIENT_KEY, FIELDS, IDENTITY, PERSONAL, TABLES, WORDS
from aava_rules.mapping.day_forms import EXCEL, day_in
from aava_rules.mapping.identity import looks_like_identity_code
from aava_rules.mapping.tables import SourceTable
from aava_rules.record.fields import ITEM_OF_LIST, client_fields, lists
from aava_rules.rulebook.model import Parts

ROWS: Final = 1_000
"""Rows of each table that are looked at."""
CODES_MAX: Final = 60
"""Most codes of a table of codes."""
CERTAIN: Final = 0.88
LIKELY: Final = 0.7
_FORMS: Final = (
    "d.M.yyyy", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "d.M.yyyy HH:mm:ss", "d.M.yyyy H:mm", "yyyy-MM-ddTHH:mm:ss",
    "yyyyMMdd", "d/M/yyyy",
)  # fmt: skip
UNKNOWN_TEXTS: Final = frozenset(
    {"-", "--", "?", "null", "n/a", "na", "ei tietoa", "ei tiedossa", "tuntematon", "none", "nan"}
)
TRUE_LETTERS: Final = frozenset({"k", "x", "t", "y", "on", "j", "s"})
FALSE_LETTERS: Final = frozenset({"e", "n", "f"})


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """A ``name`` in small letters without accents, its parts joined by ``_``: ``SyntPvm`` is ``synt_pvm``."""
    parted = re.sub(r"([a-zåäö])([A-ZÅÄÖ])", r"\1_\2", name)
    plain = unicodedata.normalize("NFKD", parted.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


@lru_cache(maxsize=65536)
def likeness(name: str, word: str) -> float:
    """How alike two folded names are, a ``name`` and a ``word``, from 0 to 1."""
    if name == word or name.replace("_", "") == word.replace("_", ""):
        return 1.0
    parts, others = set(name.split("_")), set(word.split("_"))
    if others <= parts and max(map(len, others)) > 2:
        return 0.9 - 0.05 * len(parts - others)
    if parts <= others and max(map(len, parts)) > 5:
        return 0.76 - 0.01 * len(others - parts)
    if len(word) > 4 and word in name:
        return 0.82
    return 0.85 * SequenceMatcher(None, name, word).ratio()


def best(name: str, words: Iterable[str]) -> float:
    """The likeness of a folded ``name`` to the nearest of ``words``; earlier words count a little more."""
    return max((likeness(name, folded(word)) - 0.004 * rank for rank, word in enumerate(words)), default=0.0)


@dataclass(slots=True)
class Column:
    """A column and what some of its cells are.

    Attributes:
        name: its name; ``{n}`` in it stands for the numbers of columns that repeat.
        cells: what is known of some rows.
        label: what it is recognised by, if that is not its name.
    """

    name: str
    cells: list[Any] = field(default_factory=list)
    label: str = ""

    @property
    def texts(self) -> list[str]:
        """Its cells as texts."""
        return [text_of(cell) for cell in self.cells]

    def is_identity(self) -> bool:
        """Whether it holds identity codes, by its name or its cells."""
        coded = sum(looks_like_identity_code(text) for text in self.texts)
        return best(folded(self.name), IDENTITY) >= CERTAIN or coded * 2 > len(self.cells) > 0


@dataclass(slots=True)
class Table:
    """A table and what it is taken for.

    Attributes:
        name: its name.
        columns: its columns, in order.
        role: ``clients`` or the list whose items its rows are; empty if it is neither.
        score: how likely that is, from 0 to 1.
        key: the column of the client's key.
        id: the column of the rows' own key; empty if there is none.
        fields: the column of each field that was recognised, and how likely it is.
        child_of: the list and field that its rows fill; empty if they do not.
        header: the names that its columns get, if it has no heading.
        repeat: how many items a row of the clients' table holds; 0 if the table is one of its own.
    """

    name: str
    columns: list[Column]
    role: str = ""
    score: float = 0.0
    key: str = ""
    id: str = ""
    fields: dict[str, tuple[Column, float]] = field(default_factory=dict)
    child_of: tuple[str, str] = ("", "")
    repeat: int = 0
    header: tuple[str, ...] = ()


class Proposal:
    """The tables of one source, and what each is taken for."""

    def __init__(self, tables: Sequence[SourceTable], parts: Parts | None) -> None:
        self._parts = parts
        self.tables = [_sampled(table) for table in tables]
        self.truth: dict[str, list[str]] = {"true": [], "false": []}
        texts = {text for table in self.tables for column in table.columns for text in column.texts}
        self.unknown = sorted(text for text in texts if text.lower() in UNKNOWN_TEXTS)
        self.forms: list[str] = []
        self.decimals = "."
        self._roles()
        clients = self.clients
        if clients is not None:
            self._keys(clients)
            self._children(clients)
            self._repeated(clients)
            for table in self.tables:
                if table.role:
                    self.match(table)
            self._written()

    @property
    def clients(self) -> Table | None:
        """The table of the clients."""
        return next((table for table in self.tables if table.role == "clients"), None)

    def _roles(self) -> None:
        """What each table is, by its name and columns."""
        for table in self.tables:
            name = folded(table.name)
            scores = {role: best(name, words) for role, words in TABLES.items()}
            children = {role: best(name, words) for role, words in CHILDREN.items()}
            child, child_score = max(children.items(), key=lambda pair: pair[1])
            role, score = max(scores.items(), key=lambda pair: pair[1])
            if child_score > score and child_score >= LIKELY:
                table.child_of = child
            elif score >= LIKELY:
                table.role, table.score = role, score
        if self.clients is None and self.tables:
            free = [table for table in self.tables if not table.child_of]
            likely = max(free or self.tables, key=lambda table: sum(_client_like(column) for column in table.columns))
            likely.role, likely.score, likely.child_of = "clients", 0.5, ("", "")

    def _keys(self, clients: Table) -> None:
        free = [column for column in clients.columns if not column.is_identity()]
        ranked = sorted(free, key=lambda c: (best(folded(c.name), CLIENT_KEY), is_unique(c)), reverse=True)
        clients.key = (ranked or clients.columns)[0].name if clients.columns else ""
        for table in self.tables:
            if table is clients:
                continue
            same = [column for column in table.columns if folded(column.name) == folded(clients.key)]
            rest = sorted(table.columns, key=lambda c: best(folded(c.name), CLIENT_KEY[:-3]), reverse=True)
            table.key = (same or rest)[0].name if table.columns else ""
            stem = folded(table.name)
            named = [
                f"{stem}_id",
                f"{stem.rstrip('t')}_id",
                "rivi_id",
                "rivinumero",
                "rivinro",
                "id",
                "tunniste",
                "numero",
            ]
            ids = [c for c in table.columns if c.name != table.key and best(folded(c.name), named) >= LIKELY]
            ids += [c for c in table.columns if c.name != table.key and folded(c.name).endswith("_id")]
            table.id = next((column.name for column in ids if is_unique(column)), "")

    def _children(self, clients: Table) -> None:
        """Tables that name an item of a list and no client have days or words of that item's fields."""
        for table in self.tables:
            if table is clients or best(folded(table.key), [folded(clients.key), *CLIENT_KEY[:-3]]) >= CERTAIN:
                continue
            columns = {folded(column.name) for column in table.columns}
            owners = [
                other.role
                for other in self.tables
                if other is not table and other is not clients and other.role and folded(other.id) in columns
            ]
            for owner in owners[:1]:
                scores = {pair: best(folded(table.name), names) for pair, names in CHILDREN.items() if pair[0] == owner}
                pair, score = max(scores.items(), key=lambda item: item[1], default=(("", ""), 0.0))
                if score >= 0.5:
                    table.role, table.child_of = "", pair

    def _repeated(self, clients: Table) -> None:
        """Columns of the clients' table that differ in a number alone, such as ``jakso1_alku``: items side by side."""
        numbers: dict[str, set[int]] = {}
        for column in clients.columns:
            if (match := re.fullmatch(r"(\D*)([1-9]\d?)(\D*)", column.name)) is not None:
                numbers.setdefault(f"{match[1]}{{n}}{match[3]}", set()).add(int(match[2]))
        groups: dict[str, list[str]] = {}
        for template, times in numbers.items():
            scores = {
                role: max(best(part, words) for part in folded(template).split("_")) for role, words in TABLES.items()
            }
            role, score = max(scores.items(), key=lambda pair: pair[1])
            if score >= LIKELY and role != "clients" and len(times) > 1 and times == set(range(1, len(times) + 1)):
                groups.setdefault(role, []).append(template)
        for role, templates in groups.items():
            count = min(len(numbers[template]) for template in templates)
            columns = [_repeated_column(clients, template, role, count) for template in templates]
            gone = {column.name.replace("{n}", str(n)) for column in columns for n in range(1, count + 1)}
            clients.columns = [column for column in clients.columns if column.name not in gone]
            self.tables.append(Table(clients.name, columns, role, 1.0, repeat=count))

    def match(self, table: Table) -> None:
        """Find the columns of each field of ``table``, the likeliest first, each once."""
        taken = {table.key, table.id}
        pairs = sorted(
            (
                (self._likeness(target, column), target, column)
                for column in table.columns
                if column.name not in taken and not column.is_identity()
                for target in self._targets(table.role)
            ),
            key=lambda triple: -triple[0],
        )
        for score, target, column in pairs:
            if score >= LIKELY and target not in table.fields and column.name not in taken:
                personal = best(folded(column.name), PERSONAL)
                if personal < score:
                    table.fields[target] = (column, score)
                    taken.add(column.name)

    def _targets(self, role: str) -> list[str]:
        if role != "clients":
            return [f"{role}.{name}" for name in lists()[role].fields]
        facts = self._parts.facts if self._parts else {}
        return [f"client.{name}" for name in client_fields()] + [
            f"facts.{name}" for name, fact in facts.items() if not fact.item and name not in client_fields()
        ]

    def _likeness(self, target: str, column: Column) -> float:
        owner, _, name = target.partition(".")
        words = list(FIELDS.get(target, ()))
        labels: list[str] = []
        if self._parts is not None:
            if owner == "facts":
                labels = list(self._parts.facts[name].title.values())
            elif owner in ITEM_OF_LIST and (label := self._parts.fields.get(f"{ITEM_OF_LIST[owner]}.{name}")):
                labels = list(label.values())
        called = folded(column.label or column.name)
        score = max(best(called, words), best(called, [name, *labels]) - 0.03)
        return score * fits(self.type_of(target)[0], column)

    def type_of(self, target: str) -> tuple[str, tuple[str, ...]]:
        """The type of the field or fact ``target``, and its words."""
        owner, _, name = target.partition(".")
        if owner == "facts":
            fact: Any = self._parts.facts[name] if self._parts else None
            return fact.type, tuple(fact.words)
        info = client_fields()[name] if owner == "client" else lists()[owner].fields[name]
        return info.type, info.words

    def _written(self) -> None:
        """How days, numbers and truth values are written in the columns that were recognised."""
        for table in self.tables:
            child = (
                [(c, "date") for c in table.columns if c.name not in (table.key, table.id)] if table.child_of[0] else []
            )
            for column, kind in [*((c, self.type_of(t)[0]) for t, (c, _) in table.fields.items()), *child]:
                for cell in column.cells:
                    self._note(kind, cell)

    def _note(self, kind: str, cell: Any) -> None:
        text = text_of(cell)
        if kind in ("date", "dates"):
            if isinstance(cell, (int, float)):
                forms = [EXCEL]
            elif isinstance(cell, (date, datetime)):
                forms = []
            else:
                forms = [form for form in _FORMS if day_in(text, form)][:1]
            self.forms += [form for form in forms if form not in self.forms]
        elif kind in ("integer", "decimal", "money") and isinstance(cell, str) and "," in text:
            self.decimals = ","
        elif kind == "boolean" and text.lower() not in TRUTH:
            for name, words in (("true", TRUE_LETTERS), ("false", FALSE_LETTERS)):
                if text.lower() in words and text.lower() not in self.truth[name]:
                    self.truth[name].append(text.lower())

    def meaning(self, code: str, words: Sequence[str]) -> tuple[str, float]:
        """The one of ``words`` that ``code`` means, and how likely."""
        labels = self._parts.words if self._parts else {}
        scores = {
            word: best(folded(code), [*WORDS.get(word, ()), word, *labels.get(word, {}).values()]) for word in words
        }
        word, score = max(scores.items(), key=lambda pair: pair[1])
        return word, score


def _sampled(table: SourceTable) -> Table:
    # the first row of a table without a heading is of a client, so that no name may be shown
    headless = _has_cells_for_names(table.columns)
    names = [f"sarake{n}" if headless else name for n, name in enumerate(table.columns, start=1)]
    columns = {name: Column(label) for name, label in zip(table.columns, names, strict=True) if name}
    rows = (row.cells for row in table.rows() if not isinstance(row, BadRow))
    first = [dict(zip(table.columns, table.columns, strict=True))] if headless else []
    for cells in chain(first, islice(rows, ROWS)):
        for name, cell in cells.items():
            try:
                value = known(cell, Forms())
            except CellFault:
                continue
            if name in columns and value is not None:
                columns[name].cells.append(value)
    return Table(table.name, list(columns.values()), header=tuple(names) if headless else ())


def _has_cells_for_names(names: Sequence[str]) -> bool:
    """Whether ``names`` of columns are rather cells of a row: one is a day or identity code, or half are numbers."""
    numbers = sum(re.fullmatch(r"-?[\d \u00a0]+([.,]\d+)?", name) is not None for name in names)
    days = any(day_in(name, form) is not None for name in names for form in _FORMS)
    return days or any(map(looks_like_identity_code, names)) or numbers * 2 >= len(names) > 0


def _repeated_column(clients: Table, template: str, role: str, times: int) -> Column:
    """The columns of a template as one, with a label that says what it is of an item."""
    names = [template.replace("{n}", str(number)) for number in range(1, times + 1)]
    parts = [part for part in folded(template.replace("{n}", "_")).split("_") if best(part, TABLES[role]) < LIKELY]
    cells = [cell for column in clients.columns if column.name in names for cell in column.cells]
    return Column(template, cells, "_".join(parts) or template)


def is_unique(column: Column) -> bool:
    """Whether no cell of ``column`` is there twice."""
    return len(set(column.texts)) == len(column.texts)


def is_day_like(column: Column) -> bool:
    """Whether ``column`` has days, by its cells, or without any by its name."""
    if column.cells:
        return fits("date", column) == 1.0
    return bool({"pvm", "paiva", "date", "day", "datum"} & set(folded(column.name).split("_")))


def is_personal(column: Column) -> bool:
    """Whether ``column`` has identity codes, names, addresses or free text, none of which is read."""
    return column.is_identity() or best(folded(column.name), PERSONAL) >= CERTAIN


def _client_like(column: Column) -> float:
    words = [word for target, names in FIELDS.items() if target.startswith("client.") for word in names]
    return float(best(folded(column.name), words) >= CERTAIN) + float(column.is_identity())


def fits(kind: str, column: Column) -> float:
    """How well the cells of ``column`` fit the type ``kind``: 1 if nothing speaks against it."""
    cells = [cell for cell in column.cells if text_of(cell).lower() not in UNKNOWN_TEXTS][:50]
    if not cells:
        return 1.0
    if kind in ("date", "dates"):
        days = sum(isinstance(cell, date) or any(day_in(text_of(cell), form) for form in _FORMS) for cell in cells)
        return 1.0 if days * 2 >= len(cells) else 0.8 if all(isinstance(cell, (int, float)) for cell in cells) else 0.4
    numbers = sum(re.fullmatch(r"-?[\d \u00a0]+([.,]\d+)?", text_of(cell)) is not None for cell in cells)
    if kind in ("integer", "decimal", "money"):
        return 1.0 if numbers * 2 >= len(cells) else 0.4
    if kind == "boolean":
        return 1.0 if len({text_of(cell).lower() for cell in cells}) <= 3 else 0.4
    is_day = any(day_in(text_of(cell), form) for cell in cells[:5] for form in _FORMS)
    return 0.6 if is_day or any(isinstance(cell, date) for cell in cells) else 1.0
