"""What a fresh installation must do: run by ``release.py`` with an interpreter that has the wheels and nothing else.

python -I trial.py VERSION [--plugins N]
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import aava_rules
from aava_rules.rulebook.pack import packed

RECORD = Path("record.json").read_bytes()
RULEBOOKS = ("finland", "aava", "hartola_sysma")


def command(*arguments: str, code: int = 0) -> str:
    """The output of ``aava-rules``, which must end with that exit code."""
    program = Path(sys.executable).parent / "aava-rules"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def main(version: str, plugins: int) -> None:
    """Ask the library, its packs, its commands, and its plugins. Raises AssertionError."""
    assert aava_rules.__version__ == metadata.version("aava-rules") == version
    assert "site-packages" in aava_rules.__file__, "the checkout is tried, not the wheel"
    for name in RULEBOOKS:
        folder = Path(aava_rules.__file__).parent / "rulesets" / name
        parts = packed(folder)
        assert parts is not None, f"the pack of {name} is not used"
        assert parts.sha256 == aava_rules.load(name, plugins=False).sha256
    rulebook = aava_rules.load("finland")
    decision = rulebook.decide(RECORD, on="2014-05-05")
    assert decision.outcomes["target_group"].value is True
    assert pickle.loads(pickle.dumps(decision)) == decision
    assert aava_rules.Decision.from_dict(decision.to_dict()).to_json() == decision.to_json()
    assert command("--version").strip() == f"aava-rules {version}"
    assert "belongs to the target group: yes" in command(
        "explain", "record.json", "target_group", "--on", "2014-05-05", "--language", "en", "--rulebook", "finland"
    )
    if plugins:
        points = metadata.entry_points(group="aava_rules")
        assert len({point.dist.name for point in points if point.dist is not None}) == plugins
        manager = aava_rules.load("finland").plugins
        assert manager is not None and not manager.broken, manager.broken
    else:
        report = aava_rules.run_cases("finland")
        assert report, str(report)
        assert "0 failed" in command("test", "hartola_sysma")
    what = f"{plugins} plugins" if plugins else "the library"
    print(f"Python {sys.version.split()[0]}: {what} tried")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
