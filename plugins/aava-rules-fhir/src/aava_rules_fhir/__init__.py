"""Clients in FHIR R4: read from bundles and lines, and answered with resources.

    >>> import aava_rules_fhir
    >>> codes = aava_rules_fhir.Codes(municipalities={"081": "Hartola"})
    >>> bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "A-17"}}]}
    >>> [row.record for row in aava_rules_fhir.rows(bundle, codes)]
    [{'id': 'A-17'}]

What a resource means in a record is in ``resources``, what the codes of a host mean in its file of ``codes``, and what
is written in ``answers``. Nothing is filled in: what FHIR does not say, or says by a code that nobody explains, stays
unknown or is told.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from aava_rules import hookimpl
from aava_rules_fhir.adapter import Fhir, FhirLines, rows
from aava_rules_fhir.answers import FhirReport, detected_issues, operation_outcome, tasks
from aava_rules_fhir.codes import Codes, load_codes

__all__ = [
    "CODES",
    "Codes",
    "Fhir",
    "FhirLines",
    "FhirReport",
    "detected_issues",
    "load_codes",
    "operation_outcome",
    "rows",
    "tasks",
]

CODES = "AAVA_RULES_FHIR_CODES"
"""The environment variable with the path of the file of codes, for the command line."""


def _codes() -> Codes | Path:
    # the file is read when a source is: a fault in it is then told as one of the source, and not of the plugin
    path = os.environ.get(CODES, "")
    return Path(path) if path else Codes()


@hookimpl
def register_adapters() -> list[Any]:
    """Bundles and lines of FHIR. Called once, when a rulebook is loaded with plugins."""
    return [Fhir(_codes()), FhirLines(_codes())]


@hookimpl
def register_reports() -> list[FhirReport]:
    """The format ``fhir``. Called once, when a rulebook is loaded with plugins."""
    return [FhirReport()]
