"""The command ``init``: a new rulebook to begin with."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aava_rules.tools.cli.options import FaultLanguage, Language, complete_rulebook
from aava_rules.tools.cli.told import faults_in_language


class Kind(StrEnum):
    """What is begun."""

    LOCAL = "local"
    AMENDMENT = "amendment"
    COPY = "copy"


_WRITTEN = {"fi": "kirjoitettu. Seuraavaksi:", "sv": "skrivet. Härnäst:", "en": "written. Next:"}
_BASES = {Kind.LOCAL: "aava", Kind.AMENDMENT: "finland", Kind.COPY: "aava"}


def init(
    kind: Annotated[
        Kind,
        typer.Argument(
            help="local: rules of your own on top; amendment: law that changes; copy: a rulebook and all below it.",
            show_default=False,
        ),
    ],
    folder: Annotated[Path, typer.Argument(help="The new folder.", show_default=False)],
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            metavar="NAME",
            help="What it lies on, amends or copies. Default: aava; of an amendment finland.",
            show_default=False,
            autocompletion=complete_rulebook,
        ),
    ] = None,
    language: FaultLanguage = Language.EN,
) -> None:
    """Begin a local rulebook, an amendment, or a copy.

    JSON Schemas are written beside it and named in the first line of each file, so that an editor with a server for
    YAML completes and checks it. Nothing that is there is written over.

    \b
    Exit codes:
      0    it is written
      2    the folder is not empty, or other bad usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules init local rules/our_town
      aava-rules init amendment rules/act_2028 --of finland
      aava-rules init copy rules/our_stack --of aava
    \f

    Args:
        kind: what is begun.
        folder: the new folder.
        of: the rulebook below, amended or copied; None for the default of the kind.
        language: the language in which is told what is wrong.

    Raises:
        AavaRulesError: the folder is not empty, its name can be none of a rulebook, or there is no such rulebook.
    """
    from aava_rules.tools import scaffold

    base = of or _BASES[kind]
    begin = {Kind.LOCAL: scaffold.new_local, Kind.AMENDMENT: scaffold.new_amendment, Kind.COPY: scaffold.new_copy}
    with faults_in_language():
        begin[kind](folder, base)
    top = folder / "rulesets" / base.partition("==")[0] if kind is Kind.COPY else folder
    sys.stdout.write(f"{folder}: {_WRITTEN[language]} aava-rules lint {top}\n")
