"""Random rulebooks against the naive judge: every function of the language, chained outcomes, numbers below zero."""

from __future__ import annotations

from random import Random

from library import EVERYTHING, PLAIN, Features
from naive_compare import Comparison, Tally
from naive_records import SystemRecords, random_book

RECORDS_OF_A_BOOK = 6


def compare_books(features: Features, everything: bool, completions: int, first: int, tally: Tally) -> None:
    """Judge random rulebooks of some features until so many completions have been judged."""
    seed = first
    while tally.completions < completions:
        book = random_book(seed, features, everything)
        comparison, maker = Comparison(book, tally), SystemRecords(book)
        for number in range(RECORDS_OF_A_BOOK):
            random = Random(seed * RECORDS_OF_A_BOOK + number)
            comparison.check_random(maker, random, maker.day(random))
        seed += 1


def test_no_completion_contradicts_a_random_rulebook(completions: int, first_record: int, tally: Tally) -> None:
    """Whatever a rulebook is made of, what it answers for sure is what a plain reading of its rules answers."""
    compare_books(EVERYTHING, True, 3 * completions, first_record, tally)
    assert tally.definite > tally.answers / 2
    assert tally.undetermined < tally.answers / 20


def test_plain_facts_are_decided_as_soon_as_they_can_be(completions: int, first_record: int, tally: Tally) -> None:
    """Where rules test single facts against constants, an answer is unknown only if two completions differ."""
    compare_books(PLAIN, False, completions, first_record, tally)
    assert tally.exact > tally.answers / 10
