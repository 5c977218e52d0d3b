"""The engine on durable-rules: its C core finds which prime implicants hold, inside the part of it that is safe.

Used as its documentation shows, durable-rules 2.0.28 crashes, or answers wrongly without an error, in many ways. What
is used of it here is small. Its C core is called directly: there is no Host, and so no thread of its own, no dispatcher
and no promise that swallows exceptions. Typed values are tested before; the core gets one flat fact, whose properties
are the flags that are set, and its rules are conjunctions of flags. Every limit below was measured and has a test, so
that a version which moves one is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from importlib import import_module
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakValueDictionary, finalize

from aava_rules.compiler.program import Program
from aava_rules.engine.durable.branches import Batch, Branches, BranchStates

NAME: Final = "durable"

MEASURED: Final = "2.0.28"
"""The one version whose limits are known."""

MOST_BRANCHES: Final = 60
"""Branches of one C ruleset. The core has room for 64 rules that match at once, and drops all of them beyond."""

MOST_FLAGS: Final = 120
"""Flags of one C ruleset. The core takes 254 properties of a fact, its own and the ids among them."""

MOST_RULESETS: Final = 768
"""C rulesets that are kept at a time, of a third of a megabyte each or so; what goes is made again when needed."""

SET: Final = 1
"""The value of a flag that is set. The core reads other numbers wrongly in places; one that is 0 is left out."""

SESSION: Final = "0"
"""The id of the only session that is ever live. Ids are compared by a 32-bit hash, and 1,025 sessions are fatal."""

FACT: Final = "0"
"""The id of the only fact: one that the core makes up would collide with another sooner or later."""

SENTINEL: Final = "s"
"""The flag that is always set, and the rule on it. Where that rule did not fire, no answer of the core counts."""

STATE: Final = '{ "sid":"0", "id":"sid-0", "$s":1}'
"""The state of a session of which nothing went wrong, as the core writes it."""

NOT_LIVE: Final = "error code: 309"
"""The error of the core where there is no session to end."""

RESERVED: Final = (
    "sid", "id", SENTINEL, "m", "all", "any", "pri", "count", "cap", "dist", "name", "chart_context",
    "$s", "$m", "$i", "$l", "$r", "$and", "$or", "$not", "$all", "$any", "$ex", "$nex", "$eq", "$neq", "$lt", "$lte",
    "$gt", "$gte", "$mt", "$imt", "$iall", "$iany", "$add", "$sub", "$mul", "$div", "$forward", "$time", "$timerName",
    "$baseTime",
)  # fmt: skip
"""Names that mean something to the core, of which it knows the hash alone."""


class DurableError(RuntimeError):
    """durable-rules did what it must not do inside the part of it that is used: its answer is not taken."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The engine durable failed: {what}. Its answer was not used. "
            "Decide with engine='reference', which gives the same answers, and report this."
        )


_lock = Lock()


def _after_fork() -> None:
    """The thread that held the lock may not live on in the child, so there it is a new one."""
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def core() -> Any:
    """The C core of durable-rules. Raises ImportError with the reason if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("durable-rules")
    except PackageNotFoundError:
        raise ImportError("durable-rules is not installed") from None
    if installed != MEASURED:
        raise ImportError(f"durable-rules is of version {installed[:40]}, and only {MEASURED} is known to be safe")
    try:
        return import_module("durable_rules_engine")
    except ImportError:
        raise ImportError("durable-rules is installed, but cannot be imported on this Python") from None


# -- the input of the core


def fnv1a(name: str) -> int:
    """The hash of ``name``, which is all that the core compares of names."""
    value = 0x811C9DC5
    for byte in name.encode("ascii"):
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def flag_name(number: int) -> str:
    """The property of the flag ``number``."""
    return f"f{number}"


def rule_name(number: int) -> str:
    """The rule of the branch ``number``."""
    return f"r{number}"


def flag_text(number: int) -> str:
    """The flag ``number``, set, as a part of a fact."""
    return f',"{flag_name(number)}":{SET}'


def fact(flags: Iterable[str]) -> str:
    """The one fact of an evaluation: the sentinel and ``flags``, the texts of those that are set."""
    return f'{{"sid":"{SESSION}","id":"{FACT}","{SENTINEL}":{SET}{"".join(flags)}}}'


def definition(batch: Batch) -> str:
    """The C ruleset of ``batch``: a rule for each branch, and the sentinel."""
    rules = {rule_name(number): _rule(map(flag_name, flags)) for number, flags in enumerate(batch.limits)}
    return json.dumps({**rules, SENTINEL: _rule([SENTINEL])}, separators=(",", ":"))


def _rule(flags: Iterable[str]) -> dict[str, Any]:
    tests = [{flag: SET} for flag in flags]
    return {"all": [{"m": tests[0] if len(tests) == 1 else {"$and": tests}}]}


# -- the core


class Ruleset:
    """One ruleset of the C core. It is made once for all batches of the same pattern, and freed with the last.

    Making one raises DurableError if the core does not answer as it must.
    """

    def __init__(self, core: Any, definition: str, rules: int, flags: int) -> None:
        self._core = core
        self._most = rules + 1
        self._live = False
        self._warm = False
        names = [*RESERVED, *map(flag_name, range(flags))]
        if len(set(map(fnv1a, names))) != len(names):
            raise DurableError("two names of one ruleset have the same hash")
        self._handle: int = core.create_ruleset("aava", definition)
        finalize(self, core.delete_ruleset, self._handle).atexit = False
        # the first evaluation leaves behind a session that is safe to end before any rule has fired
        if self.fired(fact(())) != {SENTINEL}:
            raise DurableError("a rule fired on no flags")
        if len(self.fired(fact(map(flag_text, range(flags))))) != self._most:
            raise DurableError("a rule did not fire on all of its flags")

    def fired(self, flags: str) -> set[str]:
        """The names of the rules that fire on one fact. The caller holds the lock.

        Args:
            flags: the text of the fact.

        Raises:
            DurableError: the core did what it must not do; its answer is not used.
        """
        if self._live:
            self._end()  # of a thread that was lost in a fork, or stopped between two lines
        self._live = True
        names: set[str] = set()
        try:
            code, session = self._core.assert_fact(self._handle, flags)
            if code:
                raise DurableError(f"the fact was not taken, code {code}")
            started = self._core.start_action_for_state(self._handle, session)
            if started is None:
                raise DurableError("no rule fired")
            state, message = started
            self._warm = True
            if state != STATE:
                raise DurableError("the session is not as it was made")
            for _ in range(self._most):
                names.add(message[2 : message.index('"', 2)])
                message = self._core.complete_and_start_action(self._handle, session)
                if message is None:
                    break
            else:
                raise DurableError("rules fired more than once")
        finally:
            if self._warm:
                self._end()
        if SENTINEL not in names:
            raise DurableError("the rule that always holds did not fire")
        return names

    def _end(self) -> None:
        try:
            self._core.delete_state(self._handle, SESSION)
        except Exception as error:
            if NOT_LIVE not in str(error):
                raise
        self._live = False


class _BatchOnRuleset:
    """A batch on the C ruleset of its pattern."""

    def __init__(self, batch: Batch, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._flags = [(outside, flag_text(number)) for number, outside in enumerate(batch.flags)]
        self._branches = {rule_name(number): branch for number, branch in enumerate(batch.branches)}

    def true_branches(self, known: int) -> list[int]:
        """The branches within which all that is known lies."""
        flags = fact([text for outside, text in self._flags if not known & outside])
        with _lock:
            fired = self._ruleset.fired(flags)
        return [self._branches[name] for name in fired if name != SENTINEL]


class Durable:
    """Evaluates formulas on durable-rules. Making one raises ImportError where that is not installed.

    Attributes:
        name: the name of the engine.
        most_branches: branches of one C ruleset, at most.
        most_flags: flags of one C ruleset, at most.
    """

    name = NAME
    most_branches = MOST_BRANCHES
    most_flags = MOST_FLAGS

    def __init__(self) -> None:
        self._core = core()
        self._rulesets: WeakValueDictionary[str, Ruleset] = WeakValueDictionary()
        self._users: WeakKeyDictionary[Branches, None] = WeakKeyDictionary()

    @property
    def lock(self) -> Lock:
        """What is held during an evaluation, and while rulesets are made."""
        return _lock

    def states(self, program: Program, known: int) -> BranchStates:
        """The states of the formulas of ``program`` where the cells of the mask ``known`` are possible."""
        branches = program.compiled.get(NAME)
        if branches is None:
            branches = program.compiled.setdefault(NAME, Branches(program, self))
        return BranchStates(branches, known)

    def source(self, batch: Batch, user: Branches) -> _BatchOnRuleset:
        """The ``batch`` made ready for the program of ``user``. The lock is held."""
        text = definition(batch)
        ruleset = self._rulesets.get(text)
        if ruleset is None:
            self._make_room(user)
            ruleset = self._rulesets[text] = Ruleset(self._core, text, len(batch.branches), len(batch.flags))
        self._users.pop(user, None)
        self._users[user] = None
        return _BatchOnRuleset(batch, ruleset)

    def _make_room(self, user: Branches) -> None:
        """Where there are many C rulesets, let go of those of the programs that were compiled first."""
        if len(self._rulesets) < MOST_RULESETS:
            return
        for oldest in [other for other in self._users if other is not user]:
            del self._users[oldest]
            oldest.forget()
            if len(self._rulesets) < MOST_RULESETS:
                return
