"""Rule files -> the parts of a rulebook, with every fault at once."""

from aava_rules.rulebook.loader.load import load_cases, load_parts

__all__ = ["load_cases", "load_parts"]
