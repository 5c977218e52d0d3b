"""The adapters: a Bundle, or lines of them, into rows; and the clients of a Bundle with the resources of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

from aava_rules.adapters import BadRow, Row, each_client_once, opened
from aava_rules_fhir.codes import Codes, load_codes
from aava_rules_fhir.resources import CLIENT_OF, Client, row
from aava_rules_fhir.values import objects, part

WHOLE_MAX: Final = 256 * 2**20
"""Most bytes of a source that is read as a whole."""
LINE_MAX: Final = 16 * 2**20
"""Most bytes of a line."""

Rows = Iterator[Row | BadRow]
Entries = Iterable[tuple[str, Mapping[str, Any]]]
"""Entries of a Bundle with their places: ``fullUrl`` and ``resource``."""


class _OfHost:
    """An adapter for the codes of one host."""

    def __init__(self, codes: Codes | Path | None = None) -> None:
        """An adapter for the codes of one host.

        Args:
            codes: What they mean, or the path of a file that says it; None: no code means anything.
        """
        self._codes = codes or Codes()

    def _loaded(self) -> Codes:
        """The codes; their file is read anew each time. Raises AdapterError if it cannot be, or is wrong."""
        return load_codes(self._codes) if isinstance(self._codes, Path) else self._codes


class Fhir(_OfHost):
    """A Bundle of FHIR R4 in JSON, with any number of clients: a row a Patient."""

    name = "fhir"
    media_types = ("application/fhir+json",)
    suffixes = (".fhir.json",)
    capabilities: frozenset[str] = frozenset()

    def read(self, source: Path | BinaryIO) -> Rows:
        """The records of the Patients in ``source``; their places are ``entry 1`` and so on.

        Raises AdapterError if ``source``, or the file of codes, cannot be read.
        """
        codes = self._loaded()
        with opened(source) as stream:
            data = stream.read(WHOLE_MAX + 1)
        yield from each_client_once(_document(data, codes))


class FhirLines(_OfHost):
    """Lines of FHIR R4: a Bundle a line, read one by one; or a resource a line, read as one Bundle."""

    name = "fhir-lines"
    media_types = ("application/fhir+ndjson",)
    suffixes = (".fhir.ndjson",)
    capabilities = frozenset({"stream"})

    def read(self, source: Path | BinaryIO) -> Rows:
        """The records of the Patients in ``source``; their places are ``line 1, entry 1`` and so on.

        Raises AdapterError if ``source``, or the file of codes, cannot be read.
        """
        codes = self._loaded()
        with opened(source) as stream:
            yield from each_client_once(_lines(stream, codes))


def rows(bundle: Mapping[str, Any], codes: Codes) -> Rows:
    """The records of the Patients in a Bundle that a host has as a dict.

    Args:
        bundle: The Bundle, as ``json.loads`` gives it; with ``parse_float=Decimal`` its numbers are exact.
        codes: What the codes of the host mean.
    """
    yield from each_client_once(_bundle(bundle, codes, ""))


def _document(data: bytes, codes: Codes) -> Rows:
    if len(data) > WHOLE_MAX:
        yield BadRow("Bundle", f"is over {WHOLE_MAX // 2**20} MB. Give a Bundle for each client, one a line.")
        return
    bundle, why = _parsed(data)
    if bundle is None:
        yield BadRow("Bundle", why)
    else:
        yield from _bundle(bundle, codes, "")


def _lines(stream: BinaryIO, codes: Codes) -> Rows:
    loose: list[tuple[str, Mapping[str, Any]]] = []
    size = number = 0
    while line := stream.readline(LINE_MAX + 1):
        number += 1
        place = f"line {number}"
        if len(line) > LINE_MAX and not line.endswith(b"\n"):
            yield BadRow(place, f"is over {LINE_MAX // 2**20} MB.")
            while (rest := stream.readline(2**20)) and not rest.endswith(b"\n"):
                pass
            continue
        if not line.strip():
            continue
        resource, why = _parsed(line)
        if resource is None:
            yield BadRow(place, why)
        elif resource.get("resourceType") == "Bundle":
            yield from _bundle(resource, codes, f"{place}, ")
        else:
            size += len(line)
            if size > WHOLE_MAX:
                yield BadRow(
                    place, f"resources of over {WHOLE_MAX // 2**20} MB. Give a Bundle for each client, one a line."
                )
                return
            loose.append((place, {"resource": resource}))
    # which client a resource belongs to is known when all of them are there
    yield from _clients(loose, codes)


def _bundle(bundle: Mapping[str, Any], codes: Codes, before: str) -> Rows:
    if bundle.get("resourceType") != "Bundle":
        yield BadRow(f"{before}Bundle", "is no Bundle of FHIR.")
    elif any(link.get("relation") == "next" for link in objects(bundle, "link")):
        yield BadRow(f"{before}Bundle", "is one page of several. Fetch them all, and give their entries in one Bundle.")
    else:
        yield from _clients(((f"{before}entry {n}", one) for n, one in enumerate(objects(bundle, "entry"), 1)), codes)


def _clients(entries: Entries, codes: Codes) -> Rows:
    """The rows of all clients, in the order of their Patients, and the resources that belong to none."""
    clients: list[Client] = []
    by_reference: dict[Any, Client] = {}
    others: list[tuple[str, Mapping[str, Any]]] = []
    read = {kind for kind, table in _TABLES.items() if getattr(codes, table)}
    for place, entry in entries:
        resource = entry.get("resource")
        if not isinstance(resource, Mapping):
            continue
        kind = resource.get("resourceType")
        if kind == "Patient":
            client = Client(place, resource)
            clients.append(client)
            for key in _references(entry, resource):
                by_reference.setdefault(key, client)
        elif isinstance(kind, str) and kind in read:
            others.append((place, resource))
    lost = []
    for place, resource in others:
        owner = next((by_reference[key] for key in _refers_to(resource) if key in by_reference), None)
        if owner is None:
            lost.append(
                BadRow(place, f"{resource['resourceType']}: refers to no Patient that is here. Give that one too.")
            )
        else:
            owner.resources.append((place, resource))
    yield from (row(client, codes) for client in clients)
    yield from lost


_TABLES: Final = {"EpisodeOfCare": "periods", "CarePlan": "plans", "Task": "events", "QuestionnaireResponse": "facts"}
"""The resources that are read if the codes have a table for them."""


def _references(entry: Mapping[str, Any], patient: Mapping[str, Any]) -> Iterator[Any]:
    """What other resources may call a Patient by. Identifiers serve for that and go no further."""
    address = entry.get("fullUrl")
    if isinstance(address, str):
        yield address
    if isinstance(patient.get("id"), str):
        yield f"Patient/{patient['id']}"
        if not isinstance(address, str) or "://" not in address:
            yield ("anywhere", f"Patient/{patient['id']}")  # on whichever server it is
    for one in objects(patient, "identifier"):
        yield (str(one.get("system")), str(one.get("value")))


def _refers_to(resource: Mapping[str, Any]) -> Iterator[Any]:
    reference = resource.get(CLIENT_OF[resource["resourceType"]])
    text = part(reference, "reference")
    if isinstance(text, str):
        text = text.partition("/_history/")[0]
        yield text
        if "://" in text:
            yield ("anywhere", "/".join(text.rsplit("/", 2)[-2:]))
    identifier = part(reference, "identifier")
    if isinstance(identifier, Mapping):
        yield (str(identifier.get("system")), str(identifier.get("value")))


class _Refused(ValueError):
    """What JSON has and FHIR has not."""


def _no_constant(name: str) -> Any:
    raise _Refused


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _Refused
    return value


def _parsed(data: bytes) -> tuple[Mapping[str, Any] | None, str]:
    """The object in a text of JSON, or why there is none, without contents."""
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        return None, f"is not UTF-8, from byte {error.start + 1} on."
    except _Refused:
        return None, "has NaN, an infinity, or a key twice in one object."
    except json.JSONDecodeError as error:
        return None, f"is not JSON, at line {error.lineno} column {error.colno}."
    except RecursionError:
        return None, "is nested too deep."
    except ValueError:
        return None, "has a number that is too long."
    return (value, "") if isinstance(value, Mapping) else (None, "is no object of JSON.")
