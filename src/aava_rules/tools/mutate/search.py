"""A record in a given cell: found by mending, one after the other, the features that do not lie where they should.

A diagram says which cells of which features lead to a difference. Of a record it is known in which cells its features
lie; the way through the diagram with the fewest features that lie elsewhere says what to change next, and in which
cells it should then lie. Each change is of one field, fact or step that such a feature reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from aava_rules.compiler.diagrams import Node, Vertex
from aava_rules.compiler.program import Feature
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.features import known_cells
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.functions import reads_item, reads_step
from aava_rules.language.syntax import Condition, Const, Expr, Fact, ItemField, Param, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, NUMERIC
from aava_rules.record import Record
from aava_rules.record.fields import ITEM_OF_LIST, LIST_OF_ITEM, client_fields, lists
from aava_rules.rulebook.model import Parts
from aava_rules.tools.mutate.cells import Contrast
from aava_rules.tools.mutate.trial import Subject

Situation = tuple[dict[str, Any], date]
"""A record as a case has it, and the day of decision."""

_FREE: Final = frozenset({"judgement", "doubt", "lower"})
"""Kinds of features that no record states: they stay open, and what rests on them is then unknown."""
_FAR: Final = 1000
_START: Final = {"plans": "made_on", "periods": "start", "benefits": "start", "events": "on"}


class Atom:
    """Something of a record that can be set: ``fact``, ``field`` (of an item of a list), ``step``, or ``on``."""

    __slots__ = ("kind", "list_name", "name", "type", "words")

    def __init__(self, kind: str, name: str, list_name: str = "", type: str = "", words: tuple[str, ...] = ()) -> None:
        self.kind, self.name, self.list_name, self.type, self.words = kind, name, list_name, type, words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.kind, self.name, self.list_name


class Atoms:
    """What can be set of a record to change a term."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._of: dict[tuple[str, str], tuple[Atom, ...]] = {}

    def of(self, terms: Iterable[Expr | Condition], list_name: str = "") -> list[Atom]:
        """The atoms behind some terms, those of derived facts included; ``list_name`` has the item at hand."""
        found: dict[Atom, None] = {}
        pending = list(terms)
        seen: set[str] = set()
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, (Fact, ItemField)):
                    name = str(node)
                    if name in seen:
                        continue
                    seen.add(name)
                    atom = self._atom(node)
                    if atom is not None:
                        found[atom] = None
                    definition = self.parts.facts.get(name)
                    if definition is not None:
                        pending += list(definition.trees())
                        derivation = definition.derivation
                        if derivation is not None and derivation.over:
                            found.update(dict.fromkeys(self._of_list(derivation.over, derivation.field)))
                            for of, field in derivation.also:
                                found[Atom("step", field)] = None if of == "events" else None
                                if of != "events":
                                    found.update(dict.fromkeys(self._of_list(of, field)))
                elif reads_step(node):
                    step = str(node.args[0])
                    found[Atom("step", step)] = None
                    definition_of_step = self.parts.steps.get(step)
                    for proof in definition_of_step.proof if definition_of_step else ():
                        found.update(dict.fromkeys(self._of_list(proof.over, proof.field)))
                        if proof.where is not None:
                            pending.append(proof.where)
                elif reads_item(node):
                    own = str(node.args[0])
                    of_list = LIST_OF_ITEM.get(own, list_name)
                    found.update(dict.fromkeys(self._of_list(of_list, "")))
        return [atom for atom in found if not (atom.kind == "step" and atom.name not in self.parts.steps and "." in atom.name)]

    def _of_list(self, list_name: str, field: str) -> list[Atom]:
        start = _START[list_name]
        names = [name for name in (start, "end", field) if name in lists()[list_name].fields]
        return [self._field(list_name, name) for name in dict.fromkeys(names)]

    def _field(self, list_name: str, name: str) -> Atom:
        info = lists()[list_name].fields[name]
        return Atom("field", name, list_name, info.type, tuple(info.words))

    def _atom(self, node: Fact | ItemField) -> Atom | None:
        if isinstance(node, ItemField):
            if node.derived:
                return None
            list_name = LIST_OF_ITEM[node.singular]
            info = lists()[list_name].fields[node.field]
            words = tuple(info.words) + (tuple(self.parts.steps) if node.field == "step" else ())
            return Atom("field", node.field, list_name, info.type, words)
        outcome = self.parts.outcomes.get(node.name)
        if outcome is not None:
            return Atom("fact", node.name, "", outcome.type, tuple(outcome.words))
        definition = self.parts.facts.get(node.name)
        if definition is None:
            info = client_fields().get(node.name)
            return Atom("fact", node.name, "client", info.type if info else "text", ())
        of_client = "client" if node.name == "birth_date" else ""
        return Atom("fact", node.name, of_client, definition.type, tuple(definition.words))


def put(record: dict[str, Any], atom: Atom, value: Any, item: int | None) -> None:
    """Set an atom of a record; ``...`` takes it away.

    Args:
        record: the record, which is changed.
        atom: the atom.
        value: the value; None is that there is none.
        item: the number of the item of its list; None for the last one.
    """
    if atom.kind == "fact":
        place = record.setdefault("client" if atom.list_name == "client" else "facts", {})
        if value is ...:
            place.pop(atom.name, None)
        else:
            place[atom.name] = value
        return
    if atom.kind == "step":
        events = [event for event in record.get("events") or [] if event.get("step") != atom.name]
        if value is not ... and value is not None:
            events.append({"step": atom.name, "on": value})
        record["events"] = events
        return
    items = record.setdefault(atom.list_name, [])
    if not items:
        items.append({})
    chosen = items[-1 if item is None or item >= len(items) else item]
    if value is ...:
        chosen.pop(atom.name, None)
    else:
        chosen[atom.name] = value


class Reader:
    """Reads situations in the cells of one contrast."""

    def __init__(self, subject: Subject, contrast: Contrast) -> None:
        self.subject, self.contrast = subject, contrast
        self._judged = [None if term is None else reader(term) for term in contrast.judged]

    def read(self, situation: Situation) -> tuple[int, list[int], Session, tuple[Scope, ...]] | None:
        """What is known of the features, which judged days lie elsewhere, and what it was read with; None of no record.
        """
        record, on = situation
        book = self.subject.book
        try:
            whole = self.subject.read(record)
            facts, _ = book.vocabulary.inputs.read(whole, on)
        except AavaRulesError:
            return None
        session = Session(book, whole, on, REFERENCE, facts)
        list_name = self.contrast.list_name
        items = getattr(whole, list_name) if list_name else None
        if list_name and not items:
            return 0, list(range(len(self._judged))), session, ()
        item = items[0] if items else None
        scopes, elsewhere = [], []
        for number, (read, spans) in enumerate(zip(self._judged, self.contrast.days, strict=True)):
            day = on if read is None else read(Scope(session.facts, on, list_name, item))
            if day.__class__ is not date:
                elsewhere.append(number)
                day = on
            elif not any(first <= day <= last for first, last in spans):
                elsewhere.append(number)
            scopes.append(Scope(session.facts, day, list_name, item))
        return known_cells(self.contrast.program, tuple(scopes)), elsewhere, session, tuple(scopes)


class Way:
    """The way through a diagram with the fewest features that lie elsewhere.

    Attributes:
        cost: how many lie elsewhere.
        wrong: these features, each with the mask of the cells in which it should lie.
    """

    __slots__ = ("cost", "wrong")

    def __init__(self, cost: int, wrong: list[tuple[Feature, int]]) -> None:
        self.cost, self.wrong = cost, wrong


def nearest_way(contrast: Contrast, known: int, random: Random) -> Way:
    """The nearest way to a difference from what is known, one of several by chance."""
    features = contrast.program.features
    costs: dict[int, tuple[int, int, Vertex]] = {}

    def cost(vertex: Vertex) -> int:
        if isinstance(vertex, bool):
            return 0 if vertex else _FAR
        entry = costs.get(id(vertex))
        if entry is None:
            feature = features[vertex.level]
            options = [(cost(child) + _wrong(feature, mask, known), mask, child) for mask, child in _ways_on(vertex, feature)]
            least = min(option[0] for option in options)
            entry = costs[id(vertex)] = random.choice([option for option in options if option[0] == least])
        return entry[0]

    total, at, wrong = cost(contrast.vertex), contrast.vertex, []
    while isinstance(at, Node):
        _, mask, child = costs[id(at)]
        feature = features[at.level]
        if _wrong(feature, mask, known):
            wrong.append((feature, mask))
        at = child
    return Way(total, wrong)


def _ways_on(node: Node, feature: Feature) -> list[tuple[int, Vertex]]:
    masks: dict[int, tuple[int, Vertex]] = {}
    shift = (feature.bits & -feature.bits).bit_length() - 1
    for cell, child in enumerate(node.children):
        key = id(child) if isinstance(child, Node) else int(child)
        masks[key] = (masks.get(key, (0, child))[0] | 1 << (shift + cell), child)
    return list(masks.values())


def _wrong(feature: Feature, mask: int, known: int) -> int:
    return 0 if feature.kind in _FREE or not known & feature.bits & ~mask else 1


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
        begun = []
        for situation in starts:
            cost = self._cost(read, situation)
            if cost is not None:
                begun.append((cost[0], len(begun), situation))
        begun.append((_FAR, len(begun), self._blank(contrast)))
        begun.sort(key=lambda entry: entry[:2])
        left, rounds = most, 0
        while left > 0:
            start = begun[min(rounds // 2, len(begun) - 1)][2] if rounds < 8 else self.random.choice(begun[:12])[2]
            rounds += 1
            found, used = self._walk(read, contrast, deepcopy(start), differs, min(left, 160))
            left -= max(used, 1)
            if found is not None:
                return found
        return None

    def _blank(self, contrast: Contrast) -> Situation:
        first, last = self.random.choice(contrast.days[contrast.judged.index(None)])
        record: dict[str, Any] = {"id": "case"}
        if contrast.list_name:
            record[contrast.list_name] = [{}]
        return record, self._within(first, last)

    def _within(self, first: date, last: date) -> date:
        low, high = max(first, date(2001, 9, 1)) if last > date(2001, 9, 1) else max(first, FIRST_DAY), min(last, LAST_DAY)
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
        """The situation with one of two days or numbers moved so far that their order is a wanted one; None of others.
        """
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
        target = _beside(target, by)
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
        current = _get(record, atom, item)
        if not isinstance(term, (Fact, ItemField)) and not reads_step(term):
            if type(current) is not type(now) or now is NONE:
                return None
            distance = (target - now).days if isinstance(now, date) else target - now
            value = _beside(current, distance)
        if isinstance(value, date) and atom.type not in ("date", "") or value is None:
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
                yield _beside(cut, 0 if place % 2 else (1 if place == 2 * len(cuts) else -1))

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
            cuts = [cut for f in (contrast.program.features if contrast else ()) for cut in f.partition.cuts if isinstance(cut, (int, Decimal))]
            value = random.choice([*cuts, *self._amounts(terms), 0, 1]) + random.choice([-1, 0, 0, 1])
            value = max(value, 0)
            return int(value) if atom.type == "integer" else Decimal(value)
        return "x"

    def _amounts(self, terms: list[Expr]) -> list[Any]:
        found: list[Any] = []
        for term in terms:
            for node in walk(term):
                if isinstance(node, Const) and isinstance(node.value, (int, Decimal)) and not isinstance(node.value, bool):
                    found.append(node.value)
                elif isinstance(node, Param):
                    values = self.parts.parameters[node.name].values
                    found += [v.value for v in values if isinstance(v.value, (int, Decimal))]
                elif isinstance(node, (Fact, ItemField)):
                    definition = self.parts.facts.get(str(node))
                    found += self._amounts(list(definition.trees())) if definition is not None else []  # type: ignore[arg-type]
        return found

    def _days(self, record: dict[str, Any], on: date, terms: list[Any], contrast: Contrast | None) -> list[date]:
        days = {on, *_dates_in(record)}
        days |= {cut for f in (contrast.program.features if contrast else ()) for cut in f.partition.cuts if isinstance(cut, date)}
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
        return self.random.choice(self._days(record, on, [f for feature in contrast.program.features for f in feature.terms], contrast))


def _get(record: dict[str, Any], atom: Atom, item: int | None) -> Any:
    """What a record says of an atom; None if nothing."""
    if atom.kind == "fact":
        return (record.get("client" if atom.list_name == "client" else "facts") or {}).get(atom.name)
    if atom.kind == "step":
        return next((event.get("on") for event in record.get("events") or [] if event.get("step") == atom.name), None)
    items = record.get(atom.list_name) or []
    return items[-1 if item is None or item >= len(items) else item].get(atom.name) if items else None


def _beside(cut: Any, by: int) -> Any:
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


__all__ = ["ITEM_OF_LIST", "NONE", "Atoms", "Record", "Search", "Situation", "put"]
