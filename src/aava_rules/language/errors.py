"""The exceptions of the library, and the fault that each of them lists.

::

    AavaRulesError            anything this library raises on purpose
    ├── RulebookError         a rulebook is wrong; ``faults`` has all its faults
    ├── RulebookNotFound      no rulebook has that name, version or path
    ├── RecordError           a record is wrong; ``faults`` has all its faults
    ├── UnknownName           an outcome, requirement or step that the rulebook lacks, or that was not asked
    ├── AssumptionError       a look ahead assumes what cannot be assumed, or what the record contradicts
    ├── PluginError           a plugin that the host needs cannot be used
    ├── AuditError            a decision is withheld, since the audit log did not take note of it
    └── AdapterError          a source cannot be read, or no adapter reads it
        └── MappingError      a mapping is wrong, or does not fit its source; ``faults`` has all its faults

A fault always says the place, what is wrong, why, and what to do. A fault of a record names
paths, never contents: what is written about people stays out of logs and tracebacks.
"""

from __future__ import annotations

from collections.abc import Iterable

from aava_rules.language.structs import Struct, public


@public
class Fault(Struct):
    """One thing that is wrong, where it is, why it is wrong, and what to do about it.

    Attributes:
        place: ``file:line:column`` in a rulebook; a path such as ``periods[0].start`` in a record.
        code: its stable short name, such as ``AR012``; docs/errors.md lists them.
        what: what is wrong, as a sentence without a full stop.
        why: the reason, as whole sentences, or empty.
        hint: what to do, as whole sentences, or empty.
        source: the line of the rule file, or empty.
        column: where in ``source`` the fault begins, from 1; 0 if it is the whole line.
        width: how many characters of ``source`` are meant.
        example: a made-up record and a day that show it, as JSON in the form of a case, or empty.
        label: what the example is called where it is told.
    """

    place: str
    code: str
    what: str
    why: str = ""
    hint: str = ""
    source: str = ""
    column: int = 0
    width: int = 0
    example: str = ""
    label: str = "Example"

    def __str__(self) -> str:
        lines = [f"{self.place}  {self.code} {self.what}"]
        if self.source:
            number = self.place.split(":")[-2] if self.place.count(":") >= 2 else ""
            gutter = f"{number:>5} | "
            lines.append(gutter + self.source)
            if self.column:
                lines.append(" " * (len(gutter) - 2) + "| " + " " * (self.column - 1) + "^" * max(self.width, 1))
        advice = " ".join(part for part in (self.why, self.hint) if part)
        if advice:
            lines.append("  " + advice)
        if self.example:
            lines.append(f"  {self.label}: {self.example}")
        return "\n".join(lines)


@public
class AavaRulesError(Exception):
    """Anything that this library raises on purpose."""


class _Faulty(AavaRulesError):
    """What is wrong with a rulebook or a record: ``subject`` names it, and ``faults`` are all its faults."""

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        self.subject = subject
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(subject, self.faults)

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"{self.subject}: {count} fault{'' if count == 1 else 's'}"
        return "\n".join([head, *map(str, self.faults)])


@public
class RulebookError(_Faulty):
    """A rulebook is wrong. ``faults`` has all its faults, in the order of files and lines."""


@public
class RecordError(_Faulty):
    """A record is wrong. ``faults`` has all its faults, in the order of paths and without any content of the record."""


@public
class RulebookNotFound(AavaRulesError):
    """No rulebook has the name, version or path that is asked for."""


@public
class UnknownName(AavaRulesError, KeyError):
    """The name of an outcome, requirement or step that the rulebook does not have, or that was not asked.

    It is a KeyError too, so that answers and names can be looked up as in any mapping.
    """

    def __str__(self) -> str:
        return Exception.__str__(self)  # a KeyError would show its message in quotes


@public
class AssumptionError(AavaRulesError):
    """A look ahead assumes what nobody can assume of a record, or what the record contradicts."""


@public
class PluginError(AavaRulesError):
    """A plugin that the host itself gives, or cannot do without, cannot be used."""


@public
class AuditError(AavaRulesError):
    """A decision is withheld: with ``audit="strict"`` nobody gets one of which a plugin failed to take note."""


@public
class AdapterError(AavaRulesError):
    """A source cannot be read, or no adapter reads its kind."""


@public
class MappingError(_Faulty, AdapterError):
    """A mapping file is wrong, or does not fit its source. ``faults`` has all its faults, in the order of its lines."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The sentence ``Did you mean x?`` for the name in ``known`` that is nearest to ``word``; empty if none is near."""
    name = nearest_of(word, known)
    return f"Did you mean {name}?" if name else ""


def nearest_of(word: str, known: Iterable[str]) -> str:
    """The name in ``known`` that is nearest to ``word``; empty if none is near."""
    import difflib  # only a mistake needs it

    matches = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return matches[0] if matches else ""
