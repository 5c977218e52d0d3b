"""What all formulas of a question say together, as one decision diagram.

Its ends say of each formula whether it holds there, so one walk tells the states of all: a formula that holds at every
end that can be reached surely holds, one that holds at none surely fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from aava_rules.compiler.diagrams import DiagramFormula, Diagrams, Node, TooManyNodes, Vertex
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program

MOST_TOGETHER = 5_000
"""Nodes of the diagram of one question, at most; beyond them each formula is walked for itself."""


class _Fork:
    """Where the diagram asks for a feature: what follows each of its cells, a fork or an end.

    An end is a mask with a bit for each formula that holds there.
    """

    __slots__ = ("children", "level")

    def __init__(self, level: int, children: tuple[_Fork | int, ...]) -> None:
        self.level, self.children = level, children


class JointDiagram:
    """The formulas of one question over the features of one program.

    Attributes:
        forms: the formulas; the number of each is that of its bit in an end.
    """

    def __init__(self, forms: Sequence[CompiledFormula], vertices: Sequence[Vertex], diagrams: Diagrams) -> None:
        """Raises TooManyNodes.

        Args:
            forms: the formulas; one of them at least holds at every end.
            vertices: the diagram of each.
            diagrams: what these were made by.
        """
        self.forms = tuple(forms)
        self._shifts = [(field & -field).bit_length() - 1 for field in diagrams.fields]
        self._joined_of: dict[tuple[int, ...], _Fork | int] = {}
        self._forks: dict[tuple[int, ...], _Fork] = {}
        self._root = self._together(tuple(vertices))
        self._bit_of = {id(form): 1 << number for number, form in enumerate(self.forms)}
        del self._joined_of, self._forks

    def _together(self, at: tuple[Vertex, ...]) -> _Fork | int:
        key = tuple(map(id, at))
        fork = self._joined_of.get(key)
        if fork is None:
            if len(self._joined_of) >= MOST_TOGETHER:
                raise TooManyNodes
            fork = self._joined_of[key] = self._joined(at)
        return fork

    def _joined(self, at: tuple[Vertex, ...]) -> _Fork | int:
        nodes = [vertex for vertex in at if isinstance(vertex, Node)]
        if not nodes:
            return sum(1 << number for number, holds in enumerate(at) if holds)
        first = min(nodes, key=lambda node: node.level)
        children = []
        for cell in range(len(first.children)):
            children.append(
                self._together(
                    tuple([v.children[cell] if isinstance(v, Node) and v.level == first.level else v for v in at])
                )
            )
        if all(child is children[0] or child == children[0] for child in children):
            return children[0]
        key = (first.level, *[child if isinstance(child, int) else -id(child) for child in children])
        return self._forks.setdefault(key, _Fork(first.level, tuple(children)))

    def bit(self, form: CompiledFormula) -> int:
        """The bit of ``form`` in ends; 0 if it is none of the formulas."""
        return self._bit_of.get(id(form), 0)

    def ends(self, known: int) -> tuple[int, int]:
        """The formulas that hold at every end that can be reached, and those that hold at some.

        ``known`` is the mask of the possible cells.
        """
        shifts, seen = self._shifts, set[int]()
        common, some = -1, 0
        pending = [self._root]
        while pending:
            at = pending.pop()
            if at.__class__ is int:
                common &= at
                some |= at
                continue
            if id(at) in seen:
                continue
            seen.add(id(at))
            assert isinstance(at, _Fork)
            cells = known >> shifts[at.level]
            for child in at.children:
                if cells & 1:
                    pending.append(child)
                cells >>= 1
        return common, some


class JointStates:
    """The states of the formulas of one question where some cells are possible; `States` of engines.

    Attributes:
        known: the mask of the cells that are possible.
    """

    __slots__ = ("_common", "_joint", "_some", "known")

    def __init__(self, joint: JointDiagram, known: int) -> None:
        self.known, self._joint = known, joint
        self._common, self._some = joint.ends(known)

    def surely(self, form: CompiledFormula) -> bool:
        """Whether ``form`` holds for every completion of what is known."""
        bit = self._joint.bit(form)
        return bool(self._common & bit) if bit else form.surely(self.known)

    def state(self, form: CompiledFormula) -> bool | None:
        """Whether ``form`` holds for every completion of what is known, for none (False), or for some (None)."""
        bit = self._joint.bit(form)
        if not bit:
            return form.state(self.known)
        if self._common & bit:
            return True
        return None if self._some & bit else False


_JOINT = "all formulas together"


def joint_diagram(program: Program) -> JointDiagram | None:
    """The diagram of the one question of ``program``, made when it is first wanted; None if it would be too large."""
    if _JOINT not in program.compiled:
        program.compiled[_JOINT] = _joint_of(program)
    joint: JointDiagram | None = program.compiled[_JOINT]
    return joint


def _joint_of(program: Program) -> JointDiagram | None:
    (question,) = program.questions
    named = [case.form for case in question.cases]
    if question.kind == "outcome":
        named.append(question.conflict)
    if question.kind == "step":
        named += [form for rule in question.rules for form in (rule.holds, rule.active)]
    named += [*question.forms, *(group.form for group in question.groups)]
    forms = tuple({id(form): form for form in named}.values())
    vertices, diagrams = [], None
    for form in forms:
        if not isinstance(form, DiagramFormula) or form.vertex is None:
            return None
        vertices.append(form.vertex)
        diagrams = form.diagrams
    if diagrams is None:
        return None
    try:
        return JointDiagram(forms, vertices, diagrams)
    except TooManyNodes:
        return None
