"""A record in a given cell: found by mending, one after the other, the features that do not lie where they should.

A diagram says which cells of which features lead to a difference. Of a record it is known in which cells its features
lie; the way through the diagram with the fewest features that lie elsewhere says what to change next, and in which
cells it should then lie. Each change is of one field, fact or step that such a feature reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from aava_rules.compiler.program import Feature
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.functions import reads_item, reads_step
from aava_rules.language.syntax import Condition, Const, Expr, Fact, ItemField, Param, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, NUMERIC
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.tools.mutate.atoms import Atom, Atoms, get, put
from aava_rules.tools.mutate.cells import Contrast
from aava_rules.tools.mutate.nearest import FAR, Reader, Situation, Way, nearest_way
from aava_rules.tools.mutate.trial import Subject

_EARLIEST: Final = date(2001, 9, 1)
"""The first day on which cases are judged, where a stretch of time has no beginning."""
_LATEST: Final = date(2024, 6, 3)
"""A day on which cases are judged, where a stretch of time has no end."""


_Seen = tuple[int, Way, list[int], tuple[Scope, ...]]
"""How far a situation is from a difference, what lies elsewhere, the judged days that do, and what it is read with."""


class Search:
    """Looks for a situation in which two rulebooks answer unlike."""

    def __init__(self, subject: Subject, seed: int = 0) -> None:
        self.subject, self.random = subject, Random(seed)
        self.parts = subject.parts
        self.atoms = Atoms(subject.parts)

    def run(
        self, contrast: Contrast, starts: Sequence[Situation], differs: Callable[[Situation], bool], most: int
    ) -> Situation | None:
        """A situation that ``differs``; None if none was found.

        Args:
            contrast: where the answers differ.
            starts: situations to begin with.
            differs: whether a situation tells the two apart: what counts in the end.
            most: how many situations are read at most.
        """
        read = Reader(self.subject, contrast)
        begun: list[tuple[int, int, Situation]] = []
        for situation in starts:
            cost = self._cost(read, situation)
            if cost is not None:
                begun.append((cost[0], len(begun), situation))
        begun.append((FAR, len(begun), self._blank(contrast)))
        begun.sort(key=lambda entry: entry[:2])
        left, rounds = most, 0
        while left > 0:
            start = begun[min(rounds // 2, len(begun) - 1)][2] if rounds < 8 else self.random.choice(begun[:12])[2]
            rounds += 1
            collected, used = self._walk(read, contrast, deepcopy(start), differs, min(left, 160))
            left -= max(used, 1)
            if collected is not None:
                return collected
        return None

    def _blank(self, contrast: Contrast) -> Situation:
        first, last = self.random.choice(contrast.days[contrast.judged.index(None)])
        record: dict[str, Any] = {"id": "case"}
        if contrast.list_name:
            record[contrast.list_name] = [{}]
        return record, self._within(first, last)

    def _within(self, first: date, last: date) -> date:
        low, high = (
            max(first, date(2001, 9, 1)) if last > date(2001, 9, 1) else max(first, FIRST_DAY),
            min(last, LAST_DAY),
        )
        if high.year > 2024 >= low.year:
            high = max(low, date(2024, 6, 3))
        return self.random.choice([low, min(low + timedelta(days=200), high), high])

    def _cost(self, read: Reader, situation: Situation) -> _Seen | None:
        seen = read.read(situation)
        if seen is None:
            return None
        known, elsewhere, _, scopes = seen
        way = nearest_way(read.contrast, known, self.random)
        return way.cost + 3 * len(elsewhere), way, elsewhere, scopes

    def _walk(
        self, read: Reader, contrast: Contrast, at: Situation, differs: Callable[[Situation], bool], most: int
    ) -> tuple[Situation | None, int]:
        here = self._cost(read, at)
        used = 1
        if here is None:
            return None, used
        while used < most:
            if here[0] == 0 and differs(at):
                return at, used
            other = self._moved(contrast, at, here)
            there = self._cost(read, other)
            used += 1
            if there is None:
                continue
            if there[0] <= here[0] or self.random.random() < 0.06:
                at, here = other, there
        return None, used

    # -- moves

    def _moved(self, contrast: Contrast, at: Situation, here: _Seen) -> Situation:
        record, on = deepcopy(at[0]), at[1]
        _, way, elsewhere, scopes = here
        if elsewhere and (not way.wrong or self.random.random() < 0.7):
            return self._to_day(contrast, record, on, self.random.choice(elsewhere))
        if not way.wrong:
            feature: Feature = self.random.choice(contrast.program.features)
            mask = feature.bits
        else:
            feature, mask = self.random.choice(way.wrong)
        if scopes and self.random.random() < 0.75:
            shifted = self._shifted(contrast, record, on, feature, mask, scopes)
            if shifted is not None:
                return shifted
        return self._set(contrast, record, on, feature, mask)

    def _shifted(
        self, contrast: Contrast, record: dict[str, Any], on: date, feature: Feature, mask: int,
        scopes: tuple[Scope, ...],
    ) -> Situation | None:  # fmt: skip
        """The situation with a day or number moved so far that its order is a wanted one; None of other features."""
        random = self.random
        if feature.kind == "pair":
            side = random.randrange(2)
            term, other = feature.terms[side], feature.terms[1 - side]
            signs = [sign for sign in "<=>" if feature.partition.of[sign] & mask]
            if not signs:
                return None
            sign = random.choice(signs)
            by = {"<": -1, "=": 0, ">": 1}[sign] * (1 if side == 0 else -1) * random.choice([1, 1, 1, 1, 30])
            target = reader(other)(scopes[feature.scope])
        elif feature.kind == "term" and feature.partition.at and not isinstance(feature.terms[0], (Fact, ItemField)):
            (term,) = feature.terms
            target, by = next(iter(self._places(feature, mask)), None), 0
        else:
            return None
        if not isinstance(target, (date, int, Decimal)) or isinstance(target, bool):
            return None
        target = _moved_by(target, by)
        atoms = self.atoms.of([term], contrast.list_name)
        if str(term) == "decision_date" and isinstance(target, date):
            return record, target
        if reads_item(term) and isinstance(target, date) and random.random() < 0.4:
            return record, target
        if not atoms:
            return None
        atom = random.choice(atoms[:3])
        item = 0 if atom.list_name == contrast.list_name else None
        now = reader(term)(scopes[feature.scope])
        value: Any = target
        current = get(record, atom, item)
        if not isinstance(term, (Fact, ItemField)) and not reads_step(term):
            if type(current) is not type(now) or now is NONE:
                return None
            distance = (target - now).days if isinstance(now, date) else target - now
            value = _moved_by(current, distance)
        if value is None or (isinstance(value, date) and atom.type not in ("date", "")):
            return None
        if isinstance(value, (int, Decimal)) and atom.type not in NUMERIC:
            return None
        put(record, atom, value, item)
        return record, on

    def _places(self, feature: Feature, mask: int) -> Iterator[Any]:
        """Values of the wanted cells of ordered values, by chance the first."""
        cuts, places = feature.partition.cuts, list(enumerate(feature.partition.at))
        self.random.shuffle(places)
        for place, bits in places:
            if bits & mask and not bits & ~mask and cuts:
                cut = cuts[min(place // 2, len(cuts) - 1)]
                yield _moved_by(cut, 0 if place % 2 else (1 if place == 2 * len(cuts) else -1))

    def step(self, record: dict[str, Any], on: date, terms: list[Expr | Condition], each: str) -> Situation:
        """The situation with one atom behind some terms changed by chance.

        Args:
            record: the record, which is changed.
            on: the day of decision.
            terms: the terms.
            each: the item that the question is about.
        """
        list_name = LIST_OF_ITEM.get(each, "")
        atoms = self.atoms.of(terms, list_name)
        if not atoms or self.random.random() < 0.15:
            return record, self.random.choice(self._days(record, on, terms, None))
        atom = self.random.choice(atoms)
        if atom.kind == "field" and self.random.random() < 0.2:
            record.setdefault(atom.list_name, []).append({})
        items = record.get(atom.list_name) or [{}]
        put(record, atom, self._value(atom, record, on, terms, None), self.random.randrange(len(items)))
        return record, on

    def _to_day(self, contrast: Contrast, record: dict[str, Any], on: date, number: int) -> Situation:
        first, last = self.random.choice(contrast.days[number])
        day = self._within(first, last)
        term = contrast.judged[number]
        if term is None:
            return record, day
        atoms = [atom for atom in self.atoms.of([term], contrast.list_name) if atom.type == "date"]
        if atoms:
            put(record, self.random.choice(atoms), day, 0)
        if self.random.random() < 0.5:
            on = min(max(day + timedelta(days=self.random.choice([0, 1, 30])), FIRST_DAY), LAST_DAY)
        return record, on

    def _set(self, contrast: Contrast, record: dict[str, Any], on: date, feature: Feature, mask: int) -> Situation:
        random = self.random
        terms = list(feature.terms)
        if contrast.list_name and not record.get(contrast.list_name):
            record[contrast.list_name] = [{}]
        atoms = self.atoms.of(terms, contrast.list_name)
        direct = [atom for term in terms if isinstance(term, (Fact, ItemField)) for atom in self.atoms.of([term])[:1]]
        reads_day = any(str(node) == "decision_date" or reads_item(node) for term in terms for node in walk(term))
        if not atoms or (reads_day and random.random() < 0.2):
            return record, self._day(record, on, contrast)
        atom = random.choice(direct) if direct and random.random() < 0.7 else random.choice(atoms)
        item = 0 if atom.list_name == contrast.list_name else None
        if atom.kind == "field" and atom.list_name != contrast.list_name and random.random() < 0.25:
            record.setdefault(atom.list_name, []).append({})
        for value in self._wanted(feature, mask, atom):
            put(record, atom, value, item)
            return record, on
        put(record, atom, self._value(atom, record, on, terms, contrast), item)
        return record, on

    def _wanted(self, feature: Feature, mask: int, atom: Atom) -> Iterator[Any]:
        """A value of the wanted cells, where the feature is that atom itself."""
        term = feature.terms[0] if len(feature.terms) == 1 else None
        if term is None or not isinstance(term, (Fact, ItemField)) or str(term).rpartition(".")[2] != atom.name:
            return
        random, partition = self.random, feature.partition
        if feature.kind == "known":
            if not mask & partition.of.get(True, 0):
                yield ...
            return
        if feature.kind == "has":
            wanted = bool(mask & partition.of.get(True, 0))
            yield [feature.word] if wanted else random.choice([[], [w for w in atom.words if w != feature.word]])
            return
        choices: list[Any] = []
        if partition.at:
            choices = list(self._places(feature, mask))
        elif atom.type == "boolean":
            choices = [value for value in (True, False) if mask & partition.of.get(value, 0)]
        else:
            choices = [w for w in atom.words if partition.of.get(w, partition.other) & mask]
        if partition.absent != partition.bits and partition.absent & mask:
            choices.append(None)
        choices = [value for value in choices if value is not None or atom.kind == "field" or random.random() < 0.5]
        if choices:
            yield random.choice(choices)

    def _value(self, atom: Atom, record: dict[str, Any], on: date, terms: list[Any], contrast: Contrast | None) -> Any:
        random = self.random
        if random.random() < 0.06:
            return random.choice([..., None]) if atom.kind == "field" else ...
        if atom.kind == "step" or atom.type == "date":
            return random.choice(self._days(record, on, terms, contrast))
        if atom.type == "dates":
            days = self._days(record, on, terms, contrast)
            return sorted({random.choice(days) for _ in range(random.choice([0, 1, 1, 2, 3]))})
        if atom.type == "boolean":
            return random.random() < 0.5
        if atom.type == "choice":
            return random.choice(atom.words) if atom.words else None
        if atom.type == "set":
            return [word for word in atom.words if random.random() < 0.4]
        if atom.type in NUMERIC:
            cuts = [
                cut
                for f in (contrast.program.features if contrast else ())
                for cut in f.partition.cuts
                if isinstance(cut, (int, Decimal))
            ]
            value = random.choice([*cuts, *self._amounts(terms), 0, 1]) + random.choice([-1, 0, 0, 1])
            value = max(value, 0)
            return int(value) if atom.type == "integer" else Decimal(value)
        return "x"

    def _amounts(self, terms: list[Expr]) -> list[Any]:
        collected: list[Any] = []
        for term in terms:
            for node in walk(term):
                if (
                    isinstance(node, Const)
                    and isinstance(node.value, (int, Decimal))
                    and not isinstance(node.value, bool)
                ):
                    collected.append(node.value)
                elif isinstance(node, Param):
                    values = self.parts.parameters[node.name].values
                    collected += [v.value for v in values if isinstance(v.value, (int, Decimal))]
                elif isinstance(node, (Fact, ItemField)):
                    definition = self.parts.facts.get(str(node))
                    collected += self._amounts(list(definition.trees())) if definition is not None else []  # type: ignore[arg-type]
        return collected

    def _days(self, record: dict[str, Any], on: date, terms: list[Any], contrast: Contrast | None) -> list[date]:
        days = {on, *_dates_in(record)}
        days |= {
            cut
            for f in (contrast.program.features if contrast else ())
            for cut in f.partition.cuts
            if isinstance(cut, date)
        }
        amounts = [int(a) for a in self._amounts(terms) if 0 < a <= 130]
        more = set()
        for day in days:
            for amount in amounts:
                for moved in (_months(day, amount), _months(day, -amount), _later(day, amount), _later(day, -amount)):
                    if moved is not None:
                        more.add(moved)
        days |= more
        near = {moved for day in days for by in (-1, 0, 0, 1, 30, -30) if (moved := _later(day, by)) is not None}
        weighted = [*near, *[d for by in (-1, 0, 1) for d in [_later(on, by)] * 3 if d is not None]]
        return sorted(weighted)

    def _day(self, record: dict[str, Any], on: date, contrast: Contrast) -> date:
        return self.random.choice(
            self._days(record, on, [f for feature in contrast.program.features for f in feature.terms], contrast)
        )


def _moved_by(cut: Any, by: int) -> Any:
    return (_later(cut, by) or cut) if isinstance(cut, date) else cut + by


def _later(day: date, by: int) -> date | None:
    try:
        moved = day + by * ONE_DAY
    except OverflowError:
        return None
    return moved if FIRST_DAY <= moved <= LAST_DAY else None


def _months(day: date, by: int) -> date | None:
    try:
        moved = add_months(day, by)
    except (OverflowError, ValueError):
        return None
    return moved if isinstance(moved, date) and FIRST_DAY <= moved <= LAST_DAY else None


def _dates_in(value: Any) -> Iterator[date]:
    if isinstance(value, date):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _dates_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _dates_in(part)
