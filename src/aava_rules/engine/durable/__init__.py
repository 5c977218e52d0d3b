"""The engine on durable-rules, an optional extra: its C core evaluates prime implicants as rules.

``branches`` turns the formulas of a program into branches and flags, and ``engine`` runs them on the core, inside the
part of it that is measured to be safe. No other module imports durable-rules.
"""
