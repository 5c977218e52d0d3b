"""How what an extra brings is installed: of the checkout or the wheel, since the library is on no package index."""

from __future__ import annotations


def how_to_install(extra: str, project: str = "") -> str:
    """What to do where the packages of an extra are missing.

    Args:
        extra: its name, such as ``table``.
        project: the folder of the distribution in the checkout, such as ``plugins/aava-rules-sql``; empty for the
            library itself.
    """
    folder = f"./{project}" if project else "."
    return f'pip install "{folder}[{extra}]" in the checkout, or "FILE.whl[{extra}]" with the wheel you were given'
