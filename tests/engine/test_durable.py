"""The engine on durable-rules: every limit within which it is used, and that nothing beside them is.

Each limit has a test of what the C core does, so that a version in which one has moved is noticed.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from aava_rules.compiler.formula import Conj, Disj, Formula, Lit, Neg
from aava_rules.compiler.implicants import MAX_IMPLICANTS, Canonizer, CompiledFormula
from aava_rules.compiler.program import Case, Program, Question
from aava_rules.engine.durable import engine as durable
from aava_rules.engine.durable.branches import Batch, BranchStates, batches, flags_of
from aava_rules.engine.durable.engine import Durable, DurableError, Ruleset, definition, fact, flag_text, fnv1a
from aava_rules.engine.reference.engine import KnownCells

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="durable-rules does not exist for this Python")

STACK = 64
"""Rules that may match at once before the core gives up, with all of them."""


@pytest.fixture
def core() -> Any:
    """The C core itself."""
    return durable.core()


@pytest.fixture
def engine() -> Durable:
    """An engine that shares nothing with that of other tests."""
    return Durable()


# -- small frames


class Layout:
    """Variables of two cells, and formulas over them."""

    def __init__(self, count: int) -> None:
        # a free bit above each variable, as the layout of a frame has it
        self.fields = [0b11 << 3 * number for number in range(count)]
        self.full = sum(self.fields)
        self.canonizer = Canonizer(self.fields)

    def __getitem__(self, number: int) -> Lit:
        field = self.fields[number]
        return Lit(self.full & ~field | field & -field, field)

    def form(self, formula: Formula) -> CompiledFormula:
        """A formula made ready."""
        return CompiledFormula(formula, self.canonizer)

    def frame(self, **forms: CompiledFormula) -> Program:
        """A frame of one question with these formulas."""
        cases = tuple(Case(status, form) for status, form in forms.items())
        question = Question("requirement", "sample", cases=cases)
        features = tuple(SimpleNamespace(bits=field) for field in self.fields)
        return Program(features, (question,), {}, self.full, self.canonizer)  # type: ignore[arg-type]

    def known(self, random: Random) -> int:
        """What may be known of a record: of each variable one cell, or nothing."""
        cube = 0
        for field in self.fields:
            cube |= random.choice([field, field & -field, field & ~(field & -field)])
        return cube


def _all(tests: Layout, numbers: Iterable[int]) -> Conj:
    return Conj(tuple(tests[number] for number in numbers))


def _pairs(tests: Layout, count: int) -> Disj:
    """So many branches of two flags each."""
    size = len(tests.fields)
    pairs = [(one, other) for one in range(size) for other in range(one + 1, size)]
    return Disj(tuple(_all(tests, pair) for pair in pairs[:count]))


def _same(engine: Durable, frame: Program, forms: Iterable[CompiledFormula], known: int) -> list[bool | None]:
    """The states of formulas, which are those of the kernel."""
    told, cube = engine.states(frame, known), KnownCells(known)
    found = [told.state(form) for form in forms]
    assert found == [cube.state(form) for form in forms]
    assert [told.surely(form) for form in forms] == [cube.surely(form) for form in forms]
    return found


def _sources(engine: Durable, frame: Program, form: CompiledFormula, holds: bool = True) -> Any:
    """Where a formula is asked."""
    engine.states(frame, frame.full).state(form)
    return frame.compiled["durable"].place((form, holds))


# -- the answers


def _random_formula(tests: Layout, random: Random, depth: int) -> Formula:
    if not depth or random.random() < 0.2:
        return tests[random.randrange(len(tests.fields))]
    items = tuple(_random_formula(tests, random, depth - 1) for _ in range(random.randint(0, 3)))
    return random.choice([Conj(items), Disj(items), Neg(Conj(items))])


@pytest.mark.parametrize(("most_branches", "most_flags"), [(60, 120), (3, 120), (60, 3), (1, 2)])
def test_states_are_those_of_the_kernel(
    most_branches: int, most_flags: int, engine: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random formulas, constant ones among them, have the state that the kernel says, however they are split."""
    monkeypatch.setattr(Durable, "most_branches", most_branches)
    monkeypatch.setattr(Durable, "most_flags", most_flags)
    random, seen = Random(most_branches * 1000 + most_flags), set()
    for _ in range(60):
        tests = Layout(random.randint(1, 6))
        forms = {name: tests.form(_random_formula(tests, random, 3)) for name in ("not_applicable", "met", "broken")}
        frame = tests.frame(**forms)
        for _ in range(8):
            seen.update(_same(engine, frame, random.sample(list(forms.values()), 3), tests.known(random)))
    assert seen == {True, False, None}


def test_constant_formulas_need_no_rule(engine: Durable) -> None:
    """What always holds, or never, is answered without asking."""
    tests = Layout(2)
    always, never = tests.form(Conj(())), tests.form(Disj(()))
    frame = tests.frame(met=always, broken=never)
    assert _same(engine, frame, [always, never], frame.full) == [True, False]
    assert not engine._rulesets


def test_a_formula_with_too_many_implicants_is_the_kernels(engine: Durable) -> None:
    """A formula that is not brought into canonical form is answered by Kleene's tables, as by the other engine."""
    tests = Layout(24)
    large = tests.form(Conj(tuple(Disj((tests[n], tests[n + 1])) for n in range(0, 24, 2))))
    assert large.primes() is None
    assert MAX_IMPLICANTS < 2**12
    frame = tests.frame(met=large)
    random = Random(1)
    found = {_same(engine, frame, [large], tests.known(random))[0] for _ in range(50)}
    found.add(_same(engine, frame, [large], sum(field & -field for field in tests.fields))[0])
    assert found == {True, False, None}
    assert _sources(engine, frame, large) is None


def test_a_formula_of_no_frame_is_the_kernels(engine: Durable) -> None:
    """What someone makes of a frame afterwards is answered, and nothing is kept of it."""
    tests = Layout(2)
    frame, later = tests.frame(met=tests.form(tests[0])), tests.form(tests[1])
    assert _same(engine, frame, [later], tests[1].cube) == [True]
    assert (later, True) not in frame.compiled["durable"].places


# -- what the core is told


def test_a_fact_is_flat_and_of_small_integers(core: Any) -> None:
    """Ids, the sentinel and flags that stand: no text, decimal, list or nested value is compared by the core."""
    told = json.loads(fact([flag_text(0), flag_text(7)]))
    assert told == {"sid": durable.SESSION, "id": durable.FACT, durable.SENTINEL: 1, "f0": 1, "f7": 1}
    assert isinstance(durable.SET, int)
    assert 0 < durable.SET < 2**53


def test_rules_are_conjunctions_of_flags(engine: Durable) -> None:
    """A branch is one rule, whose condition is that each of its flags stands; no other operator is used."""
    (batch,) = batches([0b110_011, 0b011_110], [0b111, 0b111_000], 60, 120)
    rules = json.loads(definition(batch))
    assert rules.pop(durable.SENTINEL) == {"all": [{"m": {durable.SENTINEL: 1}}]}
    assert rules == {
        "r0": {"all": [{"m": {"$and": [{"f0": 1}, {"f1": 1}]}}]},
        "r1": {"all": [{"m": {"$and": [{"f2": 1}, {"f3": 1}]}}]},
    }


def test_hashes_are_those_of_the_core() -> None:
    """The hash by which names are checked is the one that the core has for them."""
    assert fnv1a("id") == 926444256
    assert fnv1a("sid") == 3593476751
    assert fnv1a("$and") == 3746487396
    assert fnv1a("costarring") == fnv1a("liquid")


def test_names_with_the_same_hash_are_refused(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core would take two such flags for one another, so no ruleset is made."""
    monkeypatch.setattr(durable, "flag_name", ["costarring", "liquid"].__getitem__)
    with pytest.raises(DurableError, match="same hash"):
        Ruleset(core, definition(Batch((1, 2), (1, 2), ((0,), (1,)))), 2, 2)


def test_the_core_does_take_such_names_for_one_another(core: Any) -> None:
    """Why they are refused: a rule on one flag fires on the other."""
    handle = core.create_ruleset("x", '{"r":{"all":[{"m":{"costarring":1}}]},"s":{"all":[{"m":{"s":1}}]}}')
    _, session = core.assert_fact(handle, '{"sid":"0","id":"0","s":1,"liquid":1}')
    assert set(_fired(core, handle, session)) == {"r", "s"}
    core.delete_state(handle, "0")


# -- the limits


def _ruleset(core: Any, limits: list[tuple[int, ...]]) -> Ruleset:
    flags = tuple(sorted({flag for one in limits for flag in one}))
    return Ruleset(core, definition(Batch(tuple(range(len(limits))), flags, tuple(limits))), len(limits), len(flags))


def _fired(core: Any, handle: int, session: int) -> list[str]:
    state, message = core.start_action_for_state(handle, session)
    assert state == durable.STATE
    names = []
    while message is not None:
        (name,) = json.loads(message)
        names.append(name)
        message = core.complete_and_start_action(handle, session)
    return names


def test_the_most_branches_fire_at_once(core: Any) -> None:
    """A ruleset with as many branches as are ever put into one fires all of them."""
    ruleset = _ruleset(core, [(number,) for number in range(durable.MOST_BRANCHES)])
    every = fact(flag_text(number) for number in range(durable.MOST_BRANCHES))
    assert len(ruleset.fired(every)) == durable.MOST_BRANCHES + 1
    assert ruleset.fired(fact([])) == {durable.SENTINEL}


def test_beyond_its_stack_the_core_fires_nothing(core: Any) -> None:
    """Why there is a limit, and some room below it: one rule too many, and the fact is not taken at all."""
    rules = {f"r{number}": {"all": [{"m": {f"f{number}": 1}}]} for number in range(STACK + 1)}
    handle = core.create_ruleset("x", json.dumps(rules))
    with pytest.raises(Exception, match="error code: 303"):
        core.assert_fact(handle, fact(flag_text(number) for number in range(STACK + 1)))
    assert durable.MOST_BRANCHES + 1 < STACK


def test_the_most_flags_are_told_at_once(core: Any) -> None:
    """A branch with as many flags as are ever told fires if all of them stand, and not if one is wanting."""
    ruleset = _ruleset(core, [tuple(range(durable.MOST_FLAGS))])
    flags = [flag_text(number) for number in range(durable.MOST_FLAGS)]
    assert ruleset.fired(fact(flags)) == {"r0", durable.SENTINEL}
    for lacking in (0, 60, durable.MOST_FLAGS - 1):
        assert ruleset.fired(fact(flags[:lacking] + flags[lacking + 1 :])) == {durable.SENTINEL}


def test_beyond_its_properties_the_core_takes_no_fact(core: Any) -> None:
    """Why there is a limit, and much room below it."""
    handle = core.create_ruleset("x", '{"s":{"all":[{"m":{"s":1}}]}}')
    with pytest.raises(Exception, match="error code: 302"):
        core.assert_fact(handle, fact(flag_text(number) for number in range(254)))
    assert durable.MOST_FLAGS * 2 < 254


@pytest.mark.parametrize(("branches", "rulesets"), [(60, 1), (61, 2), (120, 2), (121, 3)])
def test_too_many_branches_are_split(branches: int, rulesets: int, engine: Durable) -> None:
    """A formula of more branches than a ruleset has room for lies in several, and is answered by them together."""
    tests = Layout(17)
    form = tests.form(_pairs(tests, branches))
    assert len(form.primes() or ()) == branches
    frame = tests.frame(not_applicable=form)
    _, sources = _sources(engine, frame, form)
    assert len(sources) == rulesets
    random = Random(branches)
    assert {_same(engine, frame, [form], tests.known(random))[0] for _ in range(200)} >= {True, None}
    for prime in form.primes() or ():
        assert engine.states(frame, prime).surely(form)


def test_too_many_flags_are_split() -> None:
    """Branches whose flags are more than a ruleset has room for lie in several."""
    fields = [0b11 << 3 * number for number in range(200)]
    full = sum(fields)
    branches = [full & ~(fields[number] & -fields[number]) & ~(fields[number + 1] & -fields[number + 1])
                for number in range(0, 200, 2)]  # fmt: skip
    found = list(batches(branches, fields, 1000, durable.MOST_FLAGS))
    assert [len(batch.flags) for batch in found] == [120, 80]
    assert sorted(branch for batch in found for branch in batch.branches) == sorted(branches)
    for batch in found:
        for branch, limits in zip(batch.branches, batch.limits, strict=True):
            assert sorted(batch.flags[number] for number in limits) == sorted(flags_of(branch, fields))


def test_a_branch_with_too_many_flags_is_the_kernels(engine: Durable) -> None:
    """One condition on more facts than a ruleset has flags for is answered by the kernel; its opposite is asked."""
    tests = Layout(durable.MOST_FLAGS + 1)
    form = tests.form(_all(tests, range(durable.MOST_FLAGS + 1)))
    frame = tests.frame(not_applicable=form)
    assert _sources(engine, frame, form) is None
    assert _sources(engine, frame, form, holds=False) is not None
    holding = sum(field & -field for field in tests.fields)
    cases = [holding, holding | tests.fields[7], holding ^ tests.fields[7]]
    assert [_same(engine, frame, [form], known)[0] for known in cases] == [True, None, False]


def test_only_so_many_rulesets_are_kept(engine: Durable, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many frames those compiled first are let go of, and compiled again when they are asked again."""
    monkeypatch.setattr(durable, "MOST_RULESETS", 3)
    tests = Layout(7)
    # frames of different patterns, since those of one pattern share a ruleset
    forms = [tests.form(_pairs(tests, count)) for count in range(1, 13)]
    frames = [tests.frame(not_applicable=form) for form in forms]
    random = Random(5)
    for _ in range(3):
        for frame, form in zip(frames, forms, strict=True):
            for _ in range(10):
                _same(engine, frame, [form], tests.known(random))
            assert len(engine._rulesets) <= 3
    assert len([frame for frame in frames if frame.compiled["durable"].places]) <= 3


def test_an_answer_that_is_being_asked_outlives_its_frame(engine: Durable) -> None:
    """States that were told before a frame was let go of are told on."""
    tests = Layout(2)
    first, second = tests.form(tests[0]), tests.form(tests[1])
    frame = tests.frame(not_applicable=first, met=second)
    told = engine.states(frame, tests[0].cube)
    assert told.state(first) is True
    frame.compiled["durable"].forget()
    assert (told.state(first), told.state(second)) == (True, None)


def test_frames_of_one_pattern_share_a_ruleset(engine: Durable) -> None:
    """The same rules with other limits need no other ruleset, so a change of a number costs no memory."""
    tests = Layout(6)
    one, other = tests.form(_all(tests, [0, 1])), tests.form(_all(tests, [4, 5]))
    for form in (one, other):
        frame = tests.frame(not_applicable=form)
        _same(engine, frame, [form], tests.full)
        assert engine.states(frame, form.primes()[0]).surely(form)  # type: ignore[index]
    first, second = (tests.frame(not_applicable=form) for form in (one, other))
    (mine,), (yours,) = (_sources(engine, *pair)[1] for pair in ((first, one), (second, other)))
    assert mine._ruleset is yours._ruleset


def test_rulesets_are_freed_with_their_frames(engine: Durable, core: Any) -> None:
    """The memory of a frame's C rulesets is given back when the frame is gone."""
    gc.freeze()  # what other tests hold is not looked through
    tests = Layout(3)
    form = tests.form(_pairs(tests, 3))
    frame = tests.frame(not_applicable=form)
    _same(engine, frame, [form], tests.full)
    handles = [ruleset._handle for ruleset in engine._rulesets.values()]
    assert handles
    del frame
    gc.collect()
    assert not engine._rulesets
    for handle in handles:
        with pytest.raises(Exception, match="error code: 111"):
            core.get_facts(handle, durable.SESSION)


# -- sessions


def test_no_session_lives_on(core: Any) -> None:
    """Each evaluation has the one session of constant id, and ends it; a thousand live ones would be fatal."""
    ruleset = _ruleset(core, [(0,)])
    for _ in range(3000):
        assert ruleset.fired(fact([flag_text(0)])) == {"r0", durable.SENTINEL}
    with pytest.raises(Exception, match=durable.NOT_LIVE):
        core.delete_state(ruleset._handle, durable.SESSION)


def test_making_the_engine_starts_no_thread(engine: Durable) -> None:
    """The Host of durable-rules, with its timers and its dispatcher, is never made: its package is not imported."""
    before = set(threading.enumerate())
    tests = Layout(2)
    form = tests.form(tests[0])
    _same(engine, tests.frame(not_applicable=form), [form], tests.full)
    assert set(threading.enumerate()) <= before
    assert "durable.engine" not in sys.modules


class Faulty:
    """The core with one of its calls replaced."""

    def __init__(self, core: Any, name: str, call: Callable[..., Any]) -> None:
        self._core = core
        self._name = name
        self._call = call

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._core, name)
        return (lambda *arguments: self._call(call, *arguments)) if name == self._name else call


def _lost(call: Any, *arguments: Any) -> Any:
    return None


def _raises(call: Any, *arguments: Any) -> Any:
    raise ZeroDivisionError("in the core")


def _stopped(call: Any, *arguments: Any) -> Any:
    raise KeyboardInterrupt("stopped")


def _not_taken(call: Any, *arguments: Any) -> Any:
    return 1, call(*arguments)[1]


def _exception_in_state(call: Any, *arguments: Any) -> Any:
    return '{"sid":"0","exception":"caught"}', call(*arguments)[1]


def _no_sentinel(call: Any, *arguments: Any) -> Any:
    state, message = call(*arguments)
    return state, message.replace('"s":', '"r0":', 1)


def _again(call: Any, *arguments: Any) -> Any:
    return '{"r0":{}}'


@pytest.mark.parametrize(
    ("name", "call", "error", "says"),
    [
        ("assert_fact", _not_taken, DurableError, "the fact was not taken, code 1"),
        ("start_action_for_state", _lost, DurableError, "no rule fired"),
        ("start_action_for_state", _exception_in_state, DurableError, "the session is not as it was made"),
        ("start_action_for_state", _no_sentinel, DurableError, "the rule that always holds did not fire"),
        ("complete_and_start_action", _again, DurableError, "rules fired more than once"),
        ("assert_fact", _raises, ZeroDivisionError, "in the core"),
        ("start_action_for_state", _raises, ZeroDivisionError, "in the core"),
        ("complete_and_start_action", _raises, ZeroDivisionError, "in the core"),
        ("start_action_for_state", _stopped, KeyboardInterrupt, "stopped"),
        ("delete_state", _raises, ZeroDivisionError, "in the core"),
    ],
)
def test_what_goes_wrong_inside_surfaces(
    name: str, call: Callable[..., Any], error: type[BaseException], says: str, core: Any
) -> None:
    """Nothing is swallowed, no answer is given, and the next evaluation is as if nothing had been."""
    ruleset = _ruleset(core, [(0,), (1,)])
    ruleset._core = Faulty(core, name, call)
    with pytest.raises(error, match=says):
        ruleset.fired(fact([]))
    ruleset._core = core
    assert ruleset.fired(fact([flag_text(1)])) == {"r1", durable.SENTINEL}


def test_an_error_of_the_engine_is_no_fault_of_the_record(engine: Durable, core: Any) -> None:
    """It says what failed, that nothing of it was used, and what to do; it is no error about a record."""
    tests = Layout(2)
    form = tests.form(tests[0])
    frame = tests.frame(not_applicable=form)
    ((source,),) = [_sources(engine, frame, form)[1]]
    source._ruleset._core = Faulty(core, "start_action_for_state", _lost)
    with pytest.raises(DurableError) as caught:
        engine.states(frame, tests.full).state(form)
    assert str(caught.value) == (
        "The engine durable failed: no rule fired. Its answer was not used. "
        "Decide with engine='reference', which gives the same answers, and report this."
    )


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"r0": {"all": [{"m": {"s": 1}}]}, "s": {"all": [{"m": {"s": 1}}]}}, "a rule fired on no flags"),
        ({"r0": {"all": [{"m": {"x": 1}}]}, "s": {"all": [{"m": {"s": 1}}]}}, "did not fire on all of its flags"),
        ({"r0": {"all": [{"m": {"f0": 1}}]}, "s": {"all": [{"m": {"x": 1}}]}}, "the fact was not taken, code 1"),
    ],
)
def test_a_ruleset_is_tried_when_it_is_made(rules: dict[str, Any], says: str, core: Any) -> None:
    """A ruleset that the core has not read as it was meant is not used: it is asked on no flags, and on all."""
    with pytest.raises(DurableError, match=says):
        Ruleset(core, json.dumps(rules), 1, 1)


# -- threads and forks


def _in_threads(count: int, work: Callable[[int], None]) -> None:
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


@pytest.fixture
def _eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_eager_switching")
def test_threads_take_turns_with_a_session(engine: Durable, core: Any) -> None:
    """Eight threads that ask one frame get right answers, since an evaluation is never begun within another."""
    tests = Layout(9)
    form = tests.form(_pairs(tests, 30))
    frame = tests.frame(not_applicable=form)
    (source,) = _sources(engine, frame, form)[1]
    inside = [0]
    most = [0]

    def entering(call: Any, *arguments: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0)
        return call(*arguments)

    def leaving(call: Any, *arguments: Any) -> Any:
        inside[0] -= 1
        return call(*arguments)

    source._ruleset._core = Faulty(Faulty(core, "assert_fact", entering), "delete_state", leaving)

    def work(number: int) -> None:
        random = Random(number)
        for _ in range(150):
            _same(engine, frame, [form], tests.known(random))

    _in_threads(8, work)
    assert most == [1]


@pytest.mark.usefixtures("_eager_switching")
def test_a_frame_is_compiled_once(engine: Durable, core: Any) -> None:
    """Threads that ask a new frame at the same time wait for one of them to compile it."""
    made: list[str] = []

    def making(call: Any, *arguments: Any) -> Any:
        made.append(arguments[1])
        time.sleep(0.01)
        return call(*arguments)

    engine._core = Faulty(core, "create_ruleset", making)
    tests = Layout(5)
    form = tests.form(_pairs(tests, 7))
    frame = tests.frame(not_applicable=form)
    _in_threads(8, lambda number: _same(engine, frame, [form], tests.known(Random(number))) and None)
    assert len(made) == len(set(made)) == 2  # what settles, and what is asked of an open answer


def test_one_answer_may_be_asked_by_several_threads() -> None:
    """Who asks while another is still asking the same does not take the answer that is not there yet for a no."""
    tests = Layout(1)
    form = tests.form(tests[0])
    inner: list[bool] = []

    class Source:
        asked = 0

        def true_branches(self, known: int) -> list[int]:
            self.asked += 1
            if self.asked == 1:
                inner.append(told.surely(form))
            return [tests[0].cube]

    places = {(form, True): (frozenset([tests[0].cube]), (Source(),))}
    told = BranchStates(SimpleNamespace(full=tests.full, places=places), tests.full)  # type: ignore[arg-type]
    assert told.surely(form)
    assert inner == [True]


def _forked(decide: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a child of this process decides right, and soon."""
    with warnings.catch_warnings():
        # newer Pythons warn of forks beside threads, which is what is tried here
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        right = False
        try:
            right = decide()
        finally:
            os._exit(0 if right else 1)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("call", ["assert_fact", "start_action_for_state", "complete_and_start_action", "delete_state"])
def test_a_child_forked_amid_an_evaluation_decides_right(call: str, engine: Durable, core: Any) -> None:
    """The child has a lock of its own, and ends the session that a thread of its parent had begun."""
    tests = Layout(4)
    form = tests.form(_pairs(tests, 5))
    frame = tests.frame(not_applicable=form)
    (source,) = _sources(engine, frame, form)[1]
    amid, go_on = threading.Event(), threading.Event()
    other: list[bool | None] = []

    def waiting(told: Any, *arguments: Any) -> Any:
        answer = told(*arguments)
        if threading.current_thread() is not threading.main_thread():
            amid.set()
            go_on.wait(30)
        return answer

    source._ruleset._core = Faulty(core, call, waiting)
    holding = sum(field & -field for field in tests.fields)
    thread = threading.Thread(target=lambda: other.append(engine.states(frame, holding).state(form)))
    thread.start()
    try:
        assert amid.wait(30)
        assert durable._lock.locked()
        random = Random(1)
        assert _forked(lambda: bool([_same(engine, frame, [form], tests.known(random)) for _ in range(50)]))
    finally:
        go_on.set()
        thread.join()
    assert other == [True]
    assert _same(engine, frame, [form], tests.full) == [None]
