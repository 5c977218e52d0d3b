"""A first mapping file for a source, from the names of its tables and columns and some of its rows.

A proposal is to be read by somebody: what it is not sure of is marked with ``# ?`` and says why. It never says that
absence means something, and it leaves unknown what it does not recognise.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
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
_CERTAIN: Final = 0.88
_LIKELY: Final = 0.7
_FORMS: Final = (
    "d.M.yyyy", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "d.M.yyyy HH:mm:ss", "d.M.yyyy H:mm", "yyyy-MM-ddTHH:mm:ss",
    "yyyyMMdd", "d/M/yyyy",
)  # fmt: skip
_UNKNOWN: Final = frozenset(
    {"-", "--", "?", "null", "n/a", "na", "ei tietoa", "ei tiedossa", "tuntematon", "none", "nan"}
)
_TRUE: Final = frozenset({"k", "x", "t", "y", "on", "j", "s"})
_FALSE: Final = frozenset({"e", "n", "f"})


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
    if len(word) > 4 and word in name:
        return 0.82
    return 0.85 * SequenceMatcher(None, name, word).ratio()


def best(name: str, words: Iterable[str]) -> float:
    """The likeness of a folded ``name`` to the nearest of ``words``; earlier words count a little more."""
    return max((likeness(name, folded(word)) - 0.004 * rank for rank, word in enumerate(words)), default=0.0)


@dataclass(slots=True)
class _Column:
    """A column and what some of its cells are."""

    name: str
    cells: list[Any] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text_of(cell) for cell in self.cells]

    def is_identity(self) -> bool:
        """Whether it holds identity codes, by its name or its cells."""
        coded = sum(looks_like_identity_code(text) for text in self.texts)
        return best(folded(self.name), IDENTITY) >= _CERTAIN or coded * 2 > len(self.cells) > 0


@dataclass(slots=True)
class _Table:
    name: str
    columns: list[_Column]
    role: str = ""
    score: float = 0.0
    key: str = ""
    id: str = ""
    fields: dict[str, tuple[_Column, float]] = field(default_factory=dict)
    child_of: tuple[str, str] = ("", "")


class _Proposal:
    """The tables of one source, and what each is taken for."""

    def __init__(self, tables: Sequence[SourceTable], parts: Parts | None) -> None:
        self._parts = parts
        self.tables = [_sampled(table) for table in tables]
        self.truth: dict[str, list[str]] = {"true": [], "false": []}
        texts = {text for table in self.tables for column in table.columns for text in column.texts}
        self.unknown = sorted(text for text in texts if text.lower() in _UNKNOWN)
        self.forms: list[str] = []
        self.decimals = "."
        self._roles()
        clients = self.clients
        if clients is not None:
            self._keys(clients)
            self._children(clients)
            for table in self.tables:
                if table.role:
                    self.match(table)
            self._written()

    @property
    def clients(self) -> _Table | None:
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
            if child_score > score and child_score >= _LIKELY:
                table.child_of = child
            elif score >= _LIKELY:
                table.role, table.score = role, score
        if self.clients is None and self.tables:
            free = [table for table in self.tables if not table.child_of]
            likely = max(free or self.tables, key=lambda table: sum(_client_like(column) for column in table.columns))
            likely.role, likely.score, likely.child_of = "clients", 0.5, ("", "")

    def _keys(self, clients: _Table) -> None:
        free = [column for column in clients.columns if not column.is_identity()]
        ranked = sorted(free, key=lambda c: (best(folded(c.name), CLIENT_KEY), _is_unique(c)), reverse=True)
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
            ids = [c for c in table.columns if c.name != table.key and best(folded(c.name), named) >= _LIKELY]
            ids += [c for c in table.columns if c.name != table.key and folded(c.name).endswith("_id")]
            table.id = next((column.name for column in ids if _is_unique(column)), "")

    def _children(self, clients: _Table) -> None:
        """Tables that name an item of a list and no client have days or words of that item's fields."""
        for table in self.tables:
            if table is clients or best(folded(table.key), [folded(clients.key), *CLIENT_KEY[:-3]]) >= _CERTAIN:
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

    def match(self, table: _Table) -> None:
        """The columns of each field, the likeliest first, each once."""
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
            if score >= _LIKELY and target not in table.fields and column.name not in taken:
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

    def _likeness(self, target: str, column: _Column) -> float:
        owner, _, name = target.partition(".")
        words = list(FIELDS.get(target, ()))
        labels: list[str] = []
        if self._parts is not None:
            if owner == "facts":
                labels = list(self._parts.facts[name].title.values())
            elif owner in ITEM_OF_LIST and (label := self._parts.fields.get(f"{ITEM_OF_LIST[owner]}.{name}")):
                labels = list(label.values())
        score = max(best(folded(column.name), words), best(folded(column.name), [*labels, name]) - 0.03)
        return score * _fits(self.type_of(target)[0], column)

    def type_of(self, target: str) -> tuple[str, tuple[str, ...]]:
        """The type of a field or fact, and its words."""
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
            for name, words in (("true", _TRUE), ("false", _FALSE)):
                if text.lower() in words and text.lower() not in self.truth[name]:
                    self.truth[name].append(text.lower())

    def meaning(self, code: str, words: Sequence[str]) -> tuple[str, float]:
        """The word that a code means, and how likely."""
        labels = self._parts.words if self._parts else {}
        scores = {
            word: best(folded(code), [*WORDS.get(word, ()), word, *labels.get(word, {}).values()]) for word in words
        }
        word, score = max(scores.items(), key=lambda pair: pair[1])
        return word, score


def _sampled(table: SourceTable) -> _Table:
    columns = {name: _Column(name) for name in table.columns if name}
    for row in islice((row for row in table.rows() if not isinstance(row, BadRow)), ROWS):
        for name, cell in row.cells.items():
            try:
                value = known(cell, Forms())
            except CellFault:
                continue
            if name in columns and value is not None:
                columns[name].cells.append(value)
    return _Table(table.name, list(columns.values()))


def _is_unique(column: _Column) -> bool:
    return len(set(column.texts)) == len(column.texts)


def _day_like(column: _Column) -> bool:
    """Whether a column has days, by its cells, or without any by its name."""
    if column.cells:
        return _fits("date", column) == 1.0
    return bool({"pvm", "paiva", "date", "day", "datum"} & set(folded(column.name).split("_")))


def _is_personal(column: _Column) -> bool:
    """Whether a column has identity codes, names, addresses or free text, none of which is read."""
    return column.is_identity() or best(folded(column.name), PERSONAL) >= _CERTAIN


def _client_like(column: _Column) -> float:
    words = [word for target, names in FIELDS.items() if target.startswith("client.") for word in names]
    return float(best(folded(column.name), words) >= _CERTAIN) + float(column.is_identity())


def _fits(kind: str, column: _Column) -> float:
    """How well the cells of a column fit a type: 1 if nothing speaks against it."""
    cells = [cell for cell in column.cells if text_of(cell).lower() not in _UNKNOWN][:50]
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


def propose(tables: Sequence[SourceTable], parts: Parts | None = None) -> str:
    """A mapping file for a source as text, with ``# ?`` where somebody has to look.

    Args:
        tables: the tables of the source. Of each, up to ROWS rows are looked at.
        parts: the rulebook whose facts, labels and words are looked for; None for the record format alone.
    """
    proposal = _Proposal(tables, parts)
    return "\n".join(_Writer(proposal).lines()) + "\n"


class _Writer:
    """The proposal as lines of YAML."""

    def __init__(self, proposal: _Proposal) -> None:
        self._proposal = proposal
        self._codes: dict[str, list[str]] = {}

    def lines(self) -> list[str]:
        """All lines of the file."""
        proposal = self._proposal
        clients = proposal.clients
        head = ["# Proposed from the names of tables and columns. Look at each line with # ?", "mapping: 1"]
        if clients is None:
            return [*head, "# ? no table was found"]
        body = self._clients(clients)
        for role in lists():
            sections = [table for table in proposal.tables if table.role == role]
            for number, table in enumerate(sections):
                head_of_list = f"{role}:" if number == 0 else ""
                body += [line for line in [head_of_list] if line] + self._section(table)
        return [*head, *self._forms(), *self._code_tables(), *self._never_read(), *body, *self._unused()]

    def _forms(self) -> list[str]:
        proposal = self._proposal
        lines = []
        if proposal.forms:
            sure = "  # ? numbers that may be days" if EXCEL in proposal.forms else ""
            lines.append(f"dates: [{', '.join(proposal.forms)}]{sure}")
        if proposal.decimals != ".":
            lines.append('decimals: ","')
        truth = [f"{name}: [{', '.join(map(_quoted, words))}]" for name, words in proposal.truth.items() if words]
        if truth:
            lines.append(f"truth: {{{', '.join(truth)}}}")
        if proposal.unknown:
            lines.append(f"unknown: [{', '.join(map(_quoted, proposal.unknown))}]  # ? texts that may mean unknown")
        return lines

    def _code_tables(self) -> list[str]:
        lines = ["codes:"] if self._codes else []
        for name, entries in self._codes.items():
            lines += [f"  {name}:", *(f"    {entry}" for entry in entries)]
        return lines

    def _never_read(self) -> list[str]:
        """Identity codes, names and addresses of the tables that are read."""
        lines = []
        for table in self._proposal.tables:
            used = {column.name for column, _ in table.fields.values()} | {table.key, table.id}
            names = [column.name for column in table.columns if column.name not in used and _is_personal(column)]
            if names and table.role:
                lines.append(f"  {_quoted(table.name)}: [{', '.join(map(_quoted, names))}]")
        return ["never_read:", *lines] if lines else []

    def _clients(self, table: _Table) -> list[str]:
        sure = "" if table.score >= _CERTAIN else "  # ? is this the table of the clients?"
        lines = ["clients:", f"  table: {_quoted(table.name)}{sure}"]
        key = next(column for column in table.columns if column.name == table.key)
        if key.is_identity():
            lines.append(
                f"  id: {{column: {_quoted(key.name)}, hash: true}}  # ? an identity code, hashed with a key of yours"
            )
        else:
            unsure = best(folded(key.name), CLIENT_KEY) < _LIKELY or not _is_unique(key)
            lines.append(f"  id: {_quoted(key.name)}{'  # ? is this the key of the client?' if unsure else ''}")
        for owner in ("client", "facts"):
            fields = {t: pair for t, pair in table.fields.items() if t.startswith(f"{owner}.")}
            if fields:
                lines.append(f"  {owner}:")
                lines += [f"    {self._field(target, *pair)}" for target, pair in fields.items()]
        beside = [line for other in self._proposal.tables for line in self._beside(other, table)]
        if beside and "  facts:" not in lines:
            lines.append("  facts:")
        return lines + beside

    def _beside(self, other: _Table, clients: _Table) -> list[str]:
        """The facts in a table that has one row for each client."""
        if other.role or other.child_of[0] or folded(other.key) != folded(clients.key):
            return []
        other.role = "clients"
        self._proposal.match(other)
        other.role = ""
        lines = []
        for target, (column, _) in other.fields.items():
            if target.startswith("facts.") and target not in clients.fields:
                step = f"{{table: {_quoted(other.name)}, key: {_quoted(other.key)}, value: {_quoted(column.name)}}}"
                entry = f"{{column: {_quoted(clients.key)}, lookup: {step}, other: unknown}}"
                lines.append(f"    {target.partition('.')[2]}: {entry}  # ? has the table one row for each client?")
        if lines:
            other.child_of = ("clients", "facts")
        return lines

    def _section(self, table: _Table) -> list[str]:
        proposal = self._proposal
        lines = [f"  - table: {_quoted(table.name)}"]
        like_key = best(folded(table.key), [folded(proposal.clients.key), *CLIENT_KEY]) if proposal.clients else 0
        lines.append(f"    client: {_quoted(table.key)}{'' if like_key >= _LIKELY else '  # ? the key of the client'}")
        lines.append("    no_rows: unknown  # ? none, if a client without rows has no such items")
        if table.id:
            lines.append(f"    id: {_quoted(table.id)}")
        lines.append("    fields:")
        fields = [f"      {self._field(target, *pair)}" for target, pair in table.fields.items()]
        if table.role in ("periods", "plans", "benefits") and f"{table.role}.kind" not in table.fields:
            words = proposal.type_of(f"{table.role}.kind")[1]
            guess, score = proposal.meaning(table.name, words)
            word = guess if score >= _LIKELY else words[0]
            fields.append(f"      kind: {{value: {word}}}  # ? one of {', '.join(words)}")
        for child in proposal.tables:
            if child.child_of[0] == table.role:
                fields += self._child(child, table)
        return [*lines, *(fields or ["      {}  # ? no column was recognised"])]

    def _child(self, child: _Table, parent: _Table) -> list[str]:
        """The line of a field that rows of another table fill."""
        list_name, name = child.child_of
        target = f"{list_name}.{name}"
        kind, words = self._proposal.type_of(target)
        link = max(child.columns, key=lambda c: best(folded(c.name), [folded(parent.id or parent.key)]))
        rest = [c for c in child.columns if c is not link]
        members = [c for c in rest if (_day_like(c) if kind == "dates" else not folded(c.name).endswith("_id"))]
        if not members:
            return []
        parts, notes = self._coded(target, members[0], "choice", words) if kind == "set" else ([], [])
        more = [c.name for c in rest if c is not members[0]]
        if more:
            notes.append(f"do all rows count, whatever {', '.join(more)} says? else add where:")
        rows = f"rows: {{table: {_quoted(child.name)}, item: {_quoted(link.name)}, column: {_quoted(members[0].name)}}}"
        return [f"      {name}: {{{', '.join([rows, *parts])}}}{'  # ? ' + '; '.join(notes) if notes else ''}"]

    def _field(self, target: str, column: _Column, score: float) -> str:
        """One line: the field and where it comes from, with what is not sure."""
        kind, words = self._proposal.type_of(target)
        name = target.partition(".")[2]
        notes = [] if score >= _CERTAIN else ["is this the column?"]
        parts: list[str] = []
        if kind in ("choice", "set"):
            parts, more = self._coded(target, column, kind, words)
            notes += more
        elif kind == "dates" and (mark := _mark(column)):
            parts.append(f"split: {_quoted(mark)}")
        elif kind == "boolean":
            own = {text.lower() for text in column.texts} - TRUTH.keys()
            odd = own - _TRUE - _FALSE - _UNKNOWN
            if odd:
                notes.append(f"{len(odd)} of its values are no truth words")
            elif len({text.lower() for text in column.texts}) == 1:
                notes.append("what does an empty cell mean? if false, add empty: false")
        elif _fits(kind, column) < 1.0:
            notes.append(f"its cells do not look like {kind}")
        value = f"{{column: {_quoted(column.name)}, {', '.join(parts)}}}" if parts else _quoted(column.name)
        return f"{name}: {value}{'  # ? ' + '; '.join(notes) if notes else ''}"

    def _coded(self, target: str, column: _Column, kind: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
        mark = _mark(column) if kind == "set" else ""
        texts = [part.strip() for text in column.texts for part in (text.split(mark) if mark else [text])]
        codes = [code for code, _ in Counter(texts).most_common(CODES_MAX + 1) if code]
        parts = [f"split: {_quoted(mark)}"] if mark else []
        if not words or not codes or all(code in words for code in codes):
            return parts, []
        if len(codes) > CODES_MAX:
            return parts, [f"more than {CODES_MAX} values: give them a table of codes"]
        entries, open_codes = [], 0
        for code in sorted(codes):
            word, score = self._proposal.meaning(code, words)
            if looks_like_identity_code(code) or len(code) > 40:
                continue
            if score >= _LIKELY:
                entries.append(f"{_quoted(code)}: {word}{'' if score >= _CERTAIN else '  # ?'}")
            else:
                open_codes += 1
                entries.append(f"{_quoted(code)}: unknown  # ? one of {', '.join(words)}")
        name = folded(target.replace(".", "_"))
        self._codes[name] = entries
        return [*parts, f"codes: {name}"], ([f"{open_codes} codes have no meaning yet"] if open_codes else [])

    def _unused(self) -> list[str]:
        lines = []
        for table in self._proposal.tables:
            if not table.role and not table.child_of[0]:
                lines.append(f"# ? the table {table.name} is not used: a table of codes or keys is read with lookup:")
                continue
            used = {column.name for column, _ in table.fields.values()} | {table.key, table.id}
            left = [c.name for c in table.columns if c.name not in used and not _is_personal(c)]
            if left and table.role:
                lines.append(f"# of {table.name} these columns are not read: {', '.join(left)}")
        return [
            *lines,
            "# ? complete: fields whose absence means that there is none, such as [periods.shop_steward_told_on]",
        ]


def _mark(column: _Column) -> str:
    """What parts the members of a cell."""
    return next((mark for mark in (",", ";", "/", "+", "|") if any(mark in text for text in column.texts)), "")


def _quoted(text: str) -> str:
    """A text as YAML reads it back: in quotes, if it may be anything else."""
    if re.fullmatch(r"[A-Za-zÅÄÖåäö_][\w. -]*[\wÅÄÖåäö]|[A-Za-zÅÄÖåäö]|\d+", text) and text.lower() not in (
        "null",
        "true",
        "false",
    ):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
