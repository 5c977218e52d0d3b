"""Strict YAML: what is read, what is refused, and where each value stands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES, MAX_NODES, Mapping, Scalar, Sequence, plain, read_yaml


def values(text: str) -> object:
    file = read_yaml(text.encode())
    assert not file.problems, file.problems
    assert file.root is not None
    return plain(file.root)


def codes(text: str | bytes) -> list[str]:
    return [problem.code for problem in read_yaml(text if isinstance(text, bytes) else text.encode()).problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("True", "True"),
        ("null", None), ("~", None), ("", None), ("Null", "Null"),
        ("12", 12), ("-3", -3), ("0", 0), ("007", "007"), ("0x10", "0x10"), ("1_000", "1_000"), ("+1", "+1"),
        ("1:30", "1:30"), ("8.50", Decimal("8.50")), ("-0.1", Decimal("-0.1")), ("1e3", "1e3"), (".5", ".5"),
        (".inf", ".inf"), ("9" * 31, "9" * 31),
        ("2014-05-05", "2014-05-05"), ("2014-05-05T10:00:00Z", "2014-05-05T10:00:00Z"),
        ("'12'", "12"), ('"true"', "true"), ("''", ""), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """Only true, false, null, ~, decimal integers and decimals are more than text; decimals are exact."""
    mapping = values(f"key: {text}")
    assert mapping == {"key": value}
    assert isinstance(mapping, dict)
    assert type(mapping["key"]) is type(value)
    assert str(mapping["key"]) == str(value)


def test_keys_are_text_as_written() -> None:
    """A day, a number or `on` as a key stays what stands in the file."""
    assert values("2015-07-01: 1\n3: 2\non: 3\ntrue: 4") == {"2015-07-01": 1, "3": 2, "on": 3, "true": 4}


def test_every_node_knows_its_place() -> None:
    """Line and column, from 1, of keys, values, lists and mappings; of quoted ones the quote's."""
    root = read_yaml(b'a: 1\nlist:\n  - x\n  - {key: "two words"}\n').root
    assert isinstance(root, Mapping)
    (a, first_value), (_, items) = root.pairs
    assert isinstance(first_value, Scalar)
    assert isinstance(items, Sequence)
    assert (a.line, a.column, first_value.line, first_value.column) == (1, 1, 1, 4)
    assert (items.line, items.column) == (3, 3)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    value = inner.get("key")
    assert isinstance(value, Scalar)
    assert (value.line, value.column, value.quoted) == (4, 11, True)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_do_not_matter(ending: str) -> None:
    """Lines are counted the same, however they end."""
    root = read_yaml(ending.join(["a: 1", "", "b: 2"]).encode()).root
    assert isinstance(root, Mapping)
    assert [key.line for key, _ in root.pairs] == [1, 3]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2", "AR004"),
        ("a: {b: 1, 'b': 2}", "AR004"),
        ("a: &x 1", "AR005"),
        ("a: *x", "AR005"),
        ("a: !!str 1", "AR005"),
        ("a: !python/object:os.system x", "AR005"),
        ("<<: {a: 1}", "AR005"),
        ("a: 1\n---\nb: 2", "AR005"),
        ("? [a, b]\n: 1", "AR005"),
        ("a: [", "AR001"),
        ("a: b: c", "AR001"),
        ("", "AR001"),
        ("# nothing but a remark\n", "AR001"),
        ("%YAML 9.9\n", "AR001"),
        (b"a: \xef\xbb\xbf1", "AR002"),
        (b"a: \xff", "AR002"),
        (b"\xff\xfea\x00:\x00", "AR002"),
        ("a: \x00", "AR002"),
        ("a: \x07", "AR002"),
        ("a: \x85", "AR002"),
        ("a: x\u2028b: y", "AR002"),
        ("a: \u202e", "AR002"),
        ("a: " + "[" * 31 + "]" * 31, "AR003"),
        ("a: " + "{a: " * 5000, "AR003"),
        ("a: [" + "1," * MAX_NODES + "]", "AR003"),
        ("a: " + "x" * MAX_BYTES, "AR003"),
    ],
)
def test_what_makes_yaml_surprising_is_refused(text: str | bytes, code: str) -> None:
    """Each surprise has its own code, and nothing else is raised."""
    assert codes(text) == [code]


def test_a_second_document_start_alone_is_no_document() -> None:
    """A leading `---` is allowed: it opens the only document."""
    assert values("---\na: 1\n") == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "when: [min(a, b) > c]",
        "when: [x, done(a, b)]",
        "then: {days: add_days(a, 1)}",
        "any: [1)]",
    ],
)
def test_a_comma_in_a_flow_list_is_told_once(text: str) -> None:
    """A test that a flow list has cut at its comma is told once, and none of its pieces is read on."""
    file = read_yaml(text.encode())
    assert [problem.code for problem in file.problems] == ["AR006"]
    assert file.root is not None


def test_brackets_on_a_line_of_their_own_are_whole() -> None:
    """In a block list commas and brackets belong to the line."""
    assert values("when:\n  - min(a, b) > c\n  - x in [a, b]\n") == {"when": ["min(a, b) > c", "x in [a, b]"]}
    assert values("when: ['min(a, b) > c', done(a)]") == {"when": ["min(a, b) > c", "done(a)"]}


def test_a_list_of_words_in_a_flow_list_gets_a_hint() -> None:
    """`[x in [a, b]]` is no YAML; the hint says to give the test its own line."""
    (problem,) = read_yaml(b"when: [x in [a, b], c]\n").problems
    assert problem.code == "AR001"
    assert "own `- ` line" in problem.hint


def test_problems_that_leave_the_file_readable_are_all_told() -> None:
    """Two duplicate keys are two faults, and the rest of the file is there."""
    file = read_yaml(b"a: 1\na: 2\nb: 3\nb: 4\nc: 5\n")
    assert [(problem.code, problem.line) for problem in file.problems] == [("AR004", 2), ("AR004", 4)]
    assert file.root is not None
    assert plain(file.root) == {"a": 1, "b": 3, "c": 5}
