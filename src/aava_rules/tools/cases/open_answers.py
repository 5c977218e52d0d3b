"""What a case expects of an answer that stays open: its bounds, the words that it may still gain, and why it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.decision import inside
from aava_rules.language.errors import nearest
from aava_rules.language.values import Interval, bounds, plain

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision

KEYS: Final = ("at_least", "at_most", "surely", "possibly", "because")
"""What can be said of an open answer: the least and the most that a number or day can be (None: nothing is known of
it), the words that a set surely has, those that it may still gain, and the reasons why it is open."""


def described(decision: Decision, name: str, keys: Mapping[str, Any]) -> Any:
    """What is so of the outcome ``name`` of a decision, in the words of a case.

    Args:
        decision: the decision.
        name: one of its outcomes.
        keys: what a case expects of it, by the keys of `KEYS`.

    Returns: what is so under each of the ``keys``, a text if one is none of them, or the answer if it is not open.
    """
    for key in keys:
        if key not in KEYS:
            return f"an open answer has no {str(key)[:60]!r}. {nearest(str(key), KEYS)}".strip()
    outcome, value = decision.outcomes[name], inside(decision).session.outcome(name).value
    if outcome.status != "unknown" and not outcome.possible:
        return outcome.status if outcome.status != "known" else plain(outcome.value)
    known = {
        "surely": sorted(value.low) if outcome.possible else [],
        "possibly": sorted(outcome.possible),
        "because": list(outcome.reasons),
    }
    if not outcome.possible:
        low, high = bounds(value) if value.__class__ is Interval else (None, None)
        known |= {"at_least": plain(low), "at_most": plain(high)}
    return {key: known.get(key) for key in keys}


def is_as_expected(decision: Decision, name: str, expected: Mapping[str, Any]) -> bool:
    """Whether an outcome of a decision is open, and so as a case has it.

    Args:
        decision: the decision.
        name: one of its outcomes.
        expected: what the case expects of it, by the keys of `KEYS`; lists are compared without their order.
    """
    actual = described(decision, name, expected)
    return isinstance(actual, dict) and all(_same(value, actual[key]) for key, value in expected.items())


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, list):
        return isinstance(actual, list) and sorted(map(str, expected)) == actual
    return expected is None if actual is None else str(plain(expected)) == str(actual)
