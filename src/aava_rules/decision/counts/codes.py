"""By which answer a client is counted: each client once in every question on every day.

Of a requirement or step that is asked of each plan or period it is the most serious answer of all of them. Where the
client's list of these is not known, there may be more that nobody knows of, which is then the least that is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.compare.changes import AMOUNTS, answer_of_outcome
from aava_rules.decision.compare.counts import code_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.language.structs import Struct
from aava_rules.rulebook.model import Parts

Kind = Literal["requirement", "outcome", "step"]
KINDS: Final[tuple[Kind, ...]] = ("requirement", "outcome", "step")
RANKED: Final[dict[str, tuple[str, ...]]] = {
    "requirement": ("not_applicable", "met", "unknown", "broken"),
    "step": ("not_suggested", "unknown", "suggested", "overdue"),
}
"""The answers of requirements and steps, the most serious last."""
UNKNOWN_RANK: Final = {kind: ranked.index("unknown") for kind, ranked in RANKED.items()}
_OF_STATES: Final = {"open": "unknown", "none": "not_suggested"}
"""What the answers of engines to steps are called here, where it is not the same."""


class Question(Struct):
    """What clients are counted by.

    Attributes:
        kind: ``requirement``, ``outcome`` or ``step``.
        name: its name.
        lists: the lists of whose items it is asked; the empty text for the client.
    """

    kind: Kind
    name: str
    lists: tuple[str, ...] = ("",)


def requirements_of(book: CompiledRulebook) -> frozenset[str]:
    """The names of all requirements of ``book``, with their kind, as ``only`` takes them."""
    return frozenset(question.full_name for question in book.questions.values() if question.kind == "requirement")


def questions_of(book: CompiledRulebook, names: frozenset[str]) -> tuple[Question, ...]:
    """The questions of ``book`` that ``names`` name: requirements, then outcomes, then steps, each by name."""
    lists: dict[tuple[Kind, str], list[str]] = {}
    for group in book.other_groups(names):
        for query in group.questions:
            kind: Kind = "step" if query.kind == "step" else "requirement"
            lists.setdefault((kind, query.name), []).append(group.list_name)
    for query in book.questions.values():
        if query.kind == "outcome" and query.name in names:
            lists["outcome", query.name] = [""]
    places = sorted(lists, key=lambda place: (KINDS.index(place[0]), place[1]))
    return tuple(Question(kind, name, tuple(lists[kind, name])) for kind, name in places)


def words_of(parts: Parts, name: str) -> frozenset[str]:
    """The words that the outcome ``name`` of a rulebook's ``parts`` may be or have."""
    return frozenset(parts.outcomes[name].words)


def answers_by(decision: Decision, questions: Iterable[Question]) -> list[str]:
    """The answer by which the client of a ``decision`` is counted, to each of ``questions``."""
    ranks: dict[tuple[str, str], int] = {}
    for state in inside(decision).states:
        if state.kind in RANKED:
            rank = RANKED[state.kind].index(_OF_STATES.get(state.status, state.status))
            ranks[state.kind, state.name] = max(rank, ranks.get((state.kind, state.name), 0))
    late = RANKED["step"].index("overdue")
    for step in decision.next_steps:
        if step.overdue:
            ranks["step", step.step] = late
    codes = []
    for question in questions:
        if question.kind == "outcome":
            definition = inside(decision).parts.outcomes[question.name]
            answer = answer_of_outcome(decision.outcomes[question.name], amount=definition.type in AMOUNTS)
            codes.append(code_of(answer.status, answer.value, words_of(inside(decision).parts, question.name)))
            continue
        rank = ranks.get((question.kind, question.name), 0)
        if any(name and getattr(decision.record, name) is None for name in question.lists):
            rank = max(rank, UNKNOWN_RANK[question.kind])
        codes.append(RANKED[question.kind][rank])
    return codes
