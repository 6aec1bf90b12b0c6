"""The description of the service at ``/openapi.json``: what FastAPI knows of the handlers, and the problems that each may answer with."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from arviz.service.picture_address import ENDINGS

BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_RANGES: dict[str, Any] = {
    "206": {"description": "The range that was asked for.", "content": {"*/*": BYTES}},
    "304": {"description": "It is what `If-None-Match` names."},
    "416": {"description": "It is shorter than that."},
}
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
_SAYS = {
    "401": "A key is needed, or this one is not known.",
    "403": "This key, or this signature, does not allow it.",
    "404": "Nothing has this name.",
    "409": "It disagrees with what is there.",
    "413": "It is too large, or came too slowly.",
    "415": "It is compressed, or of a type that is not taken.",
    "422": "The request is not understood, or asks for what cannot be.",
    "429": "Too much is asked at once; `Retry-After` says when to come again.",
}
_WITH_KEY = {"401", "403", "429"}
_WITH_BODY = {"404", "413", "415", "422"}
_WITH_CHANGE = {"409"}
_WITH_NAME = {"404", "422"}


_LINKS: dict[str, Any] = {
    "responses": {"400": {"description": "`Host` is not known to be this service, and it has no `--public-url`.", "content": PROBLEM}}
}
_TRYON: dict[str, Any] = {"responses": {"501": {"description": "This service takes no photos of people.", "content": PROBLEM}}}
_SAID: dict[tuple[str, str], dict[str, Any]] = {
    ("put", "/v1/sources"): {"requestBody": {"required": False, "content": {"application/octet-stream": BYTES}}},
    ("post", "/v1/uploads"): {
        "requestBody": {"required": False, "content": {"application/offset+octet-stream": BYTES}},
        "contents": {"201": {}},
    },
    ("head", "/v1/uploads/{upload_id}"): {"contents": {"200": {}}},
    ("patch", "/v1/uploads/{upload_id}"): {
        "requestBody": {"required": True, "content": {"application/offset+octet-stream": BYTES}},
        "responses": {"460": {"description": "The part is not what `Upload-Checksum` says.", "content": PROBLEM}},
    },
    ("get", "/v1/jobs/{job_id}"): {"responses": {"304": {"description": "It is as `If-None-Match` says."}}},
    ("get", "/v1/jobs/{job_id}/events"): {"contents": {"200": {"text/event-stream": {"schema": {"type": "string"}}}}},
    ("get", "/v1/jobs/{job_id}/files/{name}"): {"contents": {"200": {"*/*": BYTES}}, "responses": _RANGES},
    ("get", "/v1/batches/{batch}/manifest.jsonl"): {"contents": {"200": {"application/jsonl": {"schema": {"type": "string"}}}}},
    ("get", "/a/{signature}/{name}"): {
        "contents": {"200": {"model/gltf-binary": BYTES, "model/vnd.usdz+zip": BYTES}},
        "responses": _RANGES,
    },
    ("get", "/web/{name}"): {"contents": {"200": {"*/*": BYTES}}},
    ("get", "/metrics"): {"contents": {"200": {"text/plain": {"schema": {"type": "string"}}}}},
    ("get", "/readyz"): {
        "responses": {"503": {"description": "It cannot: `checks` says what fails.", "content": {"application/json": {}}}}
    },
    ("get", "/v1/assets/{asset}"): _LINKS,
    ("get", "/embed/{asset}"): _LINKS,
    ("get", "/embed/{asset}.json"): _LINKS,
    ("post", "/v1/tryon"): _TRYON,
    ("post", "/v1/tryon/landmarks"): _TRYON,
}


class Problem(BaseModel):
    """What went wrong (RFC 9457), with the code that the command line prints as well."""

    type: str = Field(description="`urn:arviz:error:` and the code.")
    title: str = Field(description="What is wrong, in one sentence.")
    status: int
    detail: str = Field(description="The whole message.")
    code: str = Field(description="Keeps its meaning: `E_TRUNCATED`.")
    where: str | None = Field(description="The place in what was sent.")
    expected: str | None
    found: str | None
    hint: str | None = Field(description="What can be done about it.")


def describe(app: FastAPI) -> None:
    """Make an app tell at ``/openapi.json`` what it is."""

    def told() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = told  # type: ignore[method-assign]  # as FastAPI's documents say


def _described(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    found["paths"]["/r/{signature}/{options}/{name}"] = {"get": _picture()}
    schemas = found["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    for path, operations in found["paths"].items():
        for method in set(operations) & set(_METHODS):
            _say(operations[method], _SAID.get((method, path), {}))
            _with_problems(path, method, operations[method])
    return found


def _say(operation: dict[str, Any], more: dict[str, Any]) -> None:
    """Add what FastAPI cannot know of a handler that reads its request, or writes its answer, by itself."""
    operation["responses"] |= more.get("responses", {})
    if "requestBody" in more:
        operation["requestBody"] = more["requestBody"]
    for status, content in more.get("contents", {}).items():
        operation["responses"][status]["content"] = content


def _with_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = set(_WITH_KEY) if "security" in operation else {"403"} if "{signature}" in path else set()
    statuses |= _WITH_BODY if "requestBody" in operation else set()
    statuses |= _WITH_CHANGE if method in ("post", "patch") else set()
    statuses |= _WITH_NAME if "{" in path else set()
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own, which is not what is sent
    if operation.get("parameters"):
        statuses.add("422")
    bodies = {} if method == "head" else {"content": PROBLEM}
    answers |= {status: {"description": _SAYS[status], **bodies} for status in sorted(statuses)}


def _picture() -> dict[str, Any]:
    """Return the description of the route that stands before FastAPI's: see `arviz.service.pictures`."""
    names = {
        "signature": "What `links` and `arviz sign` hand out.",
        "options": "`w=512,h=512,variant=Oak`; `default` for none.",
        "name": "The asset, and `.webp`, `.png` or `.jpg`.",
    }
    return {
        "tags": ["assets"],
        "summary": "A picture of an asset",
        "description": "Drawn when it is asked for the first time, then kept. The address is signed; no key is needed.",
        "operationId": "picture",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": says}
            for name, says in names.items()
        ],
        "responses": {
            "200": {"description": "The picture.", "content": dict.fromkeys(ENDINGS.values(), BYTES)},
            "202": {"description": "It is being drawn; `Retry-After` says when to come again.", "content": {"application/json": {}}},
            "304": {"description": "It is what `If-None-Match` names."},
        },
    }
