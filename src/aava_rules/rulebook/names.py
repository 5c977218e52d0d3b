"""What can be named in a rulebook: facts, outcomes, requirements, steps, fields of a record, and what each means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from aava_rules.language.errors import UnknownName, nearest
from aava_rules.language.structs import FrozenDict, Struct, public
from aava_rules.language.syntax import Fact, ItemField, walk
from aava_rules.language.texts import Texts
from aava_rules.language.values import LANGUAGES
from aava_rules.record.fields import lists
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import FactDef, OutcomeDef, Parts, Rule
from aava_rules.rulebook.titles import hint_of, plain_text

KINDS: Final = ("fact", "outcome", "requirement", "step", "field")
"""The kinds of names, in the order in which they are listed."""


@public
class Name(Struct):
    """Something that a record gives or a rulebook answers.

    Attributes:
        kind: ``fact``, ``outcome``, ``requirement``, ``step`` or ``field``.
        name: as rules, records and ``only`` write it: ``age``, ``target_group``, ``period.days_per_week``.
        title: what it is called, by language; of a field of the record format that no rulebook titles, empty.
        type: the type of its value, as in a vocabulary (``integer``, ``choice``...); empty where it has none.
        unit: the unit of numbers; empty if there is none.
        words: the words that its value can be, if they are closed.
        each: what a requirement is about: ``client``, ``plan`` or ``period``; of a derived fact of an item, the item.
        derived: whether its value can follow from other parts of the record.
        rules: the ids of the rules that decide it, or, of a fact or field, that read it themselves; sorted.
        cites: the citations of these rules, as keys: ``act-189-2001.3.2``; of rules that changed, those of today.
        rulebook: the rulebook that declares it; empty for what every rulebook has.
        instead: of an outcome that goes away, the one that takes its place; else empty.
        until: the last day on which it is sure to be there, as ``2027-12-31``; empty if it does not go away.
    """

    kind: str
    name: str
    title: Texts
    type: str = ""
    unit: str = ""
    words: tuple[str, ...] = ()
    each: str = ""
    derived: bool = False
    rules: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    rulebook: str = ""
    instead: str = ""
    until: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The name as JSON has it; what it lacks is left out."""
        entry: dict[str, Any] = {"kind": self.kind, "name": self.name, "title": dict(self.title)}
        rest = {
            "type": self.type, "unit": self.unit, "words": list(self.words), "each": self.each, "derived": self.derived,
            "rules": list(self.rules), "cites": list(self.cites), "rulebook": self.rulebook,
            "instead": self.instead, "until": self.until,
        }  # fmt: skip
        return entry | {key: value for key, value in rest.items() if value}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Name:
        """The name that `to_dict` gave as ``form``. Raises KeyError if a part is lacking."""
        shape: dict[str, Any] = {
            key: form.get(key, "") for key in ("type", "unit", "each", "rulebook", "instead", "until")
        }
        shape |= {key: tuple(form.get(key, ())) for key in ("words", "rules", "cites")}
        return cls(form["kind"], form["name"], Texts(form["title"]), derived=form.get("derived", False), **shape)


class Names(FrozenDict[str, Name]):
    """Names of one kind. Of a name that is not there, the error tells the nearest, by name or by title."""

    __slots__ = ()

    def __missing__(self, name: str) -> Name:
        raise UnknownName(f"There is nothing named {str(name)[:60]!r}. {self._hint(str(name))}".strip())

    def _hint(self, name: str) -> str:
        return hint_of(name, {known.name: known.title for known in self.values()}) or nearest(name, self)


def names_of(parts: Parts) -> tuple[Name, ...]:
    """Every name of a rulebook, by kind and then by name.

    Args:
        parts: the linked rules of its layers.
    """
    of_facts, of_answers = _rules_by_name(parts)
    names = [
        *(_fact(definition, of_facts) for definition in parts.facts.values() if "." not in definition.name),
        *(_answered("outcome", outcome, of_answers, **_shape(outcome)) for outcome in parts.outcomes.values()),
        *(_answered("requirement", needed, of_answers, each=needed.each) for needed in parts.requirements.values()),
        *(_answered("step", step, of_answers) for step in parts.steps.values()),
        *_fields(parts, of_facts),
    ]
    return tuple(sorted(names, key=lambda name: (KINDS.index(name.kind), name.name)))


def matching(names: Iterable[Name], search: str) -> tuple[Name, ...]:
    """Those of ``names`` in whose name, titles or words every word of ``search`` stands; if none has all, most of them.

    Capitals make no difference, nor do accents that are left out: ``ika`` finds ikä, but ``ikä`` not aika. A word is
    found in another form too: ``unemployed`` finds unemployment. A word with hyphens is one word, which stands where
    its parts do.
    """
    words = unicodedata.normalize("NFKC", search.casefold()).split()
    wanted = [[_forms(part) for part in _PART.findall(word)] for word in words]
    searched = [(name, _searched(name)) for name in names]
    counts = [sum(_is_word_of(word, text) for word in wanted) for _, text in searched]
    most = max(counts, default=0)
    if wanted and not most:
        return ()
    return tuple([name for (name, _), count in zip(searched, counts, strict=True) if count == most])


def _is_word_of(word: list[list[re.Pattern[str]]], text: str) -> bool:
    """Whether every part of ``word``, in one of its forms, stands in ``text``."""
    return all(any(form.search(text) for form in forms) for forms in word)


_PART: Final = re.compile(r"\w+")
_ENDINGS: Final = (
    ("ton", "ttom"), ("ttomyys", "ton"), ("ttomyys", "ttom"), ("ttomat", "ton"), ("ttoman", "ton"),
    ("het", ""), ("ment", ""), ("ed", ""), ("ing", ""), ("ies", "y"), ("s", ""),
)  # fmt: skip
"""The ends of words that are one word in another form, without accents, and what stands there instead: of Finnish
työtön and työttömyys, Swedish arbetslöshet, English unemployed, unemployment and days."""
_SHORTEST: Final = 3
"""The fewest letters of a word before such an end."""


def _forms(word: str) -> list[re.Pattern[str]]:
    """A word and other forms of it, without capitals, as what finds them."""
    plain = plain_text(word)
    if len(plain) != len(word):
        return [_pattern(plain)]
    ends = [(end, instead) for end, instead in _ENDINGS if plain.endswith(end) and len(word) - len(end) >= _SHORTEST]
    return [_pattern(form) for form in (word, *(word[: len(word) - len(end)] + instead for end, instead in ends))]


def _pattern(form: str) -> re.Pattern[str]:
    """What finds ``form``: a letter with an accent is itself, one without may have any."""
    letters = [unicodedata.normalize("NFKD", letter) for letter in form]
    return re.compile("".join(re.escape(letter) + (_ACCENTS if len(letter) == 1 else "") for letter in letters))


_ACCENTS: Final = r"[\u0300-\u036f]*"


def _searched(name: Name) -> str:
    texts = " ".join((name.name, name.name.replace("_", " "), *name.title.values(), *name.words))
    return unicodedata.normalize("NFKD", texts.casefold())


_Rules = dict[str, dict[str, Rule]]


def _rules_by_name(parts: Parts) -> tuple[_Rules, _Rules]:
    """The rules that read each fact and field themselves, and those that answer each question; by name and id."""
    of_facts: _Rules = {}
    of_answers: _Rules = {}
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            for tree in trees_of(rule):
                for node in walk(tree):
                    if isinstance(node, (Fact, ItemField)):
                        of_facts.setdefault(str(node), {})[rule.id] = rule
            kind = {"require": "requirement", "suggest": "step", "decide": "outcome"}[rule.kind]
            for name in rule.then if rule.kind == "decide" else (rule.name,):
                of_answers.setdefault(f"{kind} {name}", {})[rule.id] = rule
    return of_facts, of_answers


def _grounds(rules: dict[str, Rule]) -> dict[str, Any]:
    cites = {str(cite): None for rule in rules.values() for cite in (rule.cite[-1][1] if rule.cite else ())}
    return {"rules": tuple(sorted(rules)), "cites": tuple(sorted(cites))}


def _answered(kind: str, definition: Any, of_answers: _Rules, **shape: Any) -> Name:
    grounds = _grounds(of_answers.get(f"{kind} {definition.name}", {}))
    return Name(kind, definition.name, Texts(definition.title), rulebook=definition.rulebook, **shape, **grounds)


def _shape(outcome: OutcomeDef) -> dict[str, Any]:
    """What the values of an outcome are, and what takes its place if it goes away."""
    shape = {"type": outcome.type, "unit": outcome.unit, "words": outcome.words}
    going = outcome.deprecated
    return shape if going is None else shape | {"instead": going.instead, "until": going.until.isoformat()}


def _fact(definition: FactDef, of_facts: _Rules) -> Name:
    return Name(
        "field" if definition.item else "fact", definition.name, Texts(definition.title), definition.type,
        definition.unit, definition.words, definition.item, definition.derivation is not None,
        rulebook=definition.rulebook, **_grounds(of_facts.get(definition.name, {})),
    )  # fmt: skip


def _fields(parts: Parts, of_facts: _Rules) -> Iterator[Name]:
    """The fields of the lists of a record, and the facts of items that are derived from them."""
    for listing in lists().values():
        for field, info in listing.fields.items():
            name = f"{listing.singular}.{field}"
            title = Texts(parts.fields.get(name) or dict.fromkeys(LANGUAGES, ""))
            # a rulebook may have steps of its own
            words = tuple(dict.fromkeys([*info.words, *parts.steps])) if name == "event.step" else info.words
            each = listing.singular
            yield Name("field", name, title, info.type, info.unit, words, each, **_grounds(of_facts.get(name, {})))
    yield from (_fact(definition, of_facts) for definition in parts.facts.values() if "." in definition.name)
