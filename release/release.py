"""Build the distributions of a release, prove that they can be built again to the byte, and try them.

    python release/release.py            what HEAD holds, into dist/
    python release/release.py --try-on 3.13

1. The version stands in one place, and the changelog has a heading for it.
2. HEAD is exported twice, into folders of different names, and the wheel and sdist of the library and of each plugin
   are built in both. All bytes must be the same.
3. Beside them go a bill of materials of each distribution (CycloneDX 1.6) and SHA256SUMS.
4. On each version of Python that the library names, as far as it is here, the wheels are installed into a fresh
   environment and asked: see ``trial.py``.

It exits with 1, and says why, as soon as one of these fails. What is not committed is not released.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "quality"))

from versions import interpreter, versions  # noqa: E402 - the interpreters of this machine

VERSION_FILE = ROOT / "src" / "aava_rules" / "language" / "version.py"
SPEC_VERSION = "1.6"


class NotReleased(Exception):
    """A release that cannot be made, and why."""


def version() -> str:
    """The version of the library, from the one place where it stands."""
    match = re.search(r'^VERSION: Final = "([^"]+)"$', VERSION_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise NotReleased(f"{VERSION_FILE} names no version")
    return match[1]


def check_changelog(text: str, wanted: str) -> None:
    """The newest heading of the changelog is that of the version. Raises NotReleased."""
    headings = re.findall(r"^## (\S+)", text, re.MULTILINE)
    if not headings or headings[0] != wanted:
        newest = headings[0] if headings else "none"
        raise NotReleased(f"the newest heading of CHANGELOG.md is {newest}, and the version {wanted}")


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """The output of a program. Raises NotReleased, with what it said, if it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReleased(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def exported(folder: Path) -> Path:
    """The files of HEAD, in a new folder."""
    done = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def projects(root: Path) -> Iterator[Path]:
    """The folders of the distributions: the library, and each plugin."""
    yield root
    yield from sorted(path.parent for path in root.glob("plugins/*/pyproject.toml"))


def built(root: Path, epoch: str) -> dict[str, Path]:
    """The distributions of a checkout, by file name, built without the network by what is installed here."""
    out = root / "built"
    env = os.environ | {"SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0"}
    env.pop("PYTHONPATH", None)
    for project in projects(root):
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, project, cwd=root, env=env)
    return {path.name: path for path in sorted(out.iterdir())}


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def same_twice(workspace: Path, epoch: str) -> dict[str, Path]:
    """The distributions, built twice in folders of different names. Raises NotReleased if a byte differs."""
    first = built(exported(workspace / "one"), epoch)
    second = built(exported(workspace / "the" / "other" / "one"), epoch)
    if first.keys() != second.keys():
        raise NotReleased(f"two builds made other files: {sorted(first.keys() ^ second.keys())}")
    differing = [name for name in first if digest(first[name]) != digest(second[name])]
    if differing:
        raise NotReleased(f"two builds of one commit differ: {', '.join(differing)}")
    return first


def environment(python: Path, folder: Path, *requirements: str | Path) -> Path:
    """The interpreter of a fresh environment with some distributions and what they need."""
    run(python, "-m", "venv", folder)
    own = folder / "bin" / "python"
    run(own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
    return own


def bill_of_materials(wheel: Path, project: Path, others: Path, workspace: Path) -> str:
    """What is in the environment of a wheel, as CycloneDX JSON: the versions with which it was tried.

    Args:
        wheel: the distribution.
        project: the folder of its pyproject.toml.
        others: a folder of the wheels that it may need.
        workspace: a folder for its environment.
    """
    name = wheel.name.partition("-")[0]
    own = environment(Path(sys.executable), workspace / f"bom-{name}", "--find-links", others, wheel)
    run(own, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools")
    tool = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--output-reproducible",
        "--spec-version",
        SPEC_VERSION,
    ]
    text = run(*tool, "--mc-type", "library", "--pyproject", project / "pyproject.toml", own, cwd=workspace)
    document = json.loads(text)
    # the wheel is what the bill is of: its version, which pyproject.toml may take from the code, and its bytes
    root = document["metadata"]["component"]
    root |= {"version": wheel.name.split("-")[1], "hashes": [{"alg": "SHA-256", "content": digest(wheel)}]}
    for part in (*document["components"], root):
        # an address of this machine is nobody's business
        references = [one for one in part.pop("externalReferences", ()) if not one["url"].startswith("file:")]
        if references:
            part["externalReferences"] = references
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def tried(wanted: str, python: Path, wheels: list[Path], workspace: Path) -> None:
    """The wheels on a version of Python, in a fresh environment, from a folder without the checkout."""
    library = next(wheel for wheel in wheels if wheel.name.startswith("aava_rules-"))
    own = environment(python, workspace / f"try-{wanted}", library)
    empty = workspace / f"nowhere-{wanted}"
    empty.mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "AAVA_RULES"))}
    for name in ("trial.py", "record.json"):
        shutil.copy(Path(__file__).parent / name, empty)
    print(run(own, "-I", "trial.py", version(), cwd=empty, env=env).strip())
    plugins = [wheel for wheel in wheels if wheel != library]
    run(own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *plugins)
    print(run(own, "-I", "trial.py", version(), "--plugins", str(len(plugins)), cwd=empty, env=env).strip())


def released(out: Path, only: list[str]) -> None:
    """Make the release of HEAD. Raises NotReleased."""
    wanted = version()
    check_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), wanted)
    if run("git", "status", "--porcelain").strip():
        raise NotReleased("something is not committed, and would not be in the release")
    epoch = run("git", "log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        files = same_twice(workspace, epoch)
        print(f"{len(files)} files, built twice from {run('git', 'rev-parse', 'HEAD').strip()}: all bytes alike")
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for path in files.values():
            shutil.copy(path, out)
        wheels = sorted(out.glob("*.whl"))
        if metadata_of(out, wanted):
            print(f"version {wanted} in the metadata of the library, and each plugin asks for it")
        folders = {tomllib.loads((p / "pyproject.toml").read_text())["project"]["name"]: p for p in projects(ROOT)}
        for wheel in wheels:
            project = folders[wheel.name.partition("-")[0].replace("_", "-")]
            bom = bill_of_materials(wheel, project, out, workspace)
            (out / f"{wheel.name.removesuffix('-py3-none-any.whl')}.cdx.json").write_text(bom, encoding="utf-8")
        sums = "".join(f"{digest(path)}  {path.name}\n" for path in sorted(out.iterdir()))
        (out / "SHA256SUMS").write_text(sums, encoding="utf-8")
        tried_on = []
        for name in only or versions():
            python = interpreter(name)
            if python is None:
                print(f"Python {name} is not here: not tried")
                continue
            tried(name, python, wheels, workspace)
            tried_on.append(name)
        if not tried_on:
            raise NotReleased("no version of Python that the library names is here, so nothing was tried")
    print(f"{len(list(out.iterdir()))} files in {out}; sign SHA256SUMS as docs/releases.md says")


def metadata_of(out: Path, wanted: str) -> bool:
    """Whether the metadata in the wheels has the version of the library. Raises NotReleased if it does not."""
    import zipfile

    for wheel in out.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
            text = archive.read(name).decode()
        if wheel.name.startswith("aava_rules-") and f"\nVersion: {wanted}\n" not in text:
            raise NotReleased(f"{wheel.name} is not of version {wanted}")
        if not any("LICENSE" in one for one in zipfile.ZipFile(wheel).namelist()):
            raise NotReleased(f"{wheel.name} has no licence")
    return True


def main(arguments: list[str]) -> int:
    """Make a release. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Build, prove and try the distributions of HEAD.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder that they go to")
    parser.add_argument("--try-on", action="append", default=[], metavar="3.N", help="a version of Python; repeatable")
    options = parser.parse_args(arguments)
    try:
        released(options.out.resolve(), options.try_on)
    except NotReleased as error:
        print(f"No release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
