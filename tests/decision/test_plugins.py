"""Plugins: each is loaded alone, a broken one is named and left out, and every hook is kept in order."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import logging
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import polars as pl
import pytest
import typer

import aava_rules
from aava_rules import Decision, hookimpl
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.entry_points import DISABLE, GROUP, unknown_names
from aava_rules.decision.plugins import HOOKS, Plugins, manager
from aava_rules.hookspecs import PROJECT, Context, TableView
from aava_rules.language.errors import AdapterError
from aava_rules.tools.builtin import BuiltIn
from aava_rules.tools.cli import build
from aava_rules.tools.inputs.choose import adapter_for

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "plugins" / "aava-rules-example"
CANARY = "Kanarialintu-020579"


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "site" not in request.fixturenames:
        monkeypatch.setenv(DISABLE, "1")


class Site:
    """A folder of installed distributions with entry points."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, code: str, version: str = "1.0") -> None:
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(code, encoding="utf-8")
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[aava_rules]\n{name} = {module}\n", encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(DISABLE, raising=False)
    before = set(sys.modules)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("site_"):
            del sys.modules[name]


HEAD = "from aava_rules import hookimpl\n"
GOOD = HEAD + "@hookimpl\ndef decided(decision): pass\n"
BROKEN = {
    "import": ("import nowhere_at_all\n", "cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
    "exit": (f"raise SystemExit('{CANARY}')\n", "cannot be imported: SystemExit in site_broken.py:1"),
    "interrupted": ("raise GeneratorExit\n", "cannot be imported: GeneratorExit in site_broken.py:1"),
    "panic": (
        f"class PanicException(BaseException): pass\nraise PanicException('{CANARY}')\n",
        "cannot be imported: PanicException in site_broken.py:2",
    ),
    "syntax": ("x = 1\ny = = 2\n", "cannot be imported: SyntaxError in site_broken.py:2"),
    "name": (
        HEAD + "@hookimpl\ndef register_adapter(): return []\n",
        "there is no hook register_adapter. Did you mean register_adapters?",
    ),
    "signature": (
        HEAD + "@hookimpl\ndef decided(decision, extra): pass\n",
        "decided has an argument extra, which the hook has not. It may take decision and context",
    ),
    "raises": (
        HEAD + f"@hookimpl\ndef register_adapters(): raise ValueError('{CANARY}')\n",
        "register_adapters raised ValueError in site_broken.py:3",
    ),
    "ends": (
        HEAD + f"@hookimpl\ndef register_reports(): raise SystemExit('{CANARY}')\n",
        "register_reports raised SystemExit in site_broken.py:3",
    ),
    "panics": (
        HEAD
        + f"class PanicException(BaseException): pass\n@hookimpl\ndef register_rulebooks(): raise PanicException('{CANARY}')\n",
        "register_rulebooks raised PanicException in site_broken.py:4",
    ),
    "late": (
        HEAD + f"@hookimpl\ndef register_adapters():\n    raise GeneratorExit('{CANARY}')\n    yield\n",
        "register_adapters raised GeneratorExit in site_broken.py:4",
    ),
    "async": (
        HEAD + "@hookimpl\nasync def decided(decision): pass\n",
        "decided is async, which nobody would run; write it as an ordinary function",
    ),
    "async_registers": (
        HEAD + "@hookimpl\nasync def register_adapters(): return []\n",
        "register_adapters is async, which nobody would run",
    ),
    "async_yields": (
        HEAD + "@hookimpl\nasync def register_reports(): yield 1\n",
        "register_reports is async, which nobody would run",
    ),
    "generator": (
        HEAD + "@hookimpl\ndef decided(decision): yield\n",
        "decided is a generator, which nobody would run; write it as an ordinary function",
    ),
    "nothing": ("x = 1\n", "has no hooks; mark its functions with aava_rules.hookimpl"),
    "adapter": (
        HEAD + "@hookimpl\ndef register_adapters(): return [1]\n",
        "registers an adapter (int) without a right name",
    ),
    "report": (
        HEAD + "@hookimpl\ndef register_reports(): return [1]\n",
        "registers a report (int) without a right name",
    ),
    "rulebook": (
        HEAD + "@hookimpl\ndef register_rulebooks(): return {'mine': '/nowhere/mine'}\n",
        "the rulebook mine is a folder without rulebook.yaml",
    ),
    "shadow": (
        HEAD
        + "from aava_rules.rulebook.locate import shipped_folder\n"
        + "@hookimpl\ndef register_rulebooks(): return {'finland': shipped_folder() / 'aava'}\n",
        "the rulebook finland is there already",
    ),
    "none": (HEAD + "@hookimpl\ndef register_adapters(): return 5\n", "register_adapters raised TypeError"),
}


class TestEntryPoints:
    @pytest.mark.parametrize("kind", sorted(BROKEN))
    def test_a_broken_plugin_is_named_and_left_out(self, site: Site, kind: str) -> None:
        """Whatever is wrong with a plugin, it is named with its version and reason, and the others work."""
        code, reason = BROKEN[kind]
        site.install("site-broken", code, "2.3")
        site.install("site-good", GOOD)
        plugins = manager()
        (broken,) = [plugin for plugin in plugins.broken if plugin.name.startswith("site-")]
        assert (broken.name, broken.distribution, broken.version) == ("site-broken", "site-broken", "2.3")
        assert broken.reason.startswith(reason)
        assert CANARY not in broken.reason
        assert [plugin.name for plugin in plugins.loaded if plugin.name.startswith("site-")] == ["site-good"]
        assert "json" in [adapter.name for adapter in plugins.adapters()]

    def test_a_plugin_says_what_it_adds(self, site: Site) -> None:
        """A plugin that works is listed with its distribution, its version and its hooks."""
        site.install("site-good", GOOD, "1.5")
        (plugin,) = [plugin for plugin in manager().loaded if plugin.name == "site-good"]
        assert (plugin.distribution, plugin.version, plugin.hooks) == ("site-good", "1.5", ("decided",))
        assert str(plugin) == "site-good 1.5"

    @pytest.mark.parametrize(
        ("value", "left"),
        [
            *((word, []) for word in ("1", "true", "True", "yes", "YES", "on", "all", " all ", "site-a,all")),
            *((word, ["site-a", "site-b"]) for word in ("", " ", ",", "0", "no", "false", "site-c")),
            ("site-a", ["site-b"]),
            (" site-a , site-b ", []),
        ],
    )
    def test_plugins_can_be_disabled(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, value: str, left: list[str]
    ) -> None:
        """The environment variable disables all installed plugins, or those that it names."""
        site.install("site-a", GOOD)
        site.install("site-b", GOOD)
        monkeypatch.setenv(DISABLE, value)
        assert [plugin.name for plugin in manager().loaded if plugin.name.startswith("site-")] == left

    @pytest.mark.parametrize(
        ("value", "names"),
        [("", []), ("all", []), ("site-a", []), ("0", []), ("site-a,site-x", ["site-x"]), ("nol", ["nol"])],
    )
    def test_a_slip_in_the_names_is_seen(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, value: str, names: list[str]
    ) -> None:
        """A disabled name that no installed plugin has is told, since it leaves a plugin in use."""
        site.install("site-a", GOOD)
        monkeypatch.setenv(DISABLE, value)
        assert unknown_names() == names

    def test_a_disabled_plugin_is_not_imported(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is disabled does not run, so a plugin that does harm when it is imported can be kept out."""
        site.install("site-harm", "raise SystemExit\n")
        monkeypatch.setenv(DISABLE, "site-harm")
        assert [plugin.name for plugin in manager().broken if plugin.name.startswith("site-")] == []

    def test_an_installed_plugin_that_the_host_gives_too_is_used_once(self, site: Site) -> None:
        """It is no other plugin of the same name, whose adapters are there already."""
        site.install("site-mine", GOOD)
        module = importlib.import_module("site_mine")
        rulebook = aava_rules.load("finland", plugins=[module])
        assert rulebook.plugins is not None
        assert [loaded.name for loaded in rulebook.plugins.loaded if "site" in loaded.name] == ["site-mine"]
        assert rulebook.plugins.broken == []

    def test_nothing_is_loaded_by_importing(self, site: Site) -> None:
        """Importing the library neither looks for plugins nor imports the command line."""
        site.install("site-loud", "print('imported')\n" + GOOD)
        code = "import sys, aava_rules; print(sorted({'typer', 'rich', 'pluggy', 'site_loud'} & set(sys.modules)))"
        paths = os.pathsep.join([str(ROOT / "src"), str(site.folder)])
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert done.stdout.strip() == "[]"


class TestGivenPlugins:
    def test_objects_are_used_besides_the_built_in_one(self) -> None:
        """A host can give objects with hooks; two objects of one class are two plugins."""

        class Listener:
            def __init__(self) -> None:
                self.heard: list[tuple[str, Context]] = []

            @hookimpl
            def decided(self, decision: Decision, context: Context) -> None:
                self.heard.append((decision.record_id, context))

        first, second = Listener(), Listener()
        rulebook = aava_rules.load("finland", plugins=[first, second])
        rulebook.decide({"id": "a"}, on="2014-05-05", only=["target_group"])
        assert (
            first.heard
            == second.heard
            == [
                (
                    "a",
                    {"rulebook": "finland", "only": frozenset({"target_group"}), "actor": None, "purpose": None},
                )
            ]
        )

    def test_a_manager_knows_nothing_of_another(self) -> None:
        """What one load is given, another does not have."""

        class Listener:
            @hookimpl
            def decided(self) -> None: ...

        assert manager([Listener()]).listeners
        assert not manager().listeners

    def test_a_class_is_no_plugin(self) -> None:
        """A class in place of an object is told as such."""

        class Listener:
            @hookimpl
            def decided(self) -> None: ...

        (broken,) = manager([Listener]).broken
        assert "is a class" in broken.reason

    def test_an_optional_hook_may_be_unknown(self) -> None:
        """A plugin can have hooks of a later version, if it says that they are optional."""

        class Later:
            @hookimpl(optionalhook=True)
            def some_later_hook(self) -> None: ...

        assert manager([Later()]).broken == []

    def test_plugins_can_be_left_out(self) -> None:
        """A host that wants no plugins at all has none."""
        assert aava_rules.load("finland", plugins=False).plugins is None


class PanicException(BaseException):
    """As native libraries that are written in Rust raise it: no Exception."""


ANYTHING = (ValueError, SystemExit, GeneratorExit, asyncio.CancelledError, PanicException, RecursionError, MemoryError)
"""What code of others may raise; KeyboardInterrupt is the user's own."""


class TestGivenObjects:
    @pytest.mark.parametrize("error", ANYTHING)
    def test_an_object_whose_own_code_fails(self, error: type[BaseException]) -> None:
        """An object that raises when it is looked at is left out by the name of its class, and the others work."""

        class Hostile:
            def __getattr__(self, name: str) -> Any:
                raise error(CANARY)

        class Good:
            @hookimpl
            def decided(self) -> None: ...

        plugins = manager([Hostile(), Good()])
        (broken,) = plugins.broken
        assert broken.name == "Hostile"
        assert CANARY not in broken.reason
        assert [plugin.name for plugin in plugins.loaded] == ["aava_rules", "Good"]

    @pytest.mark.parametrize("hook", ["decided", "register_adapters"])
    def test_ctrl_c_is_the_users_own(self, hook: str) -> None:
        """KeyboardInterrupt goes through hooks and registration: it comes from the user and not from the plugin."""

        class Interrupted:
            pass

        def raises(self: Any) -> None:
            raise KeyboardInterrupt

        setattr(Interrupted, hook, hookimpl(raises))
        with pytest.raises(KeyboardInterrupt):
            aava_rules.load("finland", plugins=[Interrupted()]).decide({"id": "a"}, on="2014-05-05")


class TestDecided:
    @pytest.mark.parametrize("error", ANYTHING)
    def test_whatever_is_raised_stops_nobody(
        self, caplog: pytest.LogCaptureFixture, error: type[BaseException]
    ) -> None:
        """SystemExit, a panic, a cancelled task: the host gets its decision, and the log the name of the type."""
        heard = []

        class Raises:
            @hookimpl(tryfirst=True)
            def decided(self) -> None:
                raise error(CANARY)

        class Hears:
            @hookimpl
            def decided(self, decision: Decision) -> None:
                heard.append(decision.record_id)

        decision = aava_rules.load("finland", plugins=[Raises(), Hears()]).decide({"id": "a"}, on="2014-05-05")
        assert heard == [decision.record_id]
        assert caplog.messages == [f"The hook `decided` of the plugin Raises raised {error.__name__}."]
        assert CANARY not in caplog.text

    def test_a_coroutine_in_disguise_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        """A function that only gives a coroutine is told at each decision: its body never runs."""

        async def note() -> None:
            raise AssertionError

        class Disguised:
            @hookimpl
            def decided(self) -> Any:
                return note()

        aava_rules.load("finland", plugins=[Disguised()]).decide({"id": "a"}, on="2014-05-05")
        assert caplog.messages == ["The hook `decided` of the plugin Disguised gave a coroutine, which nobody runs."]

    def test_a_wrapper_runs(self) -> None:
        """A wrapper of pluggy is a generator, and it runs."""
        heard = []

        class Wraps:
            @hookimpl(wrapper=True)
            def decided(self, decision: Decision) -> Iterator[None]:
                heard.append(decision.record_id)
                return (yield)

        rulebook = aava_rules.load("finland", plugins=[Wraps()])
        assert rulebook.plugins is not None
        assert rulebook.plugins.broken == []
        rulebook.decide({"id": "a"}, on="2014-05-05")
        assert heard == ["a"]

    def test_one_that_raises_stops_nobody(self, caplog: pytest.LogCaptureFixture) -> None:
        """A hook that raises is logged by type without the message, and the next one and the host go on."""
        heard = []

        class Raises:
            @hookimpl(tryfirst=True)
            def decided(self, decision: Decision) -> None:
                raise ValueError(f"{CANARY} {decision.record_id}")

        class Hears:
            @hookimpl
            def decided(self, decision: Decision) -> None:
                heard.append(decision.record_id)

        rulebook = aava_rules.load("finland", plugins=[Raises(), Hears()])
        with caplog.at_level(logging.DEBUG):
            decision = rulebook.decide({"id": "a-secret-key"}, on="2014-05-05")
        assert heard == [decision.record_id]
        (entry,) = [record for record in caplog.records if record.name == "aava_rules.plugins"]
        assert entry.getMessage() == "The hook `decided` of the plugin Raises raised ValueError."
        assert entry.exc_info is None
        assert CANARY not in caplog.text

    def test_threads_may_share_a_rulebook(self) -> None:
        """Each decision is told once, also when many threads ask at the same time."""
        heard: list[str] = []

        class Hears:
            @hookimpl
            def decided(self, decision: Decision) -> None:
                heard.append(decision.record_id)

        rulebook = aava_rules.load("finland", plugins=[Hears()])
        ids = [f"r{number}" for number in range(40)]
        threads = [
            threading.Thread(target=rulebook.decide, args=({"id": record_id}, "2014-05-05")) for record_id in ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(heard) == sorted(ids)


class TestAudit:
    """Who asks, what is told of tables, and no decision without its row where the host wants none."""

    class Log:
        def __init__(self) -> None:
            self.rows: list[tuple[Any, ...]] = []
            self.fails: BaseException | None = None

        def note(self, *row: Any) -> None:
            if self.fails is not None:
                raise self.fails
            self.rows.append(row)

        @hookimpl
        def decided(self, decision: Decision, context: Context) -> None:
            self.note(decision.record.id, context["actor"], context["purpose"])

    class Tables(Log):
        @hookimpl
        def decided_table(self, block: TableView, context: Context) -> None:
            self.note(block, context)

    def test_who_asks_is_told(self) -> None:
        """What the host says of who asks holds in its block alone, and is kept for what is worked out later."""
        log = self.Log()
        rulebook = aava_rules.load("finland", plugins=[log])
        with aava_rules.asked_by("worker-17", purpose="plan review"):
            rulebook.decide({"id": "a"})
            later = rulebook.decide_many([{"id": "b"}])
            with aava_rules.asked_by("system"):
                rulebook.decide({"id": "c"})
        rulebook.decide({"id": "d"})
        list(later)
        assert log.rows == [
            ("a", "worker-17", "plan review"), ("c", "system", None), ("d", None, None),
            ("b", "worker-17", "plan review"),
        ]  # fmt: skip

    def test_a_table_is_told_once_a_block_with_counts(self) -> None:
        """The counts are those of the answers, the ids those of the clients that were answered, and who asked is kept."""
        clients = pl.DataFrame(
            {"id": ["a", "b", "c", "b"], "age": [30, None, 20, 3], "unemployed": [False, None, None, None]}
        )
        log = self.Tables()
        rulebook = aava_rules.load("finland", plugins=[log])
        with aava_rules.asked_by("worker-17"):
            answers = rulebook.decide_table(clients, on="2014-05-05", only=["target_group"])
        assert log.rows == []
        statuses = answers.outcomes["target_group_status"].to_list()
        ((block, context),) = log.rows
        assert list(block.ids) == answers.outcomes["id"].to_list() == ["a", "c"]
        assert block.ids[-2:] == ["a", "c"]
        assert block.outcomes == {"target_group": {status: statuses.count(status) for status in set(statuses)}}
        assert (block.findings, block.next_steps) == ({}, {})
        assert (block.on.isoformat(), block.engine, block.rulebook["sha256"]) == (
            "2014-05-05",
            "columnar",
            rulebook.sha256,
        )
        assert context == {"rulebook": "finland", "only": {"target_group"}, "actor": "worker-17", "purpose": None}
        answers.findings  # noqa: B018  the same answers are told once
        assert len(log.rows) == 1

    def test_counts_of_findings_and_steps(self) -> None:
        """They are those of the frames."""
        record = json.loads((ROOT / "examples" / "records" / "limits-broken.json").read_text(encoding="utf-8"))
        period = {**record["periods"][0], "client": "x"}
        log = self.Tables()
        answers = aava_rules.load("aava", plugins=[log]).decide_table(
            pl.DataFrame({"id": ["x"]}), periods=pl.DataFrame([period]), on="2022-04-01"
        )
        findings = answers.findings
        ((block, _),) = log.rows
        counted = {name: {} for name in block.findings}
        for name, status in zip(findings["requirement"], findings["status"], strict=True):
            counted[name][status] = counted[name].get(status, 0) + 1
        assert block.findings == counted
        assert sum(block.next_steps.values()) == len(answers.next_steps)
        assert any("broken" in statuses for statuses in counted.values())

    def test_a_client_that_columns_cannot_hold_is_told_by_its_decision(self) -> None:
        """Each client is told once: in a block, or by a decision of its own."""
        clients = pl.DataFrame(
            {"id": ["a", "b"], "subsidy_days": [5, 5], "net_income": ["1.5", "9" * 30 + ".123456789"]}
        )
        log = self.Tables()
        rulebook = aava_rules.load("finland", plugins=[log])
        try:
            answers = rulebook.decide_table(
                clients.select("id", "subsidy_days"), on="2014-05-05", only=["target_group"]
            )
        except aava_rules.RecordError as error:  # a fact of that name is not there
            pytest.fail(str(error))
        assert answers.one_by_one == 0
        assert answers.decision("b").record_id == "b"
        assert log.rows[-1][0] == "b"

    def test_a_table_that_nobody_notes_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        """A plugin that notes single decisions alone leaves a line in the log where a table is answered."""
        rulebook = aava_rules.load("finland", plugins=[self.Log()])
        rulebook.decide_table(pl.DataFrame({"id": ["a"]}), on="2014-05-05", only=["target_group"])
        assert caplog.messages == [
            "A table is answered without the note of Log, which has `decided` and no `decided_table`."
        ]

    def test_the_note_of_one_plugin_is_not_that_of_another(self, caplog: pytest.LogCaptureFixture) -> None:
        """A log without `decided_table` is told, and a strict audit answers no table, though another plugin counts tables."""
        clients = pl.DataFrame({"id": ["a"]})
        rulebook = aava_rules.load("finland", plugins=[self.Log(), self.Tables()])
        assert rulebook.plugins is not None
        assert not rulebook.plugins.let_tables_answer
        rulebook.decide_table(clients, on="2014-05-05", only=["target_group"])
        (message,) = caplog.messages
        assert "the note of Log," in message
        strict = aava_rules.load("finland", plugins=[self.Log(), self.Tables()], audit="strict")
        with pytest.raises(
            aava_rules.AuditError, match=re.escape("Log takes note of single decisions (decided) and not")
        ):
            strict.decide_table(clients, on="2014-05-05", only=["target_group"])

    def test_strict(self, caplog: pytest.LogCaptureFixture) -> None:
        """Where a row fails nobody gets the decision; all plugins are asked all the same, and no message is repeated."""
        log, other = self.Tables(), self.Tables()
        rulebook = aava_rules.load("finland", plugins=[other, log], audit="strict")
        assert rulebook.decide({"id": "a"}).record_id == "a"
        for error in (OSError(CANARY), SystemExit(CANARY)):
            log.fails = error
            with pytest.raises(aava_rules.AuditError) as raised:
                rulebook.decide({"id": "b"})
            assert str(raised.value) == (
                f"The answer is withheld, since it could not be noted: the plugin Tables-2 raised {type(error).__name__} in decided."
            )
            assert raised.value.__cause__ is raised.value.__context__ is None
        assert [row[0] for row in other.rows] == ["a", "b", "b"]
        (failure,) = rulebook.decide_many([{"id": "c"}])
        assert isinstance(failure, aava_rules.RecordFailure)
        assert isinstance(failure.error, aava_rules.AuditError)
        with pytest.raises(aava_rules.AuditError, match="decided_table"):
            rulebook.decide_table(pl.DataFrame({"id": ["a"]}), on="2014-05-05").outcomes  # noqa: B018
        assert CANARY not in caplog.text
        log.fails = None
        assert rulebook.decide({"id": "d"}).record_id == "d"

    def test_a_strict_audit_that_would_not_be_kept_does_not_load(self) -> None:
        """Without a plugin that notes decisions, or with none at all, there is no rulebook."""
        with pytest.raises(aava_rules.PluginError, match="no plugin takes note of decisions"):
            aava_rules.load("finland", audit="strict")
        with pytest.raises(aava_rules.PluginError, match="no plugin is to be loaded"):
            aava_rules.load("finland", plugins=False, audit="strict")
        with pytest.raises(ValueError, match="strict"):
            aava_rules.load("finland", audit="sometimes")  # type: ignore[arg-type]

    def test_a_strict_audit_beside_a_broken_plugin_does_not_load(self, site: Site) -> None:
        """Nobody knows what the broken one would have noted. Without a strict audit it is left out, as ever."""
        site.install("site-broken", "import nowhere_at_all\n")
        with pytest.raises(aava_rules.PluginError, match="site-broken cannot be used"):
            aava_rules.load("finland", plugins=[self.Log()], audit="strict")
        strict = aava_rules.load("finland", plugins=[self.Log()])
        assert strict.plugins is not None
        assert not strict.plugins.strict

    def test_a_strict_audit_answers_no_table_that_nobody_notes(self) -> None:
        """A plugin that notes single decisions alone is told, and what is to be done."""
        rulebook = aava_rules.load("finland", plugins=[self.Log()], audit="strict")
        with pytest.raises(aava_rules.AuditError, match="decided_table"):
            rulebook.decide_table(pl.DataFrame({"id": ["a"]}), on="2014-05-05")

    def test_an_object_of_the_host_that_cannot_be_used_is_an_error(self) -> None:
        """A forgotten mark, a misspelt hook, another argument, a class in place of an object: loading tells it."""

        class Unmarked:
            def decided(self, decision: Decision) -> None: ...

        class HalfMarked:
            @hookimpl
            def register_adapters(self) -> list[Any]:
                return []

            def decided(self, decision: Decision) -> None: ...

        class Misspelt:
            @hookimpl
            def decidd(self) -> None: ...

        class Other:
            @hookimpl
            def decided(self, decisoin: Decision) -> None: ...

        for plugin, text in (
            (Unmarked(), "decided is not marked with aava_rules.hookimpl"),
            (HalfMarked(), "decided is not marked with aava_rules.hookimpl"),
            (Misspelt(), "there is no hook decidd. Did you mean decided?"),
            (Other(), "decided has an argument decisoin, which the hook has not. It may take decision and context."),
            (self.Log, "Log is a class, and a plugin is an object of it (Log()) or a module."),
        ):
            with pytest.raises(aava_rules.PluginError, match=re.escape(text)):
                aava_rules.load("finland", plugins=[plugin])

    def test_a_broken_plugin_that_is_installed_stops_nobody(self, site: Site) -> None:
        """It is left out and named, as ever: the host did not give it."""
        site.install("site-broken", HEAD + "def decided(decision): pass\n")
        rulebook = aava_rules.load("finland")
        assert rulebook.plugins is not None
        (broken,) = rulebook.plugins.broken
        assert "is not marked" in broken.reason


class _Adapter:
    media_types = ()
    capabilities: frozenset[str] = frozenset()

    def __init__(self, name: str, *suffixes: str) -> None:
        self.name = name
        self.suffixes = suffixes

    def read(self, source: Any) -> Iterator[Row | BadRow]:
        yield Row("line 1", {"id": self.name})


class _Gives:
    def __init__(self, *adapters: _Adapter) -> None:
        self.adapters = adapters

    @hookimpl
    def register_adapters(self) -> Iterable[_Adapter]:
        return self.adapters


class TestAdapters:
    def test_the_longest_suffix_wins(self) -> None:
        """A more exact suffix goes before a shorter one that would also fit."""
        plugins = manager([_Gives(_Adapter("tasks", ".tasks.json"))])
        assert adapter_for(plugins, "x.tasks.json").name == "tasks"
        assert adapter_for(plugins, "x.json").name == "json"

    def test_two_that_read_the_same(self) -> None:
        """Two adapters of one suffix both load; a file that both would read is an error that names them."""
        plugins = manager([_Gives(_Adapter("a", ".x")), _Gives(_Adapter("b", ".x"))])
        assert plugins.broken == []
        with pytest.raises(AdapterError, match=r"several adapters read this: a \(of _Gives\), b \(of _Gives-2\)"):
            adapter_for(plugins, "file.x")

    @pytest.mark.parametrize(
        ("adapter", "reason"),
        [
            (_Adapter("json", ".j"), "the adapter json is there already"),
            (_Adapter("x", "csv"), "the adapter x has a suffix that does not begin with a dot"),
        ],
    )
    def test_one_that_cannot_be_used(self, adapter: _Adapter, reason: str) -> None:
        """A name that is taken, and a suffix that no file could have, are told."""
        assert [plugin.reason for plugin in manager([_Gives(adapter)]).broken] == [reason]


class TestOtherHooks:
    def test_register_rulebooks(self, tmp_path: Path) -> None:
        """A plugin's rulebook is loaded by its name, and can lie on top of a shipped one."""
        folder = tmp_path / "somewhere"
        folder.mkdir()
        text = 'rulebook: mine\nversion: "1"\ntitle: {fi: Oma, sv: Egen, en: Mine}\nweight: local\nextends: finland\n'
        (folder / "rulebook.yaml").write_text(text, encoding="utf-8")

        class Gives:
            @hookimpl
            def register_rulebooks(self) -> Mapping[str, Path]:
                return {"mine": folder}

        rulebook = aava_rules.load("mine", plugins=[Gives()])
        assert [layer.name for layer in rulebook._parts.layers] == ["finland", "mine"]

    def test_register_reports(self) -> None:
        """A plugin's report is there by its name, beside the built-in ones."""

        class Count:
            name = "count"
            streams = False

            def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
                out.write(f"{len(list(decisions))}\n")

        class Gives:
            @hookimpl
            def register_reports(self) -> Iterable[Any]:
                return [Count()]

        assert {"count", "table", "csv"} <= set(manager([Gives()]).reports())

    def test_register_worklists(self) -> None:
        """A plugin's format of worklists stands beside the built-in ones; one without a way to write is left out."""

        class Ids:
            name = "ids"

            def write(self, worklist: Any, out: TextIO, language: str) -> None:
                """Nothing is written."""

        class Gives:
            @hookimpl
            def register_worklists(self) -> Iterable[Any]:
                return [Ids()]

        class Wrong:
            @hookimpl
            def register_worklists(self) -> Iterable[Any]:
                return [object()]

        assert {"ids", "table", "csv"} <= set(manager([Gives()]).worklists())
        assert "a format of worklists (object) without a right name" in manager([Wrong()]).broken[0].reason

    def test_register_commands(self) -> None:
        """A plugin's command stands beside the built-in ones."""

        class Gives:
            @hookimpl
            def register_commands(self, app: typer.Typer) -> None:
                app.command("hello")(lambda: None)

        app = typer.Typer()
        plugins = manager([Gives()])
        plugins.add_commands(app)
        assert {"check", "hello"} <= {command.name for command in app.registered_commands}

    @pytest.mark.parametrize("name", ["check", "boom"])
    def test_commands_that_cannot_be_added(self, name: str) -> None:
        """A plugin that takes the name of a command, or raises, adds none and is named as broken."""

        class Takes:
            @hookimpl
            def register_commands(self, app: typer.Typer) -> None:
                app.command("other")(lambda: None)
                if name == "boom":
                    raise RuntimeError("boom")
                app.command(name)(lambda: None)

        app = typer.Typer()
        plugins = manager([Takes()])
        plugins.add_commands(app)
        assert "other" not in [command.name for command in app.registered_commands]
        assert [plugin.name for plugin in plugins.broken] == ["Takes"]
        assert "Takes" not in [plugin.name for plugin in plugins.loaded]

    @pytest.mark.parametrize(
        "what", ["empties", "renames", "rewires", "callback", *(kind.__name__ for kind in ANYTHING)]
    )
    def test_commands_of_others_stay(self, what: str) -> None:
        """A plugin that takes away or changes commands of others, or fails in any way, leaves them as they were."""

        class Takes:
            @hookimpl
            def register_commands(self, app: typer.Typer) -> None:
                app.command("more")(lambda: None)
                if what == "empties":
                    app.registered_commands.clear()
                elif what == "renames":
                    app.registered_commands[0].name = "other"
                elif what == "rewires":
                    app.registered_commands[0].callback = lambda: None
                elif what == "callback":
                    app.callback()(lambda: None)
                else:
                    raise next(kind for kind in ANYTHING if kind.__name__ == what)(CANARY)

        right, app = build(manager()), build(plugins := manager([Takes()]))
        (broken,) = plugins.broken
        assert broken.name == "Takes"
        assert CANARY not in broken.reason
        shown = [
            [(command.name, command.callback.__name__) for command in one.registered_commands] for one in (right, app)
        ]
        assert shown[0] == shown[1]
        assert app.registered_callback.callback.__name__ == "start"


def installed_imports() -> dict[str, str]:
    """The modules that the plugins of the repository depend on, each with the folder of a plugin that names it."""
    provided = metadata.packages_distributions()
    modules: dict[str, str] = {}
    for project in sorted((ROOT / "plugins").glob("*/pyproject.toml")):
        tables = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        wanted = [
            *tables.get("dependencies", ()),
            *chain.from_iterable(tables.get("optional-dependencies", {}).values()),
        ]
        names = {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in wanted} - {"aava-rules", "pytest"}
        for module, distributions in provided.items():
            if names & {name.lower().replace("_", "-") for name in distributions}:
                modules[module] = project.parent.name
        for folder in (project.parent / "src").iterdir():
            modules[folder.name] = project.parent.name
    return modules


class TestTheCoreAndItsPlugins:
    def test_no_plugin_and_nothing_that_one_needs_is_imported(self) -> None:
        """A program that loads a rulebook, decides and explains imports no plugin and none of their dependencies."""
        code = (
            "import sys, aava_rules\n"
            "decision = aava_rules.load('finland', plugins=False).decide({'id': 'a'}, on='2014-05-05')\n"
            "decision.to_json(), str(decision.explain('target_group'))\n"
            "print(*sorted(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        modules = installed_imports()
        own = {"pydantic", "pluggy", "yaml", "holidays", "typer", "rich", "polars", "numpy"}
        imported = {name.partition(".")[0] for name in done.stdout.split()}
        assert "aava_rules_example" in modules
        assert sorted(imported & set(modules) - own) == []

    def test_the_library_names_no_plugin(self) -> None:
        """No module of the library has the name of a plugin's package in it."""
        packages = {folder.name for folder in (ROOT / "plugins").glob("*/src/*") if folder.is_dir()}
        assert packages
        for file in (ROOT / "src").rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert not [name for name in packages if re.search(rf"^\s*(import|from) {name}\b", text, re.MULTILINE)], (
                file
            )


class TestEveryHook:
    """Every hook is documented, used in the repository, and tested."""

    @pytest.mark.parametrize("hook", HOOKS)
    def test_is_documented(self, hook: str) -> None:
        """The README of plugins names the hook with its arguments, and its docstring says when it is called."""
        from aava_rules import hookspecs

        specification = getattr(hookspecs, hook)
        arguments = ", ".join(inspect.signature(specification).parameters)
        assert f"`{hook}({arguments})`" in (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
        assert "Called " in (specification.__doc__ or "")

    @pytest.mark.parametrize("hook", HOOKS)
    def test_has_a_user(self, hook: str) -> None:
        """The library itself or the example plugin uses the hook."""
        example = (EXAMPLE / "src" / "aava_rules_example" / "__init__.py").read_text(encoding="utf-8")
        assert hasattr(BuiltIn, hook) or re.search(rf"@hookimpl\ndef {hook}\(", example)

    @pytest.mark.parametrize("hook", HOOKS)
    def test_has_a_test(self, hook: str) -> None:
        """This file has a plugin with the hook that works."""
        text = Path(__file__).read_text(encoding="utf-8")
        assert re.search(rf"@hookimpl\S*\n +def {hook}\(self", text)

    def test_there_are_seven(self) -> None:
        """The hooks are few, and a new one is a decision."""
        assert HOOKS == (
            "decided",
            "decided_table",
            "register_adapters",
            "register_commands",
            "register_reports",
            "register_rulebooks",
            "register_worklists",
        )


class TestExamplePlugin:
    def test_it_is_small(self) -> None:
        """The example is short enough to be read at once."""
        lines = (EXAMPLE / "src" / "aava_rules_example" / "__init__.py").read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 80

    def test_its_tests_pass(self) -> None:
        """The tests of the example plugin pass against this library."""
        paths = os.pathsep.join([str(ROOT / "src"), str(EXAMPLE / "src")])
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", str(EXAMPLE)],
            capture_output=True,
            text=True,
            check=False,
            cwd=EXAMPLE,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.skipif(find_spec("hatchling") is None or find_spec("pip") is None, reason="needs hatchling and pip")
    def test_it_can_be_installed(self, tmp_path: Path) -> None:
        """Installed with pip, the example is found by its entry point and reads a CSV file at the command line."""
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(tmp_path)])}
        env.pop(DISABLE, None)
        install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
        subprocess.run([*install, "--target", str(tmp_path), str(EXAMPLE)], check=True, capture_output=True, env=env)
        file = tmp_path / "register.csv"
        file.write_text("id,attended_days_last_12_months\nA-1,179\nA-2,\n", encoding="utf-8")

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            program = [sys.executable, "-c", "from aava_rules.tools.cli import main; main()", *arguments]
            return subprocess.run(program, capture_output=True, text=True, check=False, env=env)

        listed = run("plugins").stdout
        assert "example (aava-rules-example 0.1.0)" in listed
        assert "facts-csv (.csv)" in listed
        done = run("check", str(file), "--on", "2021-12-31", "--format", "csv")
        assert done.returncode == 1, done.stderr
        assert "A-1,2021-12-31,participation_days_cap" in done.stdout
        assert ",unknown," in done.stdout.split("A-2,")[1]


def test_the_listing_is_of_this_plugins_object() -> None:
    """A manager lists the built-in plugin first, so that nothing can take the names of the library."""
    plugins: Plugins = manager()
    assert plugins.loaded[0].name == "aava_rules"
    assert set(plugins.rulebooks()) >= {"finland", "aava"}


def test_entry_points_and_hooks_go_by_one_name() -> None:
    """The group of the entry points is the name of the hooks; the module that lists entry points must not import pluggy."""
    assert GROUP == PROJECT
