"""Public docstrings say what they must: every argument, every error that is raised, the shapes of arrays.

    python tests/quality/docstrings.py [PATH ...]     lists each gap, with its place; exit code 1 if there is one

A public function, method or class has a docstring. It names each of its parameters, under ``Args:`` or as ``name`` in
the prose, and no parameter that it lacks; each exception class that its body raises; and, of arguments or results that
are arrays, shape and dtype.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ARRAYS = re.compile(r"\b(ndarray|NDArray|Ints|Bools|Words|Floats|Bytes8|Array)\b")
SHAPE = re.compile(r"shape|\(n,|\(\d+,|\b[nmk] rows|scalar|0-d|\(n\b")
SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Attributes|Example|Examples|Source|Note):\s*$")
ENTRY = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*): ")


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Public classes and functions of a module, and the public methods of its public classes, by dotted name."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, FUNCTIONS) and not inner.name.startswith("_"):
                        yield f"{node.name}.{inner.name}", inner


def parameters(node: Function) -> list[str]:
    """The parameters of a function but for ``self`` and ``cls``."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [argument.arg for argument in every if argument is not None and argument.arg not in ("self", "cls")]


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of functions and classes inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield child
            yield from own_nodes(child)


def raised(node: Function) -> set[str]:
    """The names of the public exception classes that a function's body raises and does not catch itself."""
    caught = {
        name.id
        for handler in own_nodes(node)
        if isinstance(handler, ast.ExceptHandler) and handler.type is not None
        for name in ast.walk(handler.type)
        if isinstance(name, ast.Name)
    }
    names = set()
    for statement in own_nodes(node):
        if isinstance(statement, ast.Raise) and isinstance(statement.exc, ast.Call):
            function = statement.exc.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name[:1].isupper() and name not in caught:
                names.add(name)
    return names


def named_arguments(docstring: str) -> set[str]:
    """The names under ``Args:``."""
    names: set[str] = set()
    section = ""
    for line in docstring.splitlines():
        if heading := SECTION.match(line):
            section = heading[1]
        elif line and not line.startswith(" "):
            section = ""
        elif section == "Args" and (entry := ENTRY.match(line)):
            names |= {name.strip(" *") for name in entry[1].split(",")}
    return names


def gaps(name: str, node: Function | ast.ClassDef) -> Iterator[str]:
    """What the docstring of a definition lacks or says wrongly."""
    docstring = ast.get_docstring(node)
    if not docstring:
        yield "no docstring"
        return
    if isinstance(node, ast.ClassDef):
        return
    if node.name.startswith("test_"):
        return  # what a check of pytest takes is fixtures
    takes = parameters(node)
    listed = named_arguments(docstring)
    prose = set(re.findall(r"``\*{0,2}(\w+)", docstring))
    for argument in sorted(listed - set(takes)):
        yield f"names the argument {argument}, which it does not take"
    for argument in takes:
        if argument not in listed | prose:
            yield f"does not name its argument {argument}"
    for error in sorted(raised(node)):
        if not re.search(rf"\b{error}\b", docstring):
            yield f"does not say that it raises {error}"
    annotations = [argument.annotation for argument in ast.walk(node.args) if isinstance(argument, ast.arg)]
    texts = [ast.unparse(annotation) for annotation in (*annotations, node.returns) if annotation is not None]
    if any(ARRAYS.search(text) for text in texts) and not SHAPE.search(docstring):
        yield "does not tell the shapes of its arrays"


def check(path: Path) -> list[str]:
    """The gaps of a file, each with its place."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = path.relative_to(ROOT)
    lines = [] if ast.get_docstring(tree) else [f"{place}:1: the module has no docstring"]
    for name, node in public_definitions(tree):
        lines += [f"{place}:{node.lineno}: {name} {gap}" for gap in gaps(name, node)]
    return lines


def main(arguments: list[str]) -> int:
    """Lists the gaps of the given files and folders, or of the whole library. Returns the exit code."""
    places = [Path(argument).resolve() for argument in arguments] or [ROOT / "src" / "aava_rules"]
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))]
    lines = [
        line for file in files if not file.name.startswith("_") or file.name == "__init__.py" for line in check(file)
    ]
    print("\n".join([*lines, f"{len(files)} files, {len(lines)} gaps in docstrings"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
