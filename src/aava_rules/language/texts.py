"""A text in three languages, as answers hand it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from aava_rules.language.structs import FrozenDict, public
from aava_rules.language.values import LANGUAGES

Language = Literal["fi", "sv", "en"]
"""A language of texts: Finnish, Swedish or English."""


_LANGUAGES: Final = frozenset(LANGUAGES)


def require_language(language: str) -> None:
    """Refuse a language without texts.

    Raises:
        ValueError: ``language`` is not ``fi``, ``sv`` or ``en``.
    """
    if language not in LANGUAGES:
        raise ValueError(f"Texts are in {', '.join(LANGUAGES)}.")


def in_languages(value: Any, languages: tuple[str, ...]) -> Any:
    """The same value with texts in some languages only.

    Args:
        value: plain values in which texts are objects of all languages.
        languages: some of ``fi``, ``sv`` and ``en``.
    """
    if isinstance(value, dict):
        if value.keys() == _LANGUAGES:
            return {language: value[language] for language in languages}
        return {key: in_languages(item, languages) for key, item in value.items()}
    return [in_languages(item, languages) for item in value] if isinstance(value, list) else value


@public
class Texts(FrozenDict[str, str]):
    """A text by language, which never changes: ``title("sv")``, or as a mapping ``title["sv"]``."""

    __slots__ = ()

    def __call__(self, language: str = "fi") -> str:
        """The text in ``language``: ``fi``, ``sv`` or ``en``.

        Raises:
            ValueError: There is no text in that language.
        """
        if language not in self:
            raise ValueError(f"The text is in {', '.join(self) or 'no language'}.")
        return self[language]

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def texts_of(form: Mapping[str, str]) -> Texts:
    """The text that JSON has as an object ``form``, with a key for each language that it is in.

    Raises:
        ValueError: a key is no language, or a value no text.
    """
    known = isinstance(form, Mapping) and all(key in LANGUAGES and isinstance(form[key], str) for key in form)
    if not known:
        raise ValueError(f"A text is an object with {', '.join(LANGUAGES)}, or some of them.")
    return Texts(form)
