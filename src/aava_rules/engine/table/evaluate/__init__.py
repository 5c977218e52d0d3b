"""Terms, tests and facts on columns: what is known of each in every row.

Every function here takes a `RowView` and gives a `Column` or a `Truth` for its rows, in three values, and has a
namesake in `aava_rules.engine.reference` that does the same for one record. Rows whose numbers do not fit are marked on
the view and are unknown. May import ``block`` and what lies below it; knows no formula and no answer.

Begin with `terms.compiled` and `tests.compiled_test`; `facts.TableFacts` is what a block names as the reader of its
facts, since terms read facts and facts are derived by terms.
"""
