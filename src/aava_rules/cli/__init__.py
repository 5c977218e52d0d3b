"""The command line, ``aava-rules``."""

from .app import build, main

__all__ = ["build", "main"]
