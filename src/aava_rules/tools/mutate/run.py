"""All mutants of a rulebook, shared among processes: which a case notices, which are proven equal, which survive."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from aava_rules.decision.loading import load, places_of
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.errors import AavaRulesError, UnknownName, nearest
from aava_rules.tools.cases.run import LoadedCase, rulebook_cases
from aava_rules.tools.mutate.case_text import case_of, yaml_of
from aava_rules.tools.mutate.mutant import KINDS, Mutant
from aava_rules.tools.mutate.mutants import mutants_of
from aava_rules.tools.mutate.propose import CONTRADICTORY, EQUAL, NOT_PROVEN, PROPOSED, judge
from aava_rules.tools.mutate.trial import Subject, Trial, in_order

KILLED: Final = "killed"
_CHUNK: Final = 16
"""Mutants that a process takes at once: neighbours in a file, which the same cases notice."""
_REMEMBERED: Final = 6


class CasesFail(AavaRulesError):
    """Cases fail of the rulebook as it is, so that they say nothing of its mutants."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change of a rulebook that no case notices.

    Attributes:
        mutant: the change.
        status: ``proposed``, ``contradictory`` (only records that contradict themselves tell it) or ``not proven``.
        case: the case that would notice it, as it stands in cases.yaml; empty without one.
        why: of one that is not proven, why.
    """

    mutant: Mutant
    status: str
    case: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """The survivor as JSON has it."""
        mutant = self.mutant
        return {
            "file": mutant.file, "line": mutant.line, "kind": mutant.kind, "rules": mutant.rules,
            "before": mutant.before, "after": mutant.after, "status": self.status, "case": self.case, "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mutants of a rulebook.

    Attributes:
        rulebook: its name.
        version: its version.
        counts: how many mutants of each kind were killed, are equal, and survive with and without a proposed case.
        survivors: those that no case notices and that are not proven equal, in the order of files and lines.
    """

    rulebook: str
    version: str
    counts: dict[str, Counter[str]]
    survivors: tuple[Survivor, ...]

    def count(self, status: str = "") -> int:
        """How many mutants have a ``status``; all of them if it is empty."""
        return sum(sum(counts.values()) if not status else counts[status] for counts in self.counts.values())

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "rulebook": self.rulebook,
            "version": self.version,
            "mutants": self.count(),
            KILLED: self.count(KILLED),
            "proven_equal": self.count(EQUAL),
            "contradictory": self.count(CONTRADICTORY),
            "survivors": [survivor.to_dict() for survivor in self.survivors],
            "kinds": {
                kind: {
                    "mutants": sum(counts.values()), KILLED: counts[KILLED], "proven_equal": counts[EQUAL],
                    "survive": counts[PROPOSED] + counts[CONTRADICTORY] + counts[NOT_PROVEN],
                }
                for kind, counts in self.counts.items()
            },
        }  # fmt: skip


def run_mutants(
    rulebook: Rulebook, folder: Path | None = None, *, only: Iterable[str] = (), sample: int | None = None,
    seed: int = 0, processes: int | None = None, advance: Callable[[int, int], None] | None = None,
) -> Report:  # fmt: skip
    """Run the cases of a rulebook against every mutant of it, and judge the mutants that no case notices.

    Args:
        rulebook: the rulebook; its own files are changed, not those of the rulebooks that it extends. If it has
            amendments, what these say is changed.
        folder: its folder; None to look it up.
        only: the ids of rules whose mutants are run; all mutants if there are none.
        sample: how many mutants are run, chosen by chance; None for all.
        seed: of the choice, and of the search for cases.
        processes: how many processes share the work; None for one a processor.
        advance: is told how many mutants are done, and of how many.

    Raises:
        CasesFail: a case fails of the rulebook as it is.
        RulebookNotFound: the files of the rulebook are not there.
        UnknownName: ``only`` names a rule that the rulebook does not have.
    """
    folder = folder or rulebook.folder or places_of(rulebook).find(rulebook.name)
    mutants = _chosen(rulebook, mutants_of(rulebook, folder), list(only), sample, seed)
    numbers = [mutant.number for mutant in mutants]
    chunks = [numbers[at : at + _CHUNK] for at in range(0, len(numbers), _CHUNK)]
    if processes is None:
        processes = os.cpu_count() or 1
    if min(processes, len(chunks)) < 2:
        worker = Worker(rulebook, folder, seed)
        results: Iterator[list[Result]] = (worker.run(chunk) for chunk in chunks)
    else:
        Worker(rulebook, folder, seed)  # a case that fails is told before any process is started
        amendments = tuple(amendment for amendment in rulebook.amendments if amendment != folder)
        results = _shared(folder, amendments, rulebook.path, seed, chunks, min(processes, len(chunks)))
    by_number: dict[int, Result] = {}
    for part in results:
        by_number.update((result[0], result) for result in part)
        if advance is not None:
            advance(len(by_number), len(numbers))
    counts: dict[str, Counter[str]] = {}
    survivors = []
    for mutant in mutants:
        _, status, case, why = by_number[mutant.number]
        counts.setdefault(mutant.kind, Counter())[status] += 1
        if status not in (KILLED, EQUAL):
            survivors.append(Survivor(mutant, status, case, why))
    in_kinds = {kind: counts[kind] for kind in KINDS if kind in counts}
    return Report(rulebook.name, rulebook.version, in_kinds, tuple(survivors))


def _chosen(rulebook: Rulebook, mutants: list[Mutant], only: list[str], sample: int | None, seed: int) -> list[Mutant]:
    rules = (rule for ruleset in parts_of(rulebook).rulesets for rule in ruleset.rules)
    amending = [layer.name for layer in parts_of(rulebook).layers if layer.amendment is not None]
    known = {rule.id for rule in rules if rule.rulebook in (amending or [rulebook.name])}
    for rule_id in only:
        if rule_id not in known:
            hint = nearest(rule_id, known)
            raise UnknownName(f"Rulebook {rulebook.name} has no rule {rule_id[:60]!r} of its own. {hint}".strip())
    if only:
        mutants = [mutant for mutant in mutants if not set(only).isdisjoint(mutant.rules)]
    if sample is not None and sample < len(mutants):
        mutants = sorted(Random(seed).sample(mutants, sample), key=lambda mutant: mutant.number)
    return mutants


Result = tuple[int, str, str, str]
"""The number of a mutant, what became of it, the proposed case, and why it is not proven."""


class Worker:
    """Runs mutants of one rulebook in one process."""

    def __init__(self, rulebook: Rulebook, folder: Path, seed: int) -> None:
        """Raises CasesFail if a case fails of the rulebook as it is."""
        self.subject, self.seed = Subject(rulebook), seed
        self.mutants = mutants_of(rulebook, folder)
        self.trials = trials_of(self.subject, rulebook_cases(rulebook, folder))
        self._latest: list[Trial] = []

    def run(self, numbers: Sequence[int]) -> list[Result]:
        """What becomes of the mutants with these ``numbers``."""
        return [self._run(self.mutants[number]) for number in numbers]

    def _run(self, mutant: Mutant) -> Result:
        noticed = self.subject.notices(mutant, in_order(mutant, self.trials, self._latest))
        if noticed is not None:
            others = [trial for trial in self._latest if trial is not noticed]
            self._latest = [*others[-_REMEMBERED:], noticed]
            return mutant.number, KILLED, "", ""
        verdict = judge(self.subject, mutant, self.trials, self.seed)
        text = yaml_of(case_of(self.subject.parts, mutant, verdict.case)) if verdict.case else ""
        return mutant.number, verdict.status, text, verdict.why


def trials_of(subject: Subject, cases: Iterable[LoadedCase]) -> list[Trial]:
    """The cases that are for a rulebook itself, ready to be asked of its mutants.

    Args:
        subject: the rulebook.
        cases: its cases; those of another rulebook are left out.

    Raises:
        CasesFail: a case fails of the rulebook as it is, or cannot be read.
    """
    trials, failing = [], []
    for loaded in cases:
        if loaded.rulebook:
            continue
        try:
            trial = subject.trial(loaded)
        except AavaRulesError:
            trial = None
        if trial is None or not subject.passes(trial):
            failing.append(loaded)
        else:
            trials.append(trial)
    if failing:
        many = "1 case fails" if len(failing) == 1 else f"{len(failing)} cases fail"
        name = subject.rulebook.name
        raise CasesFail(
            f"{many} of {name} as it is, so that they say nothing of its mutants; the first stands in "
            f"{failing[0].place}. Run `aava-rules test {name}` and mend them first."
        )
    return trials


_worker: Worker | None = None


def _begin(folder: Path, amendments: tuple[Path, ...], path: tuple[Path, ...], seed: int) -> None:
    global _worker
    _worker = Worker(load(folder, amend=amendments, path=path), folder, seed)


def _work(numbers: list[int]) -> list[Result]:
    assert _worker is not None
    return _worker.run(numbers)


def _shared(
    folder: Path,
    amendments: tuple[Path, ...],
    path: tuple[Path, ...],
    seed: int,
    chunks: list[list[int]],
    processes: int,
) -> Iterator[list[Result]]:
    # a new interpreter each: what threads of a host may hold is not copied
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (folder, amendments, path, seed)) as pool:
        for future in as_completed([pool.submit(_work, chunk) for chunk in chunks]):
            yield future.result()
