"""Rule files -> the parts of a rulebook, with every fault at once."""

from .reading import load_cases, load_parts

__all__ = ["load_cases", "load_parts"]
