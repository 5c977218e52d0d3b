"""What the typing tests share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which mypy notes what it has read, so that it reads the library once."""
    return tmp_path_factory.mktemp("typed")
