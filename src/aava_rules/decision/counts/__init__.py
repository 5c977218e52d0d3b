"""How many clients have which answer, by municipality and day, without telling of few.

`counts` is the way in, which `Rulebook.counts` takes. `standing` says which answer a client is counted by, `columns`
the same of a whole table, and `closing` which numbers are not told, so that no small one can be worked out.
"""
