"""Formulas as decision diagrams: exact, and small where their prime implicants would be too many.

A diagram asks one feature after the other in which of its cells it lies, always in the same order, and asks none whose
cells all lead to the same. Two formulas that say the same are therefore one diagram. What is known of a record lets
some branches be taken and not others: the ends that can be reached say whether the formula holds, fails or may do
either, and what remains of the diagram has exactly the features that can still change that.

Rules that read outcomes make such formulas: put together through all strata they have few nodes (60 at most on the
shipped rulebooks), but prime implicants by the hundred; see `compiler.composition`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import RLock
from typing import Any, Final

from aava_rules.compiler.formula import Conj, Formula, Lit, Neg, kleene
from aava_rules.compiler.implicants import Canonizer, CompiledFormula

MOST_NODES: Final = 20_000
"""Nodes of the diagrams of one program, at most; a formula beyond them stays plain Kleene."""
MOST_FEATURES: Final = 200
"""Features of a program that has diagrams, at most: they are followed by functions that call themselves."""


class TooManyNodes(Exception):
    """The diagrams of a program have more nodes than are worth having."""


class Node:
    """Where a diagram asks for a feature.

    Attributes:
        level: the number of the feature, in the order in which features are asked.
        children: what follows each of its cells, the lowest bit first: a node, or whether the formula holds.
    """

    __slots__ = ("children", "level")

    def __init__(self, level: int, children: tuple[Vertex, ...]) -> None:
        self.level, self.children = level, children


Vertex = Node | bool


class Diagrams:
    """The diagrams of the formulas of one program, made when they are needed; equal nodes are one.

    Attributes:
        fields: the mask of the cells of each feature, lowest first.
        shifts: the number of the lowest bit of each.
    """

    def __init__(self, fields: Sequence[int]) -> None:
        self.fields = tuple(fields)
        self.shifts = [(field & -field).bit_length() - 1 for field in self.fields]
        self._level_of = {field: level for level, field in enumerate(self.fields)}
        self._nodes: dict[Any, Node] = {}
        self._of: dict[int, tuple[Formula, Vertex]] = {}
        self._joined: dict[tuple[int, int, bool], Vertex] = {}
        self._opposite: dict[int, Vertex] = {}
        self._lock = RLock()

    def of(self, formula: Formula) -> Vertex:
        """The diagram of ``formula``; parts that formulas share are worked out once.

        Raises:
            TooManyNodes: there would be too many nodes, or there are too many features.
        """
        if len(self.fields) > MOST_FEATURES:
            raise TooManyNodes
        with self._lock:  # nodes are compared by what they are, so two threads must not make the same one twice
            return self._diagram(formula)

    def _diagram(self, formula: Formula) -> Vertex:
        # the formula is kept beside its diagram, so that its number stays its own
        entry = self._of.get(id(formula))
        if entry is None:
            entry = self._of[id(formula)] = (formula, self._make(formula))
        return entry[1]

    def _make(self, formula: Formula) -> Vertex:
        if isinstance(formula, Lit):
            level = self._level_of[formula.field]
            cells, width = formula.cube & formula.field, formula.field.bit_count()
            shift = self.shifts[level]
            return self._node(level, tuple([bool(cells >> shift + cell & 1) for cell in range(width)]))
        if isinstance(formula, Neg):
            return self._negated(self._diagram(formula.item))
        decisive = not isinstance(formula, Conj)
        result: Vertex = not decisive
        for item in formula.items:
            result = self._join(result, self._diagram(item), decisive)
        return result

    def _node(self, level: int, children: tuple[Vertex, ...]) -> Vertex:
        first = children[0]
        if all(child is first for child in children):
            return first
        key = (level, *map(id, children))
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= MOST_NODES:
                raise TooManyNodes
            node = self._nodes[key] = Node(level, children)
        return node

    def _join(self, a: Vertex, b: Vertex, decisive: bool) -> Vertex:
        """The conjunction of two diagrams, or their disjunction: the truth that decides it is ``decisive``."""
        if a is b:
            return a
        if a.__class__ is bool or b.__class__ is bool:
            end, other = (a, b) if a.__class__ is bool else (b, a)
            return decisive if end is decisive else other
        key = (id(a), id(b), decisive) if id(a) < id(b) else (id(b), id(a), decisive)
        joined = self._joined.get(key)
        if joined is None:
            assert isinstance(a, Node) and isinstance(b, Node)
            level = min(a.level, b.level)
            width = len((a if a.level == level else b).children)
            of_a = a.children if a.level == level else (a,) * width
            of_b = b.children if b.level == level else (b,) * width
            children = [self._join(x, y, decisive) for x, y in zip(of_a, of_b, strict=True)]
            joined = self._joined[key] = self._node(level, tuple(children))
        return joined

    def _negated(self, vertex: Vertex) -> Vertex:
        if isinstance(vertex, bool):
            return not vertex
        opposite = self._opposite.get(id(vertex))
        if opposite is None:
            opposite = self._node(vertex.level, tuple([self._negated(child) for child in vertex.children]))
            self._opposite[id(vertex)] = opposite
        return opposite

    # -- made of diagrams

    def of_not(self, vertex: Vertex) -> Vertex:
        """The diagram of what the one of ``vertex`` is not."""
        with self._lock:
            return self._negated(vertex)

    def both(self, a: Vertex, b: Vertex, *, alike: bool = False) -> Vertex:
        """The diagram of where two formulas hold.

        Args:
            a: the diagram of the one.
            b: that of the other.
            alike: whether both may fail as well: where they say the same.

        Raises:
            TooManyNodes: there would be too many nodes.
        """
        with self._lock:
            joined = self._join(a, b, False)
            return self._join(joined, self._join(self._negated(a), self._negated(b), False), True) if alike else joined

    def either(self, a: Vertex, b: Vertex) -> Vertex:
        """The diagram of where one of two formulas holds, of their diagrams ``a`` and ``b``. Raises TooManyNodes."""
        with self._lock:
            return self._join(a, b, True)

    def for_all(self, vertex: Vertex, levels: frozenset[int]) -> Vertex:
        """The diagram of where a formula holds whatever cells some features lie in.

        Args:
            vertex: its diagram.
            levels: the numbers of these features.

        Raises:
            TooManyNodes: there would be too many nodes.
        """
        done: dict[int, Vertex] = {}

        def rest(at: Vertex) -> Vertex:
            if isinstance(at, bool):
                return at
            if id(at) not in done:
                children = [rest(child) for child in at.children]
                if at.level in levels:
                    held: Vertex = True
                    for child in children:
                        held = self._join(held, child, False)
                    done[id(at)] = held
                else:
                    done[id(at)] = self._node(at.level, tuple(children))
            return done[id(at)]

        with self._lock:
            return rest(vertex)

    def parts(self, vertex: Vertex, level: int) -> list[Vertex]:
        """What remains of a formula in each cell of one feature, the lowest bit first.

        Args:
            vertex: its diagram.
            level: the number of the feature.

        Raises:
            TooManyNodes: there would be too many nodes.
        """
        width = self.fields[level].bit_count()

        def part(at: Vertex, cell: int, done: dict[int, Vertex]) -> Vertex:
            if isinstance(at, bool) or at.level > level:
                return at
            if at.level == level:
                return at.children[cell]
            if id(at) not in done:
                done[id(at)] = self._node(at.level, tuple([part(child, cell, done) for child in at.children]))
            return done[id(at)]

        with self._lock:
            return [part(vertex, cell, {}) for cell in range(width)]

    # -- what is known

    def truth(self, vertex: Vertex, known: int) -> bool | None:
        """Whether a formula holds for every completion of what is known, for none (False), or for some (None).

        Args:
            vertex: its diagram.
            known: the mask of the possible cells.
        """
        truth: bool | None = None
        seen: set[int] = set()
        pending: list[Vertex] = [vertex]
        while pending:
            at = pending.pop()
            if at.__class__ is bool:
                if truth is None:
                    truth = at
                elif truth is not at:
                    return None
                continue
            if id(at) in seen:
                continue
            seen.add(id(at))
            assert isinstance(at, Node)
            cells = known >> self.shifts[at.level]
            for child in at.children:
                if cells & 1:
                    pending.append(child)
                cells >>= 1
        return truth

    def support(self, vertices: Iterable[Vertex], known: int) -> int:
        """The bits of the features that can still change the truth of some formula.

        Args:
            vertices: the diagrams of the formulas.
            known: the mask of the possible cells.
        """
        levels: set[int] = set()
        nodes: dict[Any, Any] = {}
        restricted: dict[int, Any] = {}

        def rest(vertex: Vertex) -> Any:
            if isinstance(vertex, bool):
                return vertex
            left = restricted.get(id(vertex))
            if left is None:
                cells = known >> self.shifts[vertex.level]
                children = [rest(child) for cell, child in enumerate(vertex.children) if cells >> cell & 1]
                if all(child is children[0] for child in children):
                    left = children[0]
                else:
                    levels.add(vertex.level)
                    left = nodes.setdefault((vertex.level, *map(id, children)), children)
                restricted[id(vertex)] = left
            return left

        for vertex in vertices:
            rest(vertex)
        return sum(self.fields[level] for level in levels)

    def joint(self, vertices: tuple[Vertex, ...], known: int, asked: int, end: Callable[[Ends], Hashable]) -> int:
        """The bits of the features that can still change what several formulas say together.

        Only the first features are asked for; what formulas say once these are known is true, false, or (None) left
        open by the others.

        Args:
            vertices: the diagrams of the formulas.
            known: the mask of the possible cells.
            asked: how many features are asked for, from the first one.
            end: what the states of the formulas come to, once they are all known or open.

        Raises:
            TooManyNodes: the formulas have too many nodes together.
        """
        levels: set[int] = set()
        nodes: dict[Hashable, Hashable] = {}
        restricted: dict[tuple[int, ...], Hashable] = {}

        def rest(at: tuple[Vertex, ...]) -> Hashable:
            key = tuple(map(id, at))
            left = restricted.get(key)
            if left is not None:
                return left
            if len(restricted) >= MOST_NODES:
                raise TooManyNodes
            level = min((vertex.level for vertex in at if isinstance(vertex, Node)), default=asked)
            if level >= asked:
                left = ("end", end(tuple([self.truth(vertex, known) for vertex in at])))
            else:
                field, shift = self.fields[level], self.shifts[level]
                cells = (known & field) >> shift
                children = []
                while cells:
                    cell = (cells & -cells).bit_length() - 1
                    cells &= cells - 1
                    children.append(rest(tuple([_child(vertex, level, cell) for vertex in at])))
                left = children[0]
                if any(child != left for child in children):
                    levels.add(level)
                    # nodes that are alike have one number
                    left = nodes.setdefault((level, *children), len(nodes))
            restricted[key] = left
            return left

        rest(vertices)
        return sum(self.fields[level] for level in levels)


Ends = tuple[bool | None, ...]
"""What several formulas say: whether each holds, fails (False) or is open (None)."""


def _child(vertex: Vertex, level: int, cell: int) -> Vertex:
    return vertex.children[cell] if isinstance(vertex, Node) and vertex.level == level else vertex


class DiagramFormula(CompiledFormula):
    """A formula whose states come from its decision diagram; where that would be too large, from Kleene's tables."""

    __slots__ = ("_diagrams", "_vertex")

    def __init__(self, formula: Formula, canonizer: Canonizer, diagrams: Diagrams) -> None:
        super().__init__(formula, canonizer)
        self._diagrams = diagrams
        self._vertex: Vertex | str | None = "not made yet"

    def like(self, formula: Formula) -> CompiledFormula:
        """Another ``formula`` over the same features, asked in the same way."""
        return DiagramFormula(formula, self._canonizer, self._diagrams)

    @property
    def vertex(self) -> Vertex | None:
        """The diagram; None if it would be too large."""
        vertex = self._vertex
        if isinstance(vertex, str):
            try:
                vertex = self._diagrams.of(self.formula)
            except TooManyNodes:
                vertex = None
            self._vertex = vertex
        return vertex

    def primes(self, holds: bool = True) -> tuple[int, ...] | None:
        """None, whether ``holds`` or not: there may be too many to work them out."""
        return None

    @property
    def exact(self) -> bool:
        """Whether the state is exact, or plain Kleene."""
        return self.vertex is not None

    @property
    def has_support(self) -> bool:
        """Whether `support` has exactly the features that matter."""
        return self.vertex is not None

    def surely(self, known: int) -> bool:
        """Whether the formula holds for every completion of what is known, the mask ``known`` of the possible cells."""
        return self.state(known) is True

    def state(self, known: int) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none (False), or for some (None).

        ``known`` is the mask of the possible cells.
        """
        vertex = self.vertex
        return kleene(self.formula, known) if vertex is None else self._diagrams.truth(vertex, known)

    @property
    def diagrams(self) -> Diagrams:
        """The diagrams of all formulas over the same features."""
        return self._diagrams

    def support(self, known: int) -> int:
        """The bits of the features that can still change the formula, where the cells of ``known`` are possible."""
        vertex = self.vertex
        return super().support(known) if vertex is None else self._diagrams.support((vertex,), known)


def joint_support(formulas: Iterable[CompiledFormula], known: int) -> int:
    """The bits of the features that can still change one of some formulas over the same features.

    Args:
        formulas: the formulas.
        known: the mask of the possible cells.
    """
    bits, vertices, diagrams = 0, [], None
    for form in formulas:
        if isinstance(form, DiagramFormula) and form.vertex is not None:
            vertices.append(form.vertex)
            diagrams = form.diagrams
        else:
            bits |= form.support(known)
    return bits if diagrams is None else bits | diagrams.support(vertices, known)
