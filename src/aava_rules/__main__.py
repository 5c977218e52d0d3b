"""The program ``aava-rules`` as ``python -m aava_rules``."""

from aava_rules.tools.cli import main

main()
