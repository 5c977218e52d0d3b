"""Every remark on a rulebook, in the order of files and lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.tools.cases.run import rulebook_cases
from aava_rules.tools.lint.coverage import check_coverage, check_waiting
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.formulas import check_formulas
from aava_rules.tools.lint.limits import check_changes, check_limits
from aava_rules.tools.lint.trials import Trials
from aava_rules.tools.lint.unused import check_unused

if TYPE_CHECKING:
    from aava_rules.decision.service import Rulebook
    from aava_rules.language.errors import Fault


def find_remarks(rulebook: Rulebook, folder: Path | None = None) -> list[Fault]:
    """The remarks on a rulebook's own rules and names; those of the rulebooks below it are not looked at.

    ``folder`` is where the rulebook lies; without it, it is found by its name. The cases of all
    layers count, whether they pass or not. Raises RulebookNotFound if its files are not there.
    """
    files = Files(rulebook, folder)
    trials = Trials(rulebook, rulebook_cases(rulebook, files.folder))
    dead = check_formulas(files, trials)
    seen = check_coverage(files, trials, dead)
    check_waiting(files, trials, seen)
    check_limits(files, trials, seen)
    check_changes(files, trials, seen)
    check_unused(files, rulebook.parts)
    return files.remarks()
