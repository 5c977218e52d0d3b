"""A loaded rulebook as bytes and back, so that starting needs neither YAML nor pydantic.

The bytes are a pickle, but reading them admits nothing except the parts of a rulebook: no other
class or function is ever found, so bytes that were tampered with cannot run anything.
"""

from __future__ import annotations

import io
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

from aava_rules.language import syntax as expression
from aava_rules.language import values
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct
from aava_rules.rulebook import model as parts
from aava_rules.rulebook.model import Parts

_HEADER = b"aava-rules parts 2\n"
_ADMITTED: dict[tuple[str, str], Any] = {
    ("datetime", "date"): date,
    ("decimal", "Decimal"): Decimal,
    ("builtins", "frozenset"): frozenset,
    (values.__name__, "NONE"): values.NONE,
    (values.__name__, "UNKNOWN"): values.UNKNOWN,
    **{
        (module.__name__, name): found
        for module in (parts, expression)
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, Struct) and found.__module__ == module.__name__
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a rulebook") from None


def dump(loaded: Parts) -> bytes:
    """The rulebook as bytes for ``load`` of the same version of the library."""
    return _HEADER + pickle.dumps(loaded, protocol=5)


def load(data: bytes) -> Parts:
    """The rulebook that ``dump`` wrote. Raises AavaRulesError for any other bytes."""
    if not data.startswith(_HEADER):
        raise AavaRulesError("these bytes are no packed rulebook of this version; load it from its folder")
    try:
        found = _Unpickler(io.BytesIO(data[len(_HEADER) :])).load()
    except Exception as error:  # a pickle that is damaged may raise anything
        raise AavaRulesError(f"the packed rulebook is damaged: {type(error).__name__}") from error
    if not isinstance(found, Parts):
        raise AavaRulesError("these bytes hold no rulebook")
    return found
