"""The version of the library: the one place where it stands. The distribution and every document take it from here."""

from typing import Final

VERSION: Final = "0.1.0"
