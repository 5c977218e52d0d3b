"""Which adapter reads a path, standard input or a media type."""

from __future__ import annotations

from pathlib import Path

from aava_rules.adapters import Adapter
from aava_rules.decision.plugins import Plugins
from aava_rules.language.errors import AdapterError, nearest
from aava_rules.tools.inputs.json import JsonOrLines

STDIN = "-"
"""The path that means standard input."""


def adapter_for(plugins: Plugins, wanted: str | Path) -> Adapter:
    """The adapter of a source.

    Args:
        plugins: The plugins whose adapters are looked through.
        wanted: A path (its suffix decides), ``-`` (standard input: JSON or JSON Lines) or a media type.

    Raises:
        AdapterError: No adapter reads it, or several do.
    """
    text = str(wanted)
    if text == STDIN:
        return JsonOrLines()
    media_type = text.partition(";")[0].strip().lower()
    fitting = [adapter for adapter in plugins.adapters() if media_type in adapter.media_types]
    fitting = fitting or _by_suffix(plugins, text)
    if len(fitting) > 1:
        names = ", ".join(f"{adapter.name} (of {plugins.origin(adapter)})" for adapter in fitting)
        raise AdapterError(f"{text}: several adapters read this: {names}. Disable all but one.")
    if fitting:
        return fitting[0]
    raise AdapterError(_none_reads(plugins, text))


def _by_suffix(plugins: Plugins, text: str) -> list[Adapter]:
    name = Path(text).name.lower()
    fitting = [
        (len(suffix), adapter) for adapter in plugins.adapters() for suffix in adapter.suffixes if name.endswith(suffix)
    ]
    # of .csv and .tasks.csv the longer suffix is the more specific
    longest = max((length for length, _ in fitting), default=0)
    return [adapter for length, adapter in fitting if length == longest]


def _none_reads(plugins: Plugins, text: str) -> str:
    suffixes = sorted({suffix for adapter in plugins.adapters() for suffix in adapter.suffixes})
    suffix = Path(text).suffix
    what = f"no adapter reads {suffix[:20]} files" if suffix else "the name has no suffix that tells its kind"
    hint = nearest(suffix, suffixes) if suffix else ""
    return f"{text}: {what}. Known are {', '.join(suffixes)}. {hint}".strip()
