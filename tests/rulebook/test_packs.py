"""Packs: what the wheel brings ready-made is the same as what the files say, and never stale."""

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import grimp
import pytest

import aava_rules
from aava_rules.language.errors import AavaRulesError
from aava_rules.rulebook import pack as packs
from aava_rules.rulebook.pack import load

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A copy of the shipped rulebooks in which packs can be made and spoilt."""
    target = tmp_path / "rulesets"
    shutil.copytree(ROOT / "rulesets", target)
    return target


def packed(folder: Path) -> Path:
    """Make the pack of a rulebook's folder, as the build does."""
    pack = folder / packs.FILE
    pack.write_bytes(packs.make(folder, lambda name: folder.parent / name))
    return pack


def test_a_pack_is_the_rulebook_that_the_files_make(shipped: Path) -> None:
    """Loading the pack gives the same parts as reading the files."""
    read = aava_rules.load(shipped / "aava", plugins=False)
    packed(shipped / "aava")
    assert packs.packed(shipped / "aava") == read._parts
    assert aava_rules.load(shipped / "aava", plugins=False).sha256 == read.sha256


@pytest.mark.parametrize(
    "changed", ["aava/rulebook.yaml", "finland/parameters.yaml", "finland/target_group/rules.yaml"]
)
def test_a_pack_is_not_used_once_any_file_of_any_layer_has_changed(shipped: Path, changed: str) -> None:
    """A comment more in one file, of this rulebook or of the one below, is enough."""
    packed(shipped / "aava")
    file = shipped / changed
    file.write_bytes(file.read_bytes() + b"# one comment more\n")
    assert packs.packed(shipped / "aava") is None


def test_a_pack_is_not_used_once_a_file_is_added_or_gone(shipped: Path) -> None:
    """The pack stands for exactly the files it was made of."""
    packed(shipped / "finland")
    cases = shipped / "finland" / "target_group" / "cases.yaml"
    cases.rename(cases.with_name("_cases.yaml"))
    assert packs.packed(shipped / "finland") is None


@pytest.mark.parametrize(
    "changed",
    [
        "rulebook/model.py",
        "rulebook/dependencies.py",
        "language/structs.py",
        "language/parser.py",
        "rulebook/loader/rules.py",
        "rulebook/loader/interning.py",
        "record/items.py",
    ],
)
def test_a_pack_is_not_used_by_a_library_that_reads_files_otherwise(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """The code that made a pack is part of what it was made of."""
    package = tmp_path / "aava_rules"
    shutil.copytree(Path(packs.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    packed(shipped / "finland")
    monkeypatch.setattr(packs, "__file__", str(package / "rulebook" / "pack.py"))
    assert packs.packed(shipped / "finland") is not None
    (package / changed).write_bytes((package / changed).read_bytes() + b"# one comment more\n")
    assert packs.packed(shipped / "finland") is None


def test_a_pack_depends_on_all_code_that_reads_rule_files() -> None:
    """Whatever the loader imports, at any depth, also inside functions, lies in the rooms whose source is hashed."""
    graph = grimp.build_graph("aava_rules", cache_dir=None)
    rooms = {f"aava_rules.{room}" for room in packs.SOURCE_ROOMS}
    for start in ("aava_rules.rulebook.loader", "aava_rules.rulebook.model"):
        reached = graph.find_upstream_modules(start, as_package=True)
        assert "aava_rules.language.syntax" in reached
        assert {module for module in reached if ".".join(module.split(".")[:2]) not in rooms} == set()


def test_what_is_no_rule_file_does_not_make_a_pack_stale(shipped: Path) -> None:
    """Hidden files, notes, and links that lead nowhere or round in a circle are no rule files."""
    folder = shipped / "finland"
    packed(folder)
    (folder / ".hidden.yaml").write_text("x", encoding="utf-8")
    (folder / "_draft").mkdir()
    (folder / "_draft" / "rules.yaml").write_text("x", encoding="utf-8")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "circle").symlink_to("circle")
    (folder / "nowhere").symlink_to("there_is_none")
    assert packs.packed(folder) is not None
    assert aava_rules.load(folder).sha256 == aava_rules.load("finland").sha256


def test_a_pack_that_is_cut_or_spoilt_is_not_used(shipped: Path) -> None:
    """The files are read instead; nothing breaks."""
    pack = packed(shipped / "finland")
    whole = pack.read_bytes()
    for spoilt in (
        b"",
        whole[: len(whole) // 2],
        whole.replace(b"TG-22", b"TG-2x"),
        b"{}\n" + whole.partition(b"\n")[2],
    ):
        pack.write_bytes(spoilt)
        assert packs.packed(shipped / "finland") is None
        assert aava_rules.load(shipped / "finland", plugins=False).name == "finland"


@pytest.mark.parametrize(
    "rows",
    ['["x"]', '[["os.system",0]]', '["true",["exec",0]]', '[["Parts",0]]', '[["tuple",7]]', "[[]]", "{}", "[" * 9000],
)
def test_a_pack_can_hold_nothing_but_the_parts_of_a_rulebook(rows: str) -> None:
    """It is JSON, and what names anything else, or what is not there, is refused."""
    with pytest.raises(AavaRulesError, match=r"damaged|no rulebook"):
        load(b"aava-rules parts 3\n" + rows.encode())


def test_reading_a_pack_looks_up_no_code() -> None:
    """Neither pickle nor marshal nor anything that runs what it reads stands in the module."""
    source = Path(packs.__file__).read_text(encoding="utf-8")
    assert not [word for word in ("pickle", "marshal", "exec(", "eval(", "__import__") if word in source]


def test_a_pack_beside_the_files_of_another_rulebook_is_not_read(shipped: Path) -> None:
    """One that claims to be made of the files beside it, with a limit changed, changes no answer."""
    pack = packed(shipped / "finland")
    line, _, body = pack.read_bytes().partition(b"\n")
    changed = body.replace(b"TG-22", b"TG-2x")
    assert changed != body
    head = json.loads(line) | {"body": hashlib.sha256(changed).hexdigest()}
    pack.write_bytes(json.dumps(head).encode() + b"\n" + changed)
    assert packs.packed(shipped / "finland") is not None  # the head fits
    rulebook = aava_rules.load(shipped / "finland", plugins=False)
    assert rulebook._parts == aava_rules.load("finland", plugins=False)._parts


def test_only_the_folders_of_the_package_are_its_own(shipped: Path) -> None:
    """Neither a copy nor a folder inside one of them is."""
    own = Path(packs.__file__).parent.parent / "rulesets" / "finland"
    assert packs.is_own(own)
    assert not packs.is_own(own / "target_group")
    assert not packs.is_own(shipped / "finland")


def test_the_installed_wheel_decides_without_reading_yaml(tmp_path: Path) -> None:
    """Built, installed and asked in a new process, it answers from its packs, with the same hash as the checkout."""
    wheels = tmp_path / "wheels"
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(wheels),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    # the dependencies are this environment's; the package itself must come from the wheel
    venv.create(tmp_path / "venv", with_pip=False)
    target = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    wheel = next(wheels.glob("*.whl"))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import aava_rules\n"
        "rulebook = aava_rules.load('finland')\n"
        "decision = rulebook.decide(open(sys.argv[2], 'rb').read(), on='2014-05-05')\n"
        "print(aava_rules.__file__.startswith(sys.argv[1]), decision.outcomes['target_group'].value,"
        " 'yaml' in sys.modules, 'holidays' in sys.modules, rulebook.sha256)\n"
        "print(decision.explain('target_group').text('en'))"
    )
    record = ROOT / "examples" / "records" / "a-17.json"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target), str(record)], capture_output=True, text=True, check=True
    )
    first, *explained = done.stdout.splitlines()
    assert first.split() == ["True", "True", "False", "False", aava_rules.load("finland", plugins=False).sha256]
    assert explained[0] == "belongs to the target group: yes"  # the texts are in the wheel too
