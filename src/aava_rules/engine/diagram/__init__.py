"""Decision diagrams: the fast path of records that have nothing but ready-made facts.

``diagram`` grows one diagram for each outcome and program; ``codegen`` compiles the paths of a diagram that many
records take to a Python function. Answers are those of the reference engine, of which diagrams are a part.
"""
