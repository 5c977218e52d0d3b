"""Rulebooks for people to read: as text, as an accessible HTML page, and the client path as a diagram.

What is true here: ``page.build_page`` turns a rulebook into plain data in one language (rules, values, cases, notes),
and the writers ``text``, ``html`` and ``mermaid`` only lay it out; ``diff`` lays out the differences between two
days. All texts come from ``decision.text``, and what a client's record holds is shown only as far as
``reports.shown`` allows. What it may import: the rooms up to ``decision``, ``tools.cases``, ``tools.reports.shown``
and ``decision.compare``. Begin with ``page``.
"""
