"""What the commands share: options and arguments, loading the rulebook, and messages on standard error."""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints

import typer

from aava_rules.decision.days import decision_day
from aava_rules.decision.loading import load
from aava_rules.decision.plugins import Plugins, manager
from aava_rules.decision.service import KEY_MIN, Rulebook
from aava_rules.engine.choice import engine as engine_of
from aava_rules.language.errors import AavaRulesError, Fault, RulebookError, RulebookNotFound, nearest
from aava_rules.rulebook.locate import PATH, find, search_path
from aava_rules.tools.cli.configuration import FILE
from aava_rules.tools.cli.ending import print_error, stop
from aava_rules.tools.cli.told import faults_in_language, remember_language

ID_KEY: Final = "AAVA_RULES_ID_KEY"
"""The variable of the environment with the host's secret by which ids are hashed and keys of items."""


class Language(StrEnum):
    """A language of texts."""

    FI = "fi"
    SV = "sv"
    EN = "en"


class To(StrEnum):
    """Whom texts speak to."""

    WORKER = "worker"
    CLIENT = "client"


class FailOn(StrEnum):
    """The weakest finding that makes ``check`` exit with 1."""

    LAW = "law"
    MODEL = "model"
    LOCAL = "local"
    ADVICE = "advice"
    UNKNOWN = "unknown"
    DOUBT = "doubt"
    NEVER = "never"


class View(StrEnum):
    """Whether an answer is written as text or as JSON."""

    TEXT = "text"
    JSON = "json"


class PageView(StrEnum):
    """Whether an answer is written as text, as JSON or as an HTML page."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def parse_day(text: str) -> date:
    """The day of ``--on`` that ``text`` names. Raises BadParameter if it is no day from 1900 to 2200."""
    try:
        return decision_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def parse_engine(name: str | None) -> str | None:
    """The name of the engine of ``--engine``.

    Args:
        name: what was typed; None gives None.

    Raises:
        BadParameter: there is no such engine, or it is not installed.
    """
    try:
        return None if name is None else engine_of(name).name
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


RecordEngine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        callback=parse_engine,
        metavar="NAME",
        help="reference or durable; both answer the same. Default: durable where it is installed.",
        show_default=False,
    ),
]
DEFAULT_RULEBOOK: Final = "finland"
"""The rulebook where none is named: the statutes, which hold everywhere."""


def complete_rulebook(incomplete: str) -> list[str]:
    """The names of rulebooks, and the folders of some, that begin with ``incomplete``."""
    folders = [path.parent for path in Path().glob("*/rulebook.yaml")]
    folders += [path.parent for path in Path().glob("*/*/rulebook.yaml")]
    named = [file.parent.name for place in search_path() for file in sorted(place.glob("*/rulebook.yaml"))]
    return [name for name in [*manager().rulebooks(), *named, *map(str, folders)] if name.startswith(incomplete)]


def _use_path(context: typer.Context, folders: list[Path] | None) -> None:
    """Put ``folders`` before the search path of the environment, until the command ends."""
    if not folders:
        return
    if any(os.pathsep in str(folder) for folder in folders):
        raise typer.BadParameter(f"The name of a folder on the search path has no {os.pathsep!r}.")
    before = os.environ.get(PATH)
    os.environ[PATH] = os.pathsep.join([*map(str, folders), *([before] if before else [])])

    def restore() -> None:
        if before is None:
            os.environ.pop(PATH, None)
        else:
            os.environ[PATH] = before

    context.call_on_close(restore)


SearchPath = Annotated[
    list[Path] | None,
    typer.Option(
        "--path",
        metavar="DIR",
        exists=True,
        file_okay=False,
        is_eager=True,
        callback=_use_path,
        help=f"Folder that holds rulebooks, looked through before those of {PATH} and the shipped ones. Repeatable.",
        show_default=False,
    ),
]


def with_search_path(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command with the option ``--path``, if it has one for a rulebook: all look for names in the same places.

    Args:
        command: the function of a command, which need not know of the option.
    """
    signature = inspect.signature(command, eval_str=True)
    if "rulebook" not in signature.parameters or "path" in signature.parameters:
        return command

    @functools.wraps(command)
    def with_path(*args: Any, path: list[Path] | None = None, **options: Any) -> Any:
        return command(*args, **options)

    option = inspect.Parameter("path", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=SearchPath)
    hints: dict[str, Any] = {**get_type_hints(command, include_extras=True), "path": SearchPath}
    with_path.__annotations__ = hints
    with_path.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), option]
    )
    return with_path


RulebookName = Annotated[
    str | None,
    typer.Option(
        "--rulebook",
        envvar="AAVA_RULES_RULEBOOK",
        metavar="NAME",
        help=f"Name of a rulebook, or the path of its folder. Default: {DEFAULT_RULEBOOK}, and that is told.",
        show_default=False,
        autocompletion=complete_rulebook,
    ),
]
Day = Annotated[
    date | None,
    typer.Option("--on", parser=parse_day, metavar="DATE", help="Day of decision. Default: today.", show_default=False),
]
LanguageName = Annotated[Language, typer.Option("--language", help="Language of texts.", callback=remember_language)]
FaultLanguage = Annotated[
    Language, typer.Option("--language", help="Language of faults and remarks.", callback=remember_language)
]
AudienceName = Annotated[
    To, typer.Option("--audience", help="Whom texts speak to: a worker, of the client, or the client.")
]
RecordPaths = Annotated[
    list[str], typer.Argument(metavar="RECORDS", help="Files, folders, or - for standard input.", show_default=False)
]
RecordPath = Annotated[
    str, typer.Argument(metavar="RECORD", help="A file with one record, or - for standard input.", show_default=False)
]
MappingPath = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help="Mapping file through which RECORDS, tables of another system, are read. See docs/mapping.md.",
        show_default=False,
    ),
]
PageFormat = Annotated[PageView, typer.Option("--format", help="text, json, or html: a page of one file.")]
InputName = Annotated[
    str | None,
    typer.Option("--input", metavar="NAME", help="Adapter that reads RECORDS. Default: by suffix.", show_default=False),
]
Amendments = Annotated[
    list[str] | None,
    typer.Option(
        "--amend",
        metavar="NAME",
        help="Name of an amendment, or the path of its folder, that changes the rulebook or one below it. Repeatable.",
        show_default=False,
    ),
]
RulebookArgument = Annotated[
    str,
    typer.Argument(
        metavar="RULEBOOK",
        help="Name or folder of a rulebook.",
        show_default=False,
        autocompletion=complete_rulebook,
    ),
]


def id_key() -> bytes | None:
    """The host's secret, by which ids are hashed and keys of items; None if there is none.

    Raises:
        AavaRulesError: it is so short that it could be guessed.
    """
    secret = os.environ.get(ID_KEY, "").encode()
    if secret and len(secret) < KEY_MIN:
        raise AavaRulesError(f"{ID_KEY} has fewer than {KEY_MIN} bytes, so that it could be guessed.")
    return secret or None


class DetailName(StrEnum):
    """How much of a decision is written as JSON."""

    FULL = "full"
    SHORT = "short"


DetailOption = Annotated[
    DetailName,
    typer.Option(
        "--detail",
        help="Of JSON: full, or short: texts in --language alone, citations once in tables, no more than the names of "
        "what does not apply.",
    ),
]
WithTexts = Annotated[bool, typer.Option(" /--no-texts", help="Of short: codes alone.", show_default=False)]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        max=64,
        metavar="N",
        help="Of JSON, JSON Lines and CSV: how many processes answer; what is written is the same. Default: one for "
        "each processor if RECORDS are files of more than 4 MB, else 1.",
        show_default=False,
    ),
]


def short_form(detail: DetailName, language: Language, texts: bool) -> dict[str, Any]:
    """The arguments of `Decision.to_json` for what was chosen; none for the full form.

    Args:
        detail: how much is written.
        language: the language of texts.
        texts: whether there are texts.

    Raises:
        Exit: with 2, after a message, if texts are left out of the full form.
    """
    if detail is DetailName.SHORT:
        return {"detail": "short", "languages": [language.value] if texts else []}
    if not texts:
        stop("--no-texts is of the short form. Add --detail short.")
    return {}


def tables_line(rulebook: Rulebook, form: Mapping[str, Any]) -> str:
    """The line with the tables of ``rulebook`` to which short decisions of ``form`` refer."""
    tables = {"detail": "tables"} | rulebook.tables(form["languages"])
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":")) + "\n"


class Audit(StrEnum):
    """How a decision that no plugin could note is answered."""

    STRICT = "strict"


AuditMode = Annotated[
    Audit | None,
    typer.Option(
        "--audit",
        help="strict: no answer without its row in the audit log of a plugin, and no start without such a plugin.",
        show_default=False,
    ),
]


def load_rulebook(
    name: str | None, audit: Literal["strict"] | None = None, amend: Iterable[str] | None = None
) -> Rulebook:
    """The rulebook of ``--rulebook`` with the installed plugins; those left out are named on standard error.

    Args:
        name: a name, or the path of a folder; None for the default one, which is told on standard error.
        audit: ``strict`` for no decision without its row; None for a line in the log where there is none.
        amend: names or folders of amendments; None for none.

    Raises:
        PluginError: the audit is strict, and would not be kept.
        RulebookNotFound: there is none of that name, or no such amendment.
        RulebookError: its files have faults.
    """
    wanted = name or DEFAULT_RULEBOOK
    with faults_in_language():
        try:
            rulebook = load(wanted, key=id_key(), audit=audit, amend=amend or ())
        except RulebookError as error:
            folder = folder_of_rulebooks(wanted, manager().rulebooks())
            raise RulebookError(error.subject, [clickable(fault, folder) for fault in error.faults]) from None
    if name is None:
        print_error(f"Rulebook {rulebook.label}, as none is named: --rulebook or {FILE} names another.")
    if rulebook.plugins is not None:
        warn_of_broken(rulebook.plugins)
    return rulebook


def folder_of_rulebooks(rulebook: str, plugin_rulebooks: dict[str, Path]) -> Path | None:
    """The folder that holds that of a rulebook, from which its faults tell files; None if it is not found.

    Args:
        rulebook: the name or the path of the rulebook.
        plugin_rulebooks: the folders of the rulebooks of plugins, by name.
    """
    try:
        return find(rulebook, plugin_rulebooks).resolve().parent
    except RulebookNotFound:
        return None


def clickable(fault: Fault, folder: Path | None) -> Fault:
    """The same fault, whose file is told from the folder that is worked in, or by its whole path.

    Args:
        fault: the fault of a rulebook.
        folder: the folder from which its file is told; None if it is not known.
    """
    file, colon, numbers = fault.place.partition(":")
    if folder is None or not (folder / file).is_file():
        return fault
    whole = (folder / file).resolve()
    working = Path.cwd()
    path = whole.relative_to(working) if whole.is_relative_to(working) else whole
    return replace(fault, place=f"{path}{colon}{numbers}")


def warn_of_broken(plugins: Plugins) -> None:
    """Name those of ``plugins`` that were left out, with the reason, on standard error."""
    for plugin in plugins.broken:
        of = f"{plugin.distribution} {plugin.version}".strip()
        print_error(f"The plugin {plugin.name}{f' ({of})' if of else ''} was left out: {plugin.reason}")


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """The name of something that plugins may add, if it is there.

    Args:
        kind: what is chosen, as its option is called: ``format``.
        name: the name that was typed.
        known: the names that there are.

    Raises:
        BadParameter: there is none of that name.
    """
    names = list(known)
    if name in names:
        return name
    hint = nearest(name, names) or ""
    text = f"There is no {kind} {name[:40]}. {hint} There are {', '.join(names)}.".replace("  ", " ")
    raise typer.BadParameter(text, param_hint=f"--{kind}")


def plugins_of(rulebook: Rulebook) -> Plugins:
    """The plugins of ``rulebook``, which ``load_rulebook`` has loaded."""
    plugins: Any = rulebook.plugins
    assert isinstance(plugins, Plugins)
    return plugins
