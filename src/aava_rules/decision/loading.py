"""From the name or folder of a rulebook to a `Rulebook`, or to every fault in it.

`load` makes a `Rulebook`, with what is installed or handed over as plugins, and as amended; `check` tells all faults.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from aava_rules.decision.choose_plugins import choose_plugins
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import Fault, RulebookError, RulebookNotFound
from aava_rules.language.structs import public
from aava_rules.record.limits import LIMITS, Limits
from aava_rules.rulebook.locate import Places, search_path
from aava_rules.rulebook.model import Layer, Parts


@public
def load(
    rulebook: str | os.PathLike[str], *, plugins: bool | Iterable[object] = True, limits: Limits = LIMITS,
    key: bytes | None = None, audit: Literal["strict"] | None = None, amend: Iterable[str | os.PathLike[str]] = (),
    path: Iterable[str | os.PathLike[str]] = (),
) -> Rulebook:  # fmt: skip
    """Load a rulebook.

    Args:
        rulebook: Its name (``aava``), with a version if that matters (``finland==2026.1``), or its folder's path. That
            of an amendment loads what it amends, with the amendment.
        plugins: True for those installed, False for none, or objects with hooks to use besides those installed.
        limits: How much one client may have; what is beyond is a fault (AR120) of that client alone.
        key: The host's own secret, of at least 16 bytes. The keys of findings about items without an id of their own
            hash what the items hold; with a secret, nobody can find by trying what that is. Without one, the items of
            clients whose data is under special protection are numbered instead.
        audit: ``strict``: no decision without its row. A decision that a plugin with the hook ``decided`` fails to note
            raises AuditError, and loading raises PluginError where none is there or one is broken. None: what such a
            plugin raises is logged, and the caller gets the decision.
        amend: Amendments of it or of a rulebook below it, by name or path: they change law or a model from their day
            on. Nothing is amended that is not named here. Decisions name them among the layers of their rulebook and,
            unless they are enacted, in a caution. ``docs/change_of_law.md`` tells how they are written.
        path: Folders that hold rulebooks, in which names are looked for before the shipped ones, also names in
            ``extends`` and ``amends``; after them those of the environment variable ``AAVA_RULES_PATH``.
            ``docs/versions.md`` tells which of several is meant.

    Raises:
        PluginError: An object in ``plugins`` cannot be used, or the audit is strict and would not be kept.
        TypeError: ``amend`` or ``path`` is one text in place of a list.
        ValueError: ``audit`` is another word, or the key is shorter.
        RulebookNotFound: There is no such rulebook or amendment, or not of that version.
        RulebookError: The rulebook, or a rulebook below it, has faults; the error has all of them.
    """
    from aava_rules.rulebook.pack import is_own, packed

    if audit not in (None, "strict"):
        raise ValueError('audit is "strict" or None.')
    chosen = choose_plugins(plugins, audit)
    of_plugins = {} if chosen is None or callable(chosen) else chosen.rulebooks()
    name, _, version = os.fspath(rulebook).partition("==")
    places = _places(of_plugins, path)
    folder = places.find(os.fspath(rulebook))
    named = [
        (amendment, places.find(f"{amendment}{'==' if wanted else ''}{wanted}"), wanted)
        for amendment, wanted in _names_and_versions(amend)
    ]
    amendments = [place for _, place, _ in named]
    parts = packed(folder) if is_own(folder) and not amendments and not places.shadows_shipped() else None
    parts = parts or _parts_of(folder, places, amendments)
    for shown, place, wanted in ((name, folder, version), *named):
        if wanted and (actual := _layer_of(place, parts).version) != wanted:
            what = "Rulebook" if place is folder else "Amendment"
            advice = "Ask for the one there is, or install the other."
            raise RulebookNotFound(f"{what} {shown} is of version {actual}, not {wanted[:40]}. {advice}")
    loaded = Rulebook(parts, chosen, folder, limits, key, amendments=amendments, path=places.path)
    loaded._shared_plugins, loaded._strict = plugins is True, audit is not None
    return loaded


@public
def check(
    rulebook: str | os.PathLike[str], amend: Iterable[str | os.PathLike[str]] = (),
    path: Iterable[str | os.PathLike[str]] = (),
) -> list[Fault]:  # fmt: skip
    """Every fault of a rulebook and of those below it, in the order of the files; none if all is right.

    Args:
        rulebook: Its name, or the path of its folder.
        amend: Amendments, as for `load`.
        path: Folders that hold rulebooks, as for `load`.

    Raises:
        RulebookNotFound: There is no such rulebook or amendment.
    """
    from aava_rules.decision.plugins import manager

    places = _places(manager().rulebooks(), path)
    folder = places.find(os.fspath(rulebook))
    try:
        _parts_of(folder, places, [places.find(name) for name, _ in _names_and_versions(amend)])
    except RulebookError as error:
        return list(error.faults)
    return []


def _places(of_plugins: Mapping[str, Path], path: Iterable[str | os.PathLike[str]]) -> Places:
    """Where rulebooks are looked for. Raises TypeError for one folder in place of a list."""
    if isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"path is a list of folders; write path=[{os.fspath(path)[:80]!r}].")
    return Places(of_plugins, search_path(path))


def places_of(rulebook: Rulebook) -> Places:
    """Where ``rulebook`` was looked for, and those below it."""
    plugins = rulebook.plugins
    return Places(plugins.rulebooks() if plugins is not None else {}, rulebook.path or search_path())


def _names_and_versions(amend: Iterable[str | os.PathLike[str]]) -> list[tuple[str, str]]:
    """Each amendment with the version that is asked for, or none. Raises TypeError for one name in place of a list."""
    if isinstance(amend, (str, bytes, os.PathLike)):
        raise TypeError(f"amend is a list of amendments; write amend=[{os.fspath(amend)[:80]!r}].")
    parted = [os.fspath(amendment).partition("==") for amendment in amend]
    return [(name, version) for name, _, version in parted]


def _layer_of(folder: Path, parts: Parts) -> Layer:
    """The layer of the rulebook, or amendment, in ``folder``, of which ``parts`` were made."""
    if all(layer.amendment is None for layer in parts.layers):
        return parts.layers[-1]
    from aava_rules.rulebook.loader import name_of

    name = name_of(folder)
    return next((layer for layer in parts.layers if layer.name == name), parts.layers[-1])


def _parts_of(folder: Path, places: Places, amendments: Iterable[Path] = ()) -> Parts:
    """The linked rules of a folder and of what it extends, as amended. Raises RulebookError, RulebookNotFound."""
    from aava_rules.rulebook.loader import load_parts

    return load_parts(folder, lambda name: places.find(name, folder.parent), amendments)
