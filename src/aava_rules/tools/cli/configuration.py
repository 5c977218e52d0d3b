"""Settings in a file: what options of commands are where they are not given.

The file is ``aava-rules.toml``, or ``pyproject.toml`` with a section ``[tool.aava-rules]``, in the working folder or
the nearest one above it. ``rulebook``, ``language``, ``audience``, ``format`` and ``fail-on`` hold of all commands that
have such an option (``format`` of those that know it), a table with the name of a command of that command alone::

    rulebook = "rulebooks/own"      # a path is relative to the file
    language = "sv"

    [check]
    format = "csv"
    fail-on = "model"

An option on the command line comes first, then the variable of the environment, then the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from aava_rules.language.errors import AavaRulesError, nearest

FILE: Final = "aava-rules.toml"
PROJECT_FILE: Final = "pyproject.toml"
SHARED: Final = ("rulebook", "language", "audience", "format", "fail-on")
"""The settings that may stand outside of a command's table."""
_NOT_SET: Final = frozenset({"on", "from", "to", "help", "version"})
"""Options that no file sets: a day that stands in a file is the wrong one tomorrow."""


class ConfigurationError(AavaRulesError):
    """A file with settings is wrong; the message has a line for each fault."""


def find_configuration(folder: Path) -> Path | None:
    """The file with settings in ``folder`` or the nearest folder above it; None if there is none.

    Raises:
        ConfigurationError: a file on the way cannot be read.
    """
    for place in (folder, *folder.parents):
        if (place / FILE).is_file():
            return place / FILE
        if (place / PROJECT_FILE).is_file() and "aava-rules" in _read(place / PROJECT_FILE).get("tool", {}):
            return place / PROJECT_FILE
    return None


def read_defaults(path: Path, commands: Mapping[str, Any], formats: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the options of each command are by default, from a file with settings, by the names of parameters.

    Args:
        path: the file; of ``pyproject.toml`` the section ``[tool.aava-rules]`` is read.
        commands: the commands by name, as click has them.
        formats: the names of the reports, which are the formats of options without a list of their own.

    Raises:
        ConfigurationError: it cannot be read, or a key or value in it is wrong.
    """
    settings, prefix = _read(path), ""
    if path.name == PROJECT_FILE:
        settings, prefix = settings.get("tool", {}).get("aava-rules", {}), "tool.aava-rules."
        if not isinstance(settings, dict):
            raise ConfigurationError(f"{path}: tool.aava-rules should be a table.")
    reading = _Reading(path, prefix, commands, list(formats))
    return reading.defaults(settings)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or type(error).__name__}).") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: cannot be read as TOML. {error}.") from None


class _Reading:
    def __init__(self, path: Path, prefix: str, commands: Mapping[str, Any], formats: list[str]) -> None:
        self.path, self.prefix, self.formats = path, prefix, formats
        self.parameters = {
            command: {_option_name(parameter): parameter for parameter in commands[command].params}
            for command in commands
        }
        self.faults: list[str] = []

    def defaults(self, settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
        defaults: dict[str, dict[str, Any]] = {command: {} for command in self.parameters}
        for key, value in settings.items():
            if key in SHARED and not isinstance(value, dict):
                self._shared(key, value, defaults)
        for key, value in settings.items():
            if isinstance(value, dict) and key in self.parameters:
                self._of_command(key, value, defaults[key])
            elif key not in SHARED or isinstance(value, dict):
                self._unknown(key, value)
        if self.faults:
            raise ConfigurationError("\n".join(self.faults))
        return defaults

    def _shared(self, key: str, value: Any, defaults: dict[str, dict[str, Any]]) -> None:
        """A setting of all commands with such an option; its value must fit one of them."""
        if not isinstance(value, str):
            self._fault(key, "should be a text.")
            return
        known: list[str] = []
        fitting = 0
        for command, parameters in self.parameters.items():
            parameter = parameters.get(key)
            if parameter is None:
                continue
            choices = self._choices(parameter)
            known += [choice for choice in choices if choice not in known]
            if not choices or value in choices:
                defaults[command][parameter.name] = self._value(key, value)
                fitting += 1
        if not fitting:
            self._wrong_value(key, value, known)

    def _of_command(self, command: str, settings: dict[str, Any], defaults: dict[str, Any]) -> None:
        parameters = {name: parameter for name, parameter in self.parameters[command].items() if name not in _NOT_SET}
        for key, value in settings.items():
            parameter = parameters.get(key)
            shown = f"{command}.{key}"
            if key in _NOT_SET and key in self.parameters[command]:
                why = "A day that stands in a file is the wrong one tomorrow." if key in ("on", "from", "to") else ""
                self._fault(shown, f"cannot be set in a file. {why}")
            elif parameter is None or (parameter.param_type_name == "argument" and key != "rulebook"):
                options = [n for n, p in parameters.items() if p.param_type_name == "option" or n == "rulebook"]
                hint = nearest(key, options) or f"{command} has {', '.join(options)}."
                self._fault(shown, f"is no option of {command}. {hint}")
            else:
                self._check(parameter, key, shown, value, defaults)

    def _check(self, parameter: Any, key: str, shown: str, value: Any, defaults: dict[str, Any]) -> None:
        if getattr(parameter, "is_flag", False):
            if isinstance(value, bool):
                defaults[parameter.name] = value
            else:
                self._fault(shown, "should be true or false.")
            return
        choices = self._choices(parameter)
        values = value if parameter.multiple and isinstance(value, list) else [value]
        wrong = [
            item for item in values
            if not isinstance(item, (str, int)) or isinstance(item, bool) or (choices and item not in choices)
        ]  # fmt: skip
        if wrong:
            self._wrong_value(shown, wrong[0], choices)
        else:
            texts = [self._value(key, str(item)) for item in values]
            defaults[parameter.name] = texts if parameter.multiple else texts[0]

    def _choices(self, parameter: Any) -> list[str]:
        """The values that an option can have; empty if there is no list of them."""
        described = getattr(parameter, "type_descriptor", None)
        choices = getattr(described or getattr(parameter, "type", None), "choices", None) or ()
        if not choices and _option_name(parameter) == "format":
            return self.formats
        return [str(getattr(choice, "value", choice)) for choice in choices]

    def _value(self, key: str, value: str) -> str:
        """A value as on the command line; paths of rulebooks, mappings and of the search are relative to the file."""
        if key in ("rulebook", "mapping", "path") and not Path(value).is_absolute():
            folder = self.path.resolve().parent / value
            if key != "rulebook" or "/" in value or "\\" in value or value in (".", "..") or _is_rulebook(folder):
                return str(folder)
        return value

    def _unknown(self, key: str, value: Any) -> None:
        if key in SHARED:
            self._fault(key, "should be a text.")
        elif isinstance(value, dict):
            self._fault(key, f"is no command. {nearest(key, self.parameters)}")
        else:
            known = f"There are {', '.join(SHARED)}, and a table for each command."
            self._fault(key, f"is unknown. {nearest(key, SHARED) or known}")

    def _wrong_value(self, key: str, value: Any, choices: list[str]) -> None:
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            self._fault(key, "should be a text.")
            return
        shown = str(value)[:40]
        self._fault(key, f"cannot be {shown!r}. {nearest(shown, choices)} It can be {', '.join(choices)}.")

    def _fault(self, key: str, what: str) -> None:
        self.faults.append(" ".join(f"{self.path}: {self.prefix}{key} {what}".split(" ")).replace("  ", " ").rstrip())


def _is_rulebook(folder: Path) -> bool:
    return (folder / "rulebook.yaml").is_file()


def _option_name(parameter: Any) -> str:
    """The name of an option as it is typed, without hyphens before it; that of an argument in small letters."""
    longest = max(parameter.opts, key=len, default=parameter.name or "")
    return str(longest).lstrip("-")
