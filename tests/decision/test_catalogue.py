"""The catalogue of texts: complete in each language, and exactly what the code uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

import aava_rules
from aava_rules.decision.text.catalogue import entries, number_forms, text, texts
from aava_rules.language.functions import AGGREGATES, FUNCTIONS
from aava_rules.language.values import LANGUAGES, UNITS

SOURCE = Path(aava_rules.__file__).parent
SECTIONS = sorted({key.partition(".")[0] for key in entries()})
MAY_BE_EMPTY = ("compare.number.==", "compare.day.==")
"""What is equal needs no word."""
WITHOUT_FORMS = ("", "count")
"""Units of numbers that stand alone."""


class Use(NamedTuple):
    """A key in the code, as a pattern: ``filled`` are the names of values given with it, None where no call is seen."""

    pattern: str
    filled: frozenset[str] | None
    place: str

    def matches(self) -> list[str]:
        return [key for key in entries() if re.fullmatch(self.pattern, key)]


def patterns(node: ast.expr | None, assigned: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The patterns of the keys that an expression may be; a variable is any value that its function assigns to it."""
    match node:
        case ast.Constant(value=str() as key):
            yield re.escape(key)
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(p.value) if isinstance(p, ast.Constant) else "[^.]+" for p in parts)
        case ast.IfExp(body=body, orelse=other):
            yield from (*patterns(body, assigned), *patterns(other, assigned))
        case ast.Name(id=name):
            for value in assigned.get(name, ()):
                yield from patterns(value, {})


def looks_like_key(pattern: str) -> bool:
    return re.match(rf"({'|'.join(SECTIONS)})\\\.", pattern) is not None


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, dict[str, list[ast.expr]]]]:
    """The calls of text functions, each with what the function around it assigns to its variables."""
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.Module)):
            assigned: dict[str, list[ast.expr]] = {}
            for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    assigned.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and node.args and all(word.arg for word in node.keywords):
                    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    if called in ("text", "texts"):
                        yield node, assigned


@cache
def uses() -> tuple[Use, ...]:
    """Every key in the code: as an argument of a text function, with the values that fill it, or anywhere else."""
    by_pattern: dict[tuple[str, frozenset[str] | None], Use] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in inner:
                for pattern in filter(looks_like_key, patterns(node, {})):
                    by_pattern[pattern, None] = Use(pattern, None, f"{file.name}:{node.lineno}")
        for call, assigned in calls(tree):
            filled = frozenset(str(word.arg) for word in call.keywords)
            for pattern in filter(looks_like_key, patterns(call.args[0], assigned)):
                by_pattern[pattern, filled] = Use(pattern, filled, f"{file.name}:{call.lineno}")
    return tuple(by_pattern.values())


def forms(key: str, language: str) -> list[str]:
    entry = entries()[key][language]
    return [entry] if isinstance(entry, str) else entry


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


class TestEntries:
    def test_three_languages(self) -> None:
        """Each entry is there in every language: a text, or in all of them the forms for 1 and for other numbers."""
        for key, entry in entries().items():
            assert tuple(entry) == LANGUAGES, key
            assert len({type(value) for value in entry.values()}) == 1, key
            for language in LANGUAGES:
                shapes = forms(key, language)
                assert len(shapes) == (1 if isinstance(entry[language], str) else 2), key
                assert all(shapes) or key in MAY_BE_EMPTY, key

    def test_the_same_placeholders(self) -> None:
        """Placeholders have names, the same in every language and form."""
        for key in entries():
            named = [placeholders(form) for language in LANGUAGES for form in forms(key, language)]
            assert all(names == named[0] for names in named), key
            assert all(re.fullmatch("[a-z]+", name) for name in named[0]), key

    @pytest.mark.parametrize("unit", sorted(UNITS.difference(WITHOUT_FORMS)))
    def test_every_unit_has_its_forms(self, unit: str) -> None:
        """Each unit of the rule language has a form for 1 and one for other numbers in every language."""
        for language in LANGUAGES:
            pair = number_forms(f"unit.{unit}", language)
            assert pair is not None
            assert all(re.fullmatch(r"[a-zåäö]+( [a-zåäö]+)*", form) for form in pair)
        finnish = number_forms(f"unit.{unit}", "fi")
        assert finnish is not None
        assert finnish[0] != finnish[1]  # nominative and partitive

    def test_no_other_units(self) -> None:
        """The catalogue has no forms of units that there are not."""
        assert {key.removeprefix("unit.") for key in entries() if key.startswith("unit.")} == UNITS - set(WITHOUT_FORMS)

    @pytest.mark.parametrize("name", sorted(FUNCTIONS))
    def test_every_function_has_its_words(self, name: str) -> None:
        """Each function has a text, which refers to none but its arguments."""
        function = FUNCTIONS[name]
        key = f"term.call.{function.phrase or name}"
        assert key in entries()
        assert placeholders(forms(key, "en")[0]) == (set() if function.reads_item else set(function.arguments))

    @pytest.mark.parametrize("name", sorted(AGGREGATES))
    def test_every_aggregate_has_its_words(self, name: str) -> None:
        """Each way in which a fact follows from rows has a text."""
        assert f"derivation.kind.{AGGREGATES[name].phrase or name}" in entries()


class TestUse:
    def test_no_key_is_absent(self) -> None:
        """Every key in the code is one of the catalogue."""
        assert [use for use in uses() if not use.matches()] == []

    def test_no_key_is_unused(self) -> None:
        """Every entry is used somewhere in the code."""
        assert sorted(entries().keys() - {key for use in uses() for key in use.matches()}) == []

    def test_every_placeholder_is_filled(self) -> None:
        """A text is asked for with the values that its placeholders need; one that a key names, with no others."""
        wrong = []
        for use in uses():
            for key in use.matches() if use.filled is not None else ():
                needed = placeholders(forms(key, "en")[0])
                surplus = (use.filled or frozenset()) - needed
                if not needed <= (use.filled or frozenset()) or (surplus - {"count"} and "[^.]+" not in use.pattern):
                    wrong.append((use.place, key))
        assert wrong == []

    def test_no_text_with_placeholders_is_used_unseen(self) -> None:
        """Whatever has placeholders is asked for by a call in which they can be seen to be filled."""
        seen = {key for use in uses() if use.filled is not None for key in use.matches()}
        templates = {key for key in entries() if any(placeholders(form) for form in forms(key, "en"))}
        assert sorted(key for key in templates - seen if not key.startswith("term.call.")) == []


class TestText:
    def test_values_stand_for_placeholders(self) -> None:
        """Values go in as they are; braces in them are no placeholders."""
        assert text("origin.born", "sv", day="{x}") == "född {x}"
        assert texts("origin.born", day="1.1.2000") == {
            "fi": "syntynyt 1.1.2000", "sv": "född 1.1.2000", "en": "born 1.1.2000",
        }  # fmt: skip

    def test_texts_are_not_shared(self) -> None:
        """Nobody changes a text that was handed out, nor another one by it."""
        with pytest.raises(TypeError):
            texts("answer.true")["fi"] = "changed"
        assert texts("answer.true")["fi"] == "kyllä"

    @pytest.mark.parametrize(("key", "language"), [("answer.maybe", "fi"), ("answer.true", "de")])
    def test_no_such_text(self, key: str, language: str) -> None:
        """There is no text of an unknown key or language."""
        with pytest.raises(KeyError):
            text(key, language)

    def test_a_placeholder_without_a_value(self) -> None:
        """A text with a hole is not handed out."""
        with pytest.raises(KeyError):
            text("origin.born", "fi", name="x")
