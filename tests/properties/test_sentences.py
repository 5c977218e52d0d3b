"""What explanations and `missing` say is true: a short run of what ``sentences.py`` counts."""

from __future__ import annotations

from collections import Counter
from random import Random

import sentences

WANTED = 15


def test_sentences_are_true() -> None:
    """Other counts give the answer that is told, what is named alone gives the answer, and what settles does settle."""
    count: Counter[str] = Counter()
    for fault in sentences.faults(count, Random(11), WANTED):
        assert not fault, fault
