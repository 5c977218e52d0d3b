"""Which adapter reads a path, standard input or a media type."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from aava_rules.adapters import GZIP, Adapter
from aava_rules.decision.plugins import Plugins
from aava_rules.language.errors import AdapterError, nearest
from aava_rules.mapping.tables import MAPPED
from aava_rules.tools.inputs.json import JsonOrLines

STDIN = "-"
"""The path that means standard input."""
ADDRESS: Final = "address"
"""The capability of an adapter that takes texts which are no paths, such as the address of a database."""
ONLY_MAPPED: Final = "only mapping"
"""The capability of an adapter that reads nothing without a mapping."""
TABLES_ARE_MAPPED: Final = (
    "Tables of other systems are read through a mapping (aava-rules map proposes one); the plugin aava-rules-tabular "
    "reads CSV and Excel."
)
_TABLES: Final = (".csv", ".tsv", ".xlsx", ".xls", ".ods")


def adapter_for(plugins: Plugins, wanted: str | Path, *, mapped: bool = False) -> Adapter:
    """The adapter of a source.

    Args:
        plugins: The plugins whose adapters are looked through.
        wanted: A path (its suffix decides; ``.gz`` after it does not count), the path of a folder with files that one
            adapter reads, ``-`` (standard input: JSON or JSON Lines) or a media type.
        mapped: Whether it is to read through a mapping; only adapters that can do so are looked through.

    Raises:
        AdapterError: No adapter reads it, or several do.
    """
    text = str(wanted)
    if text == STDIN:
        return JsonOrLines()
    media_type = text.partition(";")[0].strip().lower()
    adapters = [adapter for adapter in plugins.adapters() if not mapped or MAPPED in adapter.capabilities]
    fitting = [adapter for adapter in adapters if media_type in adapter.media_types]
    if not fitting and mapped and Path(text).is_dir():
        files = [file.name for file in sorted(Path(text).iterdir()) if file.is_file()]
        fitting = list({id(adapter): adapter for file in files for adapter in _by_suffix(adapters, file)}.values())
    fitting = fitting or _by_suffix(adapters, text)
    if len(fitting) > 1 and not mapped:
        # what reads nothing without a mapping leaves the source to another adapter
        fitting = [adapter for adapter in fitting if ONLY_MAPPED not in adapter.capabilities] or fitting
    if len(fitting) > 1:
        names = ", ".join(f"{adapter.name} (of {plugins.origin(adapter)})" for adapter in fitting)
        raise AdapterError(f"{text}: several adapters read this: {names}. Name one with --input, or disable the rest.")
    if fitting:
        return fitting[0]
    raise AdapterError(_none_reads(adapters, text))


def named_adapter(plugins: Plugins, name: str) -> Adapter:
    """The adapter of that name, for a source whose own name tells nothing.

    Args:
        plugins: The plugins whose adapters are looked through.
        name: The name of an adapter.

    Raises:
        AdapterError: There is none, or several plugins have one.
    """
    fitting = [adapter for adapter in plugins.adapters() if adapter.name == name]
    if len(fitting) == 1:
        return fitting[0]
    names = sorted({adapter.name for adapter in plugins.adapters()})
    if fitting:
        origins = ", ".join(plugins.origin(adapter) for adapter in fitting)
        raise AdapterError(f"--input {name}: several plugins have an adapter of that name: {origins}. Disable one.")
    hint = nearest(name, names)
    raise AdapterError(f"--input {name[:40]}: there is no such adapter. There are {', '.join(names)}. {hint}".strip())


def _by_suffix(adapters: Iterable[Adapter], text: str) -> list[Adapter]:
    name = Path(text).name.lower().removesuffix(GZIP)
    fitting = [(len(suffix), adapter) for adapter in adapters for suffix in adapter.suffixes if name.endswith(suffix)]
    # of .csv and .tasks.csv the longer suffix is the more specific
    longest = max((length for length, _ in fitting), default=0)
    return [adapter for length, adapter in fitting if length == longest]


def _none_reads(adapters: Iterable[Adapter], text: str) -> str:
    suffixes = sorted({suffix for adapter in adapters for suffix in adapter.suffixes})
    suffix = Path(text.removesuffix(GZIP)).suffix
    what = f"no adapter reads {suffix[:20]} files" if suffix else "the name has no suffix that tells its kind"
    hint = nearest(suffix, suffixes) if suffix else ""
    if suffix.lower() in _TABLES:
        hint = TABLES_ARE_MAPPED
    return f"{text}: {what}. Known are {', '.join(suffixes)}. {hint}".strip()
