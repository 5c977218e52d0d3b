"""The command line, ``aava-rules``."""

from aava_rules.tools.cli.app import build, main

__all__ = ["build", "main"]
