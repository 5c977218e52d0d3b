"""Rules lowered to one intermediate representation, which every engine evaluates.

What is true in this room: a rule on a stretch of time in which nothing changes is bound (``bind``), its tests become
literals over partitioned features (``features``), and its overrides, exceptions and ``otherwise`` become formulas
(``lower``, ``formula``) with prime implicants (``implicants``). ``program`` has the result, which is pure data:
features, questions and the cases of their answers. ``compile`` makes and keeps the programs of a rulebook;
``composition`` puts the outcomes below into one question, which ``diagrams`` and ``joint`` answer; ``facts`` has the
plan of each fact, ``inputs`` types ready-made facts, and ``terms`` is the one walk over terms for all engines.

It imports the rooms ``rulebook``, ``record`` and ``language``, and no engine. Begin with ``program``, then ``compile``.
"""
