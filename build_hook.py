"""Build hook: every shipped rulebook is loaded, and packed into the wheel beside its files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackRulebooks(BuildHookInterface[Any]):
    """Makes the packs of a wheel; an editable install reads the rule files themselves."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Load each rulebook (a wrong one stops the build) and include its pack."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from aava_rules.rulebook.pack import FILE, is_amendment, make

        shipped = root / "rulesets"
        target = Path(self.directory) / "packs"
        for folder in sorted(path.parent for path in shipped.glob("*/rulebook.yaml")):
            if is_amendment(folder):
                continue  # read with the rulebook that it amends
            pack = target / folder.name / FILE
            pack.parent.mkdir(parents=True, exist_ok=True)
            pack.write_bytes(make(folder, lambda name: shipped / name))
            build_data["force_include"][str(pack)] = f"aava_rules/rulesets/{folder.name}/{FILE}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing beside what was built."""
        shutil.rmtree(Path(self.directory) / "packs", ignore_errors=True)
