"""Who takes part: the class of each, the package whose version is told, and what it can be asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """One way of answering.

    ``of`` names its class in `peers`. ``one``: it can be asked of one client, ``many``: of a whole table.
    ``gaps``: facts may be missing. ``variant``: the same engine as another, asked in another way, so that
    cold start and memory are told of the other alone. ``fresh``: what it is asked of is made anew, and not
    timed, before each time that it is asked, since it keeps something there for the next time.
    """

    key: str
    title: str
    of: str
    package: str
    one: bool = True
    many: bool = False
    gaps: bool = False
    variant: bool = False
    fresh: bool = False


CONTESTANTS = (
    Contestant("ours", "aava-rules, a new Record", "ours:Record", "aava-rules", gaps=True, fresh=True),
    Contestant("ours-again", "aava-rules, a Record again", "ours:Record", "aava-rules", gaps=True, variant=True),
    Contestant("ours-dict", "aava-rules, a dict to read", "ours:Dict", "aava-rules", gaps=True, variant=True),
    Contestant("ours-durable", "aava-rules, durable engine", "ours:Durable", "aava-rules", gaps=True, fresh=True),
    Contestant("ours-table", "aava-rules, decide_table", "ours:Table", "aava-rules", one=False, many=True, gaps=True),
    Contestant(
        "ours-rules",
        "aava-rules, its rules alone",
        "ours:Rules",
        "aava-rules",
        one=False,
        many=True,
        gaps=True,
        variant=True,
    ),
    Contestant("explained", "Python by hand, with reasons", "hand_three_valued:Explained", "", gaps=True),
    Contestant("python", "Python by hand, two-valued", "hand_python:Plain", ""),
    Contestant("zen", "zen-engine, loader", "zen:Loaded", "zen-engine"),
    Contestant("zen-created", "zen-engine, create_decision", "zen:Created", "zen-engine", variant=True),
    Contestant("openfisca", "OpenFisca, arrays", "openfisca:Simulation", "OpenFisca-Core", many=True),
    Contestant("openfisca-case", "OpenFisca, test case", "openfisca:Situation", "OpenFisca-Core", variant=True),
    Contestant("rule-engine", "rule-engine", "rule_engine:Rules", "rule-engine"),
    Contestant("durable", "durable-rules, stock host", "durable_readme:Stock", "durable-rules"),
    Contestant("duckdb", "DuckDB, two-valued", "duckdb:Table", "duckdb", many=True),
    Contestant("duckdb-three", "DuckDB, three-valued", "duckdb:ThreeValued", "duckdb", many=True, gaps=True),
    Contestant("polars", "polars by hand, two-valued", "hand_polars:Frame", "polars", many=True),
    Contestant(
        "polars-three", "polars by hand, three-valued", "hand_polars:ThreeValued", "polars", many=True, gaps=True
    ),
)
BY_KEY = {one.key: one for one in CONTESTANTS}
