"""How many clients of each municipality have which answer on which day, with small numbers closed.

Nothing of a client is held but in sums, so that the memory does not grow with the register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.compare.counts import FEWEST, code_text, hides
from aava_rules.decision.counts.closing import ALL, closed_cells
from aava_rules.decision.counts.codes import Kind, Question, words_of
from aava_rules.decision.counts.quarters import quarter_of
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, label
from aava_rules.language.structs import Struct
from aava_rules.language.texts import Texts, texts_of
from aava_rules.language.values import LANGUAGES

AreaKind = Literal["all", "municipality", "others", "not_recorded"]
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "requirement": ("met", "broken", "unknown", "not_applicable"),
    "step": ("suggested", "overdue", "unknown", "not_suggested"),
}
_LAST: Final = ("known", "unknown", "conflict", "not_applicable")
"""The answers to an outcome that stand after its values."""


class Area(Struct):
    """Whose clients are counted.

    Attributes:
        kind: ``all`` clients, those of a ``municipality``, of the ``others`` (municipalities of fewer than ten clients,
            together, and with them so many more that none of them can be worked out), or those whose municipality is
            ``not_recorded``.
        name: the municipality; empty of all else.
    """

    kind: AreaKind
    name: str = ""

    def text(self, language: str = "fi") -> str:
        """What it is called in ``language``."""
        return self.name if self.kind == "municipality" else text(f"area.{self.kind}", language)


class CountRow(Struct):
    """The numbers of an area.

    Attributes:
        area: whose clients these are.
        clients: how many it has in all.
        counts: of each answer of the table how many; None where it is not told.
    """

    area: Area
    clients: int
    counts: tuple[int | None, ...]


class CountTable(Struct):
    """How many clients have which answer to one question on one day.

    Attributes:
        kind: ``requirement``, ``outcome`` or ``step``.
        name: its name.
        title: what it is called.
        on: the day of decision.
        answers: the answers as codes: a status, ``true``, a word, words joined by ``+``; of numbers and days ``known``.
        texts: what each answer is called.
        rows: the areas, all clients first.
    """

    kind: Kind
    name: str
    title: Texts
    on: date
    answers: tuple[str, ...]
    texts: tuple[Texts, ...]
    rows: tuple[CountRow, ...]

    @property
    def quarter(self) -> str | None:
        """The quarter whose last day it is of, such as ``2024-Q1``; None of another day."""
        return quarter_of(self.on)

    @property
    def applies(self) -> bool:
        """Whether something else than that it does not apply is answered to a client, as far as is told."""
        nothing = ("not_applicable", "not_suggested")
        counts = zip(self.answers, self.rows[0].counts, strict=True) if self.rows else ()
        return any(answer not in nothing and clients != 0 for answer, clients in counts)

    def cells(self) -> Iterator[tuple[Area, str, Texts, int | None]]:
        """Each cell: its area, its answer as a code and as a text, and how many clients (None: not told)."""
        for row in self.rows:
            for code, words, clients in zip(self.answers, self.texts, row.counts, strict=True):
                yield row.area, code, words, clients

    def to_dict(self) -> dict[str, Any]:
        """The table as JSON has it; what is not told is null."""
        answers = zip(self.answers, self.texts, strict=True)
        return {
            "kind": self.kind, "name": self.name, "title": dict(self.title), "on": self.on.isoformat(),
            "quarter": self.quarter, "answers": [{"answer": code, "text": dict(words)} for code, words in answers],
            "rows": [
                {"area": row.area.kind, "municipality": row.area.name or None, "clients": row.clients,
                 "counts": list(row.counts)}
                for row in self.rows
            ],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> CountTable:
        """The table that JSON has as ``form``.

        Raises:
            KeyError: something is lacking in it.
            ValueError: a day or text in it is none.
        """
        answers = form["answers"]
        rows = tuple(
            CountRow(Area(row["area"], row["municipality"] or ""), row["clients"], tuple(row["counts"]))
            for row in form["rows"]
        )
        return cls(
            form["kind"], form["name"], texts_of(form["title"]), date.fromisoformat(form["on"]),
            tuple(answer["answer"] for answer in answers), tuple(texts_of(answer["text"]) for answer in answers), rows,
        )  # fmt: skip


class StatusCounts(Struct):
    """How many clients of each municipality have which answer on which day, without telling of few.

    Attributes:
        rulebook: its name, version, sha256 and layers.
        days: the days of decision.
        clients: how many clients were counted; None: fewer than ten, of whom nothing is told.
        failed: how many records could not be answered; they are counted nowhere.
        tables: a table for each question and day; none where fewer than ten clients were counted.
    """

    rulebook: Mapping[str, Any]
    days: tuple[date, ...]
    clients: int | None
    failed: int
    tables: tuple[CountTable, ...]

    def text(self, language: str = "fi") -> str:
        """One sentence on what was counted, in ``language``: on which days, and how many clients."""
        days = ", ".join(format_day(day, language) for day in self.days)
        clients = (
            text("counts.few", language) if self.clients is None
            else text("counts.clients", language, count=self.clients)
        )  # fmt: skip
        more = "" if not self.failed else f" {text('report.unread', language)}: {self.failed}."
        return f"{text('counts.days', language)}: {days}. {clients}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON has them; what is not told is null."""
        return {
            "rulebook": {**self.rulebook, "layers": [dict(layer) for layer in self.rulebook["layers"]]},
            "days": [day.isoformat() for day in self.days], "clients": self.clients, "failed": self.failed,
            "tables": [table.to_dict() for table in self.tables],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> StatusCounts:
        """The counts that JSON has as ``form``; raises what `CountTable.from_dict` raises."""
        return cls(
            form["rulebook"], tuple(map(date.fromisoformat, form["days"])), form["clients"], form["failed"],
            tuple(map(CountTable.from_dict, form["tables"])),
        )  # fmt: skip


class Tally:
    """Clients, counted as they come.

    Attributes:
        book: the rulebook.
        names: the names that are asked, sorted.
        questions: what these are, by which the clients are counted.
        days: the days of decision.
        failed: how many records could not be answered.
    """

    def __init__(
        self, book: CompiledRulebook, names: tuple[str, ...], questions: Sequence[Question], days: Sequence[date]
    ) -> None:  # fmt: skip
        self.book, self.names, self.questions, self.days = book, names, tuple(questions), tuple(days)
        self.failed = 0
        self._clients: Counter[str | None] = Counter()
        self._counts: list[Counter[tuple[str | None, str]]] = [Counter() for _ in self.days for _ in self.questions]

    def add(self, municipality: str | None, answers: Iterable[Iterable[str]]) -> None:
        """Count a client.

        Args:
            municipality: that of the client; None where it is not recorded.
            answers: by day, the answer to each question.
        """
        self._clients[municipality] += 1
        codes = (code for of_day in answers for code in of_day)
        for counter, code in zip(self._counts, codes, strict=True):
            counter[municipality, code] += 1

    def add_block(
        self, clients: Mapping[str | None, int], answers: Iterable[Mapping[tuple[str | None, str], int]]
    ) -> None:
        """Count several clients.

        Args:
            clients: how many there are, by municipality.
            answers: by day, and by question of a day, how many have each answer, by municipality and answer.
        """
        self._clients.update(clients)
        for counter, several in zip(self._counts, answers, strict=True):
            counter.update(several)

    def counts(self, rulebook: Mapping[str, Any]) -> StatusCounts:
        """What may be told of the clients that were counted; ``rulebook`` is its name, version, sha256 and layers."""
        total = self._clients.total()
        clients = total if total >= FEWEST or not total else None
        return StatusCounts(rulebook, self.days, clients, self.failed, tuple(self._tables()) if clients else ())

    def _tables(self) -> Iterator[CountTable]:
        areas = _areas(self._clients)
        for place, question in enumerate(self.questions):
            for number, day in enumerate(self.days):
                yield self._table(question, day, self._counts[number * len(self.questions) + place], areas)

    def _table(
        self, question: Question, day: date, counter: Counter[tuple[str | None, str]], areas: Mapping[str | None, Area]
    ) -> CountTable:
        kind, name, parts = question.kind, question.name, self.book.parts
        answers = _ORDER.get(kind) or _answers_of({code for _, code in counter}, parts.outcomes[name].words)
        places = sorted(set(areas.values()), key=lambda area: (area.kind, area.name))
        row_of = {area: number for number, area in enumerate(places)}
        cells = [[0] * len(answers) for _ in places]
        for (municipality, code), clients in counter.items():
            cells[row_of[areas[municipality]]][answers.index(code)] += clients
        closed = closed_cells(cells)
        sums = [sum(row[column] for row in cells) for column in range(len(answers))]
        rows = [_row(Area("all"), ALL, sums, closed)]
        if len(places) > 1:
            rows += [_row(area, number, cells[number], closed) for number, area in enumerate(places)]
        closed_words = words_of(parts, name) if kind == "outcome" else frozenset()
        texts = (
            Texts({language: code_text(code, closed_words, parts.words, language) for language in LANGUAGES})
            for code in answers
        )
        return CountTable(kind, name, Texts(label(parts, name)), day, tuple(answers), tuple(texts), tuple(rows))


def _row(area: Area, number: int, cells: Sequence[int], closed: frozenset[tuple[int, int]]) -> CountRow:
    counts = tuple(None if (number, column) in closed else clients for column, clients in enumerate(cells))
    return CountRow(area, sum(cells), counts)


def _answers_of(codes: set[str], words: Sequence[str]) -> tuple[str, ...]:
    """The answers to an outcome that some client has, values before what is no value; words in their order."""
    return tuple(sorted(codes, key=lambda code: (
        _LAST.index(code) + 1 if code in _LAST and code not in words else 0,
        words.index(code) if code in words else len(words), code != "true", code,
    )))  # fmt: skip


def _areas(clients: Mapping[str | None, int]) -> dict[str | None, Area]:
    """In which area each municipality is counted: small ones together, with others until their sum hides each."""
    named = {
        municipality: Area("not_recorded") if municipality is None else Area("municipality", municipality)
        for municipality in clients
    }
    by_size = sorted(clients, key=lambda municipality: (clients[municipality], municipality or ""))
    together = [municipality for municipality in by_size if clients[municipality] < FEWEST]
    larger = by_size[len(together) :]
    while together and larger and not hides(sum(clients[place] for place in together), len(together)):
        together.append(larger.pop(0))
    return named | dict.fromkeys(together, Area("others"))
