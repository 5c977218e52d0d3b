"""How much is compared: ``--rulebooks`` random ones in all, with ``--records`` records each."""

from typing import Any

import pytest
from agreement import Tally

RULEBOOKS, RECORDS = 64, 25
"""What is compared unless the command line says otherwise."""


TALLY = Tally()
_SUMS = {"rulebooks": 0, "examples": 0, "one_by_one": 0}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rulebooks", type=int, default=RULEBOOKS, help="random rulebooks on which engines are compared")
    parser.addoption("--records", type=int, default=RECORDS, help="records for each of them")
    parser.addoption("--first", type=int, default=0, help="another number compares other rulebooks")


@pytest.fixture
def wanted(request: pytest.FixtureRequest) -> dict[str, int]:
    """How much to compare."""
    defaults = {"rulebooks": RULEBOOKS, "records": RECORDS, "first": 0}
    return {name: request.config.getoption(f"--{name}", default=value) for name, value in defaults.items()}


@pytest.fixture(autouse=True)
def _programs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines are compared program by program, so that none may be dropped and made anew in between."""
    monkeypatch.setattr("aava_rules.compiler.compile.MOST_KB", 10**12)


@pytest.fixture
def tally() -> Tally:
    """Where to note what was compared."""
    return TALLY


def _counts() -> dict[str, int]:
    return {"rulebooks": len(TALLY.rulebooks), "examples": TALLY.examples, "one_by_one": TALLY.one_by_one}


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["compared"] = _counts()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, count in getattr(node, "workeroutput", {}).get("compared", {}).items():
        _SUMS[name] += count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sums = {name: _SUMS[name] + count for name, count in _counts().items()}
    if sums["examples"]:
        terminalreporter.write_line(
            f"engines compared on {sums['rulebooks']} random rulebooks: {sums['examples']} examples, "
            f"of which tables answered {sums['one_by_one']} one by one"
        )
