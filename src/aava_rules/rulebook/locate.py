"""Where the folders of rulebooks are, and which of several of one name is meant."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from aava_rules.language.errors import RulebookNotFound, nearest
from aava_rules.language.structs import Struct

_PACKAGE = Path(__file__).resolve().parent.parent
PATH: Final = "AAVA_RULES_PATH"
"""The variable of the environment with further folders of rulebooks, one after another as in ``PATH``."""


def shipped_folder() -> Path:
    """The folder of the shipped rulebooks: in the package's data, else in an editable checkout."""
    inside = _PACKAGE / "rulesets"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / "rulesets"


def shipped_names() -> list[str]:
    """The names of the shipped rulebooks."""
    return sorted(path.parent.name for path in shipped_folder().glob("*/rulebook.yaml"))


class Places(Struct):
    """Where rulebooks are looked for by name.

    The first of these that has one is meant: the folder beside the rulebook that asks for it, so that a copied stack
    uses its own members; the search path, in its order; the shipped rulebooks; those of plugins. With a version, the
    first that is of it.

    Attributes:
        of_plugins: the folders of the rulebooks that plugins register, by name.
        path: the search path: folders that hold rulebooks, each in a folder of its name (``finland``), or of its name
            and more (``finland-2027.1``).
    """

    of_plugins: Mapping[str, Path]
    path: tuple[Path, ...] = ()

    def candidates(self, name: str, base: Path | None = None) -> list[Path]:
        """The folders of the rulebooks of this name, the one that is meant first; each once.

        Args:
            name: the name, without a version.
            base: the folder that holds the rulebook that asks for it; None if the caller does.
        """
        if not is_name(name):
            return []
        folders = [*_in(base, name)] if base is not None else []
        for place in self.path:
            folders += _in(place, name)
        folders += _in(shipped_folder(), name)
        if (registered := self.of_plugins.get(name)) is not None and (registered / "rulebook.yaml").is_file():
            folders.append(registered)
        return list({folder.resolve(): folder for folder in reversed(folders)}.values())[::-1]

    def find(self, name: str, base: Path | None = None) -> Path:
        """The folder of a rulebook.

        Args:
            name: its name, with a version if that matters (``finland==2026.1``), or the path of its folder. Whether a
                folder is of the version is for the caller to compare.
            base: the folder that holds the rulebook that asks for it; None if the caller does.

        Raises:
            RulebookNotFound: nothing has that name, or the folder has no rulebook.yaml.
        """
        name, _, version = name.partition("==")
        try:
            if folders := self.candidates(name, base):
                return next((folder for folder in folders if version and version_in(folder) == version), folders[0])
            path = Path(name)
            if (path / "rulebook.yaml").is_file():
                return path.resolve()
            lacks = path.is_dir()
        except (OSError, ValueError):
            lacks = False
        shown = name[:80] or "without a name"
        if lacks:
            raise RulebookNotFound(f"The folder {shown} has no rulebook.yaml, so it is no rulebook.")
        known = sorted({*shipped_names(), *self.of_plugins})
        hint = nearest(shown, known) or f"There are {', '.join(known)}; a path of a folder will do too."
        raise RulebookNotFound(f"There is no rulebook {shown}. {hint}")

    def origin(self, folder: Path, base: Path | None = None) -> str:
        """Where one of the `candidates` lies, in words.

        Args:
            folder: its folder.
            base: the folder that holds the rulebook that asks for it; None if the caller does.
        """
        place = folder.parent.resolve()
        if base is not None and place == base.resolve():
            return "beside it"
        if place in self.path:
            return "on the search path"
        return "shipped" if place == shipped_folder().resolve() else "of a plugin"

    def shadows_shipped(self) -> bool:
        """Whether the search path has a rulebook with the name of a shipped one."""
        return bool(self.path) and any(_in(place, name) for place in self.path for name in shipped_names())


def search_path(path: Iterable[str | os.PathLike[str]] = ()) -> tuple[Path, ...]:
    """The folders of ``path``, and after them those of the environment variable ``AAVA_RULES_PATH``."""
    of_environment = [part for part in os.environ.get(PATH, "").split(os.pathsep) if part]
    return tuple(Path(part).resolve() for part in (*path, *of_environment))


def is_name(text: str) -> bool:
    """Whether ``text`` is a name of a rulebook and not a path."""
    return "/" not in text and "\\" not in text and text not in ("", ".", "..")


def version_in(folder: Path) -> str:
    """The version that stands in the rulebook.yaml in ``folder``; empty if none can be read there."""
    try:
        text = (folder / "rulebook.yaml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    match = re.search(r"""^version:[ \t]*["']?([^"'#\s]+)""", text, re.MULTILINE)
    return match[1] if match else ""


def _in(place: Path, name: str) -> list[Path]:
    """The folders of a rulebook ``name`` in ``place``: that of its name, then of name and more, the last first."""
    folders = [place / name, *sorted(_of_versions(place, name), key=_by_numbers, reverse=True)]
    return [folder for folder in folders if (folder / "rulebook.yaml").is_file()]


def _of_versions(place: Path, name: str) -> Iterator[Path]:
    try:
        with os.scandir(place) as entries:
            yield from (place / entry.name for entry in entries if entry.name.startswith(f"{name}-"))
    except OSError:
        return


def _by_numbers(folder: Path) -> list[tuple[int, int, str]]:
    """By the numbers in a name, so that 2026.10 comes after 2026.9."""
    parts = re.split(r"(\d+)", folder.name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def find(name: str, of_plugins: Mapping[str, Path], base: Path | None = None) -> Path:
    """The folder of a rulebook, with the search path of the environment; as `Places.find`.

    Args:
        name: its name, or the path of its folder.
        of_plugins: the folders of further rulebooks by name, such as those of plugins.
        base: the folder that holds the rulebook that asks for it; None if the caller does.

    Raises:
        RulebookNotFound: nothing has that name, or the folder has no rulebook.yaml.
    """
    return Places(of_plugins, search_path()).find(name, base)
