"""What a rulebook that loads still lacks: rules and limits that no case shows, unused names, rules that clash."""

from aava_rules.tools.lint.run import find_remarks

__all__ = ["find_remarks"]
