"""How much is judged by hand: ``--completions`` in all, over the tests of the naive judge."""

from typing import Any

import pytest
from naive_compare import Tally

COMPLETIONS = 150_000
"""Completions that are judged unless the command line says otherwise."""
SHARES = 5
"""So many tests share them evenly."""

TALLIES: dict[str, Tally] = {}
_OTHERS: list[dict[str, Any]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--completions", type=int, default=COMPLETIONS, help="completions that the naive judge goes through"
    )
    parser.addoption("--first-record", type=int, default=0, help="another number judges other records")


@pytest.fixture
def completions(request: pytest.FixtureRequest) -> int:
    """So many completions are to be judged by one test."""
    return int(request.config.getoption("--completions", default=COMPLETIONS)) // SHARES


@pytest.fixture
def first_record(request: pytest.FixtureRequest) -> int:
    """The number of the first record."""
    return int(request.config.getoption("--first-record", default=0))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Where to note what was judged; it is told at the end."""
    return TALLIES.setdefault(request.node.name, Tally())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["judged"] = {name: str(tally) for name, tally in TALLIES.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _OTHERS.append(getattr(node, "workeroutput", {}).get("judged", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = {name: str(tally) for name, tally in TALLIES.items()}
    for other in _OTHERS:
        lines |= other
    for name, line in sorted(lines.items()):
        terminalreporter.write_line(f"{name}: {line}")
