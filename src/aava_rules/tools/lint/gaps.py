"""Records and days that no rule of an outcome answers, though it is in force and all that rules read is known.

An outcome without a value by default (``otherwise``) is not applicable where no rule holds. That may be meant: a case
that expects ``not_applicable`` says so for everything that is like it, and ``otherwise: {name: not_applicable}`` for
the whole outcome. What neither says is a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.formula import Formula, conj, disj, neg
from aava_rules.compiler.program import NOT_APPLICABLE, Program, Question
from aava_rules.engine.reference.features import judged_readers, known_cells
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Scalar
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.programs import Dated, apart, cube_in_words
from aava_rules.tools.lint.trials import Trials

Shape = frozenset[Any]
"""A conjunction of cells, as it is in other stretches of time as well."""


def check_gaps(files: Files, trials: Trials) -> None:
    """Report each outcome that no rule answers for some record and day, and of which nothing says that this is meant.

    An outcome is reported once (AR215), with the first stretch of time in which a record shows it; where no record is
    found and none is excluded, that is said instead (AR230).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook.
    """
    own_rules = {rule.id for rule, _ in trials.own_rules()}
    meant = declared(files)
    search = trials.search()
    shown: dict[str, set[Shape]] = {}
    reported: set[str] = set()
    unsettled: dict[str, tuple[str, Dated]] = {}
    for dated in apart(trials.expanded_programs, set()):
        for question in dated.program.questions:
            name = question.name
            rule_id = next((forms.bound.rule.id for forms in question.rules if forms.bound.rule.id in own_rules), None)
            if name in reported or name in meant or rule_id is None or not _can_have_a_gap(question):
                continue
            if name not in shown:
                shown[name] = _shown(name, trials)
            form = question.form_of(NOT_APPLICABLE)
            assert form is not None
            vertex = dated.logic.vertex(_not_meant(dated, question, form.formula, shown[name]))
            if vertex is False:
                continue
            example = None
            if vertex is not None:
                example = search.find(dated.logic, vertex, dated.group, dated.segments, _is_unanswered(name))
            if example is not None:
                reported.add(name)
                what = f"no rule answers {name} for some records"
                why = f"On {example.on} nothing holds of the record below, though all that the rules read is known."
                files.report(
                    files.rule(rule_id), "AR215", what, why, _hint(name), example.text(expect={name: NOT_APPLICABLE})
                )
            elif vertex is None or not search.complete:
                unsettled.setdefault(name, (rule_id, dated))
    for name, (rule_id, dated) in unsettled.items():
        if name not in reported:
            what = f"it is not settled whether the rules answer {name} for every record"
            why = f"Their conditions leave something open{dated.since}, and no record was found that shows it."
            files.report(files.rule(rule_id), "AR230", what, why, _hint(name))


def _hint(name: str) -> str:
    return (
        "Add a rule or `otherwise` for it; if the outcome is not to apply then, add it as a case that expects "
        f"`not_applicable`, or write `otherwise: {{{name}: not_applicable}}` where no such record is to have an answer."
    )


def _can_have_a_gap(question: Question) -> bool:
    return question.kind == "outcome" and not question.is_set and not question.in_doubt and bool(question.rules)


def _is_unanswered(name: str) -> Callable[[Session], bool]:
    """Whether the outcome ``name`` has no value, and not for the reason that its value does not exist."""
    return lambda session: session.outcome(name).status == NOT_APPLICABLE


def declared(files: Files) -> set[str]:
    """The outcomes of which ``otherwise`` says that they do not apply where no rule holds; ``files`` has the rules."""
    names = set()
    for folder in files.rulesets:
        root = folder.rules.file.root
        otherwise = root.get("otherwise") if isinstance(root, Mapping) else None
        for key, value in otherwise.pairs if isinstance(otherwise, Mapping) else ():
            if isinstance(value, Scalar) and value.text == NOT_APPLICABLE:
                names.add(key.text)
    return names


# -- what cases show to be meant


def _shown(name: str, trials: Trials) -> set[Shape]:
    """What the cases show that expect the outcome ``name`` not to apply: the conjunctions for which it does not."""
    shapes: set[Shape] = set()
    group = trials.expanded.outcome_group(name)
    for session in trials.expecting(name, NOT_APPLICABLE):
        scopes = _scopes(group, session)
        if scopes is None:
            continue
        program = group.program(
            tuple([group.segment(scope.judged) for scope in scopes if isinstance(scope.judged, date)])
        )
        question = program.questions[0]
        form = question.form_of(NOT_APPLICABLE)
        if form is not None and question.rules:
            known = known_cells(program, scopes)
            for prime in form.primes() or ():
                if not known & ~prime:
                    shapes |= _shapes(prime, program)
    return shapes


def _scopes(group: QueryGroup, session: Session) -> tuple[Scope, ...] | None:
    """What is read on each judged day; None where one of these is not known."""
    scopes = []
    for judged in judged_readers(group):
        day = session.on if judged is None else judged(Scope(session.facts, session.on))
        if not isinstance(day, date):
            return None
        scopes.append(Scope(session.facts, day))
    return tuple(scopes)


def _shapes(cube: int, program: Program) -> set[Shape]:
    """A conjunction as its cells are ordered, and in words: one of them stays where a limit changes or is added."""
    cells = frozenset(
        (feature.kind, tuple(map(str, feature.terms)), feature.word, feature.scope, len(feature.partition.cuts),
         (cube & feature.bits) >> feature.partition.shift)
        for feature in program.features
        if cube & feature.bits != feature.bits
    )  # fmt: skip
    return {cells, frozenset(cube_in_words(cube, program))}


def _not_meant(dated: Dated, question: Question, gap: Formula, shown: set[Shape]) -> Formula:
    """The part of a gap that no case shows to be meant."""
    form = question.form_of(NOT_APPLICABLE)
    primes = () if form is None else form.primes() or ()
    meant = [dated.logic.cube(prime) for prime in primes if _shapes(prime, dated.program) & shown]
    return conj(gap, neg(disj(*meant)))
