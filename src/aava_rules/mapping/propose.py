"""A first mapping file for a source, as text that says what it is not sure of.

A proposal is to be read by somebody: what it is not sure of is marked with ``# ?`` and says why. It never says that
absence means something, and it leaves unknown what is not recognised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from aava_rules.mapping.cells import TRUTH
from aava_rules.mapping.column_names import CLIENT_KEY
from aava_rules.mapping.day_forms import EXCEL
from aava_rules.mapping.identity import looks_like_identity_code
from aava_rules.mapping.recognise import (
    CERTAIN,
    FALSE_LETTERS,
    LIKELY,
    TRUE_LETTERS,
    UNKNOWN_TEXTS,
    Column,
    Proposal,
    Table,
    best,
    fits,
    folded,
    is_day_like,
    is_personal,
    is_unique,
)
from aava_rules.mapping.tables import SourceTable
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Parts

CODES_MAX: Final = 60
"""Most codes of a table of codes."""


def propose(tables: Sequence[SourceTable], parts: Parts | None = None) -> str:
    """A mapping file for a source as text, with ``# ?`` where somebody has to look.

    Args:
        tables: the tables of the source. Of each, up to ROWS rows are looked at.
        parts: the rulebook whose facts, labels and words are looked for; None for the record format alone.
    """
    proposal = Proposal(tables, parts)
    return "\n".join(_Writer(proposal).lines()) + "\n"


class _Writer:
    """The proposal as lines of YAML."""

    def __init__(self, proposal: Proposal) -> None:
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
        return [
            *head,
            *self._forms(),
            *self._headers(),
            *self._code_tables(),
            *self._never_read(),
            *body,
            *self._unused(),
        ]

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

    def _headers(self) -> list[str]:
        """The names of columns of tables that have no heading."""
        note = "# ? no heading was found: name its columns"
        lines = [
            f"  {_quoted(table.name)}: {{header: [{', '.join(table.header)}]}}  {note}"
            for table in self._proposal.tables
            if table.header and (table.role or table.child_of[0])
        ]
        return ["tables:", *lines] if lines else []

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
            names = [column.name for column in table.columns if column.name not in used and is_personal(column)]
            if names and table.role:
                lines.append(f"  {_quoted(table.name)}: [{', '.join(map(_quoted, names))}]")
        return ["never_read:", *lines] if lines else []

    def _clients(self, table: Table) -> list[str]:
        sure = "" if table.score >= CERTAIN else "  # ? is this the table of the clients?"
        lines = ["clients:", f"  table: {_quoted(table.name)}{sure}"]
        key = next(column for column in table.columns if column.name == table.key)
        if key.is_identity():
            lines.append(
                f"  id: {{column: {_quoted(key.name)}, hash: true}}  # ? an identity code, hashed with a key of yours"
            )
        else:
            unsure = best(folded(key.name), CLIENT_KEY) < LIKELY or not is_unique(key)
            lines.append(f"  id: {_quoted(key.name)}{'  # ? is this the key of the client?' if unsure else ''}")
        for owner in ("client", "facts"):
            fields = {t: pair for t, pair in table.fields.items() if t.startswith(f"{owner}.")}
            if fields:
                lines.append(f"  {owner}:")
                lines += [f"    {self._field(target, *pair)}" for target, pair in fields.items()]
        more_facts = [line for other in self._proposal.tables for line in self._facts_of(other, table)]
        if more_facts and "  facts:" not in lines:
            lines.append("  facts:")
        return lines + more_facts

    def _facts_of(self, other: Table, clients: Table) -> list[str]:
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

    def _section(self, table: Table) -> list[str]:
        proposal = self._proposal
        if table.repeat:
            return self._repeated(table)
        lines = [f"  - table: {_quoted(table.name)}"]
        like_key = best(folded(table.key), [folded(proposal.clients.key), *CLIENT_KEY]) if proposal.clients else 0
        key = next(column for column in table.columns if column.name == table.key)
        owner = proposal.clients
        is_hashed = owner is not None and any(c.name == owner.key and c.is_identity() for c in owner.columns)
        client = f"{{column: {_quoted(key.name)}, hash: true}}" if is_hashed else _quoted(key.name)
        lines.append(f"    client: {client}{'' if like_key >= LIKELY else '  # ? the key of the client'}")
        lines.append("    no_rows: unknown  # ? none, if a client without rows has no such items")
        if table.id:
            lines.append(f"    id: {_quoted(table.id)}")
        lines.append("    fields:")
        fields = [f"      {self._field(target, *pair)}" for target, pair in table.fields.items()]
        fields += self._kind(table)
        for child in proposal.tables:
            if child.child_of[0] == table.role:
                fields += self._child(child, table)
        return [*lines, *(fields or ["      {}  # ? no column was recognised"])]

    def _repeated(self, table: Table) -> list[str]:
        """Items that stand beside one another in the client's own row."""
        fields = [f"      {self._field(target, *pair)}" for target, pair in table.fields.items()]
        lines = [f"  - repeat: {table.repeat}  # ? may a client have more of them than the row has room for?"]
        lines += ["    no_rows: unknown  # ? none, if empty columns mean that there is no such item", "    fields:"]
        return [*lines, *(fields or ["      {}  # ? no column was recognised"]), *self._kind(table)]

    def _kind(self, table: Table) -> list[str]:
        """The kind of items whose rows do not tell it."""
        proposal = self._proposal
        if table.role not in ("periods", "plans", "benefits") or f"{table.role}.kind" in table.fields:
            return []
        words = proposal.type_of(f"{table.role}.kind")[1]
        guess, score = proposal.meaning(table.name, words)
        return [f"      kind: {{value: {guess if score >= LIKELY else words[0]}}}  # ? one of {', '.join(words)}"]

    def _child(self, child: Table, parent: Table) -> list[str]:
        """The line of a field that rows of another table fill."""
        list_name, name = child.child_of
        target = f"{list_name}.{name}"
        kind, words = self._proposal.type_of(target)
        link = max(child.columns, key=lambda c: best(folded(c.name), [folded(parent.id or parent.key)]))
        rest = [c for c in child.columns if c is not link]
        members = [c for c in rest if (is_day_like(c) if kind == "dates" else not folded(c.name).endswith("_id"))]
        if not members:
            return []
        parts, notes = self._coded(target, members[0], "choice", words) if kind == "set" else ([], [])
        more = [c.name for c in rest if c is not members[0]]
        if more:
            notes.append(f"do all rows count, whatever {', '.join(more)} says? else add where:")
        rows = f"rows: {{table: {_quoted(child.name)}, item: {_quoted(link.name)}, column: {_quoted(members[0].name)}}}"
        return [f"      {name}: {{{', '.join([rows, *parts])}}}{'  # ? ' + '; '.join(notes) if notes else ''}"]

    def _field(self, target: str, column: Column, score: float) -> str:
        """One line: the field and where it comes from, with what is not sure."""
        kind, words = self._proposal.type_of(target)
        name = target.partition(".")[2]
        notes = [] if score >= CERTAIN else ["is this the column?"]
        parts: list[str] = []
        if kind in ("choice", "set"):
            parts, more = self._coded(target, column, kind, words)
            notes += more
        elif kind == "dates" and (mark := _mark(column)):
            parts.append(f"split: {_quoted(mark)}")
        elif kind == "boolean":
            own = {text.lower() for text in column.texts} - TRUTH.keys()
            odd = own - TRUE_LETTERS - FALSE_LETTERS - UNKNOWN_TEXTS
            if odd:
                notes.append(f"{len(odd)} of its values are no truth words")
            elif len({text.lower() for text in column.texts}) == 1:
                notes.append("what does an empty cell mean? if false, add empty: false")
        elif fits(kind, column) < 1.0:
            notes.append(f"its cells do not look like {kind}")
        value = f"{{column: {_quoted(column.name)}, {', '.join(parts)}}}" if parts else _quoted(column.name)
        return f"{name}: {value}{'  # ? ' + '; '.join(notes) if notes else ''}"

    def _coded(self, target: str, column: Column, kind: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
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
            if score >= LIKELY:
                entries.append(f"{_quoted(code)}: {word}{'' if score >= CERTAIN else '  # ?'}")
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
            left = [c.name for c in table.columns if c.name not in used and not is_personal(c)]
            if left and table.role:
                lines.append(f"# of {table.name} these columns are not read: {', '.join(left)}")
        return [
            *lines,
            "# ? complete: fields whose absence means that there is none, such as [periods.shop_steward_told_on]",
        ]


def _mark(column: Column) -> str:
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
