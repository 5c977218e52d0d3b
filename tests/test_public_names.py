"""What the package offers, and what importing it costs."""

import importlib
import pickle
import subprocess
import sys
import traceback
from importlib import metadata
from typing import Literal, get_origin

import pytest

import aava_rules
from aava_rules import testing

PUBLIC = {
    "NONE", "UNKNOWN", "AavaRulesError", "Absent", "AdapterError", "AssumptionError", "Audience", "AuditError", "CaseFailure", "CaseReport",
    "CaseResult", "Caution", "CautionCode", "Change", "Citation", "Decision", "Detail", "EngineName", "Explanation",
    "ExplanationNode", "Fault", "Finding", "FindingStatus", "Language", "LastKnown", "Limits", "LookAhead", "MappingError", "Missing",
    "Name", "NextStep", "Notice", "Outcome", "OutcomeStatus", "PluginError", "Reason", "Record", "RecordError",
    "RecordFailure", "Rulebook", "RulebookError", "RulebookNotFound", "SourceMapping", "StoredDecision",
    "StoredFinding", "StoredOutcome", "StoredStep", "Texts", "Unknown", "UnknownName", "Value", "Weight", "__version__",
    "asked_by", "check", "expanded", "hookimpl", "load", "load_mapping", "run_cases",
}  # fmt: skip


def test_the_public_names_are_these_and_no_others() -> None:
    """A name is added to or taken from the package only on purpose."""
    assert set(aava_rules.__all__) == PUBLIC


def test_every_public_name_is_there_and_documented() -> None:
    """Each public name can be got from the package, and says what it is."""
    assert aava_rules.TableDecisions.__doc__
    words = {name for name in PUBLIC if get_origin(getattr(aava_rules, name)) is Literal}
    assert words == {"Audience", "CautionCode", "Detail", "EngineName", "FindingStatus", "Language", "OutcomeStatus"} | {
        "Reason", "Weight",
    }  # fmt: skip
    for name in sorted(PUBLIC - words - {"NONE", "UNKNOWN", "Value", "__version__", "hookimpl"}):
        assert (getattr(aava_rules, name).__doc__ or "").strip(), name
    assert repr(aava_rules.UNKNOWN) == "UNKNOWN"


def test_every_method_of_the_answers_is_documented_or_plain() -> None:
    """Public methods of the main classes have docstrings; the few plain properties are told in their class."""
    for kind in (aava_rules.Rulebook, aava_rules.Decision):
        for name, member in vars(kind).items():
            if not name.startswith("_") and name != "states" and callable(member):
                assert (member.__doc__ or "").strip() or name == "to_dict", f"{kind.__name__}.{name}"


def test_public_names_belong_to_the_package() -> None:
    """Tracebacks, logs and pickles name the package alone, so that nothing of a host depends on an inner module."""
    for name in sorted(PUBLIC - {"ExplanationNode"}):
        if isinstance(getattr(aava_rules, name), type):
            assert getattr(aava_rules, name).__module__ == "aava_rules", name
    with pytest.raises(aava_rules.RecordError) as caught:
        aava_rules.load("finland", plugins=False).decide({"id": 1})
    assert traceback.format_exception_only(caught.value)[0].startswith("aava_rules.RecordError: ")
    for value in (aava_rules.RecordFailure(0, "a", caught.value), *caught.value.faults):
        pickled = pickle.dumps(value)
        assert b"aava_rules." not in pickled
        assert repr(pickle.loads(pickled)) == repr(value)
    assert pickle.loads(pickle.dumps(aava_rules.Record(id="a"))) == aava_rules.Record(id="a")


def test_the_names_for_testers_belong_to_their_module() -> None:
    """Classes of `aava_rules.testing` are named by it, too, and pickle under that name (workers of tests send them)."""
    for name in testing.__all__:
        public = getattr(testing, name)
        assert not isinstance(public, type) or public.__module__ == "aava_rules.testing", name
    assert pickle.loads(pickle.dumps(testing.EVERYTHING)) == testing.EVERYTHING


def test_importing_the_package_brings_in_nothing_that_a_host_does_not_need() -> None:
    """No YAML, command line, calendar data or test tools are imported with the package."""
    unwanted = ("yaml", "typer", "rich", "holidays", "hypothesis", "pytest", "click")
    code = f"import sys, aava_rules; aava_rules.load; print([m for m in {unwanted!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_not_used_is_not_imported() -> None:
    """The package alone brings in its version; what it offers comes with its first use, and completes before."""
    code = (
        "import sys, aava_rules; print(sorted(m for m in sys.modules if m.startswith('aava_rules') or m == 'pydantic'));"
        "print('load' in dir(aava_rules), aava_rules.load is aava_rules.load, 'load' in vars(aava_rules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, names = done.stdout.splitlines()
    assert modules == "['aava_rules', 'aava_rules.language', 'aava_rules.language.version']"
    assert names == "True True True"


def test_classes_have_their_public_names_whoever_imports_them() -> None:
    """What the library raises is called after the package, also where the host has not named it yet."""
    code = (
        "from aava_rules.language.errors import RecordError; from aava_rules.record.model import Record;"
        "from aava_rules.decision.service import Rulebook; from aava_rules.decision.loading import load;"
        "print({thing.__module__ for thing in (RecordError, Record, Rulebook, load)})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'aava_rules'}"


def test_a_name_that_is_not_there_is_an_ordinary_attribute_error() -> None:
    """Names that are made on demand do not hide mistakes."""
    try:
        aava_rules.nothing_of_this_name  # noqa: B018 — the access itself is what is tested
    except AttributeError as error:
        assert "nothing_of_this_name" in str(error)
    else:
        raise AssertionError("no error")


def test_the_version_is_that_of_the_distribution() -> None:
    """The version that the package tells is the one that was installed."""
    assert aava_rules.__version__ == metadata.version("aava-rules")


@pytest.mark.parametrize("module", ["adapters", "arrow", "hookspecs", "mapping", "testing"])
def test_public_modules_say_which_names_are_theirs(module: str) -> None:
    """Each has ``__all__``, so that editors offer nothing that it only imports, and what stands there exists."""
    names = importlib.import_module(f"aava_rules.{module}")
    assert len(names.__all__) == len(set(names.__all__))
    assert all(hasattr(names, name) for name in names.__all__)
    own = {name for name, value in vars(names).items() if getattr(value, "__module__", "") == names.__name__}
    assert {name for name in own if not name.startswith("_")} <= set(names.__all__)
