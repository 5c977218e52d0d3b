"""Plugins: installed by entry points, each loaded alone, gathered in one manager for each load.

Nothing is global and nothing is loaded when this module is imported. A plugin that is broken is named in
``Plugins.broken`` with the reason and left out; it never stops the host, whatever it raises: ``SystemExit`` and the
panics of native libraries are no ``Exception``, and are contained all the same. ``KeyboardInterrupt`` alone goes on,
since it is the user's. What was raised is told by its type and its place in the code: its message may hold contents.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

from aava_rules import hookspecs
from aava_rules.decision.entry_points import installed
from aava_rules.hookspecs import PROJECT, Context, DecisionView, Report, TableView, WorklistFormat
from aava_rules.language.errors import AuditError, PluginError, nearest

if TYPE_CHECKING:
    import typer

    from aava_rules.adapters import Adapter

T = TypeVar("T")

BUILT_IN: Final = "aava_rules"
"""The name of the built-in plugin."""
BUILT_IN_PLUGIN: Final = "aava_rules.tools.builtin:BuiltIn"
"""Named as entry points name theirs: the tools lie above this room, which imports none of them."""
LOGGER: Final = "aava_rules.plugins"
"""The name of the logger to which errors of plugins go. Hosts filter by it, so it does not follow this module."""
HOOKS: Final = tuple(
    sorted(name for name, hook in vars(hookspecs).items() if hasattr(hook, f"{PROJECT}_spec") and callable(hook))
)
"""The names of all hooks."""
_TAKE_NOTHING_BACK: Final = ("decided", "decided_table", "register_commands")
"""The hooks whose result nobody looks at, so that a generator would never be run."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is in use.

    Attributes:
        name: The name of its entry point, or of the object that a host gave.
        distribution: The distribution that installed it; empty for an object of the host.
        version: The version of the distribution; empty for an object of the host.
        hooks: The names of the hooks that it implements.
        adapters: The adapters that it registers.
        reports: The reports that it registers.
        rulebooks: The folders of the rulebooks that it registers, by name.
        worklists: The formats of worklists that it registers.
    """

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    reports: tuple[Report, ...] = ()
    rulebooks: Mapping[str, Path] = field(default_factory=dict)
    worklists: tuple[WorklistFormat, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that was left out.

    Attributes:
        name: The name of its entry point, or of the object that a host gave.
        distribution: The distribution that installed it; empty for an object of the host.
        version: The version of the distribution; empty for an object of the host.
        reason: Why it cannot be used, in words for the person who runs it.
        of_host: Whether it is an object that the host itself gave.
    """

    name: str
    distribution: str
    version: str
    reason: str
    of_host: bool = False


class _BrokenError(Exception):
    """Why a plugin cannot be used, in words for the person who runs it."""


class Plugins:
    """The plugins of one load: the built-in one first, then the others in the order of their names.

    Attributes:
        loaded: Those in use.
        broken: Those that were left out.
        listeners: Those that implement ``decided``, each with what calls it alone, in pluggy's order; while there
            are none, `decided` need not be called.
        table_listeners: The same of ``decided_table``.
        strict: Whether a decision is withheld of which one of them failed to take note.
    """

    def __init__(self) -> None:
        self._manager = _new_manager()
        self.loaded: list[Plugin] = []
        self.broken: list[Broken] = []
        self.listeners: list[tuple[Plugin, Callable[..., Any]]] = []
        self.table_listeners: list[tuple[Plugin, Callable[..., Any]]] = []
        self.strict = False

    def adapters(self) -> tuple[Adapter, ...]:
        """Every adapter of every plugin."""
        return tuple(adapter for plugin in self.loaded for adapter in plugin.adapters)

    def reports(self) -> dict[str, Report]:
        """Every report by name."""
        return {report.name: report for plugin in self.loaded for report in plugin.reports}

    def worklists(self) -> dict[str, WorklistFormat]:
        """Every format of worklists by name."""
        return {format.name: format for plugin in self.loaded for format in plugin.worklists}

    def rulebooks(self) -> dict[str, Path]:
        """The folders of the rulebooks that plugins register, by name."""
        return {name: path for plugin in self.loaded for name, path in plugin.rulebooks.items()}

    def origin(self, adapter: Adapter) -> str:
        """The plugin that registers ``adapter``, with its version; empty if none does."""
        for plugin in self.loaded:
            if any(registered is adapter for registered in plugin.adapters):
                return str(plugin)
        return ""

    def decided(self, decision: DecisionView, context: Context) -> None:
        """Call the hook ``decided`` of every plugin.

        What a plugin raises is logged by the name of its type, without contents; the next plugin is called all the
        same, and the caller gets the decision, unless the audit is strict.

        Args:
            decision: The decision that was made.
            context: The rulebook and the names that were asked for.

        Raises:
            AuditError: A plugin failed, and the audit is strict.
        """
        self._tell("decided", self.listeners, decision=decision, context=context)

    def decided_table(self, block: TableView, context: Context) -> None:
        """Call the hook ``decided_table`` of every plugin, as `decided` does.

        Args:
            block: What was answered.
            context: The rulebook and the names that were asked for.

        Raises:
            AuditError: A plugin failed, and the audit is strict.
        """
        self._tell("decided_table", self.table_listeners, block=block, context=context)

    def _tell(self, hook: str, listeners: list[tuple[Plugin, Callable[..., Any]]], **arguments: Any) -> None:
        """Call a hook of every listener; at the end, raise AuditError if one of them failed and the audit is strict."""
        failed = ""
        for plugin, call in listeners:
            try:
                results = call(**arguments)
                if results and inspect.iscoroutine(results[0]):
                    results[0].close()
                    _log("The hook `%s` of the plugin %s gave a coroutine, which nobody runs.", hook, plugin)
                    failed = failed or f"the plugin {plugin} gave a coroutine, which nobody runs"
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # the message of an error may quote the record, so only its type is told
                raised = type(error).__name__
                _log("The hook `%s` of the plugin %s raised %s.", hook, plugin, raised)
                failed = failed or f"the plugin {plugin} raised {raised}"
        if failed and self.strict:
            raise AuditError(f"The answer is withheld, since it could not be noted: {failed} in {hook}.")

    @property
    def let_tables_answer(self) -> bool:
        """Whether a register may be answered through columns: who takes note of single decisions does so of tables too.

        Else each record is decided on by itself, so that nothing goes unnoted.
        """
        return not self._deaf_to_tables()

    def _deaf_to_tables(self) -> tuple[Plugin, ...]:
        """Those that take note of single decisions and not of tables.

        Each is looked at by itself: that another plugin counts tables puts no row into the log of this one.
        """
        of_tables = [plugin for plugin, _ in self.table_listeners]
        return tuple(plugin for plugin, _ in self.listeners if plugin not in of_tables)

    def unheard_table(self) -> None:
        """Tell that a table is answered of which somebody takes no note who does so of single decisions.

        Raises:
            AuditError: The audit is strict.
        """
        deaf = self._deaf_to_tables()
        if not deaf:
            return
        names = ", ".join(str(plugin) for plugin in deaf)
        if self.strict:
            advice = "Give it that hook too, or ask record by record."
            raise AuditError(
                f"The table is not answered: {names} takes note of single decisions (decided) and not of tables "
                f"(decided_table). {advice}"
            )
        _log("A table is answered without the note of %s, which has `decided` and no `decided_table`.", names)

    def need_audit(self) -> None:
        """Make the audit strict: from now on, no decision without its row.

        Raises:
            PluginError: A plugin is broken, and nobody knows what it would have noted; or none takes note of decisions.
        """
        for broken in self.broken:
            raise PluginError(
                f"The audit is strict, and the plugin {broken.name} cannot be used: {_sentence(broken.reason)}"
            )
        if not self.listeners:
            advice = "Install a plugin with the hook decided, or give one by plugins=[...]."
            raise PluginError(f"The audit is strict, and no plugin takes note of decisions. {advice}")
        self.strict = True

    def add_commands(self, app: typer.Typer) -> None:
        """Let every plugin add its commands to ``app``. A plugin that fails, or takes a taken name, adds none."""
        for plugin in [plugin for plugin in self.loaded if "register_commands" in plugin.hooks]:
            before = _commands(app)
            taken = set(_command_names(app))
            try:
                self._caller(plugin, "register_commands")(app=app)
                names = list(_command_names(app))
                if repeated := sorted(name for name in taken if names.count(name) > 1):
                    raise _BrokenError(f"adds the command {repeated[0]}, which there is already")
                if not _still_there(app, before):
                    raise _BrokenError("takes away or changes commands of others")
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                _restore(app, before)
                self._leave_out(plugin, _reason(error, "register_commands"))

    def _add(self, plugin: object, about: Plugin, *, of_host: bool = False) -> None:
        """Take a plugin in, if everything that it registers can be used; else note why it is left out."""
        try:
            tried = _tried(plugin, about, self)
            self._manager.register(plugin, name=about.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.broken.append(Broken(about.name, about.distribution, about.version, _reason(error), of_host))
            return
        self.loaded.append(tried)

    def _listen(self) -> None:
        """Make a caller for each plugin that takes note of decisions, in pluggy's order, once all are in."""
        self.listeners, self.table_listeners = self._listening("decided"), self._listening("decided_table")

    def _listening(self, hook: str) -> list[tuple[Plugin, Callable[..., Any]]]:
        names = [listener.plugin_name for listener in reversed(getattr(self._manager.hook, hook).get_hookimpls())]
        listening = [plugin for name in dict.fromkeys(names) for plugin in self.loaded if plugin.name == name]
        return [(plugin, self._caller(plugin, hook)) for plugin in listening]

    def _caller(self, plugin: Plugin, hook: str) -> Callable[..., Any]:
        """What calls a hook of one plugin alone."""
        all_others = [other for name, other in self._manager.list_name_plugin() if name != plugin.name and other]
        return self._manager.subset_hook_caller(hook, all_others)

    def _leave_out(self, plugin: Plugin, reason: str) -> None:
        self._manager.unregister(name=plugin.name)
        self.loaded.remove(plugin)
        self._listen()
        self.broken.append(Broken(plugin.name, plugin.distribution, plugin.version, reason))


def manager(plugins: Iterable[object] | None = None) -> Plugins:
    """A new manager: the built-in plugin, those of the entry points, and then ``plugins``, objects of the host.

    An object of the host that is installed as well is used once.
    """
    manager = Plugins()
    built_in = metadata.EntryPoint(BUILT_IN, BUILT_IN_PLUGIN, PROJECT).load()
    manager._add(built_in(), Plugin(BUILT_IN, "aava-rules", _own_version()))
    for plugin, about in _from_entry_points(manager):
        manager._add(plugin, about)
    of_entry_points = [plugin for _, plugin in manager._manager.list_name_plugin()]
    for position, plugin in enumerate(plugins or (), 1):
        if any(plugin is other for other in of_entry_points):
            continue
        name = _name(plugin)
        taken = {loaded.name for loaded in manager.loaded}
        manager._add(plugin, Plugin(f"{name}-{position}" if name in taken else name, "", ""), of_host=True)
    manager._listen()
    return manager


def refuse_broken(plugins: Plugins) -> None:
    """Raise PluginError if an object that the host itself gave is among those of ``plugins`` that cannot be used."""
    lines = [
        f"The plugin {broken.name} cannot be used: {_sentence(broken.reason)}"
        for broken in plugins.broken
        if broken.of_host
    ]
    if lines:
        raise PluginError("\n".join(lines))


def _sentence(reason: str) -> str:
    """The reason as the end of a sentence, with the mark that ends it once."""
    return reason if reason.endswith((".", "?")) else f"{reason}."


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _own_version() -> str:
    try:
        return metadata.version("aava-rules")
    except metadata.PackageNotFoundError:
        return ""


def _from_entry_points(manager: Plugins) -> Iterator[tuple[object, Plugin]]:
    for point in installed():
        distribution = point.dist.name if point.dist else ""
        version = point.dist.version if point.dist else ""
        about = Plugin(point.name, distribution, version)
        try:
            plugin = point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            manager.broken.append(Broken(about.name, distribution, version, f"cannot be imported: {_reason(error)}"))
            continue
        yield plugin, about


def _name(plugin: object) -> str:
    """What an object of the host is called: by its own name, or by its class."""
    try:
        name = getattr(plugin, "__name__", None)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an object whose own code fails; it is refused when it is looked at more closely
        name = None
    return name if isinstance(name, str) and name else type(plugin).__name__


def _log(message: str, *names: object) -> None:
    import logging  # slow to import, and hardly ever needed

    logging.getLogger(LOGGER).error(message, *names)


def _reason(error: BaseException, hook: str = "") -> str:
    """Why a plugin is left out, of the error that it raised when it was imported or in a hook.

    The message of an error is told only where it is about code: others may hold a password or what a source says.
    """
    if isinstance(error, _BrokenError):
        return str(error)
    raised = type(error).__name__
    text = " ".join(str(error).split())[:300] if isinstance(error, ImportError) else ""
    raised = f"{raised}: {text}" if text else raised + _place(error)
    return f"{hook} raised {raised}" if hook else raised


def _place(error: BaseException) -> str:
    """Where an error was raised: file and line, which are code and no contents; empty if that is not known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" in {Path(error.filename).name}:{error.lineno}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


_Commands = tuple[list[Any], list[Any], list[tuple[object, object]], object]
"""The commands and groups of an application, what each of them runs, and its callback."""


def _commands(app: typer.Typer) -> _Commands:
    commands, groups = list(app.registered_commands), list(app.registered_groups)
    return commands, groups, [(command.name, command.callback) for command in commands], app.registered_callback


def _still_there(app: typer.Typer, before: _Commands) -> bool:
    """Whether the commands that there were are there, first and unchanged."""
    commands, groups, run, callback = _commands(app)
    first = commands[: len(before[0])] == before[0] and groups[: len(before[1])] == before[1]
    return first and run[: len(before[2])] == before[2] and callback is before[3]


def _restore(app: typer.Typer, before: _Commands) -> None:
    app.registered_commands[:], app.registered_groups[:] = before[0], before[1]
    for command, (name, callback) in zip(before[0], before[2], strict=True):
        command.name, command.callback = name, callback
    app.registered_callback = before[3]  # type: ignore[assignment]


def _command_names(app: typer.Typer) -> Iterator[str]:
    for command in app.registered_commands:
        yield command.name or getattr(command.callback, "__name__", "").replace("_", "-")
    for group in app.registered_groups:
        yield str(group.name or "")


def _tried(plugin: object, about: Plugin, manager: Plugins) -> Plugin:
    """The plugin with what it registers, tried in a pluggy manager of its own. Raises _BrokenError."""
    if any(loaded.name == about.name for loaded in manager.loaded):
        raise _BrokenError(f"the name {about.name} is taken by another plugin")
    trial = _new_manager()
    hooks = _hooks(plugin, trial)
    try:
        trial.register(plugin, name=about.name)
    except pluggy.PluginValidationError as error:
        raise _BrokenError(_signature(plugin, hooks, trial) or str(error).splitlines()[-1][:300]) from None

    def registered(hook: str, collect: Callable[..., T]) -> T:
        if hook not in hooks:
            return collect()
        try:
            results = getattr(trial.hook, hook)()  # that of this plugin, if it gives any
            return collect(results[0]) if results else collect()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise _BrokenError(_reason(error, hook)) from None

    rulebooks: dict[str, Any] = registered("register_rulebooks", dict)
    tried = Plugin(
        about.name, about.distribution, about.version, hooks, registered("register_adapters", tuple),
        registered("register_reports", tuple), {name: Path(path) for name, path in rulebooks.items()},
        registered("register_worklists", tuple),
    )  # fmt: skip
    _check(tried, manager)
    return tried


def _hooks(plugin: object, trial: pluggy.PluginManager) -> tuple[str, ...]:
    if inspect.isclass(plugin):
        raise _BrokenError(
            f"{plugin.__name__} is a class, and a plugin is an object of it ({plugin.__name__}()) or a module"
        )
    marked = {name: trial.parse_hookimpl_opts(plugin, name) for name in dir(plugin)}
    hooks = tuple(name for name, options in marked.items() if options is not None)
    for name in HOOKS:
        if name in marked and marked[name] is None and callable(getattr(plugin, name)):
            raise _BrokenError(f"{name} is not marked with aava_rules.hookimpl, so nobody would call it")
    for name in hooks:
        options = marked[name]
        if name not in HOOKS and not (options and options.get("optionalhook")):
            raise _BrokenError(f"there is no hook {name}. {nearest(name, HOOKS) or 'Hooks: ' + ', '.join(HOOKS) + '.'}")
        if why := _never_run(getattr(plugin, name), name, options or {}):
            raise _BrokenError(f"{name} is {why}, which nobody would run; write it as an ordinary function")
    if not hooks:
        raise _BrokenError("has no hooks; mark its functions with aava_rules.hookimpl")
    return hooks


def _never_run(function: Any, name: str, options: Mapping[str, Any]) -> str:
    """What a hook is whose body would not run when it is called; empty if it runs."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "async"
    if name in _TAKE_NOTHING_BACK and not (options.get("wrapper") or options.get("hookwrapper")):
        return "a generator" if inspect.isgeneratorfunction(function) else ""
    return ""


def _signature(plugin: object, hooks: Iterable[str], trial: pluggy.PluginManager) -> str:
    """Which argument a hook has that there is not, and which it may take; empty if that is not what is wrong."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for name in hooks:
        specification = getattr(getattr(trial.hook, name, None), "spec", None)
        if specification is None:
            continue  # an optional hook of another version
        try:
            arguments = inspect.signature(getattr(plugin, name)).parameters.values()
        except (TypeError, ValueError):
            continue  # not written in Python: pluggy does not look at its arguments either
        there: tuple[str, ...] = specification.argnames
        for argument in arguments:
            if argument.kind in positional and argument.default is argument.empty and argument.name not in there:
                takes = f"It may take {' and '.join(there)}" if there else "It takes none"
                return f"{name} has an argument {argument.name}, which the hook has not. {takes}"
    return ""


def _check(plugin: Plugin, manager: Plugins) -> None:
    """Raise _BrokenError if something that a plugin registers cannot be used beside the others."""
    for adapter in plugin.adapters:
        kinds = {"name": str, "media_types": (tuple, list, frozenset, set), "suffixes": (tuple, list, frozenset, set)}
        _has(adapter, "an adapter", kinds | {"capabilities": (frozenset, set), "read": Callable})
        if not all(isinstance(suffix, str) and suffix.startswith(".") for suffix in adapter.suffixes):
            raise _BrokenError(f"the adapter {adapter.name} has a suffix that does not begin with a dot")
        _free("adapter", adapter.name, [other.name for other in manager.adapters()])
    for report in plugin.reports:
        _has(report, "a report", {"name": str, "streams": bool, "write": Callable})
        _free("report", report.name, manager.reports())
    for format in plugin.worklists:
        _has(format, "a format of worklists", {"name": str, "write": Callable})
        _free("format of worklists", format.name, manager.worklists())
    for name, path in plugin.rulebooks.items():
        if not (path / "rulebook.yaml").is_file():
            raise _BrokenError(f"the rulebook {name} is a folder without rulebook.yaml")
        _free("rulebook", name, manager.rulebooks())


def _has(thing: object, kind: str, attributes: dict[str, Any]) -> None:
    """Raise _BrokenError if a registered object lacks an attribute, or has one of another type."""
    for name, wanted in attributes.items():
        if not isinstance(getattr(thing, name, None), wanted):
            raise _BrokenError(f"registers {kind} ({type(thing).__name__}) without a right {name}")


def _free(kind: str, name: str, taken: Iterable[str]) -> None:
    """Raise _BrokenError if another plugin has registered the name."""
    if name in taken:
        raise _BrokenError(f"the {kind} {name} is there already")
