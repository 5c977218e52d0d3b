"""Keys of findings about items without ids: nobody finds by trying what a protected client's items hold."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.items import _contents, item_keys
from aava_rules.record import Record

SECRET = b"a secret of the host"
PLANS: list[dict[str, Any]] = [{"kind": "client_plan", "made_on": "2015-01-05"}, {}, {"made_on": "2015-01-02"}, {}]


def keys(protected: bool | None, secret: bytes | None = None, plans: list[dict[str, Any]] = PLANS) -> list[str]:
    """The keys of the findings of a client's plans, in the order of the plans."""
    rulebook = aava_rules.load("finland", plugins=False, key=secret)
    record = Record(id="a", client={"protected": protected}, plans=plans)  # type: ignore[arg-type]
    decision = rulebook.decide(record, "2015-02-02", ["plan_signed_by_all"])
    return [finding.key.partition("@")[2] for finding in decision.findings]


def guesses() -> set[str]:
    """What somebody finds who tries every plan that he can think of."""
    plans = Record(id="a", plans=PLANS).plans or ()  # type: ignore[arg-type]
    return {hashlib.sha256(_contents(plan).encode()).hexdigest()[:12] for plan in plans}


def test_the_items_of_a_protected_client_are_numbered() -> None:
    """In the order of what they hold: the same whatever the order of the list, and a hash of nothing."""
    first = keys(True)
    assert first == ["plans:#1", "plans:#3", "plans:#2", "plans:#3~2"] or len({*first}) == 4
    assert sorted(key.partition("~")[0] for key in first)[0] == "plans:#1"
    assert keys(True, plans=PLANS[::-1]) == [first[1], first[2], first[3], first[0]] or set(
        keys(True, plans=PLANS[::-1])
    ) == set(first)
    assert not any(guess in key for guess in guesses() for key in first)


def test_a_secret_of_the_host_salts_every_hash() -> None:
    """The key of an item stays when its client comes under protection; another host has others."""
    with_secret = keys(True, SECRET)
    assert with_secret == keys(False, SECRET) == keys(None, SECRET) != keys(True, b"another host's secret")
    assert len(set(with_secret)) == 4
    assert not any(guess in key for guess in guesses() for key in with_secret)


def test_without_either_a_key_is_a_hash_of_the_contents() -> None:
    """So that it is the same in every process."""
    assert {key.partition(":")[2].partition("~")[0] for key in keys(False)} == guesses()


def test_ids_stay_as_they_are() -> None:
    """They are the host's own; what looks like a number of ours is told apart."""
    plans = Record(id="a", plans=[{"id": "x"}, {"id": "#1"}, {}]).plans or ()  # type: ignore[list-item]
    assert item_keys("plans", plans, None, True) == ["plans:x", "plans:#1", "plans:#1~2"]
    assert item_keys("plans", plans, SECRET, True)[:2] == ["plans:x", "plans:#1"]


def test_a_short_secret_is_refused() -> None:
    """Who guesses it can try what the keys are of."""
    with pytest.raises(ValueError, match="fewer than 16 bytes"):
        aava_rules.load("finland", plugins=False, key=b"short")


def test_a_protected_decision_is_the_same_bytes_again() -> None:
    """Numbers depend on the record alone."""
    rulebook = aava_rules.load("finland", plugins=False)
    record = {"id": "a", "client": {"protected": True}, "plans": PLANS}
    first = rulebook.decide(record, "2015-02-02").to_json()
    assert first == rulebook.decide(json.loads(json.dumps(record)), "2015-02-02").to_json()
