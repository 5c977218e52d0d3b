"""The language of rules: its values, typed trees, functions and parser, and the calendar.

What is true in this room: a line of a rule is parsed into an immutable tree whose nodes have types and units, so that
equal terms of many rules are one and every fault has a code and a column; nothing of a line is ever run by Python. A
value is exactly known, between bounds, known not to exist, or unknown. The list of functions and aggregates is closed.

It imports no other room. Begin with `syntax` (the trees), then `functions` (the registry: what a function takes, gives
and means), `parser` (a line to its tree), `values` (the values, and how they compare), `dates` (days as statutes count
them); `errors` has the exceptions of the library, and `structs` what the immutable classes have in common.
"""
