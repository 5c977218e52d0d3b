"""How much is judged by hand: ``--completions`` in all, over the tests of the naive judge."""

from typing import Any

import pytest
from naive_compare import Tally

COMPLETIONS = 60_000
"""Completions that are judged unless the command line says otherwise."""
SHARES = 10
"""Two for each shipped rulebook, three for random ones, one for plain ones, which are slow to make."""

TALLIES: dict[str, Tally] = {}
_OTHERS: list[dict[str, tuple[str, int]]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--completions", type=int, default=COMPLETIONS, help="completions that the naive judge goes through"
    )
    parser.addoption("--first-record", type=int, default=0, help="another number judges other records")


@pytest.fixture
def completions(request: pytest.FixtureRequest) -> int:
    """So many completions are one share."""
    return int(request.config.getoption("--completions", default=COMPLETIONS)) // SHARES


@pytest.fixture
def first_record(request: pytest.FixtureRequest) -> int:
    """The number of the first record."""
    return int(request.config.getoption("--first-record", default=0))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Where to note what was judged; it is told at the end."""
    return TALLIES.setdefault(request.node.name, Tally())


def _judged() -> dict[str, tuple[str, int]]:
    return {name: (str(tally), tally.completions) for name, tally in TALLIES.items()}


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["judged"] = _judged()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _OTHERS.append(getattr(node, "workeroutput", {}).get("judged", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    judged = _judged()
    for other in _OTHERS:
        judged |= other
    for name, (line, _) in sorted(judged.items()):
        terminalreporter.write_line(f"{name.removeprefix('test_')}: {line}")
    if judged:
        terminalreporter.write_line(f"completions judged by hand: {sum(count for _, count in judged.values())}")
