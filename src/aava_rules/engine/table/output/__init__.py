"""Answers become tables: gathered block by block, and put below one another as data frames.

``gather`` has the answers of one block as rows of the whole table, ``frames`` the data frames, ``decimals`` how many
decimals an amount needs so that none is ever rounded. May import every other part of the table engine.

Begin with `frames.outcomes_frame`.
"""
