"""All checks of a rulebook, in the order in which they need one another's results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.tools.cases.run import rulebook_cases
from aava_rules.tools.lint.address import check_address
from aava_rules.tools.lint.coverage import check_coverage, check_waiting
from aava_rules.tools.lint.dated import check_days, check_values
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.formulas import check_compared, check_formulas
from aava_rules.tools.lint.gaps import check_gaps
from aava_rules.tools.lint.limits import check_changes, check_limits
from aava_rules.tools.lint.overlaps import check_overlaps
from aava_rules.tools.lint.places import check_places
from aava_rules.tools.lint.redundant import check_redundant
from aava_rules.tools.lint.taken_over import check_taken_over
from aava_rules.tools.lint.trials import Trials
from aava_rules.tools.lint.unused import check_unused

if TYPE_CHECKING:
    from aava_rules.language.errors import Fault


def find_remarks(rulebook: Rulebook, folder: Path | None = None) -> list[Fault]:
    """The remarks on a rulebook's own rules and names, in the order of files and lines.

    The rulebooks that it extends are not checked, but their cases count, whether they pass or not.

    Args:
        rulebook: a rulebook that has loaded without faults.
        folder: its folder; None to look it up by its name.

    Raises:
        RulebookNotFound: its files are not there.
    """
    files = Files(rulebook, folder)
    trials = Trials(rulebook, rulebook_cases(rulebook, files.folder), files.name)
    dead = check_formulas(files, trials)
    check_overlaps(files, trials, check_days(files, trials, dead))
    check_values(files, trials)
    check_gaps(files, trials)
    check_redundant(files, trials, dead)
    covered = check_coverage(files, trials, dead)
    check_waiting(files, trials, covered)
    check_limits(files, trials, covered)
    check_changes(files, trials, covered)
    check_compared(files, trials)
    check_unused(files, parts_of(rulebook))
    check_address(files)
    check_taken_over(files, parts_of(rulebook))
    check_places(files)
    return files.remarks()
