"""The answer to one request: the library is asked, and what it answers is put into an object for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from aava_rules.decision.asking import asked_by, asking
from aava_rules.decision.client_path import client_path
from aava_rules.decision.decision import Decision
from aava_rules.decision.json_writer import json_of
from aava_rules.decision.service import Rulebook, book_of, is_listened, parts_of
from aava_rules.language.errors import AavaRulesError, Fault, nearest
from aava_rules.language.structs import Struct
from aava_rules.language.texts import in_languages
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.protocol.errors import RequestError, error_dict
from aava_rules.tools.protocol.request import Request, Verb, read_request


class Rulebooks:
    """The rulebooks that requests may ask, by name; they were loaded before the first request.

    Attributes:
        by_name: each rulebook by the shortest name by which a request gets it: its own, ``NAME==VERSION``,
            ``NAME+AMENDMENT`` or ``NAME==VERSION+AMENDMENT``.
        default: the one that answers a request that names none.
        heard: whether a plugin takes note of their decisions, which may take its time.
    """

    def __init__(self, rulebooks: Iterable[Rulebook]) -> None:
        """Args:
            rulebooks: at least one; the first is the default.

        Raises:
            AavaRulesError: no request could get one of them, since another one comes first, or there is none.
        """
        self.by_name: dict[str, Rulebook] = {}
        for book in rulebooks:
            free = next((name for name in _names_in_requests(book) if isinstance(self.find(name), Fault)), None)
            if free is None:
                raise AavaRulesError(
                    f"The rulebook {book.name} is named twice, and a request could not choose. One without amendments "
                    "is named before those with some."
                )
            self.by_name[free] = book
        if not self.by_name:
            raise AavaRulesError("There is no rulebook to answer with. Name one.")
        self.default = next(iter(self.by_name.values()))
        self.heard = any(map(is_listened, self.by_name.values()))

    def choose(self, request: Request) -> Rulebook:
        """The rulebook that a request names; the default if it names none.

        Args:
            request: the request.

        Raises:
            RequestError: it is not loaded, not of that version, or not with those amendments.
        """
        if request.rulebook is None:
            return self.default
        book = self.find(request.rulebook)
        if isinstance(book, Fault):
            raise RequestError(request.id, [book])
        return book

    def find(self, wanted: str) -> Rulebook | Fault:
        """The first rulebook that is what ``wanted`` says of it, or why there is none.

        Args:
            wanted: a name; with a version (``finland==2026.1``), and with amendments (``finland+bill_109_2025``) if
                that matters.
        """
        rest, *amendments = wanted.split("+")
        name, _, version = rest.partition("==")
        books = [book for book in self.by_name.values() if book.name == name]
        if not books:
            hint = f"{nearest(name, self.by_name)} There are {', '.join(self.by_name)}.".strip()
            return Fault("rulebook", "AR117", "is not loaded here", hint=hint)
        versions = ", ".join(dict.fromkeys(book.version for book in books))
        books = [book for book in books if version in ("", book.version)]
        if not books:
            return Fault("rulebook", "AR117", f"is loaded here in version {versions}, not the one that is asked for")
        for book in books:
            if not amendments or set(amendments) == set(_amendments_of(book)):
                return book
        hint = f"There are {', '.join(self.by_name)}."
        return Fault("rulebook", "AR117", "is not loaded here with those amendments", hint=hint)

    def names_of(self, book: Rulebook) -> list[str]:
        """What a request may call ``book``: its name, version and amendments, where no other one comes first."""
        return [name for name in _names_in_requests(book) if self.find(name) is book]


def parted(named: str) -> tuple[str, list[str]]:
    """A rulebook and its amendments, as a host names them together.

    Args:
        named: a name with a version, or the path of a folder; amendments after it, each after ``+``. A path with a plus
            sign of its own is a path.
    """
    if Path(named).is_dir():
        return named, []
    name, *amendments = named.split("+")
    return name, amendments


def _amendments_of(book: Rulebook) -> tuple[str, ...]:
    """The names of the amendments by which ``book`` answers."""
    return tuple(layer.name for layer in parts_of(book).layers if layer.amendment is not None)


def _names_in_requests(book: Rulebook) -> list[str]:
    """What a request may call ``book``, the shortest name first."""
    amendments = "".join(f"+{name}" for name in _amendments_of(book))
    versioned = f"{book.name}=={book.version}"
    return list(dict.fromkeys((book.name, versioned, book.name + amendments, versioned + amendments)))


class Answered(Struct):
    """The answer to a request.

    Attributes:
        id: the id of the request, None if it has none, or none that could be read.
        member: what it is: ``decision``, ``explanation``, ``path`` or ``error``.
        text: that as JSON on one line.
        rulebook: the rulebook that answered; None of an error.
        error: the error, as `error_dict` has it; None where there is none.
    """

    id: str | int | None
    member: str
    text: str
    rulebook: Rulebook | None = None
    error: Mapping[str, Any] | None = None

    def to_json(self, line: int | None = None) -> str:
        """The object that is sent, as JSON on one line without its end.

        Args:
            line: the number of the line that is answered; None where a request is no line of several.
        """
        number = "" if line is None else f'"line": {line}, '
        return f'{{"id": {answer_text(self.id)}, {number}"{self.member}": {self.text}}}'


def answered(source: bytes | str, rulebooks: Rulebooks, do: Verb | None = None) -> Answered:
    """The answer to a request in JSON text, an error included; it raises nothing that a request could bring about.

    Args:
        source: the request.
        rulebooks: the rulebooks that it may ask.
        do: what is asked, where the way that the request came says so.
    """
    id = None
    try:
        request = read_request(source, do)
        id = request.id
        book = rulebooks.choose(request)
        member, write = _ANSWERS[request.do]
        return Answered(id, member, write(_decided(request, book), request), book)
    except RequestError as error:
        return failed(error, error.id)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # panics of native libraries are no Exception
        return failed(error, id)


def failed(error: BaseException, id: str | int | None = None) -> Answered:
    """The answer to a request that there is none to, because of ``error``.

    Args:
        error: what was raised.
        id: the id of the request.
    """
    values = error_dict(error)
    return Answered(id, "error", answer_text(values), None, values)


def _decided(request: Request, book: Rulebook) -> Decision:
    """The decision of ``book`` that a request asks for. Raises what `Rulebook.decide` raises."""
    around = asking()  # what a service knows of who asks, where the request does not say
    with asked_by(request.actor or around.actor, request.purpose or around.purpose):
        decision = book.decide(request.record, on=request.on, only=_names(request, book))
    return decision.for_audience(request.audience)


def answer_text(values: Any) -> str:
    """``values``, of an answer or part of one, as JSON on one line, without the end of the line."""
    return _encode(values)


_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


def _names(request: Request, book: Rulebook) -> list[str] | None:
    """The names to ask. A check asks requirements alone, and the client path steps alone."""
    kind = {"check": "requirement", "next": "step"}.get(request.do)
    if request.only is not None or kind is None:
        return None if request.only is None else list(request.only)
    return sorted({question.name for question in book_of(book).questions.values() if question.kind == kind})


def _decision(decision: Decision, request: Request) -> str:
    languages = () if request.language is None else (request.language,)
    if request.detail == "short":
        return json_of(decision, "short", languages, spaced=True)
    return json_of(decision, "full", languages or LANGUAGES)


def _explanation(decision: Decision, request: Request) -> str:
    explanation = decision.explain(str(request.name), request.language or LANGUAGES[0])
    texts = {language: explanation.text(language) for language in LANGUAGES}
    return _in_language({**_head(decision), "name": request.name, "text": texts, **explanation.to_dict()}, request)


def _path(decision: Decision, request: Request) -> str:
    missing = [fact.to_dict() for fact in decision.missing]
    cautions = [caution.to_dict() for caution in decision.cautions]
    path = client_path(decision).to_dict()
    return _in_language({**_head(decision), **path, "missing": missing, "cautions": cautions}, request)


def _in_language(values: dict[str, Any], request: Request) -> str:
    """``values`` as JSON, with texts in the language that is asked for."""
    return answer_text(values if request.language is None else in_languages(values, (request.language,)))


def _head(decision: Decision) -> dict[str, Any]:
    """What every answer says of itself."""
    return {
        "record_id": decision.record_id,
        "on": decision.on.isoformat(),
        "rulebook": decision.rulebook,
        "engine": decision.engine,
    }


_ANSWERS: Final[dict[str, tuple[str, Callable[[Decision, Request], str]]]] = {
    "decide": ("decision", _decision),
    "check": ("decision", _decision),
    "explain": ("explanation", _explanation),
    "next": ("path", _path),
}
