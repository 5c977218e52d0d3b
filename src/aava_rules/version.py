"""The version of the library, as its distribution has it."""

from typing import Final

VERSION: Final = "0.1.0"
