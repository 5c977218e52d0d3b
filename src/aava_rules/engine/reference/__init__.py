"""The reference engine: what terms, tests and formulas mean, in plain Python, for one record at a time.

``scope`` is what a closure reads; ``evaluate`` makes the closures of terms and tests (the algebra of
``compiler.terms``), ``windows``, ``aggregates`` and ``steps`` those of derivations; ``facts`` carries out the plan of
each fact, once a record; ``features`` reads the features of a program, and ``engine`` evaluates its formulas. Imports
go in that order.
"""
