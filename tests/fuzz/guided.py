"""Input that is guided by coverage: libFuzzer, by way of atheris, looks for bytes that reach new lines of the library.

    python tests/fuzz/guided.py csv --runs 100000 --seed 1        also: yaml, expression, mapping, record

Needs atheris, which has wheels for Linux (`pip install atheris`). The corpus and the input of a violation lie in the
folder ``--keep``, or in a temporary one. It exits with another code than 0 on any violation, and prints its input.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["aava_rules", "aava_rules_tabular"]):
    from texts import Violation, text_targets

    from aava_rules import load
    from aava_rules.language.errors import AavaRulesError
    from aava_rules.testing import RecordMaker, as_json
    from aava_rules.testing.hostile import CANARY, KEYS, TEXTS

KINDS = ("record", "yaml", "expression", "mapping", "csv")
LONGEST = 4096
"""The most bytes of an input: longer ones are for the limits, which have tests of their own."""
SECONDS = 20
"""An input that takes longer by the clock, instrumented and beside whatever else runs, is a violation."""


class Records:
    """Records as JSON, for a shipped rulebook."""

    words = (*KEYS, *TEXTS[:20], *'"{}[]:,', "null", "true", "1e999", "NaN", '"at_least"', "2014-05-05")

    def __init__(self) -> None:
        self.rulebook = load("finland", plugins=False)
        maker = RecordMaker(self.rulebook)
        records = [maker.record(Random(number), date(2014, 5, 5)) for number in range(40)]
        self.seeds = [json.dumps(as_json(record)).encode() for record in records]

    def run(self, data: bytes) -> str:
        """``decided`` or ``refused``."""
        try:
            self.rulebook.decide(data, on="2014-05-05").outcomes["target_group"]
        except AavaRulesError as error:
            if CANARY in str(error):
                raise Violation("an error tells contents of the record") from None
            return "refused"
        return "decided"


def dictionary(words: Any) -> str:
    """Words as libFuzzer reads a dictionary: one a line, every byte that is no letter written as a number."""
    lines = []
    for word in words:
        data = word.encode("utf-8", "surrogatepass")[:60]
        text = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}" for byte in data)
        lines += [f'"{text}"'] if text else []
    return "\n".join(lines) + "\n"


def fuzz(kind: str, runs: int, seed: int, folder: Path) -> None:
    """Run libFuzzer on one kind of input; it ends the process.

    Args:
        kind: one of `KINDS`.
        runs: how many inputs.
        seed: the seed of libFuzzer: the same inputs again.
        folder: where the corpus and the input of a violation are kept.
    """
    target: Any = Records() if kind == "record" else text_targets()[kind]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(data[:LONGEST])
    (folder / "words.dict").write_text(dictionary(target.words), encoding="ascii")
    run: Callable[[bytes], Any] = target.run
    for data in target.seeds:
        run(data)  # what is compiled once is no input's time
    options = [
        f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={SECONDS}", f"-dict={folder / 'words.dict'}",
        f"-artifact_prefix={folder}/violation-", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], run)
    atheris.Fuzz()


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Fuzz one kind of input, guided by coverage.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="the folder for the corpus and for what violates")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="aava-rules-guided-"))
    print(f"{options.kind}: what is kept lies in {folder}", flush=True)
    fuzz(options.kind, options.runs, options.seed, folder.resolve())


if __name__ == "__main__":
    main()
