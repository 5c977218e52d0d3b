"""Rules, tests, exceptions and defaults that change nothing, and requirements that say the same of everybody.

Each is compared over all cells, in every stretch of time in which its rule is in force: what is reported can be taken
out, and every answer, known or unknown, stays what it is. Facts count as they are written here: a test that follows
from another fact's derivation is none that changes nothing, for a record may give the one fact without the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aava_rules.compiler.formula import Formula, conj, disj, neg
from aava_rules.compiler.program import Question, RuleForms
from aava_rules.language.syntax import All, Always, Any_, Condition, Not
from aava_rules.rulebook.model import Rule
from aava_rules.tools.lint.files import Files, Position, listed
from aava_rules.tools.lint.logic import differing
from aava_rules.tools.lint.programs import Dated
from aava_rules.tools.lint.reads import tests_in
from aava_rules.tools.lint.trials import Trials

Path = tuple[int, ...]
"""Where a part of a condition stands: the numbers of the items on the way to it."""
Occurrences = list[tuple[Dated, RuleForms]]


def check_redundant(files: Files, trials: Trials, dead: set[str]) -> None:
    """Report what can be taken out without changing any answer.

    That is a rule (AR216), a test (AR217), an alternative of ``any`` (AR218), an exception (AR223), an override
    (AR224), and a value by default (AR226); and requirements that nothing breaks or meets (AR225).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook, as compiled.
        dead: the ids of rules that can never answer anything, which are left out.
    """
    occurrences = _occurrences(trials)
    for rule, _ in trials.own_rules():
        if rule.id in dead or not occurrences.get(rule.id):
            continue
        _rule(files, trials, rule)
        _exception(files, rule, occurrences[rule.id])
        _requirement(files, rule, occurrences[rule.id])
        _overrides(files, trials, rule)
    _conditions(files, trials, occurrences, dead)
    _defaults(files, trials)


def _occurrences(trials: Trials) -> dict[str, Occurrences]:
    """By rule, where it answers a question: the stretches of time, without those in which its law is in doubt."""
    occurrences: dict[str, Occurrences] = {}
    for dated in trials.programs:
        for question in dated.program.questions:
            for forms in question.rules:
                if not forms.bound.in_doubt and not question.in_doubt:
                    occurrences.setdefault(forms.bound.rule.id, []).append((dated, forms))
    return occurrences


# -- rules


def _rule(files: Files, trials: Trials, rule: Rule) -> None:
    touched = {rule.id, *rule.overrides}
    compared = False
    for dated in trials.programs:
        if rule.id not in dated.program.rules:
            continue
        for question in dated.program.questions:
            if not touched & {forms.bound.rule.id for forms in question.rules}:
                continue
            logic = dated.logic
            if question.in_doubt or differing(logic.answers(question), logic.answers(question, rule.id), logic):
                return
            compared = True
    if compared:
        why = f"Wherever it counts, {_cover_in_words(trials, rule)} the same."
        files.report(files.rule(rule.id), "AR216", f"taking {rule.id} out changes no answer", why, "Take it out.")


def _cover_in_words(trials: Trials, rule: Rule) -> str:
    """The rule that says the same, or that several do."""
    for other, _ in trials.own_rules():
        if (
            other.id == rule.id
            or other.kind != rule.kind
            or other.name != rule.name
            or set(other.then) != set(rule.then)
        ):
            continue
        if _covers(trials, other.id, rule.id):
            return f"{other.id} says"
    return "other rules say"


def _covers(trials: Trials, other: str, rule: str) -> bool:
    both = [
        (dated.logic, rules[rule], rules[other])
        for dated in trials.programs
        for rules in [dated.program.rules]
        if rule in rules and other in rules
    ]
    return bool(both) and all(
        logic.never(conj(covered.active.formula, neg(cover.active.formula))) for logic, covered, cover in both
    )


def _exception(files: Files, rule: Rule, occurrences: Occurrences) -> None:
    if rule.unless is None:
        return
    for dated, forms in occurrences:
        logic, bound = dated.logic, forms.bound
        assert bound.unless is not None
        when, unless = logic.condition(bound.when, bound.scope), logic.condition(bound.unless, bound.scope)
        if not logic.never(conj(when, unless)):
            return
    why = "Its conditions and the exception exclude one another."
    hint = "Take the exception out, or change it."
    files.report(files.rule(rule.id, "unless"), "AR223", f"the exception of {rule.id} never applies", why, hint)


def _requirement(files: Files, rule: Rule, occurrences: Occurrences) -> None:
    if rule.kind != "require":
        return
    position = files.rule(rule.id, "require")
    pairs = [
        (dated.logic, forms.active.formula, forms.requires.formula)
        for dated, forms in occurrences
        if forms.requires is not None
    ]
    if pairs and all(logic.never(conj(active, neg(requires))) for logic, active, requires in pairs):
        why = "Wherever it applies, what it requires holds anyway."
        files.report(position, "AR225", f"nothing can break {rule.id}", why, "Require something else, or take it out.")
    elif pairs and all(logic.never(conj(active, requires)) for logic, active, requires in pairs):
        why = "Wherever it applies, what it requires is excluded by its own conditions."
        files.report(
            position, "AR225", f"nothing can meet {rule.id}", why, "Change its conditions, or what it requires."
        )


def _overrides(files: Files, trials: Trials, rule: Rule) -> None:
    """Report overrides of rules that never hold together with this one; of ``all`` only if that is so of each."""
    vain = []
    for overridden in rule.overrides:
        both = [
            (dated.logic, rules[rule.id], rules[overridden])
            for dated in trials.programs
            for rules in [dated.program.rules]
            if rule.id in rules and overridden in rules
        ]
        if all(logic.never(conj(over.holds.formula, under.holds.formula)) for logic, over, under in both):
            vain.append(overridden)
    if vain and (not files.overrides_all(rule.id) or len(vain) == len(rule.overrides)):
        what = f"{rule.id} overrides {listed(vain)} in vain"
        why = "They are never in force at once, or their conditions exclude one another."
        files.report(files.rule(rule.id, "overrides"), "AR224", what, why, "Leave that out of `overrides`.")


def _defaults(files: Files, trials: Trials) -> None:
    reachable: dict[str, bool] = {}
    questions: dict[str, Question] = {}
    for dated in trials.programs:
        for question in dated.program.questions:
            if question.kind == "outcome" and question.otherwise is not None and question.rules:
                none = neg(_any_applies(question, dated))
                never = not question.in_doubt and dated.logic.never(none)
                reachable[question.name] = reachable.get(question.name, False) or not never
                questions[question.name] = question
    for folder in files.rulesets:
        for name, position in files.defaults(folder):
            if name in questions and not reachable[name]:
                why = "On every day, one of its rules holds whatever the record says."
                files.report(
                    position, "AR226", f"the value of {name} by default is never the answer", why, "Take it out."
                )


def _any_applies(question: Question, dated: Dated) -> Formula:
    return disj(*[forms.holds.formula for forms in question.rules])


# -- tests


@dataclass(frozen=True, slots=True)
class Site:
    """A part of a rule's conditions that may be superfluous.

    Attributes:
        part: ``when``, ``unless`` or ``require``.
        path: where it stands in that part.
        node: the part as it is written.
        alternative: whether it is one of several alternatives.
        position: its first line.
        own: whether that line stands in the rule itself, and not in a named condition.
    """

    part: str
    path: Path
    node: Condition
    alternative: bool
    position: Position
    own: bool


def _conditions(files: Files, trials: Trials, occurrences: dict[str, Occurrences], dead: set[str]) -> None:
    """Report the tests that no rule needs; what stands in a named condition, only if none of its rules needs it."""
    shared: dict[int, list[tuple[Site, str, bool]]] = {}
    for rule, _ in trials.own_rules():
        dated_forms = occurrences.get(rule.id, [])
        if rule.id in dead or not dated_forms:
            continue
        removed: dict[str, list[Path]] = {"when": [], "unless": [], "require": []}
        for site in sorted(_sites(files, rule), key=lambda site: not site.own):
            inside = any(site.path[: len(path)] == path for path in removed[site.part])
            superfluous = not inside and _is_superfluous(site, removed[site.part], dated_forms)
            if superfluous:
                removed[site.part].append(site.path)
            if site.own and superfluous:
                _report_test(files, rule.id, site)
            elif not site.own:
                shared.setdefault(id(site.position[1]), []).append((site, rule.id, superfluous or inside))
    for uses in shared.values():
        if all(superfluous for _, _, superfluous in uses):
            _report_test(files, uses[0][1], uses[0][0])


def _sites(files: Files, rule: Rule) -> Iterator[Site]:
    for part in ("when", "unless", "require"):
        tree: Condition | None = getattr(rule, part)
        if tree is not None:
            for path, node, alternative in _parts(tree, (), False):
                first = next(iter(tests_in(node)), None)
                if first is not None:
                    position, own = files.line_of(rule.id, str(first))
                    yield Site(part, path, node, alternative, position, own)


def _parts(node: Condition, path: Path, alternative: bool) -> Iterator[tuple[Path, Condition, bool]]:
    """Every item of a conjunction or of several alternatives, the outer ones first."""
    match node:
        case All(items) | Any_(items):
            among = isinstance(node, Any_) and len(items) > 1
            for number, item in enumerate(items):
                yield (*path, number), item, among
                yield from _parts(item, (*path, number), among)
        case Not(item):
            yield from _parts(item, (*path, 0), alternative)
        case _ if not path:
            yield path, node, False


def _without(node: Condition, paths: list[Path]) -> Condition:
    """A condition without some of its parts."""
    if () in paths:
        return Always(True)
    match node:
        case All(items) | Any_(items):
            items_left = []
            for number, item in enumerate(items):
                below = [path[1:] for path in paths if path[0] == number]
                if () not in below:
                    items_left.append(_without(item, below) if below else item)
            if not items_left:  # the last alternative is as a part of a conjunction
                return Always(True)
            return All(tuple(items_left)) if isinstance(node, All) else Any_(tuple(items_left))
        case Not(item):
            return Not(_without(item, [path[1:] for path in paths]))
    return node


def _is_superfluous(site: Site, removed: list[Path], dated_forms: Occurrences) -> bool:
    """Whether a rule says the same without a part of its conditions, besides those removed before."""
    return all(_same(site, removed, dated, forms) for dated, forms in dated_forms)


def _same(site: Site, removed: list[Path], dated: Dated, forms: RuleForms) -> bool:
    logic, bound = dated.logic, forms.bound
    whole: Condition = getattr(bound, site.part)
    before = logic.condition(_without(whole, removed) if removed else whole, bound.scope)
    after = logic.condition(_without(whole, [*removed, site.path]), bound.scope)
    if site.part == "when":
        return logic.same(before, after)
    when = logic.condition(bound.when, bound.scope)
    return logic.same(conj(when, before), conj(when, after))


def _report_test(files: Files, rule_id: str, site: Site) -> None:
    shown = str(site.node) if len(str(site.node)) <= 80 else f"{str(site.node)[:77]}..."
    if site.alternative:
        what, why = f"the alternative {shown} adds nothing", f"{rule_id} holds in the same cases without it."
        files.report(site.position, "AR218", what, why, "Take it out, or change what makes it superfluous.")
    else:
        what, why = f"the test {shown} excludes nothing", f"{rule_id} says the same of everything without it."
        files.report(site.position, "AR217", what, why, "Take it out, or change what makes it superfluous.")
