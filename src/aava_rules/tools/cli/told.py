"""What is wrong with a rulebook or a record, told in the language that somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import typer

from aava_rules.language.errors import AavaRulesError, Fault, RulebookError

COUNTED: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "fi": {"fault": ("virhe", "virhettä"), "remark": ("huomautus", "huomautusta")},
    "sv": {"fault": ("fel", "fel"), "remark": ("anmärkning", "anmärkningar")},
    "en": {"fault": ("fault", "faults"), "remark": ("remark", "remarks")},
}
"""One fault or remark, and several, in words."""


_ASKED: Final = ContextVar("language", default="en")


def remember_language(context: typer.Context, parameter: typer.CallbackParam, language: str) -> str:
    """Remember the language that was asked for: English, where the command only has one by default.

    Args:
        context: of the command.
        parameter: its option.
        language: its value, which is returned.
    """
    source = context.get_parameter_source(parameter.name or "")
    _ASKED.set("en" if source is None or source.name == "DEFAULT" else str(language))
    return language


def forget_language() -> None:
    """Ask for no language, as each command begins."""
    _ASKED.set("en")


def asked_language() -> str:
    """The language that was asked for, on the command line or in a file with settings; English if none was."""
    return _ASKED.get()


def counted(count: int, what: str, language: str) -> str:
    """``3 faults`` in a language.

    Args:
        count: how many there are.
        what: ``fault`` or ``remark``.
        language: ``fi``, ``sv`` or ``en``.
    """
    return f"{count} {COUNTED[language][what][count != 1]}"


def in_language(fault: Fault, language: str) -> Fault:
    """The same fault in a language.

    Args:
        fault: the fault, in English.
        language: ``fi``, ``sv`` or ``en``.
    """
    if language == "en":
        return fault
    from aava_rules.tools.lint.translated import translated

    return translated(fault, language)


def told_lines(error: AavaRulesError | str) -> list[str]:
    """The lines that tell what is wrong with a record or a source, in the language that was asked for.

    Args:
        error: what is wrong: the faults of a record, a line each, or a text; never contents of the record.
    """
    from aava_rules.tools.reports.unanswered import lines_of

    return lines_of(AavaRulesError(error) if isinstance(error, str) else error, asked_language())


@contextmanager
def faults_in_language() -> Iterator[None]:
    """Tell the errors of rulebooks and of their folders that are raised inside in the language that was asked for.

    Raises:
        AavaRulesError: as raised inside.
    """
    language = asked_language()
    try:
        yield
    except AavaRulesError as error:
        if language == "en":
            raise
        from aava_rules.tools.lint.translated import translated_text

        if isinstance(error, RulebookError):
            head = f"{error.subject}: {counted(len(error.faults), 'fault', language)}"
            raise AavaRulesError(
                "\n".join([head, *(str(in_language(fault, language)) for fault in error.faults)])
            ) from None
        raise AavaRulesError(translated_text(str(error), language)) from None
