"""What the library needs has bounds, and the suite runs on every version of Python that it names."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
import versions
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [
    *PROJECT["dependencies"],
    *(part for extra in ("durable", "table") for part in PROJECT["optional-dependencies"][extra]),
]


@pytest.mark.parametrize("written", RUNTIME)
def test_what_a_host_installs_has_an_upper_bound(written: str) -> None:
    """A next major version may mean something else, as public holidays decide deadlines."""
    operators = {one.operator for one in Requirement(written).specifier}
    assert operators & {"<", "<=", "=="}, written


def test_versions_are_those_of_the_project(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that the project names is run but this one; one that is not here is told."""
    assert versions.versions()[0] == PROJECT["requires-python"].removeprefix(">=")
    ran: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(versions, "passes", lambda version, python, arguments: not ran.append((version, arguments)))
    own = ".".join(map(str, sys.version_info[:2]))
    assert versions.main([own, "3.99", "--", "-x"]) == 0
    assert ran == [(own, ["-x"])]
    told = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"Python {re.escape(own)}: .*python.*", told[0])
    assert told[1:] == [
        f"Python {own} passes.",
        "Python 3.99 not tested: no interpreter of it is on the path or among those of pyenv.",
    ]
    assert versions.main(["--quick", own]) == versions.main([own]) == 0
    assert ran[1:] == [(own, [*versions.QUICK]), (own, [*versions.SUITE])]
    assert all((versions.ROOT / name).exists() for name in versions.QUICK if name.startswith("tests/"))
    monkeypatch.setattr(versions, "passes", lambda *_: False)
    assert versions.main([own]) == 1
