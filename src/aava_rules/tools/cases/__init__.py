"""Worked cases: records with the answers that must follow, read from ``cases.yaml`` and compared with decisions.

``run`` reads and runs cases; ``compare`` says where a decision differs from what a case expects. Both use the public
interface of ``decision`` and the YAML reader of ``rulebook.loader``, and neither prints anything. Begin with
``run.run_cases``.
"""
