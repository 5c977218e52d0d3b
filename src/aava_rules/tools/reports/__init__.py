"""Reports of many decisions: table, JSON, JSON Lines, CSV, JUnit and HTML.

What is true here: a report takes decisions one after another and writes them; it decides nothing and holds no more of
them than it must. What people read shows no value of a protected client's record. A report is a class with ``name``,
``streams`` and ``write`` (`aava_rules.hookspecs.Report`) and an entry in ``report.BUILT_IN``; a plugin registers its
own. What it may import: the rooms up to ``decision``, and rich in ``table`` alone. Begin with ``report``.
"""
