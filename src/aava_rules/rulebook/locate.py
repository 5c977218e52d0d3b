"""Where the folders of rulebooks are: in the package, in a checkout, next to a rulebook on top, or anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aava_rules.language.errors import RulebookNotFound, nearest

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_folder() -> Path:
    """The folder of the shipped rulebooks: in the package's data, else in an editable checkout."""
    inside = _PACKAGE / "rulesets"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / "rulesets"


def shipped_names() -> list[str]:
    """The names of the shipped rulebooks."""
    return sorted(path.parent.name for path in shipped_folder().glob("*/rulebook.yaml"))


def find(name: str, more: Mapping[str, Path], base: Path | None = None) -> Path:
    """The folder of a rulebook.

    Shipped rulebooks come first, so that no folder of the same name can take the place of law.

    Args:
        name: its name, or the path of its folder; a version behind it (``==2026.1``) is for the caller to compare.
        more: the folders of further rulebooks by name, such as those of plugins.
        base: a folder whose subfolders are looked at last: the parent of a rulebook that extends the one looked for.

    Raises:
        RulebookNotFound: nothing has that name, or the folder has no rulebook.yaml.
    """
    name = name.partition("==")[0]
    try:
        if "/" not in name and "\\" not in name and name not in ("", ".", ".."):
            for folder in (shipped_folder() / name, more.get(name), base / name if base is not None else None):
                if folder is not None and (folder / "rulebook.yaml").is_file():
                    return folder
        path = Path(name)
        if (path / "rulebook.yaml").is_file():
            return path.resolve()
        lacks = path.is_dir()
    except (OSError, ValueError):
        lacks = False
    shown = name[:80] or "without a name"
    if lacks:
        raise RulebookNotFound(f"The folder {shown} has no rulebook.yaml, so it is no rulebook.")
    known = sorted({*shipped_names(), *more})
    hint = nearest(shown, known) or f"There are {', '.join(known)}; a path of a folder will do too."
    raise RulebookNotFound(f"There is no rulebook {shown}. {hint}")
