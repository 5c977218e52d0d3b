"""A rulebook's folder into its parts: layers merged, every name resolved, all faults reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from aava_rules.language.errors import Fault, RulebookError
from aava_rules.rulebook.dependencies import reads_of
from aava_rules.rulebook.digest import digest, rule_files
from aava_rules.rulebook.files import content_of, reason
from aava_rules.rulebook.loader import declarations, rulesets
from aava_rules.rulebook.loader.derived_facts import FactLinker
from aava_rules.rulebook.loader.documents import MAX_FAULTS, Document, Faults, TooManyFaults
from aava_rules.rulebook.loader.expressions import CitationReader
from aava_rules.rulebook.loader.file_schema import Case
from aava_rules.rulebook.loader.folders import LayerFolder, LayerStack
from aava_rules.rulebook.loader.interning import interned
from aava_rules.rulebook.loader.precedence import Strata, report_circles
from aava_rules.rulebook.loader.questions import questions_of
from aava_rules.rulebook.loader.rules import RuleLinker
from aava_rules.rulebook.loader.schema_types import split_told
from aava_rules.rulebook.loader.symbols import Names
from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES, Mapping, Sequence, plain, read_yaml
from aava_rules.rulebook.locate import shipped_folder, version_in
from aava_rules.rulebook.model import Amendment, Layer, Parts, Place, Weight


def load_parts(path: Path, find: Callable[[str], Path], amendments: Iterable[Path] = ()) -> Parts:
    """The rulebook in a folder, with those that it extends, as amended.

    The worked cases are not read here: see ``load_cases``.

    Args:
        path: the folder; of an amendment, that one of it is loaded which it amends, with the amendment.
        find: the folder of a rulebook that is extended or amended, by name.
        amendments: the folders of further amendments.

    Raises:
        RulebookError: with every fault of all files, in the order of files and lines; at most MAX_FAULTS.
    """
    faults = Faults()
    stack = LayerStack(faults, find)
    more: list[Fault] = []
    try:
        parts = _read(stack, Path(path), [Path(amendment) for amendment in amendments])
        if parts is not None and not faults.by_place:
            return parts
    except TooManyFaults:
        more = [Fault(Path(path).name, "AR003", f"more than {MAX_FAULTS} faults", "The rest is not looked for.")]
    raise RulebookError(Path(path).name, [*faults.in_order(), *more])


def _read(stack: LayerStack, path: Path, amendments: list[Path]) -> Parts | None:
    stack.read(path, amendments)
    names, sets = Names(), rulesets.Rulesets()
    for layer in stack.layers:
        declarations.collect(names, layer, sets.touched)
        rulesets.collect(sets, layer)
    return _link(stack, names, sets) if stack.readable else None


def _link(stack: LayerStack, names: Names, sets: rulesets.Rulesets) -> Parts:
    declared = declarations.Declarations(names)
    facts = FactLinker(names).run()
    outcomes, requirements, steps = declared.outcomes(), declared.requirements(), declared.steps()
    parameters, sources = declared.parameters(), declared.sources()
    declared.labels()
    linker = RuleLinker(names, sets, parameters)
    linked = linker.run()
    strata = Strata(facts, steps, linked)
    depths, circles = strata.of(outcomes)
    report_circles(names, sets, strata, circles)
    messages, client_messages = linker.messages.all()
    words = {name: split_told(entry.model) for name, entry in names.words.items()}
    layers = tuple(_layer(layer, names, sets) for layer in stack.layers)
    return interned(Parts(
        layers, stack.sha256(), facts, outcomes, requirements, steps, parameters, sources, messages,
        {name: label for name, (label, _) in words.items()},
        {name: entry.model for name, entry in names.fields.items()},
        linked, depths, {rule.id: reads_of(rule, facts) for ruleset in linked for rule in ruleset.rules},
        client_messages, {name: label for name, (_, label) in words.items() if label is not None},
        questions_of(stack, linked),
    ))  # fmt: skip


def name_of(folder: Path) -> str:
    """The name in the rulebook.yaml of a rulebook that has been loaded from ``folder``."""
    root = read_yaml(content_of(folder / "rulebook.yaml", folder, MAX_BYTES)).root
    head = plain(root) if root is not None else None
    return str(head.get("rulebook", "")) if isinstance(head, dict) else ""


def _layer(layer: LayerFolder, names: Names, sets: rulesets.Rulesets) -> Layer:
    file, name, weight = layer.info.file, layer.info.name, cast(Weight, layer.info.weight)
    if file.amends is None:
        return Layer(name, file.version, file.title, weight, None, _is_changed(layer))
    assert file.status is not None
    assert file.from_ is not None
    assert file.read is not None
    root = layer.rulebook.file.root
    cite = root.get("cite") if isinstance(root, Mapping) else None
    cites = CitationReader(names, layer.rulebook).cites(cite)
    title = file.title or next((names.sources[cited.source].model.title for cited in cites), {})
    amendment = Amendment(
        layer.info.amends, file.status, file.from_, file.read.by, file.read.on,
        cites, sets.touched.of(name), sets.ended(layer.info, names),
    )  # fmt: skip
    return Layer(name, file.version, title, weight, amendment, _is_changed(layer))


def _is_changed(layer: LayerFolder) -> bool:
    """Whether a layer has the name and version of a shipped rulebook, and other files."""
    shipped = shipped_folder() / layer.info.name
    if layer.path.resolve() == shipped.resolve() or version_in(shipped) != layer.info.file.version:
        return False
    return digest(layer.files) != digest(rule_files(shipped))


def load_cases(file: Path) -> list[tuple[Case, Place]]:
    """The worked cases in ``file``, with their places. Raises RulebookError with every fault of shape."""
    faults = Faults()
    name = "/".join(Path(file).parts[-3:])
    try:
        content = content_of(Path(file), Path(file).parent, MAX_BYTES)
    except (OSError, RuntimeError) as error:
        why = f"{reason(error).capitalize()}."
        raise RulebookError(name, [Fault(name, "AR009", "the file cannot be read", why)]) from None
    document = Document(name, 0, read_yaml(content), faults)
    root, cases = document.file.root, []
    if isinstance(root, Sequence):
        checked = [(document.check(Case, item), document.place(item)) for item in root.items]
        cases = [(case, place) for case, place in checked if case is not None]
    elif root is not None:
        document.fault(root, "AR008", "this should be a list of cases", "", "Begin each with `- case: ...`.")
    if faults.by_place:
        raise RulebookError(name, faults.in_order())
    return cases
