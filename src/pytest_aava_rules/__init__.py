"""Collects worked cases as tests of pytest: every ``*.cases.yaml``, and the cases of a rulebook that is named.

A file is collected where it lies among the tests. Its cases name the rulebook to ask (``rulebook:``), or the option
``aava_rules_rulebook`` of the configuration does, which collects the ``cases.yaml`` of that rulebook too:

    [tool.pytest.ini_options]
    aava_rules_rulebook = "rulebooks/our_town"

pytest loads this module whenever it starts, so it imports nothing but pytest; the library comes with the first file.
`aava_rules.tools.cases` reads and runs the cases, and is what ``aava-rules test`` uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from aava_rules import Rulebook
    from aava_rules.tools.cases.run import CaseFailure, LoadedCase

SUFFIX: Final = ".cases.yaml"
OPTION: Final = "aava_rules_rulebook"
FILE: Final = "cases.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option that names a rulebook to ``parser``."""
    parser.addini(OPTION, "the name or folder of the rulebook whose worked cases are tests; others may name their own")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """The file at ``file_path`` as tests, below ``parent``; None for a file that holds no worked cases."""
    if file_path.name.endswith(SUFFIX):
        return CaseFile.from_parent(parent, path=file_path)
    named = _named(parent.config) if file_path.name == FILE else ""
    if named and file_path.parent.parent == _folder(parent.config, named):
        return CaseFile.from_parent(parent, path=file_path)
    return None


def _named(config: pytest.Config) -> str:
    named: str = config.getini(OPTION) or ""
    return named


def _folder(config: pytest.Config, named: str) -> Path:
    """The folder that the option names; of a rulebook that is called by its name, one that no file lies in."""
    return (config.rootpath / named).resolve()


def _rulebook(config: pytest.Config, named: str) -> Rulebook:
    """The rulebook that a case or the option names, loaded once a run: a folder, one beside the option's, or a name."""
    import aava_rules

    cache: dict[str, Rulebook] = config.stash.setdefault(_RULEBOOKS, {})
    if named not in cache:
        folders = [_folder(config, named), _folder(config, _named(config)).parent / named]
        folder = next((folder for folder in folders if (folder / "rulebook.yaml").is_file()), None)
        cache[named] = aava_rules.load(folder or named, plugins=False)
    return cache[named]


_RULEBOOKS: Final = pytest.StashKey[dict[str, Any]]()


class CaseFile(pytest.File):
    """A file of worked cases."""

    def collect(self) -> Iterator[Case]:
        """Each case as a test, those that cannot be read too. Raises CollectError for a file that cannot be."""
        from aava_rules import RulebookError
        from aava_rules.tools.cases.run import load_cases

        try:
            cases = load_cases(self.path)
        except RulebookError as error:
            raise self.CollectError(str(error)) from None
        names: dict[str, int] = {}
        for case in cases:
            names[case.name] = number = names.get(case.name, 0) + 1
            yield Case.from_parent(self, name=case.name if number == 1 else f"{case.name} ({number})", case=case)


class CaseFailed(Exception):
    """A case that failed; ``failure`` says what it expects and what came instead."""

    def __init__(self, failure: CaseFailure) -> None:
        self.failure = failure
        super().__init__(failure.case)


class Case(pytest.Item):
    """A worked case: a record, a day, and what must follow."""

    def __init__(self, case: LoadedCase, **options: Any) -> None:
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        """Decides the record of the case. Raises CaseFailed if something else follows."""
        from aava_rules import AavaRulesError
        from aava_rules.tools.cases.run import CaseFailure, run_cases

        if self.case.case is None:
            reasons = "\n".join(map(str, self.case.faults))
            raise CaseFailed(CaseFailure(self.case.name, self.case.place, "a case that can be read", reasons))
        named = self.case.rulebook or _named(self.config)
        if not named:
            hint = f"Write rulebook: NAME in the case, or {OPTION} in the configuration of pytest."
            raise CaseFailed(
                CaseFailure(self.case.name, self.case.place, "a rulebook to ask", f"none is named. {hint}")
            )
        try:
            rulebook = _rulebook(self.config, named)
        except AavaRulesError as error:
            raise CaseFailed(
                CaseFailure(self.case.name, self.case.place, f"the rulebook {named}", str(error))
            ) from None
        for failure in run_cases(rulebook, [_for(self.case, rulebook)]).failures:
            raise CaseFailed(failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What a person reads of a failure: the place of the case, and what differs, line by line.

        Args:
            excinfo: what was raised.
            style: how pytest would show a traceback.
        """
        if isinstance(excinfo.value, CaseFailed):
            return _shown_failure(excinfo.value.failure)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, the line (from 0) and the name of the case."""
        parts = self.case.place.rsplit(":", 2)
        line = int(parts[1]) - 1 if len(parts) == 3 and parts[1].isdigit() else None
        return self.path, line, self.case.name


def _for(case: LoadedCase, rulebook: Rulebook) -> LoadedCase:
    from dataclasses import replace

    return replace(case, rulebook=rulebook.name)


def _shown_failure(failure: CaseFailure) -> str:
    lines = [f"{failure.place}: {failure.case}"]
    if not isinstance(failure.expected, dict) or not isinstance(failure.got, dict):
        return "\n".join([*lines, f"  expected: {_shown(failure.expected)}", f"  got:      {_shown(failure.got)}"])
    for part, expected in failure.expected.items():
        got = failure.got.get(part)
        pairs = (
            [(f"{part}: {name}", value, got.get(name)) for name, value in expected.items()]
            if isinstance(expected, dict) and isinstance(got, dict)
            else [(part, expected, got)]
        )
        for name, value, came in pairs:
            lines += [f"  {name}", f"    expected: {_shown(value)}", f"    got:      {_shown(came)}"]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    return str(value)
