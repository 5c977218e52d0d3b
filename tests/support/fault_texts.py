"""The texts of faults as the code of the checkers writes them, each slot filled with a made-up value."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection, Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "aava_rules"
MODULES = [
    *sorted((PACKAGE / "rulebook" / "loader").glob("*.py")),
    *(PACKAGE / "language" / f"{name}.py" for name in ("parser", "functions")),
    *(PACKAGE / "rulebook" / f"{name}.py" for name in ("files", "locate")),
    *sorted(
        path
        for path in (PACKAGE / "tools" / "lint").glob("*.py")
        if path.stem not in ("formats", "codes", "translated")
    ),
    *(PACKAGE / "tools" / f"{name}.py" for name in ("cases/run", "scaffold", "editor_schema")),
]
"""Where faults and remarks are made that writers of rules meet."""

OF_RECORDS = [*sorted((PACKAGE / "record").glob("*.py")), PACKAGE / "compiler" / "inputs.py"]
"""Where the faults of records are made, which workers meet in reports and on the command line."""

TELLING = {
    "fault", "_fault", "fail", "stop", "shape_error", "report", "_report", "_bare", "_refused", "Problem", "Fault",
    "TypeMismatch", "ExpressionError", "AavaRulesError", "UnknownName", "RulebookNotFound", "flawed",
}  # fmt: skip
"""The functions that are given texts of faults."""
TEXTS = {"what", "why", "hint"}
"""The variables that hold texts of faults."""
VALUES = {
    "dated.since": " from 2026-01-01",
    "kind": "fact", "thing": "rule OWN-1", "what": "fact", "key": "`all`",
    "before": "a key", "where": "line 3, column 4", "sign": "[",
    "answer": "target_group true", "lacking": "2026-01-01 to 2026-02-01",
    "_in_words(rule)": "from 2026-01-01", "_sides_text(steps, days)": "on the limit, and none one day before it",
    "text": "4 against 5", "count": "2 answers to target_group", "_UNKNOWN[rule.kind]": "expects `unknown`",
    "_cover_in_words(trials, rule)": "OWN-2 says", "subject": "the fact age", "count.unit": "days",
    "listed(change.causes, '; ')": "OWN-1 begins on 2026-01-01; limit is 4 from 2026-01-01", "hint": "Did you mean x1?",
    "' or '.join(lacking)": "passes or fails", "' and one that '.join(lacking)": "passes and one that fails",
    "' and one in which it is '.join(values)": "4 or 5 and one in which it is 6",
}  # fmt: skip
"""What slots are filled with, where not just anything may stand in them."""
IN_MODULE = {
    ("address", "what"): "the title of the rule OWN-1",
    ("documents", "expected"): "a list",
    ("yaml_causes", "what"): "keys",
    ("derived_facts", "kind"): "total",
    ("derived_facts", "what"): "days",
    ("parser", "kind"): "step",
    ("messages", "text"): "x1",
    ("parser", "what"): "A later",
    ("places", "first"): "beside it (sound, 1)",
    ("places", "others"): "shipped (sound, 2)",
    ("limits", "text"): "4 against 5 and 6 against 5",
}
"""Of slots that are called alike in several modules."""
PARTS = {"unused": ("the ",), "parser": ("An earlier", "A later")}
"""How those texts begin that a module only puts into another one."""
MOST_OF_PART = 20
"""Characters that such a text has at most."""


def texts(modules: list[Path] = MODULES, told_by: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each text of a fault that ``modules`` write, after the module and line that writes it.

    Those that are given to ``told_by``, where that is said, else those of faults.
    """
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for text in _told(node, told_by):
                for filled in _filled(text, path.stem):
                    if " " in filled.strip() and not (
                        len(filled) < MOST_OF_PART and filled.startswith(PARTS.get(path.stem, ()))
                    ):
                        yield f"{path.relative_to(PACKAGE)}:{text.lineno}", filled


def _told(node: ast.AST, told_by: Collection[str]) -> Iterator[ast.expr]:
    """The texts that ``node`` gives to a fault, or holds for one."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=given) if told_by:
            yield from _leaves(given if name in told_by else [])
        case _ if told_by:
            return
        case ast.Call(func=function, args=given, keywords=keywords):
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in TELLING or (name == "append" and given and isinstance(given[0], ast.Tuple)):
                yield from _leaves([*given, *(keyword.value for keyword in keywords)])
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in TEXTS:
            yield from _leaves([value])
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            for target, value in zip(names, values, strict=True):
                if isinstance(target, ast.Name) and target.id in TEXTS:
                    yield from _leaves([value])
        case ast.Return(value=ast.Tuple(elts=values)):
            yield from _leaves(values)
        case ast.Return(value=value) if value is not None:
            yield from (leaf for leaf in _leaves([value]) if _is_sentence(leaf))
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper() and not isinstance(value, ast.Call):
            yield from (leaf for leaf in _leaves([value]) if _is_sentence(leaf))
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None and name.isupper():
            yield from (leaf for leaf in _leaves([value]) if _is_sentence(leaf))


def _leaves(expressions: list[ast.expr]) -> Iterator[ast.expr]:
    for expression in expressions:
        match expression:
            case ast.Constant(value=str()) | ast.JoinedStr():
                yield expression
            case ast.IfExp(body=body, orelse=other):
                yield from _leaves([body, other])
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
                yield from _leaves(parts)
            case ast.Starred(value=value):
                yield from _leaves([value])


def _is_sentence(leaf: ast.expr) -> bool:
    parts = leaf.values if isinstance(leaf, ast.JoinedStr) else [leaf]
    last = parts[-1] if parts else None
    return isinstance(last, ast.Constant) and bool(re.search(r"[.?]$", str(last.value)))


def _filled(text: ast.expr, module: str) -> list[str]:
    match text:
        case ast.Constant(value=value):
            return [str(value)]
        case ast.JoinedStr(values=parts):
            return ["".join(choice) for choice in itertools.product(*(_filled(part, module) for part in parts))]
        case ast.FormattedValue(value=value):
            return _filled(value, module)
        case ast.IfExp(body=body, orelse=other):
            return [*_filled(body, module), *_filled(other, module)]
        case ast.BoolOp(values=parts):
            return [filled for part in parts for filled in _filled(part, module)]
    written = ast.unparse(text)
    if "type_phrase(" in written:
        return ["a whole number", "a set"]
    if (module, written) in IN_MODULE:
        return [IN_MODULE[module, written]]
    if written in VALUES:
        return [VALUES[written]]
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr == "join":
        between = text.func.value
        if isinstance(between, ast.Constant):
            return [f"x1{between.value}x2"]
    return ["x1"]
