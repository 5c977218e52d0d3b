"""For tests of rulebooks, adapters and what is built on them: strategies, properties, rulebooks, a conformance kit.

    >>> from aava_rules.testing import random_rulebook
    >>> rulebook = random_rulebook(1).load()

``days``, ``records``, ``boundary_records``, ``hostile_records``, ``gaps_filled``, ``situations``, ``completions``,
``rulebooks`` and ``local_rulebooks`` are Hypothesis strategies, ``breaks_no_limit``, ``more_facts_turn_no_answer`` and
``hostile_input_is_refused`` ready-made properties: they need the extra ``testing``;
``AdapterConformance``, which the author of an adapter fills in, needs pytest, of the same extra; the rest needs the
library alone.
docs/testing.md shows what to do with them.

What is true here: all randomness comes from a ``random.Random`` or a seed that the caller passes, so the same seed
gives the same rulebook and record; what is made is right in form, so that the library must answer it, but for what
``hostile`` makes. This room may
import every room but ``tools``, and nothing imports it. Begin with ``rulebook_maker`` for rulebooks, ``record_maker``
for records, ``edges`` and ``boundaries`` for the days and values at which answers change, ``properties`` for what is to
hold of a host's own code, ``conformance`` for adapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aava_rules.language.extras import how_to_install
from aava_rules.testing.completing import Completer, Gap
from aava_rules.testing.edges import change_days
from aava_rules.testing.features import EVERYTHING, PLAIN, Features
from aava_rules.testing.hostile import CANARY
from aava_rules.testing.local_rulebooks import LocalRulebook
from aava_rules.testing.record_maker import RecordMaker, as_json
from aava_rules.testing.reducing import reduced
from aava_rules.testing.rulebook_maker import RandomRulebook, random_rulebook, random_rulebooks

if TYPE_CHECKING:
    from aava_rules.testing.conformance import AdapterConformance
    from aava_rules.testing.properties import (
        breaks_no_limit,
        hostile_input_is_refused,
        more_facts_turn_no_answer,
        readable,
    )
    from aava_rules.testing.strategies import (
        boundary_records,
        completions,
        days,
        gaps_filled,
        hostile_records,
        local_rulebooks,
        records,
        rulebooks,
        situations,
    )

__all__ = [
    "CANARY",
    "EVERYTHING",
    "PLAIN",
    "AdapterConformance",
    "Completer",
    "Features",
    "Gap",
    "LocalRulebook",
    "RandomRulebook",
    "RecordMaker",
    "as_json",
    "boundary_records",
    "breaks_no_limit",
    "change_days",
    "completions",
    "days",
    "gaps_filled",
    "hostile_input_is_refused",
    "hostile_records",
    "local_rulebooks",
    "more_facts_turn_no_answer",
    "random_rulebook",
    "random_rulebooks",
    "readable",
    "records",
    "reduced",
    "rulebooks",
    "situations",
]

# as in `aava_rules`: public classes go by the name from which they are imported
for _public in (Completer, Features, Gap, LocalRulebook, RandomRulebook, RecordMaker):
    _public.__module__ = __name__
del _public

_PROPERTIES = frozenset({"breaks_no_limit", "hostile_input_is_refused", "more_facts_turn_no_answer", "readable"})
_STRATEGIES = frozenset(
    {
        "boundary_records",
        "completions",
        "days",
        "gaps_filled",
        "hostile_records",
        "local_rulebooks",
        "records",
        "rulebooks",
        "situations",
    }
)


if not TYPE_CHECKING:  # a checker that saw it would believe in every name

    def __getattr__(name: str) -> Any:
        if name == "AdapterConformance":
            try:
                from aava_rules.testing.conformance import AdapterConformance
            except ModuleNotFoundError as error:
                if error.name != "pytest":
                    raise
                raise ImportError(f"aava_rules.testing.{name} needs pytest: {how_to_install('testing')}") from error
            AdapterConformance.__module__ = __name__
            return AdapterConformance
        # imported only when asked for, since Hypothesis may not be installed
        if name in _STRATEGIES or name in _PROPERTIES:
            try:
                from aava_rules.testing import properties, strategies
            except ModuleNotFoundError as error:
                if error.name != "hypothesis":
                    raise
                raise ImportError(f"aava_rules.testing.{name} needs Hypothesis: {how_to_install('testing')}") from error
            return getattr(properties if name in _PROPERTIES else strategies, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
