"""What people read, in Finnish, Swedish and English.

What is true here: every text of the library is an entry of ``catalogue.json``, asked for by its key; ``values`` writes
days, numbers with their units, and messages of rules; ``terms`` is the only renderer of terms and conditions, for
explanations, pages and reports alike; ``citations`` writes references to law. Nothing here knows a record or an answer.
What it may import: ``language`` and ``rulebook.model``. Begin with ``catalogue``.
"""
