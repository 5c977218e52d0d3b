"""The command line, ``aava-rules``.

What is true here: a command reads its arguments, asks the library, writes the result to standard output and
everything else to standard error, and ends with exit code 0 (clean), 1 (findings or failures) or 2 (bad input or
usage). No message quotes the contents of a record. A docstring of a command is its help, up to the form feed in it.

What it may import: every other room but ``testing``; typer and rich only here, in ``reports`` and in ``builtin``, and
costly modules only inside the command that needs them, so that ``--help`` is quick. Begin with ``commands``.
"""

from aava_rules.tools.cli.app import build, main

__all__ = ["build", "main"]
