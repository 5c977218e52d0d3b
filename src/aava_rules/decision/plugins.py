"""Plugins: found by entry points, each loaded alone, gathered in one manager for each load.

Nothing is global and nothing is loaded when this module is imported. A plugin that is broken is
named in ``Plugins.broken`` and left out; it never stops the host.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pluggy

from aava_rules import hookspecs
from aava_rules.decision.entry_points import installed
from aava_rules.hookspecs import PROJECT, Context, DecisionView, Report
from aava_rules.language.errors import nearest

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter

BUILT_IN: Final = "aava_rules"
"""The name of the built-in plugin."""
LOGGER: Final = "aava_rules.plugins"
"""The name of the logger to which errors of plugins go. Hosts filter by it, so it does not follow this module."""
HOOKS: Final = tuple(
    sorted(name for name, found in vars(hookspecs).items() if hasattr(found, f"{PROJECT}_spec") and callable(found))
)
"""The names of all hooks."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is in use: where it comes from, and what it adds."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    reports: tuple[Report, ...] = ()
    rulebooks: Mapping[str, Path] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that was left out, and why."""

    name: str
    distribution: str
    version: str
    reason: str


class _BrokenError(Exception):
    """Why a plugin cannot be used, in words for the person who runs it."""


class Plugins:
    """The plugins of one load: the built-in one first, then the others in the order of their names."""

    def __init__(self) -> None:
        self._manager = _new_manager()
        self.loaded: list[Plugin] = []
        self.broken: list[Broken] = []
        self.listeners: list[tuple[Plugin, Callable[..., Any]]] = []
        """Those that want to know of decisions; if there are none, ``decided`` need not be called."""

    def adapters(self) -> tuple[Adapter, ...]:
        """Every adapter of every plugin."""
        return tuple(adapter for plugin in self.loaded for adapter in plugin.adapters)

    def reports(self) -> dict[str, Report]:
        """Every report by name."""
        return {report.name: report for plugin in self.loaded for report in plugin.reports}

    def rulebooks(self) -> dict[str, Path]:
        """The folders of the rulebooks that plugins give, by name."""
        return {name: path for plugin in self.loaded for name, path in plugin.rulebooks.items()}

    def origin(self, adapter: Adapter) -> str:
        """The plugin that gives an adapter, with its version."""
        return next((str(plugin) for plugin in self.loaded if any(one is adapter for one in plugin.adapters)), "")

    def decided(self, decision: DecisionView, context: Context) -> None:
        """Tell every plugin of a decision. What one raises is logged, without contents, and stops nobody."""
        for plugin, tell in self.listeners:
            try:
                tell(decision=decision, context=context)
            except Exception as error:
                # The message of an error may quote the record, so only its type is logged.
                import logging  # slow to import, and hardly ever needed

                logging.getLogger(LOGGER).error(
                    "The hook `decided` of the plugin %s raised %s.", plugin, type(error).__name__
                )

    def add_commands(self, app: typer.Typer) -> None:
        """Let every plugin add its commands. One that fails, or takes a name that is taken, adds none."""
        for plugin in [one for one in self.loaded if "register_commands" in one.hooks]:
            before = (list(app.registered_commands), list(app.registered_groups))
            taken = set(_command_names(app))
            try:
                self._caller(plugin, "register_commands")(app=app)
                names = list(_command_names(app))
                if twice := sorted(name for name in taken if names.count(name) > 1):
                    raise _BrokenError(f"adds the command {twice[0]}, which there is already")
            except (Exception, SystemExit) as error:
                app.registered_commands[:], app.registered_groups[:] = before
                self._leave_out(plugin, _told(error, "register_commands"))

    def _add(self, plugin: object, about: Plugin) -> None:
        """Take a plugin in, if everything that it registers is right."""
        try:
            ready = _alone(plugin, about, self)
            self._manager.register(plugin, name=about.name)
        except (Exception, SystemExit) as error:
            self.broken.append(Broken(about.name, about.distribution, about.version, _told(error)))
            return
        self.loaded.append(ready)

    def _listen(self) -> None:
        """Make a caller for each plugin with the hook ``decided``, in pluggy's order, once all are in."""
        names = [found.plugin_name for found in reversed(self._manager.hook.decided.get_hookimpls())]
        listening = [one for name in dict.fromkeys(names) for one in self.loaded if one.name == name]
        self.listeners = [(one, self._caller(one, "decided")) for one in listening]

    def _caller(self, plugin: Plugin, hook: str) -> Callable[..., Any]:
        others = [found for name, found in self._manager.list_name_plugin() if name != plugin.name and found]
        return self._manager.subset_hook_caller(hook, others)

    def _leave_out(self, plugin: Plugin, reason: str) -> None:
        self._manager.unregister(name=plugin.name)
        self.loaded.remove(plugin)
        self._listen()
        self.broken.append(Broken(plugin.name, plugin.distribution, plugin.version, reason))


def manager(plugins: Iterable[object] | None = None) -> Plugins:
    """A new manager: the built-in plugin, those of the entry points, and besides them those given."""
    found = Plugins()
    from aava_rules.tools.builtin import BuiltIn

    found._add(BuiltIn(), Plugin(BUILT_IN, "aava-rules", _own_version()))
    for plugin, about in _from_entry_points(found):
        found._add(plugin, about)
    for position, plugin in enumerate(plugins or (), 1):
        name = getattr(plugin, "__name__", None) or type(plugin).__name__
        taken = {one.name for one in found.loaded}
        found._add(plugin, Plugin(f"{name}-{position}" if name in taken else name, "", ""))
    found._listen()
    return found


def _new_manager() -> pluggy.PluginManager:
    made = pluggy.PluginManager(PROJECT)
    made.add_hookspecs(hookspecs)
    return made


def _own_version() -> str:
    try:
        return metadata.version("aava-rules")
    except metadata.PackageNotFoundError:
        return ""


def _from_entry_points(found: Plugins) -> Iterator[tuple[object, Plugin]]:
    for point in installed():
        distribution = point.dist.name if point.dist else ""
        version = point.dist.version if point.dist else ""
        about = Plugin(point.name, distribution, version)
        try:
            plugin = point.load()
        except (Exception, SystemExit) as error:
            found.broken.append(Broken(about.name, distribution, version, f"cannot be imported: {_told(error)}"))
            continue
        yield plugin, about


def _told(error: BaseException, hook: str = "") -> str:
    if isinstance(error, _BrokenError):
        return str(error)
    text = " ".join(str(error).split())[:300]
    raised = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{hook} raised {raised}" if hook else raised


def _command_names(app: typer.Typer) -> Iterator[str]:
    for command in app.registered_commands:
        yield command.name or getattr(command.callback, "__name__", "").replace("_", "-")
    for group in app.registered_groups:
        yield str(group.name or "")


def _alone(plugin: object, about: Plugin, others: Plugins) -> Plugin:
    """The plugin with what it registers, tried in a manager of its own. Raises _BrokenError."""
    if any(one.name == about.name for one in others.loaded):
        raise _BrokenError(f"the name {about.name} is taken by another plugin")
    trial = _new_manager()
    hooks = _hooks(plugin, trial)
    try:
        trial.register(plugin, name=about.name)
    except pluggy.PluginValidationError as error:
        raise _BrokenError(_signature(error)) from None

    def registered(hook: str) -> list[Any]:
        if hook not in hooks:
            return []
        try:
            return [one for given in getattr(trial.hook, hook)() for one in given]
        except (Exception, SystemExit) as error:
            raise _BrokenError(_told(error, hook)) from None

    def mapping(hook: str) -> dict[str, Any]:
        if hook not in hooks:
            return {}
        try:
            return {name: path for given in getattr(trial.hook, hook)() for name, path in dict(given).items()}
        except (Exception, SystemExit) as error:
            raise _BrokenError(_told(error, hook)) from None

    ready = Plugin(
        about.name, about.distribution, about.version, hooks,
        tuple(registered("register_adapters")),
        tuple(registered("register_reports")),
        {name: Path(path) for name, path in mapping("register_rulebooks").items()},
    )  # fmt: skip
    _check(ready, others)
    return ready


def _hooks(plugin: object, trial: pluggy.PluginManager) -> tuple[str, ...]:
    if inspect.isclass(plugin):
        raise _BrokenError(f"{plugin.__name__} is a class; point the entry point at a module or at an object of it")
    marked = {name: trial.parse_hookimpl_opts(plugin, name) for name in dir(plugin)}
    hooks = tuple(name for name, options in marked.items() if options is not None)
    for name in hooks:
        options = marked[name]
        if name not in HOOKS and not (options and options.get("optionalhook")):
            raise _BrokenError(f"there is no hook {name}. {nearest(name, HOOKS) or 'Hooks: ' + ', '.join(HOOKS)}")
    if not hooks:
        raise _BrokenError("has no hooks; mark its functions with aava_rules.hookimpl")
    return hooks


def _signature(error: pluggy.PluginValidationError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"a hook has other arguments than it should: {lines[-1] if lines else ''}"[:300]


def _check(plugin: Plugin, others: Plugins) -> None:
    """Raise _BrokenError if something that was registered cannot be used."""
    for adapter in plugin.adapters:
        kinds = {"name": str, "media_types": (tuple, list, frozenset, set), "suffixes": (tuple, list, frozenset, set)}
        _has(adapter, "an adapter", kinds | {"capabilities": (frozenset, set), "read": Callable})
        if not all(isinstance(suffix, str) and suffix.startswith(".") for suffix in adapter.suffixes):
            raise _BrokenError(f"the adapter {adapter.name} has a suffix that does not begin with a dot")
        _free("adapter", adapter.name, [one.name for one in others.adapters()])
    for report in plugin.reports:
        _has(report, "a report", {"name": str, "streams": bool, "write": Callable})
        _free("report", report.name, others.reports())
    for name, path in plugin.rulebooks.items():
        if not (path / "rulebook.yaml").is_file():
            raise _BrokenError(f"the rulebook {name} is a folder without rulebook.yaml")
        _free("rulebook", name, others.rulebooks())


def _has(thing: object, kind: str, attributes: dict[str, Any]) -> None:
    for name, wanted in attributes.items():
        if not isinstance(getattr(thing, name, None), wanted):
            raise _BrokenError(f"registers {kind} ({type(thing).__name__}) without a right {name}")


def _free(kind: str, name: str, taken: Iterable[str]) -> None:
    if name in taken:
        raise _BrokenError(f"the {kind} {name} is there already")
