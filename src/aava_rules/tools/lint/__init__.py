"""What a rulebook that loads still lacks: rules that clash or say nothing, gaps, limits without a case, unused names.

What is true here: a check reads the rulebook and its worked cases, changes nothing, and reports remarks (``Fault``
with a code from AR201 on), each at a line of the rulebook's own files. It may import the rooms from ``language`` to
``decision`` and ``tools.cases``. To add a check, write a function ``check_...`` in a module of its own or next to its
kin, and call it in ``run.find_remarks``; its code and texts are in the function. What is proved of formulas is proved
by ``logic``, and ``witness`` finds a record that shows it (ADR 13). Begin with ``run``.
"""

from aava_rules.tools.lint.run import find_remarks

__all__ = ["find_remarks"]
