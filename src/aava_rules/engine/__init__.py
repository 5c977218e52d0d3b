"""Engines: the same program, evaluated for one record or for a table of them.

What is true in this room: an engine gets formulas over features, never rules, and all engines give the same answers.
``reference`` defines the meaning, in plain Python. ``states`` has what every engine answers (`Reading`, `State`,
`States`, `Engine`), ``conclude`` makes one answer of the states of a question, and ``session`` asks the questions of
one record. ``diagram`` is the fast path of records with nothing but ready-made facts, ``durable`` runs on
durable-rules, and ``table`` answers tables on arrays; these three do not import one another. ``choice`` finds the
engine of a name.

It imports the rooms ``compiler``, ``rulebook``, ``record`` and ``language``. Begin with ``states``, then ``session``.
"""
