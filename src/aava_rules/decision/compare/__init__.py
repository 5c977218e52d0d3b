"""What differs: between two days, between two rulebooks, and between the answers that they give to the same records.

`comparison` is the way in, which `Rulebook.compare` takes. `days` and `books` tell what differs in the rules, `changes`
what differs between two decisions on one record, `columns` the same of a whole table, which `differences` holds as
columns, and `counts` how many clients a change concerns, without telling of few. `standing` has the law of one day
stand still, so that what time changes can be told from what law changes; `unmoved` tells which questions need not be
asked for that.
"""
