"""Rules of Finnish work rehabilitation, dated and cited, to embed in client-record and benefit systems.

>>> import aava_rules
>>> rulebook = aava_rules.load("finland")
>>> facts = {"age": 40, "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True,
...          "subsidy_days": 500, "integration_plan_entitled": False}
>>> decision = rulebook.decide({"id": "A-1", "facts": facts}, on="2014-05-05")
>>> decision.outcomes["target_group"].value
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aava_rules.decision.answers import Finding, NextStep, Outcome
from aava_rules.decision.asking import asked_by
from aava_rules.decision.decision import Decision
from aava_rules.decision.service import RecordFailure, Rulebook, check, load
from aava_rules.language.errors import (
    AavaRulesError,
    AdapterError,
    AuditError,
    Fault,
    MappingError,
    PluginError,
    RecordError,
    RulebookError,
    RulebookNotFound,
    UnknownName,
)
from aava_rules.language.values import UNKNOWN
from aava_rules.record import Record
from aava_rules.record.limits import Limits

if TYPE_CHECKING:
    from aava_rules.decision.short import expanded
    from aava_rules.hookspecs import hookimpl
    from aava_rules.mapping.loading import load as load_mapping
    from aava_rules.tools.cases.run import run_cases

__version__ = "0.1.0"

__all__ = [
    "UNKNOWN",
    "AavaRulesError",
    "AdapterError",
    "AuditError",
    "Decision",
    "Fault",
    "Finding",
    "Limits",
    "MappingError",
    "NextStep",
    "Outcome",
    "PluginError",
    "Record",
    "RecordError",
    "RecordFailure",
    "Rulebook",
    "RulebookError",
    "RulebookNotFound",
    "UnknownName",
    "asked_by",
    "check",
    "expanded",
    "hookimpl",
    "load",
    "load_mapping",
    "run_cases",
]


# Tracebacks, logs and pickles name a public class by where hosts import it, not by the module that defines it.
for _name in __all__:
    _public = globals().get(_name)
    if isinstance(_public, type) or callable(_public):
        _public.__module__ = __name__
del _name, _public


def __getattr__(name: str) -> Any:
    # what only testers and plugin authors need is imported when it is first used
    if name == "expanded":
        from aava_rules.decision.short import expanded

        return expanded
    if name == "run_cases":
        from aava_rules.tools.cases.run import run_cases

        return run_cases
    if name == "hookimpl":
        from aava_rules.hookspecs import hookimpl

        return hookimpl
    if name == "load_mapping":
        from aava_rules.mapping.loading import load as load_mapping

        return load_mapping
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
