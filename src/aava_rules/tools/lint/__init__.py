"""What a rulebook that loads still lacks: rules and limits that no case shows, unused names, rules that may clash.

What is true here: a check reads the rulebook and its worked cases, changes nothing, and reports remarks (``Fault``
with a code from AR201 on), each at a line of the rulebook's own files. It may import the rooms from ``language`` to
``decision`` and ``tools.cases``. To add a check, write a function ``check_...`` in a module of its own or next to its
kin, and call it in ``run.find_remarks``; its code and texts are in the function. Begin with ``run``.
"""

from aava_rules.tools.lint.run import find_remarks

__all__ = ["find_remarks"]
