"""A host keeps its own audit log by a hook; an object with hooks is given to `load`."""

from pathlib import Path

import aava_rules


class AuditLog:
    """Notes every decision: who (the opaque id), by what (name, version, hash), and what came out."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @aava_rules.hookimpl
    def decided(self, decision: aava_rules.Decision) -> None:
        """Called after each decision, before the caller gets it."""
        answers = {name: outcome.status for name, outcome in decision.outcomes.items()}
        self.lines.append(f"{decision.record_id} {decision.on} {decision.rulebook['sha256'][:12]} {answers}")


log = AuditLog()
rulebook = aava_rules.load("finland", plugins=[log])
rulebook.decide((Path(__file__).parent / "records" / "a-17.json").read_bytes(), on="2014-05-05", only=["target_group"])
print("\n".join(log.lines))
