"""A rulebook's folder and those it extends: the documents of all layers, lowest first, and their hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aava_rules.language.errors import AavaRulesError, Fault
from aava_rules.rulebook.digest import digest
from aava_rules.rulebook.files import content_of, reason
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import Document, Faults, nearest
from aava_rules.rulebook.loader.symbols import LayerInfo
from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES, Mapping, Node, YamlFile, read_yaml

_TOP = ("rulebook.yaml", "vocabulary.yaml", "parameters.yaml", "sources.yaml")
_INNER = ("rules.yaml", "messages.yaml", "cases.yaml")
MAX_LAYERS = 20
"""Rulebooks of one stack."""


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
    top: dict[str, Document] = field(default_factory=dict)
    rulesets: list[RulesetFolder] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


class LayerStack:
    """Reads the folders of all layers; afterwards ``layers`` has them, the lowest first."""

    def __init__(self, faults: Faults, find: Callable[[str], Path]) -> None:
        self.faults, self.find = faults, find
        self.layers: list[LayerFolder] = []
        self.readable = True
        """Whether every file has nodes; if not, linking would only report what follows from that."""

    def read(self, path: Path) -> None:
        """Read the rulebook in the folder ``path`` and, below it, what it extends."""
        chain: list[tuple[Path, Document, bytes]] = []
        wanted = ""
        infos: list[file_schema.RulebookFile] = []
        folder: Path | None = path
        while folder is not None:
            document, content = self._file(folder, folder / "rulebook.yaml", -len(chain))
            head = (
                document.check(file_schema.RulebookFile, document.file.root)
                if document and document.file.root
                else None
            )
            if document is None or head is None:
                self.readable = False
                break
            if head.rulebook in [other.rulebook for other in infos]:
                document.fault(_get(document, "rulebook"), "AR061", f"the rulebook {head.rulebook} extends itself")
                self.readable = False
                break
            if chain and wanted and head.version != wanted:
                what = f"the rulebook {head.rulebook} is of version {head.version[:40]}, not {wanted[:40]}"
                upper = chain[-1][1]
                upper.fault(_get(upper, "extends"), "AR061", what, "", "Extend the one there is, or install the other.")
                self.readable = False
                break
            chain.append((folder, document, content))
            infos.append(head)
            wanted = (head.extends or "").partition("==")[2]
            folder = self._below(document, head, infos)
        for rank, ((place, document, content), info) in enumerate(zip(reversed(chain), reversed(infos), strict=True)):
            layer = LayerFolder(LayerInfo(info.rulebook, info.weight, rank, info), document)
            self.layers.append(layer)
            layer.files.append(("rulebook.yaml", content))
            self._read_layer(layer, place, (rank + 1) * 1_000_000)

    def sha256(self) -> str:
        """The hash of every rule file of all layers: rulebook, path and bytes, in the order of their names."""
        return digest((f"{layer.info.name}/{name}", data) for layer in self.layers for name, data in layer.files)

    def _below(
        self, document: Document, info: file_schema.RulebookFile, infos: list[file_schema.RulebookFile]
    ) -> Path | None:
        node = _get(document, "extends")
        if info.extends is None:
            return None
        if info.weight == "law":
            why = "What lies on top of a rulebook cannot be law."
            document.fault(_get(document, "weight"), "AR064", "a rulebook that extends another has the weight law", why)
        if info.extends.partition("==")[0] in [other.rulebook for other in infos]:
            names = " extends ".join([other.rulebook for other in infos] + [info.extends])
            document.fault(node, "AR061", "rulebooks extend one another in a circle", f"{names}.")
            self.readable = False
            return None
        if len(infos) >= MAX_LAYERS:
            document.fault(node, "AR061", f"more than {MAX_LAYERS} rulebooks lie on top of one another")
            self.readable = False
            return None
        try:
            return self.find(info.extends)
        except (AavaRulesError, OSError, KeyError, ValueError) as error:
            why = str(error.args[0]) if error.args else ""
            document.fault(node, "AR061", f"the rulebook {info.extends[:60]} is not found", why)
            self.readable = False
            return None

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
