"""The case runner: worked cases, each a record and what must follow from it.

A case that cannot be read, or whose record is wrong, fails; it stops neither the other cases nor the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from warnings import catch_warnings, simplefilter

from aava_rules.decision.decision import Decision
from aava_rules.decision.loading import load, places_of
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.engine.choice import EngineName
from aava_rules.language.errors import AavaRulesError, Fault, RulebookError, RulebookNotFound, UnknownName
from aava_rules.language.structs import public
from aava_rules.language.texts import require_language
from aava_rules.rulebook.loader.documents import Document, Faults
from aava_rules.rulebook.loader.file_schema import AdHocCase, Case, SuggestedStep
from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES, Mapping, Node, Scalar, Sequence, plain, read_yaml
from aava_rules.rulebook.locate import Places, is_name
from aava_rules.tools.cases.compare import as_json, asked_by, mismatches

FILE: Final = "cases.yaml"
_PARTS: Final = ("expect", "checks", "steps", "no_steps", "missing", "by", "not_by")
_PARTS_TEXT: Final = f"{', '.join(_PARTS[:-1])} or {_PARTS[-1]}"
_TIMES: Final = 64
"""How many times as large as a rule file a file of cases of a tester may be."""
RECORD_ID: Final = "case"
"""The id of the record of a case that gives none."""


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A case as it was read from a file, or what is wrong with it.

    Attributes:
        name: the text of ``case:``, or ``case 3`` for the third one if it has none.
        place: file, line and column at which it begins.
        case: the case; None if it could not be read.
        faults: what is wrong with it; empty if it could be read.
        rulebook: the name or path of the rulebook to ask; empty for the rulebook that runs the case.
    """

    name: str
    place: str
    case: Case | None
    faults: tuple[Fault, ...] = ()
    rulebook: str = ""


@public
@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A case that failed: what it expects and what came instead, only as far as the two differ.

    Attributes:
        case: the name of the case.
        place: where it is written.
        expected: by key of the case, what it expects; a text for a case that could not be read.
        got: by the same keys, what came instead; a text where there is no decision.
        why: the explanations of the answers that differ, if they were asked for.
    """

    case: str
    place: str
    expected: Any
    got: Any
    why: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The failure as JSON has it, without its place."""
        why = {"why": list(self.why)} if self.why else {}
        return {"case": self.case, "expected": self.expected, "got": self.got} | why


@public
@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. It is true if the case passed, and its text is the name of the case.

    Attributes:
        case: the name of the case.
        place: where it is written: file, line and column.
        failure: what it expects and what came instead; None if it passed.
    """

    case: str
    place: str
    failure: CaseFailure | None = None

    @property
    def passed(self) -> bool:
        """Whether what came is what the case expects."""
        return self.failure is None

    def __bool__(self) -> bool:
        return self.failure is None

    def __str__(self) -> str:
        return self.case


@public
@dataclass(frozen=True, slots=True)
class CaseReport:
    """What came of each case, in the order in which they ran: ``results``, which it has when it is iterated, too.

    It is true if there were cases and all of them passed, so that ``assert run_cases("finland")`` tells of a failure.
    """

    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return len(self.failures)

    @property
    def failures(self) -> tuple[CaseFailure, ...]:
        """What the cases that failed expect, and what came instead."""
        return tuple(result.failure for result in self.results if result.failure is not None)

    def __bool__(self) -> bool:
        return bool(self.results) and not self.failures

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[CaseResult]:
        return iter(self.results)

    def __str__(self) -> str:
        blocks = [
            f"{failure.place}  {failure.case}\n  expected  {failure.expected}\n  got       {failure.got}"
            for failure in self.failures
        ]
        return "\n".join([*blocks, f"{self.passed} passed, {self.failed} failed"])

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "failures": [failure.to_dict() for failure in self.failures],
        }


def load_cases(path: str | os.PathLike[str], rulebook: str = "", *, of_rulebook: bool = False) -> list[LoadedCase]:
    """The cases of a file, those that cannot be read included.

    Args:
        path: the file of cases.
        rulebook: the name or path of the rulebook that they are for where they name none.
        of_rulebook: whether the file is of a rulebook: its cases then say what they rest on (``ground`` and ``ref``),
            and it is no larger than a rule file. Other files may have 64 times as much.

    Raises:
        RulebookError: the file as a whole cannot be read, or is no list of cases.
    """
    file = Path(path)
    times = 1 if of_rulebook else _TIMES
    name = "/".join(file.parts[-3:]) if rulebook else os.fspath(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES * times + 1)
    except OSError as error:
        hint = "Name a file of cases." if isinstance(error, FileNotFoundError) else ""
        raise RulebookError(name, [Fault(name, "AR009", "cannot be read", f"{error.strerror}.", hint)]) from None
    faults = Faults()
    document = Document(name, 0, read_yaml(data, times), faults)
    root = document.file.root
    if root is not None and not isinstance(root, Sequence):
        document.fault(root, "AR008", "this should be a list of cases", "", "Begin each with `- case: ...`.")
    if faults.by_place or not isinstance(root, Sequence):
        raise RulebookError(name, faults.in_order())
    cases = []
    for number, item in enumerate(root.items, 1):
        item_document = Document(name, 0, document.file, Faults())
        case = item_document.check(Case if of_rulebook else AdHocCase, item)
        _check_steps(item_document, item)
        title = item.get("case") if isinstance(item, Mapping) else None
        name_of_case = title.text if isinstance(title, Scalar) and title.text else f"case {number}"
        item_faults = tuple(item_document.faults.in_order())
        target = case.rulebook if case is not None and case.rulebook else rulebook
        cases.append(
            LoadedCase(name_of_case, str(document.place(item)), None if item_faults else case, item_faults, target)
        )
    return cases


def _check_steps(document: Document, item: Node) -> None:
    steps = item.get("steps") if isinstance(item, Mapping) else None
    for step in steps.items if isinstance(steps, Sequence) else ():
        if isinstance(step, Mapping):
            document.check(SuggestedStep, step)
        elif not isinstance(step, Scalar) or not isinstance(step.value, str):
            document.fault(step, "AR008", "this should be a step", "", "Write its name, or {step: name, due: day}.")


def rulebook_cases(rulebook: Rulebook, folder: Path | None = None) -> list[LoadedCase]:
    """The cases in the folders of a rulebook, of those that it extends and of amendments, the lowest layer first.

    Args:
        rulebook: the rulebook; each case is for the layer in whose folder it is, unless it names another one: those of
            an amendment are for the rulebook as it is amended, those of what is amended for that one without it.
        folder: the folder of the rulebook; None to look it up by its name.

    Raises:
        RulebookNotFound: no folder has the name of the rulebook.
    """
    places = places_of(rulebook)
    by_layer: list[list[LoadedCase]] = []
    amended = set(rulebook.amendments)
    for place in layer_folders(rulebook, folder):
        layer_path = "" if place in amended or not (by_layer or amended) else str(place)
        files = sorted(file for file in place.glob(f"*/{FILE}") if not file.parent.name.startswith((".", "_")))
        loaded = [case for file in files for case in _load(file, layer_path)]
        by_layer.append([_with_rulebook_path(case, places, place) for case in loaded])
    return [case for layer in reversed(by_layer) for case in layer]


def _load(file: Path, rulebook: str) -> list[LoadedCase]:
    try:
        return load_cases(file, rulebook, of_rulebook=True)
    except RulebookError as error:
        return [LoadedCase(f"{file.parent.name}/{file.name}", str(file), None, error.faults, rulebook)]


def _with_rulebook_path(loaded: LoadedCase, places: Places, folder: Path) -> LoadedCase:
    """The case with the path of the rulebook that it names, if that is next to its own."""
    name = loaded.case.rulebook if loaded.case is not None else None
    if name is None:
        return loaded
    try:
        path = places.find(name, folder.parent)
    except RulebookNotFound:
        return loaded  # reported when the case is run
    return replace(loaded, rulebook=str(path))


def case_faults(rulebook: Rulebook, folder: Path | None = None) -> list[Fault]:
    """What is wrong with the files of cases in the folder of a rulebook itself, in the order of files and lines.

    Args:
        rulebook: the rulebook.
        folder: its folder; None to look it up by its name.

    Raises:
        RulebookNotFound: no folder has the name of the rulebook.
    """
    place = next(layer_folders(rulebook, folder))
    files = sorted(file for file in place.glob(f"*/{FILE}") if not file.parent.name.startswith((".", "_")))
    return [fault for file in files for case in _load(file, "own") for fault in case.faults]


def layer_folders(rulebook: Rulebook, folder: Path | None = None) -> Iterator[Path]:
    """The folders of the amendments of ``rulebook``, its own and that of each one that it extends, the top first.

    Args:
        rulebook: the top of the stack.
        folder: its own folder; None to look it up by its name.

    Raises:
        RulebookNotFound: a folder is not there.
    """
    places = places_of(rulebook)
    place = base = folder or rulebook.folder or places.find(rulebook.name)
    amendments = [amendment for amendment in rulebook.amendments if amendment != place]
    if amendments and _below(place, "amends"):
        amendments.append(place)
        place = _folder_below(places, place, base)[1]
    yield from reversed(amendments)
    for _ in parts_of(rulebook).layers:
        yield place
        extended, place = _folder_below(places, place, base)
        if not extended:
            return


def _below(folder: Path, key: str) -> str:
    """The rulebook that the one in ``folder`` names under ``key``; empty if there is none."""
    root = read_yaml((folder / "rulebook.yaml").read_bytes()).root
    name = plain(root).get(key) if isinstance(root, Mapping) else None
    return name if isinstance(name, str) else ""


def _folder_below(places: Places, folder: Path, base: Path) -> tuple[str, Path]:
    """What the rulebook in a folder extends or amends, and where that is; an empty name, and its own folder, of none.

    Args:
        places: where rulebooks are looked for.
        folder: the folder.
        base: the folder of the top of the stack.
    """
    name = _below(folder, "extends") or _below(folder, "amends")
    plain_name, pin, version = name.partition("==")
    if not name:
        return "", folder
    if not is_name(plain_name):
        return name, places.find(f"{folder / plain_name}{pin}{version}")
    return name, places.find(name, base.parent)


def run_cases(
    rulebook: Rulebook | str | os.PathLike[str], cases: Iterable[LoadedCase] | str | os.PathLike[str] | None = None, *,
    engine: EngineName | None = None, explain: str | None = None,
) -> CaseReport:  # fmt: skip
    """Run worked cases and report what came of each. The case that names another rulebook is run with that one.

    Args:
        rulebook: The rulebook to ask: its name, the path of its folder, or the rulebook that `load` gave.
        cases: The path of a file of cases, or cases that were loaded; None for all cases in the folders of the
            rulebook.
        engine: The engine that answers; None for the default one. All answer the same.
        explain: The language in which failures explain the answers that differ; None for no explanations.

    Returns:
        The results, case by case. The report is false if one failed, or if there was none.

    Raises:
        RulebookError: A file of cases cannot be read as a whole, or the rulebook has faults.
        RulebookNotFound: There is no such rulebook, or, of no ``cases``, its folder is not there.
        ValueError: There is no such engine, or no texts in that language.
    """
    if explain is not None:
        require_language(explain)
    if not isinstance(rulebook, Rulebook):
        rulebook = load(rulebook)
    if cases is None:
        loaded: Iterable[LoadedCase] = rulebook_cases(rulebook)
    else:
        loaded = load_cases(cases) if isinstance(cases, (str, os.PathLike)) else cases
    rulebooks = _Rulebooks(rulebook)
    results = [CaseResult(case.name, case.place, _run(case, rulebooks, engine, explain)) for case in loaded]
    return CaseReport(tuple(results))


class _Rulebooks:
    """The rulebooks that cases are asked of, each loaded once."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._own = rulebook
        self._loaded: dict[str, Rulebook | AavaRulesError] = {"": rulebook, rulebook.name: rulebook}

    def get(self, name: str) -> Rulebook:
        if name not in self._loaded:
            try:
                neighbours = self._own.folder.parent if self._own.folder is not None else None
                self._loaded[name] = load(
                    places_of(self._own).find(name, neighbours), plugins=False, path=self._own.path
                )
            except (RulebookNotFound, RulebookError) as error:
                self._loaded[name] = error
        rulebook = self._loaded[name]
        if isinstance(rulebook, AavaRulesError):
            raise rulebook
        return rulebook


def _run(
    loaded: LoadedCase, rulebooks: _Rulebooks, engine: EngineName | None, explain: str | None
) -> CaseFailure | None:
    case = loaded.case
    if case is None:
        reasons = "\n".join(str(fault) for fault in loaded.faults)
        return CaseFailure(loaded.name, loaded.place, "a case that can be read", reasons)
    if not _expectations(case):
        return CaseFailure(loaded.name, loaded.place, _PARTS_TEXT, "none of them")
    try:
        rulebook = rulebooks.get(loaded.rulebook)
        if _passes(case, rulebook, engine):
            return None
        decision = rulebook.decide(record_of(case), on=case.date, engine=engine)
        differences = list(mismatches(case, decision))
    except AavaRulesError as error:
        return CaseFailure(loaded.name, loaded.place, _expectations(case), str(error))
    if not differences:
        return None
    expected: dict[str, Any] = {}
    got: dict[str, Any] = {}
    for part, name, value, actual in differences:
        if name:
            expected.setdefault(part, {})[name] = value
            got.setdefault(part, {})[name] = actual
        else:
            expected[part], got[part] = value, actual
    why = () if explain is None else tuple(_explanations(case, decision, expected, explain))
    return CaseFailure(loaded.name, loaded.place, expected, got, why)


def _passes(case: Case, rulebook: Rulebook, engine: EngineName | None) -> bool:
    """Whether ``case`` passes where nothing is asked but what it names: most do, and there is much else to ask.

    False also where it names nothing, or what the rulebook does not know: asking all tells what is wrong.
    """
    names = list(asked_by(case))
    if not names:
        return False
    try:
        with catch_warnings():
            # the case of an outcome that goes away is no use of it
            simplefilter("ignore", DeprecationWarning)
            decision = rulebook.decide(record_of(case), on=case.date, only=names, engine=engine)
        return not any(True for _ in mismatches(case, decision))
    except AavaRulesError:
        return False


def _explanations(case: Case, decision: Decision, expected: dict[str, Any], language: str) -> Iterator[str]:
    """The explanations of the answers that a case expects otherwise.

    Args:
        case: the case.
        decision: what came instead.
        expected: what differs, by key of the case; of ``missing`` and ``by`` all answers that the case names are told.
        language: the language of the explanations.
    """
    steps = [str(step.get("step", "")) if isinstance(step, dict) else str(step) for step in case.steps]
    named = {"expect": expected.get("expect", {}), "checks": expected.get("checks", {}), "steps": steps}
    named["no_steps"] = case.no_steps
    every = [*case.expect, *case.checks, *steps, *case.no_steps]
    for name in dict.fromkeys(name for part in expected for name in named.get(part, every)):
        with suppress(UnknownName):  # of a name that there is not, the failure says so
            yield decision.explain(name, language).text(language)


def record_of(case: Case) -> dict[str, Any]:
    """The record of ``case`` as ``Rulebook.decide`` takes it, with the ready-made facts of ``given:`` filled in."""
    record = {"id": RECORD_ID, **(case.record or {})}
    if case.facts:
        facts = record.get("facts")
        # A record whose facts are no mapping stays as it is, so that its own fault is reported.
        if facts is None or isinstance(facts, dict):
            record["facts"] = {**(facts or {}), **case.facts}
    return record


def _expectations(case: Case) -> dict[str, Any]:
    values = {part: getattr(case, part) for part in _PARTS}
    # that nothing is missing is an expectation; that no step is suggested is said by no_steps
    return {part: as_json(value) for part, value in values.items() if value or (part == "missing" and value == [])}
