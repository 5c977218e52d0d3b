"""Questions on columns: features to formulas, formulas to answers.

``features`` reads which cells of a feature are possible in each row, ``formulas`` combines them 64 rows to a machine
word by the same prime implicants as the reference engine has, ``conclude`` reads the cases of a question off them, and
``session`` asks all questions of a block, stratum by stratum. ``deciding_rules`` and ``cautions`` say on what answers
rest. May import ``evaluate`` and what lies below it; knows no data frame.

Begin with `session.BlockSession`.
"""
