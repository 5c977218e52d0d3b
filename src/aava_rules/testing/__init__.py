"""For tests of rulebooks, of adapters and of what is built on them: strategies, random rulebooks, a conformance kit.

    >>> from aava_rules.testing import random_rulebook
    >>> rulebook = random_rulebook(1).load()

``days``, ``records``, ``situations``, ``completions`` and ``rulebooks`` are Hypothesis strategies and need ``pip
install aava-rules[testing]``; ``AdapterConformance``, which the author of an adapter fills in, needs pytest, of the
same extra; the rest needs the library alone.

What is true here: all randomness comes from a ``random.Random`` or a seed that the caller passes, so the same seed
gives the same rulebook and record; what is made is right in form, so that the library must answer it, but for what
``hostile`` makes. This room may
import every room but ``tools``, and nothing imports it. Begin with ``rulebook_maker`` for rulebooks, ``record_maker``
for records, ``edges`` for the days and values at which answers change, ``conformance`` for adapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aava_rules.testing.completing import Completer, Gap
from aava_rules.testing.edges import change_days
from aava_rules.testing.features import EVERYTHING, PLAIN, Features
from aava_rules.testing.record_maker import RecordMaker, as_json
from aava_rules.testing.rulebook_maker import RandomRulebook, random_rulebook, random_rulebooks

if TYPE_CHECKING:
    from aava_rules.testing.conformance import AdapterConformance
    from aava_rules.testing.strategies import completions, days, records, rulebooks, situations

__all__ = [
    "EVERYTHING",
    "PLAIN",
    "AdapterConformance",
    "Completer",
    "Features",
    "Gap",
    "RandomRulebook",
    "RecordMaker",
    "as_json",
    "change_days",
    "completions",
    "days",
    "random_rulebook",
    "random_rulebooks",
    "records",
    "rulebooks",
    "situations",
]

# as in `aava_rules`: public classes go by the name from which they are imported
for _public in (Completer, Features, Gap, RandomRulebook, RecordMaker):
    _public.__module__ = __name__
del _public

_STRATEGIES = frozenset({"completions", "days", "records", "rulebooks", "situations"})


def __getattr__(name: str) -> Any:
    if name == "AdapterConformance":
        try:
            from aava_rules.testing.conformance import AdapterConformance
        except ModuleNotFoundError as error:
            if error.name != "pytest":
                raise
            raise ImportError(f"aava_rules.testing.{name} needs pytest: pip install aava-rules[testing]") from error
        AdapterConformance.__module__ = __name__
        return AdapterConformance
    # imported only when asked for, since Hypothesis may not be installed
    if name in _STRATEGIES:
        try:
            from aava_rules.testing import strategies
        except ModuleNotFoundError as error:
            if error.name != "hypothesis":
                raise
            raise ImportError(f"aava_rules.testing.{name} needs Hypothesis: pip install aava-rules[testing]") from error
        return getattr(strategies, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
