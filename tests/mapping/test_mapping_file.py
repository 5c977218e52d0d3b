"""A mapping file is checked as rule files are: every wrong one in ``bad/`` is refused with exactly the text beside it.

After a deliberate change run ``AAVA_UPDATE_GOLDEN=1 pytest tests/mapping/test_mapping_file.py`` and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import aava_rules
from aava_rules import AdapterError, MappingError, Rulebook, load_mapping
from aava_rules.mapping.file_schema import mapping_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BAD = sorted((HERE / "bad").glob("*.yaml"))
HEAD = "mapping: 1\nclients:\n  table: asiakkaat\n  id: nro\n"


@pytest.fixture(scope="module")
def finland() -> Rulebook:
    return aava_rules.load("finland", plugins=False)


def loaded(text: str, rulebook: Rulebook | None = None, key: bytes | None = None) -> Any:
    return load_mapping(text.encode(), rulebook, key)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_wrong_mapping_is_refused_word_for_word(path: Path, finland: Rulebook) -> None:
    """Every fault of a wrong mapping is told at once, with its line, why it is wrong and what to do."""
    with pytest.raises(MappingError) as caught:
        load_mapping(path, finland)
    expected = path.with_suffix(".txt")
    if os.environ.get("AAVA_UPDATE_GOLDEN") == "1":
        expected.write_text(f"{caught.value}\n", encoding="utf-8")
    assert f"{caught.value}\n" == expected.read_text(encoding="utf-8")
    assert {fault.code for fault in caught.value.faults} == {path.stem[:5].upper()}, "one kind of fault a file"


def test_every_code_is_documented_and_none_in_vain() -> None:
    """The codes of mappings in the source are those in docs/errors.md."""
    source = ROOT / "src" / "aava_rules"
    texts = [file.read_text(encoding="utf-8") for file in source.rglob("*.py")]
    used = {code for text in texts for code in re.findall(r"\bAR1[56]\d\b", text)}
    described = set(re.findall(r"^\| `(AR1[56]\d)`", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.M))
    assert used == described


def test_the_example_of_the_documentation_is_a_right_mapping(finland: Rulebook) -> None:
    """The mapping in docs/mapping.md has no fault, and fits the schema that editors check it by."""
    text = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    mapping = loaded(example, finland)
    assert sorted(mapping.tables) == ["asiakkaat", "asiat", "etuudet", "jaksot", "kunnat", "lasnaolot"]
    # an editor reads days as texts, as this library does
    document = yaml.load(example.replace("2013-01-01", '"2013-01-01"'), yaml.SafeLoader)
    document["codes"]["etuuslaji"] = {str(key): word for key, word in document["codes"]["etuuslaji"].items()}
    truth = document["clients"]["client"]["protected"]["truth"]
    document["clients"]["client"]["protected"]["truth"] = {str(key).lower(): words for key, words in truth.items()}
    jsonschema.validate(document, mapping_schema())
    assert json.loads((ROOT / "docs" / "schema" / "mapping.json").read_text(encoding="utf-8")) == mapping_schema()


def test_without_a_rulebook_facts_say_their_type() -> None:
    """A mapping that says the types of its facts needs no rulebook; one that does not is refused."""
    assert loaded(HEAD + "  facts: {age: {column: ika, type: integer}}\n")
    with pytest.raises(MappingError) as caught:
        loaded(HEAD + "  facts: {age: ika}\n")
    assert [(fault.place, fault.code) for fault in caught.value.faults] == [("mapping:5:11", "AR156")]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A mapping file that is not there is an error of the source, which names its path."""
    with pytest.raises(AdapterError, match=r"none\.yaml: there is no such file"):
        load_mapping(tmp_path / "none.yaml")


def test_what_a_source_lacks_is_told_at_once(finland: Rulebook) -> None:
    """Every table and column that the source lacks is told where the mapping names it, with the number of the nearest."""
    mapping = loaded(HEAD + "  client: {birth_date: synt_pvm, language: kieli}\n"
                     "periods: {table: jaksot, client: nro, fields: {start: alku}}\n")  # fmt: skip
    with pytest.raises(MappingError) as caught:
        mapping.check_source({"asiakkaat": ["nro", "syntpvm", "kieli"], "jakso": ["nro", "alku"]})
    assert [(fault.place, fault.code, fault.what, fault.hint) for fault in caught.value.faults] == [
        (
            "mapping:5:24",
            "AR161",
            "the table asiakkaat has no column synt_pvm",
            "The name of column 2 of the source is near to it.",
        ),
        ("mapping:6:18", "AR160", "the source has no table jaksot", "The name of table 2 of the source is near to it."),
    ]
    mapping.check_source({"asiakkaat": ["nro", "synt_pvm", "kieli"], "jaksot": ["nro", "alku", "muu"]})


def test_the_nearest_name_of_a_schema_is_told(finland: Rulebook) -> None:
    """Names of a database hold no contents, so the nearest one is told, also where no column is right."""
    mapping = loaded(
        HEAD + "  client: {birth_date: synt_pvm}\nperiods: {table: jaksot, client: nro, fields: {start: nro}}\n"
    )
    with pytest.raises(MappingError) as caught:
        mapping.check_source({"asiakkaat": ["syntpvm", "tila"], "jakso": ["nro"], "muu": ["nro"]}, by_schema=True)
    assert [(fault.code, fault.hint) for fault in caught.value.faults] == [
        ("AR161", "The source has 2 columns; `aava-rules map` shows them."),
        ("AR161", "Did you mean syntpvm?"),
        ("AR160", "Did you mean jakso?"),
    ]


def test_only_named_columns_are_read() -> None:
    """What a mapping reads of each table is said beforehand, so that an adapter reads nothing else."""
    mapping = loaded(
        HEAD + "  where: {tila: [V]}\nnever_read: {asiakkaat: [hetu]}\n"
        "periods: {table: jaksot, client: {column: asia, lookup: {table: asiat, key: id, value: nro}}, id: j,\n"
        "  fields: {attended_on: {rows: {table: paivat, item: j, column: pvm, where: {laji: [L]}}}}}\n"
    )
    assert {name: sorted(use.columns) for name, use in mapping.tables.items()} == {
        "asiakkaat": ["nro", "tila"],
        "asiat": ["id", "nro"],
        "jaksot": ["asia", "j"],
        "paivat": ["j", "laji", "pvm"],
    }


def test_ids_are_hashed_only_with_a_key() -> None:
    """A mapping that hashes ids is not used without a key, nor with one that can be guessed."""
    text = HEAD.replace("id: nro", "id: {column: nro, hash: true}")
    with pytest.raises(MappingError) as caught:
        list(loaded(text).read({"asiakkaat": [{"nro": "1"}]}))
    assert caught.value.faults[0].code == "AR157"
    assert "AAVA_RULES_ID_KEY" in caught.value.faults[0].hint
    with pytest.raises(MappingError, match="the key has fewer than 16 bytes"):
        loaded(text, key=b"short")


def test_a_mapping_error_is_an_error_of_a_source() -> None:
    """Whoever catches AdapterError catches it too, and its text has all its faults."""
    with pytest.raises(AdapterError) as caught:
        loaded(HEAD + "  client: {a: b, c: d}\n")
    assert str(caught.value).count("AR150") == 2
