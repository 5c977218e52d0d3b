"""Numbers are exact, bounded, and nothing of the host's: its decimal context, or rules that multiply without end."""

from __future__ import annotations

import decimal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aava_rules
from aava_rules.language.values import COMPUTED_MAX, UNKNOWN, Interval, calculated, interval_arithmetic, plain

RECORD = {"id": "z", "facts": {"daily_compensation": "9.34", "attended_days": 113}}
TITLE = "{fi: luku, sv: tal, en: number}"
NUMBERS = st.decimals(-(10**12), 10**12, places=6) | st.integers(-(10**12), 10**12)


@pytest.mark.parametrize("precision", [1, 3, 4, 28])
@pytest.mark.parametrize("trapped", [False, True])
def test_amounts_are_the_same_in_every_decimal_context_of_the_host(precision: int, trapped: bool) -> None:
    """The compensation of 113 days is 1055.42 euros, whatever the host calculates with."""
    with decimal.localcontext() as context:
        context.prec = precision
        context.rounding = decimal.ROUND_UP
        context.capitals = 0
        context.traps[decimal.Inexact] = trapped
        context.traps[decimal.FloatOperation] = trapped
        rulebook = aava_rules.load("finland", plugins=False)
        decision = rulebook.decide(RECORD, "2010-06-30")
        assert decision.outcomes["compensation"].value == Decimal("1055.42")
        written = decision.to_json()
    assert written == aava_rules.load("finland", plugins=False).decide(RECORD, "2010-06-30").to_json()


def test_tables_are_the_same_in_every_decimal_context_of_the_host() -> None:
    """Columns, and the clients that they leave to the record path, too."""
    polars = pytest.importorskip("polars")
    clients = polars.DataFrame({"id": ["z"], "daily_compensation": ["9.34"], "attended_days": [113]})
    with decimal.localcontext(prec=2):
        table = aava_rules.load("finland", plugins=False).decide_table(clients, on="2010-06-30")
        assert table.outcomes["compensation"].to_list() == [Decimal("1055.42")]


def test_keys_of_items_are_the_same_in_every_decimal_context_of_the_host() -> None:
    """A finding of an item without an id has the key of its contents."""
    rulebook = aava_rules.load("finland", plugins=False)
    record = {"id": "z", "periods": [{"hours_per_day": Decimal("4.125")}, {"hours_per_day": Decimal("4.1254")}]}
    keys = [finding.key for finding in rulebook.decide(record, "2015-01-01").findings]
    with decimal.localcontext(prec=2):
        assert [finding.key for finding in rulebook.decide(record, "2015-01-01").findings] == keys


@given(NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_what_is_calculated_is_exact(a: Decimal | int, b: Decimal | int, op: str) -> None:
    """As fractions have it, which nothing rounds."""
    from fractions import Fraction

    exact = {"+": Fraction(a) + Fraction(b), "-": Fraction(a) - Fraction(b), "*": Fraction(a) * Fraction(b)}[op]
    with decimal.localcontext(prec=3):
        assert Fraction(calculated(op, a, b)) == exact


@pytest.mark.parametrize(("number", "result"), [(10**15, 10**30), (10**15 + 1, UNKNOWN), (Decimal(10**15), 10**30)])
def test_a_number_beyond_all_bounds_is_unknown(number: Decimal | int, result: object) -> None:
    """On both sides of the bound, which is 10 to the 30th."""
    assert COMPUTED_MAX == 10**30
    assert calculated("*", number, number) == result


def test_what_has_too_many_digits_is_unknown_and_never_rounded() -> None:
    """Fifty decimals have room, twice fifty-one have not."""
    fifty = Decimal("1." + "0" * 49 + "1")
    more = Decimal("1." + "0" * 49 + "11")
    assert calculated("*", fifty, 1) == fifty
    assert calculated("*", more, more) is UNKNOWN


def test_a_bound_beyond_all_bounds_is_none() -> None:
    """What lies between bounds of which one is too great has the other one."""
    assert interval_arithmetic("+", (1, 10**30), (1, 10**30)) == Interval(2, None)
    assert interval_arithmetic("-", (-(10**30), 1), (1, 10**30)) == Interval(None, 0)
    assert interval_arithmetic("*", (2, 10**20), (3, 10**20)) == Interval(6, None)


def test_decimals_are_written_alike_in_every_context() -> None:
    """The letter of an exponent is a matter of the context otherwise."""
    with decimal.localcontext() as context:
        context.capitals = 0
        assert plain(Decimal("1E+3")) == "1000"


def squares(folder: Path, kind: str, count: int) -> Path:
    """A rulebook of derived facts each of which is the square of the one before."""
    lines = [f"  f0: {{type: {kind}, title: {TITLE}}}"]
    lines += [f'  f{n}: {{type: {kind}, title: {TITLE}, value: "f{n - 1} * f{n - 1}"}}' for n in range(1, count + 1)]
    vocabulary = "\n".join(["facts:", *lines, "outcomes:", f"  big: {{type: boolean, title: {TITLE}}}", ""])
    root = folder / "squares"
    (root / "only").mkdir(parents=True)
    (root / "vocabulary.yaml").write_text(vocabulary, encoding="utf-8")
    (root / "rulebook.yaml").write_text(f'rulebook: squares\nversion: "1"\ntitle: {TITLE}\nweight: law\n')
    (root / "sources.yaml").write_text("sample: {title: {fi: Esimerkki, sv: Exempel, en: An example}}\n")
    rules = [
        "ruleset: only", f"title: {TITLE}", "decides: [big]", "rules:", "  - id: BIG-1", f"    title: {TITLE}",
        f"    when: [f{count} > 0]", "    then: {big: true}", "    cite: sample.1", "",
    ]  # fmt: skip
    (root / "only" / "rules.yaml").write_text("\n".join(rules), encoding="utf-8")
    return root


@pytest.mark.parametrize(("kind", "value"), [("integer", 999_999_999), ("decimal", Decimal("1.5"))])
def test_rules_that_multiply_without_end_answer_at_once(tmp_path: Path, kind: str, value: int | Decimal) -> None:
    """38 squares of squares are unknown in no time; in a process of its own, since a product of such numbers hangs."""
    root = squares(tmp_path, kind, 38)
    code = (
        "import aava_rules, sys\n"
        "from decimal import Decimal\n"
        "rulebook = aava_rules.load(sys.argv[1], plugins=False)\n"
        f"decision = rulebook.decide({{'id': 'a', 'facts': {{'f0': {value!r}}}}}, '2015-01-01')\n"
        "decision.to_json()\n"
        "print(decision.outcomes['big'].status)"
    )
    command = [sys.executable, "-c", code, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("unknown", "")


def test_rules_that_multiply_a_little_answer_exactly(tmp_path: Path) -> None:
    """Two squares of 1.5 are 5.0625, which is more than nothing."""
    rulebook = aava_rules.load(squares(tmp_path, "decimal", 2), plugins=False)
    assert rulebook.decide({"id": "a", "facts": {"f0": Decimal("1.5")}}, "2015-01-01").outcomes["big"].value is True
