"""Words that tell a reader nothing are no identifiers: the noun of what a thing is takes their place.

python tests/quality/names.py [PATH ...]     lists each, with its place; exit code 1 if there is one
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = frozenset({"found", "one", "said", "told", "given", "kept", "made", "beside", "stands"})


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier that a module gives to something, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name


def unclear(path: Path) -> list[str]:
    """The places of a file at which an identifier is one of those words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for line, name in sorted(set(identifiers(tree)))
        if name.strip("_").lower() in WORDS and not public_attribute(path, name)
    ]


def public_attribute(path: Path, name: str) -> bool:
    """Whether a name is part of a published format: an outcome says whether it was ``given`` by an official."""
    return name == "given" and path.name in ("answers.py", "stored.py")


def main(arguments: list[str]) -> int:
    """Lists what was asked for: files, folders, or without any the whole library. Returns the exit code."""
    places = [Path(argument).resolve() for argument in arguments] or [ROOT / "src" / "aava_rules"]
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))]
    lines = [line for file in files for line in unclear(file)]
    print("\n".join([*lines, f"{len(files)} files, {len(lines)} unclear names"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
