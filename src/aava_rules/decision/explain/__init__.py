"""Why an answer is as it is, as a tree of lines in three languages.

What is true here: an explanation names the fewest tests that make the answer what it is, each with the value read, its
origin and its limit; of an unknown answer, the tests that are open and what to ask. ``explanation`` chooses the lines,
``unanswered`` those of answers that no rule gives, ``lines`` builds each of them, ``tree`` holds and writes them. What
it may import: the rooms up to ``engine``, and of ``decision`` the context, grounds, missing facts and texts. Begin with
``explanation.Explainer``.
"""
