"""The OpenAPI 3.1 document of the service, made of the JSON Schemas of requests and answers."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from aava_rules.tools.protocol.answer import Rulebooks
from aava_rules.tools.protocol.schema import DIALECT, answer_schema, request_schema
from aava_rules_http.openapi_books import add_rulebooks
from aava_rules_http.settings import Settings

if TYPE_CHECKING:
    from aava_rules_http.cds import CdsService

_VERBS: Final = {
    "decide": ("decision", "Answers to one record: outcomes, findings, next steps, and what to ask next."),
    "check": ("decision", "Whether plans and periods keep the requirements; also many at once, one a line."),
    "explain": ("explanation", "Why one answer is as it is."),
    "next": ("path", "The client path with the client's place on it, and the steps to take next."),
}
_ERRORS: Final = {
    400: "The request is wrong.",
    401: "The token is missing or not to be trusted.",
    404: "There is no rulebook of that name, or it answers nothing of a name.",
    408: "Nothing of the request came for too long.",
    413: "The request is too large.",
    415: "The media type is another one.",
    421: "The service asks for no tokens, and answers localhost alone.",
    412: "Data is lacking that was to be prefetched, or cannot be read as a record; nothing is guessed.",
    422: "The record is wrong; of one that fits the schema, values contradict one another.",
    500: "The service failed.",
    503: "Too many at once, too slow, not ready yet, or the audit log did not take its row.",
}
_TEXT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("fi", "sv", "en")},
    "required": ["fi", "sv", "en"],
}
_STRING: Final[dict[str, Any]] = {"type": "string"}
_MAYBE: Final[dict[str, Any]] = {"type": ["string", "null"]}


_OF_QUESTIONS: Final = tuple(status for status in _ERRORS if status != 412)
_OF_CALLS: Final = (400, 401, 408, 412, 413, 415, 421, 500, 503)


def document(settings: Settings, rulebooks: Rulebooks | None = None, cds: CdsService | None = None) -> dict[str, Any]:
    """The OpenAPI document.

    Args:
        settings: says whether tokens are asked for.
        rulebooks: those that answer, of which requests name facts and steps; None while they are not loaded.
        cds: the service of CDS Hooks; None if there is none.
    """
    schemas = _schemas()
    if rulebooks is not None:
        add_rulebooks(schemas, rulebooks, _VERBS)
    paths: dict[str, Any] = {}
    for verb, (member, summary) in _VERBS.items():
        paths[f"/v1/{verb}"] = {"post": _question(verb, member, summary)}
    listed = {"type": "object", "properties": {"rulebooks": {"type": "array", "items": _ref("rulebook_summary")}}}
    paths["/v1/rulebooks"] = {"get": _get("rulebooks", "The rulebooks that are loaded.", listed, (401, 421, 503))}
    one = _get("rulebook", "The names that a rulebook knows.", _ref("rulebook_names"), (401, 404, 421, 503))
    one["parameters"] = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
    paths["/v1/rulebooks/{name}"] = {"get": one}
    status = {"type": "object", "properties": {"status": _STRING}, "required": ["status"]}
    for path, summary, errors in (
        ("/health", "Whether the process is alive.", (421,)),
        ("/ready", "Whether rulebooks are loaded.", (421, 503)),
        ("/openapi.json", "This document.", (421, 503)),
    ):
        schema = {"type": "object"} if path == "/openapi.json" else status
        paths[path] = {"get": {**_get(path.strip("/").partition(".")[0], summary, schema, errors), "security": []}}
    metrics = _get("metrics", "Counts and times, as Prometheus reads them.", {}, (401, 421, 503))
    metrics["responses"]["200"]["content"] = {"text/plain": {"schema": _STRING}}
    paths["/metrics"] = {"get": metrics}
    if cds is not None:
        paths |= _cds_paths(schemas, cds)
    whole: dict[str, Any] = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "aava-rules",
            "version": version("aava-rules-http"),
            "description": "Dated, cited rules of Finnish work rehabilitation. Nothing of a request is kept.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if not settings.open:
        whole["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        whole["security"] = [{"token": []}]
    return whole


def _question(verb: str, member: str, summary: str) -> dict[str, Any]:
    answered = {
        "type": "object",
        "properties": {"id": _ref("answer_id"), member: _ref(f"answer_{member}")},
        "required": ["id", member],
        "additionalProperties": False,
    }
    body = {
        "application/json": {"schema": _ref(f"request_{verb}")},
        "application/jsonl": {"schema": {"type": "string", "description": "Such a request on each line."}},
    }
    content = {
        "application/json": {"schema": answered},
        "application/jsonl": {"schema": {"type": "string", "description": "An answer for each line, errors included."}},
    }
    return {
        "operationId": verb,
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "The answer.", "content": content}, **_errors(_OF_QUESTIONS)},
    }


def _cds_paths(schemas: dict[str, Any], cds: CdsService) -> dict[str, Any]:
    from aava_rules_http.openapi_cds import cds_paths, cds_schemas  # imports aava-rules-fhir, which may be absent

    schemas |= cds_schemas(cds)
    paths: dict[str, Any] = {}
    for path, (method, name, summary, asked) in cds_paths().items():
        operation = _get(name, summary, _ref(name), (421, 503) if asked is None else _OF_CALLS)
        if asked is None:
            operation["security"] = []
        else:
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(asked)}}}
        paths[path] = {method: operation}
    return paths


def _get(name: str, summary: str, schema: dict[str, Any], errors: tuple[int, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "The answer.", "content": content}, **_errors(errors)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _errors(statuses: tuple[int, ...]) -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {"id": _ref("answer_id"), "error": _ref("answer_error")},
        "required": ["id", "error"],
        "additionalProperties": False,
    }
    return {
        str(status): {
            "description": _ERRORS.get(status, "There is none of that name."),
            "content": {"application/json": {"schema": error}},
        }
        for status in statuses
    }


def _schemas() -> dict[str, Any]:
    """The schemas of requests and answers, each definition under a name of its own."""
    schemas: dict[str, Any] = {}
    request, answer = request_schema(), answer_schema()
    for prefix, schema in (("request", request), ("answer", answer)):
        for name, definition in schema["$defs"].items():
            schemas[f"{prefix}_{name}"] = _moved(definition, prefix)
    members = {name: member for name, member in request["properties"].items() if name not in ("do", "name")}
    for verb in _VERBS:
        properties = dict(members)
        if verb == "explain":
            properties["name"] = {**request["properties"]["name"]["anyOf"][0], "description": "The answer to explain."}
        if verb in ("explain", "next"):
            properties["detail"] = {"const": "full", "description": "Another one is of decisions alone."}
        schemas[f"request_{verb}"] = {
            "type": "object",
            "properties": {**_moved(properties, "request"), "do": {"const": verb}},
            "required": ["record", "name"] if verb == "explain" else ["record"],
            "additionalProperties": False,
        }
    schemas["answer_id"] = answer["properties"]["id"]
    named = {"name": _STRING, "title": _TEXT}
    typed = {
        **named, "type": _STRING, "unit": _MAYBE, "unit_title": {"anyOf": [_TEXT, {"type": "null"}]},
        "words": {"type": "array", "items": _STRING},
        "word_titles": {"type": "object", "additionalProperties": _TEXT},
    }  # fmt: skip
    layer = {"name": _STRING, "version": _STRING, "weight": _STRING}
    summary = {
        "name": _STRING, "version": _STRING, "sha256": _STRING, "title": _TEXT, "weight": _STRING,
        "layers": {"type": "array", "items": _object(layer)},
    }  # fmt: skip
    schemas["rulebook_summary"] = _object(summary)
    schemas["rulebook_names"] = _object(
        {
            **summary,
            "outcomes": {"type": "array", "items": _object(typed)},
            "requirements": {"type": "array", "items": _object({**named, "each": _MAYBE})},
            "steps": {"type": "array", "items": _object(named)},
            "facts": {"type": "array", "items": _object(typed)},
        }
    )
    return schemas


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _moved(value: Any, prefix: str) -> Any:
    """A schema whose references lead to where its definitions stand in the document."""
    if isinstance(value, dict):
        return {
            key: item.replace("#/$defs/", f"#/components/schemas/{prefix}_") if key == "$ref" else _moved(item, prefix)
            for key, item in value.items()
        }
    return [_moved(item, prefix) for item in value] if isinstance(value, list) else value
