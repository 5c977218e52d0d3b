"""Which of several rulebooks of one name is meant."""

from __future__ import annotations

from aava_rules.rulebook.loader.yaml_nodes import Scalar
from aava_rules.rulebook.locate import version_in
from aava_rules.tools.lint.files import Files


def check_places(files: Files) -> None:
    """Tell which rulebook ``extends`` or ``amends`` means, where there are several of its name (AR231).

    Args:
        files: the files of the rulebook.
    """
    name, position = files.below()
    base = files.folder.parent
    folders = files.places.candidates(name, base)
    if position is None or len(folders) < 2:
        return
    lines = [f"{files.places.origin(folder, base)} ({folder.name}, {version_in(folder)})" for folder in folders]
    node = position[1]
    meant = files.places.find(node.text, base) if isinstance(node, Scalar) else folders[0]
    first = lines[folders.index(meant)]
    others = ", ".join(line for line in lines if line is not first)
    hint = "Pin the version, or write the path of its folder, if another is meant."
    what = f"of {len(folders)} rulebooks {name}, the one meant is {first}"
    files.report(position, "AR231", what, f"Others are {others}.", hint)
