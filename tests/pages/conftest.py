"""A browser for all tests of pages, the pages, and the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser as tools
import pytest


@pytest.fixture(scope="session", name="browser")
def _browser() -> Iterator[Any]:
    with tools.opened() as browser:
        yield browser


@pytest.fixture(scope="session", name="pages")
def _pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tools.make_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session", name="address")
def _address() -> Iterator[str]:
    with tools.service() as address:
        yield address
