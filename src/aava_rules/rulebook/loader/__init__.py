"""Rule files into the parts of a rulebook, or every fault of them at once.

The stages, each true of all files before the next begins: ``yaml_nodes`` reads strict YAML into nodes that know their
lines; ``documents`` and ``file_schema`` check shapes by pydantic, and turn each error into a fault at its line;
``folders`` collects the documents of all layers; ``declarations`` and ``rulesets`` collect names into ``symbols``, so
that a line may read what is declared further down. Then everything is linked: ``derived_facts``, ``rules`` with
``conclusions`` and ``messages``, each line by ``expressions``; ``precedence`` refuses circles, and ``interning`` makes
equal parts one object.

A fault is reported to ``Faults`` and reading goes on, so that one run shows them all; what reads a broken name raises
``AlreadyReported`` instead of a fault of its own. To begin, read ``load``.
"""

from aava_rules.rulebook.loader.load import load_cases, load_parts, name_of

__all__ = ["load_cases", "load_parts", "name_of"]
