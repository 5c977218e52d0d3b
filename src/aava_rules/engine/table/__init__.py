"""Whole registers at once: the same program on columns, three values included.

`decide_table` takes a table for each list of a record and gives tables of answers. Polars reads and writes the tables;
terms and formulas are evaluated on numpy arrays, a block of clients at a time. The engine lowers from the same
`aava_rules.compiler.program` as the reference engine and shares no body of an operation with it, so that each is a
second opinion on the other (``tests/engine/agreement``).

What holds here, layer by layer, each of which imports only those below it: ``columns`` (what is known of a term in
every row), ``dates`` (the calendar on arrays), ``arrays`` (columns of whole tables), ``block`` (the clients and items
that are answered together), ``input`` (tables become blocks), ``evaluate`` (terms, tests, facts), ``solve`` (formulas,
answers), ``output`` (answers become tables). Nothing here knows another engine, a decision or a command. Where numbers
do not fit columns the client is marked, and the record path answers; nothing is ever rounded or guessed.

Begin with `solve.session.BlockSession`, which asks every question of one block.
"""
