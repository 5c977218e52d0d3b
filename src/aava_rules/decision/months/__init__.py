"""The money of a month: days payable, compensation and the state's reimbursement, from attendance.

`month` is the way in, which `Rulebook.month_of` takes; `attendance` says of each day whether the client surely, perhaps
or surely not took part, `weeks` how many of these days count at least and at most. Amounts and limits are the answers
of the rulebook on each day; here is nothing but counting.
"""
