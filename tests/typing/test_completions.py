"""What editors offer of the public classes: a checker that reads the source sees what hosts use, and nothing else."""

from __future__ import annotations

import ast
import inspect
import os
from pathlib import Path
from typing import Any

import pytest
from mypy.build import build
from mypy.modulefinder import BuildSource
from mypy.nodes import TypeInfo
from mypy.options import Options
from pydantic import BaseModel

import aava_rules

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"
RECORD = "aava_rules.record.model"

OFFERED = {
    "AavaRulesError": "",
    "Absent": "",
    "AdapterError": "",
    "AssumptionError": "",
    "AuditError": "",
    "CaseFailure": "case expected got place to_dict why",
    "CaseReport": "failed failures passed results to_dict",
    "CaseResult": "case failure passed place",
    "Caution": "about affects amended_by citations code from_dict subject text texts to_dict until",
    "Change": "after answer assumed before by cause_text causes cautions day explain key kind line name not_before reasons "
    "text to_dict where",
    "Citation": "cite from_dict link text title to_dict",
    "Decision": "audience cautions engine explain findings for_audience from_dict missing missing_for next_steps notices on "
    "outcomes protected record record_id rulebook to_dict to_json with_findings",
    "Explanation": "from_dict language text to_dict trees",
    "ExplanationNode": "children citations from_dict kind leaves reads size texts to_dict",
    "Fault": "code column example hint label place source what why width",
    "Finding": "by cautions citations key last_day left limit measure measured message reasons recheck_on requirement rulebook "
    "status text title to_dict unit weight where",
    "LastKnown": "by day to_dict value",
    "Limits": "answers items items_in_all",
    "LookAhead": "assumed decision on to_dict to_json until",
    "MappingError": "faults subject",
    "Missing": "affects fact fields from_dict settles text titles to_dict where",
    "Name": "cites derived each from_dict instead kind name rulebook rules title to_dict type unit until words",
    "NextStep": "by cautions citations due message overdue recheck_on rulebook step text title to_dict weight where",
    "Notice": "code fields from_dict text texts to_dict",
    "Outcome": "by cautions citations given last_known left limit measure measured message name possible reasons recheck_on "
    "status successor text title to_dict unit value where",
    "PluginError": "",
    "Record": "benefits client complete complete_fields complete_from events facts facts_on id periods plans",
    "RecordError": "faults subject",
    "RecordFailure": "error position record_id",
    "Rulebook": "amendments checklist compare compare_table count count_tables counted counts counts_table decide decide_many "
    "decide_table due due_by due_table facts fields folder label limits look_ahead month_of months name names outcomes path "
    "plugins questions requirements sha256 steps tables tally title version weight",
    "RulebookError": "faults subject",
    "RulebookNotFound": "",
    "SourceMapping": "all_sections check_source clients complete complete_from counts forms join key_of lookups name needs_key "
    "read record require_key sections set_lookups tables text",
    "StoredDecision": "cautions engine findings from_dict missing next_steps notices on outcomes record_id rulebook to_dict "
    "to_json",
    "StoredFinding": "by caution_codes citations key left limit measured message reasons requirement rulebook status text "
    "title to_dict unit weight where",
    "StoredOutcome": "by caution_codes citations given left limit measured message name possible reasons status text title "
    "to_dict unit value",
    "StoredStep": "by caution_codes citations due message overdue rulebook step text title to_dict weight where",
    "TableDecisions": "cautions decision findings invalid missing next_steps notices one_by_one outcomes",
    "Texts": "",
    "Unknown": "UNKNOWN",
    "UnknownName": "",
}
"""The names that hosts use of each class of the package: a name is added to or taken from them only on purpose."""
OF_PYDANTIC = {"model_config", *dir(BaseModel)}
"""What a record has because it is a model of pydantic."""


def modules() -> list[str]:
    """The modules that the package imports its names from, and those of their bases: all that is read."""
    tree = ast.parse((SOURCES / "aava_rules/__init__.py").read_text(encoding="utf-8"))
    imported = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names = {name for name in imported if name.startswith("aava_rules")}
    return sorted(names | {"aava_rules", "aava_rules.language.structs", "aava_rules.record.items", RECORD})


@pytest.fixture(scope="module")
def classes() -> dict[str, TypeInfo]:
    """What mypy makes of the public classes, by reading their source as editors do."""
    options = Options()
    options.mypy_path = [str(SOURCES)]
    # names are looked for, and not whether the types are right, which needs all else
    options.follow_imports, options.semantic_analysis_only = "skip", True
    options.incremental, options.cache_dir = False, os.devnull
    files = {name: SOURCES / name.replace(".", "/") for name in modules()}
    paths = {name: path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for name, path in files.items()}
    read = build([BuildSource(str(path), name) for name, path in paths.items()], options)
    assert not read.errors
    symbols = read.files["aava_rules"].names
    nodes = {name: symbols[name].node for name in [*aava_rules.__all__, "TableDecisions"] if name in symbols}
    return {name: node for name, node in nodes.items() if isinstance(node, TypeInfo)}


def public(names: set[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def is_ours(module: str) -> bool:
    return module.startswith("aava_rules")


def offered(name: str) -> set[str]:
    return set(OFFERED[name].split())


def test_the_list_has_every_public_class(classes: dict[str, TypeInfo]) -> None:
    """A class that the package begins to offer is listed with its names."""
    assert classes.keys() == OFFERED.keys()


@pytest.mark.parametrize("name", OFFERED)
def test_a_checker_sees_the_names_that_hosts_use_and_no_others(name: str, classes: dict[str, TypeInfo]) -> None:
    """What the library has in its classes for itself is not public in their bodies or bases, attributes included."""
    node = classes[name]
    assert name == "Record" or not node.fallback_to_any  # of all but pydantic every base was read
    foreign_names = {member for base in node.mro if not is_ours(base.fullname) for member in base.names}
    ours = {member for base in node.mro if is_ours(base.fullname) for member in base.names}
    assert public(ours) - foreign_names - OF_PYDANTIC == offered(name)


def ahead_of(rulebook: aava_rules.Rulebook) -> aava_rules.LookAhead:
    record = (ROOT / "examples/records/a-17.json").read_bytes()
    return rulebook.look_ahead(record, "2014-05-05", only=["target_group"])


def instances() -> dict[str, Any]:
    """Objects as hosts get them, by the name of their class."""
    rulebook = aava_rules.load("aava", plugins=False)
    record = (ROOT / "examples/records/judged-in-2026.json").read_bytes()
    decision = rulebook.decide(record, on="2026-06-01")
    outcome, ahead = decision.outcomes["target_group"], ahead_of(rulebook)
    stored, explanation = decision.from_dict(decision.to_dict()), decision.explain("target_group")
    (failure,) = rulebook.decide_many([{"id": 1}])
    assert isinstance(failure, aava_rules.RecordFailure) and isinstance(failure.error, aava_rules.RecordError)
    objects = [
        rulebook, rulebook.names[0], rulebook.limits, decision, decision.record, outcome, outcome.last_known,
        decision.findings[0], decision.next_steps[0], decision.missing[0], decision.cautions[0], outcome.citations[0],
        ahead, ahead[0], explanation, explanation.trees[0], stored, stored.outcomes["target_group"],
        stored.findings[0], stored.next_steps[0], failure, failure.error, failure.error.faults[0],
    ]  # fmt: skip
    return {type(thing).__name__: thing for thing in objects}


def test_objects_complete_to_the_same_names() -> None:
    """A shell, which asks the object, offers what an editor offers, which reads the source; slots are among that."""
    seen = instances()
    seen["ExplanationNode"] = seen.pop("Node")
    assert len(seen) == 23
    for name, thing in seen.items():
        inherited = {member for base in type(thing).__mro__ if not is_ours(base.__module__) for member in dir(base)}
        assert public(set(dir(thing))) - inherited - OF_PYDANTIC == offered(name), name
        slots = {slot for base in type(thing).__mro__ for slot in vars(base).get("__slots__", ())}
        assert public(slots) <= offered(name), name


def test_every_name_is_told_of() -> None:
    """Each has a docstring of its own, or its class tells what it is."""
    for name in OFFERED:
        kind = getattr(aava_rules, name)
        told = " ".join(inspect.getdoc(base) or "" for base in kind.__mro__ if is_ours(base.__module__))
        for member in offered(name):
            own_words = getattr(getattr(kind, member, None), "__doc__", None)
            if kind is aava_rules.Record and member in kind.model_fields:
                own_words = next(word for word in kind.model_fields[member].metadata if isinstance(word, str))
            assert own_words or f"``{member}``" in told or f"{member}:" in told, f"{name}.{member}"
