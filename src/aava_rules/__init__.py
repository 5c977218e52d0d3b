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

from typing import TYPE_CHECKING

from aava_rules.language.version import VERSION as __version__

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding, FindingStatus, NextStep, Outcome, OutcomeStatus, Value
    from aava_rules.decision.asking import asked_by
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision, Detail
    from aava_rules.decision.explain.tree import Explanation
    from aava_rules.decision.explain.tree import Node as ExplanationNode
    from aava_rules.decision.grounds import LastKnown
    from aava_rules.decision.loading import check, load
    from aava_rules.decision.look_ahead import Change, LookAhead
    from aava_rules.decision.missing import Missing
    from aava_rules.decision.notices import Notice
    from aava_rules.decision.reasons import CautionCode, Reason
    from aava_rules.decision.service import RecordFailure, Rulebook
    from aava_rules.decision.short import expanded
    from aava_rules.decision.stored import StoredDecision, StoredFinding, StoredOutcome, StoredStep
    from aava_rules.decision.table import TableDecisions as TableDecisions
    from aava_rules.decision.text.citations import Citation
    from aava_rules.engine.choice import EngineName
    from aava_rules.hookspecs import hookimpl
    from aava_rules.language.errors import (
        AavaRulesError,
        AdapterError,
        AssumptionError,
        AuditError,
        Fault,
        MappingError,
        PluginError,
        RecordError,
        RulebookError,
        RulebookNotFound,
        UnknownName,
    )
    from aava_rules.language.texts import Language, Texts
    from aava_rules.language.values import NONE, UNKNOWN, Absent, Unknown
    from aava_rules.mapping.loading import load as load_mapping
    from aava_rules.mapping.source_mapping import SourceMapping
    from aava_rules.record import Record
    from aava_rules.record.limits import Limits
    from aava_rules.rulebook.model import Audience, Weight
    from aava_rules.rulebook.names import Name
    from aava_rules.tools.cases.run import CaseFailure, CaseReport, CaseResult, run_cases

__all__ = [
    "NONE",
    "UNKNOWN",
    "AavaRulesError",
    "Absent",
    "AdapterError",
    "AssumptionError",
    "Audience",
    "AuditError",
    "CaseFailure",
    "CaseReport",
    "CaseResult",
    "Caution",
    "CautionCode",
    "Change",
    "Citation",
    "Decision",
    "Detail",
    "EngineName",
    "Explanation",
    "ExplanationNode",
    "Fault",
    "Finding",
    "FindingStatus",
    "Language",
    "LastKnown",
    "Limits",
    "LookAhead",
    "MappingError",
    "Missing",
    "Name",
    "NextStep",
    "Notice",
    "Outcome",
    "OutcomeStatus",
    "PluginError",
    "Reason",
    "Record",
    "RecordError",
    "RecordFailure",
    "Rulebook",
    "RulebookError",
    "RulebookNotFound",
    "SourceMapping",
    "StoredDecision",
    "StoredFinding",
    "StoredOutcome",
    "StoredStep",
    "Texts",
    "Unknown",
    "UnknownName",
    "Value",
    "Weight",
    "__version__",
    "asked_by",
    "check",
    "expanded",
    "hookimpl",
    "load",
    "load_mapping",
    "run_cases",
]

_ON_DEMAND = {
    "AavaRulesError": "aava_rules.language.errors",
    "Absent": "aava_rules.language.values",
    "AdapterError": "aava_rules.language.errors",
    "AssumptionError": "aava_rules.language.errors",
    "Audience": "aava_rules.rulebook.model",
    "AuditError": "aava_rules.language.errors",
    "CaseFailure": "aava_rules.tools.cases.run",
    "CaseReport": "aava_rules.tools.cases.run",
    "CaseResult": "aava_rules.tools.cases.run",
    "Caution": "aava_rules.decision.cautions",
    "CautionCode": "aava_rules.decision.reasons",
    "Change": "aava_rules.decision.look_ahead",
    "Citation": "aava_rules.decision.text.citations",
    "Decision": "aava_rules.decision.decision",
    "Detail": "aava_rules.decision.decision",
    "EngineName": "aava_rules.engine.choice",
    "Explanation": "aava_rules.decision.explain.tree",
    "ExplanationNode": "aava_rules.decision.explain.tree:Node",
    "Fault": "aava_rules.language.errors",
    "Finding": "aava_rules.decision.answers",
    "FindingStatus": "aava_rules.decision.answers",
    "Language": "aava_rules.language.texts",
    "LastKnown": "aava_rules.decision.grounds",
    "Limits": "aava_rules.record.limits",
    "LookAhead": "aava_rules.decision.look_ahead",
    "MappingError": "aava_rules.language.errors",
    "Missing": "aava_rules.decision.missing",
    "NONE": "aava_rules.language.values",
    "Name": "aava_rules.rulebook.names",
    "NextStep": "aava_rules.decision.answers",
    "Notice": "aava_rules.decision.notices",
    "Outcome": "aava_rules.decision.answers",
    "OutcomeStatus": "aava_rules.decision.answers",
    "PluginError": "aava_rules.language.errors",
    "Reason": "aava_rules.decision.reasons",
    "Record": "aava_rules.record",
    "RecordError": "aava_rules.language.errors",
    "RecordFailure": "aava_rules.decision.service",
    "Rulebook": "aava_rules.decision.service",
    "RulebookError": "aava_rules.language.errors",
    "RulebookNotFound": "aava_rules.language.errors",
    "SourceMapping": "aava_rules.mapping.source_mapping",
    "StoredDecision": "aava_rules.decision.stored",
    "StoredFinding": "aava_rules.decision.stored",
    "StoredOutcome": "aava_rules.decision.stored",
    "StoredStep": "aava_rules.decision.stored",
    "TableDecisions": "aava_rules.decision.table",
    "Texts": "aava_rules.language.texts",
    "UNKNOWN": "aava_rules.language.values",
    "Unknown": "aava_rules.language.values",
    "UnknownName": "aava_rules.language.errors",
    "Value": "aava_rules.decision.answers",
    "Weight": "aava_rules.rulebook.model",
    "asked_by": "aava_rules.decision.asking",
    "check": "aava_rules.decision.loading",
    "expanded": "aava_rules.decision.short",
    "hookimpl": "aava_rules.hookspecs",
    "load": "aava_rules.decision.loading",
    "load_mapping": "aava_rules.mapping.loading:load",
    "run_cases": "aava_rules.tools.cases.run",
}
"""Where to find what the package offers: it is imported when it is first used.

A program that only wants its version, or one of the modules, does not wait for all of the library.
"""

if not TYPE_CHECKING:  # a checker that saw it would believe in every name

    def __getattr__(name: str) -> object:
        place = _ON_DEMAND.get(name)
        if place is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module, _, inner = place.partition(":")
        value = globals()[name] = getattr(import_module(module), inner or name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_ON_DEMAND})
