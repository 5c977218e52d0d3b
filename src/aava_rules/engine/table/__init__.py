"""Whole registers at once: the same rules on columns, three values included.

`decide_table` takes a table for each list of a record and gives tables of answers. Polars reads and
writes the tables; the rules run on numpy arrays, a block of clients at a time. Each module mirrors
one of the record path: `terms` and `conditions` are `evaluation`, `facts`, `aggregates`, `steps`
and `windows` their namesakes, `cells` is `variables`, `formulas` what `canonical` says of states,
`settling` and `run` are `settling` and `asking`.
"""
