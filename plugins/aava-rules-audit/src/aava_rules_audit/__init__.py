"""An audit trail of decisions: rows in a chain that shows every change, and the proof that an answer was that one.

A row says when which record was decided on, by which rules and engine, who asked and for what. It holds no contents:
of the record and of the answer it has codes under a key of the host, so that whoever has key and record can prove what
was answered, and nobody else learns anything.
"""

from aava_rules_audit.log import AuditLog
from aava_rules_audit.replay import Replay, replay
from aava_rules_audit.rows import read_key
from aava_rules_audit.verify import Verdict, verify

__all__ = ["AuditLog", "Replay", "Verdict", "read_key", "replay", "verify"]
