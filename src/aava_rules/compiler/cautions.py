"""What a rule rests on that is not verified: its own source, or the source of a parameter's value that it reads."""

from __future__ import annotations

from aava_rules.language.structs import Struct
from aava_rules.rulebook.model import Parts, Rule


class CautionKey(Struct):
    """One thing that is not verified.

    Attributes:
        code: its status: ``secondary``, ``presumed`` or ``unverified``.
        subject: the id of the rule, or the parameter and the first day of the value.
        parameter: the parameter; empty if it is the rule itself.
        number: the place of the value among those of the parameter; -1 for the rule itself.
    """

    code: str
    subject: str
    parameter: str = ""
    number: int = -1


def caution_keys(rule: Rule, parts: Parts) -> tuple[CautionKey, ...]:
    """All that ``rule`` may rest on, on some day, that is not verified in the rulebook ``parts``.

    A value counts where it is in force on the day on which the rule is judged.
    """
    keys = [] if rule.status == "verified" else [CautionKey(rule.status, rule.id)]
    for name in parts.reads[rule.id].parameters:
        for number, value in enumerate(parts.parameters[name].values):
            if value.status != "verified":
                keys.append(CautionKey(value.status, f"{name}{value.start}", name, number))
    return tuple(keys)
