"""A rulebook's folder, those it extends and the amendments: documents of all layers, lowest first, and their hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aava_rules.language.errors import AavaRulesError, Fault
from aava_rules.rulebook.digest import digest
from aava_rules.rulebook.files import content_of, reason
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.amendments import Head, amends, order_amendments
from aava_rules.rulebook.loader.documents import MISSING, Document, Faults, nearest
from aava_rules.rulebook.loader.symbols import LayerInfo
from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES, Mapping, Node, YamlFile, read_yaml
from aava_rules.rulebook.locate import is_name

_TOP = ("rulebook.yaml", "vocabulary.yaml", "parameters.yaml", "sources.yaml")
_INNER = ("rules.yaml", "messages.yaml", "cases.yaml")
MAX_LAYERS = 20
"""Rulebooks of one stack, and amendments of one."""


@dataclass(slots=True)
class RulesetFolder:
    """The documents of one ruleset."""

    name: str
    rules: Document
    messages: Document | None


@dataclass(slots=True)
class LayerFolder:
    """The documents of one rulebook."""

    info: LayerInfo
    rulebook: Document
    path: Path
    top: dict[str, Document] = field(default_factory=dict)
    rulesets: list[RulesetFolder] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


class LayerStack:
    """Reads the folders of all layers; afterwards ``layers`` has them, the lowest first.

    Amendments lie right above the rulebook that they amend, in the order in which they were named, but where they say
    ``after:``.
    """

    def __init__(self, faults: Faults, find: Callable[[str], Path]) -> None:
        self.faults, self.find = faults, find
        self.layers: list[LayerFolder] = []
        self.readable = True
        """Whether every file has nodes; if not, linking would only report what follows from that."""

    def read(self, path: Path, amendments: Sequence[Path] = ()) -> None:
        """Read a rulebook with what it extends, and amendments of these.

        Args:
            path: the folder of the rulebook, or of an amendment: then what it amends is read, with the amendment.
            amendments: the folders of further amendments.
        """
        top = self._head(path, 0)
        if top is not None and top.head.amends is not None:
            changes = [*(other for other in amendments if other != path), path]
            below = self._find(top, "amends", top.head.amends)
            base = None if below is None else self._head(below, 0)
            if base is not None and base.head.amends is not None:
                what = f"the rulebook {base.head.rulebook} is an amendment"
                why = "An amendment changes a rulebook, and none changes another amendment."
                hint = f"Amend the rulebook itself, with after: {base.head.rulebook} if both change one thing."
                top.document.fault(_get(top.document, "amends"), "AR080", what, why, hint)
                base = None
            top = base
        else:
            changes = list(amendments)
        chain = self._chain(top) if top is not None else []
        if top is None:
            self.readable = False
            return
        by_base = order_amendments(chain, self._amendments(changes))
        self.readable = self.readable and by_base is not None
        stack = [read for below in reversed(chain) for read in (below, *(by_base or {}).get(below.head.rulebook, ()))]
        follows: dict[str, frozenset[str]] = {}
        for rank, read in enumerate(stack):
            name, after = read.head.rulebook, read.head.after
            follows[name] = frozenset(after).union(*(follows.get(other, frozenset()) for other in after))
            amended = next((layer.info for layer in self.layers if layer.info.name == amends(read)), None)
            weight = read.head.weight or (amended.weight if amended is not None else "")
            info = LayerInfo(name, weight, rank, read.head, follows[name], amends(read))
            layer = LayerFolder(info, read.document, read.path)
            self.layers.append(layer)
            layer.files.append(("rulebook.yaml", read.content))
            self._read_layer(layer, read.path, (rank + 1) * 1_000_000)

    def of(self, path: Path) -> LayerFolder:
        """The layer whose folder is ``path``; the last one if none is."""
        return next((layer for layer in self.layers if layer.path == path), self.layers[-1])

    def _head(self, folder: Path, rank: int) -> Head | None:
        """The rulebook.yaml in ``folder``; None after its faults have been reported."""
        document, content = self._file(folder, folder / "rulebook.yaml", rank)
        root = document.file.root if document is not None else None
        head = document.check(file_schema.RulebookFile, root) if document is not None and root is not None else None
        if document is not None and head is not None and head.amends is None:
            for key in file_schema.REQUIRED_KEYS:
                if not getattr(head, key):
                    document.fault(root, "AR008", f"{key} is missing", *MISSING[key])
            head = head if all(getattr(head, key) for key in file_schema.REQUIRED_KEYS) else None
        elif head is not None and head.read is not None and not head.version:
            head = head.model_copy(update={"version": head.read.on.isoformat()})
        if document is None or head is None:
            self.readable = False
            return None
        return Head(folder, document, content, head)

    def _chain(self, top: Head) -> list[Head]:
        """``top`` and what it extends, the top first; up to a fault, if there is one."""
        chain = [top]
        while (name := chain[-1].head.extends) is not None:
            below = self._below(chain, name)
            if below is None:
                self.readable = False
                break
            chain.append(below)
        return chain

    def _below(self, chain: list[Head], name: str) -> Head | None:
        """What the last rulebook of ``chain`` extends by ``name``; None after its fault."""
        upper = chain[-1]
        document, node = upper.document, _get(upper.document, "extends")
        if upper.head.weight == "law":
            why = "What lies on top of a rulebook cannot be law."
            document.fault(_get(document, "weight"), "AR064", "a rulebook that extends another has the weight law", why)
        plain, _, version = name.partition("==")
        names = [each.head.rulebook for each in chain]
        if plain in names:
            why = f"{' extends '.join([*names, name])}."
            document.fault(node, "AR061", "rulebooks extend one another in a circle", why)
            return None
        if len(chain) >= MAX_LAYERS:
            document.fault(node, "AR061", f"more than {MAX_LAYERS} rulebooks lie on top of one another")
            return None
        folder = self._find(upper, "extends", name)
        below = None if folder is None else self._head(folder, -len(chain))
        if below is None:
            return None
        if below.head.rulebook in names:
            at = _get(below.document, "rulebook")
            below.document.fault(at, "AR061", f"the rulebook {below.head.rulebook} extends itself")
            return None
        if below.head.amends is not None:
            why = "Nothing lies on top of an amendment, since nothing is amended that the caller did not name."
            hint = f"Extend {below.head.amends[:60]}, and load with amend=[...] or --amend."
            document.fault(node, "AR080", f"the rulebook {below.head.rulebook} is an amendment", why, hint)
            return None
        if version and below.head.version != version:
            what = f"the rulebook {below.head.rulebook} is of version {below.head.version[:40]}, not {version[:40]}"
            document.fault(node, "AR061", what, "", "Extend the one there is, or install the other.")
            return None
        return below

    def _find(self, upper: Head, key: str, name: str) -> Path | None:
        """The folder of the rulebook that ``upper`` names under ``key``; None after the fault that there is none."""
        plain, pin, version = name.partition("==")
        try:
            if not is_name(plain):  # a path is that from the rulebook which names it, wherever the program runs
                return self.find(f"{upper.path / plain}{pin}{version}")
            return self.find(name)
        except (AavaRulesError, OSError, KeyError, ValueError) as error:
            why = str(error.args[0]) if error.args else ""
            code = "AR061" if key == "extends" else "AR080"
            upper.document.fault(_get(upper.document, key), code, f"the rulebook {name[:60]} is not found", why)
            return None

    def _amendments(self, folders: Sequence[Path]) -> list[Head]:
        """The heads of the amendments in ``folders``, each once."""
        read = [self._head(folder, -MAX_LAYERS - number) for number, folder in enumerate(dict.fromkeys(folders))]
        return [each for each in read if each is not None]

    def sha256(self) -> str:
        """The hash of every rule file of all layers: rulebook, path and bytes, in the order of their names."""
        return digest((f"{layer.info.name}/{name}", data) for layer in self.layers for name, data in layer.files)

    def _read_layer(self, layer: LayerFolder, path: Path, rank: int) -> None:
        for child in self._children(path, path):
            rank += 1
            if child.name.startswith((".", "_")) or child.name == "rulebook.yaml":
                continue
            if self._is_folder(path, child):
                self._read_ruleset(layer, path, child, rank * 10)
            elif child.suffix in (".yaml", ".yml"):
                if child.name not in _TOP:
                    self._unknown(path, child, _TOP, rank * 10)
                    continue
                document, content = self._file(path, child, rank * 10)
                if document is not None:
                    layer.files.append((child.name, content))
                    layer.top[child.name] = document

    def _read_ruleset(self, layer: LayerFolder, path: Path, folder: Path, rank: int) -> None:
        documents: dict[str, Document] = {}
        for child in self._children(path, folder):
            rank += 1
            if child.name.startswith((".", "_")):
                continue
            if self._is_folder(path, child):
                self._bare(path, child, "a folder inside a ruleset", "A ruleset has no folders.")
            elif child.suffix in (".yaml", ".yml"):
                name = f"{folder.name}/{child.name}"
                if child.name not in _INNER:
                    self._unknown(path, child, _INNER, rank)
                    continue
                if child.name == "cases.yaml":
                    layer.files.append((name, self._content(path, child, rank) or b""))
                    continue
                document, content = self._file(path, child, rank)
                layer.files.append((name, content))
                if document is not None:
                    documents[child.name] = document
        if "rules.yaml" in documents:
            layer.rulesets.append(RulesetFolder(folder.name, documents["rules.yaml"], documents.get("messages.yaml")))
        elif f"{folder.name}/rules.yaml" not in [name for name, _ in layer.files]:
            self._bare(path, folder, "the folder has no rules.yaml", "Every folder of a rulebook is a ruleset.")

    def _content(self, path: Path, file: Path, rank: int) -> bytes | None:
        """The bytes of a file, at most one more than MAX_BYTES; None, which is reported, if it cannot be read."""
        try:
            return content_of(file, path, MAX_BYTES)
        except (OSError, RuntimeError) as error:
            missing = isinstance(error, FileNotFoundError) and not file.is_symlink()
            what = "the file is missing" if missing else "the file cannot be read"
            document = Document(self._name(path, file), rank, YamlFile(None, []), self.faults)
            document.fault(None, "AR009", what, "" if missing else f"{reason(error).capitalize()}.")
            self.readable = False
            return None

    def _name(self, path: Path, file: Path) -> str:
        return f"{path.name}/{file.relative_to(path).as_posix()}"

    def _is_folder(self, path: Path, child: Path) -> bool:
        """Whether ``child`` is a folder; a link to one outside the rulebook is reported, and no file in it is read."""
        try:
            if not child.is_dir():
                return False
            inside = child.resolve().is_relative_to(path.resolve())
        except (OSError, RuntimeError):
            return False
        if not inside:
            self._bare(path, child, "the folder cannot be read", "A link leads out of the rulebook's folder.")
            self.readable = False
        return True

    def _file(self, path: Path, file: Path, rank: int) -> tuple[Document | None, bytes]:
        """A file as a document, None if that is not possible, and the very bytes that were read."""
        data = self._content(path, file, rank)
        if data is None:
            return None, b""
        name = self._name(path, file)
        document = Document(name, rank, read_yaml(data), self.faults)
        root = document.file.root
        if root is None:
            self.readable = False
            return None, data
        if not isinstance(root, Mapping):
            document.fault(root, "AR008", "this should be a mapping", "", "Write `name: ...` at the margin.")
            self.readable = False
            return None, data
        return document, data

    def _children(self, path: Path, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except OSError:
            self._bare(path, folder, "the folder cannot be read", "")
            self.readable = False
            return []

    def _unknown(self, path: Path, file: Path, known: tuple[str, ...], rank: int) -> None:
        hint = nearest(file.name, known) or f"There are {', '.join(known)}."
        document = Document(f"{path.name}/{file.relative_to(path).as_posix()}", rank, YamlFile(None, []), self.faults)
        document.fault(None, "AR009", "no rule file has this name", "", hint)

    def _bare(self, path: Path, folder: Path, what: str, why: str) -> None:
        name = f"{path.name}/{folder.relative_to(path).as_posix()}"
        self.faults.by_place[(2**40, 0, 0, "AR009", name)] = Fault(name, "AR009", what, why)


def _get(document: Document, key: str) -> Node | None:
    root = document.file.root
    return root.get(key) if isinstance(root, Mapping) else None
