"""How many clients a change concerns: small groups stay closed, and nothing that is told lets them be worked out."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from shown import work

from aava_rules.decision.compare.changes import Answer, AnswerChange, Wording
from aava_rules.decision.compare.counts import CLOSED, FEWEST, Counts, rows

WORDING = Wording(work()._parts, work()._parts)
ANSWERS = (Answer("met"), Answer("broken"), Answer("unknown"))


def change(name: str, before: Answer, after: Answer) -> AnswerChange:
    return AnswerChange("finding", name, name, "", before, after, None, WORDING)


def counted(clients: list[list[AnswerChange]]) -> Counts:
    counts = Counts(WORDING)
    for changes in clients:
        counts.add(changes)
    return counts


MET_BROKEN = change("days_kept", Answer("met"), Answer("broken"))
MET_UNKNOWN = change("days_kept", Answer("met"), Answer("unknown"))
OTHER = change("plan_kept", Answer("met"), Answer("broken"))


class TestClosing:
    def test_nine_are_closed_and_ten_are_told(self) -> None:
        """A number under ten is not told, neither by its cell nor by the number of those who change."""
        few, many = counted([[MET_BROKEN]] * 9 + [[]] * 30), counted([[MET_BROKEN]] * 10 + [[]] * 30)
        assert ([count.clients for count in few.cells], few.changed, few.compared) == ([None], None, 39)
        assert ([count.clients for count in many.cells], many.changed) == ([10], 10)
        assert CLOSED in next(rows(few, "en")) and "10" in next(rows(many, "en"))

    def test_a_closed_cell_does_not_come_out_of_the_total(self) -> None:
        """With one cell told and one closed, the total would tell the closed one: it is closed too."""
        counts = counted([[MET_BROKEN]] * 20 + [[MET_UNKNOWN]] * 5 + [[]] * 70)
        assert [count.clients for count in counts.cells] == [20, None]
        assert (counts.changed, counts.changed_at_least) == (None, 20)
        assert "25" not in str(counts.to_dict())

    def test_closed_cells_of_ten_together_may_be_totalled(self) -> None:
        """Two closed cells that have ten clients between them are not told apart by the total."""
        counts = counted([[MET_BROKEN]] * 20 + [[MET_UNKNOWN]] * 5 + [[OTHER]] * 6)
        assert (counts.changed, counts.changed_at_least) == (31, 20)

    def test_cells_that_can_only_be_full_or_hold_one_each(self) -> None:
        """A total that leaves closed cells one size alone, nine each or one each, is not told."""
        full = counted([[MET_BROKEN]] * 9 + [[MET_UNKNOWN]] * 9)
        single = counted([[change(f"r{number}", Answer("met"), Answer("broken"))] for number in range(12)])
        assert (full.changed, single.changed) == (None, None)

    def test_a_closed_cell_whose_clients_are_all_in_others(self) -> None:
        """Where nobody is in closed cells alone, the total says nothing of these."""
        counts = counted([[MET_BROKEN]] * 20 + [[MET_BROKEN, OTHER]] * 3)
        assert [count.clients for count in counts.cells] == [23, None]
        assert counts.changed == 23

    def test_a_client_counts_once_in_a_cell(self) -> None:
        """Ten findings of nine clients are nine."""
        counts = counted([[MET_BROKEN, MET_BROKEN]] + [[MET_BROKEN]] * 8)
        assert [count.clients for count in counts.cells] == [None]

    @given(st.lists(st.sampled_from([MET_BROKEN, MET_UNKNOWN, OTHER]).map(lambda change: [change]), max_size=60))
    def test_no_closed_cell_is_the_only_one_that_fits(self, clients: list[list[AnswerChange]]) -> None:
        """With every client in one cell, what is told never leaves a closed cell a single size."""
        counts = counted(clients)
        sizes = Counter(changes[0] for changes in clients)
        closed = [size for size in sizes.values() if size < FEWEST]
        told_total = counts.changed
        if told_total is None or not closed:
            return
        rest = told_total - sum(size for size in sizes.values() if size >= FEWEST)
        fitting = [sizes_ for sizes_ in product(range(1, FEWEST), repeat=len(closed)) if sum(sizes_) == rest]
        for number in range(len(closed)):
            assert len({sizes_[number] for sizes_ in fitting}) > 1


class TestCodes:
    def test_numbers_and_days_are_told_by_direction_alone(self) -> None:
        """An amount or a day could tell a client apart, so that a cell says greater or less."""
        amounts = [
            AnswerChange(
                "outcome", "age_min", "age_min", "", Answer("known", before), Answer("known", after), None, WORDING
            )
            for before, after in ((3, 4), (3, 9), (7, 1))
        ]
        counts = counted([[amount] for amount in amounts])
        assert {(count.cell.before, count.cell.after) for count in counts.cells} == {
            ("known", "greater"), ("known", "less"),
        }  # fmt: skip

    def test_a_free_text_is_never_a_cell(self) -> None:
        """A word that the rulebook does not list may come from a record, and is not told."""
        texts = AnswerChange("outcome", "x", "x", "", Answer("known", "Maija"), Answer("known", "Matti"), None, WORDING)
        assert "Maija" not in str(counted([[texts]] * 12).to_dict())
