"""Whether what is said of answers is true: each sentence is put to the test by deciding another record.

``It would be otherwise with …`` is tried with that count stated in the record; of an explanation the facts that it
names, and the fields of the item that it names, are stated in a record of nothing else; a fact that settles answers is
stated with values on both sides of every limit. Run with a number, it counts so many of each on shipped and random
rulebooks: ``python sentences.py 20000``.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import chain
from random import Random
from typing import Any

from brute import shipped

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.grounds import answer_word
from aava_rules.decision.service import Rulebook
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.states import State
from aava_rules.language.errors import RecordError
from aava_rules.language.values import is_known
from aava_rules.testing import RecordMaker, random_rulebook

CLIENT = ("birth_date", "municipality", "language", "protected")
VALUES_TRIED = 6
OF_A_SHIPPED_BOOK, OF_A_RANDOM_BOOK = 3, 12
"""Records of one rulebook, before the next one: a random one takes longer to make than to ask."""


def decided(decision: Decision) -> Iterator[State]:
    """The decided answers that follow from rules."""
    for state in inside(decision).states:
        if not state.stated and not state.open:
            yield state


def of_client(decision: Decision) -> Iterator[State]:
    """Those about the client, but for steps."""
    return (state for state in decided(decision) if not state.list_name and state.kind != "step")


def asked_for(state: State) -> str:
    """The name by which an answer, and nothing else, is asked for."""
    return state.name if state.kind == "outcome" else f"{state.kind}:{state.name}"


def answer(state: State) -> tuple[str, Any]:
    """What is said, of a set what is surely in it."""
    return state.status, state.answer


def same(decision: Decision, state: State) -> State | None:
    """The answer to the same question in another decision."""
    for other in inside(decision).states:
        alike = (other.kind, other.name, other.list_name) == (state.kind, state.name, state.list_name)
        if alike and (other.position == state.position or other.item.id == state.item.id is not None):
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


def is_near_a_limit(state: State) -> bool:
    """Whether one more or one less of a count that an answer reads is told apart from it, so that this may be said."""
    for reading in state.readings[:1]:
        for feature in reading.program.features:
            if not feature.partition.at or feature.terms[0].type != "integer":
                continue
            value, partition = reader(feature.terms[0])(reading.scopes[feature.scope]), feature.partition
            if type(value) is int:
                cells = [partition.at[partition.place(value + more)] for more in (-1, 1)]
                if any(cell and not cell & reading.known for cell in cells):
                    return True
    return False


def untrue_edges(rulebook: Rulebook, record: dict[str, Any], decision: Decision, count: Counter[str]) -> Iterator[str]:
    """The sentences on other counts that are not true."""
    for state in filter(is_near_a_limit, of_client(decision)):
        for node in decision.explain(asked_for(state)).trees:
            for edge in (child for child in node.children if child.kind == "edge"):
                (read,) = edge.reads
                if read["where"]:
                    continue
                other = rulebook.decide(
                    stated(record, read["fact"], read["value"]), decision.on, only=[asked_for(state)]
                )
                found = same(other, state)
                count["edges"] += 1
                word = "?" if found is None else answer_word(found, inside(other), "en")
                if found is None or answer(found) == answer(state) or not edge.texts["en"].endswith(f"(then: {word})"):
                    yield f"{state.name} = {answer(state)}: {edge.texts['en']}, but {word}"


def named(node: Node, state: State) -> dict[str, Any] | None:
    """A record of what an explanation names alone: facts, and fields of the item that the answer is about.

    None if it names what cannot be stated alone: steps, fields of other items, values that do not exist.
    """
    facts: dict[str, Any] = {}
    item: dict[str, Any] = {"id": state.item.id} if state.item is not None else {}
    complete: set[str] = set()
    for leaf in node.leaves():
        for read in leaf.reads if leaf.kind != "edge" else ():
            value, where = read["value"], read["where"]
            if where == "events":
                return None  # a step, which may be known to have been done in one round or another only
            if read["origin"] == "unknown" or value in ("unknown", {}):
                continue
            if not where:
                if value is None:
                    return None  # no record can say that there is no such value
                facts[read["fact"]] = value
                continue
            path, _, field = where.partition("].")
            if state.item is None or state.item.id is None or path != f"{state.list_name}[id={state.item.id}":
                return None
            if field not in type(state.item).model_fields:
                return None  # it follows from others
            if read["origin"] == "none":
                complete.add(f"{state.list_name}.{field}")
            else:
                item[field] = value
    record: dict[str, Any] = {"id": "x", "facts": {k: v for k, v in facts.items() if k not in CLIENT}}
    record["client"] = {k: v for k, v in facts.items() if k in CLIENT}
    if state.list_name:
        record |= {state.list_name: [item], "complete": sorted(complete)}
    return record


def insufficient(rulebook: Rulebook, record: dict[str, Any], decision: Decision, count: Counter[str]) -> Iterator[str]:
    """The explanations of which what they name alone does not give the answer."""
    for state in decided(decision):
        if state.item is not None and state.item.id is None:
            continue
        name = f"{asked_for(state)}@{inside(decision).item_key(state)}" if state.item is not None else asked_for(state)
        alike = [other for other in inside(decision).states if (other.kind, other.name) == (state.kind, state.name)]
        trees = decision.explain(name).trees
        for tree in trees if state.item is not None else [trees[alike.index(state)]]:
            alone = named(tree, state)
            if alone is None:
                continue
            try:
                found = same(rulebook.decide(alone, decision.on, only=[asked_for(state)]), state)
            except RecordError:
                continue  # bounds of what has none, and facts that only follow from others
            count["of items" if state.list_name else "of steps" if state.kind == "step" else "explanations"] += 1
            if found is None or answer(found) != answer(state):
                yield (
                    f"{state.kind} {state.name} = {answer(state)}, but {found and answer(found)} with {alone}"
                    f"\n{tree.texts} {[child.texts['en'] for child in tree.children]}"
                )


def unsettled(
    rulebook: Rulebook, record: dict[str, Any], decision: Decision, maker: RecordMaker, random: Random,
    count: Counter[str],
) -> Iterator[str]:  # fmt: skip
    """The claims of ``settles`` that do not hold for some value."""
    for missing in decision.missing_for():
        if missing.where or not missing.settles or missing.fact not in rulebook._parts.facts:
            continue
        known = inside(decision).session.facts.value(missing.fact, decision.on)
        if "facts_on" in missing.fields or is_known(known):
            continue  # it is asked for another day
        count["settles"] += len(missing.settles)
        for _ in range(VALUES_TRIED):
            value = maker.edges.within(random, missing.fact, known, decision.on)
            try:
                only = sorted(
                    {
                        asked_for(state)
                        for state in inside(decision).states
                        if inside(decision).key_of(state) in missing.settles
                    }
                )
                other = rulebook.decide(stated(record, missing.fact, value), decision.on, only=only)
            except RecordError:
                continue
            open_ = {inside(other).key_of(state) for state in inside(other).states if state.open} & set(missing.settles)
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


def faults(count: Counter[str], random: Random, wanted: int) -> Iterator[str]:
    """The untrue sentences on some records of one rulebook after the other, until there are so many of each kind.

    Of what there are enough no more are put to the test.
    """
    for name, rulebook in books():
        maker = RecordMaker(rulebook)
        for _ in range(OF_A_RANDOM_BOOK if name.startswith("random") else OF_A_SHIPPED_BOOK):
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
            tests: list[Iterator[str]] = []
            if count["edges"] < wanted:
                tests.append(untrue_edges(rulebook, record, decision, count))
            if min(count["explanations"], count["of items"]) < wanted:
                tests.append(insufficient(rulebook, record, decision, count))
            if count["settles"] < wanted:
                tests.append(unsettled(rulebook, record, decision, maker, random, count))
            for fault in chain.from_iterable(tests):
                yield f"{name} on {on}: {fault}"
        yield ""
        if min(count[kind] for kind in ("edges", "explanations", "of items", "settles")) >= wanted:
            return


def main(wanted: int, seed: int) -> int:
    """Count sentences until there are so many of each kind; how many were untrue."""
    count: Counter[str] = Counter()
    untrue: Counter[str] = Counter()
    hundreds = 0
    for fault in faults(count, Random(seed), wanted):
        if fault:
            untrue[fault] += 1
            print(fault, flush=True)
        elif min(count.values(), default=0) // 100 > hundreds:
            hundreds = min(count.values()) // 100
            print(dict(count), flush=True)
    print(f"{dict(count)}; untrue: {untrue.total()}")
    return untrue.total()


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
