"""Rule files and what becomes of them: a rulebook as plain, immutable, linked parts.

``model`` has the parts: facts, outcomes, requirements, steps, parameters, sources and rules, each name resolved and
each line a typed tree of ``language.syntax``; nothing is evaluated here. ``loader`` makes them of YAML, or raises every
fault at once; ``pack`` keeps them as bytes, so that a program starts without the loader. ``locate`` finds the folder of
a rulebook, ``digest`` hashes rule files, and ``dependencies`` has what a rule reads. The room imports the rooms
``language`` and ``record``; only ``pack`` and the ways in (``decision.loading``, ``tools``) import the loader. To
begin, read ``model`` and then ``loader.load``.
"""
