"""Tables become blocks: opened, checked, joined and encoded.

After this stage every client is either valid, with all values in arrays, or refused with the faults that the record
path itself reports: what looks suspicious in arrays is given back as a record and read by it, so that nothing is
refused or let in that a single record would not be. May import ``columns``, ``dates``, ``arrays``, ``block`` and the
rooms below the engine; knows no term and no rule.

Begin with `tables.load`. On the way: ``schema`` (which columns there are), ``joins`` (items to clients), ``encode``
(columns to arrays), ``load``, ``validate``, ``to_records`` (back to records). ``from_records``, ``nested`` and
``registers`` are other ways in: records, tables with lists inside, Parquet files larger than memory.
"""
