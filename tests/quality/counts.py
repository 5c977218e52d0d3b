"""How the house is built, counted: rooms, modules, lines, circles of imports, and in how many files a construct is written.

python tests/quality/counts.py [SOURCE]     SOURCE is a folder `aava_rules`; without it, the library of this checkout
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "aava_rules"
CONSTRUCTS = {
    "a test of the language (`OneOf`, x in [a, b])": r"\bOneOf\b",
    "an aggregate (`count`)": r'"count"',
    "a strict function (`end_of_month`)": r"\bend_of_month\b",
    "a function that reads items (`day_in`)": r"\"day_in\"|\bday_in\b",
    "a field of the record (`place_kind`)": r"\bplace_kind\b",
    "a report (`junit`)": r"\bjunit\b",
}
"""What somebody changes, and what its name looks like in source."""


def modules(package: Path) -> dict[str, ast.Module]:
    """Every module by its dotted name below the package, parsed."""
    names = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(file.read_text(encoding="utf-8"))
    return names


def imports(name: str, tree: ast.Module, package: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a module imports anywhere in it: lazily and for type hints too."""
    here = name.split(".") if name else []
    inside = here if (package / Path(*here) / "__init__.py").exists() else here[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name.removeprefix("aava_rules.") for alias in node.names if "aava_rules." in alias.name]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = inside[: len(inside) - node.level + 1] + (node.module.split(".") if node.module else [])
            elif node.module and (node.module + ".").startswith("aava_rules."):
                base = node.module.split(".")[1:]
            else:
                continue
            targets = [".".join([*base, alias.name]) for alias in node.names]
            targets = [target if target in known else ".".join(base) for target in targets]
        else:
            continue
        yield from (target for target in targets if target in known and target and target != name)


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of more than one module (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = set()
            while node not in component:
                component.add(stack.pop())
            if len(component) > 1:
                components.append(component)

    sys.setrecursionlimit(10_000)
    for node in graph:
        if node not in index:
            visit(node)
    return components


def lines(package: Path) -> tuple[int, int, int]:
    """Lines of source in all, of them in docstrings, and of them blank or comments."""
    total = documentation = empty = 0
    for file in package.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        total += len(text.splitlines())
        empty += sum(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
                first = node.body[0]
                if (
                    isinstance(first, ast.Expr)
                    and isinstance(first.value, ast.Constant)
                    and type(first.value.value) is str
                ):
                    documentation += (first.end_lineno or first.lineno) - first.lineno + 1
    return total, documentation, empty


def count(package: Path) -> dict[str, int]:
    """Every figure by what it counts."""
    trees = modules(package)
    known = set(trees)
    graph = {name: set(imports(name, tree, package, known)) for name, tree in trees.items()}
    # __main__.py is the door of Python itself, and leads to the command line
    entries = [entry for entry in package.iterdir() if entry.name != "__main__.py"]
    top = [entry for entry in entries if entry.suffix == ".py" or (entry / "__init__.py").exists()]
    total, documentation, empty = lines(package)
    texts = {file: file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    figures = {
        "entries at the top": len(top),
        "packages at the top": sum(entry.is_dir() for entry in top),
        "modules": len(trees),
        "lines of source": total,
        "  of them docstrings": documentation,
        "  of them blank or comments": empty,
        "lines of the longest module": max(len(text.splitlines()) for text in texts.values()),
        "circles of imports, type hints counted": len(circles(graph)),
    }
    for construct, pattern in CONSTRUCTS.items():
        figures[f"files that name {construct}"] = sum(bool(re.search(pattern, text)) for text in texts.values())
    return figures


def main(arguments: list[str]) -> int:
    """Print the figures of a package."""
    for name, figure in count(Path(arguments[0]).resolve() if arguments else PACKAGE).items():
        print(f"{figure:>7,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
