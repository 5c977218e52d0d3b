"""Whether what is said of answers is true: each sentence is put to the test by deciding another record.

``It would be otherwise with …`` is tried with that count stated in the record; of an explanation the facts that it
names are stated in a record of nothing else; a fact that settles answers is stated with values on both sides of every
limit. Run with a number, it counts so many of each on shipped and random rulebooks: ``python sentences.py 20000``.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from brute import shipped

from aava_rules.decision.decision import Decision
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.grounds import answer_word
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.language.errors import RecordError
from aava_rules.language.values import is_known
from aava_rules.testing import RecordMaker, random_rulebook

CLIENT = ("birth_date", "municipality", "language", "protected")
VALUES_TRIED = 6


def of_client(decision: Decision) -> Iterator[State]:
    """The decided answers about the client that follow from rules."""
    for state in decision.states:
        if not state.list_name and state.kind != "step" and not state.stated and state.status != "unknown":
            yield state


def answer(state: State) -> tuple[str, Any]:
    """What is said, of a set what is surely in it."""
    return state.status, state.answer


def same(decision: Decision, state: State) -> State | None:
    """The answer to the same question in another decision."""
    for other in decision.states:
        if (other.kind, other.name, other.list_name, other.position) == (
            state.kind, state.name, state.list_name, state.position,
        ):  # fmt: skip
            return other
    return None


def stated(record: dict[str, Any], fact: str, value: Any) -> dict[str, Any]:
    """A copy of a record in which a fact has another value."""
    other = copy.deepcopy(record)
    other.setdefault("facts", {})[fact] = value
    if fact == "age":
        other.get("client", {}).pop("birth_date", None)
        other["facts"].pop("birth_date", None)
    return other


def untrue_edges(rulebook: Rulebook, record: dict[str, Any], decision: Decision, count: Counter[str]) -> Iterator[str]:
    """The sentences on other counts that are not true."""
    for state in of_client(decision):
        for node in decision.explain(f"{state.kind}:{state.name}" if state.kind != "outcome" else state.name).trees:
            for edge in (child for child in node.children if child.kind == "edge"):
                (read,) = edge.reads
                if read["where"]:
                    continue
                other = rulebook.decide(stated(record, read["fact"], read["value"]), decision.on)
                found = same(other, state)
                count["edges"] += 1
                word = "?" if found is None else answer_word(found, other, "en")
                if found is None or answer(found) == answer(state) or not edge.texts["en"].endswith(f"(then: {word})"):
                    yield f"{state.name} = {answer(state)}: {edge.texts['en']}, but {word}"


def named_facts(node: Node) -> dict[str, Any] | None:
    """The facts that an explanation names with their values; None if it names steps or fields of items as well."""
    facts: dict[str, Any] = {}
    for leaf in node.leaves():
        if leaf.kind == "edge":
            continue
        for read in leaf.reads:
            if read["where"]:
                return None
            if read["value"] is None:
                return None  # no record can say that there is no such value
            if read["value"] not in ("unknown", {}):
                facts[read["fact"]] = read["value"]
    return facts


def insufficient(rulebook: Rulebook, record: dict[str, Any], decision: Decision, count: Counter[str]) -> Iterator[str]:
    """The explanations of which the facts alone do not give the answer."""
    for state in of_client(decision):
        for tree in decision.explain(f"{state.kind}:{state.name}" if state.kind != "outcome" else state.name).trees:
            facts = named_facts(tree)
            if facts is None:
                continue
            alone: dict[str, Any] = {"id": "x", "facts": {k: v for k, v in facts.items() if k not in CLIENT}}
            alone["client"] = {k: v for k, v in facts.items() if k in CLIENT}
            try:
                found = same(rulebook.decide(alone, decision.on), state)
            except RecordError:
                continue  # bounds of what has none, and facts that only follow from others
            count["explanations"] += 1
            if found is None or answer(found) != answer(state):
                yield (
                    f"{state.kind} {state.name} = {answer(state)}, but {found and answer(found)} with {facts}"
                    f"\n{tree.texts} {[child.texts['en'] for child in tree.children]}"
                )


def unsettled(
    rulebook: Rulebook, record: dict[str, Any], decision: Decision, maker: RecordMaker, random: Random,
    count: Counter[str],
) -> Iterator[str]:  # fmt: skip
    """The claims of ``settles`` that do not hold for some value."""
    for missing in decision.missing:
        if missing.where or not missing.settles or missing.fact not in rulebook.parts.facts:
            continue
        known = decision.session.facts.value(missing.fact, decision.on)
        if "facts_on" in missing.fields or is_known(known):
            continue  # it is asked for another day
        count["settles"] += len(missing.settles)
        for _ in range(VALUES_TRIED):
            value = maker.edges.within(random, missing.fact, known, decision.on)
            try:
                other = rulebook.decide(stated(record, missing.fact, value), decision.on)
            except RecordError:
                continue
            open_ = {other.key_of(state) for state in other.states if state.open} & set(missing.settles)
            if open_:
                yield f"{missing.fact} = {value} leaves {open_} open"


def books() -> Iterator[tuple[str, Rulebook]]:
    """The shipped rulebooks, each again and again, and random ones between them."""
    seed = 0
    while True:
        for name in ("finland", "aava", "hartola_sysma"):
            yield name, shipped(name)
            yield f"random {seed}", random_rulebook(seed).load()
            seed += 1


def faults(count: Counter[str], random: Random) -> Iterator[str]:
    """The untrue sentences on some records of one rulebook after the other, without end."""
    for name, rulebook in books():
        maker = RecordMaker(rulebook)
        for _ in range(3):
            on: date = maker.day(random)
            record = maker.record(random, on)
            record.pop("facts_on", None)  # facts of another day cannot be stated beside those of the day
            if random.random() < 0.5:
                record["facts"] = {
                    fact: maker.edges.fact(random, fact, on) for fact in maker.edges.read if random.random() < 0.8
                } | record.get("facts", {})  # fmt: skip
            try:
                decision = rulebook.decide(record, on)
            except RecordError:
                continue
            for fault in (
                *untrue_edges(rulebook, record, decision, count),
                *insufficient(rulebook, record, decision, count),
                *unsettled(rulebook, record, decision, maker, random, count),
            ):
                yield f"{name} on {on}: {fault}"
        yield ""


def main(wanted: int, seed: int) -> int:
    """Count sentences until there are so many of each kind; how many were untrue."""
    count: Counter[str] = Counter()
    untrue: Counter[str] = Counter()
    hundreds = 0
    for fault in faults(count, Random(seed)):
        if fault:
            untrue[fault] += 1
            print(fault, flush=True)
        elif min(count.values(), default=0) // 100 > hundreds:
            hundreds = min(count.values()) // 100
            print(dict(count), flush=True)
        if min(count["edges"], count["explanations"], count["settles"]) >= wanted:
            break
    print(f"{dict(count)}; untrue: {untrue.total()}")
    return untrue.total()


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
